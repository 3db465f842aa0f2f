//! What a run leaves behind to be read.

use std::path::Path;

use alpha_store::record::Record;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::json;
use crate::training::{Evaluation, RunConfig};

/// The record of a run, RUN/record.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Command, version, configuration, data files, machine, seconds.
    #[serde(flatten)]
    pub record: Record<RunConfig>,
    /// The source's commit, where it was built from one.
    pub commit: Option<String>,
    /// The base model.
    pub model: ModelUsed,
    /// Trainable parameters.
    pub parameters: ParameterCounts,
    /// Rows that train, move α and select.
    pub rows: RowCounts,
    /// `Cpu`, or `Cuda(0)`.
    pub device: String,
    /// Threads of the CPU.
    pub threads: usize,
    /// Updates of the adapters.
    pub steps: u64,
    /// Updates of α.
    pub alpha_steps: u64,
    /// The scores, under each rule for choosing a step.
    pub readings: Vec<Reading>,
    /// The reading whose weights are in RUN/adapter.
    pub adapter: Rule,
    /// How fast it trained.
    pub throughput: Throughput,
    /// How often it was taken up again.
    pub resumed: u32,
    /// What to know before trusting a number.
    pub warnings: Vec<String>,
}

/// The base model of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// SHA-256 of its model.safetensors.
    pub sha256: String,
    /// Whether the head was drawn anew.
    pub new_head: bool,
}

/// Numbers of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterCounts {
    /// Of the updates and the head.
    pub adapters_and_head: usize,
    /// Of α.
    pub alpha: usize,
    /// Both.
    pub trainable: usize,
}

/// Rows of the training file by use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Adapters and head.
    pub train: usize,
    /// α.
    pub alpha: usize,
    /// Choice of a step.
    pub selection: usize,
    /// In two of them.
    pub shared: usize,
    /// SHA-256 over the three lists.
    pub digest: String,
}

/// What chooses the step whose weights count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The best accuracy on the evaluation file itself, as the paper reports it; it flatters.
    BestOnDev,
    /// The last step.
    Last,
    /// The best accuracy on rows held out from training.
    Selected,
}

impl Rule {
    /// Its word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::BestOnDev => "best_on_dev",
            Self::Last => "last",
            Self::Selected => "selected",
        }
    }
}

/// Scores at the step that a rule chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What chooses the step.
    pub rule: Rule,
    /// The step.
    pub step: u64,
    /// The scores on each evaluation file.
    pub evaluations: Vec<Evaluation>,
}

/// Training speed, without evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Tokens computed, padding included, α batches too.
    pub tokens: u64,
    /// Of them, no padding.
    pub real_tokens: u64,
    /// Seconds spent in training steps.
    pub seconds: f64,
    /// Real tokens per second.
    pub tokens_per_second: f64,
    /// Seconds before the first step, to read the model and tokenise the texts.
    pub start_up: f64,
}

impl RunRecord {
    /// Writes RUN/record.json, whole or not at all.
    ///
    /// # Errors
    /// [`crate::Error::Json`] never in practice, [`crate::Error::Store`].
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        json::write(path, self)
    }

    /// The reading whose weights are in RUN/adapter.
    pub fn chosen(&self) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.rule == self.adapter)
    }

    /// Reads RUN/record.json.
    ///
    /// # Errors
    /// [`crate::Error::Read`], [`crate::Error::Json`].
    pub fn read(path: &Path) -> Result<Self> {
        json::read(path)
    }
}
