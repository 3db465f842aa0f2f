//! What can go wrong while figures are made.

use thiserror::Error;

/// Errors of `alpha-plots`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A figure could not be drawn.
    #[error("cannot draw a figure: {0}")]
    Draw(String),
    /// A figure, or a table for one, has nothing to show.
    #[error("'{0}' has nothing to show: no finite point")]
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
    /// A table of numbers cannot be taken apart.
    #[error("{table} is not a valid table")]
    Csv {
        /// The file, or what it holds.
        table: String,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// A table lacks a column.
    #[error("{table} has no column '{column}'")]
    Column {
        /// The file, or what it holds.
        table: String,
        /// The column.
        column: &'static str,
    },
    /// A cell of a table is not what it should be.
    #[error("{table}, line {line}: {column} is '{value}', but must be {allowed}")]
    Cell {
        /// The file, or what it holds.
        table: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Settings are missing from a grid, or there twice.
    #[error("{table} has {got} rows, but {a} values of a and {b} of b: one row each is needed")]
    NotAGrid {
        /// The file, or what it holds.
        table: String,
        /// Its rows.
        got: usize,
        /// Values of a.
        a: usize,
        /// Values of b.
        b: usize,
    },
    /// An experiment file is not valid.
    #[cfg(feature = "paper")]
    #[error("{name} is not valid")]
    Experiment {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// A file of a run is not what alpha-llm writes.
    #[cfg(feature = "paper")]
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
    /// Results made on the published data would be replaced by something less.
    #[cfg(feature = "paper")]
    #[error(
        "{} holds {items}, made on the published Amazon files; {instead} would replace them. Get the files (`alpha-linear fetch`), write elsewhere (--out DIR){safe}, or replace them all the same \
         (--replace-real-data)",
        folder.display()
    )]
    RealDataAtStake {
        /// The results folder.
        folder: std::path::PathBuf,
        /// The items that would be lost.
        items: String,
        /// What would take their place.
        instead: &'static str,
        /// A further way out, if some of the items can be made.
        safe: String,
    },
    /// A measurement was refused or failed.
    #[cfg(feature = "paper")]
    #[error(transparent)]
    Linear(#[from] alpha_linear::Error),
    /// The theory refused its parameters.
    #[cfg(feature = "paper")]
    #[error(transparent)]
    Theory(#[from] alpha_rmt::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Store(#[from] alpha_store::Error),
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
