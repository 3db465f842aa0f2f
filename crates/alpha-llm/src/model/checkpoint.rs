//! Weights from a Hugging Face model.safetensors.

use std::collections::BTreeMap;
use std::path::Path;

use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Kind, Tensor};

use crate::adapter::Site;
use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::model::config::{EncoderConfig, Family};
use crate::model::tensor_file::{expect_floats, read_tensors};

/// The tensors of a model file by name, without the family's prefix, in fp32 on the CPU.
#[derive(Debug)]
pub struct Checkpoint {
    /// The encoder's tensors: exactly those of [`encoder_shapes`].
    pub encoder: BTreeMap<String, Tensor>,
    /// The head's tensors, where the file has a head.
    pub head: BTreeMap<String, Tensor>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Names and shapes of an encoder's tensors, without the family's prefix.
pub fn encoder_shapes(config: &EncoderConfig) -> Vec<(String, Vec<i64>)> {
    let hidden = config.hidden_size;
    let mut shapes = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![config.vocab_size, hidden]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![config.max_position_embeddings, hidden]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![config.type_vocab_size, hidden]),
    ];
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    let mut dense = Vec::new();
    for layer in 0..config.num_hidden_layers {
        dense.extend(Site::ALL.map(|site| (site.path(layer), site.shape(config))));
        norms.push(format!("encoder.layer.{layer}.attention.output.LayerNorm"));
        norms.push(format!("encoder.layer.{layer}.output.LayerNorm"));
    }
    if config.family == Family::Bert {
        dense.push(("pooler.dense".to_owned(), [hidden, hidden]));
    }
    for (path, [rows, columns]) in dense {
        shapes.push((format!("{path}.weight"), vec![rows, columns]));
        shapes.push((format!("{path}.bias"), vec![rows]));
    }
    for path in norms {
        shapes.extend(["weight", "bias"].map(|part| (format!("{path}.{part}"), vec![hidden])));
    }
    shapes
}

/// Names and shapes of the classification head's tensors for a number of labels.
pub(crate) fn head_shapes(config: &EncoderConfig, labels: i64) -> Vec<(String, Vec<i64>)> {
    let hidden = config.hidden_size;
    let out =
        |path: &str| vec![(format!("{path}.weight"), vec![labels, hidden]), (format!("{path}.bias"), vec![labels])];
    match config.family {
        Family::Bert => out("classifier"),
        Family::Roberta => {
            let mut shapes = vec![
                ("classifier.dense.weight".to_owned(), vec![hidden, hidden]),
                ("classifier.dense.bias".to_owned(), vec![hidden]),
            ];
            shapes.extend(out("classifier.out_proj"));
            shapes
        }
    }
}

/// Tensors that other heads and older versions leave in a file, and that a classifier does without.
fn is_ignored(name: &str, family: Family) -> bool {
    name == "embeddings.position_ids"
        || name.starts_with("lm_head.")
        || name.starts_with("cls.")
        || (family == Family::Roberta && name.starts_with("pooler."))
}

/// The name within the encoder: no prefix, and today's words for a LayerNorm's parts.
fn canonical(name: &str, family: Family) -> String {
    let bare = name.strip_prefix(family.prefix()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
    match (bare.strip_suffix(".gamma"), bare.strip_suffix(".beta")) {
        (Some(path), _) => format!("{path}.weight"),
        (_, Some(path)) => format!("{path}.bias"),
        _ => bare.to_owned(),
    }
}

impl Checkpoint {
    /// Random weights without a head, as wide as keeps the size of what passes through, for want of training.
    pub fn random(config: &EncoderConfig, seed: u64) -> Self {
        let mut rng = Key { seed, stream: "weights", count: 0 }.generator();
        let mut draw = |name: &str, size: &[i64]| match size {
            [rows, columns] => {
                let deviation = 1.0 / (*columns as f64).sqrt();
                let draws = std::iter::repeat_with(|| Distribution::<f64>::sample(&StandardNormal, &mut rng));
                let values: Vec<f32> =
                    draws.take((rows * columns) as usize).map(|value| (deviation * value) as f32).collect();
                Tensor::from_slice(&values).view(size)
            }
            _ if name.ends_with("LayerNorm.weight") => Tensor::ones(size, (Kind::Float, Device::Cpu)),
            _ => Tensor::zeros(size, (Kind::Float, Device::Cpu)),
        };
        let encoder = encoder_shapes(config).into_iter().map(|(name, size)| {
            let tensor = draw(&name, &size);
            (name, tensor)
        });
        Self { encoder: encoder.collect(), head: BTreeMap::new(), sha256: String::new() }
    }

    /// Reads a model file: names with or without the family's prefix, `gamma` and `beta` for LayerNorms, storage in fp32,
    /// fp16 or bf16. What other heads left behind (`lm_head`, `cls`, RoBERTa's pooler, `position_ids`) is passed over.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::SafeTensors`] for a damaged or truncated file; [`Error::Tensors`] where tensors are
    /// missing, unknown or there twice; [`Error::Shape`] where one does not fit config.json; [`Error::Storage`] for another number
    /// format; [`Error::NotFinite`] for NaN or infinity among the weights.
    pub fn read(path: &Path, config: &EncoderConfig) -> Result<Self> {
        let file = read_tensors(path)?;
        let sha256 = file.sha256();
        let mut encoder = BTreeMap::new();
        let mut head = BTreeMap::new();
        // The same tensor with and without its prefix, say: nobody knows which is meant.
        let mut twice = Vec::new();
        for (full, tensor) in file.tensors {
            let name = canonical(&full, config.family);
            if is_ignored(&name, config.family) {
                continue;
            }
            let part = if name.starts_with("classifier.") { &mut head } else { &mut encoder };
            if part.insert(name, tensor).is_some() {
                twice.push(full);
            }
        }
        if !twice.is_empty() {
            return Err(Error::Tensors { path: path.to_owned(), missing: Vec::new(), unexpected: twice });
        }
        expect_floats(path, encoder.iter().chain(&head))?;
        fit(path, &encoder_shapes(config), &encoder)?;
        if !head.is_empty() {
            // As many labels as the file says; the caller knows how many the task has.
            let last = if config.family == Family::Bert { "classifier.bias" } else { "classifier.out_proj.bias" };
            let labels = head.get(last).and_then(|bias| bias.size().first().copied()).unwrap_or(1);
            fit(path, &head_shapes(config, labels), &head)?;
        }
        Ok(Self { encoder, head, sha256 })
    }
}

/// Checks that `tensors` are exactly those of `shapes`.
///
/// # Errors
/// [`Error::Tensors`], [`Error::Shape`].
pub(crate) fn fit(path: &Path, shapes: &[(String, Vec<i64>)], tensors: &BTreeMap<String, Tensor>) -> Result<()> {
    let missing: Vec<_> =
        shapes.iter().map(|(name, _)| name).filter(|name| !tensors.contains_key(*name)).cloned().collect();
    let unexpected: Vec<_> =
        tensors.keys().filter(|name| !shapes.iter().any(|(known, _)| known == *name)).cloned().collect();
    if !missing.is_empty() || !unexpected.is_empty() {
        return Err(Error::Tensors { path: path.to_owned(), missing, unexpected });
    }
    for (name, expected) in shapes {
        let got = tensors[name].size();
        if got != *expected {
            let (name, expected) = (name.clone(), expected.clone());
            return Err(Error::Shape { path: path.to_owned(), name, expected, got });
        }
    }
    Ok(())
}
