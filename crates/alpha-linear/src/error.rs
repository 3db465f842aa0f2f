//! What can go wrong with transfer experiments.

use std::path::PathBuf;

use thiserror::Error;

/// Errors of `alpha-linear`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file is not a dataset of the expected form.
    #[error("{}: {reason}", alpha_store::input::name(path))]
    Dataset {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// Samples or a model in memory that cannot be worked with.
    #[error("{what}: {reason}")]
    Data {
        /// Which: `target`, say.
        what: &'static str,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// A configuration value is out of range.
    #[error("{name} is {value}, but must be {allowed}")]
    Parameter {
        /// The parameter, in the words of the command line.
        name: &'static str,
        /// The value that was given.
        value: String,
        /// The range, in words.
        allowed: String,
    },
    /// Files could not be found, read or written.
    #[error(transparent)]
    Store(#[from] alpha_store::Error),
    /// The theory or a ridge regression refused its input.
    #[error(transparent)]
    Theory(#[from] alpha_rmt::Error),
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether a value of the command line is at fault, not the data.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Parameter { .. })
    }

    /// [`Error::is_usage`] of an error that may be of another type.
    pub fn caused_by_usage(error: &(dyn std::error::Error + 'static)) -> bool {
        error.downcast_ref().is_some_and(Self::is_usage)
    }

    pub(crate) fn parameter(name: &'static str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Parameter { name, value: value.to_string(), allowed: allowed.into() }
    }

    /// A result that is no number for these data.
    pub(crate) fn range(quantity: &'static str) -> Self {
        Self::Theory(alpha_rmt::Error::Range { quantity })
    }
}

/// Refuses a number that is not finite or not positive.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<()> {
    within(name, value, value > 0.0, "finite and > 0")
}

/// Refuses a number that is not finite, or for which a condition does not hold.
pub(crate) fn within(name: &'static str, value: f64, holds: bool, allowed: &str) -> Result<()> {
    if value.is_finite() && holds { Ok(()) } else { Err(Error::parameter(name, value, allowed)) }
}

/// Refuses a count below the least one.
pub(crate) fn at_least(name: &'static str, least: usize, count: usize) -> Result<()> {
    if count >= least { Ok(()) } else { Err(Error::parameter(name, count, format!("at least {least}"))) }
}

/// More splits than anyone waits for; each takes memory for its rows.
const MOST_SPLITS: usize = 10_000;

/// Refuses a number of random splits that cannot be drawn.
pub(crate) fn splits_allowed(count: usize) -> Result<()> {
    if (1..=MOST_SPLITS).contains(&count) {
        return Ok(());
    }
    Err(Error::parameter("splits", count, format!("between 1 and {MOST_SPLITS}")))
}
