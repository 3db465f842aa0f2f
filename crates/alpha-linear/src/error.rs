//! What can go wrong with transfer experiments.

use std::path::PathBuf;

use thiserror::Error;

/// Errors of `alpha-linear`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file is not a dataset of the expected form.
    #[error("{}: {reason}", path.display())]
    Dataset {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// A cell of a CSV file is not what it should be.
    #[error("{}, line {line}, column {column}: {reason}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What stands there, and what was expected.
        reason: String,
    },
    /// A configuration value is out of range.
    #[error("{name} = {value} is not allowed: {allowed}")]
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
