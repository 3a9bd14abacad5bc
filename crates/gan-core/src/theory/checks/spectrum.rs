use gan_layers::Spec;
use gan_tensor::Pool;
use nalgebra::{Complex, DMatrix, DVector};

use super::{Row, Topic};
use crate::theory::TheoryError;
use crate::theory::dynamics::{eigenvalues, relativistic_roots};
use crate::theory::spectrum::{GameField, Search, Stability, Target, leading_eigenvalues, radius_of_step};
use crate::{CoreError, Penalty, objectives, penalties, testing};

pub(super) const TOPIC: Topic =
    Topic { name: "spectrum", doc: "leading eigenvalues of known operators and of games of real layers", rows };

/// A penalty with its number.
fn penalty(name: &str, key: &str, value: f64) -> Result<Vec<Box<dyn Penalty>>, CoreError> {
    Ok(vec![penalties::build(&Spec::new(name).with(key, value), "penalty")?])
}

/// The Dirac-GAN of real layers at its equilibrium.
fn dirac(objective: &str, penalties: Vec<Box<dyn Penalty>>) -> Result<GameField, TheoryError> {
    let objective = objectives::build(&Spec::new(objective), "objective").map_err(CoreError::from)?;
    GameField::new(&testing::dirac(objective, penalties)?, &[0.0; 4], 1, 0)
}

fn values(field: &mut GameField) -> Result<Vec<Complex<f64>>, TheoryError> {
    let found = field.leading_eigenvalues(&Search::default(), &mut Pool::new(1))?;
    Ok(found.pairs.into_iter().map(|p| p.value).collect())
}

fn miss(found: &[Complex<f64>], expected: &[Complex<f64>]) -> f64 {
    let near = |e: &Complex<f64>| found.iter().map(|l| (l - e).norm()).fold(f64::INFINITY, f64::min);
    expected.iter().map(near).fold(0.0, f64::max)
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    Ok([games()?, operators()?].concat())
}

fn games() -> Result<Vec<Row>, TheoryError> {
    let mut rows = Vec::new();
    let slopes = [
        ("minimax", 0.5),
        ("non_saturating", 0.5),
        ("relativistic", 0.5),
        ("relativistic_average", 0.5),
        ("wasserstein", 1.0),
        ("hinge", 1.0),
    ];
    for (objective, slope) in slopes {
        for (name, gamma) in [("r1", 0.0), ("r1", 0.3), ("r2", 0.3)] {
            let penalties = if gamma > 0.0 { penalty(name, "gamma", gamma)? } else { Vec::new() };
            let found = values(&mut dirac(objective, penalties)?)?;
            let claim = format!("Dirac-GAN of real layers, {objective}, {name} {gamma}: the eigenvalues in closed form, off by");
            rows.push(Row::equal(claim, miss(&found, &relativistic_roots(gamma, slope)), 0.0, 1e-10));
        }
    }
    for (objective, slope) in [("minimax", 0.5), ("non_saturating", 0.5), ("wasserstein", 1.0)] {
        let found = values(&mut dirac(objective, penalty("consensus", "gamma", 0.3)?)?)?;
        // v' is a rotation by the slope, so v'^T v' is its square
        let expected = [1.0, -1.0].map(|sign| Complex::new(-0.3 * slope * slope, sign * slope));
        let claim = format!("Dirac-GAN of real layers, {objective}, consensus 0.3: -gamma f'(0)^2 +- i f'(0), off by");
        rows.push(Row::equal(claim, miss(&found, &expected), 0.0, 1e-10));
    }
    let pool = &mut Pool::new(1);
    let mut damped = dirac("non_saturating", penalty("r1", "gamma", 0.3)?)?;
    let found = values(&mut damped)?;
    rows.push(Row::equal("reference: R1 0.3, simultaneous, h = 0.1", radius_of_step(&found, 0.1), 0.986154, 5e-7));
    let step = damped.step_spectrum(0.1, true, &Search::default(), pool)?;
    let radius = step.pairs.first().map_or(f64::NAN, |p| p.value.norm());
    rows.push(Row::equal("reference: R1 0.3, alternating, h = 0.1", radius, 0.984886, 5e-7));
    let largest = Stability::of(&found).largest_step.unwrap_or(f64::NAN);
    rows.push(Row::equal("R1 0.3: the largest simultaneous step is gamma / f'(0)^2", largest, 1.2, 1e-9));
    // the root of |D'|^2 + 1e-12 is smooth, with a slope of 1e6 within 1e-6 of its least value
    let repelled = values(&mut dirac("wasserstein", penalty("wgan_gp", "weight", 10.0)?)?)?;
    let rightmost = repelled.iter().map(|l| l.re).fold(f64::NEG_INFINITY, f64::max);
    let claim = "WGAN-GP of real layers: the equilibrium repels, rightmost eigenvalue / (2 weight (1e6 - 1))";
    rows.push(Row::equal(claim, rightmost / (20.0 * (1e6 - 1.0)), 1.0, 1e-9));

    let objective = objectives::build(&Spec::new("non_saturating"), "objective").map_err(CoreError::from)?;
    let game = testing::game(objective, penalty("r1", "gamma", 0.5)?)?;
    let data: Vec<f32> = (0..12).map(|i| (1.7 * i as f32).sin()).collect();
    let mut field = GameField::new(&game, &data, 5, 0)?;
    let dense = eigenvalues(&field.dense_jacobian(pool)?)?;
    for (target, name) in [(Target::LargestMagnitude, "largest"), (Target::Rightmost, "rightmost")] {
        let search = Search { wanted: 4, target, basis: 24, ..Search::default() };
        let found = field.leading_eigenvalues(&search, pool)?;
        let key = |l: &Complex<f64>| if target == Target::Rightmost { l.re } else { l.norm() };
        let most = dense.iter().map(key).fold(f64::NEG_INFINITY, f64::max);
        let first = found.pairs.first().map_or(f64::NAN, |p| key(&p.value));
        let claim = format!("a perceptron game of 48 parameters: the {name} eigenvalue is that of the dense Jacobian");
        rows.push(Row::equal(claim, first, most, 1e-9));
        let residual = found.pairs.iter().map(|p| p.residual).fold(0.0, f64::max);
        rows.push(Row::at_most(format!("its four {name}: the worst residual |w v' - l w|"), residual, 1e-8, 0.0));
    }
    Ok(rows)
}

/// Operators with a spectrum that was put in.
fn operators() -> Result<Vec<Row>, TheoryError> {
    // 1, 1 - 1/n, ... under a rotation and above the diagonal what is not symmetric
    let n = 150;
    let mut a = DMatrix::from_fn(n, n, |i, j| match j.checked_sub(i) {
        Some(0) => -(i as f64) / n as f64,
        Some(d) if d < 4 => 0.3 / n as f64,
        _ => 0.0,
    });
    for (i, re, im) in [(20, 0.25, 0.5), (90, -0.5, 2.0)] {
        (a[(i, i)], a[(i, i + 1)], a[(i + 1, i)], a[(i + 1, i + 1)]) = (re, im, -im, re);
    }
    let mut rows = Vec::new();
    for (target, name, expected) in [
        (Target::LargestMagnitude, "largest", Complex::new(-0.5, 2.0)),
        (Target::Rightmost, "rightmost", Complex::new(0.25, 0.5)),
    ] {
        let search = Search { wanted: 2, target, ..Search::default() };
        let product = |x: &[f64], y: &mut [f64]| y.copy_from_slice((&a * DVector::from_column_slice(x)).as_slice());
        let found = leading_eigenvalues(n, product, &search)?;
        let values: Vec<_> = found.pairs.iter().map(|p| p.value).collect();
        let claim = format!("a triangular operator with two rotations, n = 150: the {name} pair, off by");
        rows.push(Row::equal(claim, miss(&values, &[expected, expected.conj()]), 0.0, 1e-8));
    }
    Ok(rows)
}
