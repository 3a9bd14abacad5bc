use super::Density;
use crate::theory::quadrature::{Integral, Sides, Tolerance, try_iterated, try_line, try_plane, try_sign_changes};
use crate::theory::{DensityError, TheoryError};

/// The smallest box around the supports of some densities, with all of their breaks and parts.
#[derive(Debug, Clone)]
pub(in crate::theory) struct Region {
    ranges: Vec<(f64, f64)>,
    breaks: Vec<Vec<f64>>,
    /// In the plane; on the line their ends are among the breaks.
    parts: Vec<Sides>,
}

impl Region {
    /// Checks dimensions and supports as it goes.
    pub fn around(densities: &[&dyn Density]) -> Result<Self, TheoryError> {
        let dim = densities.first().map_or(0, |d| d.dim());
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); dim];
        let mut breaks = vec![Vec::new(); dim];
        let mut parts = Vec::new();
        for density in densities {
            if density.dim() != dim {
                return Err(DensityError::Dimensions { left: dim, right: density.dim() }.into());
            }
            let support = density.support();
            let proper = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite() && low < high;
            if !(1..=2).contains(&dim) || support.len() != dim || !support.iter().all(proper) {
                return Err(DensityError::Support { found: support }.into());
            }
            for (axis, ((low, high), (range, cuts))) in support.into_iter().zip(ranges.iter_mut().zip(&mut breaks)).enumerate() {
                *range = (range.0.min(low), range.1.max(high));
                cuts.extend(density.breaks(axis));
            }
            for part in density.parts() {
                match (&part[..], &mut breaks[..]) {
                    ([(low, high)], [cuts]) => cuts.extend([*low, *high]),
                    ([x, y], [_, _]) => parts.push([*x, *y]),
                    _ => return Err(DensityError::Support { found: part }.into()),
                }
            }
        }
        Ok(Self { ranges, breaks, parts })
    }

    /// Number of axes.
    pub fn dim(&self) -> usize {
        self.ranges.len()
    }

    /// The interval of the line, with its breaks; `None` in the plane.
    pub fn interval(&self) -> Option<((f64, f64), &[f64])> {
        match (&self.ranges[..], &self.breaks[..]) {
            ([range], [breaks]) => Some((*range, breaks)),
            _ => None,
        }
    }

    /// Cuts the axis at further places.
    pub fn cut(&mut self, axis: usize, places: &[f64]) {
        if let Some(breaks) = self.breaks.get_mut(axis) {
            breaks.extend(places);
        }
    }

    /// The integral over the box of an `f` that is smooth between the breaks.
    pub fn integrate(
        &self,
        tolerance: &Tolerance,
        mut f: impl FnMut(&[f64]) -> Result<f64, TheoryError>,
    ) -> Result<Integral, TheoryError> {
        match (&self.ranges[..], &self.breaks[..]) {
            ([x], [breaks]) => try_line(|x| f(&[x]), *x, breaks, tolerance),
            ([x, y], [along_x, along_y]) => try_plane(|x, y| f(&[x, y]), [*x, *y], [along_x, along_y], &self.parts, tolerance),
            _ => Err(DensityError::Support { found: self.ranges.clone() }.into()),
        }
    }

    /// The same for an `f` that also bends where `level` changes its sign.
    pub fn integrate_with_bends(
        &self,
        tolerance: &Tolerance,
        mut f: impl FnMut(&[f64]) -> Result<f64, TheoryError>,
        mut level: impl FnMut(&[f64]) -> Result<f64, TheoryError>,
    ) -> Result<Integral, TheoryError> {
        match (&self.ranges[..], &self.breaks[..]) {
            ([x], [breaks]) => {
                let mut cuts = try_sign_changes(|x| level(&[x]), *x, breaks)?;
                cuts.extend(breaks);
                try_line(|x| f(&[x]), *x, &cuts, tolerance)
            }
            ([x, y], [along_x, along_y]) => {
                let (f, level) = (|x, y| f(&[x, y]), |x, y| level(&[x, y]));
                try_iterated(f, level, [*x, *y], [along_x, along_y], &self.parts, tolerance)
            }
            _ => Err(DensityError::Support { found: self.ranges.clone() }.into()),
        }
    }
}

/// `log p(x)`, or the named fault of a density that is negative, NaN or infinite there.
pub(in crate::theory) fn log_density_at(density: &dyn Density, x: &[f64]) -> Result<f64, TheoryError> {
    let log = density.log_density(x);
    // Of a number below 0 there is no logarithm.
    if log < f64::INFINITY {
        return Ok(log);
    }
    let (at, value) = (x.to_vec(), density.density(x));
    Err(if value < 0.0 {
        TheoryError::Density(DensityError::Negative { at, value })
    } else {
        TheoryError::Density(DensityError::NotFinite { at, value })
    })
}
