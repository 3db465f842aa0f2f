//! Everything that a run needs to go on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::{Error, Result};
use crate::model::{fit, read_metadata, read_tensors, write_tensors};
use crate::training::Evaluation;

/// Counters of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Updates of the adapters so far.
    pub step: u64,
    /// Updates of α so far.
    pub alpha_step: u64,
    /// Updates that the two optimisers have counted.
    pub optimiser_steps: (i64, i64),
    /// Bytes of metrics.jsonl that belong to these steps.
    pub metrics_bytes: u64,
    /// The best step on the evaluation file.
    pub best_on_dev: Option<Evaluation>,
    /// The best step on the selection rows.
    pub selected: Option<Evaluation>,
    /// Tokens computed, and those of them that are no padding.
    pub tokens: (u64, u64),
    /// Seconds of training, and of everything.
    pub seconds: (f64, f64),
    /// How often the run was taken up again.
    pub resumed: u32,
    /// SHA-256 of the base model and of each data file: the run goes on with the same ones only.
    pub inputs: Vec<String>,
}

/// A checkpoint: tensors and counters, in one file that is replaced whole, so that the last good one survives.
#[derive(Debug)]
pub struct Snapshot {
    /// The counters.
    pub state: State,
    /// The tensors, under names that start with what they are: `updates/`, `alphas/`, `adam/`, `alpha_adam/`,
    /// `best_on_dev/`, `selected/`.
    pub tensors: BTreeMap<String, Tensor>,
}

const STATE: &str = "state";

impl Snapshot {
    /// Adds tensors under a prefix.
    pub fn insert(&mut self, prefix: &str, tensors: BTreeMap<String, Tensor>) {
        self.tensors.extend(tensors.into_iter().map(|(name, tensor)| (format!("{prefix}/{name}"), tensor)));
    }

    /// The tensors under a prefix, without it; empty if there are none.
    pub fn group(&self, prefix: &str) -> BTreeMap<String, Tensor> {
        let named = self.tensors.iter().filter_map(|(name, tensor)| {
            let bare = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((bare.to_owned(), tensor.shallow_clone()))
        });
        named.collect()
    }

    /// The tensors under a prefix, checked against names and shapes.
    ///
    /// # Errors
    /// [`Error::Tensors`], [`Error::Shape`]: the checkpoint is another run's.
    pub fn fitting(
        &self,
        path: &Path,
        prefix: &str,
        shapes: &[(String, Vec<i64>)],
    ) -> Result<BTreeMap<String, Tensor>> {
        let group = self.group(prefix);
        fit(path, shapes, &group)?;
        Ok(group)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Store`] where it cannot be written, [`Error::Json`] never in practice.
    pub fn write(&self, path: &Path) -> Result<()> {
        let state =
            serde_json::to_string(&self.state).map_err(|source| Error::Json { path: path.to_owned(), source })?;
        write_tensors(path, &self.tensors, [(STATE.to_owned(), state)])
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of [`read_tensors`]; [`Error::Json`] if the counters are not there.
    pub fn read(path: &Path) -> Result<Self> {
        let (tensors, _) = read_tensors(path)?;
        let state = read_metadata(path)?.remove(STATE).unwrap_or_default();
        let state = serde_json::from_str(&state).map_err(|source| Error::Json { path: path.to_owned(), source })?;
        Ok(Self { state, tensors })
    }
}
