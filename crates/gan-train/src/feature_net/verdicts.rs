//! What a net says of samples.

/// Probabilities and features of `n` samples, of each of whose parts a net has judged by itself.
///
/// With `c` parts of `k` classes each a sample's class is the number with these `c` digits, the first part's the highest: one of `k^c`, with
/// the product of the parts' probabilities.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Verdicts {
    pub(super) parts: usize,
    /// Classes of a part.
    pub(super) classes: usize,
    /// `[n, parts, classes]`.
    pub(super) probabilities: Vec<f32>,
    /// Values of a sample's features.
    pub(super) feature_len: usize,
    /// `[n, feature_len]`.
    pub(super) features: Vec<f32>,
}

impl Verdicts {
    /// Number of samples.
    pub fn n(&self) -> usize {
        self.probabilities.len() / (self.parts * self.classes).max(1)
    }

    /// Number of classes, `k^c`.
    pub fn classes(&self) -> usize {
        self.classes.pow(self.parts as u32)
    }

    /// The most probable class of each sample, and its probability.
    pub fn predictions(&self) -> (Vec<usize>, Vec<f32>) {
        let sample = |parts: &[f32]| {
            parts
                .chunks_exact(self.classes.max(1))
                .map(crate::reader::largest)
                .fold((0, 1.0f32), |(number, p), (digit, q)| (number * self.classes + digit, p * q))
        };
        // a product of probabilities does not exceed 1 but for rounding
        self.samples().map(sample).map(|(label, p)| (label, p.min(1.0))).unzip()
    }

    /// The probability of each class, `[n, k^c]`.
    pub fn probabilities(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.n() * self.classes());
        for sample in self.samples() {
            let mut joint = vec![1.0f32];
            for part in sample.chunks_exact(self.classes.max(1)) {
                joint = joint.iter().flat_map(|p| part.iter().map(move |q| p * q)).collect();
            }
            all.append(&mut joint);
        }
        all
    }

    /// The features, `[n, feature_len]`: of several parts one after the other.
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// Values of a sample's features.
    pub fn feature_len(&self) -> usize {
        self.feature_len
    }

    fn samples(&self) -> impl Iterator<Item = &[f32]> {
        self.probabilities.chunks_exact((self.parts * self.classes).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Verdicts;

    #[test]
    fn parts_are_the_digits_of_a_number() {
        let seen = Verdicts {
            parts: 2,
            classes: 3,
            probabilities: vec![0.1, 0.2, 0.7, 0.5, 0.4, 0.1, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            ..Verdicts::default()
        };
        assert_eq!((seen.n(), seen.classes()), (2, 9));
        assert_eq!(seen.predictions(), (vec![6, 5], vec![0.35, 1.0]));
        let joint = seen.probabilities();
        let expected = [0.05, 0.04, 0.01, 0.1, 0.08, 0.02, 0.35, 0.28, 0.07];
        assert!(joint[..9].iter().zip(expected).all(|(p, q)| (p - q).abs() < 1e-6), "{joint:?}");
        assert_eq!(joint[9..], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }
}
