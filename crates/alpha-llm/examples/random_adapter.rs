//! A native adapter folder with random values, none at its start, for scripts/compare/exports.
//!
//! `random_adapter MODEL_FOLDER none|none|lora|alpha-lora|full qv|all scaled|unscaled OUT`

use std::collections::BTreeMap;
use std::path::Path;

use alpha_llm::adapter::{AdapterConfig, Method, Site};
use alpha_llm::classifier::{Classifier, read_folder};
use alpha_llm::export::{Base, Native};
use alpha_llm::keyed::Key;
use anyhow::{Result, bail};
use rand::RngExt;
use tch::{Device, Kind, Tensor};

fn main() -> Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [model, method, targets, bias, out] = words.as_slice() else {
        bail!("random_adapter MODEL_FOLDER lora|alpha-lora|full qv|all scaled|unscaled OUT")
    };
    let still = method == "none";
    let method = match method.as_str() {
        "none" | "lora" => Method::Lora,
        "alpha-lora" => Method::AlphaLora,
        "full" => Method::Full,
        other => bail!("no method {other}"),
    };
    let targets = if targets == "all" { Site::ALL.to_vec() } else { vec![Site::Query, Site::Value] };
    let adapter = AdapterConfig { method, targets, scale_bias: bias == "scaled", ..AdapterConfig::default() };
    let (config, checkpoint) = read_folder(Path::new(model))?;
    let labels = ["entailment", "neutral", "contradiction"].map(str::to_owned);
    let place = (Kind::Float, Device::Cpu);
    let classifier = Classifier::new(&config, &checkpoint, &adapter, labels.len() as i64, 5, place)?;
    let mut rng = Key { seed: 11, stream: "random adapter", count: 0 }.generator();
    let values: BTreeMap<_, _> = Native::values_of(&classifier)
        .into_iter()
        .map(|(name, value)| {
            // About what training does, and for some α, more: a few change their sign, as the authors' do on MNLI.
            let width = if still {
                0.0
            } else if name.ends_with(".alpha") {
                0.5
            } else {
                0.02
            };
            let moved: Vec<f32> = (0..value.numel()).map(|_| width * rng.random_range(-1.0..1.0_f32)).collect();
            let mut sum = &value + Tensor::from_slice(&moved).view(value.size().as_slice());
            if name.ends_with(".alpha") {
                let _ = sum.get(0).neg_();
            }
            if classifier.has_new_head() && name.starts_with("classifier.") {
                // Logits of a size at which a difference means something.
                sum = sum * 10.0;
            }
            (name, sum)
        })
        .collect();
    let base = Base { name: model.clone(), family: config.family, sha256: checkpoint.sha256.clone() };
    let native =
        Native { adapter, base, task: "random".to_owned(), label_names: labels.into(), max_length: 128, values };
    native.write(Path::new(out))?;
    Ok(())
}
