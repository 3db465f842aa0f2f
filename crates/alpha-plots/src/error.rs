//! What can go wrong while figures are made.

use thiserror::Error;

/// Errors of `alpha-plots`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A figure could not be drawn.
    #[error("cannot draw a figure: {0}")]
    Draw(String),
    /// A figure has nothing to show.
    #[error("the figure '{0}' has no finite point")]
    Empty(String),
    /// A heat map's values do not fill its grid.
    #[error("the figure '{title}' has {got} values for a grid of {expected:?} cells")]
    GridSize {
        /// The figure.
        title: String,
        /// Cells along x and along y.
        expected: (usize, usize),
        /// Values given.
        got: usize,
    },
    /// A list of numbers is too short.
    #[error("the figure '{title}' needs at least {least} {what}, got {got}")]
    TooFew {
        /// The figure.
        title: String,
        /// The list.
        what: &'static str,
        /// Its least length.
        least: usize,
        /// Its length.
        got: usize,
    },
    /// A list of numbers does not increase.
    #[error("the figure '{title}' needs increasing {what}, got {value} at index {index}")]
    NotIncreasing {
        /// The figure.
        title: String,
        /// The list.
        what: &'static str,
        /// The first place that is not above the one before.
        index: usize,
        /// The number there.
        value: f64,
    },
    /// A number of a figure is out of its range.
    #[error("the figure '{title}' has {what} = {value}, expected {allowed}")]
    OutOfRange {
        /// The figure.
        title: String,
        /// The number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// An experiment file is not valid.
    #[error("experiments/{name} is not valid")]
    Experiment {
        /// The file.
        name: &'static str,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// A file of a run is not what alpha-llm writes.
    #[error("{}, line {line}, is not what alpha-llm writes", path.display())]
    RunFile {
        /// The file.
        path: std::path::PathBuf,
        /// The line, from 1.
        line: usize,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A measurement was refused or failed.
    #[error(transparent)]
    Linear(#[from] alpha_linear::Error),
    /// The theory refused its parameters.
    #[error(transparent)]
    Theory(#[from] alpha_rmt::Error),
    /// A file could not be written.
    #[error(transparent)]
    Store(#[from] alpha_store::Error),
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
