//! One file on its way.

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::target::{self, Target};
use super::unfinished::{self, RANDOM, SUFFIX, Unfinished};
use crate::error::{Error, Result};

/// A file that is being written and takes its place with [`Writer::commit`]; dropped before, it leaves no trace. See
/// [`write`](super::write).
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    Open(BufWriter<File>),
    Beside(BufWriter<Temporary>),
}

/// A locked file under a temporary name.
#[derive(Debug)]
struct Temporary {
    file: NamedTempFile,
    place: PathBuf,
    is_committed: bool,
}

impl Writer {
    /// Begins a file, in a folder that is made if it is missing.
    ///
    /// # Errors
    /// [`Error::Write`] with the path.
    pub fn create(path: &Path) -> Result<Self> {
        let begin = || {
            Ok(match target::find(path)? {
                Target::Open(file) => To::Open(BufWriter::new(file)),
                Target::Place(place) => To::Beside(BufWriter::new(Temporary::create(place)?)),
            })
        };
        let to = begin().map_err(|source| Error::Write { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), to })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`Error::Write`] with the path; what was there before is then still there.
    pub fn commit(self) -> Result<()> {
        let mut flushed = self.flushed()?;
        flushed.commit_in(&mut unfinished::all())
    }

    /// Everything written, and on the disk.
    pub(super) fn flushed(self) -> Result<Flushed> {
        let Self { path, to } = self;
        let finish = || {
            Ok(match to {
                To::Open(mut file) => {
                    file.flush()?;
                    None
                }
                To::Beside(file) => {
                    let temporary = file.into_inner()?;
                    temporary.file.as_file().sync_all()?;
                    Some(temporary)
                }
            })
        };
        match finish() {
            Ok(temporary) => Ok(Flushed { path, temporary }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Open(file) => file.write(bytes),
            To::Beside(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Open(file) => file.flush(),
            To::Beside(file) => file.flush(),
        }
    }
}

/// A file that only has to be put in its place.
#[derive(Debug)]
pub(super) struct Flushed {
    path: PathBuf,
    temporary: Option<Temporary>,
}

impl Flushed {
    pub fn commit_in(&mut self, unfinished: &mut Unfinished) -> Result<()> {
        let Some(temporary) = &mut self.temporary else { return Ok(()) };
        temporary.commit(unfinished).map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

impl Temporary {
    fn create(place: PathBuf) -> io::Result<Self> {
        let Some(name) = place.file_name() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no file"));
        };
        let prefix = unfinished::prefix(&name.to_string_lossy());
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        unfinished::clear_stale(folder, &prefix);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(SUFFIX).rand_bytes(RANDOM);
        // As any new file: the umask takes away what it takes away. The default is a file for its owner alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        loop {
            let file = {
                let mut unfinished = unfinished::all();
                unfinished.check()?;
                let file = builder.tempfile_in(folder)?;
                unfinished.add(file.path());
                file
            };
            let temporary = Self { file, place: place.clone(), is_committed: false };
            match temporary.file.as_file().try_lock() {
                // Another writer may have taken it for a stale one before it was locked.
                Ok(()) if !unfinished::is_there(temporary.file.as_file(), temporary.file.path())? => {}
                Err(TryLockError::WouldBlock) => {}
                // On a file system without locks nobody takes it for stale either.
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(temporary),
            }
        }
    }

    fn commit(&mut self, unfinished: &mut Unfinished) -> io::Result<()> {
        unfinished.check()?;
        if let Ok(old) = std::fs::symlink_metadata(&self.place) {
            keep_owner(self.file.as_file(), &old);
            self.file.as_file().set_permissions(old.permissions())?;
        }
        std::fs::rename(self.file.path(), &self.place)?;
        self.is_committed = true;
        self.file.disable_cleanup(true);
        unfinished.forget(self.file.path());
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_committed {
            let mut unfinished = unfinished::all();
            let _ = std::fs::remove_file(self.file.path());
            unfinished.forget(self.file.path());
        }
    }
}

/// Where that is allowed: to root.
fn keep_owner(file: &File, old: &Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    #[cfg(not(unix))]
    let _ = (file, old);
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}
