use super::{Density, DensityEntry, along, at, coordinates};
use crate::theory::{DensityError, TheoryError};

/// The uniform density on an interval or a box with sides along the axes; the edges belong to it.
///
/// ```
/// use gan_core::theory::densities::{Density, Uniform};
///
/// let p = Uniform::new(vec![(0.0, 4.0), (1.0, 2.0)])?;
/// assert_eq!(p.density(&[4.0, 1.5]), 0.25);
/// assert_eq!(p.density(&[4.1, 1.5]), 0.0);
/// assert_eq!(p.box_mass(&[(-1.0, 1.0), (0.0, 9.0)]), Some(0.25));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Uniform {
    sides: Vec<(f64, f64)>,
}

impl Uniform {
    /// Uniform on the box with these sides, one for each axis.
    ///
    /// # Errors
    /// [`DensityError::Support`] where there are not one or two sides, or the lower end of one is not below the upper.
    pub fn new(sides: Vec<(f64, f64)>) -> Result<Self, TheoryError> {
        let volume: f64 = sides.iter().map(|(low, high)| high - low).product();
        let proper = sides.iter().all(|(low, high)| low < high && low.is_finite() && high.is_finite());
        if !(1..=2).contains(&sides.len()) || !proper || !volume.is_normal() {
            return Err(DensityError::Support { found: sides }.into());
        }
        Ok(Self { sides })
    }

    /// Uniform on `[low, high]`.
    ///
    /// # Errors
    /// [`DensityError::Support`].
    pub fn interval(low: f64, high: f64) -> Result<Self, TheoryError> {
        Self::new(vec![(low, high)])
    }
}

impl Density for Uniform {
    fn dim(&self) -> usize {
        self.sides.len()
    }
    fn density(&self, x: &[f64]) -> f64 {
        self.log_density(x).exp()
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        if x.len() != self.sides.len() || x.iter().any(|x| x.is_nan()) {
            return f64::NAN;
        }
        let inside = self.sides.iter().zip(x).all(|((low, high), x)| low <= x && x <= high);
        if inside { -self.sides.iter().map(|(low, high)| (high - low).ln()).sum::<f64>() } else { f64::NEG_INFINITY }
    }
    fn support(&self) -> Vec<(f64, f64)> {
        self.sides.clone()
    }
    fn breaks(&self, axis: usize) -> Vec<f64> {
        self.sides.get(axis).map_or_else(Vec::new, |(low, high)| vec![*low, *high])
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        let share =
            |((low, high), (from, to)): (&(f64, f64), &(f64, f64))| ((high.min(*to) - low.max(*from)) / (high - low)).max(0.0);
        (sides.len() == self.sides.len()).then(|| self.sides.iter().zip(sides).map(share).product())
    }
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "uniform",
    doc: "uniform on an interval; two lows or highs for a box in the plane. low (0), high (1)",
    build: |f| {
        let (low, high) = (coordinates(f, "low", 0.0)?, coordinates(f, "high", 1.0)?);
        let sides: Vec<_> = (0..low.len().max(high.len())).map(|axis| (along(&low, axis), along(&high, axis))).collect();
        match sides.iter().find(|(low, high)| low >= high) {
            Some((low, high)) => Err(f.fault("high", &format!("more than low ({low})"), high)),
            None => Ok(Box::new(at(f, Uniform::new(sides))?)),
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_without_volume_are_refused() {
        for sides in [
            vec![],
            vec![(0.0, 0.0)],
            vec![(1.0, 0.0)],
            vec![(0.0, f64::INFINITY)],
            vec![(f64::NAN, 1.0)],
            vec![(-f64::MAX, f64::MAX)],
            vec![(0.0, 1e-200); 2],
            vec![(0.0, 1.0); 3],
        ] {
            assert!(matches!(Uniform::new(sides.clone()), Err(TheoryError::Density(DensityError::Support { .. }))), "{sides:?}");
        }
    }

    #[test]
    fn no_number_has_no_density() {
        assert!(Uniform::interval(0.0, 1.0).unwrap().density(&[f64::NAN]).is_nan());
    }
}
