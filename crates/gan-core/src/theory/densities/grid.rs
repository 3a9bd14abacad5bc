use super::{Density, DensityEntry, Gaussian, Mixture, at, positive};
use crate::theory::TheoryError;

/// Equal Gaussians, `per_side` along each axis, on a square about the origin with `side` between its outermost means.
///
/// # Errors
/// [`TheoryError::EmptySupport`] without modes, or [`DensityError::Parameter`](crate::theory::DensityError::Parameter).
///
/// ```
/// use gan_core::theory::densities::{Density, grid};
///
/// let p = grid(5, 8.0, 0.05)?;
/// assert!((p.density(&[-4.0, 2.0]) - 1.0 / (25.0 * std::f64::consts::TAU * 0.0025)).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn grid(per_side: usize, side: f64, std: f64) -> Result<Mixture, TheoryError> {
    let side = positive("grid", "side", side)?;
    // One alone stands in the middle.
    let place = |k: usize| if per_side > 1 { side * (k as f64 / (per_side - 1) as f64 - 0.5) } else { 0.0 };
    let mode = |k: usize| {
        let density = Gaussian::in_plane([place(k / per_side), place(k % per_side)], [std; 2], 0.0)?;
        Ok(Box::new(density) as Box<dyn Density>)
    };
    Mixture::equal((0..per_side * per_side).map(mode).collect::<Result<_, TheoryError>>()?)
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "grid",
    doc: "Gaussians on a square grid in the plane. per_side (5), side (8), std (0.05)",
    build: |f| {
        let (per_side, side, std) = (f.count_or("per_side", 5)?, f.positive("side", 8.0)?, f.positive("std", 0.05)?);
        if per_side > 100 {
            return Err(f.fault("per_side", "a whole number from 1 to 100", per_side));
        }
        Ok(Box::new(at(f, grid(per_side, side, std))?))
    },
};
