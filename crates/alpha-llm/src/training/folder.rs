//! The folder of a run.

use std::fs::{DirEntry, File, OpenOptions, TryLockError};
use std::path::Path;

use alpha_store::settings;

use crate::error::{Error, Result};
use crate::input;
use crate::training::RunConfig;

/// Names of the files of a run.
pub mod files {
    /// Every setting.
    pub const CONFIG: &str = "config.toml";
    /// Losses and scores by step.
    pub const METRICS: &str = "metrics.jsonl";
    /// What it takes to go on.
    pub const CHECKPOINT: &str = "checkpoint/state.safetensors";
    /// What the run came to.
    pub const RECORD: &str = "record.json";
    /// Every evaluation example under each rule.
    pub const PREDICTIONS: &str = "predictions.csv";
    /// The folder of the weights kept.
    pub const ADAPTER: &str = "adapter";
}

/// Checks that a folder is free for a new run: absent, empty, or with nothing but what the demo has put there and the
/// empty file that a start that was cut short leaves.
///
/// # Errors
/// [`Error::RunExists`] if it is not.
pub fn check_new(out: &Path) -> Result<()> {
    let is_free = |entry: &DirEntry| {
        let empty = || entry.metadata().is_ok_and(|file| file.len() == 0);
        entry.file_name() == "demo" || (entry.file_name() == files::METRICS && empty())
    };
    let taken = match std::fs::read_dir(out) {
        Ok(entries) => !entries.flatten().all(|entry| is_free(&entry)),
        Err(_) => out.exists(),
    };
    if taken { Err(Error::RunExists { path: out.to_owned() }) } else { Ok(()) }
}

/// Removes what a start that failed has left in a folder that it made: the demo's files and an empty metrics.jsonl; the folder
/// stays if there is more, or if another process is at work in it.
pub fn remove_begun(out: &Path) {
    let metrics = out.join(files::METRICS);
    let has_run = is_begun(out) || metrics.metadata().is_ok_and(|file| file.len() > 0);
    let is_free = File::open(&metrics).map_or(true, |file| file.try_lock().is_ok());
    if has_run || !is_free {
        return;
    }
    // What cannot be removed is in nobody's way.
    let _ = std::fs::remove_file(metrics);
    let _ = std::fs::remove_dir_all(out.join("demo"));
    let _ = std::fs::remove_dir(out);
}

/// Whether there is a run in a folder that can go on, or is over.
pub(crate) fn is_begun(out: &Path) -> bool {
    out.join(files::CONFIG).exists()
}

/// Whether the run in a folder is over: the record is written last.
pub(crate) fn is_finished(out: &Path) -> bool {
    out.join(files::RECORD).exists()
}

/// Reads RUN/config.toml.
///
/// # Errors
/// [`Error::Read`] if there is no run, [`Error::Toml`] if its configuration is damaged.
pub fn read_config(out: &Path) -> Result<RunConfig> {
    Ok(read_config_and_text(out)?.0)
}

/// As [`read_config`], with the text as it stands.
pub(super) fn read_config_and_text(out: &Path) -> Result<(RunConfig, String)> {
    let path = out.join(files::CONFIG);
    let text = input::text(&path)?;
    let config = settings::from_text(&text).map_err(|source| Error::Toml { path, source: Box::new(source) })?;
    Ok((config, text))
}

/// RUN/metrics.jsonl, to be appended to by this process alone.
pub(super) struct Metrics {
    pub file: File,
    /// Why nobody can tell whether another process is at work, on a file system without locks.
    pub warning: Option<String>,
}

impl Metrics {
    /// Opens and locks it. Two processes would mix their lines: one on a node that a scheduler gave up, say, and one that took
    /// the run over. The lock ends with the process.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process has it; [`Error::Store`] where it cannot be written.
    pub fn lock(out: &Path) -> Result<Self> {
        let path = out.join(files::METRICS);
        let opened =
            std::fs::create_dir_all(out).and_then(|()| OpenOptions::new().create(true).append(true).open(&path));
        let file = opened.map_err(|source| alpha_store::Error::Write { path, source })?;
        let warning = match file.try_lock() {
            Ok(()) => None,
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: out.to_owned() }),
            Err(TryLockError::Error(reason)) => Some(format!(
                "{} cannot be locked ({reason}): see that no other process works on this run",
                files::METRICS
            )),
        };
        Ok(Self { file, warning })
    }
}

/// Cuts off the lines of RUN/metrics.jsonl that are after a checkpoint.
///
/// # Errors
/// [`Error::Metrics`] if there are fewer than there were; [`Error::Store`] where it cannot be written.
pub(super) fn cut(metrics: &File, out: &Path, length: u64) -> Result<()> {
    let path = out.join(files::METRICS);
    let found = metrics.metadata().map_err(|source| Error::Read { path: path.clone(), source })?.len();
    if found < length {
        return Err(Error::Metrics { path, found, expected: length });
    }
    Ok(metrics.set_len(length).map_err(|source| alpha_store::Error::Write { path, source })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_lines_are_told_and_not_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(files::METRICS);
        std::fs::write(&path, "0123456789").unwrap();
        let metrics = Metrics::lock(folder.path()).unwrap();
        let message = cut(&metrics.file, folder.path(), 11).unwrap_err().to_string();
        assert!(message.contains("has 10 bytes") && message.contains("it had 11"), "{message}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0123456789");
        cut(&metrics.file, folder.path(), 4).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0123");
    }

    #[test]
    fn a_locked_run_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let first = Metrics::lock(folder.path()).unwrap();
        assert!(first.warning.is_none());
        assert!(matches!(Metrics::lock(folder.path()), Err(Error::Busy { .. })));
        drop(first);
        assert!(Metrics::lock(folder.path()).is_ok());
    }
}
