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
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".{}.part", std::process::id()));
        let folder = out.with_file_name(part);
        std::fs::create_dir_all(&folder).map_err(|source| write_error(&folder, source))?;
        Ok(Self { folder, out: out.to_owned() })
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
