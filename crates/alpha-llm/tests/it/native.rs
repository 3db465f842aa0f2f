//! The native folder.

use alpha_llm::Error;
use alpha_llm::adapter::{AdapterConfig, Pass};
use alpha_llm::classifier::Classifier;
use alpha_llm::export::{Base, Native};
use tch::{Device, Kind};

use crate::tiny::{LABELS, Tiny, adapters, logits};

const PLACE: (Kind, Device) = (Kind::Float, Device::Cpu);

pub fn native(tiny: &Tiny, adapter: &AdapterConfig, model: &Classifier) -> Native {
    Native {
        adapter: adapter.clone(),
        base: Base {
            name: crate::fixture(tiny.name).display().to_string(),
            family: tiny.config.family,
            sha256: tiny.checkpoint.sha256.clone(),
        },
        task: "rte".to_owned(),
        label_names: LABELS.map(str::to_owned).into(),
        max_length: 20,
        values: Native::values_of(model),
    }
}

#[test]
fn a_classifier_survives_its_folder() {
    for tiny in Tiny::both() {
        for adapter in adapters() {
            let model = tiny.adapted(&adapter);
            let folder = tempfile::tempdir().unwrap();
            let written = native(&tiny, &adapter, &model);
            written.write(folder.path()).unwrap();
            let read = Native::read(folder.path()).unwrap();
            assert_eq!((&read.adapter, &read.base), (&written.adapter, &written.base));
            assert_eq!((read.task.as_str(), read.max_length), ("rte", 20));
            assert_eq!(read.label_names, written.label_names);
            let again = read.classifier(&tiny.config, &tiny.checkpoint, PLACE).unwrap();
            assert!(!again.has_new_head());
            let batch = tiny.batch(&model, 1);
            for pass in [Pass::Evaluate, Pass::Adapters] {
                assert_eq!(logits(&model, &batch, pass), logits(&again, &batch, pass), "{adapter:?}");
            }
        }
    }
}

#[test]
fn another_base_or_other_tensors_are_refused() {
    let [tiny, other] = Tiny::both();
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    let model = tiny.adapted(&adapter);
    let mut native = native(&tiny, &adapter, &model);
    let error = native.classifier(&other.config, &other.checkpoint, PLACE).unwrap_err();
    assert!(matches!(error, Error::Base { .. }));
    let message = error.to_string();
    assert!(message.contains(&tiny.checkpoint.sha256) && message.contains(&other.checkpoint.sha256), "{message}");

    let name = "encoder.layer.1.attention.self.value.alpha";
    let alpha = native.values.remove(name).unwrap();
    match native.classifier(&tiny.config, &tiny.checkpoint, PLACE).unwrap_err() {
        Error::Tensors { missing, unexpected, .. } => {
            assert_eq!((missing, unexpected), (vec![name.to_owned()], vec![]))
        }
        error => panic!("{error}"),
    }
    native.values.insert(name.to_owned(), alpha.narrow(0, 0, 23));
    match native.classifier(&tiny.config, &tiny.checkpoint, PLACE).unwrap_err() {
        Error::Shape { expected, got, .. } => assert_eq!((expected, got), (vec![24], vec![23])),
        error => panic!("{error}"),
    }
}

#[test]
fn settings_that_cannot_be_followed_are_refused() {
    let [tiny, _] = Tiny::both();
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    let folder = tempfile::tempdir().unwrap();
    native(&tiny, &adapter, &tiny.adapted(&adapter)).write(folder.path()).unwrap();
    let path = folder.path().join("alpha_lora.json");
    let good = std::fs::read_to_string(&path).unwrap();
    let changes = [
        ("\"version\": 1", "\"version\": 2, \"new\": 1", "version"),
        ("\"rank\": 4", "\"rang\": 4", "adapter.rank of"),
        ("\"lora_alpha\": 8,", "", "adapter.lora_alpha of"),
        ("\"init\": \"paper\",", "\"int\": \"paper\",", "alpha_lora.json is not valid"),
        ("\"task\": \"rte\",", "", "alpha_lora.json is not valid"),
        ("\"entailment\",", "", ""),
    ];
    for (from, to, message) in changes {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        std::fs::write(&path, changed).unwrap();
        match Native::read(folder.path()) {
            Err(error) => assert!(!message.is_empty() && error.to_string().contains(message), "{from}: {error}"),
            // Two labels, where the head has three.
            Ok(native) => {
                assert!(message.is_empty());
                let error = native.classifier(&tiny.config, &tiny.checkpoint, PLACE).unwrap_err();
                assert!(matches!(error, Error::Shape { .. }), "{error}");
            }
        }
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Native::read(folder.path()), Err(Error::Read { .. })));
}
