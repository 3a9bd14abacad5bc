//! Two moons, as scikit-learn's `make_moons` draws them: half circles of radius 1 about (0, 0) and (1, 0.5) that reach into each other.

use std::f64::consts::PI;

use super::Source;
use crate::curves::Curves;

const SIGMA: f64 = 0.05;

pub(super) const SOURCE: Source = Source {
    name: "moons",
    doc: "two half circles in the plane that reach into each other, sigma 0.05",
    needs_dir: false,
    open: |options| Ok(Box::new(Curves::new(SOURCE.name, "two half circles, sigma 0.05", 2, moon, SIGMA, options)?)),
};

fn moon(k: usize, t: f64) -> [f64; 2] {
    let (sin, cos) = (PI * t).sin_cos();
    if k == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] }
}
