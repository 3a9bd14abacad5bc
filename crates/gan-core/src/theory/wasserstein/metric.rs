use nalgebra::DMatrix;

use super::line::check_positions;
use crate::theory::{TheoryError, TransportError};

/// How much a distance may be longer than a way through a third point, as a share of the longest one: what rounding explains.
const ROUNDING: f64 = 1e-12;

/// The distances `d(x, y)` of a finite metric space, `[outcomes, outcomes]`: at least 0, 0 from a point to itself, symmetric,
/// and never longer than a way through a third point. Different points may be at distance 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    distances: DMatrix<f64>,
}

impl Metric {
    /// The metric of these distances. Every triangle is checked: `n^3` comparisons for `n` points.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TransportError::CostShape`], [`TransportError::CostNotFinite`],
    /// [`TransportError::CostNegative`], [`TransportError::MetricDiagonal`], [`TransportError::MetricAsymmetric`] or
    /// [`TransportError::MetricTriangle`].
    pub fn new(distances: DMatrix<f64>) -> Result<Self, TheoryError> {
        let n = distances.nrows();
        if n == 0 {
            return Err(TheoryError::EmptySupport);
        }
        check_costs(&distances, (n, n))?;
        for i in 0..n {
            if distances[(i, i)] != 0.0 {
                return Err(TransportError::MetricDiagonal { index: i, value: distances[(i, i)] }.into());
            }
            for j in 0..i {
                let (forward, back) = (distances[(i, j)], distances[(j, i)]);
                if forward != back {
                    return Err(TransportError::MetricAsymmetric { row: i, column: j, forward, back }.into());
                }
            }
        }
        let slack = ROUNDING * distances.max();
        for via in 0..n {
            for to in 0..n {
                for from in 0..to {
                    let (direct, detour) = (distances[(from, to)], distances[(from, via)] + distances[(via, to)]);
                    if direct > detour + slack {
                        return Err(TransportError::MetricTriangle { from, via, to, direct, detour }.into());
                    }
                }
            }
        }
        Ok(Self { distances })
    }

    /// `|x - y|` for points on the line.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TransportError::PositionNotFinite`], or [`TransportError::CostNotFinite`] where a difference
    /// overflows.
    pub fn on_line(positions: &[f64]) -> Result<Self, TheoryError> {
        check_positions(positions)?;
        Self::of(positions.len(), |i, j| (positions[i] - positions[j]).abs())
    }

    /// `|x - y|` for points of any space of real vectors, one a row: `[outcomes, dimensions]`.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TransportError::PositionNotFinite`] (the index counts the values row by row), or
    /// [`TransportError::CostNotFinite`] where a distance overflows.
    pub fn euclidean(points: &DMatrix<f64>) -> Result<Self, TheoryError> {
        check_positions(points.transpose().as_slice())?;
        let dimensions = points.ncols();
        // hypot: squares may overflow where the distance does not
        Self::of(points.nrows(), |i, j| (0..dimensions).fold(0.0, |d: f64, k| d.hypot(points[(i, k)] - points[(j, k)])))
    }

    /// 1 between any two different points: the metric whose Wasserstein distance is the total variation.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`].
    pub fn discrete(outcomes: usize) -> Result<Self, TheoryError> {
        Self::of(outcomes, |i, j| f64::from(u8::from(i != j)))
    }

    /// Of distances that are known to be those of a metric, if they are finite.
    fn of(outcomes: usize, distance: impl Fn(usize, usize) -> f64) -> Result<Self, TheoryError> {
        if outcomes == 0 {
            return Err(TheoryError::EmptySupport);
        }
        let distances = DMatrix::from_fn(outcomes, outcomes, distance);
        check_costs(&distances, (outcomes, outcomes))?;
        Ok(Self { distances })
    }

    /// The distances, `[outcomes, outcomes]`.
    pub fn distances(&self) -> &DMatrix<f64> {
        &self.distances
    }
}

/// Checks the shape and every number of a table of costs.
pub(super) fn check_costs(costs: &DMatrix<f64>, expected: (usize, usize)) -> Result<(), TheoryError> {
    if costs.shape() != expected {
        return Err(TransportError::CostShape { expected, found: costs.shape() }.into());
    }
    for row in 0..costs.nrows() {
        for column in 0..costs.ncols() {
            let value = costs[(row, column)];
            if !value.is_finite() {
                return Err(TransportError::CostNotFinite { row, column, value }.into());
            }
            if value < 0.0 {
                return Err(TransportError::CostNegative { row, column, value }.into());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(rows: usize, columns: usize, distances: &[f64]) -> Result<Metric, TheoryError> {
        Metric::new(DMatrix::from_row_slice(rows, columns, distances))
    }

    #[test]
    fn what_is_no_metric_is_named() {
        assert_eq!(metric(0, 0, &[]), Err(TheoryError::EmptySupport));
        assert_eq!(
            metric(1, 2, &[0.0, 1.0]),
            Err(TheoryError::Transport(TransportError::CostShape { expected: (1, 1), found: (1, 2) }))
        );
        assert_eq!(metric(1, 1, &[0.5]), Err(TheoryError::Transport(TransportError::MetricDiagonal { index: 0, value: 0.5 })));
        let negative = TheoryError::Transport(TransportError::CostNegative { row: 0, column: 1, value: -1.0 });
        assert_eq!(metric(2, 2, &[0.0, -1.0, -1.0, 0.0]), Err(negative));
        assert!(matches!(
            metric(2, 2, &[0.0, f64::NAN, 1.0, 0.0]),
            Err(TheoryError::Transport(TransportError::CostNotFinite { row: 0, column: 1, .. }))
        ));
        let bent = TheoryError::Transport(TransportError::MetricAsymmetric { row: 1, column: 0, forward: 2.0, back: 1.0 });
        assert_eq!(metric(2, 2, &[0.0, 1.0, 2.0, 0.0]), Err(bent));
        let short_cut =
            TheoryError::Transport(TransportError::MetricTriangle { from: 0, via: 1, to: 2, direct: 3.0, detour: 2.0 });
        assert_eq!(metric(3, 3, &[0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0]), Err(short_cut));
        assert!(matches!(
            Metric::on_line(&[f64::MAX, f64::MIN]),
            Err(TheoryError::Transport(TransportError::CostNotFinite { .. }))
        ));
        assert_eq!(Metric::discrete(0), Err(TheoryError::EmptySupport));
    }

    #[test]
    fn made_metrics_pass_the_check() {
        let points = DMatrix::from_row_slice(4, 2, &[0.0, 0.0, 3.0, 4.0, -1.0, 2.5, 1e200, -1e200]);
        let euclidean = Metric::euclidean(&points).unwrap();
        assert_eq!(euclidean.distances()[(0, 1)], 5.0);
        for made in [euclidean, Metric::on_line(&[0.3, -0.1, 7.0]).unwrap(), Metric::discrete(5).unwrap()] {
            assert_eq!(Metric::new(made.distances().clone()), Ok(made));
        }
    }
}
