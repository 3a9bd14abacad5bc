//! Eight Gaussians on a circle: the usual test for lost modes (Metz et al. 2017, "Unrolled generative adversarial
//! networks", with other radii and deviations).

use std::f64::consts::TAU;

use super::Source;
use crate::{GaussianMixture, Modes};

pub(super) const SOURCE: Source = Source {
    name: "ring",
    doc: "8 Gaussians in the plane, on the unit circle, sigma 0.01",
    needs_dir: false,
    open: |options| {
        let angles = (0..8).map(|k| TAU * f64::from(k) / 8.0);
        let centres = angles.flat_map(|angle| [angle.cos(), angle.sin()]).collect();
        Ok(Box::new(GaussianMixture::new(SOURCE.name, Modes::equal(2, centres, 0.01), options)?))
    },
};
