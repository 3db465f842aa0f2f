//! One run of a study, begun or taken up again.

use std::path::Path;

use alpha_store::datasets::Datasets;
use tch::Device;

use crate::error::{Error, Result};
use crate::study::Planned;
use crate::training::{Trainer, is_begun, is_finished, read_config};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    New,
    /// Begun, and not over: it is going on somewhere, or it was stopped.
    Begun,
    /// Over: its record is there.
    Complete,
}

impl Planned {
    /// How far the run is in the study at `out`.
    ///
    /// # Errors
    /// [`Error::OtherSettings`] if the run that is there has other settings; [`Error::Toml`] if they are damaged.
    pub fn status(&self, out: &Path) -> Result<Status> {
        let folder = self.folder(out);
        if !is_begun(&folder) {
            return Ok(Status::New);
        }
        if read_config(&folder)? != self.config {
            return Err(Error::OtherSettings { path: folder });
        }
        Ok(if is_finished(&folder) { Status::Complete } else { Status::Begun })
    }

    /// Begins the run or takes it up; `model` is the folder of its model.
    ///
    /// # Errors
    /// Those of [`Planned::status`], [`Trainer::start`] and [`Trainer::resume`]: a complete run is [`Error::Finished`].
    pub fn open(&self, out: &Path, model: &Path, datasets: &Datasets, device: Device) -> Result<Trainer> {
        let folder = self.folder(out);
        match self.status(out)? {
            Status::New => Trainer::start(self.config.clone(), model, datasets, device, &folder),
            Status::Begun | Status::Complete => Trainer::resume(&folder, model, datasets, device),
        }
    }
}
