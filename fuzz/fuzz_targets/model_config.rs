//! config.json of an encoder.
#![no_main]

use std::path::Path;

use alpha_llm::model::{EncoderConfig, encoder_shapes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let config = EncoderConfig::parse(text, Path::new("config.json"));
    if let Some(config) = alpha_fuzz::names_its_file(config, "config.json") {
        assert!(config.max_length() > 0 && (0.0..1.0).contains(&config.head_dropout()));
        let sizes = encoder_shapes(&config).into_iter().map(|(_, shape)| shape.iter().product::<i64>());
        assert!(sizes.sum::<i64>() > 0);
    }
});
