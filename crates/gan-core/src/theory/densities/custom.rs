use std::fmt;

use super::Density;

type Function = Box<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// Any function as a density, with the box that holds its mass.
///
/// Nothing is checked here: [`super::check_normalised`] integrates it, and so does every use of it in a
/// [`crate::theory::continuous::Pair`].
///
/// ```
/// use gan_core::theory::densities::{Custom, check_normalised};
///
/// // A quarter of a circle, with a break for its edge at 1.
/// let height = 4.0 / std::f64::consts::PI;
/// let p = Custom::new(vec![(0.0, 2.0)], move |x| height * (1.0 - x[0] * x[0]).max(0.0).sqrt()).with_breaks(0, vec![1.0]);
/// check_normalised(&p, 1e-9)?;
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub struct Custom {
    support: Vec<(f64, f64)>,
    breaks: Vec<Vec<f64>>,
    parts: Vec<Vec<(f64, f64)>>,
    function: Function,
    gives_logarithm: bool,
}

impl Custom {
    /// The density that `density` computes, 0 outside of `support`, which has one interval for each axis.
    pub fn new(support: Vec<(f64, f64)>, density: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> Self {
        let breaks = vec![Vec::new(); support.len()];
        Self { parts: vec![support.clone()], support, breaks, function: Box::new(density), gives_logarithm: false }
    }

    /// The same from the logarithm of the density: better wherever the density would underflow within the support.
    pub fn from_logarithm(support: Vec<(f64, f64)>, log_density: impl Fn(&[f64]) -> f64 + Send + Sync + 'static) -> Self {
        Self { gives_logarithm: true, ..Self::new(support, log_density) }
    }

    /// Adds places along an axis where quadrature should cut.
    #[must_use]
    pub fn with_breaks(mut self, axis: usize, places: Vec<f64>) -> Self {
        if let Some(breaks) = self.breaks.get_mut(axis) {
            breaks.extend(places);
        }
        self
    }

    /// Adds boxes about its narrow modes.
    #[must_use]
    pub fn with_parts(mut self, parts: Vec<Vec<(f64, f64)>>) -> Self {
        self.parts.extend(parts);
        self
    }

    fn inside(&self, x: &[f64]) -> bool {
        self.support.iter().zip(x).all(|((low, high), x)| low <= x && x <= high)
    }
}

impl Density for Custom {
    fn dim(&self) -> usize {
        self.support.len()
    }
    fn density(&self, x: &[f64]) -> f64 {
        match self.gives_logarithm {
            _ if x.len() != self.support.len() => f64::NAN,
            _ if !self.inside(x) => 0.0,
            true => (self.function)(x).exp(),
            false => (self.function)(x),
        }
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        match self.gives_logarithm {
            _ if x.len() != self.support.len() => f64::NAN,
            _ if !self.inside(x) => f64::NEG_INFINITY,
            true => (self.function)(x),
            false => (self.function)(x).ln(),
        }
    }
    fn support(&self) -> Vec<(f64, f64)> {
        self.support.clone()
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        self.parts.clone()
    }
    fn breaks(&self, axis: usize) -> Vec<f64> {
        // A function that ends at its support jumps there, as far as anyone knows.
        let edges = self.support.get(axis).map_or([f64::NAN; 2], |(low, high)| [*low, *high]);
        self.breaks.get(axis).into_iter().flatten().copied().chain(edges).collect()
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom").field("support", &self.support).field("breaks", &self.breaks).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_support() {
        for p in [Custom::new(vec![(0.0, 1.0)], |_| 1.0), Custom::from_logarithm(vec![(0.0, 1.0)], |_| 0.0)] {
            assert_eq!((p.density(&[0.5]), p.log_density(&[0.5])), (1.0, 0.0));
            assert_eq!((p.density(&[1.5]), p.log_density(&[1.5])), (0.0, f64::NEG_INFINITY));
            assert!(p.density(&[0.5, 0.5]).is_nan() && p.log_density(&[]).is_nan());
        }
    }
}
