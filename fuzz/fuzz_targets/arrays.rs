//! Samples as NumPy files.
#![no_main]

use alpha_linear::array_file::{Arrays, Gaps, recognises};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if !recognises(bytes) {
        return;
    }
    if let Some(arrays) = alpha_fuzz::names_its_file(Arrays::parse("arrays.npz", bytes, Gaps::Refused), "arrays.npz") {
        let (p, rows) = arrays.features.shape();
        assert!(arrays.features.iter().all(|x| x.is_finite()) && arrays.names.len() == p);
        assert!(arrays.labels.is_none_or(|labels| labels.len() == rows));
    }
});
