//! Two spirals of one and a half turns, one the other turned by half a turn. The radius grows from 0.1 to 1 as the root of an even
//! number, so that points lie nearly evenly along the arms.

use std::f64::consts::PI;

use super::Source;
use crate::curves::Curves;

const SIGMA: f64 = 0.02;

pub(super) const SOURCE: Source = Source {
    name: "spirals",
    doc: "two spirals in the plane, one and a half turns within the unit circle, sigma 0.02",
    needs_dir: false,
    open: |options| Ok(Box::new(Curves::new(SOURCE.name, "two spirals, sigma 0.02", 2, arm, SIGMA, options)?)),
};

fn arm(k: usize, t: f64) -> [f64; 2] {
    let radius = (0.01 + 0.99 * t).sqrt();
    let (sin, cos) = (PI * (3.0 * radius + k as f64)).sin_cos();
    [radius * cos, radius * sin]
}
