use std::f64::consts::TAU;

use super::{Density, DensityEntry, Gaussian, Mixture, at, positive};
use crate::theory::TheoryError;

/// Equal Gaussians with their means evenly on a circle about the origin, the first on the positive x axis: the usual test for
/// lost modes (Metz et al. 2017, "Unrolled generative adversarial networks", with other radii and deviations).
///
/// # Errors
/// [`TheoryError::EmptySupport`] without modes, or [`DensityError::Parameter`](crate::theory::DensityError::Parameter).
///
/// ```
/// use gan_core::theory::densities::{Density, ring};
///
/// let p = ring(8, 1.0, 0.01)?;
/// assert!(p.density(&[0.0, 1.0]) > 100.0 && p.density(&[0.0, 0.0]) == 0.0);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn ring(modes: usize, radius: f64, std: f64) -> Result<Mixture, TheoryError> {
    let radius = positive("ring", "radius", radius)?;
    let mode = |k: usize| {
        let angle = TAU * k as f64 / modes as f64;
        let density = Gaussian::in_plane([radius * angle.cos(), radius * angle.sin()], [std; 2], 0.0)?;
        Ok(Box::new(density) as Box<dyn Density>)
    };
    Mixture::equal((0..modes).map(mode).collect::<Result<_, TheoryError>>()?)
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "ring",
    doc: "Gaussians on a circle in the plane. modes (8), radius (1), std (0.01)",
    build: |f| {
        let (modes, radius, std) = (f.count_or("modes", 8)?, f.positive("radius", 1.0)?, f.positive("std", 0.01)?);
        Ok(Box::new(at(f, ring(modes, radius, std))?))
    },
};
