use std::f64::consts::LN_2;

use super::{Pair, pointwise};
use crate::theory::TheoryError;
use crate::theory::quadrature::{Integral, Tolerance};

impl Pair<'_> {
    /// `KL(p_data || p_g) = integral of p_data log(p_data / p_g)`, at least 0; `+inf` where the data have density and the generator
    /// has none. The other direction is that of [`Pair::swapped`].
    ///
    /// Integrated as `p_data log(p_data / p_g) - p_data + p_g`, which has the same integral and is never negative, so that nothing
    /// cancels where the two are close.
    ///
    /// # Errors
    /// A fault of a density or of the quadrature.
    pub fn kullback_leibler(&self) -> Result<Integral, TheoryError> {
        self.integrate(pointwise::relative_entropy)
    }

    /// The Jensen-Shannon divergence (Goodfellow et al. 2014, Eq. 6), in `[0, log 2]`.
    ///
    /// # Errors
    /// A fault of a density or of the quadrature.
    pub fn jensen_shannon(&self) -> Result<Integral, TheoryError> {
        let found = self.integrate(pointwise::jensen_shannon)?;
        Ok(Integral { value: found.value.min(LN_2), ..found })
    }

    /// The total variation distance, half of the integral of `|p_data - p_g|`, in `[0, 1]`.
    ///
    /// The integrand bends where the densities cross; these places are found and cut at. In the plane that is done on every line,
    /// which takes longer than the other distances: there the tolerance is a thousand times that of the pair.
    ///
    /// # Errors
    /// A fault of a density or of the quadrature.
    pub fn total_variation(&self) -> Result<Integral, TheoryError> {
        let difference = |x: &[f64]| self.logarithms(x).map(|(data, g)| (data.exp() - g.exp()).abs());
        let slack = if self.dim() == 1 { 1.0 } else { 1e3 };
        let Tolerance { absolute, relative, evaluations } = self.tolerance;
        let evaluations = evaluations.saturating_mul(4);
        let tolerance = Tolerance { absolute: slack * absolute, relative: slack * relative, evaluations };
        let found = self.region.integrate_with_bends(&tolerance, difference, |x| self.optimal_logit(x))?;
        Ok(Integral { value: (0.5 * found.value).min(1.0), error: 0.5 * found.error, ..found })
    }

    /// The Hellinger distance, `H^2` half of the integral of `(sqrt p_data - sqrt p_g)^2`, in `[0, 1]`.
    ///
    /// # Errors
    /// A fault of a density or of the quadrature.
    pub fn hellinger(&self) -> Result<Integral, TheoryError> {
        let squared = self.integrate(pointwise::squared_root_difference)?.scaled(0.5, 0.0);
        let value = squared.value.max(0.0).sqrt().min(1.0);
        // d sqrt(s) = ds / (2 sqrt s), but at most sqrt(ds) near 0.
        let error = if value > 0.0 { (0.5 * squared.error / value).min(squared.error.sqrt()) } else { squared.error.sqrt() };
        Ok(Integral { value, error, ..squared })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::theory::densities::{Density, Gaussian, KernelDensity, Laplace, Mixture, Uniform, parse};

    fn gaussian(mean: f64, std: f64) -> Gaussian {
        Gaussian::new(mean, std).unwrap()
    }

    fn kl_of_gaussians(m: f64, s: f64, n: f64, t: f64) -> f64 {
        (t / s).ln() + (s * s + (m - n).powi(2)) / (2.0 * t * t) - 0.5
    }

    #[test]
    fn gaussians_on_the_line() {
        for (m, s, n, t) in
            [(0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 0.0, 3.0), (-2.0, 0.1, 5.0, 2.0), (0.0, 1.0, 10.0, 0.1), (0.0, 1.0, 1e-6, 1.0)]
        {
            let (p, q) = (gaussian(m, s), gaussian(n, t));
            let pair = Pair::new(&p, &q).unwrap();
            let exact = kl_of_gaussians(m, s, n, t);
            let found = pair.kullback_leibler().unwrap().value;
            assert!((found - exact).abs() < 1e-10 * exact.max(1.0), "{m} {s} {n} {t}: {found} {exact}");
            let affinity = (2.0 * s * t / (s * s + t * t)).sqrt() * (-(m - n).powi(2) / (4.0 * (s * s + t * t))).exp();
            let h = pair.hellinger().unwrap();
            assert!((h.value.powi(2) - (1.0 - affinity)).abs() < 1e-10, "{m} {s} {n} {t}: {h:?}");
            if s == t {
                let exact = libm::erf((m - n).abs() / (2.0 * 2.0_f64.sqrt() * s));
                assert!((pair.total_variation().unwrap().value - exact).abs() < 1e-12, "{m} {n}");
            }
        }
    }

    /// Where the distances are small their squares keep their digits: `KL = d^2 / 2`, `JSD = d^2 / 8`.
    #[test]
    fn close_densities() {
        for d in [1e-3, 1e-5] {
            let (p, q) = (gaussian(0.0, 1.0), gaussian(d, 1.0));
            let tight = Tolerance { absolute: 0.0, ..Default::default() };
            let pair = Pair::new(&p, &q).unwrap().with_tolerance(tight);
            let kl = pair.kullback_leibler().unwrap().value;
            assert!((kl / (d * d / 2.0) - 1.0).abs() < 1e-9, "{d}: {kl}");
            let jsd = pair.jensen_shannon().unwrap().value;
            assert!((jsd / (d * d / 8.0) - 1.0).abs() < d * d + 1e-9, "{d}: {jsd}");
        }
    }

    #[test]
    fn gaussians_in_the_plane() {
        let p = Gaussian::with_covariance([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]).unwrap();
        let q = Gaussian::with_covariance([1.0, -1.0], [[2.0, 0.6], [0.6, 0.5]]).unwrap();
        let pair = Pair::new(&p, &q).unwrap();
        // (trace(S^-1) + d' S^-1 d - 2 + log det S) / 2
        let det: f64 = 2.0 * 0.5 - 0.36;
        let exact = 0.5 * (2.5 / det + (0.5 + 2.0 + 2.0 * 0.6) / det - 2.0 + det.ln());
        assert!((pair.kullback_leibler().unwrap().value - exact).abs() < 1e-9);
        // Equal covariances: as on the line, along the direction of the means.
        let q = Gaussian::with_covariance([1.2, -0.9], [[1.0, 0.0], [0.0, 1.0]]).unwrap();
        let pair = Pair::new(&p, &q).unwrap();
        let variation = pair.total_variation().unwrap();
        assert!((variation.value - libm::erf(1.5 / (2.0 * 2.0_f64.sqrt()))).abs() < 1e-9, "{variation:?}");
        assert!((pair.hellinger().unwrap().value.powi(2) - (1.0 - (-2.25_f64 / 8.0).exp())).abs() < 1e-9);
    }

    #[test]
    fn uniforms_by_hand() {
        let p = Uniform::interval(0.0, 1.0).unwrap();
        for m in [0.0, 0.3, 1.0, 7.0_f64] {
            let q = Uniform::interval(m, m + 1.0).unwrap();
            let pair = Pair::new(&p, &q).unwrap();
            let apart = m.min(1.0);
            assert!((pair.jensen_shannon().unwrap().value - apart * LN_2).abs() < 1e-12, "{m}");
            assert!((pair.total_variation().unwrap().value - apart).abs() < 1e-12, "{m}");
            assert!((pair.hellinger().unwrap().value - apart.sqrt()).abs() < 1e-12, "{m}");
            let kl = pair.kullback_leibler().unwrap().value;
            assert_eq!(kl, if m > 0.0 { f64::INFINITY } else { 0.0 });
        }
        // Nested: KL is the logarithm of the ratio of the widths.
        let wide = Uniform::interval(-1.0, 3.0).unwrap();
        let pair = Pair::new(&p, &wide).unwrap();
        assert!((pair.kullback_leibler().unwrap().value - 4.0_f64.ln()).abs() < 1e-12);
        assert_eq!(pair.swapped().kullback_leibler().unwrap().value, f64::INFINITY);
    }

    #[test]
    fn laplace_against_itself_moved() {
        let (p, q) = (Laplace::new(0.0, 1.0).unwrap(), Laplace::new(2.0, 1.0).unwrap());
        let pair = Pair::new(&p, &q).unwrap();
        // KL = e^-d - 1 + d; TV = 1 - e^(-d / 2).
        assert!((pair.kullback_leibler().unwrap().value - ((-2.0_f64).exp() + 1.0)).abs() < 1e-10);
        assert!((pair.total_variation().unwrap().value - (1.0 - (-1.0_f64).exp())).abs() < 1e-10);
    }

    #[test]
    fn where_the_densities_cross_at_the_end_of_a_piece() {
        // The crossing at m / 2 wanders through every place of the pieces.
        let p = gaussian(0.0, 1.0);
        for i in 0..200 {
            let m = 0.9 + 0.001 * f64::from(i);
            let q = gaussian(m, 1.0);
            let found = Pair::new(&p, &q).unwrap().total_variation().unwrap().value;
            assert!((found - libm::erf(m / (2.0 * 2.0_f64.sqrt()))).abs() < 1e-12, "{m}");
        }
    }

    #[test]
    fn estimates_of_samples() {
        let samples: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.618_033_988_749_894_9).fract() * 4.0 - 2.0).collect();
        let p = KernelDensity::new(&samples, 1, crate::theory::densities::Bandwidth::Silverman).unwrap();
        let q = Uniform::interval(-2.0, 2.0).unwrap();
        let pair = Pair::new(&p, &q).unwrap();
        assert_eq!(pair.kullback_leibler().unwrap().value, f64::INFINITY);
        let jsd = pair.jensen_shannon().unwrap().value;
        assert!(jsd > 1e-4 && jsd < 0.1, "{jsd}");
    }

    /// Mixtures on the line, of all shapes.
    fn density() -> impl Strategy<Value = Box<dyn Density>> {
        let part = (0..3_usize, -5.0..5.0_f64, 0.02..3.0_f64, 0.05..1.0_f64);
        prop::collection::vec(part, 1..4).prop_map(|parts| {
            let component = |(kind, mean, width, weight): (usize, f64, f64, f64)| {
                let density: Box<dyn Density> = match kind {
                    0 => Box::new(gaussian(mean, width)),
                    1 => Box::new(Uniform::interval(mean, mean + width).unwrap()),
                    _ => Box::new(Laplace::new(mean, width).unwrap()),
                };
                (weight, density)
            };
            Box::new(Mixture::new(parts.into_iter().map(component).collect()).unwrap()) as Box<dyn Density>
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(2014), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn inequalities_and_identities(p in density(), q in density()) {
            let pair = Pair::new(&p, &q).unwrap();
            let jsd = pair.jensen_shannon().unwrap().value;
            let variation = pair.total_variation().unwrap().value;
            let h = pair.hellinger().unwrap().value;
            let kl = pair.kullback_leibler().unwrap().value;
            const T: f64 = 1e-8;
            prop_assert!((jsd - pair.swapped().jensen_shannon().unwrap().value).abs() < T);
            prop_assert!((variation - pair.swapped().total_variation().unwrap().value).abs() < T);
            prop_assert!(variation * variation / 2.0 <= jsd + T && jsd <= variation * LN_2 + T);
            prop_assert!(h * h <= variation + T && variation <= h * (2.0 - h * h).sqrt() + T);
            prop_assert!(kl + T >= 2.0 * variation * variation);
            let c = pair.criterion().unwrap().value;
            prop_assert!((c - (2.0 * jsd - crate::theory::LOG_4)).abs() < T);
        }
    }

    #[test]
    fn different_kinds_in_the_plane() {
        let (p, q) = (parse("ring(std=.1)").unwrap(), parse("uniform(low=[-1.5, -1.5], high=[1.5, 1.5])").unwrap());
        let pair = Pair::new(&p, &q).unwrap().with_tolerance(Tolerance::of(1e-7));
        let (jsd, variation) = (pair.jensen_shannon().unwrap().value, pair.total_variation().unwrap().value);
        assert!(variation * variation / 2.0 <= jsd && jsd <= variation * LN_2);
    }
}
