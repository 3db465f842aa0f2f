//! Files read whole, none that waits for ever or fills the memory.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// Reads a regular file, a link to one too.
///
/// # Errors
/// [`Error::NotRegular`] for a folder, a named pipe, a device or a socket, none of which is opened; [`Error::TooLarge`] for
/// more than `at_most` bytes, of which no more are read; [`Error::Read`] if it cannot be read.
///
/// ```
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("weights.csv");
/// std::fs::write(&path, "1,2")?;
/// assert_eq!(alpha_store::input::read(&path, 1 << 20)?, b"1,2");
/// assert!(alpha_store::input::read(&path, 2).is_err());
/// assert!(alpha_store::input::read(folder.path(), 1 << 20).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path, at_most: u64) -> Result<Vec<u8>> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    // Before opening, since opening alone makes some devices act; and of what was opened, since the path may change.
    regular(path, &std::fs::metadata(path).map_err(failed)?)?;
    let file = open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    regular(path, &metadata)?;
    if metadata.len() > at_most {
        return Err(Error::TooLarge { path: path.to_owned(), at_most });
    }
    bounded(file, path, metadata.len(), at_most)
}

/// As [`read`]; `-`, `/dev/stdin` and the shell's `<(command)` are read to their end, whatever they are.
///
/// # Errors
/// As [`read`].
pub fn read_or_stdin(path: &Path, at_most: u64) -> Result<Vec<u8>> {
    if is_stdin(path) {
        static WAS_READ: AtomicBool = AtomicBool::new(false);
        let content = bounded(std::io::stdin().lock(), path, 0, at_most)?;
        if WAS_READ.swap(true, Ordering::Relaxed) && content.is_empty() {
            let source =
                std::io::Error::other("it was read to its end for another file; only one can be standard input");
            return Err(Error::Read { path: name(path).into(), source });
        }
        return Ok(content);
    }
    if path.starts_with("/dev/fd") {
        let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        return bounded(file, path, 0, at_most);
    }
    read(path, at_most)
}

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdin")
}

/// A path as messages name it.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn bounded(reader: impl Read, path: &Path, expected: u64, at_most: u64) -> Result<Vec<u8>> {
    let mut content = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    let taken = reader.take(at_most.saturating_add(1)).read_to_end(&mut content);
    taken.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if content.len() as u64 > at_most {
        return Err(Error::TooLarge { path: path.to_owned(), at_most });
    }
    Ok(content)
}

fn regular(path: &Path, metadata: &Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Error::NotRegular { path: path.to_owned(), kind: kind(metadata.file_type()) })
}

/// Opens without waiting for the other end of a named pipe.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// What something is that is no regular file.
pub(crate) fn kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        } else if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_dir() { "a folder" } else { "no regular file" }
}
