use std::cmp::Ordering;

use super::adaptive::cuts;
use crate::theory::TheoryError;

/// Places between two cuts at which a function is looked at.
const SAMPLES: u32 = 16;

/// Where `f` changes its sign (or becomes or stops being 0) over the interval `range`: the places at which `|f|` bends, or a
/// function defined by cases of `f` jumps. They are found between samples, 16 in each piece between `cuts`, and then to rounding;
/// two changes between neighbouring samples are missed.
///
/// To be given to [`super::line()`] as breaks.
///
/// # Errors
/// [`QuadratureError::Range`](crate::theory::QuadratureError::Range).
///
/// ```
/// use gan_core::theory::quadrature::{Tolerance, line, sign_changes};
///
/// let breaks = sign_changes(|x: f64| x.cos(), (0.0, 10.0), &[])?;
/// assert_eq!(breaks.len(), 3);
/// let found = line(|x| x.cos().abs(), (0.0, 10.0), &breaks, &Tolerance::default())?;
/// assert!((found.value - (6.0 - 10.0_f64.sin())).abs() < 1e-13);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn sign_changes(mut f: impl FnMut(f64) -> f64, range: (f64, f64), cuts: &[f64]) -> Result<Vec<f64>, TheoryError> {
    try_sign_changes(|x| Ok(f(x)), range, cuts)
}

/// [`sign_changes`] of a function that can fail.
///
/// # Errors
/// The first fault of `f`, or those of [`sign_changes`].
pub fn try_sign_changes(
    mut f: impl FnMut(f64) -> Result<f64, TheoryError>,
    range: (f64, f64),
    breaks: &[f64],
) -> Result<Vec<f64>, TheoryError> {
    let mut sign = |x: f64| Ok::<_, TheoryError>(f(x)?.partial_cmp(&0.0));
    let mut changes = Vec::new();
    for piece in cuts(0, range, breaks)?.windows(2) {
        let (low, width) = (piece[0], piece[1] - piece[0]);
        // Within the piece: at a cut the function may jump, which is no news.
        let place = |i: u32| low + width * (f64::from(i) + 0.5) / f64::from(SAMPLES);
        let first = (place(0), sign(place(0))?);
        let mut left = first;
        for i in 1..SAMPLES {
            let right = (place(i), sign(place(i))?);
            if left.1 != right.1 {
                changes.push(narrow_down(&mut sign, left, right.0)?);
            }
            left = right;
        }
        changes.extend(edge_change(&mut sign, first, low, width)?);
        changes.extend(edge_change(&mut sign, left, piece[1], width)?);
    }
    Ok(changes)
}

type Sign = Option<Ordering>;

/// The change between the outermost sample and the end of its piece, if there is one.
fn edge_change(
    sign: &mut impl FnMut(f64) -> Result<Sign, TheoryError>,
    sample: (f64, Sign),
    end: f64,
    width: f64,
) -> Result<Option<f64>, TheoryError> {
    let beside = if end < sample.0 { end + 1e-9 * width } else { end - 1e-9 * width };
    if sign(beside)? == sample.1 { Ok(None) } else { narrow_down(sign, sample, beside).map(Some) }
}

/// Bisects until the two signs are neighbours.
fn narrow_down(
    sign: &mut impl FnMut(f64) -> Result<Sign, TheoryError>,
    (mut near, known): (f64, Sign),
    mut far: f64,
) -> Result<f64, TheoryError> {
    loop {
        let middle = f64::midpoint(near, far);
        if middle == near || middle == far || (far - near).abs() <= 2.0 * f64::EPSILON * middle.abs() {
            return Ok(middle);
        }
        if sign(middle)? == known { near = middle } else { far = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_edges_to_rounding() {
        let roots = sign_changes(|x| x * x - 2.0, (-3.0, 3.0), &[]).unwrap();
        assert!(roots.len() == 2 && roots.iter().all(|x| (x.abs() - 2.0_f64.sqrt()).abs() < 1e-15), "{roots:?}");
        // Close to the ends of a piece, where no node of a rule lies.
        for root in [1e-6, 1e-3, 0.999, 0.999_999] {
            let found = sign_changes(|x| x - root, (0.0, 1.0), &[]).unwrap();
            assert!(found.len() == 1 && (found[0] - root).abs() < 1e-15, "{root}: {found:?}");
        }
        // What is 0 over a stretch has two edges.
        let plateau = sign_changes(|x| (x.abs() - 1.0).max(0.0), (-3.0, 3.1), &[]).unwrap();
        assert!(plateau.len() == 2 && plateau.iter().all(|x| (x.abs() - 1.0).abs() < 1e-15), "{plateau:?}");
        // A jump at a known cut is no news.
        assert_eq!(sign_changes(|x| if x < 1.0 { -1.0 } else { 1.0 }, (0.0, 2.0), &[1.0]), Ok(vec![]));
        // The root at 0 has no relative precision.
        assert!(sign_changes(|x| x, (-1.0, 1.3), &[]).unwrap()[0].abs() < 1e-15);
    }
}
