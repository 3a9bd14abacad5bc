//! Samples as `.npy`, for NumPy.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context;
use npyz::WriterBuilder;

/// Writes `[n, shape...]` of `f32`, under a temporary name first.
pub(crate) fn write(path: &Path, values: &[f32], n: usize, shape: &[usize]) -> anyhow::Result<()> {
    let temporary = path.with_extension("npy.tmp");
    let attempt = || -> anyhow::Result<()> {
        let file = BufWriter::new(File::create(&temporary)?);
        let dims: Vec<u64> = std::iter::once(n).chain(shape.iter().copied()).map(|d| d as u64).collect();
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&dims).writer(file).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()?;
        std::fs::rename(&temporary, path)?;
        Ok(())
    };
    let result = attempt();
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result.with_context(|| format!("cannot write {}", path.display()))
}
