//! MATLAB files of reviews.
#![no_main]

use alpha_linear::amazon;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = alpha_fuzz::file("reviews.mat", bytes);
    if let Some(samples) = alpha_fuzz::names_its_file(amazon::read(&path), "reviews.mat") {
        assert_eq!(samples.features.nrows(), amazon::FEATURES);
        assert!(samples.features.iter().all(|x| x.is_finite()));
        assert!(samples.labels.iter().all(|y| y.abs() == 1.0));
    }
});
