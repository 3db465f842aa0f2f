//! The settings of the paper's items, from the files in `experiments/`.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Reads one of the experiment files that this build was made with.
macro_rules! experiment {
    ($name:literal) => {
        $crate::paper::experiments::parse(
            concat!("experiments/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/", $name)),
        )
    };
}
pub(super) use experiment;

/// Parses an experiment file.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|source| Error::Experiment { name: name.to_owned(), source })
}
