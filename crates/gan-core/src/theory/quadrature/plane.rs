use super::adaptive::{Piece, cuts, refine, sharpened};
use super::line::narrowest;
use super::rule::{GAUSS_10_KRONROD_21, Rule};
use super::{Integral, Sides, Tolerance};
use crate::theory::{QuadratureError, TheoryError};

const RULE: Rule = GAUSS_10_KRONROD_21;
const POINTS: usize = RULE.points();

/// A rectangle, and the axis along which the rules disagree more.
#[derive(Debug, Clone, Copy)]
struct Rectangle {
    x: (f64, f64),
    y: (f64, f64),
    worse_along_x: bool,
}

/// The integral of `f(x, y)` over the rectangle `ranges`, cut at `breaks` along both axes first: products of Gauss-Kronrod
/// rules with 10 and 21 nodes along each axis, and the worst rectangle is halved along the axis on which they disagree more.
///
/// `parts` are rectangles about the narrow parts of `f`, of any number: what is larger than a part that it meets is halved
/// before anything is evaluated.
///
/// For an `f` that is smooth between the breaks. One that jumps or bends along a slanting curve takes [`super::iterated()`].
///
/// # Errors
/// Those of [`super::line()`].
///
/// ```
/// use gan_core::theory::quadrature::{Tolerance, plane};
///
/// let narrow = |x: f64, y: f64| (-(x * x + (y - 3.0).powi(2)) / 2e-4).exp();
/// let peak = [(-0.09, 0.09), (2.91, 3.09)];
/// let found = plane(narrow, [(-9.0, 9.0); 2], [&[], &[]], &[peak], &Tolerance::of(1e-10))?;
/// assert!((found.value - std::f64::consts::TAU * 1e-4).abs() < 1e-10);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn plane(
    mut f: impl FnMut(f64, f64) -> f64,
    ranges: Sides,
    breaks: [&[f64]; 2],
    parts: &[Sides],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    try_plane(|x, y| Ok(f(x, y)), ranges, breaks, parts, tolerance)
}

/// [`plane()`] for an integrand that can fail.
///
/// # Errors
/// The first fault of `f`, or those of [`plane()`].
pub fn try_plane(
    mut f: impl FnMut(f64, f64) -> Result<f64, TheoryError>,
    ranges: Sides,
    breaks: [&[f64]; 2],
    parts: &[Sides],
    tolerance: &Tolerance,
) -> Result<Integral, TheoryError> {
    let (columns, rows) = (cuts(0, ranges[0], breaks[0])?, cuts(1, ranges[1], breaks[1])?);
    let cost = POINTS * POINTS;
    let most = tolerance.evaluations / cost;
    let too_many =
        |rectangles| TheoryError::Quadrature(QuadratureError::Breaks { rectangles, evaluations: tolerance.evaluations });
    let cells = (columns.len() - 1).saturating_mul(rows.len() - 1);
    if cells > most {
        return Err(too_many(cells));
    }
    let mut rectangles = Vec::with_capacity(cells);
    for x in columns.windows(2) {
        for y in rows.windows(2) {
            let whole = Rectangle { x: (x[0], x[1]), y: (y[0], y[1]), worse_along_x: true };
            cut_to_parts(whole, parts.to_vec(), &mut rectangles, most);
        }
    }
    if rectangles.len() > most {
        return Err(too_many(rectangles.len()));
    }
    let mut measure = |region| measure(region, &mut f);
    let first = rectangles.into_iter().map(&mut measure).collect::<Result<Vec<_>, _>>()?;
    Ok(refine(first, cost, tolerance, halves, measure)?.0)
}

/// Halves a rectangle until it is no larger than any of the parts that it meets.
fn cut_to_parts(whole: Rectangle, mut parts: Vec<Sides>, out: &mut Vec<Rectangle>, most: usize) {
    let meets = |(low, high): (f64, f64), side: (f64, f64)| low < side.1 && side.0 < high;
    parts.retain(|part| meets(whole.x, part[0]) && meets(whole.y, part[1]));
    let width = |(low, high): (f64, f64)| high - low;
    let excess = |of: fn(&Sides) -> (f64, f64), side| parts.iter().map(|p| width(side) / width(of(p))).fold(0.0, f64::max);
    let (along_x, along_y) = (excess(|p| p[0], whole.x), excess(|p| p[1], whole.y));
    let larger = Rectangle { worse_along_x: along_x >= along_y, ..whole };
    match halves(&larger) {
        // The count is checked by the caller; here it only ends the work.
        Some((left, right)) if along_x.max(along_y) > 1.0 && out.len() <= most => {
            cut_to_parts(left, parts.clone(), out, most);
            cut_to_parts(right, parts, out, most);
        }
        _ => out.push(whole),
    }
}

fn halves(r: &Rectangle) -> Option<(Rectangle, Rectangle)> {
    let (low, high) = if r.worse_along_x { r.x } else { r.y };
    let middle = low + (high - low) / 2.0;
    let with = |side| if r.worse_along_x { Rectangle { x: side, ..*r } } else { Rectangle { y: side, ..*r } };
    (high - low > narrowest(low, high) && low < middle && middle < high).then(|| (with((low, middle)), with((middle, high))))
}

fn measure(
    mut region: Rectangle,
    f: &mut impl FnMut(f64, f64) -> Result<f64, TheoryError>,
) -> Result<Piece<Rectangle>, TheoryError> {
    let middle = |(low, high): (f64, f64)| (low + (high - low) / 2.0, (high - low) / 2.0);
    let ((cx, hx), (cy, hy)) = (middle(region.x), middle(region.y));
    let mut values = [(0.0, 0.0); POINTS * POINTS];
    // Kronrod along both axes; Gauss along x only; Gauss along y only.
    let (mut both, mut gauss_x, mut gauss_y, mut magnitude) = (0.0, 0.0, 0.0, 0.0);
    for (row, (nx, kx, gx)) in values.chunks_exact_mut(POINTS).zip(RULE.iter()) {
        let x = cx + hx * nx;
        let (mut along_y, mut coarse_y) = (0.0, 0.0);
        for (slot, (ny, ky, gy)) in row.iter_mut().zip(RULE.iter()) {
            let y = cy + hy * ny;
            let value = f(x, y)?;
            if !value.is_finite() {
                return Err(QuadratureError::NotFinite { at: vec![x, y], value }.into());
            }
            *slot = (kx * ky, value);
            along_y += ky * value;
            coarse_y += gy * value;
            magnitude += kx * ky * value.abs();
        }
        both += kx * along_y;
        gauss_x += gx * along_y;
        gauss_y += kx * coarse_y;
    }
    let area = hx * hy;
    let mean = both / 4.0;
    let spread: f64 = values.iter().map(|(w, v)| w * (v - mean).abs()).sum();
    let (wrong_x, wrong_y) = ((both - gauss_x).abs(), (both - gauss_y).abs());
    region.worse_along_x = if wrong_x == wrong_y { hx >= hy } else { wrong_x > wrong_y };
    let magnitude = area * magnitude;
    let error = sharpened(area * (wrong_x + wrong_y), area * spread, magnitude);
    Ok(Piece { region, value: area * both, magnitude, error })
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn check(f: impl FnMut(f64, f64) -> f64, ranges: Sides, exact: f64, tolerance: f64, most: usize) {
        let found = plane(f, ranges, [&[], &[]], &[], &Tolerance::of(tolerance)).unwrap();
        let wrong = (found.value - exact).abs();
        assert!(wrong <= tolerance * exact.abs().max(1.0), "{exact}: wrong by {wrong:e}, estimate {:e}", found.error);
        assert!(wrong <= found.error.max(4e-15), "{exact}: wrong by {wrong:e}, estimate {:e}", found.error);
        assert!(found.evaluations <= most, "{exact}: {} evaluations", found.evaluations);
    }

    #[test]
    fn closed_forms() {
        check(|x, y| x * x * y, [(0.0, 3.0), (1.0, 2.0)], 13.5, 1e-13, 441);
        check(|x, y| (x + y).exp(), [(0.0, 1.0), (0.0, 2.0)], 1.0_f64.exp_m1() * 2.0_f64.exp_m1(), 1e-13, 1000);
        check(|x, y| (x * y).cos(), [(-1.0, 1.0), (-2.0, 2.0)], 4.0 * 1.605_412_976_802_695, 1e-12, 3000);
        // A ridge along the diagonal: sigma 1 along it, 0.05 across.
        let ridge = |x: f64, y: f64| (-(x + y).powi(2) / 4.0 - (x - y).powi(2) / 0.01).exp();
        check(ridge, [(-9.0, 9.0); 2], TAU * 0.05, 1e-10, 600_000);
    }

    #[test]
    fn what_is_wrong_has_a_name() {
        let square = [(0.0, 1.0); 2];
        let hole = plane(|x, y| 1.0 / (x + y - 1.0), square, [&[], &[]], &[], &Tolerance::default());
        assert!(
            matches!(&hole, Err(TheoryError::Quadrature(QuadratureError::NotFinite { at, .. })) if at[0] + at[1] == 1.0),
            "{hole:?}"
        );
        let tight = Tolerance { evaluations: 20_000, ..Tolerance::default() };
        let jump = plane(|x, y| if x * x + y * y < 1.0 { 1.0 } else { 0.0 }, square, [&[], &[]], &[], &tight);
        assert!(matches!(jump, Err(TheoryError::Quadrature(QuadratureError::NotConverged { .. }))), "{jump:?}");
        let breaks: Vec<f64> = (1..100).map(|i| f64::from(i) / 100.0).collect();
        let many = plane(|x, _| x, square, [&breaks, &breaks], &[], &tight);
        assert_eq!(many, Err(TheoryError::Quadrature(QuadratureError::Breaks { rectangles: 10_000, evaluations: 20_000 })));
        let flat = plane(|x, _| x, [(0.0, 1.0), (1.0, 1.0)], [&[], &[]], &[], &tight);
        assert!(matches!(flat, Err(TheoryError::Quadrature(QuadratureError::Range { axis: 1, .. }))));
        let dust: Vec<Sides> = (0..100).map(|i| [(f64::from(i) / 100.0, f64::from(i) / 100.0 + 1e-9); 2]).collect();
        let many = plane(|x, _| x, square, [&[], &[]], &dust, &tight);
        assert!(matches!(many, Err(TheoryError::Quadrature(QuadratureError::Breaks { .. }))), "{many:?}");
        // A part without width cannot be matched: it is cut as far as numbers go, and no further.
        let point = plane(|x, _| x, square, [&[], &[]], &[[(0.3, 0.3); 2]], &Tolerance::default());
        assert!((point.unwrap().value - 0.5).abs() < 1e-14);
    }

    /// Forty peaks a thousandth of the range wide, none of which the rule would see by itself.
    #[test]
    fn peaks_are_found_by_their_parts() {
        let centre = |i: u32| ((f64::from(i) * 0.618_033_988_7).fract(), (f64::from(i) * 0.754_877_666_2).fract());
        let sigma = 2e-4;
        let f = |x: f64, y: f64| {
            let peak = |(a, b): (f64, f64)| (-((x - a).powi(2) + (y - b).powi(2)) / (2.0 * sigma * sigma)).exp();
            (0..40).map(centre).map(peak).sum()
        };
        let about = |x: f64| (x - 9.0 * sigma, x + 9.0 * sigma);
        let parts: Vec<Sides> = (0..40).map(centre).map(|(a, b)| [about(a), about(b)]).collect();
        let exact = 40.0 * TAU * sigma * sigma;
        let tolerance = Tolerance { absolute: 1e-9 * exact, ..Tolerance::default() };
        let found = plane(f, [(-0.1, 1.1); 2], [&[], &[]], &parts, &tolerance).unwrap();
        assert!((found.value / exact - 1.0).abs() < 1e-9, "{found:?}");
        assert!(found.evaluations < 40 * 25_000, "{}", found.evaluations);
    }
}
