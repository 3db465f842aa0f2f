//! The list of dataset files: place, address, size, checksum.

use serde::Deserialize;

use crate::error::{Error, Result};

/// All dataset files the experiments know.
///
/// ```
/// let manifest = alpha_store::manifest::Manifest::builtin();
/// assert_eq!(manifest.file("amazon/books.mat")?.bytes, 356_724);
/// # Ok::<(), alpha_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "file")]
    files: Vec<DatasetFile>,
}

/// One dataset file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetFile {
    /// Place below a datasets folder, with forward slashes.
    pub path: String,
    /// Address it can be downloaded from.
    pub url: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// What it is, and its licence.
    pub note: String,
}

impl Manifest {
    /// The manifest this build was made with, `datasets/manifest.toml`.
    ///
    /// # Panics
    /// Never: a test parses the same text.
    pub fn builtin() -> Self {
        Self::parse(include_str!("../../../datasets/manifest.toml")).expect("the built-in manifest is valid")
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Error::Manifest`] if the text is not a manifest.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// All files.
    pub fn files(&self) -> &[DatasetFile] {
        &self.files
    }

    /// The file at a place.
    ///
    /// # Errors
    /// [`Error::Unlisted`] if there is none.
    pub fn file(&self, path: &str) -> Result<&DatasetFile> {
        self.files.iter().find(|file| file.path == path).ok_or_else(|| Error::Unlisted(path.to_owned()))
    }
}
