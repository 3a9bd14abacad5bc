//! A D that does not reach its optimum: k gradient steps a turn, as Algorithm 1 has it.
//!
//! `p_g` is free, and D is a table with a logit `l(x)` for each outcome, so that capacity is no question. Near the optimum, with `a =
//! d_step p / 2` (how far one step takes a logit to its best value), a turn is linear in `(l, p_g - p_data)`, and for `n` equal
//! probabilities `p` its two-by-two matrix has
//!
//! - in alternation: the determinant `(1 - a)^k`, below 1: the players circle, but ever closer;
//! - at once (the last of D's steps and G's step from the same state, as in the published code of 2014): the determinant
//!   `(1 - a)^(k - 1) (1 - a + a g_step / (2 p))`: for k = 1 and `g_step > 2 p` above 1. The players circle without end. For large k it
//!   falls to 0, and only `g_step < 4 p` is left to ask for, as with the optimal D.

use nalgebra::DMatrix;

use super::{check_positive, fit, project_on_simplex};
use crate::theory::{Distribution, TheoryError, kullback_leibler, sigmoid, softplus, total_variation};

/// Distance from the optimum up to which a turn counts as linear, and down to which its digits are trusted.
const LINEAR: (f64, f64) = (1e-9, 1e-3);

/// Who moves when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// k steps of D, then one of G against the new D: Algorithm 1.
    Alternating,
    /// k - 1 steps of D, then one of both from the same state: the published code.
    Simultaneous,
}

/// How to play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Steps of D a turn.
    pub k: usize,
    /// Who moves when.
    pub order: Order,
    /// The size of D's steps in its logits.
    pub d_step: f64,
    /// The size of G's step in `p_g`.
    pub g_step: f64,
    /// Turns.
    pub turns: usize,
}

/// How a game went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was played.
    pub options: Options,
    /// `p_g` and D's logits at the start and after every turn.
    pub path: Vec<(Vec<f64>, Vec<f64>)>,
    /// The total variation of `p_g` and `p_data` at the start and after every turn.
    pub distance: Vec<f64>,
    /// `KL(p_data || p_g)` at the end.
    pub kullback_leibler: f64,
    /// The largest distance in the last quarter of the turns.
    pub amplitude: f64,
    /// That amplitude over the one in the first quarter: near 1 for a cycle, far below for convergence.
    pub decay: f64,
    /// How often `p_g - p_data` changed its sign, at the outcome where it did most.
    pub sign_changes: usize,
    /// How often `(p_g - p_data, logit)` went round the origin, at the outcome where it did most. Steps to the opposite side
    /// are overshoots, not rotation, and are left out.
    pub rotations: f64,
    /// By what a small distance is multiplied per turn, as the linear turn says: its spectral radius. Below 1 the optimum
    /// attracts, above 1 it repels.
    pub predicted: f64,
    /// The same, measured over the longest stretch of turns at distances from 1e-9 to 1e-3; `None` without one.
    pub measured: Option<f64>,
}

/// Plays the game from `start` and an undecided D.
///
/// D ascends `V = sum p_data log D + p_g log(1 - D)` in its logits: `l <- l + d_step (p_data - (p_data + p_g) sigmoid(l))`. G descends it in
/// `p_g`: `p_g <- projection(p_g - g_step log(1 - D))`.
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive) for steps, or for k =
/// 0.
///
/// ```
/// use gan_core::theory::Distribution;
/// use gan_core::theory::convergence::finite_k::{Options, Order, play};
///
/// let p_data = Distribution::from_weights(&[36.0, 34.0, 30.0])?;
/// let start = Distribution::from_weights(&[1.0, 1.0, 2.0])?;
/// let options = Options { k: 1, order: Order::Simultaneous, d_step: 2.0, g_step: 0.9, turns: 400 };
/// let circling = play(&p_data, &start, &options)?;
/// assert!(circling.predicted > 1.0 && circling.decay > 0.9 && circling.rotations > 10.0);
/// let converging = play(&p_data, &start, &Options { k: 20, ..options })?;
/// assert!(converging.predicted < 1.0 && converging.kullback_leibler < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn play(p_data: &Distribution, start: &Distribution, options: &Options) -> Result<Report, TheoryError> {
    check_positive("d_step", options.d_step)?;
    check_positive("g_step", options.g_step)?;
    check_positive("k", options.k as f64)?;
    drop(p_data.zip(start)?);

    let mut p_g = start.clone();
    let mut logits = vec![0.0; p_data.outcomes()];
    let mut path = vec![(p_g.probabilities().as_slice().to_vec(), logits.clone())];
    let mut distance = vec![total_variation(p_data, &p_g)?];
    for _ in 0..options.turns {
        for step in 1..=options.k {
            let seen = logits.clone();
            for ((l, data), g) in logits.iter_mut().zip(p_data.probabilities()).zip(p_g.probabilities()) {
                *l += options.d_step * (data - (data + g) * sigmoid(*l));
            }
            if step == options.k {
                let judge = if options.order == Order::Alternating { &logits } else { &seen };
                // -log(1 - sigmoid(l)) = softplus(l)
                let moved = p_g.probabilities().iter().zip(judge).map(|(g, l)| g + options.g_step * softplus(*l));
                p_g = project_on_simplex(&moved.collect::<Vec<_>>())?;
            }
        }
        path.push((p_g.probabilities().as_slice().to_vec(), logits.clone()));
        distance.push(total_variation(p_data, &p_g)?);
    }
    let most = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let quarter = distance.len().div_ceil(4);
    let (first, last) = (&distance[..quarter], &distance[distance.len() - quarter..]);
    let (sign_changes, rotations) = motion(p_data, &path);
    Ok(Report {
        options: *options,
        kullback_leibler: kullback_leibler(p_data, &p_g)?,
        amplitude: most(last),
        decay: most(last) / most(first),
        sign_changes,
        rotations,
        predicted: spectral_radius(&turn_at_optimum(p_data, options)),
        measured: linear_rate(p_data, &path),
        path,
        distance,
    })
}

/// The games of several k, with everything else the same.
///
/// # Errors
/// As [`play`].
pub fn compare(p_data: &Distribution, start: &Distribution, options: &Options, ks: &[usize]) -> Result<Vec<Report>, TheoryError> {
    ks.iter().map(|&k| play(p_data, start, &Options { k, ..*options })).collect()
}

/// Sign changes and rotations, each at the outcome where there were most.
fn motion(p_data: &Distribution, path: &[(Vec<f64>, Vec<f64>)]) -> (usize, f64) {
    let mut most = (0, 0.0_f64);
    for (i, p) in p_data.probabilities().iter().enumerate() {
        let at = |(g, l): &(Vec<f64>, Vec<f64>)| (g[i] - p, l[i]);
        // what rounding moves is no motion
        let points: Vec<(f64, f64)> = path.iter().map(at).filter(|(x, y)| x.abs().max(y.abs()) > LINEAR.0).collect();
        let (mut changes, mut angle) = (0, 0.0);
        for pair in points.windows(2) {
            let [(x, y), (next_x, next_y)] = *pair else { continue };
            changes += usize::from(x * next_x < 0.0);
            let turned = (x * next_y - y * next_x).atan2(x * next_x + y * next_y);
            if turned.abs() < 0.75 * std::f64::consts::PI {
                angle += turned;
            }
        }
        most = (most.0.max(changes), most.1.max(f64::abs(angle) / std::f64::consts::TAU));
    }
    most
}

/// The derivative of a turn at `p_g = p_data`, `l = 0`, in the coordinates `(l, p_g)` of the
/// outcomes of the data: `[2 n, 2 n]`.
fn turn_at_optimum(p_data: &Distribution, options: &Options) -> DMatrix<f64> {
    // outcomes that the data lack are left by p_g for good
    let p: Vec<f64> = p_data.probabilities().iter().copied().filter(|&p| p > 0.0).collect();
    let n = p.len();
    // D: l <- l - d_step (p l + (p_g - p_data)) / 2
    let mut d = DMatrix::identity(2 * n, 2 * n);
    for i in 0..n {
        d[(i, i)] -= 0.5 * options.d_step * p[i];
        d[(i, n + i)] = -0.5 * options.d_step;
    }
    // G: p_g <- projection(p_g + g_step l / 2), where the projection takes the mean off
    let onto = |i: usize, j: usize| f64::from(u8::from(i == j)) - 1.0 / n as f64;
    let mut g = DMatrix::identity(2 * n, 2 * n);
    for i in 0..n {
        for j in 0..n {
            g[(n + i, j)] = 0.5 * options.g_step * onto(i, j);
            g[(n + i, n + j)] = onto(i, j);
        }
    }
    let mut turn = DMatrix::identity(2 * n, 2 * n);
    for _ in 1..options.k {
        turn = &d * &turn;
    }
    let last = match options.order {
        Order::Alternating => &g * &d,
        // both read the same state, and each moves its own half
        Order::Simultaneous => DMatrix::from_fn(2 * n, 2 * n, |i, j| if i < n { d[(i, j)] } else { g[(i, j)] }),
    };
    &last * &turn
}

/// The largest modulus of an eigenvalue, as the limit of `|m^t|^(1/t)` (Gelfand), by repeated squaring to `t = 2^40`.
fn spectral_radius(m: &DMatrix<f64>) -> f64 {
    let (mut power, mut log, mut share) = (m.clone(), 0.0, 1.0);
    for _ in 0..40 {
        let size = power.amax();
        if size == 0.0 {
            return 0.0;
        }
        // m^t = e^(log / share) times what is kept, which stays near 1
        log += share * size.ln();
        power /= size;
        power = &power * &power;
        share *= 0.5;
    }
    log.exp()
}

/// The factor per turn over the longest stretch in which the distance of the state from the optimum is small.
fn linear_rate(p_data: &Distribution, path: &[(Vec<f64>, Vec<f64>)]) -> Option<f64> {
    let size = |(g, l): &(Vec<f64>, Vec<f64>)| {
        let apart = g.iter().zip(p_data.probabilities()).map(|(g, p)| (g - p).abs()).fold(0.0, f64::max);
        l.iter().fold(apart, |m, l| m.max(l.abs()))
    };
    let sizes: Vec<f64> = path.iter().map(size).collect();
    let longest = sizes.split(|s| !(LINEAR.0..LINEAR.1).contains(s)).max_by_key(|part| part.len())?;
    fit::geometric_rate(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::ConvergenceError;

    fn of(weights: &[f64]) -> Distribution {
        Distribution::from_weights(weights).unwrap()
    }

    const OPTIONS: Options = Options { k: 1, order: Order::Simultaneous, d_step: 2.0, g_step: 0.9, turns: 400 };

    fn scene() -> (Distribution, Distribution) {
        (of(&[36.0, 34.0, 30.0]), of(&[1.0, 1.0, 2.0]))
    }

    #[test]
    fn few_steps_at_once_circle_and_many_converge() {
        let (p_data, start) = scene();
        let games = compare(&p_data, &start, &OPTIONS, &[1, 2, 5, 20]).unwrap();
        let circling = &games[0];
        assert!(circling.predicted > 1.05 && circling.amplitude > 0.3 && circling.decay > 0.95, "{}", circling.decay);
        assert!(circling.kullback_leibler > 0.01 && circling.rotations > 30.0 && circling.sign_changes > 60);
        for (a, b) in games.iter().zip(&games[1..]) {
            assert!(b.predicted < 1.0 && b.predicted < a.predicted && b.rotations < a.rotations);
            assert!(b.kullback_leibler < 1e-12 && b.decay < 1e-9, "k {}: {:e}", b.options.k, b.kullback_leibler);
        }
    }

    #[test]
    fn in_alternation_they_circle_ever_closer() {
        let (p_data, start) = scene();
        // small steps of D: much rotation, little damping
        let options = Options { order: Order::Alternating, d_step: 0.2, turns: 1500, ..OPTIONS };
        let games = compare(&p_data, &start, &options, &[1, 200]).unwrap();
        assert!(games[0].rotations > 20.0 && games[1].rotations < 2.0, "{} {}", games[0].rotations, games[1].rotations);
        assert!(games.iter().all(|r| r.kullback_leibler < 1e-12 && r.predicted < 1.0));
        // (1 - a)^(1/2) for the slowest, a = d_step p / 2
        assert!((games[0].predicted - (1.0 - 0.1 * 0.30_f64).sqrt()).abs() < 2e-3, "{}", games[0].predicted);
    }

    #[test]
    fn small_distances_change_as_the_linear_turn_says() {
        let p_data = scene().0;
        // near the optimum, so that growth is seen as well
        let start = Distribution::from_weights(&[0.36 + 3e-5, 0.34, 0.30 - 3e-5]).unwrap();
        for order in [Order::Alternating, Order::Simultaneous] {
            for (k, d_step, g_step) in [(1, 2.0, 0.9), (1, 2.0, 0.5), (2, 2.0, 0.9), (7, 0.5, 0.3), (40, 1.0, 1.1), (1, 7.0, 0.2)]
            {
                let report = play(&p_data, &start, &Options { k, order, d_step, g_step, turns: 200 }).unwrap();
                let measured = report.measured.unwrap();
                let off = (measured - report.predicted).abs();
                assert!(off < 0.03, "{order:?} k {k} {d_step} {g_step}: {measured} {}", report.predicted);
            }
        }
    }

    /// For equal probabilities the modulus is the root of the determinant, where the eigenvalues are complex.
    #[test]
    fn closed_forms_of_equal_probabilities() {
        let (n, d_step, g_step) = (4, 1.6, 0.6);
        let p_data = Distribution::uniform(n).unwrap();
        let (p, a) = (0.25, d_step * 0.25 / 2.0);
        for k in 1..=3 {
            let c = f64::powi(1.0 - a, k);
            let of = |order| {
                let options = Options { k: k as usize, order, d_step, g_step, turns: 0 };
                play(&p_data, &p_data, &options).unwrap().predicted
            };
            let at_once = f64::powi(1.0 - a, k - 1) * (1.0 - a + a * g_step / (2.0 * p));
            assert!((of(Order::Simultaneous) - at_once.sqrt()).abs() < 1e-9, "{k}");
            // D's own direction, the constants, shrinks by c alone
            assert!((of(Order::Alternating) - c.sqrt()).abs() < 1e-9, "{k}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (p, q) = scene();
        let fault = |options| play(&p, &q, &options).unwrap_err();
        assert!(matches!(
            fault(Options { k: 0, ..OPTIONS }),
            TheoryError::Convergence(ConvergenceError::NotPositive { name: "k", .. })
        ));
        assert!(matches!(
            fault(Options { d_step: 0.0, ..OPTIONS }),
            TheoryError::Convergence(ConvergenceError::NotPositive { name: "d_step", .. })
        ));
        assert!(matches!(
            fault(Options { g_step: f64::NAN, ..OPTIONS }),
            TheoryError::Convergence(ConvergenceError::NotPositive { name: "g_step", .. })
        ));
        let two = Distribution::uniform(2).unwrap();
        assert!(matches!(play(&p, &two, &OPTIONS), Err(TheoryError::SupportMismatch { .. })));
        // outcomes that the data lack, and one outcome alone
        let hole = play(&of(&[1.0, 1.0, 0.0]), &of(&[1.0, 1.0, 1.0]), &Options { k: 20, ..OPTIONS }).unwrap();
        assert!(hole.predicted < 1.0 && hole.kullback_leibler < 1e-12, "{:e}", hole.kullback_leibler);
        let one = Distribution::uniform(1).unwrap();
        assert_eq!(play(&one, &one, &Options { turns: 0, ..OPTIONS }).unwrap().kullback_leibler, 0.0);
    }
}
