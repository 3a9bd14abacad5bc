use nalgebra::DMatrix;

use super::discrete::{spread, worst};
use super::{Row, Topic};
use crate::theory::{
    Distribution, Metric, TheoryError, jensen_shannon, optimal_transport, total_variation, wasserstein, wasserstein_on_line,
};

pub(super) const TOPIC: Topic = Topic {
    name: "wasserstein",
    doc: "the Wasserstein-1 distance: both ways to it, its duality, and what JSD does not see",
    rows,
};

/// A place in [-5, 5] for each outcome.
fn positions(outcomes: usize) -> Vec<f64> {
    let mut next = spread(11);
    (0..outcomes).map(|_| 10.0 * next() - 5.0).collect()
}

/// A place in the plane for each outcome.
fn plane(outcomes: usize) -> Result<Metric, TheoryError> {
    let mut next = spread(23);
    let places: Vec<f64> = (0..2 * outcomes).map(|_| next()).collect();
    Metric::euclidean(&DMatrix::from_row_slice(outcomes, 2, &places))
}

/// The steepest slope `(f(x) - f(y)) / d(x, y)` of the critics of all pairs.
fn steepest() -> Result<f64, TheoryError> {
    worst(|p, q| {
        let metric = plane(p.outcomes())?;
        let critic = wasserstein(&metric, p, q)?.critic;
        let mut most: f64 = 0.0;
        for i in 0..critic.len() {
            for j in (0..critic.len()).filter(|&j| j != i) {
                most = most.max((critic[i] - critic[j]) / metric.distances()[(i, j)]);
            }
        }
        Ok(most)
    })
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-12;
    // two points that are moved apart: Arjovsky et al. 2017, example 1, on a finite support
    let apart = |k: usize| {
        let (p, q) = (Distribution::point_mass(9, 0)?, Distribution::point_mass(9, k)?);
        let line: Vec<f64> = (0..9).map(f64::from).collect();
        Ok::<_, TheoryError>((wasserstein_on_line(&line, &p, &q)?, jensen_shannon(&p, &q)?))
    };
    let (near, far) = (apart(1)?, apart(8)?);
    Ok(vec![
        Row::equal(
            "W1 on the line by distribution functions = by optimal transport, worst of 200 pairs",
            worst(|p, q| {
                let line = positions(p.outcomes());
                Ok((wasserstein_on_line(&line, p, q)? - wasserstein(&Metric::on_line(&line)?, p, q)?.distance()).abs())
            })?,
            0.0,
            T,
        ),
        Row::equal(
            "Kantorovich and Rubinstein: cheapest plan = best critic (points of the plane), largest gap",
            worst(|p, q| Ok(wasserstein(&plane(p.outcomes())?, p, q)?.gap().abs()))?,
            0.0,
            T,
        ),
        Row::at_most("its critic has slope at most 1, steepest", steepest()?, 1.0, T),
        Row::equal(
            "costs that are no metric: cheapest plan = best pair of potentials, largest gap",
            worst(|p, q| {
                let mut next = spread(31);
                let costs = DMatrix::from_fn(p.outcomes(), q.outcomes(), |_, _| next().powi(3));
                Ok(optimal_transport(&costs, p, q)?.gap().abs())
            })?,
            0.0,
            T,
        ),
        Row::equal(
            "where all points are at distance 1, W1 = total variation, worst",
            worst(|p, q| Ok((wasserstein(&Metric::discrete(p.outcomes())?, p, q)?.distance() - total_variation(p, q)?).abs()))?,
            0.0,
            T,
        ),
        Row::at_most(
            "triangle inequality W1(p, q) <= W1(p, r) + W1(r, q) with r uniform, largest excess",
            worst(|p, q| {
                let (metric, r) = (plane(p.outcomes())?, Distribution::uniform(p.outcomes())?);
                let w = |a, b| Ok::<_, TheoryError>(wasserstein(&metric, a, b)?.distance());
                Ok(w(p, q)? - w(p, &r)? - w(&r, q)?)
            })?,
            0.0,
            T,
        ),
        Row::equal("points 1 and 8 apart: W1 grows by 7", far.0 - near.0, 7.0, T),
        Row::equal("and JSD, blind to how far, stays log 2", far.1 - near.1, 0.0, T),
    ])
}
