//! What every adapter has to keep, with B, W̃ and α away from their first values, so that it can fail.

use alpha_llm::adapter::{AdapterConfig, Adapters, AlphaShape, Method, Pass, Site};
use alpha_llm::classifier::cross_entropy;
use alpha_llm::dropout::Dropout;
use alpha_llm::model::{Batch, read_tensors};
use tch::{Kind, Tensor};

use crate::fixture;
use crate::tiny::{Tiny, adapters, difference, logits};

/// The methods of [`adapters`], and α as one number or beside the bias.
fn all() -> Vec<AdapterConfig> {
    let mut all = adapters();
    let qv = AdapterConfig { rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
    all.push(AdapterConfig { scale_bias: false, ..qv.clone() });
    all.push(AdapterConfig { alpha_shape: AlphaShape::Scalar, ..qv.clone() });
    all.push(AdapterConfig { targets: vec![Site::Key, Site::Output], ..qv });
    all
}

fn passes(adapter: &AdapterConfig) -> &'static [Pass] {
    // There is nothing to train in a pass for α where there is none.
    if adapter.has_alpha() { &[Pass::Adapters, Pass::Alphas, Pass::Joint] } else { &[Pass::Adapters] }
}

#[test]
fn merged_is_unmerged() {
    for tiny in Tiny::both() {
        for adapter in all() {
            let model = tiny.adapted(&adapter);
            let batch = tiny.batch(&model, 2);
            let merged = logits(&model, &batch, Pass::Evaluate);
            for &pass in passes(&adapter) {
                let off = difference(&merged, &logits(&model, &batch, pass).detach());
                assert!(off < 1e-5, "{adapter:?} {pass:?}: off by {off:e}");
            }
        }
    }
}

/// The hidden states of transformers' own model, from an encoder whose adapters are switched off.
#[test]
fn disabled_is_the_base() {
    for tiny in Tiny::both() {
        let parity = read_tensors(&fixture(tiny.name).join("parity.safetensors")).unwrap().tensors;
        let expected = parity[&format!("base/hidden_states.{}", tiny.config.num_hidden_layers)].select(1, 0);
        let host = |name: &str| parity.get(name).map(|tensor| Vec::<i64>::try_from(tensor.view([-1])).unwrap());
        let (ids, mask, types) =
            (host("batch/input_ids").unwrap(), host("batch/attention_mask"), host("batch/token_type_ids"));
        let length = parity["batch/input_ids"].size()[1];
        for adapter in all() {
            let model = tiny.adapted(&adapter);
            let batch: Batch = model.encoder().batch(&ids, types.as_deref(), mask.as_deref(), length).unwrap();
            let first = |adapters: &Adapters| {
                let folded = model.encoder().fold(adapters, Pass::Evaluate);
                model.encoder().forward(&batch, adapters, &folded, &mut Dropout::off())
            };
            let off = difference(&first(&Adapters::none()), &expected);
            assert!(off < 1e-5, "{adapter:?}: off by {off:e}");
            assert!(difference(&first(model.adapters()), &expected) > 1e-2, "{adapter:?} does nothing");
        }
    }
}

#[test]
fn new_adapters_change_nothing() {
    for tiny in Tiny::both() {
        let parity = read_tensors(&fixture(tiny.name).join("parity.safetensors")).unwrap().tensors;
        let host = |name: &str| parity.get(name).map(|tensor| Vec::<i64>::try_from(tensor.view([-1])).unwrap());
        for adapter in all() {
            let place = (Kind::Float, tch::Device::Cpu);
            let model =
                alpha_llm::classifier::Classifier::new(&tiny.config, &tiny.checkpoint, &adapter, 3, 9, place).unwrap();
            let (ids, mask, types) =
                (host("batch/input_ids").unwrap(), host("batch/attention_mask"), host("batch/token_type_ids"));
            let length = parity["batch/input_ids"].size()[1];
            let batch = model.encoder().batch(&ids, types.as_deref(), mask.as_deref(), length).unwrap();
            for &pass in passes(&adapter).iter().chain(&[Pass::Evaluate]) {
                let off = difference(&logits(&model, &batch, pass).detach(), &parity["base/logits"]);
                assert!(off < 1e-5, "{adapter:?} {pass:?}: off by {off:e}");
            }
        }
    }
}

#[test]
fn only_what_a_pass_trains_gets_a_gradient() {
    for tiny in Tiny::both() {
        for adapter in all() {
            for &pass in passes(&adapter) {
                let model = tiny.adapted(&adapter);
                let batch = tiny.batch(&model, 3);
                cross_entropy(&logits(&model, &batch, pass), &[0, 2, 1, 0]).backward();
                for (trained, parameters) in
                    [(pass.trains_adapters(), model.updates()), (pass.trains_alphas(), model.alphas())]
                {
                    for (name, leaf) in parameters.names().iter().zip(parameters.leaves()) {
                        let gradient = leaf.grad();
                        assert_eq!(gradient.defined(), trained, "{adapter:?} {pass:?} {name}");
                        // Softmax takes no notice of a shift that all keys share.
                        let idle = name.ends_with("self.key.full.bias");
                        assert!(
                            !trained || idle || gradient.abs().max().double_value(&[]) > 1e-7,
                            "{name} is not reached"
                        );
                    }
                }
                assert!(tiny.checkpoint.encoder.values().all(|frozen| !frozen.requires_grad()));
            }
            let model = tiny.adapted(&adapter);
            assert!(!logits(&model, &tiny.batch(&model, 3), Pass::Evaluate).requires_grad());
        }
    }
}

#[test]
fn the_trainable_tensors_are_those_of_the_targets() {
    for tiny in Tiny::both() {
        for adapter in all() {
            let model = tiny.adapted(&adapter);
            let parts: &[&str] =
                if adapter.method == Method::Full { &["full.weight", "full.bias"] } else { &["lora_A", "lora_B"] };
            let modules = || {
                let layers = 0..tiny.config.num_hidden_layers;
                layers.flat_map(|layer| adapter.targets.iter().map(move |site| site.path(layer)))
            };
            let mut updates: Vec<_> =
                modules().flat_map(|path| parts.iter().map(move |part| format!("{path}.{part}"))).collect();
            updates.extend(tiny.checkpoint.head.keys().cloned());
            let mut alphas: Vec<_> = modules().map(|path| format!("{path}.alpha")).collect();
            if !adapter.has_alpha() {
                alphas.clear();
            }
            for (mut expected, parameters) in [(updates, model.updates()), (alphas, model.alphas())] {
                expected.sort();
                let mut names = parameters.names().to_vec();
                names.sort();
                assert_eq!(names, expected, "{adapter:?}");
                let total: usize = parameters.leaves().iter().map(Tensor::numel).sum();
                assert_eq!(total, parameters.count());
            }
        }
    }
}
