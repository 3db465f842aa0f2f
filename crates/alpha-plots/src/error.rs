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
    /// An experiment file is not valid.
    #[error("experiments/{name} is not valid")]
    Experiment {
        /// The file.
        name: &'static str,
        /// Why.
        #[source]
        source: toml::de::Error,
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
