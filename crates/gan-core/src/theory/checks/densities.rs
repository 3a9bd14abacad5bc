use std::f64::consts::{LN_2, PI};

use super::{Row, Topic};
use crate::theory::continuous::Pair;
use crate::theory::densities::{Density, Gaussian, check_normalised, grid, parse, ring};
use crate::theory::{Cells, LOG_4, LatentCells, Table, TheoryError, pushforward};

pub(super) const TOPIC: Topic =
    Topic { name: "densities", doc: "Prop. 1 and Theorem 1 on the line and in the plane, by quadrature", rows };

/// Pairs on which the identities are looked at: smooth, with jumps, with bends, narrow against wide, far apart, in the plane.
const PAIRS: &[(&str, &str)] = &[
    ("gaussian", "gaussian(mean=1, std=2)"),
    ("gaussian", "gaussian(mean=30)"),
    ("gaussian(std=0.001)", "gaussian(std=1000)"),
    ("uniform", "uniform(low=0.4, high=3)"),
    ("laplace", "gaussian"),
    ("gaussian(mean=-3) + gaussian(mean=3, std=0.2)", "gaussian(std=3)"),
    ("kernel(samples=[0, 0.5, 0.6, 3], bandwidth=0.2)", "uniform(low=-1, high=4)"),
    ("gaussian(mean=[0, 0], std=[1, 2], correlation=0.7)", "gaussian(mean=[1, 0])"),
];

/// The largest of what `f` says of each pair.
fn worst(f: impl Fn(&Pair<'_>) -> Result<f64, TheoryError>) -> Result<f64, TheoryError> {
    let mut most = f64::NEG_INFINITY;
    for (data, g) in PAIRS {
        let (p_data, p_g) = (parse(data)?, parse(g)?);
        let found = f(&Pair::new(&p_data, &p_g)?)?;
        // not f64::max, which would pass a NaN over
        most = if found > most || found.is_nan() { found } else { most };
    }
    Ok(most)
}

fn of(data: &str, g: &str, f: impl Fn(&Pair<'_>) -> Result<f64, TheoryError>) -> Result<f64, TheoryError> {
    let (p_data, p_g) = (parse(data)?, parse(g)?);
    f(&Pair::new(&p_data, &p_g)?)
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    let mut rows = identities()?;
    rows.extend(closed_forms()?);
    rows.extend(tables()?);
    Ok(rows)
}

fn identities() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-8;
    let best = |pair: &Pair<'_>| pair.value_function(|x| pair.optimal_logit(x).unwrap_or(f64::NAN));
    Ok(vec![
        Row::equal("25 Gaussians of sigma 0.05 on a square of side 8 integrate to 1", integral(&grid(5, 8.0, 0.05)?)?, 1.0, 1e-9),
        Row::equal("8 Gaussians of sigma 0.01 on the unit circle integrate to 1", integral(&ring(8, 1.0, 0.01)?)?, 1.0, 1e-9),
        Row::equal(
            "eq. 4: V(D*, G) = C(G), worst of 8 pairs",
            worst(|p| Ok((best(p)?.value - p.criterion()?.value).abs()))?,
            0.0,
            T,
        ),
        Row::at_most(
            "Prop. 1: V(D, G) <= C(G) for D less sure than D*, largest excess",
            worst(|p| {
                let other = p.value_function(|x| 0.5 * p.optimal_logit(x).unwrap_or(f64::NAN))?;
                Ok(other.value - p.criterion()?.value)
            })?,
            0.0,
            T,
        ),
        Row::equal("V(1/2, G) = -log 4 for any G", worst(|p| Ok((p.value_function(|_| 0.0)?.value + LOG_4).abs()))?, 0.0, T),
        Row::equal(
            "eq. 6: C(G) = -log 4 + 2 JSD(p_data, p_g), worst of 8 pairs",
            worst(|p| Ok((p.criterion()?.value + LOG_4 - 2.0 * p.jensen_shannon()?.value).abs()))?,
            0.0,
            T,
        ),
        Row::equal(
            "Theorem 1: C(G) = -log 4 at p_g = p_data",
            of("laplace", "laplace", |p| Ok(p.criterion()?.value))?,
            -LOG_4,
            T,
        ),
        Row::equal(
            "D* at 100 sigma, where both densities underflow: the logit of N(0, 1) against N(1, 1)",
            of("gaussian", "gaussian(mean=1)", |p| p.optimal_logit(&[100.0]))?,
            -99.5,
            1e-12,
        ),
    ])
}

fn integral(density: &dyn Density) -> Result<f64, TheoryError> {
    Ok(check_normalised(density, 1e-6)?.value)
}

fn closed_forms() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-9;
    let modulus = (2.0 / PI).sqrt();
    Ok(vec![
        Row::equal(
            "KL(N(0, 1), N(1, 4)) = log 2 + 2/8 - 1/2",
            of("gaussian", "gaussian(mean=1, std=2)", |p| Ok(p.kullback_leibler()?.value))?,
            LN_2 - 0.25,
            T,
        ),
        Row::equal(
            "KL(N(0, I), N((1, -2), I)) = 5/2 in the plane",
            of("gaussian(mean=[0, 0])", "gaussian(mean=[1, -2])", |p| Ok(p.kullback_leibler()?.value))?,
            2.5,
            T,
        ),
        Row::equal(
            "KL(U(0, 1), U(0, 4)) = log 4",
            of("uniform", "uniform(high=4)", |p| Ok(p.kullback_leibler()?.value))?,
            LOG_4,
            T,
        ),
        Row::equal(
            "KL(U(0, 4), U(0, 1)) is infinite",
            of("uniform(high=4)", "uniform", |p| Ok(p.kullback_leibler()?.value))?,
            f64::INFINITY,
            0.0,
        ),
        Row::equal(
            "TV(N(0, 1), N(1, 1)) = erf(1 / sqrt 8)",
            of("gaussian", "gaussian(mean=1)", |p| Ok(p.total_variation()?.value))?,
            libm::erf(8.0_f64.sqrt().recip()),
            T,
        ),
        Row::equal(
            "H^2(N(0, 1), N(1, 4)) = 1 - sqrt(4/5) e^(-1/20)",
            of("gaussian", "gaussian(mean=1, std=2)", |p| Ok(p.hellinger()?.value.powi(2)))?,
            1.0 - 0.8_f64.sqrt() * (-0.05_f64).exp(),
            T,
        ),
        Row::equal(
            "JSD(U(0, 1), U(1/4, 5/4)) = log 2 / 4",
            of("uniform", "uniform(low=0.25, high=1.25)", |p| Ok(p.jensen_shannon()?.value))?,
            LN_2 / 4.0,
            T,
        ),
        Row::equal("W1(N(0, 1), N(3, 1)) = 3", of("gaussian", "gaussian(mean=3)", |p| Ok(p.wasserstein_1()?.value))?, 3.0, T),
        Row::equal(
            "W1(N(0, 1), N(0, 9)) = 2 E|Z|",
            of("gaussian", "gaussian(std=3)", |p| Ok(p.wasserstein_1()?.value))?,
            2.0 * modulus,
            T,
        ),
        Row::at_most(
            "TV^2 / 2 <= JSD <= TV log 2, largest excess on the line",
            worst(|p| {
                if p.dim() > 1 {
                    return Ok(0.0);
                }
                let (jsd, variation) = (p.jensen_shannon()?.value, p.total_variation()?.value);
                Ok((variation * variation / 2.0 - jsd).max(jsd - variation * LN_2))
            })?,
            0.0,
            T,
        ),
    ])
}

/// Largest difference between the masses that a generator makes and those it should make.
fn off(latent: &LatentCells, g: impl Fn(f64) -> f64, cells: &Cells, exact: &[f64]) -> Result<f64, TheoryError> {
    let outputs: Vec<f64> = latent.edges().iter().map(|z| g(*z)).collect();
    let found = pushforward(latent, &outputs, cells)?;
    Ok(found.masses.iter().zip(exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
}

fn tables() -> Result<Vec<Row>, TheoryError> {
    let latent = LatentCells::normal(20_000)?;
    let cells = Cells::line(-3.0, 5.0, 400)?;
    let affine = cells.masses(&Gaussian::new(1.0, 0.5)?)?;
    let squares = Cells::line(0.0, 10.0, 100)?;
    // P(Z^2 < x) = P(|Z| < sqrt x)
    let below = |x: f64| libm::erf((x / 2.0).sqrt());
    let chi_squared: Vec<f64> = squares.edges(0).windows(2).map(|e| below(e[1]) - below(e[0])).collect();
    let atom: Vec<f64> = (0..400).map(|i| if i == 200 { 1.0 } else { 0.0 }).collect();
    let (p_data, p_g) = (Gaussian::new(0.0, 1.0)?, Gaussian::new(1.0, 0.7)?);
    let table = Table::sampled(Cells::covering(&[&p_data, &p_g], 2000)?, &p_data, &p_g)?;
    let sure = table.yardsticks(&table.optimal_logits().iter().map(|l| 2.0 * l).collect::<Vec<_>>())?;
    let best = table.yardsticks(table.optimal_logits())?;
    Ok(vec![
        Row::equal(
            "p_g of G(z) = 1 + z / 2 is N(1, 1/4): masses of 400 cells",
            off(&latent, |z| 1.0 + 0.5 * z, &cells, &affine)?,
            0.0,
            1e-7,
        ),
        Row::equal("p_g of G(z) = z^2 is chi-squared", off(&latent, |z| z * z, &squares, &chi_squared)?, 0.0, 1e-5),
        Row::equal("p_g of a constant G is all in one cell", off(&latent, |_| 1.01, &cells, &atom)?, 0.0, 1e-12),
        Row::equal("the best-response gap of D* is 0", best.best_response_gap, 0.0, 0.0),
        Row::equal("the gap of another D is C(G) - V(D, G)", sure.best_response_gap, sure.criterion - sure.value, 1e-12),
        Row::equal(
            "JSD of a table of 2000 cells is that of the integral",
            table.jensen_shannon(),
            Pair::new(&p_data, &p_g)?.jensen_shannon()?.value,
            1e-10,
        ),
    ])
}
