//! Linear models as NumPy files.
#![no_main]

use alpha_linear::model_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = alpha_fuzz::file("weights.npy", bytes);
    let names = ["a", "b", "c"].map(String::from);
    if let Some(model) = alpha_fuzz::names_its_file(model_file::read(&path, &names, Some(0.5)), "weights.npy") {
        assert!(model.weights.len() == 3 && model.weights.iter().all(|w| w.is_finite()));
    }
});
