//! Global contrast normalisation: samples that differ in brightness and contrast only become the same.

use crate::dataset::check_read;
use crate::{Dataset, DatasetError, Provenance};

/// Norms below this are not divided by: such a sample has no contrast, and becomes 0. As in pylearn2.
const LEAST_NORM: f64 = 1e-8;

/// The samples of a set, each on its own moved to mean 0 and scaled to one length,
/// `y = norm (x - mean(x)) / max(|x - mean(x)|, 1e-8)` with the mean and the Euclidean norm over all values of the sample.
///
/// It is what pylearn2 calls `global_contrast_normalize` with `scale = norm`, which Goodfellow et al. 2014 apply to CIFAR-10 with
/// norm 55. As sqrt(3072) = 55.4, values then have a standard deviation of nearly 1.
pub struct Normalised {
    data: Box<dyn Dataset>,
    norm: f32,
}

impl Normalised {
    /// The norm of Goodfellow et al. 2014.
    pub const NORM: f32 = 55.0;

    /// Normalises the samples of `data` to length `norm`.
    ///
    /// # Errors
    /// [`DatasetError::Parameter`] if the norm is not positive and finite, or samples have fewer than two values.
    ///
    /// ```
    /// use gan_datasets::{Dataset, Normalised, OpenOptions, open};
    ///
    /// let digits = Normalised::new(open("digits", &OpenOptions::default())?, 55.0)?;
    /// let mut x = vec![0.0; digits.sample_len()];
    /// digits.read(3, &mut x)?;
    /// let (sum, squares) = x.iter().fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
    /// assert!(sum.abs() < 1e-3 && (squares.sqrt() - 55.0).abs() < 1e-3);
    /// # Ok::<(), gan_datasets::DatasetError>(())
    /// ```
    pub fn new(data: Box<dyn Dataset>, norm: f32) -> Result<Normalised, DatasetError> {
        let fault = |message| Err(DatasetError::Parameter { name: data.provenance().name.clone(), message });
        if !(norm > 0.0 && norm.is_finite()) {
            return fault(format!("expected a norm positive and finite, found {norm}"));
        }
        if data.sample_len() < 2 {
            return fault(format!("samples of shape {:?} have no contrast to normalise", data.sample_shape()));
        }
        Ok(Normalised { data, norm })
    }
}

/// The sum of `f(x)` over all values, in eight parts that do not wait for each other.
fn sum(values: &[f32], f: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut parts = [0.0; 8];
    for chunk in chunks {
        parts.iter_mut().zip(chunk).for_each(|(part, x)| *part += f(f64::from(*x)));
    }
    parts.iter().sum::<f64>() + rest.iter().map(|x| f(f64::from(*x))).sum::<f64>()
}

impl Dataset for Normalised {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.data.sample_shape()
    }

    fn provenance(&self) -> &Provenance {
        self.data.provenance()
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        self.data.read(i, out)?;
        let mean = sum(out, |x| x) / out.len() as f64;
        let norm = sum(out, |x| (x - mean).powi(2)).sqrt();
        let scale = f64::from(self.norm) / norm.max(LEAST_NORM);
        let (low, high) = self.range();
        for x in out {
            *x = (((f64::from(*x) - mean) * scale) as f32).clamp(low, high);
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        self.data.classes()
    }

    fn label(&self, i: usize) -> Option<u32> {
        self.data.label(i)
    }

    fn caption(&self, i: usize) -> Option<&str> {
        self.data.caption(i)
    }

    /// What no value exceeds: `norm sqrt(1 - 1 / n)` for n values, reached where one differs from all others.
    fn range(&self) -> (f32, f32) {
        let bound = self.norm * (1.0 - 1.0 / self.sample_len() as f32).sqrt();
        (-bound, bound)
    }

    /// Three standard deviations: `3 norm / sqrt(n)` on both sides of 0.
    fn shown(&self) -> (f32, f32) {
        let (_, bound) = self.range();
        let shown = bound.min(3.0 * self.norm / (self.sample_len() as f32).sqrt());
        (-shown, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageSet, OpenOptions, Split, open};

    fn set(pixels: Vec<u8>) -> Normalised {
        let provenance = Provenance::new("tiny", "here", "none", Split::All, 0);
        let data = ImageSet::new([2, 2, 1], pixels.clone(), vec![0; pixels.len() / 4], 1, provenance).unwrap();
        Normalised::new(Box::new(data), 10.0).unwrap()
    }

    fn read(set: &dyn Dataset, i: usize) -> Vec<f32> {
        let mut x = vec![f32::NAN; set.sample_len()];
        set.read(i, &mut x).unwrap();
        x
    }

    #[test]
    fn brightness_and_contrast_make_no_difference() {
        // x - mean = (-3, -1, 1, 3) u, of norm sqrt(20) u
        let set = set(vec![0, 2, 4, 6, 100, 120, 140, 160]);
        for i in 0..2 {
            for (y, x) in read(&set, i).iter().zip([-3.0f32, -1.0, 1.0, 3.0]) {
                assert!((y - 10.0 * x / 20.0f32.sqrt()).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn no_contrast_is_zero_and_one_other_pixel_is_the_end_of_the_range() {
        let set = set(vec![7, 7, 7, 7, 0, 0, 0, 255, 255, 255, 0, 255]);
        assert!(read(&set, 0).iter().all(|x| x.abs() < 1e-4));
        let (low, high) = set.range();
        assert!((read(&set, 1)[3] - high).abs() < 1e-5 && (read(&set, 2)[2] - low).abs() < 1e-5);
        assert!((high - 10.0 * 0.75f32.sqrt()).abs() < 1e-5);
    }

    #[test]
    fn a_margin_is_part_of_the_picture_and_labels_stay() {
        let options = OpenOptions { pad: 2, gcn: true, ..Default::default() };
        let (plain, set) = (open("digits", &OpenOptions::default()).unwrap(), open("digits", &options).unwrap());
        assert_eq!((set.sample_shape(), set.classes()), (&[32, 32, 1][..], Some(10)));
        for i in [0, 77] {
            let x = read(&*set, i);
            assert!(x.iter().sum::<f32>().abs() < 1e-2 && (x.iter().map(|x| x * x).sum::<f32>().sqrt() - 55.0).abs() < 1e-3);
            assert_eq!(x[0], x[32 * 32 - 1]);
            assert_eq!(set.label(i), plain.label(i));
        }
        let deviation = 55.0 / 32.0;
        assert!((set.shown().0 + 3.0 * deviation).abs() < 1e-5 && (set.shown().1 - 3.0 * deviation).abs() < 1e-5);
    }

    #[test]
    fn what_has_no_contrast_is_refused() {
        let message = open("gaussian", &OpenOptions { gcn: true, ..Default::default() }).err().unwrap().to_string();
        assert!(message.contains("`gaussian`: samples of shape [1] have no contrast"), "{message}");
        for norm in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(Normalised::new(open("digits", &OpenOptions::default()).unwrap(), norm).is_err());
        }
    }
}
