//! Files read whole: regular ones only, so that none waits for ever or has no end.

use std::path::Path;

use alpha_store::input;

use crate::error::{Error, Result};

/// No settings are larger.
const TEXT: u64 = 256 << 20;

/// The bytes of a file of any size.
///
/// # Errors
/// [`Error::Read`]; [`Error::Store`] for a named pipe, a device or a folder.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    at_most(path, u64::MAX)
}

/// The text of a file of settings.
///
/// # Errors
/// As [`bytes`], and [`Error::Store`] for a larger file.
pub(crate) fn text(path: &Path) -> Result<String> {
    String::from_utf8(at_most(path, TEXT)?).map_err(|error| {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error());
        Error::Read { path: path.to_owned(), source }
    })
}

fn at_most(path: &Path, size: u64) -> Result<Vec<u8>> {
    input::read(path, size).map_err(|error| match error {
        alpha_store::Error::Read { path, source } => Error::Read { path, source },
        other => other.into(),
    })
}
