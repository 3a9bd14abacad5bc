use thiserror::Error;

use crate::Input;

/// What can be wrong with the inputs of a metric.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// No samples, centres or predictions at all.
    #[error("{what}: expected at least one, found none")]
    Empty {
        /// Which input is empty.
        what: &'static str,
    },
    /// Samples without features.
    #[error("{what}: expected a dimension of at least 1, found 0")]
    ZeroDimension {
        /// Which input has no features.
        what: &'static str,
    },
    /// A flat slice that does not hold whole rows.
    #[error("{what}: expected rows of {dim} values each, found {len} values, which leaves {} over", len % dim)]
    RaggedRows {
        /// Which input is cut off.
        what: &'static str,
        /// Number of values in the slice.
        len: usize,
        /// Values a row.
        dim: usize,
    },
    /// A value that is NaN or infinite.
    #[error(
        "{what}: expected finite values, found {value} at index {index} (row {row}, column {column}): \
         the sampler has diverged or the data are damaged"
    )]
    NotFinite {
        /// Which input holds it.
        what: &'static str,
        /// Position in the flat slice.
        index: usize,
        /// Row, `index / dim`.
        row: usize,
        /// Column, `index % dim`.
        column: usize,
        /// What stood there.
        value: f32,
    },
    /// Two inputs whose rows have different lengths.
    #[error("{what}: expected rows of {expected} values like the samples, found rows of {found}")]
    DimensionMismatch {
        /// Which input does not fit the samples.
        what: &'static str,
        /// Dimension of the samples.
        expected: usize,
        /// Dimension found.
        found: usize,
    },
    /// Two lists that should have an entry for each of the same things.
    #[error("{what}: expected {expected} entries, found {found}")]
    LengthMismatch {
        /// Which list is too long or too short.
        what: &'static str,
        /// Entries expected.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// Fewer samples than the metric is defined for.
    #[error("{metric} needs at least {needed} {what}, found {found}")]
    TooFew {
        /// The metric asked for.
        metric: &'static str,
        /// What is too few.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// A standard deviation that is not a positive finite number.
    #[error("sigma of the modes: expected a finite number > 0, found {sigma}")]
    InvalidSigma {
        /// What was given.
        sigma: f64,
    },
    /// A bandwidth of a Parzen window that is not a positive finite number.
    #[error("sigma of the Parzen window: expected a finite number > 0, found {sigma}")]
    InvalidBandwidth {
        /// What was given.
        sigma: f64,
    },
    /// An option outside its range.
    #[error("option {option}: expected {expected}, found {found}")]
    InvalidOption {
        /// Name of the option.
        option: &'static str,
        /// Its range, in words.
        expected: &'static str,
        /// What was given.
        found: f64,
    },
    /// A label that names no class.
    #[error("label of sample {index}: expected a class below {classes}, found {label}")]
    LabelOutOfRange {
        /// Which sample.
        index: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A confidence that is no probability.
    #[error(
        "confidence of sample {index}: expected a probability in [0, 1], found {value}: \
         apply the softmax to logits first"
    )]
    ConfidenceOutOfRange {
        /// Which sample.
        index: usize,
        /// What stood there.
        value: f32,
    },
    /// Class probabilities of a sample that do not add up.
    #[error("probabilities of sample {row}: expected the sum 1, found {sum}: apply the softmax to logits first")]
    NotDistribution {
        /// Which sample.
        row: usize,
        /// Their sum.
        sum: f64,
    },
    /// A row that the reference does not have.
    #[error("row {row} of the reference: expected a row below {rows}")]
    RowOutOfRange {
        /// The row asked for.
        row: usize,
        /// Rows of the reference.
        rows: usize,
    },
    /// A reference in which most rows are copies of other rows, so that no typical distance exists.
    #[error(
        "the reference has no typical distance: at least half of its {probes} probed rows are copies of \
         other rows; remove duplicates first"
    )]
    DegenerateReference {
        /// Rows that were probed.
        probes: usize,
    },
    /// An input that the metric needs and the bundle lacks.
    #[error("{metric} needs {input}, which the inputs do not hold")]
    MissingInput {
        /// The metric asked for.
        metric: &'static str,
        /// What it needs.
        input: Input,
    },
}
