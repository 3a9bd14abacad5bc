use crate::{MetricError, Predictions};

/// The share of each class in the data: a distribution over classes, checked once.
///
/// ```
/// use gan_metrics::ClassShares;
///
/// // Two independent digits, each 1 with probability .9: the classes 00, 01, 10, 11.
/// let digit = ClassShares::new(vec![0.1, 0.9])?;
/// let stacked = ClassShares::of_independent(&[&digit, &digit]);
/// assert!((stacked.shares()[3] - 0.81).abs() < 1e-12);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassShares {
    shares: Vec<f64>,
    measurement: f64,
}

impl ClassShares {
    /// Known shares, `[classes]`; they sum to 1 within 1e-6 and are divided by their sum.
    ///
    /// # Errors
    /// [`MetricError::Empty`], or [`MetricError::InvalidOption`] for a share below 0 or another sum.
    pub fn new(mut shares: Vec<f64>) -> Result<Self, MetricError> {
        if shares.is_empty() {
            return Err(MetricError::Empty { what: "class shares" });
        }
        if let Some(&found) = shares.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(MetricError::InvalidOption { option: "class shares", expected: "shares in [0, 1]", found });
        }
        let found: f64 = shares.iter().sum();
        if (found - 1.0).abs() > 1e-6 {
            return Err(MetricError::InvalidOption { option: "class shares", expected: "a sum of 1", found });
        }
        shares.iter_mut().for_each(|p| *p /= found);
        Ok(Self { shares, measurement: 0.0 })
    }

    /// Equally frequent classes.
    ///
    /// # Errors
    /// [`MetricError::Empty`] for no classes.
    pub fn uniform(classes: usize) -> Result<Self, MetricError> {
        Self::new(vec![1.0 / classes as f64; classes])
    }

    /// The shares that a classifier finds in real samples.
    pub fn measured(real: &Predictions<'_>) -> Self {
        let measurement = (real.classes() - 1) as f64 / (2 * real.n()) as f64;
        Self { shares: real.shares(), measurement }
    }

    /// The shares of tuples of independent labels, the last one counting fastest: class `(a, b)` is `a * classes_b + b`. With
    /// three digits, the 1000 classes of Stacked-MNIST.
    pub fn of_independent(parts: &[&Self]) -> Self {
        let shares = parts
            .iter()
            .fold(vec![1.0], |product, part| product.iter().flat_map(|a| part.shares.iter().map(move |b| a * b)).collect());
        Self { shares, measurement: parts.iter().map(|part| part.measurement).sum() }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.shares.len()
    }

    /// Share of each class, `[classes]`.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Expected KL divergence, in nats, of the true shares from these: `(classes - 1) / 2m` where they were measured on `m`
    /// samples (Miller and Madow), 0 where they are known.
    pub fn measurement(&self) -> f64 {
        self.measurement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(ClassShares::new(vec![]), Err(MetricError::Empty { what: "class shares" }));
        assert_eq!(ClassShares::uniform(0), Err(MetricError::Empty { what: "class shares" }));
        for wrong in [vec![0.5, 0.4], vec![1.5, -0.5], vec![f64::NAN, 1.0]] {
            assert!(matches!(ClassShares::new(wrong), Err(MetricError::InvalidOption { option: "class shares", .. })));
        }
    }

    #[test]
    fn measured_and_stacked() {
        let real = Predictions::new(&[0, 1, 1, 1], &[1.0; 4], 3).unwrap();
        let found = ClassShares::measured(&real);
        assert_eq!((found.shares(), found.measurement()), (&[0.25, 0.75, 0.0][..], 0.25));
        let even = ClassShares::uniform(2).unwrap();
        let both = ClassShares::of_independent(&[&found, &even]);
        assert_eq!((both.classes(), both.shares()[2], both.measurement()), (6, 0.375, 0.25));
    }
}
