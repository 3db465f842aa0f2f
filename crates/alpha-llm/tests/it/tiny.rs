//! The tiny models of scripts/fixtures/tiny_models.py with adapters whose B is not 0.

use std::collections::BTreeMap;

use alpha_llm::adapter::{AdapterConfig, Method, Pass, Site};
use alpha_llm::classifier::{Classifier, read_folder};
use alpha_llm::dropout::Dropout;
use alpha_llm::keyed::Key;
use alpha_llm::model::{Batch, Checkpoint, EncoderConfig};
use rand::RngExt;
use tch::{Device, Kind, Tensor};

pub const LABELS: [&str; 3] = ["entailment", "neutral", "contradiction"];

pub struct Tiny {
    pub name: &'static str,
    pub config: EncoderConfig,
    pub checkpoint: Checkpoint,
}

impl Tiny {
    pub fn both() -> [Self; 2] {
        ["tiny-roberta", "tiny-bert"].map(|name| {
            let (config, checkpoint) = read_folder(&crate::fixture(name)).unwrap();
            Self { name, config, checkpoint }
        })
    }

    /// A classifier whose every trainable value is moved from its first one.
    pub fn adapted(&self, adapter: &AdapterConfig) -> Classifier {
        let place = (Kind::Float, Device::Cpu);
        let model = Classifier::new(&self.config, &self.checkpoint, adapter, LABELS.len() as i64, 5, place).unwrap();
        for (stream, parameters) in [("updates", model.updates()), ("alphas", model.alphas())] {
            let moved: BTreeMap<_, _> = parameters
                .values()
                .into_iter()
                .map(|(name, value)| (name.clone(), &value + noise(&value, stream, &name)))
                .collect();
            parameters.assign(&moved);
        }
        model
    }

    /// Random ids with padding, of two rows and more.
    pub fn batch(&self, model: &Classifier, seed: u64) -> Batch {
        let mut rng = Key { seed, stream: "batch", count: 0 }.generator();
        let lengths = [9_usize, 4, 13, 2];
        let longest = 13;
        let (mut ids, mut types, mut mask) = (Vec::new(), Vec::new(), Vec::new());
        for length in lengths {
            for at in 0..longest {
                let real = at < length;
                ids.push(if real { rng.random_range(3..self.config.vocab_size) } else { self.config.pad_token_id });
                types.push(i64::from(real && at > length / 2).min(self.config.type_vocab_size - 1));
                mask.push(i64::from(real));
            }
        }
        model.encoder().batch(&ids, Some(&types), Some(&mask), longest as i64).unwrap()
    }
}

/// Uniform in ±0.3, the same at every call.
fn noise(like: &Tensor, stream: &str, name: &str) -> Tensor {
    let seed = name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut rng = Key { seed, stream, count: 0 }.generator();
    let values: Vec<f32> = (0..like.numel()).map(|_| rng.random_range(-0.3..0.3)).collect();
    Tensor::from_slice(&values).view(like.size().as_slice())
}

/// Every method, on query and value and on all sites.
pub fn adapters() -> Vec<AdapterConfig> {
    let sites = [vec![Site::Query, Site::Value], Site::ALL.to_vec()];
    let methods = [Method::Lora, Method::AlphaLora, Method::Full];
    let all = sites.into_iter().flat_map(|targets| methods.map(|method| (targets.clone(), method)));
    all.map(|(targets, method)| AdapterConfig { method, targets, rank: 4, lora_alpha: 6, ..AdapterConfig::default() })
        .collect()
}

pub fn logits(model: &Classifier, batch: &Batch, pass: Pass) -> Tensor {
    model.logits(batch, &model.fold(pass), &mut Dropout::off())
}

pub fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}
