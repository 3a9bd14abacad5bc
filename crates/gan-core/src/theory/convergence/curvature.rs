use crate::theory::{Distribution, TheoryError};

/// The curvature of the criterion at its optimum, along the simplex.
///
/// The Hessian of `C` at `p_g = p_data` is `diag(1 / (2 p_data))`, since `d^2/dp_g^2 = 1/p_g - 1/(p_data + p_g)`. A step stays on the
/// simplex, so that what counts is its restriction to vectors of sum 0 on the outcomes of the data. The eigenvalues of that
/// solve `sum_i 1 / (h_i - lambda) = 0` with `h_i = 1 / (2 p_i)`, and lie between neighbouring `h_i`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curvature {
    /// The least eigenvalue: the direction in which the criterion is flattest.
    pub least: f64,
    /// The largest.
    pub largest: f64,
}

impl Curvature {
    /// That of the criterion for these data; `None` where they have one outcome only and there is no direction to go.
    pub fn at_optimum(p_data: &Distribution) -> Option<Curvature> {
        let mut h: Vec<f64> = p_data.probabilities().iter().filter(|&&p| p > 0.0).map(|p| 0.5 / p).collect();
        h.sort_by(f64::total_cmp);
        let [first, second, ..] = h[..] else { return None };
        let [.., before, last] = h[..] else { return None };
        Some(Curvature { least: eigenvalue(&h, first, second), largest: eigenvalue(&h, before, last) })
    }

    /// By what factor the distance to the optimum shrinks in a step of gradient descent of size `step`, once it is small: the
    /// spectral radius `max |1 - step lambda|`. KL, C and JSD, being quadratic there, shrink by its square.
    pub fn contraction(&self, step: f64) -> f64 {
        (1.0 - step * self.least).abs().max((1.0 - step * self.largest).abs())
    }

    /// The step of the fastest contraction, `2 / (least + largest)`.
    pub fn best_step(&self) -> f64 {
        2.0 / (self.least + self.largest)
    }
}

/// The root between two neighbouring poles of the increasing function `sum_i 1 / (h_i - lambda)`, by bisection.
fn eigenvalue(h: &[f64], mut low: f64, mut high: f64) -> f64 {
    while {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            false
        } else {
            let value: f64 = h.iter().map(|h| 1.0 / (h - middle)).sum();
            if value > 0.0 {
                high = middle
            } else {
                low = middle
            }
            true
        }
    } {}
    low
}

/// Of data that the caller wants a step size for.
pub(super) fn of(p_data: &Distribution) -> Result<(f64, Option<Curvature>), TheoryError> {
    let least = p_data.probabilities().iter().copied().filter(|&p| p > 0.0).fold(f64::INFINITY, f64::min);
    Ok((least, Curvature::at_optimum(p_data)))
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;

    #[test]
    fn eigenvalues_are_those_of_the_restricted_hessian() {
        for n in 2..12 {
            let p = Distribution::from_weights(&(0..n).map(|i| 1.0 + f64::from(i * i % 7)).collect::<Vec<_>>()).unwrap();
            let n = p.outcomes();
            let onto = DMatrix::identity(n, n) - DMatrix::from_element(n, n, 1.0 / n as f64);
            let hessian = DMatrix::from_diagonal(&DVector::from_fn(n, |i, _| 0.5 / p.probabilities()[i]));
            let restricted = &onto * &hessian * &onto;
            let mut values: Vec<f64> = restricted.symmetric_eigenvalues().iter().copied().collect();
            values.sort_by(f64::total_cmp);
            let curvature = Curvature::at_optimum(&p).unwrap();
            // the first is the 0 of the constants
            assert!((curvature.least - values[1]).abs() < 1e-11, "{n}: {curvature:?} {values:?}");
            assert!((curvature.largest - values[n - 1]).abs() < 1e-11, "{n}: {curvature:?} {values:?}");
        }
    }

    #[test]
    fn simple_cases() {
        let even = Curvature::at_optimum(&Distribution::uniform(5).unwrap()).unwrap();
        assert_eq!((even.least, even.largest), (2.5, 2.5));
        assert_eq!(even.contraction(even.best_step()), 0.0);
        // two outcomes: 1/4 (1/p + 1/q)
        let two = Curvature::at_optimum(&Distribution::from_weights(&[1.0, 3.0, 0.0]).unwrap()).unwrap();
        assert!((two.least - (4.0 + 4.0 / 3.0) / 4.0).abs() < 1e-14 && two.least == two.largest);
        assert_eq!(Curvature::at_optimum(&Distribution::point_mass(3, 1).unwrap()), None);
    }
}
