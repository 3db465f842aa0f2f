//! What can be wrong with a request to this crate.

use thiserror::Error;

/// Errors of `alpha-rmt`. Each names the offending value and what was allowed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is outside its range, NaN or infinite.
    #[error("{name} is {value}, but must be {allowed}")]
    Parameter {
        /// The parameter, in the words of the command line where it has them.
        name: &'static str,
        /// The value that was given.
        value: f64,
        /// The range, in words.
        allowed: &'static str,
    },
    /// A vector or matrix has the wrong size.
    #[error("{name} has {got} entries, expected {expected}")]
    Shape {
        /// What has the wrong size.
        name: &'static str,
        /// The size required by the other arguments.
        expected: usize,
        /// The size that was given.
        got: usize,
    },
    /// A covariance, a matrix K of a law or a matrix of inner products that is not symmetric.
    #[error("the {name} is not symmetric: entry ({row}, {column}) is {value}, entry ({column}, {row}) is {mirrored}")]
    Asymmetric {
        /// The matrix.
        name: &'static str,
        /// Row of an entry that differs from its mirror image, from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
        /// Its mirror image.
        mirrored: f64,
    },
    /// A covariance, or a matrix of inner products (its eigenvalues those at norms 1), with a negative eigenvalue.
    #[error("the {name} is not positive semi-definite: its least eigenvalue is {least}, its largest {most}")]
    Indefinite {
        /// The matrix.
        name: &'static str,
        /// The least eigenvalue.
        least: f64,
        /// The largest eigenvalue.
        most: f64,
    },
    /// A name that is none of those known.
    #[error("unknown {what} '{value}': expected {expected}")]
    Unknown {
        /// The kind of thing that was named.
        what: &'static str,
        /// The word that was given.
        value: String,
        /// The words that would have been right.
        expected: String,
    },
    /// Two requests that exclude each other.
    #[error("{0} and {1} cannot both be given: {2}")]
    Conflict(String, String, &'static str),
    /// Sources of the same data that differ in more than their ridge.
    #[error(
        "sources {first} and {second} share the samples of '{data}' but differ in their {quantity}: on the same samples only the ridge may differ, other samples need another name"
    )]
    SharedSamples {
        /// The name of the data.
        data: String,
        /// The first of the two sources, from 0.
        first: usize,
        /// The second.
        second: usize,
        /// What they differ in.
        quantity: &'static str,
    },
    /// The variance of the decision function is not positive at the given weights: that of a classifier that is 0, or one
    /// of a law that describes no distribution there, as the published source form's may not (docs/theory.md §5).
    #[error("the variance of the decision function is {variance}, not positive, at weights {weights:?}")]
    Variance {
        /// The variance that the formula gives.
        variance: f64,
        /// The weights α of the sources.
        weights: Vec<f64>,
    },
    /// The parameters are so extreme that a result does not fit in an `f64`.
    #[error("{quantity} overflows or underflows f64 for these parameters")]
    Range {
        /// The result that could not be represented.
        quantity: &'static str,
    },
    /// A quantity that the published form (docs/theory.md §5) leaves undefined.
    #[error("{quantity} is not defined by the published form at these parameters")]
    Undefined {
        /// The quantity.
        quantity: &'static str,
    },
    /// A matrix is singular in floating point, its ridge being far below rounding.
    #[error("the {name} is not positive definite in floating point: the ridge is too small")]
    Singular {
        /// The matrix.
        name: &'static str,
    },
    /// The eigenvalues or singular values of a matrix were not found; not expected for any finite one.
    #[error("the decomposition of the {name} did not settle")]
    Decomposition {
        /// The matrix.
        name: &'static str,
    },
    /// A sample of features has too few rows for the law of a fine-tuning (`Eigenbasis::samples`).
    #[error(
        "features of {rows} degrees of freedom do not tell the law of {samples} target samples at ridge {ridge}: take more rows \
         (as many degrees of freedom as target samples, {samples}, are always enough) or a larger ridge"
    )]
    FewRows {
        /// Degrees of freedom of the sample of features.
        rows: f64,
        /// Target samples n.
        samples: f64,
        /// Target ridge γ.
        ridge: f64,
    },
    /// The covariance of a ridge-trained source is known from a sample only (`Eigenbasis::samples`).
    #[error(
        "the covariance of a trained source is that of a sample of {rows} degrees of freedom, which is corrected for a target only: \
         give a covariance that is known, or take the sample's for it (Eigenbasis::sample_covariance)"
    )]
    SampledSource {
        /// Degrees of freedom of the sample.
        rows: f64,
    },
    /// The target's covariance is known from a sample only (`Eigenbasis::samples`), where no correction for that is known.
    #[error(
        "the covariance is that of a sample of {rows} degrees of freedom, which is corrected for the squared loss on Gaussian \
         features only: give a covariance that is known, or take the sample's for it (Eigenbasis::sample_covariance)"
    )]
    SampledCovariance {
        /// Degrees of freedom of the sample.
        rows: f64,
    },
    /// Newton's method did not settle; not expected for any valid input.
    #[error("the fixed point did not settle in {steps} Newton steps (residual {residual:e})")]
    NotConverged {
        /// Steps taken.
        steps: usize,
        /// Residual of the fixed-point equation at the last step.
        residual: f64,
    },
}

impl Error {
    /// Whether what was asked for is at fault: a value out of its range, an unknown word, two requests that exclude each other.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Parameter { .. } | Self::Unknown { .. } | Self::Conflict(..) | Self::SharedSamples { .. })
    }
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
