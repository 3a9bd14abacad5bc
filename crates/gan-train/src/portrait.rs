//! Which picture shows samples of a data set best, and what it needs.

use gan_datasets::Dataset;

use crate::TrainError;
use crate::picture::{self, Picture, PictureError};

/// Points at which a density is drawn.
const POINTS: usize = 400;

/// Samples and what to show them beside: everything is copied, so that it can be painted on another thread.
///
/// Pictures become a grid, points in the plane a scatter plot over the data, numbers a density over the data's.
#[derive(Clone, Debug)]
pub struct Portrait {
    shape: Vec<usize>,
    range: (f32, f32),
    shown: (f32, f32),
    columns: usize,
    fake: Vec<f32>,
    real: Vec<f32>,
    centres: Vec<f64>,
    density: Vec<f64>,
    judged: Option<Vec<(f32, f32)>>,
}

impl Portrait {
    /// Samples of a generator that imitates `data`; a grid gets so many columns.
    ///
    /// # Errors
    /// The data cannot be read.
    pub fn new(data: &dyn Dataset, samples: Vec<f32>, columns: usize) -> Result<Portrait, TrainError> {
        let dim = data.sample_len().max(1);
        let count = if dim == 2 { (samples.len() / dim).min(data.len()) } else { 0 };
        let mut real = vec![0.0; count * dim];
        for (i, x) in real.chunks_mut(dim).enumerate() {
            data.read(i, x)?;
        }
        let range = data.range();
        let (lo, hi) = (f64::from(range.0), f64::from(range.1));
        let at = |i: usize| lo + (hi - lo) * i as f64 / POINTS as f64;
        let density = if dim == 1 { (0..=POINTS).map(|i| data.density(&[at(i)]).unwrap_or(0.0)).collect() } else { Vec::new() };
        let centres = data.modes().map(|m| m.centres.clone()).unwrap_or_default();
        let shown = data.shown();
        Ok(Portrait {
            shape: data.sample_shape().to_vec(),
            range,
            shown,
            columns,
            fake: samples,
            real,
            centres,
            density,
            judged: None,
        })
    }

    /// The same with what D says of places of the line, as pairs `(x, D(x))`.
    #[must_use]
    pub fn judged(mut self, d: Vec<(f32, f32)>) -> Portrait {
        self.judged = Some(d);
        self
    }

    /// Paints it.
    ///
    /// # Errors
    /// Samples of a shape that no picture shows.
    pub fn paint(&self) -> Result<Picture, PictureError> {
        match self.shape.iter().product::<usize>() {
            1 => {
                let (lo, hi) = (f64::from(self.range.0), f64::from(self.range.1));
                let at = |x: f64| {
                    let i = ((x - lo) / (hi - lo) * POINTS as f64).round().clamp(0.0, POINTS as f64) as usize;
                    self.density.get(i).copied().unwrap_or(0.0)
                };
                picture::density(&at, &self.fake, self.judged.as_deref(), self.range)
            }
            2 => picture::scatter(&self.real, &self.fake, &self.centres),
            _ => picture::grid(&self.fake, &self.shape, self.shown, self.columns),
        }
    }
}
