//! The classification head, trained in full, in fp32.

use std::collections::BTreeMap;

use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Kind, Tensor};

use crate::adapter::{Parameters, Pass};
use crate::dropout::Dropout;
use crate::keyed::Key;
use crate::model::checkpoint::head_shapes;
use crate::model::config::{EncoderConfig, Family};

/// From the first token's hidden state to logits.
#[derive(Debug)]
pub(crate) struct Head {
    dropout: f64,
    /// Dense and tanh: part of RoBERTa's head, BERT's frozen pooler.
    dense: (Tensor, Tensor),
    projection: (Tensor, Tensor),
    family: Family,
}

impl Head {
    /// First values of a new head: weights N(0, `initializer_range`²), biases 0.
    pub fn initial(config: &EncoderConfig, labels: i64, seed: u64) -> Vec<(String, Tensor)> {
        let mut rng = Key { seed, stream: "head", count: 0 }.generator();
        let mut draw = |name: &str, size: &[i64]| {
            let count = size.iter().product::<i64>();
            let values: Vec<f32> = (0..count)
                .map(|_| Distribution::<f64>::sample(&StandardNormal, &mut rng) * config.initializer_range)
                .map(|value| if name.ends_with(".bias") { 0.0 } else { value as f32 })
                .collect();
            Tensor::from_slice(&values).view(size)
        };
        let shapes = head_shapes(config, labels).into_iter();
        shapes.map(|(name, size)| (name.clone(), draw(&name, &size))).collect()
    }

    /// The head whose tensors are in `parameters`; `encoder` holds the pooler of a BERT.
    ///
    /// # Panics
    /// If a tensor is missing: both were checked when they were read.
    pub fn of(
        config: &EncoderConfig,
        encoder: &BTreeMap<String, Tensor>,
        parameters: &Parameters,
        device: Device,
    ) -> Self {
        let trained = |name: &str| parameters.get(name).expect("the parameters hold a head");
        let pair = |path: &str| (trained(&format!("{path}.weight")), trained(&format!("{path}.bias")));
        let frozen = |name: &str| encoder[name].to_device(device);
        let (dense, projection) = match config.family {
            Family::Roberta => (pair("classifier.dense"), pair("classifier.out_proj")),
            Family::Bert => ((frozen("pooler.dense.weight"), frozen("pooler.dense.bias")), pair("classifier")),
        };
        Self { dropout: config.head_dropout(), dense, projection, family: config.family }
    }

    /// rows × h → rows × labels, fp32.
    pub fn forward(&self, first: &Tensor, pass: Pass, dropout: &mut Dropout) -> Tensor {
        let linear =
            |x: &Tensor, (weight, bias): &(Tensor, Tensor)| x.linear(&pass.update(weight), Some(pass.update(bias)));
        let mut x = first.to_kind(Kind::Float);
        if self.family == Family::Roberta {
            x = dropout.apply(x, self.dropout);
        }
        let x = dropout.apply(linear(&x, &self.dense).tanh(), self.dropout);
        linear(&x, &self.projection)
    }
}
