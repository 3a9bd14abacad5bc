use nalgebra::Complex;

/// The eigenvalues of the relativistic Dirac-GAN with R1 (or R2), `-gamma / 2 +- sqrt(gamma^2 / 4 - f'(0)^2)`, those of its Jacobian
/// `[[0, f'(0)], [-f'(0), -gamma]]` (Huang et al. 2024, Appendix B; Mescheder et al. 2018, Lemma 4.1).
///
/// For the logistic `f`, `slope = f'(0) = 1/2`.
///
/// ```
/// use gan_core::theory::dynamics::{relativistic_roots, relativistic_roots_as_printed};
///
/// let [root, _] = relativistic_roots(0.3, 0.5);
/// assert!((root.im - 0.4769696).abs() < 1e-6);
/// let [printed, _] = relativistic_roots_as_printed(0.3, 0.5);
/// assert!((printed.im - 0.6910137).abs() < 1e-6);
/// ```
pub fn relativistic_roots(gamma: f64, slope: f64) -> [Complex<f64>; 2] {
    roots(gamma, slope * slope)
}

/// The same as Lemma B.4 of Huang et al. 2024 prints them, `-gamma / 2 +- sqrt(gamma^2 / 4 - f'(0))`, without the square.
///
/// A slip of the print: the paper's own Jacobian has the eigenvalues of [`relativistic_roots`]. Both agree only where `f'(0)` is 0 or 1.
/// What the lemma is for, that every gamma above 0 converges, holds either way.
pub fn relativistic_roots_as_printed(gamma: f64, slope: f64) -> [Complex<f64>; 2] {
    roots(gamma, slope)
}

fn roots(gamma: f64, minus: f64) -> [Complex<f64>; 2] {
    let root = Complex::new(0.25 * gamma * gamma - minus, 0.0).sqrt();
    let middle = Complex::new(-0.5 * gamma, 0.0);
    [middle + root, middle - root]
}
