//! A folder of files that belong together.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Writer;
use super::unfinished;
use crate::error::{Error, Result};
use crate::message::shown;

/// The file that is locked while a folder is written.
const LOCK: &str = ".alpha-lora.lock";

/// A folder that no other process writes meanwhile: where the files in it belong together, those of two processes must not
/// mix. Other files in it stay.
///
/// ```
/// use std::io::Write;
/// use alpha_store::output::Folder;
/// let place = tempfile::tempdir().unwrap();
/// let mut folder = Folder::open(place.path())?;
/// assert!(Folder::open(place.path()).is_err());
/// folder.write("weights.csv", |out| writeln!(out, "1,2"))?;
/// folder.write("recommendation.json", |out| writeln!(out, "{{}}"))?;
/// assert!(!place.path().join("weights.csv").exists());
/// folder.commit()?;
/// assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
/// # Ok::<(), alpha_store::Error>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Lock,
    written: Vec<Writer>,
}

impl Folder {
    /// Takes a folder for this process, until the value is dropped or the process ends. A missing folder is made.
    ///
    /// # Errors
    /// [`Error::Busy`], with the process, if another one has it; [`Error::Write`] if it cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        let lock = Lock::take(path)?;
        Ok(Self { path: path.to_owned(), lock, written: Vec::new() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nobody can tell whether another process is at work, on a file system without locks.
    pub fn warning(&self) -> Option<&str> {
        self.lock.warning.as_deref()
    }

    /// Writes a file below the folder, which takes its place with [`Folder::commit`].
    ///
    /// # Errors
    /// [`Error::Write`] with the path.
    pub fn write(&mut self, name: &str, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let path = self.path.join(name);
        let mut writer = Writer::create(&path)?;
        content(&mut writer).map_err(|source| Error::Write { path, source })?;
        self.written.push(writer);
        Ok(())
    }

    /// Puts all that was written in its place: nothing but renaming, once every file is on the disk.
    ///
    /// # Errors
    /// [`Error::Write`] with the path.
    pub fn commit(mut self) -> Result<()> {
        let written = self.written.drain(..);
        let mut files = written.map(Writer::flushed).collect::<Result<Vec<_>>>()?;
        let mut unfinished = unfinished::all();
        let committed = files.iter_mut().try_for_each(|file| file.commit_in(&mut unfinished));
        // The end of each file takes the lock on the unfinished ones itself.
        drop(unfinished);
        committed
    }
}

#[derive(Debug)]
struct Lock {
    /// The lock ends with it.
    _file: File,
    path: PathBuf,
    warning: Option<String>,
}

impl Lock {
    fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let failed = |source| Error::Write { path: folder.to_owned(), source };
        loop {
            let mut unfinished = unfinished::all();
            unfinished.check().map_err(failed)?;
            let mut file = open(&path).map_err(failed)?;
            let warning = match file.try_lock() {
                Ok(()) => None,
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Busy { folder: folder.to_owned(), holder: holder(&mut file) });
                }
                Err(TryLockError::Error(reason)) => Some(format!(
                    "{} cannot be locked ({reason}): see that no other process writes to it",
                    folder.display()
                )),
            };
            // Whoever had the lock removes the file at its end: then there is another one, or none.
            if !unfinished::is_there(&file, &path).map_err(failed)? {
                continue;
            }
            let program = std::env::current_exe().ok();
            let program = program.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
            file.set_len(0).and_then(|()| write!(file, "{} {program}", std::process::id())).map_err(failed)?;
            unfinished.add(&path);
            return Ok(Self { _file: file, path, warning });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut unfinished = unfinished::all();
        let _ = std::fs::remove_file(&self.path);
        unfinished.forget(&self.path);
    }
}

/// A link there is not followed: what it leads to would be overwritten.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options.open(path)
}

/// The process that has the lock, in the words it left.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // Some systems let nobody read a locked file.
    let _ = file.take(200).read_to_string(&mut text);
    match text.split_once(' ') {
        Some((process, program)) => format!("process {} ({})", shown(process), shown(program)),
        None => "another process".to_owned(),
    }
}
