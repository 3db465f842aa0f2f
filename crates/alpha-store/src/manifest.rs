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
    #[serde(rename = "source", default)]
    sources: Vec<Source>,
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

/// Something to download from which dataset files are taken, such as an archive. Its own checksum is not known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Folder of the dataset files below a datasets folder, with forward slashes.
    pub folder: String,
    /// Address it can be downloaded from.
    pub url: String,
    /// More bytes than this are not the right thing.
    pub at_most: u64,
    /// What it is, and its licence.
    pub note: String,
    /// The dataset files taken from it.
    #[serde(default, rename = "member")]
    pub members: Vec<Member>,
}

/// A dataset file taken from a [`Source`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its SHA-256 in lower-case hexadecimal, where known.
    pub sha256: Option<String>,
}

impl Source {
    /// The last part of the address.
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }
}

impl Manifest {
    /// The manifest this build was made with, `datasets/manifest.toml`.
    ///
    /// # Panics
    /// Never: a test parses the same text.
    pub fn builtin() -> Self {
        Self::parse(include_str!("../manifest.toml")).expect("the built-in manifest is valid")
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

    /// What has to be downloaded for the dataset files of a folder.
    pub fn sources(&self, folder: &str) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(move |source| source.folder == folder)
    }

    /// The file at a place.
    ///
    /// # Errors
    /// [`Error::Unlisted`] if there is none.
    pub fn file(&self, path: &str) -> Result<&DatasetFile> {
        self.files.iter().find(|file| file.path == path).ok_or_else(|| Error::Unlisted(path.to_owned()))
    }
}
