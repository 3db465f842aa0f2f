//! Against transformers and PEFT: tiny RoBERTa and BERT from scripts/fixtures/tiny_models.py.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alpha_llm::adapter::{AdapterConfig, Method, Parameters, Pass, Site};
use alpha_llm::classifier::{Classifier, cross_entropy, read_folder};
use alpha_llm::dropout::Dropout;
use alpha_llm::keyed::Key;
use alpha_llm::model::{Batch, Checkpoint, EncoderConfig, read_tensors};
use alpha_llm::optimiser::{Adam, AdamConfig, flatten};
use tch::{Device, Kind, Tensor};

type Named = BTreeMap<String, Tensor>;

struct Fixture {
    config: EncoderConfig,
    checkpoint: Checkpoint,
    parity: Named,
}

impl Fixture {
    fn both() -> [Self; 2] {
        ["tiny-roberta", "tiny-bert"].map(|name| {
            let folder = folder(name);
            let (config, checkpoint) = read_folder(&folder).unwrap();
            let parity = read_tensors(&folder.join("parity.safetensors")).unwrap().tensors;
            Self { config, checkpoint, parity }
        })
    }

    /// The model with α-LoRA on the sites of a case; its tensors are the fixture's.
    fn adapted(&self, case: &str, change: impl FnOnce(&mut AdapterConfig)) -> Classifier {
        let targets = if case == "all" { Site::ALL.to_vec() } else { vec![Site::Query, Site::Value] };
        let mut adapter = AdapterConfig { targets, rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
        change(&mut adapter);
        let place = (Kind::Float, Device::Cpu);
        let model = Classifier::new(&self.config, &self.checkpoint, &adapter, 3, 5, place).unwrap();
        assert!(!model.has_new_head());
        let values = |parameters: &Parameters| -> Named {
            let value = |name: &String| {
                if name.starts_with("classifier.") {
                    return self.checkpoint.head[name].shallow_clone();
                }
                match name.split_once(".full.") {
                    Some((path, part)) => self.parity[&format!("full/{path}.{part}")].shallow_clone(),
                    None => self.parity[&format!("{case}/{name}")].shallow_clone(),
                }
            };
            parameters.names().iter().map(|name| (name.clone(), value(name))).collect()
        };
        model.updates().assign(&values(model.updates()));
        model.alphas().assign(&values(model.alphas()));
        model
    }

    fn plain(&self) -> Classifier {
        let adapter = AdapterConfig { method: Method::Lora, rank: 4, ..AdapterConfig::default() };
        Classifier::new(&self.config, &self.checkpoint, &adapter, 3, 5, (Kind::Float, Device::Cpu)).unwrap()
    }

    /// A batch of the fixture: batch, batch2 or holes.
    fn batch(&self, model: &Classifier, name: &str) -> (Batch, Vec<i64>) {
        let tensor = |part: &str| self.parity.get(&format!("{name}/{part}"));
        let host = |tensor: &Tensor| Vec::<i64>::try_from(tensor.view([-1])).unwrap();
        let ids = tensor("input_ids").unwrap();
        let types = tensor("token_type_ids").or(self.parity.get("batch/token_type_ids")).map(host);
        let types = types.filter(|types| types.len() == ids.numel());
        let mask = tensor("attention_mask").map(host);
        let batch = model.encoder().batch(&host(ids), types.as_deref(), mask.as_deref(), ids.size()[1]).unwrap();
        (batch, tensor("labels").map(host).unwrap_or_default())
    }

    fn expect(&self, name: &str, got: &Tensor, tolerance: f64) {
        let expected = self.parity.get(name).unwrap_or_else(|| panic!("the fixture has no {name}"));
        assert_eq!(expected.size(), got.size(), "{:?} {name}", self.config.family);
        let difference = (expected - got).abs().max().double_value(&[]);
        assert!(difference <= tolerance, "{:?} {name}: off by {difference:e}", self.config.family);
    }
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn logits(model: &Classifier, batch: &Batch, pass: Pass) -> Tensor {
    model.logits(batch, &model.fold(pass), &mut Dropout::off())
}

/// As in training, where attention is computed step by step so that its probabilities can be dropped.
fn training_logits(model: &Classifier, batch: &Batch, pass: Pass) -> Tensor {
    let key = Key { seed: 3, stream: "dropout", count: 0 };
    model.logits(batch, &model.fold(pass), &mut Dropout::keyed(key, Device::Cpu))
}

fn gradients(model: &Classifier, batch: &(Batch, Vec<i64>), pass: Pass) -> (Tensor, Vec<(String, Tensor)>) {
    gradients_of(&logits(model, &batch.0, pass), model, &batch.1, pass)
}

fn gradients_of(logits: &Tensor, model: &Classifier, labels: &[i64], pass: Pass) -> (Tensor, Vec<(String, Tensor)>) {
    let loss = cross_entropy(logits, labels);
    let mut trained = Vec::new();
    if pass.trains_adapters() {
        trained.push(model.updates());
    }
    if pass.trains_alphas() {
        trained.push(model.alphas());
    }
    let leaves: Vec<_> = trained.iter().flat_map(|parameters| parameters.leaves()).collect();
    let gradients = Tensor::run_backward(&[&loss], &leaves, false, false);
    let names = trained.iter().flat_map(|parameters| parameters.names().to_vec());
    (loss.detach(), names.zip(gradients).collect())
}

#[test]
fn logits_and_hidden_states() {
    for fixture in Fixture::both() {
        let model = fixture.plain();
        let (batch, labels) = fixture.batch(&model, "batch");
        let length = fixture.parity["batch/input_ids"].size()[1];
        let mut states = Vec::new();
        let folded = model.fold(Pass::Evaluate);
        let _ = model.encoder().observed(&batch, model.adapters(), &folded, &mut Dropout::off(), &mut |state| {
            states.push(state.shallow_clone());
        });
        let last = states.len() - 1;
        assert_eq!(last, fixture.config.num_hidden_layers);
        for (layer, state) in states.iter().enumerate() {
            let name = format!("base/hidden_states.{layer}");
            if layer < last {
                fixture.expect(&name, &state.view([-1, length, fixture.config.hidden_size]), 1e-5);
            } else {
                // Only the first token is computed in the last layer.
                let first = fixture.parity[&name].select(1, 0);
                assert!((first - state).abs().max().double_value(&[]) < 1e-5, "{name}");
            }
        }
        let got = logits(&model, &batch, Pass::Evaluate);
        fixture.expect("base/logits", &got, 1e-5);
        fixture.expect("base/loss", &cross_entropy(&got, &labels), 1e-5);
    }
}

#[test]
fn padding_changes_nothing() {
    for fixture in Fixture::both() {
        let model = fixture.plain();
        let (ids, mask) = (&fixture.parity["batch/input_ids"], &fixture.parity["batch/attention_mask"]);
        let alone: Vec<_> = (0..ids.size()[0])
            .map(|row| {
                let length = mask.get(row).sum(Kind::Int64).int64_value(&[]);
                let cut = |tensor: &Tensor| Vec::<i64>::try_from(tensor.get(row).narrow(0, 0, length)).unwrap();
                let types = fixture.parity.get("batch/token_type_ids").map(cut);
                let batch = model.encoder().batch(&cut(ids), types.as_deref(), None, length).unwrap();
                logits(&model, &batch, Pass::Evaluate)
            })
            .collect();
        let alone = Tensor::cat(&alone, 0);
        fixture.expect("base/logits_alone", &alone, 1e-5);
        fixture.expect("base/logits", &alone, 1e-5);
        // Padding ids inside a row, and a mask that hides tokens.
        let (holes, _) = fixture.batch(&model, "holes");
        fixture.expect("holes/logits", &logits(&model, &holes, Pass::Evaluate), 1e-5);
    }
}

#[test]
fn adapters_and_their_gradients() {
    for fixture in Fixture::both() {
        for case in ["qv", "all", "full"] {
            let model = match case {
                "full" => fixture.adapted("qv", |adapter| adapter.method = Method::Full),
                _ => fixture.adapted(case, |_| ()),
            };
            let batch = fixture.batch(&model, "batch");
            for pass in [Pass::Evaluate, Pass::Adapters, Pass::Alphas, Pass::Joint] {
                fixture.expect(&format!("{case}/logits"), &logits(&model, &batch.0, pass), 1e-5);
            }
            let mut seen = 0;
            for pass in [Pass::Adapters, Pass::Alphas, Pass::Joint] {
                let (loss, gradients) = gradients(&model, &batch, pass);
                fixture.expect(&format!("{case}/loss"), &loss, 1e-5);
                for (name, gradient) in gradients {
                    let name = format!("{case}/grad/{}", name.replace(".full.", "."));
                    fixture.expect(&name, &gradient, 1e-5);
                    assert!(gradient.abs().max().double_value(&[]) > 1e-6, "{name} is 0");
                    seen += 1;
                }
            }
            let in_fixture = fixture.parity.keys().filter(|name| name.starts_with(&format!("{case}/grad/"))).count();
            assert_eq!(seen, 2 * in_fixture, "{case}: each gradient once alone and once jointly");
        }
        let unscaled = fixture.adapted("qv", |adapter| adapter.scale_bias = false);
        let (batch, _) = fixture.batch(&unscaled, "batch");
        for pass in [Pass::Evaluate, Pass::Adapters, Pass::Alphas] {
            fixture.expect("qv/logits_bias_unscaled", &logits(&unscaled, &batch, pass), 1e-5);
        }
        let lora = fixture.adapted("qv", |adapter| adapter.method = Method::Lora);
        fixture.expect("qv/logits_plain_lora", &logits(&lora, &batch, Pass::Evaluate), 1e-5);
    }
}

#[test]
fn the_training_pass_without_dropout_is_the_same() {
    for mut fixture in Fixture::both() {
        fixture.config.hidden_dropout_prob = 0.0;
        fixture.config.attention_probs_dropout_prob = 0.0;
        fixture.config.classifier_dropout = Some(0.0);
        let model = fixture.adapted("all", |_| ());
        let (batch, labels) = fixture.batch(&model, "batch");
        for pass in [Pass::Adapters, Pass::Alphas] {
            let logits = training_logits(&model, &batch, pass);
            fixture.expect("all/logits", &logits, 1e-5);
            for (name, gradient) in gradients_of(&logits, &model, &labels, pass).1 {
                fixture.expect(&format!("all/grad/{name}"), &gradient, 1e-5);
            }
        }
    }
    // And with dropout it is not, so that the pass really drops.
    for fixture in Fixture::both() {
        let model = fixture.adapted("all", |_| ());
        let (batch, _) = fixture.batch(&model, "batch");
        let difference = training_logits(&model, &batch, Pass::Adapters) - &fixture.parity["all/logits"];
        assert!(difference.abs().max().double_value(&[]) > 1e-2);
    }
}

/// The settings of the fixture's traces.
fn adamw() -> AdamConfig {
    AdamConfig { learning_rate: 1e-2, weight_decay: 0.01, ..AdamConfig::default() }
}

fn adam() -> AdamConfig {
    AdamConfig { learning_rate: 5e-3, weight_decay: 0.0, ..AdamConfig::default() }
}

#[test]
fn optimiser_traces() {
    for fixture in Fixture::both() {
        for trace in ["adamw", "adam_alpha", "algorithm1"] {
            let model = fixture.adapted("qv", |_| ());
            let (batch, second) = (fixture.batch(&model, "batch"), fixture.batch(&model, "batch2"));
            let mut update = Adam::new(adamw(), model.updates(), |_| false);
            let mut alpha = Adam::new(adam(), model.alphas(), |_| false);
            let (mut losses, mut alpha_losses) = (Vec::new(), Vec::new());
            for step in 0..3_u32 {
                if trace != "adam_alpha" {
                    let (loss, gradients) = gradients(&model, &batch, Pass::Adapters);
                    let gradients: Vec<_> = gradients.into_iter().map(|(_, gradient)| gradient).collect();
                    update.step(model.updates(), &flatten(&gradients), 1e-2 * (1.0 - f64::from(step) / 3.0));
                    losses.push(loss);
                }
                if trace == "adam_alpha" || (trace == "algorithm1" && step % 2 == 0) {
                    let on = if trace == "adam_alpha" { &batch } else { &second };
                    let (loss, gradients) = gradients(&model, on, Pass::Alphas);
                    let gradients: Vec<_> = gradients.into_iter().map(|(_, gradient)| gradient).collect();
                    alpha.step(model.alphas(), &flatten(&gradients), 5e-3);
                    if trace == "adam_alpha" { losses.push(loss) } else { alpha_losses.push(loss) }
                }
            }
            fixture.expect(&format!("{trace}/losses"), &Tensor::stack(&losses, 0), 1e-5);
            if trace == "algorithm1" {
                fixture.expect("algorithm1/alpha_losses", &Tensor::stack(&alpha_losses, 0), 1e-5);
            }
            let trained: &[&Parameters] = match trace {
                "adamw" => &[model.updates()],
                "adam_alpha" => &[model.alphas()],
                _ => &[model.updates(), model.alphas()],
            };
            for (name, value) in trained.iter().flat_map(|parameters| parameters.values()) {
                fixture.expect(&format!("{trace}/final/{name}"), &value, 1e-5);
            }
        }
    }
}

#[test]
fn adam_by_itself() {
    let [fixture, _] = Fixture::both();
    let start = &fixture.parity["adamw_unit/start"];
    let gradients = &fixture.parity["adamw_unit/grads"];
    for (name, decay) in [("adamw_unit", 0.1), ("adam_unit", 0.0)] {
        let parameters = Parameters::new(vec![("p".to_owned(), start.copy())], Device::Cpu);
        let config = AdamConfig { learning_rate: 0.03, weight_decay: decay, ..AdamConfig::default() };
        let mut optimiser = Adam::new(config, &parameters, |_| false);
        let steps: Vec<_> = (0..gradients.size()[0])
            .map(|step| {
                optimiser.step(&parameters, &gradients.get(step), 0.03);
                parameters.flat().copy()
            })
            .collect();
        fixture.expect(&format!("{name}/steps"), &Tensor::stack(&steps, 0), 1e-6);
    }
}
