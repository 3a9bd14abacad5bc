use super::{Integral, Sides, Tolerance, try_line, try_sign_changes};
use crate::theory::{QuadratureError, TheoryError};

/// Even pieces into which each line is cut at least.
const PIECES: u32 = 10;

/// The integral of `f(x, y)` over a rectangle as an integral over `x` of integrals over `y`, for an `f` that jumps or bends where
/// `level` changes its sign.
///
/// For such a curve [`super::plane()`] needs a number of rectangles that grows as the inverse of the tolerance or its root. Here the
/// places are found at which each line crosses it, and the line is cut there; the outer integrand is smooth but for the lines that
/// touch the curve. `breaks` and `parts` are those of [`super::plane()`].
///
/// # Errors
/// Those of [`super::line()`]; the limit of evaluations holds for both levels together.
///
/// ```
/// use gan_core::theory::quadrature::{Tolerance, iterated};
///
/// let level = |x: f64, y: f64| 1.0 - x * x - y * y;
/// let disc = |x, y| if level(x, y) > 0.0 { 1.0 } else { 0.0 };
/// let found = iterated(disc, level, [(-2.0, 2.0); 2], [&[], &[]], &[], &Tolerance::of(1e-10))?;
/// assert!((found.value - std::f64::consts::PI).abs() < 1e-9);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn iterated(
    mut f: impl FnMut(f64, f64) -> f64,
    mut level: impl FnMut(f64, f64) -> f64,
    ranges: Sides,
    breaks: [&[f64]; 2],
    parts: &[Sides],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    try_iterated(|x, y| Ok(f(x, y)), |x, y| Ok(level(x, y)), ranges, breaks, parts, tolerance)
}

/// [`iterated()`] for functions that can fail.
///
/// # Errors
/// The first fault of `f` or `level`, or those of [`iterated()`].
pub fn try_iterated(
    mut f: impl FnMut(f64, f64) -> Result<f64, TheoryError>,
    mut level: impl FnMut(f64, f64) -> Result<f64, TheoryError>,
    ranges: Sides,
    breaks: [&[f64]; 2],
    parts: &[Sides],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    // A tenth of the error is left to the inner integrals, spread over the outer range.
    let share = 0.1 / (ranges[0].1 - ranges[0].0);
    let (columns, rows) = (with_even_cuts(breaks[0], ranges[0]), with_even_cuts(breaks[1], ranges[1]));
    let columns: Vec<f64> = columns.into_iter().chain(parts.iter().flat_map(|p| [p[0].0, p[0].1])).collect();
    let mut evaluations = 0;
    let outer = try_line(
        |x| {
            let inner = Tolerance {
                absolute: tolerance.absolute * share,
                relative: tolerance.relative * 0.1,
                evaluations: tolerance.evaluations.saturating_sub(evaluations),
            };
            let crossed = parts.iter().filter(|p| p[0].0 <= x && x <= p[0].1);
            let mut cuts: Vec<f64> = rows.iter().copied().chain(crossed.flat_map(|p| [p[1].0, p[1].1])).collect();
            let bends = try_sign_changes(
                |y| {
                    evaluations += 1;
                    level(x, y)
                },
                ranges[1],
                &cuts,
            );
            let integral = bends.and_then(|bends| {
                cuts.extend(bends);
                try_line(|y| f(x, y), ranges[1], &cuts, &inner)
            });
            let integral = integral.map_err(|fault| at_column(fault, x, evaluations))?;
            evaluations += integral.evaluations;
            if evaluations > tolerance.evaluations {
                let (value, error, allowed) = (f64::NAN, f64::INFINITY, tolerance.absolute);
                return Err(QuadratureError::NotConverged { value, error, allowed, evaluations }.into());
            }
            Ok(integral.value)
        },
        ranges[0],
        &columns,
        tolerance,
    )?;
    Ok(Integral { error: outer.error + 0.1 * tolerance.absolute, evaluations, ..outer })
}

fn with_even_cuts(breaks: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let even = (1..PIECES).map(|i| low + (high - low) * f64::from(i) / f64::from(PIECES));
    breaks.iter().copied().chain(even).collect()
}

/// The inner integral's fault with both coordinates, and all evaluations so far.
fn at_column(fault: TheoryError, x: f64, so_far: usize) -> TheoryError {
    match fault {
        TheoryError::Quadrature(QuadratureError::NotConverged { value, error, allowed, evaluations }) => {
            TheoryError::Quadrature(QuadratureError::NotConverged { value, error, allowed, evaluations: so_far + evaluations })
        }
        TheoryError::Quadrature(QuadratureError::NotFinite { at, value }) => {
            TheoryError::Quadrature(QuadratureError::NotFinite { at: std::iter::once(x).chain(at).collect(), value })
        }
        TheoryError::Quadrature(QuadratureError::Range { low, high, .. }) => {
            TheoryError::Quadrature(QuadratureError::Range { axis: 1, low, high })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn check(
        f: impl FnMut(f64, f64) -> f64,
        level: impl FnMut(f64, f64) -> f64,
        ranges: Sides,
        parts: &[Sides],
        exact: f64,
        most: usize,
    ) {
        let found = iterated(f, level, ranges, [&[], &[]], parts, &Tolerance::of(1e-10)).unwrap();
        assert!((found.value - exact).abs() < 1e-10, "{exact}: {found:?}");
        assert!(found.evaluations <= most, "{exact}: {found:?}");
    }

    #[test]
    fn volumes_with_curved_edges() {
        // A cone bends at its rim; at its tip it is not smooth either.
        let rim = |x: f64, y: f64| 1.0 - x.hypot(y);
        check(|x, y| rim(x, y).max(0.0), rim, [(-1.5, 2.0), (-3.0, 1.2)], &[], PI / 3.0, 4_000_000);
        let edge = |x: f64, y: f64| 0.1 - (x - y).abs();
        check(|x, y| if edge(x, y) > 0.0 { 1.0 } else { 0.0 }, edge, [(0.0, 1.0); 2], &[], 0.19, 1_000_000);
        // A slanting bend and a narrow part: 2 pi 1e-4 E|s Z - 0.1| with s = 0.01 sqrt 5, the bend 4.47 deviations away.
        let line = |x: f64, y: f64| x - 2.0 * y - 0.1;
        let tent = |x: f64, y: f64| line(x, y).abs() * (-(x * x + y * y) / 2e-4).exp();
        let (s, t) = (0.01 * 5.0_f64.sqrt(), 0.1 / 0.01 / 5.0_f64.sqrt());
        let folded = s * (2.0 / PI).sqrt() * (-t * t / 2.0).exp() + 0.1 * libm::erf(t / 2.0_f64.sqrt());
        check(tent, line, [(-9.0, 9.0); 2], &[[(-0.09, 0.09); 2]], folded * PI * 2e-4, 1_000_000);
    }

    #[test]
    fn what_is_wrong_has_a_name() {
        let tolerance = Tolerance::default();
        let unit = [(0.0, 1.0); 2];
        let none = |_, _| 1.0;
        let hole = iterated(|x, y| if x > 0.5 { f64::NAN } else { y }, none, unit, [&[], &[]], &[], &tolerance);
        let place = |at: &[f64]| at.len() == 2 && at[0] > 0.5;
        assert!(matches!(&hole, Err(TheoryError::Quadrature(QuadratureError::NotFinite { at, .. })) if place(at)), "{hole:?}");
        let flat = iterated(|x, _| x, none, [(0.0, 1.0), (2.0, 1.0)], [&[], &[]], &[], &tolerance);
        assert!(matches!(flat, Err(TheoryError::Quadrature(QuadratureError::Range { axis: 1, .. }))), "{flat:?}");
        let few = Tolerance { evaluations: 20_000, ..tolerance };
        let slow = iterated(|x, y| (40.0 * x * y).cos(), none, unit, [&[], &[]], &[], &few);
        assert!(matches!(slow, Err(TheoryError::Quadrature(QuadratureError::NotConverged { .. }))), "{slow:?}");
    }
}
