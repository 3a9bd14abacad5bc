//! Points about curves in the plane: thin, bent densities, unlike mixtures of few Gaussians.

use std::f64::consts::TAU;

use crate::dataset::check_read;
use crate::density::Drawn;
use crate::random::{normal, uniform};
use crate::{Dataset, DatasetError, OpenOptions, Provenance};

/// The cells of the rule that integrates the density along a curve.
const CELLS: usize = 1024;

/// Points `c_k(t) + sigma N(0, I)` about `curves` curves in the plane, each as likely, t drawn evenly from `[0, 1)`:
/// `p(x) = 1/curves sum_k int_0^1 N(x; c_k(t), sigma^2 I) dt`. The label of a point is its curve k.
pub(crate) struct Curves {
    drawn: Drawn,
    curves: usize,
    curve: fn(usize, f64) -> [f64; 2],
    sigma: f64,
    /// The points `c_k(t)` at the nodes of the rule, all of one weight.
    nodes: Vec<[f64; 2]>,
    range: (f32, f32),
}

impl Curves {
    /// Points about `curve(k, t)` for k < `curves`.
    pub(crate) fn new(
        name: &str,
        formula: &str,
        curves: usize,
        curve: fn(usize, f64) -> [f64; 2],
        sigma: f64,
        options: &OpenOptions,
    ) -> Result<Self, DatasetError> {
        let drawn = Drawn::new(name, formula.to_owned(), options)?;
        // Gauss's rule of two points on each cell: its error falls with the fourth power of cell / sigma.
        let offset = 0.5 / 3.0f64.sqrt();
        let times = (0..CELLS).flat_map(|cell| [0.5 - offset, 0.5 + offset].map(|at| (cell as f64 + at) / CELLS as f64));
        let nodes: Vec<_> = times.flat_map(|t| (0..curves).map(move |k| curve(k, t))).collect();
        let values = || nodes.iter().flatten().copied();
        let low = values().fold(f64::INFINITY, f64::min) - 6.0 * sigma;
        let high = values().fold(f64::NEG_INFINITY, f64::max) + 6.0 * sigma;
        Ok(Self { drawn, curves, curve, sigma, nodes, range: (low as f32, high as f32) })
    }

    fn curve_of(&self, u: f64) -> usize {
        ((u * self.curves as f64) as usize).min(self.curves - 1)
    }
}

impl Dataset for Curves {
    fn len(&self) -> usize {
        self.drawn.provenance.count
    }

    fn sample_shape(&self) -> &[usize] {
        &[2]
    }

    fn provenance(&self) -> &Provenance {
        &self.drawn.provenance
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        let mut rng = self.drawn.rng(i);
        let k = self.curve_of(uniform(&mut rng));
        let point = (self.curve)(k, uniform(&mut rng));
        for (value, c) in out.iter_mut().zip(point) {
            *value = (c + self.sigma * normal(&mut rng)) as f32;
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        Some(self.curves)
    }

    fn label(&self, i: usize) -> Option<u32> {
        (i < self.len()).then(|| self.curve_of(uniform(&mut self.drawn.rng(i))) as u32)
    }

    fn range(&self) -> (f32, f32) {
        self.range
    }

    /// By Gauss's rule along the curves, to a relative error below 1e-4 wherever the density is not negligible.
    fn density(&self, x: &[f64]) -> Option<f64> {
        let &[x, y] = x else { return None };
        let variance = self.sigma.powi(2);
        let term = |[a, b]: &[f64; 2]| (-0.5 * ((x - a).powi(2) + (y - b).powi(2)) / variance).exp();
        Some(self.nodes.iter().map(term).sum::<f64>() / (self.nodes.len() as f64 * TAU * variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;

    /// Against the rule of midpoints on two hundred times as many cells.
    #[test]
    fn the_rule_is_fine_enough() {
        let finer = |set: &Curves, x: &[f64]| {
            let cells = 200 * CELLS;
            let (variance, mut sum) = (set.sigma.powi(2), 0.0);
            for k in 0..set.curves {
                for cell in 0..cells {
                    let [a, b] = (set.curve)(k, (f64::from(cell as u32) + 0.5) / cells as f64);
                    sum += (-0.5 * ((x[0] - a).powi(2) + (x[1] - b).powi(2)) / variance).exp();
                }
            }
            sum / (cells * set.curves) as f64 / (TAU * variance)
        };
        let line = |k: usize, t: f64| [0.7 * t * t + 0.01 * t, k as f64];
        let set = Curves::new("c", "curves", 2, line, 0.01, &OpenOptions { count: Some(8), ..Default::default() }).unwrap();
        let mut x = [0.0; 2];
        for i in 0..8 {
            set.read(i, &mut x).unwrap();
            let x = x.map(f64::from);
            let (p, exact) = (set.density(&x).unwrap(), finer(&set, &x));
            assert!((p / exact - 1.0).abs() < 1e-4, "{p} for {exact} at {x:?}");
        }
        let spirals = open("spirals", &OpenOptions::default()).unwrap();
        assert_eq!(spirals.density(&[0.0]), None);
        assert!(spirals.density(&[9.0, 9.0]).unwrap() < 1e-300);
    }
}
