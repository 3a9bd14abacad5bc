//! Prop. 2 with all its conditions: D is optimal at every step, and `p_g` itself is what moves.

use super::{Curvature, check_positive, curvature, fit, project_on_simplex, slopes};
use crate::theory::{Distribution, TheoryError, criterion, jensen_shannon, kullback_leibler};

/// A step must lower the criterion by at least this share of what its slope promises (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Halvings after which a step is given up, those from the largest to the least number of f64: nothing that it can tell apart is
/// left to gain.
const HALVINGS: usize = 1100;

/// How to descend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The step size that is tried first, at every step. `None`: the least probability of the data, half the inverse of the
    /// largest curvature that the criterion can have at the optimum.
    pub step: Option<f64>,
    /// `KL(p_data || p_g)` at which it ends.
    pub tolerance: f64,
    /// Steps after which it ends in any case.
    pub iterations: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { step: None, tolerance: 1e-10, iterations: 100_000 }
    }
}

/// Where the descent stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Steps made so far.
    pub iteration: usize,
    /// The size of the step that led here; 0 at the start.
    pub step: f64,
    /// `C(G)`.
    pub criterion: f64,
    /// `KL(p_data || p_g)`; `+inf` while `p_g` lacks an outcome of the data.
    pub kullback_leibler: f64,
    /// `JSD(p_data || p_g)`.
    pub jensen_shannon: f64,
    /// By what the divergence was multiplied in this step; `None` at the start and after an infinite one.
    pub ratio: Option<f64>,
}

/// The rate of convergence over the last half of the steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// By what `KL(p_data || p_g)` was multiplied per step: fitted.
    pub measured: f64,
    /// What the curvature at the optimum says: `max (1 - step lambda)^2`.
    pub predicted: f64,
}

/// How it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The start and every step.
    pub history: Vec<Moment>,
    /// The last of them.
    pub end: Moment,
    /// `p_g` at the end.
    pub p_g: Distribution,
    /// Whether the divergence fell to the tolerance.
    pub converged: bool,
    /// The rate, where the last half of the steps had one size and there were enough of them.
    pub rate: Option<Rate>,
}

/// Prop. 2 as a program: projected subgradient descent of `p_g` on the simplex, with `D = D*` at every step.
///
/// `p_g <- projection(p_g - step log(1 - D*))`, where `log(1 - D*) = log(p_g / (p_data + p_g))` is the slope of `V` in `p_g` at
/// the optimal D, hence a subgradient of the convex `C = max_D V`. The step size is the first of `step, step/2, step/4, ...` that
/// lowers `C` by at least 1e-4 of what the slope promises; near the optimum that is `step` itself.
///
/// Where `p_g` is 0 on an outcome of the data, the slope is `-inf`; it is then taken at `p_g = 1e-12 p_data`. Mass where the data
/// have none is gone after finitely many steps. The rate slows down with the ratio of the largest and the least
/// probability of the data: `1 - lambda_min step` per step.
///
/// # Errors
/// [`TheoryError::SupportMismatch`] or [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive).
///
/// ```
/// use gan_core::theory::Distribution;
/// use gan_core::theory::convergence::descent::{Options, run};
///
/// let p_data = Distribution::from_weights(&[3.0, 1.0, 2.0, 0.0])?;
/// let p_g = Distribution::point_mass(4, 3)?; // nothing in common with the data
/// let report = run(&p_data, &p_g, &Options::default())?;
/// assert!(report.converged && report.end.kullback_leibler < 1e-10);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn run(p_data: &Distribution, start: &Distribution, options: &Options) -> Result<Report, TheoryError> {
    let (least, curvature) = curvature::of(p_data)?;
    let largest_step = options.step.unwrap_or(least);
    check_positive("step", largest_step)?;
    check_positive("tolerance", options.tolerance)?;

    let mut p_g = start.clone();
    let mut end = moment(p_data, &p_g, None, 0.0)?;
    let mut history = vec![end];
    while end.kullback_leibler > options.tolerance && end.iteration < options.iterations {
        let Some((next, step)) = improve(p_data, &p_g, end.jensen_shannon, largest_step)? else { break };
        p_g = next;
        end = moment(p_data, &p_g, Some(&end), step)?;
        history.push(end);
    }
    let converged = end.kullback_leibler <= options.tolerance;
    let rate = rate(&history, curvature);
    Ok(Report { history, end, p_g, converged, rate })
}

/// The next `p_g` and the size of the step to it; `None` where no step gains anything.
fn improve(
    p_data: &Distribution,
    p_g: &Distribution,
    divergence: f64,
    mut step: f64,
) -> Result<Option<(Distribution, f64)>, TheoryError> {
    let slopes = slopes(p_data, p_g)?;
    for _ in 0..HALVINGS {
        let moved: Vec<f64> = p_g.probabilities().iter().zip(&slopes).map(|(p, s)| p - step * s).collect();
        if moved.iter().any(|x| x.is_infinite()) {
            step *= 0.5;
            continue;
        }
        let next = project_on_simplex(&moved)?;
        let change = next.probabilities() - p_g.probabilities();
        let promised: f64 = change.iter().zip(&slopes).map(|(d, s)| d * s).sum();
        // C = 2 JSD - log 4, and JSD keeps its digits near 0
        if promised < 0.0 && 2.0 * (jensen_shannon(p_data, &next)? - divergence) <= SUFFICIENT * promised {
            return Ok(Some((next, step)));
        }
        step *= 0.5;
    }
    Ok(None)
}

fn moment(p_data: &Distribution, p_g: &Distribution, before: Option<&Moment>, step: f64) -> Result<Moment, TheoryError> {
    let kullback_leibler = kullback_leibler(p_data, p_g)?;
    let previous = before.map(|m| m.kullback_leibler).filter(|kl| kl.is_finite());
    Ok(Moment {
        iteration: before.map_or(0, |m| m.iteration + 1),
        step,
        criterion: criterion(p_data, p_g)?,
        kullback_leibler,
        jensen_shannon: jensen_shannon(p_data, p_g)?,
        ratio: previous.map(|kl| kullback_leibler / kl),
    })
}

fn rate(history: &[Moment], curvature: Option<Curvature>) -> Option<Rate> {
    let tail = &history[history.len() / 2..];
    let step = tail.last()?.step;
    if tail.iter().any(|m| m.step != step) {
        return None;
    }
    let divergences: Vec<f64> = tail.iter().map(|m| m.kullback_leibler).collect();
    Some(Rate { measured: fit::geometric_rate(&divergences)?, predicted: curvature?.contraction(step).powi(2) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::ConvergenceError;
    use crate::theory::LOG_4;

    fn of(weights: &[f64]) -> Distribution {
        Distribution::from_weights(weights).unwrap()
    }

    fn cases() -> Vec<(Distribution, Distribution)> {
        let fives = [1.0, 2.0, 3.0, 2.0, 1.0];
        vec![
            (of(&fives), of(&[1.0; 5])),
            (of(&fives), of(&[0.0, 0.0, 1.0, 0.0, 0.0])),
            // nothing in common
            (of(&[1.0, 3.0, 0.0, 0.0]), of(&[0.0, 0.0, 1.0, 1.0])),
            // far too little and far too much
            (of(&[1.0, 1.0, 1.0]), of(&[1e-300, 1.0, 1e-9])),
            (of(&[0.02, 0.5, 0.48]), of(&[1.0, 0.0, 0.0])),
            (of(&[1.0, 0.0]), of(&[0.0, 1.0])),
            (of(&[1.0]), of(&[1.0])),
        ]
    }

    #[test]
    fn it_converges_and_never_rises() {
        for (p_data, start) in cases() {
            let report = run(&p_data, &start, &Options::default()).unwrap();
            let end = report.end;
            assert!(report.converged && end.kullback_leibler <= 1e-10, "{p_data:?}: {end:?}");
            assert!((end.criterion + LOG_4).abs() < 1e-10, "{end:?}");
            for pair in report.history.windows(2) {
                assert!(pair[1].jensen_shannon < pair[0].jensen_shannon, "{pair:?}");
            }
        }
    }

    #[test]
    fn mass_where_the_data_have_none_is_gone_for_good() {
        let report = run(&of(&[1.0, 1.0, 0.0]), &of(&[1.0, 1.0, 2.0]), &Options::default()).unwrap();
        assert_eq!(report.p_g.probability(2), Some(0.0));
    }

    /// Far down, one direction is left, and the rate is the one of the curvature to several digits.
    #[test]
    fn the_rate_is_that_of_the_curvature() {
        for (weights, step) in [
            (&[1.0, 2.0, 3.0, 2.0, 1.0][..], None),
            (&[0.5, 0.3, 0.2], Some(0.1)),
            // so large that the steepest direction overshoots and is the slowest
            (&[0.5, 0.3, 0.2], Some(0.75)),
            (&[1.0, 1.0, 1.0, 1.0], Some(0.1)),
        ] {
            let p_data = of(weights);
            let start = of(&(0..weights.len()).map(|i| 1.0 + i as f64).collect::<Vec<_>>());
            let report = run(&p_data, &start, &Options { step, tolerance: 1e-25, ..Options::default() }).unwrap();
            let rate = report.rate.unwrap();
            assert!(report.converged, "{:?}", report.end);
            assert!((rate.measured - rate.predicted).abs() < 5e-3, "{weights:?} {step:?}: {rate:?}");
        }
    }

    #[test]
    fn steps_that_are_too_large_are_halved() {
        let p_data = of(&[0.6, 0.4]);
        let report = run(&p_data, &of(&[0.5, 0.5]), &Options { step: Some(f64::MAX), ..Options::default() }).unwrap();
        assert!(report.converged && report.history[1].step < 10.0, "{:?}", report.end);
    }

    #[test]
    fn it_stops_at_the_limit_and_names_faults() {
        let (p, q) = (of(&[0.9, 0.1]), of(&[0.5, 0.5]));
        let short = run(&p, &q, &Options { iterations: 3, ..Options::default() }).unwrap();
        assert!(!short.converged && short.history.len() == 4 && short.rate.is_none());
        let none = run(&p, &q, &Options { iterations: 0, ..Options::default() }).unwrap();
        assert_eq!((none.history.len(), &none.p_g), (1, &q));
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let fault = run(&p, &q, &Options { step: Some(step), ..Options::default() });
            assert!(matches!(fault, Err(TheoryError::Convergence(ConvergenceError::NotPositive { name: "step", .. }))), "{step}");
        }
        let fault = run(&p, &q, &Options { tolerance: f64::NAN, ..Options::default() });
        assert!(matches!(fault, Err(TheoryError::Convergence(ConvergenceError::NotPositive { name: "tolerance", .. }))));
        assert!(matches!(run(&p, &of(&[1.0; 3]), &Options::default()), Err(TheoryError::SupportMismatch { .. })));
    }

    /// Asked for more digits than there are, it ends where no step gains any.
    #[test]
    fn it_ends_where_rounding_begins() {
        let p_data = of(&[0.7, 0.2, 0.1]);
        let report = run(&p_data, &of(&[1.0; 3]), &Options { tolerance: 1e-300, ..Options::default() }).unwrap();
        assert!(report.end.kullback_leibler < 1e-29 && report.history.len() < 2000, "{:?}", report.end);
    }
}
