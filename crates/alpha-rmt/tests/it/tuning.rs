//! The joint choice against fine grids, and every derivative against finite differences.

use alpha_rmt::Error;
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::law::Optimum;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::training::Training;
use alpha_rmt::tuning::{RidgeRange, Transfer};
use proptest::prelude::*;

use crate::assert_close;

/// Central difference of fourth order.
fn slope(x: f64, f: impl Fn(f64) -> f64) -> f64 {
    let h = 1e-3 * x.abs().max(1e-3);
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}

/// Equal up to the error of a difference of accuracies near 1.
#[track_caller]
fn assert_slope(what: &str, x: f64, got: f64, expected: f64) {
    let error = (got - expected).abs();
    let noise = 1e-15 / (1e-3 * x.abs().max(1e-3));
    assert!(error <= 1e-6 * expected.abs() + 20.0 * noise, "{what}: {got} against {expected}");
}

struct Data {
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
    source_eigenvalues: Vec<f64>,
    source_mean: Vec<f64>,
}

/// A power law against a flat source: both ridges have an interior optimum.
fn data() -> Data {
    let p = 60;
    let eigenvalues: Vec<f64> = (1..=p).map(|i| 6.0 / f64::from(i)).collect();
    let mean: Vec<f64> =
        (0..p).map(|i| 0.5 / (1.0 + f64::from(i) / 6.0) * if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let source_mean = mean.iter().enumerate().map(|(i, m)| 0.8 * m + if i % 2 == 0 { 0.03 } else { -0.03 }).collect();
    let source_eigenvalues = (1..=p).map(|i| 3.0 / f64::from(i) + 0.05).collect();
    Data { eigenvalues, mean, source_eigenvalues, source_mean }
}

impl Data {
    fn transfer(&self) -> Transfer<'_> {
        Transfer {
            eigenvalues: &self.eigenvalues,
            mean: &self.mean,
            samples: 25.0,
            source_eigenvalues: &self.source_eigenvalues,
            source_mean: &self.source_mean,
            source_samples: 80.0,
        }
    }
}

const RANGE: RidgeRange = RidgeRange { least: 1e-4, most: 1e3 };

fn best_accuracy(target: &SpectralTarget, samples: f64, ridge: f64) -> f64 {
    let law = target.law(Training { samples, ridge }).unwrap();
    law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy()
}

#[test]
fn best_ridge_beats_a_fine_grid_and_lies_inside() {
    let data = data();
    let mut inside = 0;
    for (source_ridge, samples) in [(0.05, 25.0), (1.0, 25.0), (10.0, 200.0)] {
        let target = data.transfer().target(source_ridge).unwrap();
        let best = target.best_ridge(samples, RANGE).unwrap();
        inside += usize::from(best.target_ridge > 1e-3 && best.target_ridge < 1e2);
        for ridge in spaced([RANGE.least, RANGE.most], 3000, Spacing::Log) {
            let accuracy = best_accuracy(&target, samples, ridge);
            assert!(accuracy <= best.accuracy + 1e-14, "{accuracy} at γ = {ridge} beats {best:?}");
        }
        let law = target.law(Training { samples, ridge: best.target_ridge }).unwrap();
        assert_eq!(law.optimum().unwrap(), best.optimum);
    }
    assert!(inside >= 2, "only {inside} of 3 optima are interior: the test shows little");
}

#[test]
fn best_ridges_beat_a_fine_grid() {
    let data = data();
    let transfer = data.transfer();
    let best = transfer.best_ridges(RANGE, RANGE).unwrap();
    let source_ridge = best.source_ridge.unwrap();
    assert!(source_ridge > 1e-3 && source_ridge < 1e2, "{best:?} is not interior");
    for source_ridge in spaced([RANGE.least, RANGE.most], 120, Spacing::Log) {
        let target = transfer.target(source_ridge).unwrap();
        for ridge in spaced([RANGE.least, RANGE.most], 120, Spacing::Log) {
            let accuracy = best_accuracy(&target, 25.0, ridge);
            assert!(accuracy <= best.accuracy + 1e-14, "{accuracy} at γ̃ = {source_ridge}, γ = {ridge} beats {best:?}");
        }
    }
    // The derivatives vanish there.
    let Optimum::Finite(weights) = &best.optimum else { panic!("{best:?}") };
    let gradient = transfer.gradient(weights[0], source_ridge, best.target_ridge).unwrap();
    for (slope, scale) in [
        (gradient.alpha, weights[0]),
        (gradient.source_ridge, source_ridge),
        (gradient.target_ridge, best.target_ridge),
    ] {
        assert!((slope * scale).abs() < 1e-9, "{gradient:?} at {best:?}");
    }
}

#[test]
fn isotropic_data_wants_the_largest_ridges() {
    let p = 50;
    let ones = vec![1.0; p];
    let (mut mean, mut source_mean) = (vec![0.0; p], vec![0.0; p]);
    (mean[0], mean[1], source_mean[0]) = (0.9, 0.4, 1.1);
    let transfer = Transfer {
        eigenvalues: &ones,
        mean: &mean,
        samples: 30.0,
        source_eigenvalues: &ones,
        source_mean: &source_mean,
        source_samples: 70.0,
    };
    let best = transfer.best_ridges(RANGE, RANGE).unwrap();
    assert_eq!((best.source_ridge, best.target_ridge), (Some(RANGE.most), RANGE.most));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn gradients_are_the_finite_differences(setting in crate::properties::settings(), alpha in -3.0..3.0f64) {
        let accuracy = |setting: Setting, alpha| setting.point(Some(alpha), SourceForm::Correct).unwrap().accuracy.unwrap();
        let gradient = setting.gradient(alpha).unwrap();
        assert_slope("α", alpha, gradient.alpha, slope(alpha, |alpha| accuracy(setting, alpha)));
        let by_source = slope(setting.source_ridge, |x| accuracy(Setting { source_ridge: x, ..setting }, alpha));
        assert_slope("γ̃", setting.source_ridge, gradient.source_ridge, by_source);
        let by_target = slope(setting.target_ridge, |x| accuracy(Setting { target_ridge: x, ..setting }, alpha));
        assert_slope("γ", setting.target_ridge, gradient.target_ridge, by_target);
    }

    #[test]
    fn gradients_with_covariances_are_the_finite_differences(alpha in -3.0..3.0f64, log_source in -3.0..2.0f64, log_target in -3.0..2.0f64) {
        let data = data();
        let transfer = data.transfer();
        let [source_ridge, target_ridge] = [log_source, log_target].map(|x| 10f64.powf(x));
        let accuracy = |alpha: f64, source_ridge, target_ridge| {
            let law = transfer.target(source_ridge).unwrap().law(Training { samples: 25.0, ridge: target_ridge }).unwrap();
            law.at(&[alpha]).unwrap().accuracy()
        };
        let gradient = transfer.gradient(alpha, source_ridge, target_ridge).unwrap();
        assert_slope("α", alpha, gradient.alpha, slope(alpha, |x| accuracy(x, source_ridge, target_ridge)));
        assert_slope("γ̃", source_ridge, gradient.source_ridge, slope(source_ridge, |x| accuracy(alpha, x, target_ridge)));
        assert_slope("γ", target_ridge, gradient.target_ridge, slope(target_ridge, |x| accuracy(alpha, source_ridge, x)));
    }

    #[test]
    fn accuracy_at_alpha_star_is_its_closed_form_and_grows_with_both_ridges(setting in crate::properties::settings()) {
        let best = |setting: Setting| {
            let source = setting.source(SourceForm::Correct).unwrap();
            setting.isotropic().unwrap().best_separation(&source).unwrap()
        };
        let separation = best(setting);
        let accuracy = setting.point(None, SourceForm::Correct).unwrap().accuracy_at_alpha_star.unwrap();
        assert_close("Φ(√(hρ))", alpha_rmt::normal_cdf(separation), accuracy, 1e-11);
        let more_target = best(Setting { target_ridge: 2.0 * setting.target_ridge, ..setting });
        let more_source = best(Setting { source_ridge: 2.0 * setting.source_ridge, ..setting });
        prop_assert!(more_target >= separation * (1.0 - 1e-14));
        prop_assert!(more_source >= separation * (1.0 - 1e-14));
        let supremum = setting.supremum_accuracy().unwrap();
        let extreme = Setting { target_ridge: 1e8, source_ridge: 1e8, ..setting };
        prop_assert!(accuracy <= supremum + 1e-14);
        assert_close("supremum", alpha_rmt::normal_cdf(best(extreme)), supremum, 1e-5);
    }
}

#[test]
fn several_sources_are_tuned_together() {
    let data = data();
    let one = SpectralSource::given(data.source_mean.clone());
    let other = SpectralSource::given((0..60).map(|i| f64::from(i % 4) / 30.0).collect());
    let target = SpectralTarget::new(data.eigenvalues.clone(), data.mean.clone(), vec![one, other]).unwrap();
    let best = target.best_ridge(25.0, RANGE).unwrap();
    for ridge in spaced([RANGE.least, RANGE.most], 2000, Spacing::Log) {
        assert!(best_accuracy(&target, 25.0, ridge) <= best.accuracy + 1e-14);
    }
}

#[test]
fn bad_ranges_are_refused() {
    let data = data();
    let target = data.transfer().target(1.0).unwrap();
    for (least, most) in [(0.0, 1.0), (-1.0, 1.0), (1.0, f64::INFINITY), (2.0, 1.0), (f64::NAN, 1.0)] {
        let refused = target.best_ridge(25.0, RidgeRange { least, most });
        assert!(matches!(refused, Err(Error::Parameter { name: "target-ridge", .. })), "{least}..{most}: {refused:?}");
    }
    assert!(matches!(data.transfer().target(0.0), Err(Error::Parameter { .. })));
    let one_point = target.best_ridge(25.0, RidgeRange { least: 0.5, most: 0.5 }).unwrap();
    assert_close("a range of one point", one_point.target_ridge, 0.5, 1e-15);
}

#[test]
fn a_range_of_more_than_308_decades_is_searched() {
    let data = data();
    let target = data.transfer().target(1.0).unwrap();
    let expected = target.best_ridge(25.0, RANGE).unwrap();
    let wide = target.best_ridge(25.0, RidgeRange { least: 1e-300, most: 1e10 }).unwrap();
    assert!(wide.accuracy >= expected.accuracy - 1e-14, "{wide:?} against {expected:?}");
}
