//! A run that is over, looked into.

use std::path::Path;

use alpha_store::datasets::Datasets;

use crate::classifier::{Classifier, read_folder};
use crate::error::Result;
use crate::export::Native;
use crate::glue::CUSTOM;
use crate::training::data::prepare_evaluations;
use crate::training::evaluation::{Encoded, Evaluation, predict};
use crate::training::folder::files;
use crate::training::{RunConfig, RunRecord};

/// A run that is over, ready to be scored.
#[derive(Debug)]
pub struct OpenRun {
    /// The classifier with the weights of RUN/adapter.
    pub model: Classifier,
    /// The evaluation files.
    pub sets: Vec<Encoded>,
    /// The step of the weights.
    pub step: u64,
    /// Rows per batch.
    pub batch: usize,
}

/// Reads RUN/adapter and the evaluation files that `config` names, on the device and with the threads that it says; `folder`
/// is that of the model.
///
/// # Errors
/// Those of [`Native::read`], [`Native::classifier`], [`RunConfig::open_device`] and the data, but that no training file is
/// needed.
pub fn open_run(out: &Path, config: &RunConfig, folder: &Path, datasets: &Datasets) -> Result<OpenRun> {
    let device = config.open_device()?;
    let native = Native::read(&out.join(files::ADAPTER))?;
    let (encoder, checkpoint) = read_folder(folder)?;
    let model = native.classifier(&encoder, &checkpoint, config.precision.place(device)?)?;
    let mut config = RunConfig { max_length: Some(native.max_length), ..config.clone() };
    if config.task == CUSTOM {
        config.columns.get_or_insert_default().label_names = Some(native.label_names.clone());
    }
    let sets = prepare_evaluations(&config, folder, &encoder, datasets)?;
    let step = RunRecord::read(&out.join(files::RECORD))?.chosen().map_or(0, |reading| reading.step);
    Ok(OpenRun { model, sets, step, batch: config.evaluation_batch })
}

impl OpenRun {
    /// Scores the weights on each evaluation file.
    ///
    /// # Errors
    /// As [`predict`].
    pub fn score(&self) -> Result<Vec<Evaluation>> {
        let score = |set: &Encoded| {
            let predictions = predict(&self.model, set, &set.indices(), self.batch)?;
            Ok(predictions.evaluation(&set.name, self.step))
        };
        self.sets.iter().map(score).collect()
    }
}
