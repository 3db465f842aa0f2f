//! Files that are written whole or not at all.

use std::io::{BufWriter, Write};
use std::path::Path;

use atomic_write_file::AtomicWriteFile;

use crate::error::{Error, Result};

/// Writes a file through a temporary one beside it, so that a reader, or a crash, never meets half of it. Missing
/// folders are made.
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
    let attempt = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = BufWriter::new(AtomicWriteFile::open(path)?);
        content(&mut file)?;
        file.into_inner()?.commit()
    };
    attempt().map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Sees that files can be written to a folder, before there is anything to write. A missing folder is made.
///
/// # Errors
/// [`Error::Write`] with the folder.
pub fn check(folder: &Path) -> Result<()> {
    let attempt = || std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    attempt().map(drop).map_err(|source| Error::Write { path: folder.to_owned(), source })
}
