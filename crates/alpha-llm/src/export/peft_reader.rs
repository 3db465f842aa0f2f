//! A reader of PEFT's LoRA and DoRA adapters for classifiers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::json;
use crate::model::{Checkpoint, EncoderConfig, encoder_shapes, expect_floats, fit, read_tensors};

/// Reads an adapter folder of PEFT and merges it into the base model: W' = W + s B A, or for DoRA
/// m ⊙ (W + s B A)/‖row of W + s B A‖, in fp64. The head is the adapter's.
///
/// # Errors
/// [`Error::Read`] and [`Error::Json`]; [`Error::Parameter`] for an adapter of another kind and for variants that are not
/// followed; [`Error::Tensors`] for incomplete modules and tensors that belong nowhere; [`Error::Shape`].
pub fn read_peft(folder: &Path, config: &EncoderConfig, base: &Checkpoint) -> Result<Checkpoint> {
    let path = folder.join("adapter_config.json");
    let settings = Settings { fields: json::read(&path)?, path: &path };
    settings.check()?;
    let (rank, dora) = (settings.number("r")?, settings.fields.get("use_dora") == Some(&Value::Bool(true)));
    let scaling = settings.number("lora_alpha")? / rank;

    let path = folder.join("adapter_model.safetensors");
    let file = read_tensors(&path)?;
    let (sha256, tensors) = (file.sha256(), file.tensors);
    expect_floats(&path, &tensors)?;
    let mut merged: BTreeMap<_, _> =
        base.encoder.iter().map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect();
    let mut head = BTreeMap::new();
    let mut modules: BTreeMap<&str, BTreeMap<&str, &Tensor>> = BTreeMap::new();
    let (mut missing, mut unexpected) = (Vec::new(), Vec::new());
    let prefix = format!("{}.", config.family.prefix());
    const PARTS: [&str; 5] = [
        ".lora_A.weight",
        ".lora_B.weight",
        ".lora_magnitude_vector.weight",
        ".lora_magnitude_vector",
        ".base_layer.bias",
    ];
    for (full, tensor) in &tensors {
        let name = full.strip_prefix("base_model.model.").unwrap_or(full);
        let part = PARTS.iter().find_map(|part| Some((name.strip_prefix(&prefix)?.strip_suffix(part)?, *part)));
        if name.starts_with("classifier.") {
            head.insert(name.to_owned(), tensor.shallow_clone());
        } else if let Some((module, part)) = part.filter(|(module, _)| merged.contains_key(&format!("{module}.weight")))
        {
            let part = if part == ".lora_magnitude_vector" { ".lora_magnitude_vector.weight" } else { part };
            modules.entry(module).or_default().insert(part, tensor);
        } else {
            unexpected.push(full.clone());
        }
    }
    let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
    for (module, parts) in modules {
        let weight = &merged[&format!("{module}.weight")];
        let (rows, columns) = (weight.size()[0], weight.size()[1]);
        let mut found = BTreeMap::new();
        let mut wanted = vec![(PARTS[0], vec![rank as i64, columns]), (PARTS[1], vec![rows, rank as i64])];
        wanted.extend(dora.then(|| (PARTS[2], vec![rows])));
        wanted.extend(parts.contains_key(PARTS[4]).then(|| (PARTS[4], vec![rows])));
        let named = |part: &str| format!("{module}{part}");
        found.extend(parts.iter().map(|(part, tensor)| (named(part), tensor.shallow_clone())));
        let wanted: Vec<_> = wanted.into_iter().map(|(part, shape)| (named(part), shape)).collect();
        match fit(&path, &wanted, &found) {
            Err(Error::Tensors { missing: some, unexpected: more, .. }) => {
                missing.extend(some);
                unexpected.extend(more);
                continue;
            }
            checked => checked?,
        }
        let mut sum = double(weight) + double(parts[PARTS[1]]).matmul(&double(parts[PARTS[0]])) * scaling;
        if dora {
            let norms = sum.square().sum_dim_intlist([1_i64].as_slice(), true, Kind::Double).sqrt();
            sum = sum / norms * double(parts[PARTS[2]]).unsqueeze(1);
        }
        merged.insert(format!("{module}.weight"), sum.to_kind(Kind::Float));
        if let Some(bias) = parts.get(PARTS[4]) {
            merged.insert(format!("{module}.bias"), bias.shallow_clone());
        }
    }
    if !missing.is_empty() || !unexpected.is_empty() {
        return Err(Error::Tensors { path, missing, unexpected });
    }
    fit(&path, &encoder_shapes(config), &merged)?;
    Ok(Checkpoint { encoder: merged, head, sha256 })
}

/// adapter_config.json.
struct Settings<'a> {
    fields: serde_json::Map<String, Value>,
    path: &'a Path,
}

impl Settings<'_> {
    fn wrong(&self, name: &str, value: &Value, allowed: &str) -> Error {
        Error::parameter(format!("{name} of {}", self.path.display()), value, allowed)
    }

    /// Fields that this reader knows nothing of are fine at their defaults; what changes the formula is not.
    fn check(&self) -> Result<()> {
        let kind = self.fields.get("peft_type").unwrap_or(&Value::Null);
        if kind != "LORA" {
            return Err(self.wrong("peft_type", kind, "\"LORA\""));
        }
        for (name, value) in &self.fields {
            let changes = matches!(
                name.as_str(),
                "use_rslora"
                    | "rank_pattern"
                    | "alpha_pattern"
                    | "lora_bias"
                    | "layers_to_transform"
                    | "layers_pattern"
                    | "fan_in_fan_out"
                    | "use_qalora"
                    | "use_bdlora"
                    | "layer_replication"
                    | "target_parameters"
            ) || name.ends_with("_config");
            let unset = match value {
                Value::Null | Value::Bool(false) => true,
                Value::Object(map) => map.is_empty(),
                Value::Array(items) => items.is_empty(),
                _ => false,
            };
            if changes && !unset {
                return Err(self.wrong(name, value, "left out: this variant of LoRA is not known here"));
            }
        }
        Ok(())
    }

    /// A number above 0.
    fn number(&self, name: &str) -> Result<f64> {
        let value = self.fields.get(name).unwrap_or(&Value::Null);
        let number = value.as_i64().filter(|number| (1..=1 << 24).contains(number));
        number.map(|number| number as f64).ok_or_else(|| self.wrong(name, value, "a whole number above 0"))
    }
}
