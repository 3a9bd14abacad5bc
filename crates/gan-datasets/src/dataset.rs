//! What a data set is: samples of one shape, read one at a time by index.

use crate::{DatasetError, Split};

/// Samples `x_i` of one shape, each a pure function of its index.
///
/// Four methods are enough for a set of one's own; the others have defaults that say "not known".
///
/// ```
/// use gan_datasets::{Dataset, DatasetError, Provenance, Split};
///
/// /// The points of the unit circle at n equal angles.
/// struct Circle(Provenance);
///
/// impl Dataset for Circle {
///     fn len(&self) -> usize {
///         self.0.count
///     }
///     fn sample_shape(&self) -> &[usize] {
///         &[2]
///     }
///     fn provenance(&self) -> &Provenance {
///         &self.0
///     }
///     fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
///         let angle = std::f32::consts::TAU * i as f32 / self.len() as f32;
///         out.copy_from_slice(&[angle.cos(), angle.sin()]);
///         Ok(())
///     }
/// }
///
/// let circle = Circle(Provenance::new("circle", "made here", "CC0-1.0", Split::Train, 4));
/// let mut x = [0.0; 2];
/// circle.read(0, &mut x)?;
/// assert_eq!(x, [1.0, 0.0]);
/// # Ok::<(), DatasetError>(())
/// ```
pub trait Dataset: Send + Sync {
    /// The number of samples.
    fn len(&self) -> usize;

    /// The shape of one sample: `[height, width, channels]` for images, `[dim]` for points.
    fn sample_shape(&self) -> &[usize];

    /// Where the set comes from, under which licence, and which part of it this is.
    fn provenance(&self) -> &Provenance;

    /// Writes sample `i` (`i < len()`) to `out`, which has [`sample_len`](Self::sample_len) elements, in the set's own
    /// [`range`](Self::range). The same `i` gives the same sample every time, whichever thread asks.
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError>;

    /// Whether the set has no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values in one sample: the product of [`sample_shape`](Self::sample_shape).
    fn sample_len(&self) -> usize {
        self.sample_shape().iter().product()
    }

    /// The number of classes, if the samples are labelled.
    fn classes(&self) -> Option<usize> {
        None
    }

    /// The class of sample `i`, less than [`classes`](Self::classes). A set with classes has a label for every sample.
    fn label(&self, _i: usize) -> Option<u32> {
        None
    }

    /// The share of each class, where it is known better than a count of labels says.
    fn class_shares(&self) -> Option<Vec<f64>> {
        None
    }

    /// What sample `i` shows, in words, if that is known.
    fn caption(&self, _i: usize) -> Option<&str> {
        None
    }

    /// The interval that the values lie in, `[0, 1]` for images. For densities of unbounded support, one that holds all
    /// but a share below 1e-8 of the values of each coordinate.
    fn range(&self) -> (f32, f32) {
        (0.0, 1.0)
    }

    /// The interval that pictures show from black to white: the [`range`](Self::range), unless few values come near its ends.
    fn shown(&self) -> (f32, f32) {
        self.range()
    }

    /// The modes of the density that the samples were drawn from, where they are known in closed form.
    fn modes(&self) -> Option<&Modes> {
        None
    }

    /// The density `p(x)` that the samples were drawn from, where it is known in closed form; `x` has
    /// [`sample_len`](Self::sample_len) elements (`None` if it has not).
    fn density(&self, _x: &[f64]) -> Option<f64> {
        None
    }
}

/// Where a data set comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The set's name, as in the registry.
    pub name: String,
    /// Who made it, and where it was read from.
    pub source: String,
    /// Its licence.
    pub licence: String,
    /// Which part of the set this is.
    pub split: Split,
    /// The number of samples.
    pub count: usize,
}

impl Provenance {
    /// Puts the five facts together.
    pub fn new(
        name: impl Into<String>,
        source: impl Into<String>,
        licence: impl Into<String>,
        split: Split,
        count: usize,
    ) -> Self {
        Self { name: name.into(), source: source.into(), licence: licence.into(), split, count }
    }
}

/// The modes of a mixture of Gaussians with one spherical covariance: `p(x) = sum_k w_k N(x; c_k, sigma^2 I)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// The number of coordinates of a point.
    pub dim: usize,
    /// The centres `c_k`, row-major, `[count, dim]`.
    pub centres: Vec<f64>,
    /// The weights `w_k`, `[count]`, which sum to 1.
    pub weights: Vec<f64>,
    /// The standard deviation of each coordinate about its centre.
    pub sigma: f64,
}

impl Modes {
    /// Modes of equal weight about `centres` (`[count, dim]`).
    ///
    /// ```
    /// let modes = gan_datasets::Modes::equal(2, vec![0.0, 1.0, 0.0, -1.0], 0.1);
    /// assert_eq!((modes.count(), modes.centre(1)), (2, &[0.0, -1.0][..]));
    /// ```
    pub fn equal(dim: usize, centres: Vec<f64>, sigma: f64) -> Self {
        let count = centres.len() / dim.max(1);
        Self { dim, centres, weights: vec![1.0 / count as f64; count], sigma }
    }

    /// The number of modes.
    pub fn count(&self) -> usize {
        self.weights.len()
    }

    /// Centre `k` (`k < count()`), `[dim]`.
    pub fn centre(&self, k: usize) -> &[f64] {
        &self.centres[k * self.dim..(k + 1) * self.dim]
    }
}

/// The contract of [`Dataset::read`], for the sets of this crate.
pub(crate) fn check_read(set: &dyn Dataset, i: usize, out: &[f32]) -> Result<(), DatasetError> {
    if i >= set.len() {
        return Err(DatasetError::Index { index: i, len: set.len() });
    }
    if out.len() != set.sample_len() {
        return Err(DatasetError::Buffer { expected: set.sample_len(), found: out.len() });
    }
    Ok(())
}
