//! Settings of a run and the list of datasets, both TOML.
#![no_main]

use std::path::Path;

use alpha_llm::training::RunConfig;
use alpha_store::manifest::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Manifest::parse(text);
    if let Ok(table) = toml::from_str(text)
        && let Ok(config) = RunConfig::assemble(Some((Path::new("run.toml"), table)), toml::Table::new())
    {
        assert!(config.check().is_ok());
        let again = RunConfig::assemble(None, toml::Table::try_from(&config).expect("settings are TOML"));
        assert_eq!(again.expect("accepted once"), config);
        let _ = config.total_steps(1000);
    }
});
