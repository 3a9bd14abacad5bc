use nalgebra::{Complex, DMatrix};

use super::{Row, Topic};
use crate::theory::dynamics::games::{Dirac, Gaussian};
use crate::theory::dynamics::maps::{self, StepMap};
use crate::theory::dynamics::{
    SmallGame, critical_contraction, critical_damping, eigenvalues, largest_stable_step, relativistic_roots,
    relativistic_roots_as_printed, simulate, spectral_radius,
};
use crate::theory::{DynamicsError, TheoryError};

pub(super) const TOPIC: Topic =
    Topic { name: "dynamics", doc: "fields, eigenvalues and steps of the Dirac-GAN and of a game on a normal density", rows };

/// The step of the reference values.
const H: f64 = 0.1;

fn dirac(objective: &str, regulariser: &str, weight: f64) -> Result<SmallGame, TheoryError> {
    SmallGame::new(Box::new(Dirac::new(24)?), objective, regulariser, weight)
}

fn jacobian(game: &SmallGame) -> Result<DMatrix<f64>, TheoryError> {
    game.jacobian(&game.equilibrium())
}

/// The leading eigenvalue, of a pair that with the positive imaginary part.
fn leading(game: &SmallGame) -> Result<Complex<f64>, TheoryError> {
    Ok(eigenvalues(&jacobian(game)?)?.first().copied().unwrap_or_default())
}

fn map(name: &'static str) -> Result<&'static StepMap, TheoryError> {
    maps::find(name).ok_or_else(|| TheoryError::unknown("map", name, maps::ALL.iter().map(|m| m.name)))
}

fn radius(game: &SmallGame, name: &'static str, h: f64) -> Result<f64, TheoryError> {
    spectral_radius(&(map(name)?.linear)(&jacobian(game)?, game.model().generator_parameters(), h))
}

/// How far the nearest eigenvalue is from each of `expected`, at worst.
fn miss(game: &SmallGame, expected: &[Complex<f64>]) -> Result<f64, TheoryError> {
    let found = eigenvalues(&jacobian(game)?)?;
    let near = |e: &Complex<f64>| found.iter().map(|l| (l - e).norm()).fold(f64::INFINITY, f64::min);
    Ok(expected.iter().map(near).fold(0.0, f64::max))
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    Ok([bare()?, damped()?, relativistic()?, critical()?, gaussian()?].concat())
}

/// Without a regulariser.
fn bare() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-12;
    let mut rows = Vec::new();
    for (objective, slope) in [
        ("minimax", 0.5),
        ("non_saturating", 0.5),
        ("relativistic", 0.5),
        ("least_squares", 1.0),
        ("wasserstein", 1.0),
        ("hinge", 1.0),
    ] {
        let game = dirac(objective, "none", 0.0)?;
        let found = leading(&game)?;
        let off = (found - Complex::new(0.0, slope)).norm();
        rows.push(Row::equal(format!("Dirac-GAN, {objective}: eigenvalues +-{slope} i, off by"), off, 0.0, T));
        let expected = (1.0 + H * H * slope * slope).sqrt();
        let claim = format!("Dirac-GAN, {objective}: simultaneous steps of 0.1 diverge, radius sqrt(1 + h^2 f'(0)^2)");
        rows.push(Row::equal(claim, radius(&game, "simultaneous", H)?, expected, T));
        let claim = format!("Dirac-GAN, {objective}: alternating steps of 0.1 circle, radius");
        rows.push(Row::equal(claim, radius(&game, "alternating", H)?, 1.0, T));
    }
    let minimax = dirac("minimax", "none", 0.0)?;
    rows.push(Row::equal("reference: minimax, simultaneous, h = 0.1", radius(&minimax, "simultaneous", H)?, 1.001249, 5e-7));
    let wasserstein = dirac("wasserstein", "none", 0.0)?;
    rows.push(Row::equal(
        "reference: Wasserstein, simultaneous, h = 0.1",
        radius(&wasserstein, "simultaneous", H)?,
        1.004988,
        5e-7,
    ));
    let mut least = f64::INFINITY;
    for h in [1e-3, 1e-2, 1.0, 10.0, 1e3] {
        least = least.min((radius(&minimax, "simultaneous", h)? - 1.0) / ((1.0 + 0.25 * h * h).sqrt() - 1.0));
    }
    let claim = "minimax: simultaneous steps of every size diverge, least share of sqrt(1 + h^2 / 4) - 1 over h from 1e-3 to 1e3";
    rows.push(Row::equal(claim, least, 1.0, 1e-8));
    let claim = "Dirac-GAN, minimax: alternating steps circle up to h = 2 / f'(0) = 4, radius at 3.99";
    rows.push(Row::equal(claim, radius(&minimax, "alternating", 3.99)?, 1.0, 1e-9));
    let claim = "and diverge beyond, radius at 4.01";
    rows.push(Row::at_least(claim, radius(&minimax, "alternating", 4.01)?, 1.1, 0.0));
    let claim = "Wasserstein: extragradient contracts, radius sqrt(1 - h^2 + h^4)";
    rows.push(Row::equal(claim, radius(&wasserstein, "extragradient", H)?, (1.0 - H * H + H.powi(4)).sqrt(), T));
    // the optimistic eigenvalues of an eigenvalue i: m^2 - (1 + 2 i h) m + i h = 0
    let (b, c) = (Complex::new(1.0, 2.0 * H), Complex::new(0.0, H));
    let root = (b * b - c * 4.0).sqrt();
    let expected = ((b + root) * 0.5).norm().max(((b - root) * 0.5).norm());
    let claim = "Wasserstein: optimistic steps contract, radius by the roots of m^2 - (1 + 2 i h) m + i h";
    rows.push(Row::equal(claim, radius(&wasserstein, "optimistic", H)?, expected, T));
    rows.push(Row::at_most("Wasserstein: optimistic steps contract, radius below 1", expected, 1.0 - 1e-3, 0.0));
    let played = simulate(&wasserstein, &[1.0, 0.0], map("simultaneous")?, H, 200)?;
    let distance = played.points.last().map_or(f64::NAN, |x| x.norm());
    let claim = "Wasserstein: after 200 simultaneous steps the distance is radius^200";
    rows.push(Row::equal(claim, distance, (1.0 + H * H).powi(100), T));
    let claim = "least squares with c = 0 (Pearson): the eigenvalues are 0, nothing pulls G";
    rows.push(Row::equal(claim, leading(&dirac("least_squares_pearson", "none", 0.0)?)?.norm(), 0.0, T));
    Ok(rows)
}

/// What regularisers do.
fn damped() -> Result<Vec<Row>, TheoryError> {
    const T: f64 = 1e-12;
    let r1 = |gamma| dirac("non_saturating", "r1", gamma);
    let light = leading(&r1(0.3)?)?;
    let mut rows = vec![
        Row::equal("reference: R1 0.3, real part", light.re, -0.15, T),
        Row::equal("reference: R1 0.3, imaginary part", light.im, 0.476970, 5e-7),
        Row::equal("reference: R1 0.3, simultaneous", radius(&r1(0.3)?, "simultaneous", H)?, 0.986154, 5e-7),
        Row::equal("reference: R1 0.3, alternating", radius(&r1(0.3)?, "alternating", H)?, 0.984886, 5e-7),
        Row::equal("reference: R1 1, a double eigenvalue", leading(&r1(1.0)?)?.norm(), 0.5, 1e-7),
        Row::equal("reference: R1 1, simultaneous", radius(&r1(1.0)?, "simultaneous", H)?, 0.95, 1e-7),
    ];
    // the trace 2 - h gamma - h^2 / 4 and the determinant 1 - h gamma leave the roots .96 and .9375
    rows.push(Row::equal("reference: R1 1, alternating", radius(&r1(1.0)?, "alternating", H)?, 0.96, 1e-10));
    let r2 = dirac("non_saturating", "r2", 0.3)?;
    let distance = (jacobian(&r2)? - jacobian(&r1(0.3)?)?).amax();
    rows.push(Row::equal("R2 has the Jacobian of R1 at the equilibrium, off by", distance, 0.0, T));
    let both = dirac("relativistic", "r1_r2", 0.15)?;
    let claim = "R3GAN, R1 and R2 of half the weight each: the eigenvalues of one of all of it, off by";
    rows.push(Row::equal(claim, miss(&both, &relativistic_roots(0.3, 0.5))?, 0.0, T));
    let noise = leading(&dirac("minimax", "instance_noise", 0.6)?)?;
    let claim = "minimax: instance noise damps like R1 of weight sigma^2 / 2, real part at sigma = 0.6";
    rows.push(Row::equal(claim, noise.re, -0.25 * 0.36, T));
    let consensus = leading(&dirac("wasserstein", "consensus", 0.4)?)?;
    let claim = "consensus takes gamma |l|^2 from the real part and leaves the rotation, Wasserstein, gamma 0.4, off by";
    rows.push(Row::equal(claim, (consensus - Complex::new(-0.4, 1.0)).norm(), 0.0, T));
    let wgan_gp = dirac("wasserstein", "wgan_gp", 10.0)?;
    let residual = match wgan_gp.jacobian(&wgan_gp.equilibrium()) {
        Err(TheoryError::Dynamics(DynamicsError::NotDifferentiable { residual, .. })) => residual,
        _ => f64::NAN,
    };
    rows.push(Row::equal("WGAN-GP: D' = 0 is a kink, where the field is 2 weight and not 0", residual, 20.0, 1e-10));
    let light = dirac("wasserstein", "wgan_gp", 0.5)?;
    let played = simulate(&light, &[1.0, 0.5], map("alternating")?, 0.05, 3000)?;
    let last = played.points.iter().rev().take(500).map(|x| x.norm()).fold(0.0, f64::max);
    rows.push(Row::at_least("WGAN-GP: 3000 alternating steps do not reach the equilibrium, distance", last, 0.3, 0.0));
    let played = simulate(&dirac("minimax", "r1", 1.0)?, &[1.0, 0.5], map("alternating")?, H, 1000)?;
    let last = played.points.last().map_or(f64::NAN, |x| x.norm());
    rows.push(Row::at_most("R1: 1000 alternating steps reach it, distance", last, 1e-12, 0.0));
    Ok(rows)
}

/// The eigenvalues that Lemma B.4 of Huang et al. 2024 prints, and those of its Jacobian.
fn relativistic() -> Result<Vec<Row>, TheoryError> {
    let game = dirac("relativistic", "r1", 0.3)?;
    let right = miss(&game, &relativistic_roots(0.3, 0.5))?;
    let printed = miss(&game, &relativistic_roots_as_printed(0.3, 0.5))?;
    let apart = 0.4775_f64.sqrt() - 0.2275_f64.sqrt();
    Ok(vec![
        Row::equal("RpGAN with R1 0.3: eigenvalues -gamma / 2 +- sqrt(gamma^2 / 4 - f'(0)^2), off by", right, 0.0, 1e-12),
        Row::equal("the printed sqrt(gamma^2 / 4 - f'(0)) misses them by sqrt .4775 - sqrt .2275", printed, apart, 1e-12),
    ])
}

/// From where on it holds.
fn critical() -> Result<Vec<Row>, TheoryError> {
    let number = |w: Option<f64>| w.unwrap_or(f64::INFINITY);
    let simultaneous = map("simultaneous")?;
    let mut rows = Vec::new();
    for (objective, slope) in [("minimax", 0.5), ("wasserstein", 1.0)] {
        let mut game = dirac(objective, "r1", 0.0)?;
        let found = number(critical_damping(&mut game)?.value());
        let claim = format!("{objective}, R1: nothing rotates from gamma = 2 |f'(0)| on");
        rows.push(Row::equal(claim, found, 2.0 * slope, 1e-10));
        let found = number(critical_contraction(&mut game, simultaneous, H)?.value());
        let claim = format!("{objective}, R1: simultaneous steps of 0.1 contract from gamma = h f'(0)^2 on");
        rows.push(Row::equal(claim, found, H * slope * slope, 1e-10));
        game.set_weight(0.3)?;
        let found = number(largest_stable_step(&game, simultaneous)?);
        let claim = format!("{objective}, R1 0.3: the largest simultaneous step is gamma / f'(0)^2");
        rows.push(Row::equal(claim, found, 0.3 / (slope * slope), 1e-9));
    }
    let found = number(critical_damping(&mut dirac("minimax", "instance_noise", 0.0)?)?.value());
    rows.push(Row::equal("minimax, instance noise: nothing rotates from sigma = sqrt 2 on", found, 2.0_f64.sqrt(), 1e-10));
    let found = number(critical_damping(&mut dirac("minimax", "consensus", 0.0)?)?.value());
    rows.push(Row::equal("minimax, consensus: no weight stops the rotation", found, f64::INFINITY, 0.0));
    Ok(rows)
}

/// The linear-quadratic game on a normal density.
fn gaussian() -> Result<Vec<Row>, TheoryError> {
    let (mean, deviation) = (0.3_f64, 0.8_f64);
    let mut rows = Vec::new();
    for objective in ["minimax", "non_saturating", "least_squares", "wasserstein", "hinge", "relativistic"] {
        let mut worst: f64 = 0.0;
        for regulariser in ["none", "r1", "r2", "r1_r2", "instance_noise", "consensus"] {
            let game = SmallGame::new(Box::new(Gaussian::new(mean, deviation, 12)?), objective, regulariser, 0.4)?;
            worst = worst.max(game.field(&game.equilibrium())?.norm());
        }
        let claim = format!("N(.3, .8^2), {objective}: the field vanishes at p_g = p_data, D = 0, worst of six regularisers");
        rows.push(Row::equal(claim, worst, 0.0, 1e-12));
    }
    let game = SmallGame::new(Box::new(Gaussian::new(mean, deviation, 12)?), "minimax", "none", 0.0)?;
    let (second, third) = (mean * mean + deviation * deviation, mean.powi(3) + 3.0 * mean * deviation * deviation);
    let fourth = mean.powi(4) + 6.0 * (mean * deviation).powi(2) + 3.0 * deviation.powi(4);
    #[rustfmt::skip]
    let expected = DMatrix::from_row_slice(4, 4, &[
        0.0, 0.0, deviation, 0.0,
        0.0, 0.0, mean, 0.5,
        -deviation, -mean, -0.5 * fourth, -0.5 * third,
        0.0, -0.5, -0.5 * third, -0.5 * second,
    ]);
    let off = (jacobian(&game)? - expected).amax();
    rows.push(Row::equal("N(.3, .8^2), minimax: the Jacobian by the moments of the data, off by", off, 0.0, 1e-12));
    let rightmost = eigenvalues(&jacobian(&game)?)?.iter().map(|l| l.re).fold(f64::NEG_INFINITY, f64::max);
    let claim = "N(.3, .8^2), minimax: it converges without a regulariser, as D is not degenerate there; largest real part";
    rows.push(Row::at_most(claim, rightmost, -1e-3, 0.0));
    Ok(rows)
}
