//! What stands at a path that is to be written.

use std::fs::{File, FileType, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::{Duration, Instant};

use crate::input::kind;

/// How a path is to be written.
pub(super) enum Target {
    /// As a file that takes this place, links resolved.
    Place(PathBuf),
    /// Into what is there.
    Open(File),
}

/// Links that may follow one another, as in Linux.
const LINKS: usize = 40;

pub(super) fn find(path: &Path) -> Result<Target> {
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(Error::new(ErrorKind::IsADirectory, "its name is that of a folder"));
    }
    if let Ok(metadata) = std::fs::metadata(path)
        && !metadata.is_file()
    {
        return into(path, metadata.file_type());
    }
    let mut place = path.to_owned();
    for _ in 0..LINKS {
        // /dev/stdout leads here. To replace such a file would take it away from the shell that opened it.
        if place.starts_with("/proc") {
            return OpenOptions::new().append(true).open(place).map(Target::Open);
        }
        match std::fs::read_link(&place) {
            Ok(link) => place = place.parent().map_or_else(|| link.clone(), |folder| folder.join(&link)),
            Err(_) => return Ok(Target::Place(place)),
        }
    }
    Err(Error::other("its links lead in a circle"))
}

/// A folder cannot be written, a disk must not be, and a socket is not opened by its name.
fn into(path: &Path, file_type: FileType) -> Result<Target> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return pipe(path).map(Target::Open);
        } else if file_type.is_char_device() {
            return OpenOptions::new().write(true).open(path).map(Target::Open);
        } else if file_type.is_block_device() {
            return Err(Error::new(ErrorKind::InvalidInput, "it is a disk, which nothing is written to here"));
        }
    }
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {}", kind(file_type))))
}

/// How long the reader of a named pipe may take to come.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a named pipe once somebody reads it.
#[cfg(unix)]
fn pipe(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let start = Instant::now();
    loop {
        match OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path) {
            // Opened again, since writing has to wait for a slow reader; this one keeps it from waiting for another.
            Ok(_reader_is_there) => return OpenOptions::new().write(true).open(path),
            Err(error) if error.raw_os_error() != Some(libc::ENXIO) => return Err(error),
            Err(_) if start.elapsed() >= PATIENCE => {
                let reason = format!("nobody reads this named pipe, after {} s", PATIENCE.as_secs());
                return Err(Error::new(ErrorKind::TimedOut, reason));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
