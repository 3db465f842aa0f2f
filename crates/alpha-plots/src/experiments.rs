//! The settings of the paper's items, from the files in `experiments/`.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Reads one of the experiment files that this build was made with.
macro_rules! experiment {
    ($name:literal) => {
        $crate::experiments::parse($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/", $name)))
    };
}
pub(crate) use experiment;

/// Parses an experiment file.
pub(crate) fn parse<T: DeserializeOwned>(name: &'static str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|source| Error::Experiment { name, source })
}
