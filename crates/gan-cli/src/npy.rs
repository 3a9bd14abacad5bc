//! Samples as `.npy`, for NumPy.

use std::io::{self, Write};

use npyz::WriterBuilder;

/// Writes `[n, shape...]` of `f32`.
pub(crate) fn write(out: &mut dyn Write, values: &[f32], n: usize, shape: &[usize]) -> io::Result<()> {
    let dims: Vec<u64> = std::iter::once(n).chain(shape.iter().copied()).map(|d| d as u64).collect();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&dims).writer(out).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()
}
