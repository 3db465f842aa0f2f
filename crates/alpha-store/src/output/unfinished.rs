//! The temporary files of this process, and those that dead ones left.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What this process has to remove when it ends early.
static UNFINISHED: Mutex<Unfinished> = Mutex::new(Unfinished { paths: None, is_closed: false });

pub(super) struct Unfinished {
    paths: Option<HashSet<PathBuf>>,
    is_closed: bool,
}

/// Removes the temporary files and locks of this process, for a handler of Ctrl-C or SIGTERM that ends the process next: from
/// here on nothing more can be written.
pub fn remove_unfinished() {
    let mut unfinished = all();
    unfinished.is_closed = true;
    for path in unfinished.paths.take().unwrap_or_default() {
        // Nobody is left to be told.
        let _ = std::fs::remove_file(path);
    }
}

/// The temporary files, held so that none is made, put in place or removed meanwhile.
pub(super) fn all() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Unfinished {
    /// Refuses to go on once the process is ending.
    pub fn check(&self) -> Result<()> {
        if self.is_closed { Err(std::io::Error::other("the program is being stopped")) } else { Ok(()) }
    }

    pub fn add(&mut self, path: &Path) {
        self.paths.get_or_insert_default().insert(path.to_owned());
    }

    pub fn forget(&mut self, path: &Path) {
        if let Some(paths) = &mut self.paths {
            paths.remove(path);
        }
    }
}

/// What the names of a target's temporary files begin with. A long name is cut, as it could not be made longer.
pub(super) fn prefix(name: &str) -> String {
    let cut = name.char_indices().map(|(i, c)| i + c.len_utf8()).take_while(|end| *end <= 200).last().unwrap_or(0);
    format!(".{}.", &name[..cut])
}

/// What they end with.
pub(super) const SUFFIX: &str = ".part";
/// The characters between.
pub(super) const RANDOM: usize = 6;

/// Removes the temporary files of a target on which nobody has a lock.
pub(super) fn clear_stale(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX));
        let ours = random.is_some_and(|r| r.len() == RANDOM && r.bytes().all(|b| b.is_ascii_alphanumeric()));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            // The lock is held while the file is removed: its writer, if it is just being made, then makes another.
            if let Ok(file) = OpenOptions::new().read(true).write(true).open(&path)
                && file.try_lock().is_ok()
            {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// Whether a file that was opened at a path, and locked since, is still the one there.
pub(super) fn is_there(file: &File, path: &Path) -> Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let opened = file.metadata()?;
        match std::fs::symlink_metadata(path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.try_exists()
    }
}
