use super::adaptive::{Piece, cuts, refine, sharpened};
use super::rule::GAUSS_10_KRONROD_21;
use super::{Integral, Tolerance};
use crate::theory::{QuadratureError, TheoryError};

/// The integral of `f` over the interval `range`, cut at `breaks` first: Gauss-Kronrod with 10 and 21 nodes on each piece.
///
/// Name as breaks the places where `f` jumps or bends and the edges of its narrow peaks; those outside of the range are
/// ignored. `f` is never evaluated at a break or an end of the range.
///
/// # Errors
/// [`QuadratureError::Range`], [`QuadratureError::NotFinite`] with the place where `f` is not finite, or
/// [`QuadratureError::NotConverged`].
///
/// ```
/// use gan_core::theory::quadrature::{Tolerance, line};
///
/// let bend = line(|x| (x - 0.3).abs(), (0.0, 1.0), &[0.3], &Tolerance::default())?;
/// assert!((bend.value - 0.29).abs() < 1e-15);
/// assert_eq!(bend.evaluations, 2 * 21);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn line(
    mut f: impl FnMut(f64) -> f64,
    range: (f64, f64),
    breaks: &[f64],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    try_line(|x| Ok(f(x)), range, breaks, tolerance)
}

/// [`line()`] for an integrand that can fail.
///
/// # Errors
/// The first fault of `f`, or those of [`line()`].
pub fn try_line(
    f: impl FnMut(f64) -> Result<f64, TheoryError>,
    range: (f64, f64),
    breaks: &[f64],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    Ok(leaves(f, range, breaks, tolerance)?.0)
}

/// `(low, high, integral)` of a piece of the range.
pub(in crate::theory) type Leaf = (f64, f64, f64);

/// The integral, and the pieces it came from in ascending order.
pub(in crate::theory) fn leaves(
    mut f: impl FnMut(f64) -> Result<f64, TheoryError>,
    range: (f64, f64),
    breaks: &[f64],
    tolerance: &Tolerance,
) -> Result<(Integral, Vec<Leaf>), TheoryError> {
    let cuts = cuts(0, range, breaks)?;
    let mut measure = |region| measure(region, &mut f);
    let first = cuts.windows(2).map(|w| measure((w[0], w[1]))).collect::<Result<Vec<_>, _>>()?;
    let (integral, pieces) = refine(first, GAUSS_10_KRONROD_21.points(), tolerance, halves, measure)?;
    let mut leaves: Vec<_> = pieces.iter().map(|p| (p.region.0, p.region.1, p.value)).collect();
    leaves.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok((integral, leaves))
}

fn halves(&(low, high): &(f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let middle = low + (high - low) / 2.0;
    (high - low > narrowest(low, high) && low < middle && middle < high).then_some(((low, middle), (middle, high)))
}

/// The nodes of a piece of a few ulps would coincide, and beside 0 a pole would be followed until it overflows.
pub(super) fn narrowest(low: f64, high: f64) -> f64 {
    (64.0 * f64::EPSILON * low.abs().max(high.abs())).max(1e-290)
}

fn measure(
    (low, high): (f64, f64),
    f: &mut impl FnMut(f64) -> Result<f64, TheoryError>,
) -> Result<Piece<(f64, f64)>, TheoryError> {
    const POINTS: usize = GAUSS_10_KRONROD_21.points();
    let (centre, half) = (low + (high - low) / 2.0, (high - low) / 2.0);
    let mut values = [(0.0, 0.0); POINTS];
    let (mut kronrod, mut gauss, mut magnitude) = (0.0, 0.0, 0.0);
    for (slot, (node, wk, wg)) in values.iter_mut().zip(GAUSS_10_KRONROD_21.iter()) {
        let x = centre + half * node;
        let value = f(x)?;
        if !value.is_finite() {
            return Err(QuadratureError::NotFinite { at: vec![x], value }.into());
        }
        *slot = (wk, value);
        kronrod += wk * value;
        gauss += wg * value;
        magnitude += wk * value.abs();
    }
    let mean = kronrod / 2.0;
    let spread: f64 = values.iter().map(|(w, v)| w * (v - mean).abs()).sum();
    let magnitude = half * magnitude;
    let error = sharpened(half * (kronrod - gauss), half * spread, magnitude);
    Ok(Piece { region: (low, high), value: half * kronrod, magnitude, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(f: impl FnMut(f64) -> f64, range: (f64, f64), breaks: &[f64], exact: f64, most: usize) {
        let found = line(f, range, breaks, &Tolerance::default()).unwrap();
        let wrong = (found.value - exact).abs();
        assert!(wrong <= found.error.max(4e-16 * exact.abs()), "{exact}: wrong by {wrong:e}, estimate {:e}", found.error);
        assert!(wrong <= 1e-12 * exact.abs().max(1.0), "{exact}: wrong by {wrong:e}");
        assert!(found.evaluations <= most, "{exact}: {} evaluations", found.evaluations);
    }

    #[test]
    fn closed_forms() {
        check(f64::exp, (0.0, 1.0), &[], std::f64::consts::E - 1.0, 21);
        check(f64::sin, (0.0, std::f64::consts::PI), &[], 2.0, 63);
        check(|x| 1.0 / (1.0 + 25.0 * x * x), (-1.0, 1.0), &[], 0.4 * 5.0_f64.atan(), 500);
        // Many oscillations, and halves that cancel to 0.
        check(|x| (200.0 * x).cos(), (0.0, 1.0), &[], 200.0_f64.sin() / 200.0, 5000);
        check(|x| x.powi(3) * (x * x).exp(), (-2.0, 2.0), &[], 0.0, 500);
        // Singular at an end.
        check(|x: f64| x.powf(-0.5), (0.0, 1.0), &[], 2.0, 10_000);
        check(f64::ln, (0.0, 1.0), &[], -1.0, 5000);
        // A bend and a jump that nobody named.
        check(|x| (x - 0.3).abs(), (0.0, 1.0), &[], 0.29, 2000);
        check(|x| if x < 1.0 / 3.0 { 1.0 } else { 0.0 }, (0.0, 1.0), &[], 1.0 / 3.0, 4000);
        // All peaks of width 1e-3 on a range of 1000.
        let peak = |x: f64| (-x * x / 2e-6).exp();
        check(peak, (-400.0, 600.0), &[-0.01, 0.01], 1e-3 * std::f64::consts::TAU.sqrt(), 2000);
    }

    #[test]
    fn numbers_of_any_size() {
        for scale in [1e-300, 1e-100, 1e100, 1e300] {
            let tolerance = Tolerance { absolute: 0.0, ..Tolerance::default() };
            let found = line(|x| scale * x.exp(), (0.0, 1.0), &[], &tolerance).unwrap();
            assert!((found.value / scale - 1.0_f64.exp_m1()).abs() < 1e-13, "{scale}");
        }
        assert_eq!(line(|_| 0.0, (0.0, 1.0), &[], &Tolerance::of(0.0)).unwrap().value, 0.0);
    }

    #[test]
    fn what_is_wrong_has_a_name() {
        let tolerance = Tolerance::default();
        let nan = line(|x| (x - 0.25).sqrt(), (0.0, 1.0), &[], &tolerance);
        let Err(TheoryError::Quadrature(QuadratureError::NotFinite { at, value })) = nan else { panic!("{nan:?}") };
        assert!(value.is_nan() && at[0] < 0.25);
        let diverges = line(|x| 1.0 / x, (0.0, 1.0), &[], &tolerance);
        assert!(matches!(diverges, Err(TheoryError::Quadrature(QuadratureError::NotConverged { .. }))), "{diverges:?}");
        let few = Tolerance { evaluations: 100, ..tolerance };
        let short = line(|x: f64| (1.0 / x).sin(), (0.0, 1.0), &[], &few);
        assert!(
            matches!(short, Err(TheoryError::Quadrature(QuadratureError::NotConverged { evaluations: 63..=100, .. }))),
            "{short:?}"
        );
        let range = line(|x| x, (0.0, f64::INFINITY), &[], &tolerance);
        assert!(matches!(range, Err(TheoryError::Quadrature(QuadratureError::Range { axis: 0, .. }))));
        let own = try_line(|_| Err(TheoryError::EmptySupport), (0.0, 1.0), &[], &tolerance);
        assert_eq!(own, Err(TheoryError::EmptySupport));
    }

    #[test]
    fn leaves_cover_the_range_and_add_up() {
        let (integral, leaves) = leaves(|x: f64| Ok((30.0 * x).cos()), (0.0, 3.0), &[1.0], &Tolerance::default()).unwrap();
        assert_eq!((leaves[0].0, leaves[leaves.len() - 1].1), (0.0, 3.0));
        assert!(leaves.windows(2).all(|w| w[0].1 == w[1].0));
        assert!((leaves.iter().map(|l| l.2).sum::<f64>() - integral.value).abs() < 1e-14);
    }
}
