//! An adapter folder that unmodified PEFT loads.
//!
//! PEFT has no α. But diag(α) W + s B A = diag(α) (W + s B' A) with B' = diag(1/α) B, and that is a DoRA adapter with the
//! magnitude m = α ⊙ ‖row of W + s B' A‖, whose norm cancels. PEFT drops tensors that it does not know without a word, so α
//! itself is never written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use tch::{Kind, Tensor};

use crate::adapter::{Method, Site};
use crate::error::{Error, Result};
use crate::export::Native;
use crate::export::merge::head;
use crate::json as json_file;
use crate::model::{Checkpoint, EncoderConfig, write_tensors};

/// Below this |α|, B' = B/α is too large to be of use to others: it overflows fp16.
const SMALLEST: f64 = 1e-4;

/// Writes adapter_config.json, with long-lived fields only, since an older PEFT fails on a field that it does not know,
/// and adapter_model.safetensors.
pub(super) fn write(native: &Native, (config, base): (&EncoderConfig, &Checkpoint), folder: &Path) -> Result<()> {
    let adapter = &native.adapter;
    if adapter.method == Method::Full {
        return Err(Error::FullRank);
    }
    let mut tensors = BTreeMap::new();
    for layer in 0..config.num_hidden_layers {
        for site in &adapter.targets {
            let path = site.path(layer);
            for (name, tensor) in module(native, base, &path)? {
                tensors.insert(format!("base_model.model.{}.{path}.{name}", config.family.prefix()), tensor);
            }
        }
    }
    tensors.extend(head(native).map(|(name, tensor)| (format!("base_model.model.{name}"), tensor.shallow_clone())));
    write_tensors(&folder.join("adapter_model.safetensors"), &tensors, [("format".to_owned(), "pt".to_owned())])?;

    let mut settings = json!({
        "peft_type": "LORA",
        "task_type": "SEQ_CLS",
        "base_model_name_or_path": native.base.name,
        "r": adapter.rank,
        "lora_alpha": adapter.lora_alpha,
        "target_modules": targets(&adapter.targets, config.num_hidden_layers),
        "modules_to_save": ["classifier"],
        "inference_mode": true,
        "bias": "none",
    });
    if adapter.has_alpha() {
        settings["use_dora"] = json!(true);
        if adapter.scale_bias {
            settings["bias"] = json!("lora_only");
        }
    }
    json_file::write(&folder.join("adapter_config.json"), &settings)
}

/// PEFT takes a name for every module whose path ends in it, so `output.dense` alone would take `attention.output.dense`
/// as well: then each module has its path.
fn targets(sites: &[Site], layers: usize) -> Vec<String> {
    if sites.contains(&Site::Output) && !sites.contains(&Site::AttentionOutput) {
        return (0..layers).flat_map(|layer| sites.iter().map(move |site| site.path(layer))).collect();
    }
    sites.iter().map(ToString::to_string).collect()
}

/// The tensors of one module, by PEFT's names. The native values were checked against the model.
fn module(native: &Native, base: &Checkpoint, path: &str) -> Result<Vec<(&'static str, Tensor)>> {
    let part = |name: &str| native.values.get(&format!("{path}.{name}")).map(Tensor::shallow_clone);
    let frozen = |name: &str| base.encoder.get(&format!("{path}.{name}")).map(|tensor| tensor.to_kind(Kind::Double));
    let (Some(a), Some(b)) = (part("lora_A"), part("lora_B")) else { return Ok(Vec::new()) };
    let (Some(alpha), Some(weight), Some(bias)) = (part("alpha"), frozen("weight"), frozen("bias")) else {
        return Ok(vec![("lora_A.weight", a), ("lora_B.weight", b)]);
    };
    let alpha = alpha.to_kind(Kind::Double).expand([weight.size()[0]], false);
    let first =
        |wrong: &Tensor| wrong.any().int64_value(&[]).ne(&0).then(|| wrong.to_kind(Kind::Int64).argmax(0, false));
    let module = path.to_owned();
    if let Some(row) = first(&alpha.abs().lt(SMALLEST)) {
        let row = row.int64_value(&[]);
        return Err(Error::SmallAlpha { module, row, alpha: alpha.double_value(&[row]), smallest: SMALLEST });
    }
    let b = (b.to_kind(Kind::Double) / alpha.unsqueeze(1)).to_kind(Kind::Float);
    // From B' as PEFT will read it, so that its norm cancels.
    let direction = weight + b.to_kind(Kind::Double).matmul(&a.to_kind(Kind::Double)) * native.adapter.scaling();
    let norms = direction.square().sum_dim_intlist([1_i64].as_slice(), false, Kind::Double).sqrt();
    if let Some(row) = first(&norms.to_kind(Kind::Float).eq(0.0)) {
        return Err(Error::ZeroRow { module, row: row.int64_value(&[]) });
    }
    let magnitude = (&alpha * norms).to_kind(Kind::Float);
    let mut tensors = vec![
        ("lora_A.weight", a),
        ("lora_B.weight", b),
        // PEFT itself takes the name without `.weight` too; transformers' reader then drops it.
        ("lora_magnitude_vector.weight", magnitude),
    ];
    if native.adapter.scale_bias {
        tensors.push(("base_layer.bias", (alpha * bias).to_kind(Kind::Float)));
    }
    Ok(tensors)
}
