use super::Pair;
use crate::theory::densities::log_density_at;
use crate::theory::quadrature::{Integral, Tolerance, leaves, try_line, try_sign_changes};
use crate::theory::{DensityError, TheoryError};

impl Pair<'_> {
    /// The Wasserstein distance `W_1(p_data, p_g)` on the line, in units of `x`:
    ///
    /// the integral of `|F_data(x) - F_g(x)|` over their distribution functions (Vallender 1974).
    ///
    /// It keeps a slope where the supports are disjoint and the Jensen-Shannon divergence is flat.
    ///
    /// # Errors
    /// [`DensityError::OneDimensional`] in the plane, or a fault of a density or of the quadrature.
    ///
    /// ```
    /// use gan_core::theory::continuous::Pair;
    /// use gan_core::theory::densities::Uniform;
    ///
    /// let (p, q) = (Uniform::interval(0.0, 1.0)?, Uniform::interval(7.0, 8.0)?);
    /// assert!((Pair::new(&p, &q)?.wasserstein_1()?.value - 7.0).abs() < 1e-10);
    /// # Ok::<(), gan_core::theory::TheoryError>(())
    /// ```
    pub fn wasserstein_1(&self) -> Result<Integral, TheoryError> {
        let Some((range, breaks)) = self.region.interval() else {
            let instead = "solve the transport between the cells of a table";
            return Err(DensityError::OneDimensional {
                what: "wasserstein_1 by distribution functions",
                found: self.dim(),
                instead,
            }
            .into());
        };
        let difference = |x: f64| Ok(log_density_at(self.p_data, &[x])?.exp() - log_density_at(self.p_g, &[x])?.exp());
        // The difference of the distribution functions, known at the ends of the pieces and integrated within them.
        let tight = Tolerance { absolute: self.tolerance.absolute / (range.1 - range.0).max(1.0), ..self.tolerance };
        let (first, pieces) = leaves(difference, range, breaks, &tight)?;
        let mut below = 0.0;
        let ends: Vec<(f64, f64)> = pieces
            .iter()
            .map(|(low, _, value)| {
                let at_low = (*low, below);
                below += value;
                at_low
            })
            .collect();
        let mut evaluations = first.evaluations;
        let mut lag = |x: f64| {
            let piece = ends.partition_point(|(low, _)| *low < x).saturating_sub(1);
            match ends.get(piece) {
                Some((low, below)) if x > *low => {
                    let rest = try_line(difference, (*low, x), &[], &tight)?;
                    evaluations += rest.evaluations;
                    Ok(below + rest.value)
                }
                _ => Ok(0.0),
            }
        };
        let mut cuts = try_sign_changes(&mut lag, range, breaks)?;
        cuts.extend(breaks);
        let found = try_line(|x| lag(x).map(f64::abs), range, &cuts, &self.tolerance)?;
        Ok(Integral { error: found.error + first.error * (range.1 - range.0), evaluations, ..found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::densities::{Density, Gaussian, Laplace, Mixture, Uniform, ring};

    fn distance(p: &dyn Density, q: &dyn Density) -> f64 {
        Pair::new(p, q).unwrap().wasserstein_1().unwrap().value
    }

    #[test]
    fn closed_forms() {
        let gaussian = |m, s| Gaussian::new(m, s).unwrap();
        for m in [0.0, 1e-3, 0.7, 40.0] {
            assert!((distance(&gaussian(0.0, 1.0), &gaussian(m, 1.0)) - m).abs() < 1e-9, "{m}");
        }
        // Equal means: |s - t| E|Z|. Different ones: E|m + (s - t) Z|.
        let mean_of_modulus = (2.0 / std::f64::consts::PI).sqrt();
        assert!((distance(&gaussian(1.0, 3.0), &gaussian(1.0, 0.5)) - 2.5 * mean_of_modulus).abs() < 1e-9);
        let (m, s) = (0.8, 1.5_f64);
        let folded = s * mean_of_modulus * (-m * m / (2.0 * s * s)).exp() + m * libm::erf(m / (s * 2.0_f64.sqrt()));
        assert!((distance(&gaussian(0.0, 1.0), &gaussian(m, 1.0 + s)) - folded).abs() < 1e-9);
        let (p, q) = (Uniform::interval(0.0, 1.0).unwrap(), Uniform::interval(0.0, 3.0).unwrap());
        assert!((distance(&p, &q) - 1.0).abs() < 1e-11);
        // Laplace against a wider one: (b - 1) E|X|.
        let (p, q) = (Laplace::new(0.0, 1.0).unwrap(), Laplace::new(0.0, 2.5).unwrap());
        assert!((distance(&p, &q) - 1.5).abs() < 1e-9);
    }

    #[test]
    fn mass_that_has_to_cross_a_gap() {
        let narrow = |m: f64| Box::new(Gaussian::new(m, 1e-3).unwrap()) as Box<dyn Density>;
        let p = Mixture::new(vec![(0.75, narrow(0.0)), (0.25, narrow(100.0))]).unwrap();
        let q = Mixture::new(vec![(0.5, narrow(0.0)), (0.5, narrow(100.0))]).unwrap();
        assert!((distance(&p, &q) - 25.0).abs() < 1e-8);
        assert!(distance(&p, &p).abs() < 1e-10);
    }

    #[test]
    fn not_in_the_plane() {
        let p = ring(8, 1.0, 0.1).unwrap();
        let fault = Pair::new(&p, &p).unwrap().wasserstein_1();
        assert!(matches!(fault, Err(TheoryError::Density(DensityError::OneDimensional { found: 2, .. }))));
    }
}
