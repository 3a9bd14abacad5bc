use std::f64::consts::LN_2;

use super::{Row, Topic};
use crate::theory::{
    Distribution, LOG_4, TheoryError, criterion, hellinger, jensen_shannon, kullback_leibler, optimal_discriminator,
    pointwise_value, total_variation, value_function,
};

pub(super) const TOPIC: Topic = Topic { name: "discrete", doc: "Prop. 1 and Theorem 1 on finite supports, term by term", rows };

/// Pairs of distributions that are looked at, each on its own number of outcomes.
const PAIRS: usize = 200;

/// Numbers in (0, 1) that are spread evenly and never repeat: the fractional parts of multiples of the golden ratio.
pub(super) fn spread(start: usize) -> impl FnMut() -> f64 {
    let mut i = start;
    move || {
        i += 1;
        (i as f64 * 0.618_033_988_749_894_9).fract().max(1e-4)
    }
}

/// Pairs `(p_data, p_g)` on 2 to 41 outcomes, with masses from even to peaked (1e-12: `1 - D*` is still a
/// number then).
pub(super) fn pairs() -> Result<Vec<(Distribution, Distribution)>, TheoryError> {
    (0..PAIRS)
        .map(|i| {
            let mut next = spread(100 * i);
            let power = 1.0 + (i % 3) as f64;
            let mut draw = || (0..2 + i % 40).map(|_| next().powf(power)).collect::<Vec<f64>>();
            Ok((Distribution::from_weights(&draw())?, Distribution::from_weights(&draw())?))
        })
        .collect()
}

/// The largest of what `f` says of each pair.
pub(super) fn worst(f: impl Fn(&Distribution, &Distribution) -> Result<f64, TheoryError>) -> Result<f64, TheoryError> {
    let all: Vec<f64> = pairs()?.iter().map(|(p, q)| f(p, q)).collect::<Result<_, _>>()?;
    // not f64::max, which would pass a NaN over
    Ok(all.into_iter().fold(f64::NEG_INFINITY, |m, x| if x > m || x.is_nan() { x } else { m }))
}

/// Prop. 1: how far the best of a fine grid of `y` lies above `a log y + b log(1 - y)` at `y = a / (a + b)`.
fn peak_excess() -> f64 {
    let mut next = spread(0);
    let mut most = f64::NEG_INFINITY;
    for _ in 0..100 {
        let (a, b) = (next(), next());
        let top = pointwise_value(a, b, a / (a + b));
        for i in 1..1000 {
            most = most.max(pointwise_value(a, b, f64::from(i) / 1000.0) - top);
        }
    }
    most
}

/// Prop. 1: the largest slope `a / y - b / (1 - y)` at the peak `y = a / (a + b)`.
fn peak_slope() -> f64 {
    let mut next = spread(7);
    (0..1000)
        .map(|_| {
            let (a, b) = (next(), next());
            let y = a / (a + b);
            (a / y - b / (1.0 - y)).abs()
        })
        .fold(0.0, f64::max)
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-12;
    let two = Distribution::uniform(2)?;
    let (left, right) = (Distribution::point_mass(2, 0)?, Distribution::point_mass(2, 1)?);
    let three_to_one = Distribution::from_weights(&[3.0, 1.0])?;
    Ok(vec![
        Row::at_most("Prop. 1: no y on a grid beats a log y + b log(1 - y) at y = a / (a + b)", peak_excess(), 0.0, T),
        Row::equal("Prop. 1: the slope a / y - b / (1 - y) there is 0", peak_slope(), 0.0, T),
        Row::equal(
            "eq. 2: D* = 3/4 where p_data = 3/4 and p_g = 1/4",
            optimal_discriminator(&three_to_one, &Distribution::from_weights(&[1.0, 3.0])?)?[0],
            0.75,
            T,
        ),
        Row::equal(
            "eq. 4: V(D*, G) = C(G), worst of 200 pairs",
            worst(|p, q| Ok((value_function(p, q, optimal_discriminator(p, q)?.as_slice())? - criterion(p, q)?).abs()))?,
            0.0,
            T,
        ),
        Row::at_most(
            "Prop. 1: V(D, G) <= C(G) for other D, largest excess",
            worst(|p, q| {
                let mut next = spread(3);
                let d: Vec<f64> = (0..p.outcomes()).map(|_| next()).collect();
                Ok(value_function(p, q, &d)? - criterion(p, q)?)
            })?,
            0.0,
            T,
        ),
        Row::equal(
            "eq. 6: C(G) = -log 4 + 2 JSD(p_data, p_g), worst of 200 pairs",
            worst(|p, q| Ok((criterion(p, q)? + LOG_4 - 2.0 * jensen_shannon(p, q)?).abs()))?,
            0.0,
            T,
        ),
        Row::equal("Theorem 1: C(G) = -log 4 at p_g = p_data", worst(|p, _| Ok((criterion(p, p)? + LOG_4).abs()))?, 0.0, T),
        Row::equal(
            "Theorem 1: D* = 1/2 there",
            worst(|p, _| Ok((optimal_discriminator(p, p)?.add_scalar(-0.5)).amax()))?,
            0.0,
            T,
        ),
        Row::at_least(
            "Theorem 1: C(G) > -log 4 elsewhere, least of (C + log 4) / TV^2",
            -worst(|p, q| Ok(-(criterion(p, q)? + LOG_4) / total_variation(p, q)?.powi(2)))?,
            1.0,
            T,
        ),
        Row::equal(
            "KL((3/4, 1/4), (1/2, 1/2)) = 3/4 log 3 - log 2",
            kullback_leibler(&three_to_one, &two)?,
            0.75 * 3.0_f64.ln() - LN_2,
            T,
        ),
        Row::equal("KL is infinite where p_g lacks an outcome of the data", kullback_leibler(&two, &left)?, f64::INFINITY, 0.0),
        Row::equal("JSD of disjoint supports = log 2", jensen_shannon(&left, &right)?, LN_2, T),
        Row::equal("total variation of disjoint supports = 1", total_variation(&left, &right)?, 1.0, T),
        Row::equal("Hellinger distance of disjoint supports = 1", hellinger(&left, &right)?, 1.0, T),
        Row::at_most(
            "TV^2 / 2 <= JSD, largest excess",
            worst(|p, q| Ok(total_variation(p, q)?.powi(2) / 2.0 - jensen_shannon(p, q)?))?,
            0.0,
            T,
        ),
        Row::at_most(
            "JSD <= TV log 2, largest excess",
            worst(|p, q| Ok(jensen_shannon(p, q)? - LN_2 * total_variation(p, q)?))?,
            0.0,
            T,
        ),
        Row::at_most(
            "H^2 <= TV <= H sqrt(2 - H^2), largest excess",
            worst(|p, q| {
                let (h, v) = (hellinger(p, q)?, total_variation(p, q)?);
                Ok((h * h - v).max(v - h * (2.0 - h * h).sqrt()))
            })?,
            0.0,
            T,
        ),
    ])
}
