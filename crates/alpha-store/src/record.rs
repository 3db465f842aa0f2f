//! Run records: what was run, on what, and how long it took.

use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
#[cfg(feature = "download")]
use crate::datasets::Located;
use crate::error::{Error, Result};
use crate::output;

/// The record of one command, kept beside its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record<C> {
    /// The binary.
    pub command: String,
    /// Its version.
    pub version: String,
    /// The configuration it ran with, defaults included.
    pub config: C,
    /// The dataset files read.
    pub data: Vec<DataUsed>,
    /// Operating system, processor architecture, cores.
    pub machine: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A dataset file that a run has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "DataWritten", into = "DataWritten")]
pub struct DataUsed {
    /// Its place below a datasets folder.
    pub path: String,
    /// The SHA-256 of its content.
    pub sha256: String,
    /// Whether it is the file of the manifest.
    pub checksum: Checksum,
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
struct DataWritten {
    path: String,
    sha256: String,
    /// In older records `verified`, which does not tell wrong from unknown.
    #[serde(alias = "verified")]
    checksum: ChecksumWritten,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChecksumWritten {
    Word(Word),
    Verified(bool),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Right,
    Wrong,
    Unknown,
}

impl From<DataWritten> for DataUsed {
    fn from(DataWritten { path, sha256, checksum, expected }: DataWritten) -> Self {
        let checksum = match checksum {
            ChecksumWritten::Word(Word::Right) | ChecksumWritten::Verified(true) => Checksum::Right,
            ChecksumWritten::Word(Word::Wrong) => Checksum::Wrong { expected: expected.unwrap_or_default() },
            ChecksumWritten::Word(Word::Unknown) | ChecksumWritten::Verified(false) => Checksum::Unknown,
        };
        Self { path, sha256, checksum }
    }
}

impl From<DataUsed> for DataWritten {
    fn from(DataUsed { path, sha256, checksum }: DataUsed) -> Self {
        let (word, expected) = match checksum {
            Checksum::Right => (Word::Right, None),
            Checksum::Wrong { expected } => (Word::Wrong, Some(expected)),
            Checksum::Unknown => (Word::Unknown, None),
        };
        Self { path, sha256, checksum: ChecksumWritten::Word(word), expected }
    }
}

#[cfg(feature = "download")]
impl DataUsed {
    /// What to remember of a located file.
    pub fn new(path: &str, located: &Located) -> Self {
        Self { path: path.to_owned(), sha256: located.sha256.clone(), checksum: located.checksum.clone() }
    }
}

impl<C: Serialize> Record<C> {
    /// The record of a run that began at `start` and is now over.
    pub fn new(command: &str, version: &str, config: C, data: Vec<DataUsed>, start: Instant) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            command: command.to_owned(),
            version: version.to_owned(),
            config,
            data,
            machine: format!("{} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH),
            seconds: (start.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        }
    }

    /// Writes the record as JSON.
    ///
    /// # Errors
    /// [`Error::Format`] if the configuration cannot be serialised, [`Error::Write`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = self.to_json()?;
        output::write(path, |out| out.write_all(text.as_bytes()))
    }

    /// The record as it is written: JSON and a line break.
    ///
    /// # Errors
    /// [`Error::Format`] if the configuration cannot be serialised.
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|source| Error::Format { what: "a run record", source: source.into() })
    }
}
