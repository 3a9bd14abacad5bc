use serde::Serialize;

use crate::search::nearest_rows;
use crate::{Direction, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "nearest_neighbours",
    doc: "Mean squared L2 distance of the samples to their nearest training samples.",
    better: Direction::Higher,
    needs: &[Input::Samples, Input::Reference],
    floor: "none: see duplicate_share and memorisation, which measure it",
    run: |inputs| Ok(nearest_neighbours(inputs.samples(&ENTRY)?, inputs.reference(&ENTRY)?)?.score),
};

/// The nearest reference row of a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbour {
    /// Row of the reference; the lowest of several at one distance.
    pub index: usize,
    /// Squared L2 distance, summed in f64.
    pub squared_distance: f64,
}

/// Report of [`nearest_neighbours`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearestNeighbours {
    /// Mean squared distance. Its floor depends on the data: see [`duplicate_share`](crate::duplicate_share),
    /// which measures it.
    #[serde(flatten)]
    pub score: Score,
    /// For each query its nearest reference row, in the order of the queries.
    pub neighbours: Vec<Neighbour>,
}

/// For each query the nearest row of the reference by squared L2 distance, as in the rightmost columns of
/// Goodfellow et al. 2014, Fig. 2, which show that the samples are not copies of training images.
///
/// `queries` is `[n, dim]`, `reference` `[m, dim]`. The search is exact, also for rows that f32 arithmetic cannot
/// tell apart: candidates are found by a matrix product in `O(n m dim)` and measured in f64, and among equals the
/// lowest row wins. So the result does not depend on the number of threads or the machine. Queries are searched
/// in parallel on the current rayon pool.
///
/// # Errors
/// [`MetricError::DimensionMismatch`].
///
/// ```
/// use gan_metrics::{nearest_neighbours, Neighbour, Samples};
///
/// let training = Samples::new(&[0.0, 0.0, 3.0, 4.0, 9.0, 9.0], 2)?;
/// let found = nearest_neighbours(&Samples::new(&[3.0, 5.0], 2)?, &training)?;
/// assert_eq!(found.neighbours, [Neighbour { index: 1, squared_distance: 1.0 }]);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn nearest_neighbours(queries: &Samples<'_>, reference: &Samples<'_>) -> Result<NearestNeighbours, MetricError> {
    queries.check_dim("reference", reference.dim())?;
    let neighbours = nearest_rows(queries, reference, None);
    let total: f64 = neighbours.iter().map(|found| found.squared_distance).sum();
    let n = queries.n();
    Ok(NearestNeighbours { score: Score { metric: ENTRY.name, n, value: total / n as f64, floor: None }, neighbours })
}

/// For each of the given rows of the reference the nearest *other* row (leave one out), in their order.
///
/// Copies count as other rows: a row that occurs twice has distance 0.
///
/// # Errors
/// [`MetricError::TooFew`] where the reference has one row only, [`MetricError::RowOutOfRange`], or
/// [`MetricError::Empty`] where no rows are given.
pub fn nearest_other_rows(reference: &Samples<'_>, rows: &[usize]) -> Result<Vec<Neighbour>, MetricError> {
    let found = reference.n();
    if found < 2 {
        let (metric, what) = (ENTRY.name, "rows of the reference to leave one out");
        return Err(MetricError::TooFew { metric, what, needed: 2, found });
    }
    if let Some(&row) = rows.iter().find(|row| **row >= found) {
        return Err(MetricError::RowOutOfRange { row, rows: found });
    }
    let values: Vec<f32> = rows.iter().flat_map(|&row| reference.row(row)).copied().collect();
    let queries = Samples::new(&values, reference.dim())?;
    Ok(nearest_rows(&queries, reference, Some(rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_out_by_hand() {
        let reference = Samples::new(&[0.0, 1.0, 3.0, 3.0], 1).unwrap();
        let other = nearest_other_rows(&reference, &[0, 2, 3, 1]).unwrap();
        let expected = [(1, 1.0), (3, 0.0), (2, 0.0), (0, 1.0)];
        assert!(other.iter().zip(expected).all(|(o, e)| (o.index, o.squared_distance) == e));
    }

    #[test]
    fn names_what_is_wrong() {
        let line = Samples::new(&[0.0, 1.0], 1).unwrap();
        let plane = Samples::new(&[0.0, 1.0], 2).unwrap();
        let mismatch = MetricError::DimensionMismatch { what: "reference", expected: 1, found: 2 };
        assert_eq!(nearest_neighbours(&line, &plane), Err(mismatch));
        assert!(matches!(nearest_other_rows(&plane, &[0]), Err(MetricError::TooFew { found: 1, .. })));
        let outside = Err(MetricError::RowOutOfRange { row: 2, rows: 2 });
        assert_eq!(nearest_other_rows(&line, &[1, 2]), outside);
        assert_eq!(nearest_other_rows(&line, &[]), Err(MetricError::Empty { what: "samples" }));
    }
}
