//! A folder that appears whole or not at all.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A folder under a temporary name beside its place; removed again unless it is committed.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    out: PathBuf,
}

impl Stage {
    pub fn new(out: &Path) -> Result<Self> {
        let taken = || Error::Exists { path: out.to_owned() };
        // `..` and `/` have no name, and are there.
        let name = out.file_name().ok_or_else(taken)?;
        if out.symlink_metadata().is_ok() {
            return Err(taken());
        }
        if let Some(parent) = out.parent() {
            std::fs::create_dir_all(parent).map_err(|source| write_error(parent, source))?;
        }
        // A new one: what a process that was killed has left under this name is not part of the export.
        let mut number = 0;
        loop {
            let mut part = std::ffi::OsString::from(".");
            part.push(name);
            part.push(format!(".{}.{}.part", std::process::id(), number));
            let folder = out.with_file_name(part);
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder, out: out.to_owned() }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(write_error(&folder, source)),
            }
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the folder its name.
    pub fn commit(self) -> Result<()> {
        if self.out.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: self.out.clone() });
        }
        // Renaming onto a folder with something in it fails as well, should one appear just now.
        std::fs::rename(&self.folder, &self.out).map_err(|source| write_error(&self.out, source))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Gone already after a commit.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn write_error(path: &Path, source: std::io::Error) -> Error {
    alpha_store::Error::Write { path: path.to_owned(), source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_not_taken_over() {
        let work = tempfile::tempdir().unwrap();
        let out = work.path().join("new/out");
        let stale = work.path().join(format!("new/.out.{}.0.part", std::process::id()));
        std::fs::create_dir_all(&stale).unwrap();
        std::fs::write(stale.join("old"), "").unwrap();
        let stage = Stage::new(&out).unwrap();
        std::fs::write(stage.folder().join("new"), "").unwrap();
        stage.commit().unwrap();
        let names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
        assert!(stale.join("old").exists());
    }
}
