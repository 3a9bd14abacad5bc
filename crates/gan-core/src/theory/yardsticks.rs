use super::sum::stable_sum;
use super::{Table, TheoryError, pointwise};

/// `D - D*` is looked at where `p_data + p_g` is above this share of its maximum: where neither has mass, nothing teaches `D`.
const FLOOR: f64 = 1e-3;

/// How far a trained discriminator is from the optimal one, and the generator from the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yardsticks {
    /// The largest `|D - D*|` over cells where `p_data + p_g` exceeds a thousandth of its maximum.
    pub sup_norm: f64,
    /// The cell where it is found.
    pub sup_cell: usize,
    /// How many cells were looked at for it.
    pub considered: usize,
    /// The mean of `(D - D*)^2` under `(p_data + p_g) / 2`.
    pub mean_squared: f64,
    /// `V(D*, G) - V(D, G)`, at least 0: what the discriminator could still gain. It is the sum over cells of
    /// `(p_data + p_g) KL(D* || D)` between two coins, every term of which is at least 0, so that nothing cancels.
    pub best_response_gap: f64,
    /// `V(D, G)`.
    pub value: f64,
    /// `C(G) = V(D*, G)`.
    pub criterion: f64,
    /// The Jensen-Shannon divergence between data and generator.
    pub jensen_shannon: f64,
}

impl Table {
    /// Measures a trained discriminator, given by its logits at the centres of the cells ([`super::Cells::centres`]). Logits may
    /// be infinite.
    ///
    /// # Errors
    /// [`TableError::Length`](crate::theory::TableError::Length), or [`TableError::Value`](crate::theory::TableError::Value) where a logit
    /// is NaN.
    pub fn yardsticks(&self, logits: &[f64]) -> Result<Yardsticks, TheoryError> {
        let value = self.value_function(logits)?;
        let floor = FLOOR * self.rows().map(|(a, b, _)| a + b).fold(0.0, f64::max);
        let difference = |best: f64, logit: f64| probability_difference(logit, best);
        let (mut sup_norm, mut sup_cell, mut considered) = (0.0, 0, 0);
        for (cell, ((a, b, best), logit)) in self.rows().zip(logits).enumerate() {
            if a + b > floor {
                considered += 1;
                let off = difference(best, *logit).abs();
                if off > sup_norm {
                    (sup_norm, sup_cell) = (off, cell);
                }
            }
        }
        let squares = self.rows().zip(logits).map(|((a, b, best), l)| 0.5 * (a + b) * difference(best, *l).powi(2));
        let weight = stable_sum(self.rows().map(|(a, b, _)| 0.5 * (a + b)));
        let mean_squared = if weight > 0.0 { stable_sum(squares) / weight } else { 0.0 };
        let lost = self.rows().zip(logits).map(|((a, b, best), l)| {
            // An infinite loss of a cell without mass is none.
            if a + b == 0.0 { 0.0 } else { (a + b) * pointwise::bernoulli_divergence(best, *l) }
        });
        Ok(Yardsticks {
            sup_norm,
            sup_cell,
            considered,
            mean_squared,
            best_response_gap: stable_sum(lost),
            value,
            criterion: self.criterion(),
            jensen_shannon: self.jensen_shannon(),
        })
    }
}

/// `sigmoid(l) - sigmoid(s)`, with the digits that the difference of two numbers near 1 would lose.
fn probability_difference(l: f64, s: f64) -> f64 {
    // Of the side on which both are small.
    if l.min(s) > 0.0 { pointwise::sigmoid(-s) - pointwise::sigmoid(-l) } else { pointwise::sigmoid(l) - pointwise::sigmoid(s) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::theory::continuous::Pair;
    use crate::theory::densities::{Density, Gaussian, grid};
    use crate::theory::{Cells, LOG_4};

    fn table(cells: usize) -> (Gaussian, Gaussian, Table) {
        let (p, q) = (Gaussian::new(0.0, 1.0).unwrap(), Gaussian::new(1.0, 0.7).unwrap());
        let table = Table::sampled(Cells::covering(&[&p, &q], cells).unwrap(), &p, &q).unwrap();
        (p, q, table)
    }

    #[test]
    fn the_optimal_discriminator_has_nothing_to_gain() {
        let (_, _, table) = table(2000);
        let found = table.yardsticks(table.optimal_logits()).unwrap();
        assert_eq!((found.sup_norm, found.mean_squared, found.best_response_gap), (0.0, 0.0, 0.0));
        assert!((found.value - found.criterion).abs() < 1e-14);
        assert!(found.considered > 500 && found.considered < 1500, "{}", found.considered);
    }

    /// One that knows nothing: every yardstick is an integral of the densities.
    #[test]
    fn the_discriminator_that_knows_nothing() {
        let (p, q, table) = table(2000);
        let pair = Pair::new(&p, &q).unwrap();
        let found = table.yardsticks(&vec![0.0; 2000]).unwrap();
        assert!((found.value + LOG_4).abs() < 1e-10);
        assert!((found.best_response_gap - 2.0 * pair.jensen_shannon().unwrap().value).abs() < 1e-10);
        assert!((found.best_response_gap - (found.criterion - found.value)).abs() < 1e-12);
        let worst = table
            .optimal_discriminator()
            .iter()
            .zip(table.data_masses().iter().zip(table.g_masses()))
            .filter(|(_, (a, b))| *a + *b > 1e-3 * 0.6 * table.cells().volume())
            .map(|(d, _)| (d - 0.5).abs())
            .fold(0.0, f64::max);
        assert!((found.sup_norm - worst).abs() < 0.01 && found.sup_norm > 0.4, "{} {worst}", found.sup_norm);
        // The mean of (D* - 1/2)^2 under the mixture.
        let squares = |x: f64| {
            let (a, b) = (p.density(&[x]), q.density(&[x]));
            if a + b == 0.0 { 0.0 } else { 0.5 * (a + b) * (a / (a + b) - 0.5).powi(2) }
        };
        let exact = crate::theory::quadrature::line(squares, (-9.0, 9.0), &[], &Default::default()).unwrap().value;
        assert!((found.mean_squared - exact).abs() < 1e-9, "{} {exact}", found.mean_squared);
    }

    /// Near the optimum the gap is quadratic, and far below the rounding of the two values that it is the difference of.
    #[test]
    fn small_gaps_keep_their_digits() {
        let (_, _, table) = table(2000);
        let gap = |e: f64| {
            let logits: Vec<f64> = table.optimal_logits().iter().map(|l| l + e).collect();
            table.yardsticks(&logits).unwrap().best_response_gap
        };
        let curvature = gap(1e-2) / 1e-4;
        for e in [1e-4, 1e-6, 1e-8] {
            assert!((gap(e) / (e * e * curvature) - 1.0).abs() < 0.02, "{e}: {}", gap(e));
        }
    }

    #[test]
    fn certain_discriminators() {
        let cells = || Cells::line(0.0, 1.0, 2).unwrap();
        let apart = Table::from_masses(cells(), vec![1.0, 0.0], vec![0.0, 1.0]).unwrap();
        let right = apart.yardsticks(&[f64::INFINITY, f64::NEG_INFINITY]).unwrap();
        assert_eq!((right.best_response_gap, right.sup_norm, right.value), (0.0, 0.0, 0.0));
        let wrong = apart.yardsticks(&[f64::NEG_INFINITY, f64::INFINITY]).unwrap();
        assert_eq!((wrong.best_response_gap, wrong.sup_norm, wrong.value), (f64::INFINITY, 1.0, f64::NEG_INFINITY));
        let unsure = apart.yardsticks(&[800.0, -800.0]).unwrap();
        assert!(unsure.best_response_gap >= 0.0 && unsure.best_response_gap < 1e-300);
    }

    #[test]
    fn in_the_plane() {
        let (p, q) = (grid(5, 8.0, 0.2).unwrap(), Gaussian::in_plane([0.0, 0.0], [3.0; 2], 0.0).unwrap());
        let table = Table::sampled(Cells::plane([(-12.0, 12.0); 2], [200, 200]).unwrap(), &p, &q).unwrap();
        let found = table.yardsticks(&vec![0.3; 40_000]).unwrap();
        let exact = Pair::new(&p, &q).unwrap().jensen_shannon().unwrap().value;
        assert!((found.jensen_shannon - exact).abs() < 1e-3, "{} {exact}", found.jensen_shannon);
        assert!((found.best_response_gap - (found.criterion - found.value)).abs() < 1e-10);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(2014),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_gap_is_the_difference_of_the_values(
            rows in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64, -60.0..60.0_f64), 1..50),
        ) {
            let (a, b, logits): (Vec<f64>, Vec<f64>, Vec<f64>) = rows.into_iter().fold(Default::default(), |mut all, row| {
                all.0.push(row.0);
                all.1.push(row.1);
                all.2.push(row.2);
                all
            });
            let table = Table::from_masses(Cells::line(0.0, 1.0, a.len()).unwrap(), a, b).unwrap();
            let found = table.yardsticks(&logits).unwrap();
            prop_assert!(found.best_response_gap >= 0.0);
            let difference = found.criterion - found.value;
            prop_assert!((found.best_response_gap - difference).abs() <= 1e-12 * difference.max(1.0));
        }
    }
}
