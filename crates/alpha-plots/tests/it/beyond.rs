//! The items beyond the paper.

use alpha_plots::convergence::{self, ConvergenceConfig};
use alpha_plots::erratum::{self, ErratumConfig};
use alpha_plots::phase::{Grid, PhaseConfig};

#[test]
fn on_the_boundary_fine_tuning_gains_nothing_over_the_source() {
    let mut maps = PhaseConfig::built_in().unwrap().alignment;
    maps.aspect_ratios = Grid { count: 21, ..maps.aspect_ratios };
    maps.alignments = Grid { count: 16, ..maps.alignments };
    let map = maps.map().unwrap();
    let boundary = maps.boundary(&map).unwrap();
    assert!(boundary.iter().map(Vec::len).sum::<usize>() > 15, "{boundary:?}");
    for &(c, beta) in boundary.iter().flatten() {
        let gain = maps.point(c, beta).unwrap().gain_over_source_only.unwrap();
        assert!(gain.abs() < 1e-12, "gain {gain} at c = {c}, β = {beta}");
    }
    for &(c, beta) in maps.unit_scale(&map).unwrap().iter().flatten() {
        let point = maps.point(c, beta).unwrap();
        assert!((point.alpha_star.unwrap() - 1.0).abs() < 1e-9, "α* = {:?} at c = {c}, β = {beta}", point.alpha_star);
    }
    let csv = maps.table(&map).to_csv().unwrap();
    assert!(csv.starts_with("aspect_ratio,alignment,alpha_star,gain_over_1,gain_over_source\n"));
    assert_eq!(csv.lines().count(), 1 + 21 * 16);
}

#[test]
fn the_simulation_sides_with_the_correct_form() {
    let mut config = ErratumConfig::built_in().unwrap();
    config.simulation.source_samples = vec![200.0, 400.0, 1200.0, 12_000.0];
    let simulated = config.simulate().unwrap();
    for s in &simulated {
        let z = |theory: f64| (s.second_moment.mean() - theory) / s.second_moment.standard_error();
        assert!(z(s.theory.correct.second_moment).abs() < 4.2, "correct at N/p = {}: {s:?}", s.theory.ratio);
        assert!(z(s.theory.published.second_moment) > 4.2, "published at N/p = {}: {s:?}", s.theory.ratio);
        assert!((s.alpha_star / s.theory.correct.alpha_star - 1.0).abs() < 0.02, "{s:?}");
        let reached = |moments: alpha_rmt::simulation::Moments, theory: f64| {
            (moments.mean() - theory).abs() < 4.2 * moments.standard_error()
        };
        assert!(reached(s.at_correct, s.theory.correct.accuracy), "{s:?}");
        assert!(reached(s.at_published, s.theory.published.accuracy), "{s:?}");
        assert!(s.theory.published.accuracy < s.theory.correct.accuracy);
    }
    let curves = config.curves().unwrap();
    let csv = erratum::table(&curves, &simulated).to_csv().unwrap();
    assert_eq!(csv.lines().count(), 1 + curves.len() + simulated.len());
    assert!(erratum::accuracy_chart(&curves, &simulated).to_svg().unwrap().contains("published"));
}

#[test]
fn the_bias_falls_as_one_over_the_dimension() {
    let mut config = ConvergenceConfig::built_in().unwrap();
    config.dimensions = vec![100.0, 1000.0, 20_000.0, 1_000_000.0];
    config.pairs = 3000;
    let series = config.measure().unwrap();
    for s in series.iter().filter(|s| s.name != "source_norm_squared") {
        let slope = s.bias_slope().unwrap();
        assert!((slope + 1.0).abs() < 0.05, "bias of {}: slope {slope}", s.name);
    }
    for s in &series {
        let slope = s.deviation_slope().unwrap();
        assert!((slope + 0.5).abs() < 0.02, "deviation of {}: slope {slope}", s.name);
    }
    let csv = convergence::table(&series).to_csv().unwrap();
    assert_eq!(csv.lines().count(), 1 + 4 * 4);
    assert!(convergence::bias_chart(&series).to_svg().unwrap().contains("slope −1"));
}
