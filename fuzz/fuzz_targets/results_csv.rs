//! Tables that a study wrote and figures are drawn from; what is accepted can be drawn, or it is said why not.
#![no_main]

use alpha_plots::alphas;
use alpha_plots::neighbourhood::Neighbourhood;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(modules) = alpha_fuzz::names_its_file(alphas::parse("results.csv", text), "results.csv") {
        for chart in alphas::charts("alphas", &modules) {
            let _ = chart.to_svg();
        }
    }
    let neighbourhood = Neighbourhood::parse("results.csv", text);
    if let Some(neighbourhood) = alpha_fuzz::names_its_file(neighbourhood, "results.csv") {
        let (a, b, accuracy) = neighbourhood.best();
        assert_eq!(neighbourhood.at(a, b), Some(accuracy));
        assert!((0.0..=100.0).contains(&neighbourhood.plateau()));
        let _ = neighbourhood.heat_map("accuracy").and_then(|map| map.to_svg());
        let _ = neighbourhood.lines("accuracy").to_svg();
    }
});
