use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{Integral, Tolerance};
use crate::theory::sum::stable_sum;
use crate::theory::{QuadratureError, TheoryError};

/// A piece of the range with its share of the integral.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<R> {
    /// Where it lies.
    pub region: R,
    /// The integral over it.
    pub value: f64,
    /// The integral of `|f|` over it.
    pub magnitude: f64,
    /// Estimate of the error of `value`.
    pub error: f64,
}

impl<R> PartialEq for Piece<R> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<R> Eq for Piece<R> {}
impl<R> PartialOrd for Piece<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<R> Ord for Piece<R> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.error.total_cmp(&other.error)
    }
}

/// The error of a piece from the difference of its two rules, as QUADPACK judges it: the difference is the error of the
/// coarser rule, and the finer one gains the power 3/2 once the difference is small against the `spread` of `f` (the
/// integral of `|f - mean|`).
pub(super) fn sharpened(difference: f64, spread: f64, magnitude: f64) -> f64 {
    let difference = difference.abs();
    let error = if spread > 0.0 { spread * (200.0 * difference / spread).powf(1.5).min(1.0) } else { difference };
    error.max(10.0 * f64::EPSILON * magnitude)
}

/// Halves the worst of `pieces` until all of them together are good enough.
///
/// `measure` integrates over a region with `cost` evaluations; `halve` cuts one in two, or gives `None` where no number lies
/// in between any more.
pub(super) fn refine<R: Copy>(
    pieces: Vec<Piece<R>>,
    cost: usize,
    tolerance: &Tolerance,
    halve: impl Fn(&R) -> Option<(R, R)>,
    mut measure: impl FnMut(R) -> Result<Piece<R>, TheoryError>,
) -> Result<(Integral, Vec<Piece<R>>), TheoryError> {
    let mut evaluations = pieces.len() * cost;
    let mut heap = BinaryHeap::from(pieces);
    // Too narrow to be cut again; what is wrong with them stays.
    let mut finished = Vec::new();
    let total = |of: fn(&Piece<R>) -> f64, heap: &BinaryHeap<Piece<R>>, finished: &[Piece<R>]| {
        stable_sum(heap.iter().chain(finished).map(of))
    };
    let mut error = total(|p| p.error, &heap, &finished);
    let mut magnitude = total(|p| p.magnitude, &heap, &finished);
    loop {
        if error <= tolerance.allowed(magnitude) {
            // The running sums carry the rounding of every step: the last word is a fresh sum.
            error = total(|p| p.error, &heap, &finished);
            magnitude = total(|p| p.magnitude, &heap, &finished);
            if error <= tolerance.allowed(magnitude) {
                let value = total(|p| p.value, &heap, &finished);
                finished.extend(heap);
                return Ok((Integral { value, error, evaluations }, finished));
            }
        }
        let worst = heap.pop().filter(|_| evaluations + 2 * cost <= tolerance.evaluations);
        let Some(worst) = worst else {
            let value = total(|p| p.value, &heap, &finished);
            return Err(QuadratureError::NotConverged { value, error, allowed: tolerance.allowed(magnitude), evaluations }.into());
        };
        let Some((left, right)) = halve(&worst.region) else {
            finished.push(worst);
            continue;
        };
        let (left, right) = (measure(left)?, measure(right)?);
        evaluations += 2 * cost;
        error += left.error + right.error - worst.error;
        magnitude += left.magnitude + right.magnitude - worst.magnitude;
        heap.push(left);
        heap.push(right);
    }
}

/// The ends of a range and the breaks that lie inside of it, ascending, without near repetitions.
pub(super) fn cuts(axis: usize, (low, high): (f64, f64), breaks: &[f64]) -> Result<Vec<f64>, TheoryError> {
    let width = high - low;
    if !(width > 0.0 && width.is_finite() && low.is_finite()) {
        return Err(QuadratureError::Range { axis, low, high }.into());
    }
    // Slivers cost evaluations and gain nothing.
    let near = 1e-12 * width;
    let mut inside: Vec<f64> = breaks.iter().copied().filter(|b| b - low > near && high - b > near).collect();
    inside.sort_by(f64::total_cmp);
    let mut cuts = vec![low];
    for place in inside {
        if cuts.last().is_none_or(|last| place - last > near) {
            cuts.push(place);
        }
    }
    cuts.push(high);
    Ok(cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_put_in_order_and_repetitions_dropped() {
        let breaks = [3.0, 1.0, f64::NAN, 1.0 + 1e-15, 0.0, 9.0, 10.0, -5.0, f64::INFINITY];
        assert_eq!(cuts(0, (0.0, 10.0), &breaks), Ok(vec![0.0, 1.0, 3.0, 9.0, 10.0]));
    }

    #[test]
    fn ranges_must_have_a_length() {
        for range in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-f64::MAX, f64::MAX)] {
            assert!(
                matches!(cuts(1, range, &[]), Err(TheoryError::Quadrature(QuadratureError::Range { axis: 1, .. }))),
                "{range:?}"
            );
        }
    }
}
