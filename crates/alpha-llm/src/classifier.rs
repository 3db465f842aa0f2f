//! A frozen encoder with adapters and a trained head.

use std::collections::BTreeMap;
use std::path::Path;

use tch::{Device, Kind, Tensor};

use crate::adapter::{AdapterConfig, Adapters, Parameters, Pass};
use crate::device::upload;
use crate::dropout::Dropout;
use crate::error::Result;
use crate::model::{
    Batch, BegunBatch, Checkpoint, Encoder, EncoderConfig, EncoderPlane, FoldedEncoder, Head, fit, head_shapes,
};

/// A sequence classifier whose encoder is frozen.
#[derive(Debug)]
pub struct Classifier {
    encoder: Encoder,
    head: Head,
    adapters: Adapters,
    updates: Parameters,
    alphas: Parameters,
    new_head: bool,
}

impl Classifier {
    /// Puts new adapters on an encoder. The head is the checkpoint's where it has one for this many labels, else new.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for adapter settings that are not allowed.
    pub fn new(
        config: &EncoderConfig,
        checkpoint: &Checkpoint,
        adapter: &AdapterConfig,
        labels: i64,
        seed: u64,
        (kind, device): (Kind, Device),
    ) -> Result<Self> {
        let initial = Adapters::initial(adapter, config, seed)?;
        let stored = head_shapes(config, labels);
        let fits = |(name, size): &(String, Vec<i64>)| checkpoint.head.get(name).is_some_and(|t| t.size() == *size);
        let new_head = !stored.iter().all(fits);
        let head = if new_head {
            Head::initial(config, labels, seed)
        } else {
            stored.into_iter().map(|(name, _)| (name.clone(), checkpoint.head[&name].shallow_clone())).collect()
        };
        let updates = Parameters::new(initial.updates.into_iter().chain(head).collect(), device);
        let alphas = Parameters::new(initial.alphas, device);
        Ok(Self {
            encoder: Encoder::new(config, &checkpoint.encoder, &adapter.targets, kind, device),
            head: Head::of(config, &checkpoint.encoder, &updates, device),
            adapters: Adapters::of(adapter, config, &updates, &alphas),
            updates,
            alphas,
            new_head,
        })
    }

    /// Takes up saved values: exactly the tensors of [`Classifier::updates`] and [`Classifier::alphas`]. `path` is for
    /// messages.
    ///
    /// # Errors
    /// [`crate::Error::Tensors`] or [`crate::Error::Shape`] where they are others; nothing is changed then.
    pub fn restore(&mut self, values: &BTreeMap<String, Tensor>, path: &Path) -> Result<()> {
        fit(path, &[self.updates.shapes(), self.alphas.shapes()].concat(), values)?;
        self.updates.assign(values);
        self.alphas.assign(values);
        self.new_head = false;
        Ok(())
    }

    /// The frozen encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The adapters.
    pub fn adapters(&self) -> &Adapters {
        &self.adapters
    }

    /// What the adapter step trains: the updates and the head.
    pub fn updates(&self) -> &Parameters {
        &self.updates
    }

    /// What the α step trains; empty for plain LoRA.
    pub fn alphas(&self) -> &Parameters {
        &self.alphas
    }

    /// Whether there is an α.
    pub(crate) fn has_alphas(&self) -> bool {
        !self.alphas.is_empty()
    }

    /// Whether the head was drawn anew, for want of one in the checkpoint for this many labels.
    pub fn has_new_head(&self) -> bool {
        self.new_head
    }

    /// Folds what is constant in passes of this kind; do so again after a change of α, for evaluation of anything.
    pub fn fold(&self, pass: Pass) -> FoldedEncoder {
        self.encoder.fold(&self.adapters, pass)
    }

    /// Logits, rows × labels, fp32.
    pub fn logits(&self, batch: &Batch, folded: &FoldedEncoder, dropout: &mut Dropout) -> Tensor {
        let first = self.encoder.forward(batch, &self.adapters, folded, dropout);
        self.head.forward(&first, folded.pass(), dropout)
    }

    /// The encoder over the plane α = a α* + b, α* being the α that it has now; do so again after any change.
    pub fn plane(&self) -> EncoderPlane {
        self.encoder.plane(&self.adapters)
    }

    /// Computes what is the same all over the plane.
    pub fn begin(&self, batch: Batch, plane: &EncoderPlane) -> BegunBatch {
        self.encoder.begin(batch, &self.adapters, plane)
    }

    /// Logits, rows × labels, fp32, where every α is a α* + b; `folded` is the plane there.
    pub fn go_on(&self, begun: &BegunBatch, folded: &FoldedEncoder, at: [f64; 2]) -> Tensor {
        let first = self.encoder.go_on(begun, &self.adapters, folded, at);
        self.head.forward(&first, Pass::Evaluate, &mut Dropout::off())
    }
}

/// Mean cross-entropy of logits, rows × labels, against labels.
pub fn cross_entropy(logits: &Tensor, labels: &[i64]) -> Tensor {
    logits.cross_entropy_loss(&upload(labels, logits.device()), None::<&Tensor>, tch::Reduction::Mean, -100, 0.0)
}

/// Reads config.json and model.safetensors of a Hugging Face folder.
///
/// # Errors
/// As [`EncoderConfig::read`] and [`Checkpoint::read`].
pub fn read_folder(folder: &Path) -> Result<(EncoderConfig, Checkpoint)> {
    let config = EncoderConfig::read(&folder.join("config.json"))?;
    let checkpoint = Checkpoint::read(&folder.join("model.safetensors"), &config)?;
    Ok((config, checkpoint))
}
