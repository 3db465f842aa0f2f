//! JSON files.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::input;

/// Reads a file.
///
/// # Errors
/// [`Error::Read`], [`Error::Json`].
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = input::text(path)?;
    serde_json::from_str(&text).map_err(|source| Error::Json { path: path.to_owned(), source })
}

/// Writes a file to be read by people too, whole or not at all.
///
/// # Errors
/// [`Error::Json`] never in practice; [`Error::Store`] where it cannot be written.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|source| Error::Json { path: path.to_owned(), source })?;
    Ok(alpha_store::output::write(path, |out| writeln!(out, "{text}"))?)
}
