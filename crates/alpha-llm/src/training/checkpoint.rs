//! Everything that a run needs to go on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::{Error, Result};
use crate::model::{fit, read_tensors, write_tensors};
use crate::training::folder::files;
use crate::training::{Evaluation, Rule, Trainer};

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
    /// SHA-256 over config.toml, config.json and the tokenizer, for the same; not known to runs of earlier versions.
    #[serde(default)]
    pub settings: Option<String>,
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
    fn fitting(&self, path: &Path, prefix: &str, shapes: &[(String, Vec<i64>)]) -> Result<BTreeMap<String, Tensor>> {
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
        let file = read_tensors(path)?;
        let state = file.metadata.get(STATE).map_or("", String::as_str);
        let state = serde_json::from_str(state).map_err(|source| Error::Json { path: path.to_owned(), source })?;
        Ok(Self { state, tensors: file.tensors })
    }
}

impl Trainer {
    /// Writes the checkpoint, unless what it would hold is no use to go on from: the last one is better then.
    pub(super) fn save(&mut self) -> Result<()> {
        for parameters in [self.model.updates(), self.model.alphas()] {
            if !parameters.are_finite() {
                return Err(Error::Diverged { what: "a trained tensor".to_owned(), step: Some(self.state.step) });
            }
        }
        let path = self.out.join(files::CHECKPOINT);
        self.metrics.sync_data().map_err(|source| alpha_store::Error::Write { path: path.clone(), source })?;
        self.state.seconds.1 = self.seconds();
        let ((steps, moments), (alpha_steps, alpha_moments)) = (self.adam.state(), self.alpha_adam.state());
        self.state.optimiser_steps = (steps, alpha_steps);
        let mut snapshot = Snapshot { state: self.state.clone(), tensors: BTreeMap::new() };
        snapshot.insert("updates", self.model.updates().values());
        snapshot.insert("alphas", self.model.alphas().values());
        snapshot.insert("adam", moments);
        snapshot.insert("alpha_adam", alpha_moments);
        snapshot.insert("losses", self.losses.tensors());
        for (rule, values) in &self.kept {
            snapshot.insert(
                rule.name(),
                values.iter().map(|(name, value)| (name.clone(), value.shallow_clone())).collect(),
            );
        }
        snapshot.write(&path)
    }

    /// Takes up a checkpoint.
    pub(super) fn restore(&mut self, snapshot: &Snapshot, path: &Path) -> Result<()> {
        if snapshot.state.inputs != self.state.inputs {
            return Err(Error::Inputs { path: self.out.clone(), what: "another model or other data files" });
        }
        if snapshot.state.settings.is_some() && snapshot.state.settings != self.state.settings {
            let what = "another config.toml, config.json or tokenizer";
            return Err(Error::Inputs { path: self.out.clone(), what });
        }
        let (updates, alphas) = (self.model.updates(), self.model.alphas());
        let values = snapshot.fitting(path, "updates", &updates.shapes())?;
        let of_alpha = snapshot.fitting(path, "alphas", &alphas.shapes())?;
        let moments = snapshot.fitting(path, "adam", &self.adam.shapes())?;
        let alpha_moments = snapshot.fitting(path, "alpha_adam", &self.alpha_adam.shapes())?;
        updates.assign(&values);
        alphas.assign(&of_alpha);
        self.adam.restore(snapshot.state.optimiser_steps.0, &moments);
        self.alpha_adam.restore(snapshot.state.optimiser_steps.1, &alpha_moments);
        self.losses.restore(&snapshot.group("losses"), self.model.encoder().device());
        for rule in [Rule::BestOnDev, Rule::Selected] {
            let values = snapshot.group(rule.name());
            if !values.is_empty() {
                fit(path, &[updates.shapes(), alphas.shapes()].concat(), &values)?;
                self.kept.insert(rule, values);
            }
        }
        self.seconds_before = snapshot.state.seconds.1;
        self.state = snapshot.state.clone();
        Ok(())
    }
}
