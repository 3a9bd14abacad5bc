use gan_layers::spec::nearest;
use gan_layers::{Fields, LayerError};

use super::Points;
use crate::theory::sum::stable_sum;
use crate::theory::{DensityError, TheoryError};

/// How the width of the kernels of a [`super::KernelDensity`] is chosen, from `n` samples in `d` dimensions with standard
/// deviations `sigma_j`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// This standard deviation along every axis.
    Fixed(f64),
    /// On the line `0.9 min(sigma, IQR / 1.349) n^(-1/5)` (Silverman 1986, eq. 3.31), which does not blur two modes as badly as
    /// `sigma` alone; in the plane `sigma_j n^(-1/6)` (eq. 4.14).
    Silverman,
    /// `(4 / (d + 2))^(1 / (d + 4)) sigma_j n^(-1 / (d + 4))`: best for a Gaussian (Scott 1992, eq. 6.41). Too wide for modes that
    /// are far apart.
    Scott,
    /// `c sigma_j` with the `c` that makes the unbiased estimate of the integrated squared error smallest (Rudemo 1982, Bowman
    /// 1984): finds narrow modes that far-away others hide from the rules above. Takes `O(n^2)`.
    LeastSquaresCrossValidation,
}

/// The rules with a name in descriptions.
const RULES: &[(&str, Bandwidth)] = &[
    ("silverman", Bandwidth::Silverman),
    ("scott", Bandwidth::Scott),
    ("cross_validation", Bandwidth::LeastSquaresCrossValidation),
];

impl Bandwidth {
    /// Reads `bandwidth`: a number or a rule's name.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Bandwidth, LayerError> {
        let spec = match fields.number_or_spec("bandwidth")? {
            None => return Ok(Bandwidth::Silverman),
            Some(Ok(width)) if width > 0.0 => return Ok(Bandwidth::Fixed(width)),
            Some(Ok(width)) => return Err(fields.fault("bandwidth", "a number greater than 0", width)),
            Some(Err((spec, _))) => spec,
        };
        RULES.iter().find(|(name, _)| *name == spec.kind).map(|(_, rule)| *rule).ok_or_else(|| {
            let names = || RULES.iter().map(|(name, _)| *name);
            let meant = nearest(&spec.kind, names()).map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default();
            let expected = format!("a number or one of {}", names().collect::<Vec<_>>().join(", "));
            fields.fault("bandwidth", &expected, format!("`{}`{meant}", spec.kind))
        })
    }

    /// The standard deviation of the kernel along each axis.
    pub(super) fn widths(self, samples: &Points) -> Result<[f64; 2], TheoryError> {
        if let Bandwidth::Fixed(width) = self {
            let width = super::super::positive("kernel", "bandwidth", width)?;
            return Ok([width; 2]);
        }
        let n = samples.places.len() as f64;
        let dim = samples.dim as f64;
        if n < 2.0 {
            let expected = "at least 2 samples for a rule, or a bandwidth";
            return Err(DensityError::Samples { expected, found: format!("{n}") }.into());
        }
        let mut scales = [1.0; 2];
        for (axis, scale) in scales.iter_mut().enumerate().take(samples.dim) {
            *scale = samples.std(axis);
            if !(*scale > 0.0 && scale.is_finite()) {
                let expected = "samples that differ along every axis, or a bandwidth";
                return Err(DensityError::Samples {
                    expected,
                    found: format!("a standard deviation of {scale} along axis {axis}"),
                }
                .into());
            }
        }
        let reference = (4.0 / (dim + 2.0)).powf(1.0 / (dim + 4.0)) * n.powf(-1.0 / (dim + 4.0));
        let factor = match self {
            Bandwidth::Fixed(_) | Bandwidth::Scott => reference,
            Bandwidth::Silverman if samples.dim == 1 => {
                let robust = samples.interquartile_range() / 1.349 / scales[0];
                // Half of the samples equal: only the deviation is left.
                0.9 * n.powf(-0.2) * if robust > 0.0 { robust.min(1.0) } else { 1.0 }
            }
            Bandwidth::Silverman => n.powf(-1.0 / 6.0),
            Bandwidth::LeastSquaresCrossValidation => cross_validate(samples, scales, reference)?,
        };
        Ok(scales.map(|s| s * factor))
    }
}

/// Widths tried, in even steps of the logarithm, as multiples of the normal reference rule's.
const SCAN: i32 = 150;
const NARROWEST: f64 = 1e-6;
const WIDEST: f64 = 3.0;

fn cross_validate(samples: &Points, scales: [f64; 2], reference: f64) -> Result<f64, TheoryError> {
    let objective = |log_factor: f64| integrated_squared_error(samples, scales, log_factor.exp());
    let (low, high) = ((reference * NARROWEST).ln(), (reference * WIDEST).ln());
    let place = |i: i32| low + (high - low) * f64::from(i) / f64::from(SCAN);
    // The curve has several minima: the least of a scan, then what lies between its neighbours.
    let best = (0..=SCAN).map(|i| (objective(place(i)), i)).fold((f64::INFINITY, 0), |b, x| if x.0 < b.0 { x } else { b }).1;
    if best == 0 {
        // Repeated samples draw the estimate towards width 0, where it falls without end.
        let expected = "samples that do not repeat each other (as rounded ones do), or a bandwidth";
        return Err(DensityError::Samples { expected, found: "cross-validation that prefers a width of 0".to_owned() }.into());
    }
    Ok(golden_section(objective, place(best - 1), place(best + 1)).exp())
}

/// `integral of p^2 - 2 / n sum_i p_{-i}(x_i)`: an unbiased estimate of the integrated squared error, up to a constant.
fn integrated_squared_error(samples: &Points, scales: [f64; 2], factor: f64) -> f64 {
    let n = samples.places.len() as f64;
    let dim = samples.dim as f64;
    // Over pairs i < j: kernels of variance 2 h^2 for the square, of h^2 for the samples left out.
    let reach = 12.0 * factor;
    let rows = samples.places.iter().enumerate().map(|(i, a)| {
        let (mut convolved, mut left_out) = (0.0, 0.0);
        for b in &samples.places[i + 1..] {
            let along_x = (b[0] - a[0]) / scales[0];
            if along_x > reach {
                break;
            }
            let squared = along_x.powi(2) + ((b[1] - a[1]) / scales[1]).powi(2);
            let root = (-squared / (4.0 * factor * factor)).exp();
            convolved += root;
            left_out += root * root;
        }
        2.0 / (n * n) * 2.0_f64.powf(-dim / 2.0) * convolved - 4.0 / (n * (n - 1.0)) * left_out
    });
    let pairs = stable_sum(rows);
    let own = 2.0_f64.powf(-dim / 2.0) / n;
    (own + pairs) / factor.powf(dim)
}

fn golden_section(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..20 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - RATIO * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + RATIO * (high - low);
            at_right = f(right);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::super::KernelDensity;
    use super::*;
    use crate::theory::densities::Density;
    use crate::theory::quadrature::{Tolerance, line};

    /// Normal quantiles: samples without chance.
    fn quantiles(n: usize, mean: f64, std: f64) -> Vec<f64> {
        let uniform = |i: usize| (i as f64 + 0.5) / n as f64;
        let probit = |p: f64| {
            let (mut low, mut high) = (-9.0, 9.0);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if 0.5 * libm::erfc(-middle / 2.0_f64.sqrt()) < p { low = middle } else { high = middle }
            }
            low
        };
        (0..n).map(|i| mean + std * probit(uniform(i))).collect()
    }

    fn width(samples: &[f64], rule: Bandwidth) -> f64 {
        KernelDensity::new(samples, 1, rule).unwrap().bandwidth()[0]
    }

    #[test]
    fn rules_by_hand() {
        let samples = [1.0, 2.0, 4.0, 8.0, 16.0];
        let std = 37.2_f64.sqrt();
        assert!((width(&samples, Bandwidth::Scott) - 1.059_223_841 * std * 5.0_f64.powf(-0.2)).abs() < 1e-8);
        // Quartiles 2 and 8: IQR 6.
        assert!((width(&samples, Bandwidth::Silverman) - 0.9 * 6.0 / 1.349 * 5.0_f64.powf(-0.2)).abs() < 1e-12);
        let plane = KernelDensity::new(&[0.0, 0.0, 1.0, 10.0, 2.0, 20.0], 2, Bandwidth::Silverman).unwrap();
        let [x, y] = [plane.bandwidth()[0], plane.bandwidth()[1]];
        assert!((x - 3.0_f64.powf(-1.0 / 6.0)).abs() < 1e-12 && (y - 10.0 * x).abs() < 1e-11);
    }

    /// The closed form is what the definition gives: the integral of the estimate's square, and estimates that leave a sample out.
    #[test]
    fn the_cross_validated_error_is_the_definition() {
        let samples = [0.3, -1.0, 2.2, 0.9, 0.35, -0.2];
        let points = Points::new(&samples, 1).unwrap();
        let (scale, factor) = (points.std(0), 0.4);
        let fixed = Bandwidth::Fixed(scale * factor);
        let p = KernelDensity::new(&samples, 1, fixed).unwrap();
        let square = line(|x| p.density(&[x]).powi(2), p.support()[0], &[], &Tolerance::default()).unwrap().value;
        let left_out: f64 = (0..6)
            .map(|i| {
                let others: Vec<f64> = samples.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, x)| *x).collect();
                KernelDensity::new(&others, 1, fixed).unwrap().density(&[samples[i]])
            })
            .sum();
        // Ours is in units of the kernel's normaliser, 1 / (sqrt(2 pi) scale).
        let ours = integrated_squared_error(&points, [scale, 1.0], factor) / (std::f64::consts::TAU.sqrt() * scale);
        assert!((ours - (square - left_out / 3.0)).abs() < 1e-12, "{ours} {square} {left_out}");
    }

    #[test]
    fn cross_validation_sees_narrow_modes() {
        let one = quantiles(200, 0.0, 1.0);
        let scott = width(&one, Bandwidth::Scott);
        let found = width(&one, Bandwidth::LeastSquaresCrossValidation);
        assert!(found > 0.4 * scott && found < 1.6 * scott, "{found} {scott}");
        // Two modes 20 apart: each has half of the samples and the width of the one above, or nearly.
        let two: Vec<f64> = quantiles(200, -10.0, 1.0).into_iter().chain(quantiles(200, 10.0, 1.0)).collect();
        let narrow = width(&two, Bandwidth::LeastSquaresCrossValidation);
        assert!(narrow < 1.2 * found, "{narrow}");
        assert!(width(&two, Bandwidth::Scott) > 5.0 * narrow);
        // Modes that are narrower than their distance by orders of magnitude.
        let far: Vec<f64> = quantiles(100, -50.0, 1e-3).into_iter().chain(quantiles(100, 50.0, 1e-3)).collect();
        let narrow = width(&far, Bandwidth::LeastSquaresCrossValidation);
        assert!(narrow > 1e-4 && narrow < 1e-3, "{narrow}");
    }

    #[test]
    fn rules_need_samples_that_differ() {
        let fault = |samples: &[f64], rule| KernelDensity::new(samples, 1, rule).unwrap_err();
        for rule in [Bandwidth::Silverman, Bandwidth::Scott, Bandwidth::LeastSquaresCrossValidation] {
            assert!(matches!(fault(&[1.0], rule), TheoryError::Density(DensityError::Samples { .. })));
            assert!(matches!(fault(&[1.0, 1.0], rule), TheoryError::Density(DensityError::Samples { .. })));
        }
        let rounded: Vec<f64> = quantiles(400, 0.0, 1.0).iter().map(|x| (x * 2.0).round()).collect();
        assert!(matches!(
            fault(&rounded, Bandwidth::LeastSquaresCrossValidation),
            TheoryError::Density(DensityError::Samples { .. })
        ));
        assert!(matches!(fault(&[1.0], Bandwidth::Fixed(0.0)), TheoryError::Density(DensityError::Parameter { .. })));
    }
}
