use std::f64::consts::LN_2;

use super::densities::{Density, log_density_at};
use super::sum::stable_sum;
use super::{Cells, DensityError, TableError, TheoryError, pointwise};

/// Data and generator as masses of the cells of a grid, and the discriminator that is optimal between them.
///
/// ```
/// use gan_core::theory::densities::Gaussian;
/// use gan_core::theory::{Cells, Table};
///
/// let (p_data, p_g) = (Gaussian::new(0.0, 1.0)?, Gaussian::new(1.0, 1.0)?);
/// let table = Table::sampled(Cells::covering(&[&p_data, &p_g], 2000)?, &p_data, &p_g)?;
/// // A discriminator that is twice as sure as it should be:
/// let logits: Vec<f64> = table.cells().centres().iter().map(|x| 2.0 * (0.5 - x)).collect();
/// let found = table.yardsticks(&logits)?;
/// assert!(found.best_response_gap > 0.01);
/// assert!((found.best_response_gap - (found.criterion - found.value)).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    cells: Cells,
    data: Vec<f64>,
    g: Vec<f64>,
    optimal_logits: Vec<f64>,
}

impl Table {
    /// Both densities at the centres of the cells, times their volume. `D*` is exact at the centres; the sums are midpoint rules, of
    /// full accuracy for smooth densities that are wider than two cells or so, but see [`Table::covered`].
    ///
    /// # Errors
    /// [`DensityError::Dimensions`], [`DensityError::Negative`] or [`DensityError::NotFinite`].
    pub fn sampled(cells: Cells, p_data: &dyn Density, p_g: &dyn Density) -> Result<Self, TheoryError> {
        for density in [p_data, p_g] {
            if density.dim() != cells.dim() {
                return Err(DensityError::Dimensions { left: cells.dim(), right: density.dim() }.into());
            }
        }
        let volume = cells.volume();
        let (mut data, mut g, mut optimal_logits) = (Vec::new(), Vec::new(), Vec::new());
        for centre in cells.centres().chunks_exact(cells.dim()) {
            let (log_data, log_g) = (log_density_at(p_data, centre)?, log_density_at(p_g, centre)?);
            data.push(log_data.exp() * volume);
            g.push(log_g.exp() * volume);
            optimal_logits.push(pointwise::log_ratio(log_data, log_g));
        }
        Ok(Self { cells, data, g, optimal_logits })
    }

    /// The masses of both in every cell, as [`Cells::masses`] of a density or a [`super::pushforward`] gives them. `D*` is that of a
    /// cell's averages.
    ///
    /// # Errors
    /// [`TableError::Length`], or [`TableError::Value`] where a mass is negative or not finite.
    pub fn from_masses(cells: Cells, data: Vec<f64>, g: Vec<f64>) -> Result<Self, TheoryError> {
        for (what, masses) in [("masses of p_data", &data), ("masses of p_g", &g)] {
            check_length(what, cells.len(), masses.len())?;
            if let Some((cell, &value)) = masses.iter().enumerate().find(|(_, m)| !(m.is_finite() && **m >= 0.0)) {
                return Err(TableError::Value { what, cell, expected: "a finite mass >= 0", value }.into());
            }
        }
        let optimal_logits = data.iter().zip(&g).map(|(a, b)| pointwise::log_ratio(a.ln(), b.ln())).collect();
        Ok(Self { cells, data, g, optimal_logits })
    }

    /// The grid.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The data's mass in each cell.
    pub fn data_masses(&self) -> &[f64] {
        &self.data
    }

    /// The generator's mass in each cell.
    pub fn g_masses(&self) -> &[f64] {
        &self.g
    }

    /// The logit of `D*` in each cell: infinite where one side has no mass, 0 where neither has.
    pub fn optimal_logits(&self) -> &[f64] {
        &self.optimal_logits
    }

    /// `D*` in each cell.
    pub fn optimal_discriminator(&self) -> Vec<f64> {
        self.optimal_logits.iter().map(|l| pointwise::sigmoid(*l)).collect()
    }

    /// The sums of both columns of masses: 1 where the grid holds and resolves the densities.
    pub fn covered(&self) -> (f64, f64) {
        (stable_sum(self.data.iter().copied()), stable_sum(self.g.iter().copied()))
    }

    /// Both masses and the logit of `D*`, cell by cell.
    pub(super) fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.data.iter().zip(&self.g).zip(&self.optimal_logits).map(|((a, b), l)| (*a, *b, *l))
    }

    /// `C(G)` of the cells (Goodfellow et al. 2014, Eq. 4).
    pub fn criterion(&self) -> f64 {
        stable_sum(self.rows().map(|(a, b, best)| pointwise::value(a, b, best)))
    }

    /// The Jensen-Shannon divergence of the cells (Eq. 6). Of masses it is at most that of the densities, as the cells forget what
    /// is within them.
    pub fn jensen_shannon(&self) -> f64 {
        stable_sum(self.rows().map(|(a, b, _)| pointwise::jensen_shannon(a.ln(), b.ln()))).min(LN_2)
    }

    /// `V(D, G)` (Eq. 1) for a discriminator with these logits, one a cell.
    ///
    /// # Errors
    /// [`TableError::Length`], or [`TableError::Value`] where a logit is NaN.
    pub fn value_function(&self, logits: &[f64]) -> Result<f64, TheoryError> {
        self.check_logits(logits)?;
        Ok(stable_sum(self.rows().zip(logits).map(|((a, b, _), l)| pointwise::value(a, b, *l))))
    }

    pub(super) fn check_logits(&self, logits: &[f64]) -> Result<(), TheoryError> {
        const WHAT: &str = "logits of the discriminator";
        check_length(WHAT, self.cells.len(), logits.len())?;
        match logits.iter().enumerate().find(|(_, l)| l.is_nan()) {
            Some((cell, &value)) => Err(TableError::Value { what: WHAT, cell, expected: "a number", value }.into()),
            None => Ok(()),
        }
    }
}

fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), TheoryError> {
    if expected == found { Ok(()) } else { Err(TableError::Length { what, expected, found }.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::LOG_4;
    use crate::theory::continuous::Pair;
    use crate::theory::densities::{Gaussian, parse};

    #[test]
    fn sums_agree_with_integrals() {
        for (p, q, cells) in [
            ("gaussian", "gaussian(mean=1, std=2)", 2000),
            ("gaussian(mean=-1, std=.5) + gaussian(mean=1)", "laplace", 2000),
            ("gaussian(mean=[0, 0])", "gaussian(mean=[1, 1], std=[2, 1], correlation=.5)", 200),
        ] {
            let (p, q) = (parse(p).unwrap(), parse(q).unwrap());
            let pair = Pair::new(&p, &q).unwrap();
            let grid = Cells::covering(&[&p, &q], cells).unwrap();
            let exact = pair.jensen_shannon().unwrap().value;
            let table = Table::sampled(grid.clone(), &p, &q).unwrap();
            // A Laplace density bends: there the midpoint rule is of second order only.
            assert!((table.jensen_shannon() - exact).abs() < 2e-5, "{exact} {}", table.jensen_shannon());
            assert!((table.criterion() - (2.0 * table.jensen_shannon() - LOG_4 * table.covered().0)).abs() < 1e-4);
            if let (Ok(data), Ok(g)) = (grid.masses(&p), grid.masses(&q)) {
                let masses = Table::from_masses(grid, data, g).unwrap();
                let (data, g) = masses.covered();
                assert!((data - 1.0).abs() < 1e-9 && (g - 1.0).abs() < 1e-9);
                assert!(masses.jensen_shannon() <= exact + 1e-9 && masses.jensen_shannon() > exact - 1e-3);
                assert!((masses.criterion() - (2.0 * masses.jensen_shannon() - LOG_4)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_optimal_discriminator_of_cells() {
        let cells = Cells::line(0.0, 1.0, 4).unwrap();
        let table = Table::from_masses(cells, vec![0.75, 0.0, 0.25, 0.0], vec![0.25, 0.75, 0.0, 0.0]).unwrap();
        let found = table.optimal_discriminator();
        for (found, expected) in found.iter().zip([0.75, 0.0, 1.0, 0.5]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!((table.value_function(table.optimal_logits()).unwrap() - table.criterion()).abs() < 1e-15);
    }

    #[test]
    fn faults_are_named() {
        let cells = || Cells::line(0.0, 1.0, 2).unwrap();
        assert!(matches!(
            Table::from_masses(cells(), vec![1.0], vec![0.5; 2]),
            Err(TheoryError::Table(TableError::Length { expected: 2, found: 1, .. }))
        ));
        for wrong in [-0.1, f64::NAN, f64::INFINITY] {
            let fault = Table::from_masses(cells(), vec![0.5; 2], vec![0.5, wrong]);
            assert!(
                matches!(fault, Err(TheoryError::Table(TableError::Value { what: "masses of p_g", cell: 1, .. }))),
                "{wrong}"
            );
        }
        let table = Table::from_masses(cells(), vec![0.5; 2], vec![0.5; 2]).unwrap();
        assert!(matches!(table.value_function(&[0.0]), Err(TheoryError::Table(TableError::Length { .. }))));
        assert!(matches!(table.value_function(&[0.0, f64::NAN]), Err(TheoryError::Table(TableError::Value { cell: 1, .. }))));
        let (line, plane) = (Gaussian::new(0.0, 1.0).unwrap(), parse("ring").unwrap());
        assert!(matches!(Table::sampled(cells(), &line, &plane), Err(TheoryError::Density(DensityError::Dimensions { .. }))));
    }
}
