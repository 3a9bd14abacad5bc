use super::discrete::{spread, worst};
use super::{Row, Topic};
use crate::theory::f_divergences::{self, ALL, Entry, divergence, optimal_critic, variational_bound};
use crate::theory::{
    LOG_4, TheoryError, criterion, hellinger, jensen_shannon, kullback_leibler, optimal_discriminator, total_variation,
};

pub(super) const TOPIC: Topic = Topic {
    name: "f_divergences",
    doc: "f-GAN: conjugates, the variational bound and its best critic, for nine divergences",
    rows,
};

/// `u` from 1e-3 to 1e3.
fn ratios() -> impl Iterator<Item = f64> {
    (-120..=120).map(|i| 10.0_f64.powf(f64::from(i) / 40.0))
}

/// `max |u f'(u) - f*(f'(u)) - f(u)| / max(1, |f(u)|)`.
fn fenchel(e: &Entry) -> f64 {
    let f = e.divergence;
    let error = |u: f64| {
        let t = f.derivative(u);
        (u * t - f.conjugate(t) - f.f(u)).abs() / f.f(u).abs().max(1.0)
    };
    ratios().map(error).fold(0.0, |m, e| if e > m || e.is_nan() { e } else { m })
}

/// The most by which `u t - f*(t)` lies above `f(u)`, for `t` all over the domain.
fn young(e: &Entry) -> f64 {
    let f = e.divergence;
    let excess = |u: f64, t: f64| (u * t - f.conjugate(t) - f.f(u)) / f.f(u).abs().max((u * t).abs()).max(1.0);
    let all = (-80..=80).map(|i| f.activation(f64::from(i) / 10.0)).flat_map(|t| ratios().map(move |u| excess(u, t)));
    all.fold(f64::NEG_INFINITY, |m, e| if e > m || e.is_nan() { e } else { m })
}

/// How far the divergence is from what another module says of it, worst of all pairs.
fn off(
    name: &str,
    other: impl Fn(&crate::theory::Distribution, &crate::theory::Distribution) -> Result<f64, TheoryError>,
) -> Result<f64, TheoryError> {
    worst(|p, q| {
        let Some(entry) = f_divergences::find(name) else { return Ok(f64::NAN) };
        let other = other(p, q)?;
        Ok((divergence(entry.divergence, p, q)? - other).abs() / other.abs().max(1.0))
    })
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-12;
    let mut rows = Vec::new();
    for e in ALL {
        let (f, name) = (e.divergence, e.name);
        let at_one = if name == "gan" { -LOG_4 } else { 0.0 };
        rows.push(Row::equal(format!("{name}: f(1)"), f.f(1.0), at_one, T));
        rows.push(Row::equal(format!("{name}: f(u) = u T - f*(T) at T = f'(u), worst of u in [1e-3, 1e3]"), fenchel(e), 0.0, T));
        rows.push(Row::at_most(format!("{name}: u t - f*(t) <= f(u) for other t, largest excess"), young(e), 0.0, T));
        rows.push(Row::equal(
            format!("{name}: the bound at T* = D_f, worst of 200 pairs"),
            worst(|p, q| {
                let value = divergence(f, p, q)?;
                let bound = variational_bound(f, p, q, optimal_critic(f, p, q)?.as_slice())?;
                Ok((bound - value).abs() / value.abs().max(1.0))
            })?,
            0.0,
            // T* next to the end of its domain rounds, and f* is steep there: u times the last digit
            1e-9,
        ));
        rows.push(Row::at_most(
            format!("{name}: the bound at other T <= D_f, largest excess"),
            worst(|p, q| {
                let mut next = spread(41);
                let t: Vec<f64> = (0..p.outcomes()).map(|_| f.activation(8.0 * next() - 4.0)).collect();
                let value = divergence(f, p, q)?;
                Ok((variational_bound(f, p, q, &t)? - value) / value.abs().max(1.0))
            })?,
            0.0,
            T,
        ));
    }
    rows.extend([
        Row::equal("kullback_leibler = KL(p, q)", off("kullback_leibler", kullback_leibler)?, 0.0, T),
        Row::equal(
            "reverse_kullback_leibler = KL(q, p)",
            off("reverse_kullback_leibler", |p, q| kullback_leibler(q, p))?,
            0.0,
            T,
        ),
        Row::equal(
            "jeffreys = KL(p, q) + KL(q, p)",
            off("jeffreys", |p, q| Ok(kullback_leibler(p, q)? + kullback_leibler(q, p)?))?,
            0.0,
            T,
        ),
        Row::equal("squared_hellinger = 2 H^2", off("squared_hellinger", |p, q| Ok(2.0 * hellinger(p, q)?.powi(2)))?, 0.0, T),
        Row::equal("total_variation = TV", off("total_variation", total_variation)?, 0.0, T),
        Row::equal("jensen_shannon = 2 JSD", off("jensen_shannon", |p, q| Ok(2.0 * jensen_shannon(p, q)?))?, 0.0, T),
        Row::equal("gan = C(G) of eq. 4 = 2 JSD - log 4", off("gan", criterion)?, 0.0, T),
        Row::equal(
            "gan: T* = log D* of Prop. 1, worst of 200 pairs",
            worst(|p, q| {
                let Some(e) = f_divergences::find("gan") else { return Ok(f64::NAN) };
                let (t, d) = (optimal_critic(e.divergence, p, q)?, optimal_discriminator(p, q)?);
                Ok((t - d.map(f64::ln)).amax())
            })?,
            0.0,
            T,
        ),
    ]);
    Ok(rows)
}
