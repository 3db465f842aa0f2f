//! The encoder, post-norm, in the order of operations of finetuned checkpoints.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use crate::adapter::{Adapters, Pass, Site};
use crate::device::upload;
use crate::dropout::Dropout;
use crate::error::{Error, Result};
use crate::model::attention::Attention;
use crate::model::config::{EncoderConfig, Family};
use crate::model::linear::{Folded, Linear};

/// Tokens of a batch, on the model's device.
#[derive(Debug)]
pub struct Batch {
    ids: Tensor,
    type_ids: Option<Tensor>,
    positions: Tensor,
    /// Where something is padded: 0 for tokens and the format's least number for padding, rows × 1 × 1 × length.
    mask: Option<Tensor>,
}

/// A frozen encoder without its head.
#[derive(Debug)]
pub struct Encoder {
    config: EncoderConfig,
    kind: Kind,
    device: Device,
    word: Tensor,
    position: Tensor,
    token_type: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
}

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) attention: Attention,
    attention_output: Linear,
    attention_norm: Norm,
    intermediate: Linear,
    output: Linear,
    output_norm: Norm,
    first_token_only: bool,
}

/// Weights with the constant part of the adapters folded in, layer by layer, for passes of one kind.
///
/// Valid until an α changes, or for [`Pass::Evaluate`] any adapter.
#[derive(Debug)]
pub struct FoldedEncoder {
    pub(super) pass: Pass,
    pub(super) layers: Vec<Vec<Option<Folded>>>,
}

impl FoldedEncoder {
    /// What the passes are for.
    pub(crate) fn pass(&self) -> Pass {
        self.pass
    }
}

impl Encoder {
    /// Places a checkpoint's tensors on a device; matrix products and hidden states are in `kind`, embeddings in fp32.
    /// `targets` are the sites that adapters may have.
    ///
    /// # Panics
    /// If a tensor is missing: [`crate::model::Checkpoint`] has them all.
    pub(crate) fn new(
        config: &EncoderConfig,
        tensors: &BTreeMap<String, Tensor>,
        targets: &[Site],
        kind: Kind,
        device: Device,
    ) -> Self {
        let _guard = tch::no_grad_guard();
        let tensor = |name: &str| tensors[name].shallow_clone();
        let norm = |path: &str, kind: Kind| Norm {
            weight: tensor(&format!("{path}.weight")).to_kind(kind).to_device(device),
            bias: tensor(&format!("{path}.bias")).to_kind(kind).to_device(device),
            eps: config.layer_norm_eps,
        };
        let layers = (0..config.num_hidden_layers).map(|layer| {
            let linear = |sites: &[Site]| Linear::new(layer, sites, &tensor, (kind, device), targets);
            let first_token_only = layer + 1 == config.num_hidden_layers;
            Layer {
                attention: Attention::new(config, first_token_only, &linear),
                attention_output: linear(&[Site::AttentionOutput]),
                attention_norm: norm(&format!("encoder.layer.{layer}.attention.output.LayerNorm"), kind),
                intermediate: linear(&[Site::Intermediate]),
                output: linear(&[Site::Output]),
                output_norm: norm(&format!("encoder.layer.{layer}.output.LayerNorm"), kind),
                first_token_only,
            }
        });
        let layers = layers.collect();
        Self {
            config: config.clone(),
            kind,
            device,
            word: tensor("embeddings.word_embeddings.weight").to_device(device),
            position: tensor("embeddings.position_embeddings.weight").to_device(device),
            token_type: tensor("embeddings.token_type_embeddings.weight").to_device(device),
            norm: norm("embeddings.LayerNorm", Kind::Float),
            layers,
        }
    }

    /// Sizes and constants.
    pub(crate) fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Where it computes.
    pub(crate) fn device(&self) -> Device {
        self.device
    }

    /// The format of matrix products and hidden states.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Takes a batch to the device: ids, token types and a mask (1 keeps a token, 0 drops it), row after row, `length`
    /// tokens each. `type_ids` may be left out where all are 0, `mask` where all are 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] for rows that are too long or not whole, and ids outside the vocabulary.
    pub fn batch(&self, ids: &[i64], type_ids: Option<&[i64]>, mask: Option<&[i64]>, length: i64) -> Result<Batch> {
        let wrong = |name: &str, value: String, allowed: String| Error::parameter(name, value, allowed);
        let longest = self.config.max_length();
        if !(1..=longest).contains(&length) {
            return Err(wrong("tokens per row", length.to_string(), format!("between 1 and {longest}")));
        }
        if ids.is_empty() || !ids.len().is_multiple_of(length as usize) {
            return Err(wrong(
                "tokens of the batch",
                ids.len().to_string(),
                format!("a positive multiple of {length}"),
            ));
        }
        for (name, values) in [("number of token types", type_ids), ("number of mask entries", mask)] {
            if let Some(values) = values.filter(|values| values.len() != ids.len()) {
                return Err(wrong(name, values.len().to_string(), format!("{}, one per token", ids.len())));
            }
        }
        let (words, types) = (self.config.vocab_size, self.config.type_vocab_size);
        if let Some(id) = ids.iter().find(|id| !(0..words).contains(*id)) {
            return Err(wrong("token id", id.to_string(), format!("between 0 and {}", words - 1)));
        }
        if let Some(id) = type_ids.into_iter().flatten().find(|id| !(0..types).contains(*id)) {
            return Err(wrong("token type", id.to_string(), format!("between 0 and {}", types - 1)));
        }
        let to_device = |values: &[i64]| upload(values, self.device).view([-1, length]);
        let ids = to_device(ids);
        let positions = match self.config.family {
            Family::Bert => Tensor::arange(length, (Kind::Int64, self.device)).unsqueeze(0),
            Family::Roberta => {
                // From the ids, not from the mask, as transformers has it.
                let real = ids.ne(self.config.pad_token_id).to_kind(Kind::Int64);
                real.cumsum(1, Kind::Int64) * real + self.config.pad_token_id
            }
        };
        let mask = mask.map(|mask| {
            let least = match self.kind {
                Kind::BFloat16 => -3.3895313892515355e38,
                _ => f64::from(f32::MIN),
            };
            let zeros = Tensor::zeros(ids.size(), (self.kind, self.device));
            zeros.masked_fill(&to_device(mask).eq(0), least).unsqueeze(1).unsqueeze(1)
        });
        Ok(Batch { ids, type_ids: type_ids.map(to_device), positions, mask })
    }

    /// Folds the constant part of the adapters into the weights.
    pub fn fold(&self, adapters: &Adapters, pass: Pass) -> FoldedEncoder {
        let _guard = tch::no_grad_guard();
        let fold = |linear: &Linear| linear.fold(adapters, pass);
        let layers = self.layers.iter().map(|layer| layer.linears().into_iter().map(fold).collect());
        FoldedEncoder { pass, layers: layers.collect() }
    }

    /// The first token's hidden state, rows × h, after the last layer.
    pub fn forward(&self, batch: &Batch, adapters: &Adapters, folded: &FoldedEncoder, dropout: &mut Dropout) -> Tensor {
        self.observed(batch, adapters, folded, dropout, &mut |_| ())
    }

    /// As [`Encoder::forward`], showing the hidden states after the embeddings and after each layer, rows · length × h;
    /// after the last layer only the first token's, rows × h.
    pub fn observed(
        &self,
        batch: &Batch,
        adapters: &Adapters,
        folded: &FoldedEncoder,
        dropout: &mut Dropout,
        observe: &mut dyn FnMut(&Tensor),
    ) -> Tensor {
        let mut x = self.embed(batch, dropout);
        observe(&x);
        for layer in 0..self.layers.len() {
            x = self.layer(layer, &x, None, batch, (adapters, folded), dropout);
            observe(&x);
        }
        x
    }

    /// The hidden states before the first layer, rows · length × h.
    pub(super) fn embed(&self, batch: &Batch, dropout: &mut Dropout) -> Tensor {
        let (rows, length) = batch.size();
        let embed = |table: &Tensor, ids: &Tensor| Tensor::embedding(table, ids, -1, false, false);
        let types = match &batch.type_ids {
            Some(ids) => embed(&self.token_type, ids),
            None => self.token_type.narrow(0, 0, 1).unsqueeze(0),
        };
        let sum = embed(&self.word, &batch.ids) + types + embed(&self.position, &batch.positions);
        let normed = self.norm.forward(&sum).to_kind(self.kind).view([rows * length, -1]);
        dropout.apply(normed, self.config.hidden_dropout_prob)
    }

    /// The hidden states after a layer; `projected` are the outputs of its attention's linear layers, if they are known.
    pub(super) fn layer(
        &self,
        layer: usize,
        x: &Tensor,
        projected: Option<Vec<Tensor>>,
        batch: &Batch,
        (adapters, folded): (&Adapters, &FoldedEncoder),
        dropout: &mut Dropout,
    ) -> Tensor {
        let with = (adapters, folded.pass, folded.layers[layer].as_slice());
        let share = self.config.hidden_dropout_prob;
        self.layers[layer].forward(x, projected, batch, with, share, dropout)
    }

    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }
}

impl Batch {
    /// Rows and tokens per row.
    pub(super) fn size(&self) -> (i64, i64) {
        let size = self.ids.size();
        (size[0], size[1])
    }
}

impl Layer {
    /// The linear layers, in the order in which [`Layer::forward`] takes their folded forms.
    pub fn linears(&self) -> Vec<&Linear> {
        let mut linears = self.attention.linears();
        linears.extend([&self.attention_output, &self.intermediate, &self.output]);
        linears
    }

    fn forward(
        &self,
        x: &Tensor,
        projected: Option<Vec<Tensor>>,
        batch: &Batch,
        (adapters, pass, folded): (&Adapters, Pass, &[Option<Folded>]),
        share: f64,
        dropout: &mut Dropout,
    ) -> Tensor {
        let (rows, length) = batch.size();
        let (attention, dense) = folded.split_at(folded.len() - 3);
        let projected = projected.unwrap_or_else(|| {
            let linears = self.attention.linears().into_iter().zip(attention);
            let inputs = self.attention.inputs(x, (rows, length));
            let project = |((linear, folded), x): ((&Linear, &Option<Folded>), Tensor)| {
                linear.forward(&x, adapters, pass, folded.as_ref())
            };
            linears.zip(inputs).map(project).collect()
        });
        let context = self.attention.attend(projected, (rows, length), batch.mask.as_ref(), dropout);
        let project = |linear: &Linear, x: &Tensor, at: usize| linear.forward(x, adapters, pass, dense[at].as_ref());
        let residual = if self.first_token_only { x.view([rows, length, -1]).select(1, 0) } else { x.shallow_clone() };
        let attended = dropout.apply(project(&self.attention_output, &context, 0), share) + residual;
        let attended = self.attention_norm.forward(&attended);
        let wide = project(&self.intermediate, &attended, 1).gelu("none");
        let output = dropout.apply(project(&self.output, &wide, 2), share) + attended;
        self.output_norm.forward(&output)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.eps, false)
    }
}
