//! Weights of an encoder: safetensors files, against the tiny model's configuration.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use alpha_llm::model::{Checkpoint, EncoderConfig, read_tensors};
use libfuzzer_sys::fuzz_target;

static CONFIG: LazyLock<EncoderConfig> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/alpha-llm/tests/fixtures/tiny-bert/config.json");
    EncoderConfig::read(&path).expect("the fixture is a model")
});

fuzz_target!(|bytes: &[u8]| {
    let path = alpha_fuzz::file("model.safetensors", bytes);
    alpha_fuzz::names_its_file(read_tensors(&path), "model.safetensors");
    alpha_fuzz::names_its_file(Checkpoint::read(&path, &CONFIG), "model.safetensors");
});
