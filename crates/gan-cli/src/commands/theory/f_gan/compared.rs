//! The two distributions whose divergences are shown.

use gan::core::theory::densities::{self, Density};
use gan::core::theory::f_divergences::{Entry, FDivergence, variational_bound};
use gan::core::theory::{Cells, Distribution, TheoryError};
use gan::train::picture::Point;

use super::super::arguments::weights;
use crate::fault::Usage;

/// Two distributions on one support: outcomes, or cells of the line.
pub(super) struct Compared {
    /// The data.
    pub p: Distribution,
    /// What the generator makes.
    pub q: Distribution,
    /// What the user calls them.
    pub names: (String, String),
    /// The middle and the width of each cell; none where the support is of outcomes.
    cells: Option<(Vec<f64>, f64)>,
}

impl Compared {
    pub fn new(p_data: &str, p_g: &str, cells: usize) -> anyhow::Result<Compared> {
        let names = (p_data.to_owned(), p_g.to_owned());
        match (are_weights(p_data), are_weights(p_g)) {
            (true, true) => {
                let read = |option: &str, text| weights(text).map_err(|fault| Usage(format!("--{option}: {fault}")));
                let (p, q) = (read("p-data", p_data)?, read("p-g", p_g)?);
                if p.outcomes() != q.outcomes() {
                    let (expected, found) = (p.outcomes(), q.outcomes());
                    return Err(
                        Usage(format!("--p-g: expected {expected} weights, as many as --p-data has, found {found}")).into()
                    );
                }
                Ok(Compared { p, q, names, cells: None })
            }
            (false, false) => {
                let (p, q) = (line("p-data", p_data)?, line("p-g", p_g)?);
                let cells = Cells::covering(&[&*p, &*q], cells)?;
                let centres = cells.centres();
                // by the middle of each cell: ratios of the densities keep their digits, masses of tails may not
                let on_cells =
                    |d: &dyn Density| Distribution::from_weights(&centres.iter().map(|x| d.density(&[*x])).collect::<Vec<_>>());
                let (p, q) = (on_cells(&*p)?, on_cells(&*q)?);
                Ok(Compared { p, q, names, cells: Some((centres, cells.volume())) })
            }
            _ => {
                Err(Usage("--p-data and --p-g: expected two densities or two lists of weights, found one of each".to_owned())
                    .into())
            }
        }
    }

    /// Whether the support is the line.
    pub fn on_line(&self) -> bool {
        self.cells.is_some()
    }

    /// A value for each outcome or cell, over its number or place.
    pub fn over_support(&self, values: impl Iterator<Item = f64>) -> Vec<Point> {
        match &self.cells {
            Some((centres, _)) => centres.iter().copied().zip(values).collect(),
            None => values.enumerate().map(|(i, v)| (i as f64 + 1.0, v)).collect(),
        }
    }

    /// Probabilities of outcomes, or densities on the line.
    pub fn heights(&self, p: &Distribution) -> Vec<Point> {
        let width = self.cells.as_ref().map_or(1.0, |cells| cells.1);
        self.over_support(p.probabilities().iter().map(|p| p / width))
    }

    /// What is seen of the support: all outcomes, or where either density is more than a thousandth of its height.
    pub fn range(&self) -> (f64, f64) {
        let points = [self.heights(&self.p), self.heights(&self.q)];
        if !self.on_line() {
            return (0.6, self.p.outcomes() as f64 + 0.4);
        }
        let seen = points.iter().flat_map(|curve| {
            let top = curve.iter().map(|p| p.1).fold(0.0, f64::max);
            curve.iter().filter(move |p| p.1 > 1e-3 * top).map(|p| p.0)
        });
        let (low, high) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        let room = 0.02 * (high - low).max(1e-9);
        (low - room, high + room)
    }

    /// `p / q` of each outcome; `None` where there is nothing of either.
    pub fn ratios(&self) -> impl Iterator<Item = Option<f64>> {
        let pairs = self.p.probabilities().iter().zip(self.q.probabilities());
        pairs.map(|(p, q)| (*p > 0.0 || *q > 0.0).then(|| p / q))
    }

    /// The bound that a critic reaches which reads `(p / q)^scale` where the ratio is `p / q`: `T = f'((p / q)^scale)`, the best one for
    /// a scale of 1.
    pub fn bound_at_scale(&self, f: &dyn FDivergence, scale: f64) -> Result<f64, TheoryError> {
        // a power that leaves the range of f64 is no reason for an infinite T
        let power = |u: f64| match u.powf(scale) {
            v if u > 0.0 && u.is_finite() => v.clamp(f64::MIN_POSITIVE, f64::MAX),
            v => v,
        };
        let t: Vec<f64> = self.ratios().map(|u| u.map_or(f.threshold(), |u| f.derivative(power(u)))).collect();
        variational_bound(f, &self.p, &self.q, &t)
    }
}

/// What the divergence is at `p = q`: 0, but for the GAN's.
pub(super) fn least(entry: &Entry) -> f64 {
    entry.divergence.f(1.0)
}

/// Weights begin with a number and have no word in them; `0.5*gaussian` is a density.
fn are_weights(text: &str) -> bool {
    !text.contains(['(', '*']) && text.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-.,".contains(c))
}

fn line(option: &str, text: &str) -> anyhow::Result<Box<dyn Density>> {
    let density = densities::parse(text).map_err(|fault| Usage(format!("--{option}: {fault}")))?;
    match density.dim() {
        1 => Ok(density),
        dim => Err(Usage(format!("--{option}: expected a density on the line, found {dim} dimensions")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_densities_are_told_apart() {
        for text in ["1,2", " .5,1", "-1,2", "3", ",1"] {
            assert!(are_weights(text), "{text}");
        }
        for text in ["gaussian", "0.5*gaussian + 0.5*laplace", "gaussian(mean=1)"] {
            assert!(!are_weights(text), "{text}");
        }
    }
}
