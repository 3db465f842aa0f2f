//! CSV files of samples: to learn from, to predict, and to audit, gaps and all.
#![no_main]

use alpha_linear::audit::Audit;
use alpha_linear::sample_file::{NamedFeatures, NamedSamples, SampleOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = alpha_fuzz::file("samples.csv", bytes);
    let options = SampleOptions::new("label");
    if let Some(named) = alpha_fuzz::names_its_file(NamedSamples::read(&path, &options), "samples.csv") {
        assert!(named.samples.features.iter().all(|x| x.is_finite()));
        assert!(named.samples.labels.iter().all(|y| y.abs() == 1.0));
        assert_eq!(named.ordered(&named.names).unwrap(), named.samples);
    }
    alpha_fuzz::names_its_file(NamedFeatures::read(&path, &options), "samples.csv");
    alpha_fuzz::names_its_file(Audit::of_files(&path, Some(&path), &options), "samples.csv");
});
