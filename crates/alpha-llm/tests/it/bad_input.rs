//! Damaged files: an error that says what is wrong, and never a panic.

use std::path::Path;
use std::sync::LazyLock;

use alpha_llm::Error;
use alpha_llm::adapter::AdapterConfig;
use alpha_llm::export::{Format, Native, export, read_peft};
use alpha_llm::model::{Checkpoint, EncoderConfig, TensorFile, encoder_shapes, read_tensors, write_tensors};
use proptest::prelude::*;
use tch::{Device, Kind};

use crate::fixture;
use crate::native::native;
use crate::tiny::Tiny;

/// Puts bytes in random places; those near the start more often, where lengths and headers are.
fn damage() -> impl Strategy<Value = Vec<(f64, u8)>> {
    let place = prop_oneof![0.0..0.01, 0.0..1.0_f64];
    proptest::collection::vec((place, any::<u8>()), 1..8)
}

fn damaged(bytes: &[u8], changes: &[(f64, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for &(place, byte) in changes {
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] = byte;
    }
    bytes
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A whole native adapter, and one of PEFT's.
static ADAPTERS: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let [tiny, _] = Tiny::both();
    let adapter = AdapterConfig { rank: 2, ..AdapterConfig::default() };
    let work = tempfile::tempdir().unwrap();
    let whole = native(&tiny, &adapter, &tiny.adapted(&adapter));
    let place = |name: &str| work.path().join(name);
    whole.write(&place("native")).unwrap();
    export(&whole, &fixture(tiny.name), Format::Peft, &place("peft")).unwrap();
    let files = [
        ("native", "alpha_lora.json"),
        ("native", "alpha_lora.safetensors"),
        ("peft", "adapter_config.json"),
        ("peft", "adapter_model.safetensors"),
    ];
    files.map(|(folder, name)| (name, std::fs::read(place(folder).join(name)).unwrap())).into()
});

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn damaged_checkpoints(changes in damage(), cut in 0.0..1.0_f64) {
        let [tiny, _] = Tiny::both();
        let bytes = std::fs::read(fixture(tiny.name).join("model.safetensors")).unwrap();
        let work = tempfile::tempdir().unwrap();
        let path = work.path().join("model.safetensors");
        std::fs::write(&path, damaged(&bytes, &changes)).unwrap();
        // A changed weight may be a weight as well.
        let _ = Checkpoint::read(&path, &tiny.config);
        std::fs::write(&path, &bytes[..(cut * bytes.len() as f64) as usize]).unwrap();
        let truncated = matches!(Checkpoint::read(&path, &tiny.config), Err(Error::SafeTensors { .. }));
        prop_assert!(truncated);
    }

    #[test]
    fn damaged_configurations(changes in damage(), number in any::<i64>(), field in 0..64_usize) {
        let text = std::fs::read_to_string(fixture("tiny-bert").join("config.json")).unwrap();
        let path = Path::new("config.json");
        if let Ok(text) = String::from_utf8(damaged(text.as_bytes(), &changes)) {
            let _ = EncoderConfig::parse(&text, path);
        }
        // Any number anywhere; what is accepted can be laid out.
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let fields = json.as_object_mut().unwrap();
        let (_, value) = fields.iter_mut().nth(field % 24).unwrap();
        *value = number.into();
        if let Ok(config) = EncoderConfig::parse(&json.to_string(), path) {
            prop_assert!(encoder_shapes(&config).len() < 100_000);
        }
    }

    #[test]
    fn damaged_adapters(changes in damage(), which in 0..4_usize) {
        let [tiny, _] = Tiny::both();
        let work = tempfile::tempdir().unwrap();
        for (at, (name, bytes)) in ADAPTERS.iter().enumerate() {
            let bytes = if at == which { damaged(bytes, &changes) } else { bytes.clone() };
            std::fs::write(work.path().join(name), bytes).unwrap();
        }
        if let Ok(read) = Native::read(work.path()) {
            let _ = read.classifier(&tiny.config, &tiny.checkpoint, (Kind::Float, Device::Cpu));
        }
        let _ = read_peft(work.path(), &tiny.config, &tiny.checkpoint);
    }
}

#[test]
fn headers_that_promise_the_moon() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("model.safetensors");
    let write = |header: &str| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        std::fs::write(&path, bytes).unwrap();
    };
    for shape in [
        "[0,9223372036854775807]",
        "[18446744073709551615,0]",
        "[0,4294967296,4294967296,4294967296]",
        "[4611686018427387904]",
    ] {
        write(&format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[0,0]}}}}"#));
        // Nothing is in it; what matters is that this returns.
        if let Ok(TensorFile { tensors, .. }) = read_tensors(&path) {
            assert_eq!(tensors["a"].numel(), 0, "{shape}");
        }
    }
    for header in ["", "{", "[]", "null", r#"{"a":1}"#, r#"{"a":{"dtype":"F99","shape":[],"data_offsets":[0,0]}}"#] {
        write(header);
        assert!(matches!(read_tensors(&path), Err(Error::SafeTensors { .. })), "{header}");
    }
    std::fs::write(&path, u64::MAX.to_le_bytes()).unwrap();
    assert!(matches!(read_tensors(&path), Err(Error::SafeTensors { .. })));
    write(r#"{"a":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}"#);
    match read_tensors(&path).unwrap_err() {
        Error::Storage { name, found, .. } => assert_eq!((name.as_str(), found.as_str()), ("a", "F64")),
        error => panic!("{error}"),
    }
}

#[test]
fn weights_that_are_no_numbers() {
    let [tiny, _] = Tiny::both();
    let mut tensors = read_tensors(&fixture(tiny.name).join("model.safetensors")).unwrap().tensors;
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("model.safetensors");
    let name = "roberta.encoder.layer.1.output.dense.weight";
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let _ = tensors.get_mut(name).unwrap().get(23).get(39).fill_(value);
        write_tensors(&path, &tensors, []).unwrap();
        match Checkpoint::read(&path, &tiny.config).unwrap_err() {
            Error::NotFinite { name: found, .. } => assert_eq!(found, name),
            error => panic!("{error}"),
        }
    }
}

#[test]
fn configurations_that_cannot_be_followed() {
    for model in ["tiny-roberta", "tiny-bert"] {
        let text = std::fs::read_to_string(fixture(model).join("config.json")).unwrap();
        let good: serde_json::Value = serde_json::from_str(&text).unwrap();
        let path = Path::new("some/config.json");
        let refused = |json: &serde_json::Value| EncoderConfig::parse(&json.to_string(), path).unwrap_err();
        EncoderConfig::parse(&good.to_string(), path).unwrap();
        let needed = [
            "model_type",
            "vocab_size",
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "max_position_embeddings",
            "type_vocab_size",
            "layer_norm_eps",
            "hidden_dropout_prob",
            "attention_probs_dropout_prob",
            "initializer_range",
            "pad_token_id",
            "hidden_act",
        ];
        for field in needed {
            let mut json = good.clone();
            json.as_object_mut().unwrap().remove(field).unwrap();
            match refused(&json) {
                Error::Json { source, .. } => assert!(source.to_string().contains(field), "{field}: {source}"),
                error => panic!("{error}"),
            }
        }
        let wrong = [
            ("model_type", "\"distilbert\""),
            ("model_type", "\"xlm-roberta\""),
            ("num_attention_heads", "5"),
            ("num_attention_heads", "0"),
            ("num_hidden_layers", "0"),
            ("num_hidden_layers", "16777216"),
            ("hidden_size", "-24"),
            ("vocab_size", "99999999999"),
            ("hidden_act", "\"gelu_new\""),
            ("hidden_act", "\"relu\""),
            ("position_embedding_type", "\"relative_key\""),
            ("layer_norm_eps", "0"),
            ("hidden_dropout_prob", "1.0"),
            ("classifier_dropout", "-0.1"),
            ("pad_token_id", "-1"),
            ("pad_token_id", "100000"),
            ("max_position_embeddings", "0"),
        ];
        for (field, value) in wrong {
            let mut json = good.clone();
            json[field] = serde_json::from_str(value).unwrap();
            match refused(&json) {
                Error::Config { field: found, .. } => assert_eq!(found, field),
                Error::Json { source, .. } => assert!(field == "model_type", "{field}: {source}"),
                error => panic!("{error}"),
            }
        }
    }
}
