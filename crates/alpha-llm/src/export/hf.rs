//! A plain Hugging Face model folder with the adapter folded in.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::Result;
use crate::export::Native;
use crate::export::merge::{head, merged};
use crate::input;
use crate::json;
use crate::model::{Checkpoint, EncoderConfig, Family, write_tensors};
use crate::tokens;

/// Writes model.safetensors, config.json and the tokenizer of the folder `base`.
pub(super) fn write(
    native: &Native,
    (config, checkpoint): (&EncoderConfig, &Checkpoint),
    base: &Path,
    folder: &Path,
) -> Result<()> {
    let prefix = config.family.prefix();
    let encoder = merged(native, config, checkpoint).into_iter();
    let mut tensors: std::collections::BTreeMap<_, _> =
        encoder.map(|(name, tensor)| (format!("{prefix}.{name}"), tensor)).collect();
    tensors.extend(head(native).map(|(name, tensor)| (name.clone(), tensor.shallow_clone())));
    write_tensors(&folder.join("model.safetensors"), &tensors, [("format".to_owned(), "pt".to_owned())])?;

    let mut settings: serde_json::Map<String, Value> = json::read(&base.join("config.json"))?;
    // The number of labels follows from their names; where the base lay is nobody's business.
    for gone in ["num_labels", "_num_labels", "_name_or_path"] {
        settings.remove(gone);
    }
    // Else transformers would round to the base's storage format.
    for kind in ["dtype", "torch_dtype"] {
        if let Some(value) = settings.get_mut(kind) {
            *value = json!("float32");
        }
    }
    let architecture = match config.family {
        Family::Roberta => "RobertaForSequenceClassification",
        Family::Bert => "BertForSequenceClassification",
    };
    let names = native.label_names.iter().enumerate();
    let by_id: serde_json::Map<_, _> = names.clone().map(|(id, name)| (id.to_string(), json!(name))).collect();
    let by_name: serde_json::Map<_, _> = names.map(|(id, name)| (name.clone(), json!(id))).collect();
    settings.insert("architectures".to_owned(), json!([architecture]));
    settings.insert("id2label".to_owned(), by_id.into());
    settings.insert("label2id".to_owned(), by_name.into());
    settings.insert("problem_type".to_owned(), json!("single_label_classification"));
    json::write(&folder.join("config.json"), &settings)?;

    for name in tokens::FILES {
        let from = base.join(name);
        if from.exists() {
            let bytes = input::bytes(&from)?;
            alpha_store::output::write(&folder.join(name), |out| out.write_all(&bytes))?;
        }
    }
    Ok(())
}
