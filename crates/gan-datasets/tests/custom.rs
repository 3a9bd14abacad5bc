//! A set of one's own, and the loader on it.

use std::sync::Arc;

use gan_datasets::{Dataset, DatasetError, Loader, LoaderOptions, Provenance, Split};

/// The corners of a cube.
struct Cube(Provenance);

impl Dataset for Cube {
    fn len(&self) -> usize {
        8
    }
    fn sample_shape(&self) -> &[usize] {
        &[3]
    }
    fn provenance(&self) -> &Provenance {
        &self.0
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        for (axis, value) in out.iter_mut().enumerate() {
            *value = (i >> axis & 1) as f32;
        }
        Ok(())
    }
}

#[test]
fn a_set_of_twenty_lines_can_be_loaded() {
    let cube = Cube(Provenance::new("cube", "made here", "CC0-1.0", Split::All, 8));
    let mut loader = Loader::new(Arc::new(cube), LoaderOptions { batch: 8, ..Default::default() }).unwrap();
    let batch = loader.next().unwrap();
    let mut corners: Vec<&[f32]> = batch.x.chunks(3).collect();
    corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
    corners.dedup();
    assert_eq!(corners.len(), 8);
    assert_eq!(batch.x.iter().sum::<f32>(), 12.0);
}
