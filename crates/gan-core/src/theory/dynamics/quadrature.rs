use nalgebra::DMatrix;

use crate::theory::{DynamicsError, TheoryError};

/// Most nodes of a rule.
const LIMIT: usize = 256;

/// Nodes and weights `(x_i, w_i)` of Gauss and Hermite for the standard normal density: `E f(n) = sum_i w_i f(x_i)`, exactly for
/// polynomials of degree below `2 nodes`.
///
/// They are the eigenvalues of the Jacobi matrix of the recurrence `He_{k+1} = x He_k - k He_{k-1}`, and the squared first components of
/// its eigenvectors (Golub and Welsch 1969).
///
/// # Errors
/// [`DynamicsError::Nodes`] for no node, or more than 256.
///
/// ```
/// use gan_core::theory::dynamics::gauss_hermite;
///
/// let kurtosis: f64 = gauss_hermite(3)?.iter().map(|(x, w)| w * x.powi(4)).sum();
/// assert!((kurtosis - 3.0).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn gauss_hermite(nodes: usize) -> Result<Vec<(f64, f64)>, TheoryError> {
    golub_welsch(nodes, |k| (k as f64).sqrt())
}

/// Nodes and weights of Gauss and Legendre for the uniform density on `[0, 1]`.
///
/// # Errors
/// [`DynamicsError::Nodes`] for no node, or more than 256.
pub fn gauss_legendre(nodes: usize) -> Result<Vec<(f64, f64)>, TheoryError> {
    let on_both_sides = golub_welsch(nodes, |k| k as f64 / (4.0 * (k * k) as f64 - 1.0).sqrt())?;
    Ok(on_both_sides.into_iter().map(|(x, w)| (0.5 * (x + 1.0), w)).collect())
}

/// The rule of a symmetric density with the recurrence coefficients `beta(k)`, from the least node to the greatest.
fn golub_welsch(nodes: usize, beta: impl Fn(usize) -> f64) -> Result<Vec<(f64, f64)>, TheoryError> {
    if nodes == 0 || nodes > LIMIT {
        return Err(DynamicsError::Nodes { found: nodes, limit: LIMIT }.into());
    }
    let jacobi = DMatrix::from_fn(nodes, nodes, |i, j| if i.abs_diff(j) == 1 { beta(i.max(j)) } else { 0.0 });
    let found = jacobi.symmetric_eigen();
    let mut rule: Vec<(f64, f64)> =
        found.eigenvalues.iter().enumerate().map(|(i, &x)| (x, found.eigenvectors[(0, i)].powi(2))).collect();
    rule.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The density is even: what the eigenvalue problem breaks of that is rounding.
    let mirrored: Vec<_> = rule.iter().rev().copied().collect();
    let even = rule.iter().zip(mirrored).map(|(a, b)| (0.5 * (a.0 - b.0), 0.5 * (a.1 + b.1)));
    Ok(even.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_density() {
        for nodes in [1, 2, 5, 16, 32] {
            let rule = gauss_hermite(nodes).unwrap();
            let mut expected = 1.0;
            for degree in (0..2 * nodes.min(8)).step_by(2) {
                let moment: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                assert!((moment / expected - 1.0).abs() < 1e-12, "{nodes} nodes, degree {degree}: {moment} {expected}");
                expected *= (degree + 1) as f64;
            }
        }
    }

    #[test]
    fn a_smooth_expectation_in_closed_form() {
        // E cos n = e^{-1/2}
        let found: f64 = gauss_hermite(20).unwrap().iter().map(|(x, w)| w * x.cos()).sum();
        assert!((found - (-0.5_f64).exp()).abs() < 1e-14);
    }

    #[test]
    fn moments_of_the_uniform_density() {
        let rule = gauss_legendre(6).unwrap();
        for degree in 0..12 {
            let moment: f64 = rule.iter().map(|(x, w)| w * x.powi(degree)).sum();
            assert!((moment * f64::from(degree + 1) - 1.0).abs() < 1e-13, "{degree}");
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        assert_eq!(gauss_hermite(0), Err(TheoryError::Dynamics(DynamicsError::Nodes { found: 0, limit: LIMIT })));
        assert_eq!(gauss_legendre(1000), Err(TheoryError::Dynamics(DynamicsError::Nodes { found: 1000, limit: LIMIT })));
    }
}
