//! Sets that are drawn, not stored: sample i of a split is a pure function of (seed, split, i), and the density is known.

use std::f64::consts::TAU;

use crate::dataset::check_read;
use crate::random::{keyed, normal, uniform};
use crate::{Dataset, DatasetError, Modes, OpenOptions, Provenance, Split};

/// The most samples a set may have: an epoch's permutation is held in memory.
const MAX_COUNT: usize = 1 << 26;

/// What all drawn sets have: where sample i comes from, and how many there are.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    seed: u64,
    /// Splits are independent streams, so that no test sample is ever a training sample.
    stream: u64,
    pub(crate) provenance: Provenance,
}

impl Drawn {
    pub(crate) fn new(name: &str, formula: String, options: &OpenOptions) -> Result<Self, DatasetError> {
        let (stream, usual) = match options.split {
            Split::Train => (0, 50_000),
            Split::Validation => (1, 10_000),
            Split::Test => (2, 10_000),
            Split::All => (3, 50_000),
        };
        let count = match options.count {
            None => usual,
            Some(_) => options.take(name, MAX_COUNT)?,
        };
        let provenance = Provenance::new(name, format!("drawn from {formula}"), "none needed", options.split, count);
        Ok(Self { seed: options.seed, stream, provenance })
    }

    pub(crate) fn rng(&self, i: usize) -> rand::rngs::Xoshiro256PlusPlus {
        keyed(self.seed, self.stream, i as u64)
    }
}

/// Points drawn from `p(x) = sum_k w_k N(x; c_k, sigma^2 I)`; the label of a point is the k that it was drawn from.
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    drawn: Drawn,
    shape: [usize; 1],
    modes: Modes,
    range: (f32, f32),
}

impl GaussianMixture {
    /// The mixture with these modes.
    ///
    /// # Errors
    /// [`DatasetError::Parameter`] if there are no modes, if centres, weights and dimension do not go together, if the
    /// weights are not positive with sum 1, or if sigma is not positive and finite.
    ///
    /// ```
    /// use gan_datasets::{Dataset, GaussianMixture, Modes, OpenOptions};
    ///
    /// let set = GaussianMixture::new("normal", Modes::equal(1, vec![0.0], 1.0), &OpenOptions::default())?;
    /// let peak = set.density(&[0.0]).unwrap();
    /// assert!((peak - 1.0 / std::f64::consts::TAU.sqrt()).abs() < 1e-15);
    /// # Ok::<(), gan_datasets::DatasetError>(())
    /// ```
    pub fn new(name: &str, modes: Modes, options: &OpenOptions) -> Result<Self, DatasetError> {
        let fault = |message: String| DatasetError::Parameter { name: name.to_owned(), message };
        let Modes { dim, centres, weights, sigma } = &modes;
        if weights.is_empty() || *dim == 0 || weights.len().checked_mul(*dim) != Some(centres.len()) {
            return Err(fault(format!(
                "expected centres of shape [{}, {dim}] with neither 0, found {} values",
                weights.len(),
                centres.len()
            )));
        }
        if !centres.iter().all(|c| c.is_finite()) {
            return Err(fault("expected finite centres".to_owned()));
        }
        let sum: f64 = weights.iter().sum();
        if !weights.iter().all(|w| *w > 0.0) || (sum - 1.0).abs() > 1e-9 {
            return Err(fault(format!("expected positive weights with sum 1, found {weights:?}")));
        }
        if !(*sigma > 0.0 && sigma.is_finite()) {
            return Err(fault(format!("expected sigma positive and finite, found {sigma}")));
        }
        let formula = format!("a mixture of {} Gaussians in {dim} dimensions, sigma {sigma}", weights.len());
        let low = centres.iter().copied().fold(f64::INFINITY, f64::min) - 6.0 * sigma;
        let high = centres.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 6.0 * sigma;
        let drawn = Drawn::new(name, formula, options)?;
        Ok(Self { drawn, shape: [*dim], range: (low as f32, high as f32), modes })
    }

    fn component(&self, u: f64) -> usize {
        let mut sum = 0.0;
        let reached = |weight: &f64| {
            sum += weight;
            u < sum
        };
        // The weights may sum to a little less than 1.
        self.modes.weights.iter().position(reached).unwrap_or(self.modes.count() - 1)
    }
}

impl Dataset for GaussianMixture {
    fn len(&self) -> usize {
        self.drawn.provenance.count
    }

    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }

    fn provenance(&self) -> &Provenance {
        &self.drawn.provenance
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        let mut rng = self.drawn.rng(i);
        let centre = self.modes.centre(self.component(uniform(&mut rng)));
        for (value, c) in out.iter_mut().zip(centre) {
            *value = (c + self.modes.sigma * normal(&mut rng)) as f32;
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        (self.modes.count() > 1).then(|| self.modes.count())
    }

    fn label(&self, i: usize) -> Option<u32> {
        (self.modes.count() > 1 && i < self.len()).then(|| self.component(uniform(&mut self.drawn.rng(i))) as u32)
    }

    fn range(&self) -> (f32, f32) {
        self.range
    }

    fn modes(&self) -> Option<&Modes> {
        Some(&self.modes)
    }

    fn density(&self, x: &[f64]) -> Option<f64> {
        if x.len() != self.modes.dim {
            return None;
        }
        let variance = self.modes.sigma.powi(2);
        let peak = (TAU * variance).powf(-0.5 * x.len() as f64);
        let terms = self.modes.weights.iter().enumerate().map(|(k, weight)| {
            let distance: f64 = self.modes.centre(k).iter().zip(x).map(|(c, x)| (x - c).powi(2)).sum();
            weight * (-0.5 * distance / variance).exp()
        });
        Some(peak * terms.sum::<f64>())
    }
}

/// Numbers drawn evenly from an interval: `p(x) = 1 / (high - low)` on `[low, high)`, else 0.
#[derive(Clone, Debug)]
pub struct Uniform {
    drawn: Drawn,
    low: f32,
    high: f32,
}

impl Uniform {
    /// The uniform density on `[low, high)`.
    ///
    /// # Errors
    /// [`DatasetError::Parameter`] if the interval is empty or not finite.
    pub fn new(name: &str, low: f32, high: f32, options: &OpenOptions) -> Result<Self, DatasetError> {
        if !(low < high && (high - low).is_finite()) {
            let message = format!("expected finite ends low < high, found {low} and {high}");
            return Err(DatasetError::Parameter { name: name.to_owned(), message });
        }
        let drawn = Drawn::new(name, format!("the uniform density on [{low}, {high})"), options)?;
        Ok(Self { drawn, low, high })
    }
}

impl Dataset for Uniform {
    fn len(&self) -> usize {
        self.drawn.provenance.count
    }

    fn sample_shape(&self) -> &[usize] {
        &[1]
    }

    fn provenance(&self) -> &Provenance {
        &self.drawn.provenance
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        let x = (low + (high - low) * uniform(&mut self.drawn.rng(i))) as f32;
        // Rounding to f32 may reach `high`, which is not in the interval.
        out[0] = if x < self.high { x } else { self.high.next_down() };
        Ok(())
    }

    fn range(&self) -> (f32, f32) {
        (self.low, self.high)
    }

    fn density(&self, x: &[f64]) -> Option<f64> {
        let [x] = x else { return None };
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        Some(if (low..high).contains(x) { 1.0 / (high - low) } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        let good = Modes { dim: 1, centres: vec![0.0, 1.0], weights: vec![0.5, 0.5], sigma: 1.0 };
        let bad = [
            Modes { dim: 2, ..good.clone() },
            Modes { dim: 0, ..good.clone() },
            Modes { centres: vec![0.0, f64::NAN], ..good.clone() },
            Modes { weights: vec![0.5, 0.4], ..good.clone() },
            Modes { weights: vec![1.5, -0.5], ..good.clone() },
            Modes { sigma: 0.0, ..good.clone() },
            Modes { sigma: f64::NAN, ..good.clone() },
            Modes { centres: vec![], weights: vec![], ..good.clone() },
        ];
        let options = OpenOptions::default();
        assert!(GaussianMixture::new("m", good, &options).is_ok());
        for modes in bad {
            let result = GaussianMixture::new("m", modes.clone(), &options);
            assert!(matches!(result, Err(DatasetError::Parameter { .. })), "{modes:?}");
        }
        assert!(Uniform::new("u", 1.0, 1.0, &options).is_err());
        assert!(Uniform::new("u", f32::MIN, f32::MAX, &options).is_err());
        let too_many = OpenOptions { count: Some(usize::MAX), ..options };
        assert!(matches!(Uniform::new("u", 0.0, 1.0, &too_many), Err(DatasetError::SampleCount { .. })));
    }

    #[test]
    fn the_share_of_each_component_is_its_weight() {
        let modes = Modes { dim: 1, centres: vec![0.0, 9.0, 18.0], weights: vec![0.2, 0.5, 0.3], sigma: 1.0 };
        let set = GaussianMixture::new("m", modes, &OpenOptions { seed: 3, ..Default::default() }).unwrap();
        let mut counts = [0.0; 3];
        for i in 0..set.len() {
            counts[set.label(i).unwrap() as usize] += 1.0 / set.len() as f64;
        }
        for (share, weight) in counts.iter().zip([0.2f64, 0.5, 0.3]) {
            let error = (weight * (1.0 - weight) / set.len() as f64).sqrt();
            assert!((share - weight).abs() < 5.0 * error, "{counts:?}");
        }
    }
}
