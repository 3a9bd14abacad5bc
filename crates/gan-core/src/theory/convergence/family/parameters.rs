use super::Family;
use crate::theory::convergence::{check_positive, slopes};
use crate::theory::{ConvergenceError, Distribution, LOG_4, TheoryError, jensen_shannon};

/// A step must lower the criterion by at least this share of what its slope promises (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Halvings after which a step is given up.
const HALVINGS: usize = 100;

/// How to descend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The size of the first step; later ones start at twice the size of the step before.
    pub step: f64,
    /// Largest slope `|dC / dparameters|` at which it ends.
    pub tolerance: f64,
    /// Steps after which it ends in any case.
    pub iterations: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { step: 1.0, tolerance: 1e-8, iterations: 5_000 }
    }
}

/// Where the descent stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// `C`, by eq. 6.
    pub criterion: f64,
    /// `|dC / dparameters|`.
    pub slope: f64,
}

/// How it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The start and every step.
    pub history: Vec<Moment>,
    /// The moment at the end.
    pub end: Moment,
    /// `p_g` at the end.
    pub p_g: Distribution,
    /// Whether the slope fell to the tolerance: a stationary point.
    pub stationary: bool,
}

/// Gradient descent of the criterion in the parameters of a family, with the optimal D at every step.
///
/// `dC/dparameter = sum_i dp_i/dparameter log(1 - D*_i)`: by the envelope theorem D's own change does not count. Each step is
/// halved until it lowers `C` by at least 1e-4 of what the slope promises.
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`ConvergenceError::NotPositive`], or a fault of the family at `start`.
pub fn descend(family: &dyn Family, p_data: &Distribution, start: &[f64], options: &Options) -> Result<Report, TheoryError> {
    check_positive("step", options.step)?;
    check_positive("tolerance", options.tolerance)?;
    let mut step = options.step;
    let mut p_g = family.distribution(start)?;
    let (mut end, mut gradient) = look(family, p_data, &p_g, start)?;
    let mut history = vec![end.clone()];
    for _ in 0..options.iterations {
        if end.slope <= options.tolerance {
            break;
        }
        let now = jensen_shannon(p_data, &p_g)?;
        let mut next = None;
        for _ in 0..HALVINGS {
            let moved: Vec<f64> = end.parameters.iter().zip(&gradient).map(|(x, g)| x - step * g).collect();
            // A step may leave what the family allows; a shorter one will not.
            if let Ok(candidate) = family.distribution(&moved)
                && 2.0 * (jensen_shannon(p_data, &candidate)? - now) <= -SUFFICIENT * step * end.slope.powi(2)
            {
                next = Some((moved, candidate));
                break;
            }
            step *= 0.5;
        }
        let Some((moved, candidate)) = next else { break };
        p_g = candidate;
        (end, gradient) = look(family, p_data, &p_g, &moved)?;
        history.push(end.clone());
        step *= 2.0;
    }
    let stationary = end.slope <= options.tolerance;
    Ok(Report { history, end, p_g, stationary })
}

/// The moment at these parameters, and the gradient.
fn look(
    family: &dyn Family,
    p_data: &Distribution,
    p_g: &Distribution,
    parameters: &[f64],
) -> Result<(Moment, Vec<f64>), TheoryError> {
    let slopes = slopes(p_data, p_g)?;
    let jacobian = family.jacobian(parameters)?;
    let gradient: Vec<f64> = jacobian.column_iter().map(|column| column.iter().zip(&slopes).map(|(d, s)| d * s).sum()).collect();
    let slope = gradient.iter().fold(0.0, |norm: f64, g| norm.hypot(*g));
    let criterion = 2.0 * jensen_shannon(p_data, p_g)? - LOG_4;
    Ok((Moment { parameters: parameters.to_vec(), criterion, slope }, gradient))
}

/// The criterion of a family along one parameter, the others as in `at`: pairs of parameter and `C`, at `points` places from
/// `range.0` to `range.1`.
///
/// # Errors
/// [`ConvergenceError::Parameters`] where `parameter` is none of the family, or a fault of the family.
pub fn landscape(
    family: &dyn Family,
    p_data: &Distribution,
    at: &[f64],
    parameter: usize,
    range: (f64, f64),
    points: usize,
) -> Result<Vec<(f64, f64)>, TheoryError> {
    let mut parameters = at.to_vec();
    let mut values = Vec::with_capacity(points);
    for i in 0..points {
        let x = range.0 + (range.1 - range.0) * i as f64 / points.max(2).saturating_sub(1) as f64;
        match parameters.get_mut(parameter) {
            Some(slot) => *slot = x,
            None => return Err(ConvergenceError::Parameters { expected: parameter + 1, found: parameters }.into()),
        }
        let p_g = family.distribution(&parameters)?;
        values.push((x, 2.0 * jensen_shannon(p_data, &p_g)? - LOG_4));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::super::{Bumps, MeanAndWidth, MovableMean};
    use super::*;
    use crate::theory::TransportError;
    use crate::theory::criterion;

    fn grid() -> Vec<f64> {
        (0..61).map(|i| f64::from(i) * 0.2 - 6.0).collect()
    }

    fn families() -> Vec<(Box<dyn Family>, Vec<f64>)> {
        let grid = grid();
        vec![
            (Box::new(MovableMean::new(&grid, 0.7).unwrap()), vec![-1.3]),
            (Box::new(MeanAndWidth::new(&grid).unwrap()), vec![0.4, -0.2]),
            (Box::new(Bumps::new(&grid, &[-2.0, 0.0, 2.5], 0.8).unwrap()), vec![0.3, -1.0, 0.1]),
        ]
    }

    fn data() -> Distribution {
        Distribution::from_weights(&grid().iter().map(|x| (-x * x / 8.0).exp() + 0.01).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn jacobians_and_gradients_agree_with_differences() {
        const H: f64 = 1e-4;
        for (family, at) in families() {
            let jacobian = family.jacobian(&at).unwrap();
            assert_eq!(jacobian.shape(), (61, family.parameters().len()), "{family:?}");
            let (_, gradient) = look(&*family, &data(), &family.distribution(&at).unwrap(), &at).unwrap();
            for k in 0..at.len() {
                let moved = |d: f64| {
                    let mut x = at.clone();
                    x[k] += d;
                    family.distribution(&x).unwrap()
                };
                let difference = (moved(H).probabilities() - moved(-H).probabilities()) / (2.0 * H);
                assert!((difference - jacobian.column(k)).amax() < 1e-8, "{family:?} {k}");
                let c = |d: f64| criterion(&data(), &moved(d)).unwrap();
                assert!(((c(H) - c(-H)) / (2.0 * H) - gradient[k]).abs() < 1e-7, "{family:?} {k}");
            }
        }
    }

    #[test]
    fn what_the_family_holds_is_found_from_nearby() {
        let family = MeanAndWidth::new(&grid()).unwrap();
        let p_data = family.distribution(&[1.0, 0.3]).unwrap();
        let report = descend(&family, &p_data, &[0.0, 0.0], &Options::default()).unwrap();
        assert!(report.stationary && (report.end.criterion + LOG_4).abs() < 1e-12, "{:?}", report.end);
        assert!((report.end.parameters[0] - 1.0).abs() < 1e-6 && (report.end.parameters[1] - 0.3).abs() < 1e-6);
        assert!(report.history.windows(2).all(|m| m[1].criterion <= m[0].criterion));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (family, at) in families() {
            let parameters = |x: &[f64]| family.distribution(x).unwrap_err();
            assert!(matches!(parameters(&[]), TheoryError::Convergence(ConvergenceError::Parameters { .. })));
            assert!(matches!(
                parameters(&vec![f64::NAN; at.len()]),
                TheoryError::Convergence(ConvergenceError::Parameters { .. })
            ));
            assert!(family.jacobian(&[]).is_err());
            let (p, none) = (data(), Options { step: 0.0, ..Options::default() });
            assert!(matches!(
                descend(&*family, &p, &at, &none),
                Err(TheoryError::Convergence(ConvergenceError::NotPositive { name: "step", .. }))
            ));
            assert!(descend(&*family, &p, &[], &Options::default()).is_err());
            assert!(landscape(&*family, &p, &at, at.len(), (0.0, 1.0), 3).is_err());
            assert!(landscape(&*family, &p, &at, 0, (0.0, 1.0), 0).unwrap().is_empty());
            assert!(matches!(
                descend(&*family, &Distribution::uniform(2).unwrap(), &at, &Options::default()),
                Err(TheoryError::SupportMismatch { .. })
            ));
        }
        assert!(matches!(MovableMean::new(&[], 1.0), Err(TheoryError::EmptySupport)));
        assert!(matches!(
            MovableMean::new(&[0.0, f64::NAN], 1.0),
            Err(TheoryError::Transport(TransportError::PositionNotFinite { index: 1, .. }))
        ));
        assert!(matches!(
            MovableMean::new(&[0.0], -1.0),
            Err(TheoryError::Convergence(ConvergenceError::NotPositive { name: "width", .. }))
        ));
        assert!(matches!(Bumps::new(&[0.0], &[], 1.0), Err(TheoryError::EmptySupport)));
        assert!(matches!(
            MeanAndWidth::new(&[0.0]).unwrap().distribution(&[0.0, 1e9]),
            Err(TheoryError::Convergence(ConvergenceError::NotPositive { .. }))
        ));
    }
}
