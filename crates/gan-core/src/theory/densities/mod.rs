//! Densities on the line and in the plane: families that a few numbers describe, mixtures of any of them, kernel estimates of
//! samples, and any function. A new family is a file here and a line in [`ALL`].
//!
//! ```
//! use gan_core::theory::densities::{Density, parse};
//!
//! let density = parse("0.7*gaussian(mean=-1) + 0.3*gaussian(mean=2, std=.1)")?;
//! assert!((density.density(&[2.0]) - 1.2).abs() < 0.01);
//! let fault = parse("gausian").unwrap_err().to_string();
//! assert!(fault.contains("did you mean `gaussian`?"));
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod check;
mod custom;
mod gaussian;
mod grid;
mod kernel;
mod laplace;
mod mixture;
mod region;
mod ring;
mod text;
mod uniform;

pub use check::check_normalised;
pub use custom::Custom;
pub use gaussian::Gaussian;
pub(super) use gaussian::standard_normal_mass;
pub use grid::grid;
pub use kernel::{Bandwidth, KernelDensity};
pub use laplace::Laplace;
pub use mixture::Mixture;
pub(super) use region::{Region, log_density_at};
pub use ring::ring;
pub use text::{parse, parse_spec};
pub use uniform::Uniform;

use std::fmt::Debug;

use gan_layers::{Fields, LayerError, Spec, spec};

use super::{DensityError, TheoryError};

/// A probability density on the line or in the plane.
///
/// `x` always has [`Density::dim`] coordinates; for another number of them the families of this module give NaN.
pub trait Density: Debug + Send + Sync {
    /// Number of coordinates, 1 or 2.
    fn dim(&self) -> usize;

    /// `p(x)`, in units of one over those of `x` (its square in the plane).
    fn density(&self, x: &[f64]) -> f64;

    /// `log p(x)`, `-inf` where the density is 0.
    ///
    /// To be overridden wherever the logarithm is known: a Gaussian underflows at 39 sigma, and with it `log p_data - log p_g`,
    /// the logit of `D*`.
    fn log_density(&self, x: &[f64]) -> f64 {
        self.density(x).ln()
    }

    /// A box, an interval for each axis, outside of which less than `1e-14` of the mass lies.
    fn support(&self) -> Vec<(f64, f64)>;

    /// Boxes that together hold what the support holds, one for each mode: quadrature looks at every box closely enough to see
    /// the mode in it. Of any number.
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        vec![self.support()]
    }

    /// Places along an axis where the density jumps or bends, and quadrature should cut. Few, as the plane is cut at every pair of
    /// them.
    fn breaks(&self, axis: usize) -> Vec<f64> {
        let _ = axis;
        Vec::new()
    }

    /// The mass of a box, an interval for each axis, in closed form; `None` where there is none. Infinite ends are allowed.
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        let _ = sides;
        None
    }
}

impl<T: Density + ?Sized> Density for Box<T> {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn density(&self, x: &[f64]) -> f64 {
        (**self).density(x)
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        (**self).log_density(x)
    }
    fn support(&self) -> Vec<(f64, f64)> {
        (**self).support()
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        (**self).parts()
    }
    fn breaks(&self, axis: usize) -> Vec<f64> {
        (**self).breaks(axis)
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        (**self).box_mass(sides)
    }
}

/// A density as the registry lists it.
pub type DensityEntry = spec::Entry<dyn Density>;

/// Every density that numbers describe.
pub const ALL: &[DensityEntry] =
    &[gaussian::ENTRY, uniform::ENTRY, laplace::ENTRY, mixture::ENTRY, ring::ENTRY, grid::ENTRY, kernel::ENTRY];

/// Builds the density that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Density>, LayerError> {
    spec::build("density", ALL, spec, path)
}

/// A parameter that is a finite number, or its named fault.
fn finite(density: &'static str, parameter: &'static str, found: f64) -> Result<f64, TheoryError> {
    if found.is_finite() {
        Ok(found)
    } else {
        Err(DensityError::Parameter { density, parameter, expected: "a finite number", found }.into())
    }
}

/// A parameter that is a finite number above 0, or its named fault.
fn positive(density: &'static str, parameter: &'static str, found: f64) -> Result<f64, TheoryError> {
    // The inverse as well: a subnormal width has an infinite density.
    if found > 0.0 && found.is_finite() && (1.0 / found).is_finite() {
        Ok(found)
    } else {
        Err(DensityError::Parameter { density, parameter, expected: "a finite number greater than 0", found }.into())
    }
}

/// The fault of a constructor, at the place of the description that asked for it.
fn at<T>(fields: &Fields<'_>, built: Result<T, TheoryError>) -> Result<T, LayerError> {
    built.map_err(|fault| fields.shape_fault(fault.to_string()))
}

/// One or two coordinates, or `default`.
fn coordinates(fields: &Fields<'_>, key: &'static str, default: f64) -> Result<Vec<f64>, LayerError> {
    let found = fields.numbers(key)?.unwrap_or_else(|| vec![default]);
    if found.len() <= 2 {
        Ok(found)
    } else {
        Err(fields.fault(key, "one number, or two for the plane", format!("{} numbers", found.len())))
    }
}

/// The first coordinate or the second; a lone one holds for both axes.
fn along(coordinates: &[f64], axis: usize) -> f64 {
    coordinates.get(axis).or(coordinates.first()).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At least one description of every entry.
    const EXAMPLES: &[(&str, &str)] = &[
        ("gaussian", "gaussian"),
        ("gaussian", "gaussian(mean=[1, -2], std=[0.5, 3], correlation=-0.9)"),
        ("uniform", "uniform(low=-3, high=5)"),
        ("uniform", "uniform(low=[0, 1], high=[2, 1.001])"),
        ("laplace", "laplace(mean=3, scale=.01)"),
        ("mixture", "mixture(gaussian(mean=-40, std=1e-4), laplace, 0.2*uniform(low=7, high=1000))"),
        ("ring", "ring"),
        ("grid", "grid"),
        ("kernel", "kernel(samples=[1, 2, 2.5, 9])"),
        ("kernel", "kernel(samples=[[1, 2], [3, 2.5], [0, 9], [2, 2]], bandwidth=scott)"),
    ];

    #[test]
    fn every_entry_is_a_density() {
        for entry in ALL {
            assert!(EXAMPLES.iter().any(|(name, _)| *name == entry.name), "no example of {}", entry.name);
        }
        for (name, text) in EXAMPLES {
            assert_eq!(parse_spec(text).unwrap().kind, *name);
            let density = parse(text).unwrap();
            let support = density.support();
            assert_eq!(support.len(), density.dim(), "{text}");
            let found = check_normalised(&density, 1e-9).unwrap();
            assert!((found.value - 1.0).abs() < 1e-9, "{text}: {found:?}");
            // Closed forms of the mass, against quadrature of all and against the parts.
            let everything = vec![(f64::NEG_INFINITY, f64::INFINITY); density.dim()];
            if let Some(mass) = density.box_mass(&everything) {
                assert!((mass - 1.0).abs() < 1e-12, "{text}: {mass}");
                assert!((density.box_mass(&support).unwrap() - 1.0).abs() < 1e-13, "{text}");
                let middle = 0.4 * support[0].0 + 0.6 * support[0].1;
                let mut left = everything.clone();
                left[0].1 = middle;
                let mut right = everything;
                right[0].0 = middle;
                let sum = density.box_mass(&left).unwrap() + density.box_mass(&right).unwrap();
                assert!((sum - 1.0).abs() < 1e-12, "{text}: {sum}");
            }
        }
    }

    #[test]
    fn logarithms_agree_and_wrong_coordinates_are_no_number() {
        for (_, text) in EXAMPLES {
            let density = parse(text).unwrap();
            let support = density.support();
            for share in [0.01, 0.3, 0.5, 0.52, 0.9] {
                let x: Vec<f64> = support.iter().map(|(low, high)| low + share * (high - low)).collect();
                let (p, log) = (density.density(&x), density.log_density(&x));
                assert!((log.exp() - p).abs() <= 1e-12 * p, "{text} at {x:?}: {p} {log}");
            }
            for wrong in [&[][..], &[0.0; 3]] {
                assert!(density.density(wrong).is_nan(), "{text}");
                assert!(density.log_density(wrong).is_nan(), "{text}");
            }
        }
    }

    #[test]
    fn wrong_parameters_are_named() {
        for (text, expected) in [
            ("gaussian(std=0)", "density.std: expected numbers greater than 0"),
            ("gaussian(std=-1)", "density.std"),
            ("gaussian(mean=nan)", "density.mean: expected a number"),
            ("gaussian(mean=[1,2,3])", "density.mean: expected one number, or two for the plane, found 3 numbers"),
            ("gaussian(correlation=0.5)", "density.correlation"),
            ("gaussian(mean=[0,0], correlation=1)", "density.correlation: expected a number between -1 and 1"),
            ("gaussian(sdt=1)", "unknown key `sdt` (did you mean `std`?)"),
            ("uniform(low=2, high=1)", "density.high: expected more than low"),
            ("laplace(scale=0)", "density.scale"),
            ("ring(modes=0)", "density.modes"),
            ("grid(side=-1)", "density.side"),
            (
                "mixture(gaussian, 0.5*gausian)",
                "density.components[1].type: there is no density `gausian` (did you mean `gaussian`?)",
            ),
            ("mixture(gaussian, ring)", "density: expected densities of one dimension, found 1 and 2"),
            ("mixture", "density: `components` is missing"),
            ("kernel", "density: `samples` is missing"),
            ("kernel(samples=[1], bandwidth=silvermann)", "did you mean `silverman`?"),
        ] {
            let fault = parse(text).unwrap_err().to_string();
            assert!(fault.contains(expected), "{text}: {fault}");
        }
    }
}
