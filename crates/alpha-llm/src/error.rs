//! What can go wrong when fine-tuning.

use std::path::PathBuf;

use thiserror::Error;

/// Errors of `alpha-llm`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the stores could not be found, read, downloaded or written.
    #[error(transparent)]
    Store(#[from] alpha_store::Error),
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A parameter has a value that is not allowed.
    #[error("{name} is {value}, but must be {allowed}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// The value given.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A JSON file is not what it should be.
    #[error("{} is not valid", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A field of a model's config.json has a value that this crate cannot follow.
    #[error("{}: {field} is {value}, but must be {allowed}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A safetensors file is damaged.
    #[error("{} is not a whole safetensors file", path.display())]
    SafeTensors {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A model file lacks tensors, or has some that the model does not know.
    #[error("{} does not fit the model: missing [{}], unexpected [{}]", path.display(), missing.join(", "), unexpected.join(", "))]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Names of the model that the file lacks.
        missing: Vec<String>,
        /// Names of the file that the model does not know.
        unexpected: Vec<String>,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: {name} has shape {got:?}, expected {expected:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<i64>,
        /// The shape found.
        got: Vec<i64>,
    },
    /// A tensor is stored in a number format that no model weight has.
    #[error("{}: {name} is stored as {found}, but must be F32, F16 or BF16", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its format.
        found: String,
    },
    /// A tensor holds NaN or infinity.
    #[error("{}: {name} holds NaN or infinity", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// libtorch refused an operation.
    #[error("libtorch cannot {doing}")]
    Torch {
        /// What was being done.
        doing: &'static str,
        /// Its message.
        #[source]
        source: tch::TchError,
    },
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
