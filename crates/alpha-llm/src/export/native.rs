//! The native folder of an adapter: everything that a classifier is beyond its base model.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::adapter::AdapterConfig;
use crate::classifier::Classifier;
use crate::error::{Error, Result};
use crate::json;
use crate::model::{Checkpoint, EncoderConfig, Family, expect_floats, read_tensors, write_tensors};

/// The format of the folder; a change that older readers would misread gets a new number.
const VERSION: u32 = 1;
const SETTINGS: &str = "alpha_lora.json";
const TENSORS: &str = "alpha_lora.safetensors";

/// The base model that an adapter belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// A folder or hub id, as it was given.
    pub name: String,
    /// Its family.
    pub family: Family,
    /// SHA-256 of its model.safetensors.
    pub sha256: String,
}

/// A trained adapter and head, with what it takes to use them.
///
/// On disk: `alpha_lora.safetensors` with the tensors of [`Classifier::updates`] and [`Classifier::alphas`] under their
/// names, and `alpha_lora.json` with the rest.
#[derive(Debug)]
pub struct Native {
    /// Settings of the adapters.
    pub adapter: AdapterConfig,
    /// What they were trained on.
    pub base: Base,
    /// The task's name.
    pub task: String,
    /// The labels' names, in the order of the logits; at least one.
    pub label_names: Vec<String>,
    /// The longest input in tokens, specials included, to which texts were cut.
    pub max_length: usize,
    /// Updates, head and α by name, fp32.
    pub values: BTreeMap<String, Tensor>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    version: u32,
    task: String,
    label_names: Vec<String>,
    max_length: usize,
    base: Base,
    adapter: AdapterConfig,
}

impl Native {
    /// The values that a classifier has now.
    pub fn values_of(classifier: &Classifier) -> BTreeMap<String, Tensor> {
        let mut values = classifier.updates().values();
        values.append(&mut classifier.alphas().values());
        values
    }

    /// Writes both files, each whole or not at all, over older ones; the tensors go first.
    ///
    /// # Errors
    /// [`Error::Store`] where a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let settings = Settings {
            version: VERSION,
            task: self.task.clone(),
            label_names: self.label_names.clone(),
            max_length: self.max_length,
            base: self.base.clone(),
            adapter: self.adapter.clone(),
        };
        write_tensors(&folder.join(TENSORS), &self.values, [("format".to_owned(), "pt".to_owned())])?;
        json::write(&folder.join(SETTINGS), &settings)
    }

    /// Reads a folder. Whether the tensors are those of the adapter is checked by [`Native::classifier`], which knows the
    /// model's sizes.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Json`] for settings that are damaged or incomplete; [`Error::Parameter`] for a folder of
    /// a later version or without labels; those of [`read_tensors`].
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(SETTINGS);
        let settings: serde_json::Value = json::read(&path)?;
        let wrong = |name: &str, value: &str, allowed: &str| {
            Error::parameter(format!("{name} of {}", path.display()), value, allowed)
        };
        // The version first: a later one may have fields that this one does not know.
        if settings["version"] != VERSION {
            let found = settings["version"].to_string();
            return Err(wrong("version", &found, "1 for this version of alpha-llm"));
        }
        // Elsewhere they have defaults, which would be wrong for what was trained with others.
        for name in ["method", "targets", "rank", "lora_alpha", "scale_bias"] {
            if settings["adapter"].get(name).is_none() {
                return Err(wrong(&format!("adapter.{name}"), "not set", "as it was in training"));
            }
        }
        let Settings { task, label_names, max_length, base, adapter, .. } =
            serde_json::from_value(settings).map_err(|source| Error::Json { path: path.clone(), source })?;
        if label_names.is_empty() {
            return Err(wrong("label_names", "empty", "the name of at least one label"));
        }
        let path = folder.join(TENSORS);
        let values = read_tensors(&path)?.tensors;
        expect_floats(&path, &values)?;
        Ok(Self { adapter, base, task, label_names, max_length, values })
    }

    /// The classifier, on the base model that it was trained on.
    ///
    /// # Errors
    /// [`Error::Base`] for another base model; [`Error::Parameter`] for settings that do not fit it; [`Error::Tensors`]
    /// and [`Error::Shape`] for tensors that do not fit the settings.
    pub fn classifier(
        &self,
        config: &EncoderConfig,
        checkpoint: &Checkpoint,
        place: (Kind, Device),
    ) -> Result<Classifier> {
        if checkpoint.sha256 != self.base.sha256 {
            let Base { name, sha256, .. } = self.base.clone();
            return Err(Error::Base { name, expected: sha256, got: checkpoint.sha256.clone() });
        }
        let labels = self.label_names.len() as i64;
        let mut classifier = Classifier::new(config, checkpoint, &self.adapter, labels, 0, place)?;
        classifier.restore(&self.values, Path::new(TENSORS))?;
        Ok(classifier)
    }
}
