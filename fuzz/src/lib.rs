//! What the fuzz targets share: readers here take paths, fuzzers give bytes.

use std::path::PathBuf;
use std::sync::LazyLock;

use tempfile::TempDir;

/// In memory where there is such a place: a file is written for every input.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = tempfile::tempdir_in("/dev/shm");
    memory.or_else(|_| tempfile::tempdir()).expect("a folder for temporary files")
});

/// A file of this process that holds these bytes, until the next of the same name.
///
/// # Panics
/// If it cannot be written.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = FOLDER.path().join(name);
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    path
}

/// Fails if an error does not name the file that it is about.
///
/// # Panics
/// Then.
pub fn names_its_file<T, E: std::fmt::Display>(result: Result<T, E>, name: &str) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(error.to_string().contains(name), "'{error}' does not name {name}");
            None
        }
    }
}
