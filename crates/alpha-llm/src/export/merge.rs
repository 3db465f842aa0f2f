//! Adapters folded into the weights.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use crate::export::Native;
use crate::model::{Checkpoint, EncoderConfig};

/// The encoder's tensors with W' = diag(α) W + s B A (or + W̃) and b' = α∘b (or b; + b̃), computed in fp64 from the fp32
/// weights and rounded once. The native values were checked against the model.
pub(super) fn merged(native: &Native, config: &EncoderConfig, checkpoint: &Checkpoint) -> BTreeMap<String, Tensor> {
    let mut tensors: BTreeMap<_, _> =
        checkpoint.encoder.iter().map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect();
    let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
    for layer in 0..config.num_hidden_layers {
        for site in &native.adapter.targets {
            let path = site.path(layer);
            let part = |name: &str| native.values.get(&format!("{path}.{name}")).map(double);
            if let Some(weight) = tensors.get_mut(&format!("{path}.weight")) {
                let mut sum = double(weight);
                if let Some(alpha) = part("alpha") {
                    sum = sum * alpha.unsqueeze(1);
                }
                if let (Some(a), Some(b)) = (part("lora_A"), part("lora_B")) {
                    sum = sum + b.matmul(&a) * native.adapter.scaling();
                }
                if let Some(full) = part("full.weight") {
                    sum = sum + full;
                }
                *weight = sum.to_kind(Kind::Float);
            }
            if let Some(bias) = tensors.get_mut(&format!("{path}.bias")) {
                let mut sum = double(bias);
                if let Some(alpha) = part("alpha").filter(|_| native.adapter.scale_bias) {
                    sum = sum * alpha;
                }
                if let Some(full) = part("full.bias") {
                    sum = sum + full;
                }
                *bias = sum.to_kind(Kind::Float);
            }
        }
    }
    tensors
}

/// The trained head.
pub(super) fn head(native: &Native) -> impl Iterator<Item = (&String, &Tensor)> {
    native.values.iter().filter(|(name, _)| name.starts_with("classifier."))
}
