//! Files that are written whole or not at all.
//!
//! What is written goes to a temporary file beside its target, called `.NAME.xxxxxx.part`, which then takes the target's place.
//! Its writer holds a lock on it, so that the next writer of the same target can tell a file that a killed process left
//! (nobody has the lock, and it is removed) from one at work.

mod folder;
mod target;
mod unfinished;
mod writer;

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

pub use folder::Folder;
pub use unfinished::remove_unfinished;
pub use writer::Writer;

/// Writes a file through a temporary one beside it, so that a reader, or a crash, never meets half of it. Missing folders are
/// made. A link stays, and the file that it leads to is replaced, under the mode that it had; a new file has the mode that the
/// umask gives. A terminal or another character device is written into, and a named pipe, if it is read within 5 s.
///
/// # Errors
/// [`Error::Write`] with the path; what was there before is then still there.
///
/// ```
/// use std::io::Write;
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("new/file.txt");
/// alpha_store::output::write(&path, |out| writeln!(out, "α = 1"))?;
/// assert_eq!(std::fs::read_to_string(path).unwrap(), "α = 1\n");
/// # Ok::<(), alpha_store::Error>(())
/// ```
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let mut writer = Writer::create(path)?;
    content(&mut writer).map_err(|source| Error::Write { path: path.to_owned(), source })?;
    writer.commit()
}

/// Sees that files can be written to a folder, before there is anything to write. A missing folder is made.
///
/// # Errors
/// [`Error::Write`] with the folder.
pub fn check(folder: &Path) -> Result<()> {
    let attempt = || std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    attempt().map(drop).map_err(|source| Error::Write { path: folder.to_owned(), source })
}
