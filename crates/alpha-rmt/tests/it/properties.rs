//! Properties that hold at every setting, on random settings over wide ranges.

use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::Optimum;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{SourceForm, Sources};
use alpha_rmt::training::Training;
use proptest::prelude::*;

use crate::assert_close;

/// Settings with every parameter over several orders of magnitude.
pub(crate) fn settings() -> impl Strategy<Value = Setting> {
    let log = |from: f64, to: f64| (from.log10()..to.log10()).prop_map(|x| 10f64.powf(x));
    (
        log(0.01, 100.0),
        log(0.01, 100.0),
        0.1..4.0f64,
        0.1..4.0f64,
        prop_oneof![8 => -1.0..1.0f64, 1 => Just(1.0), 1 => Just(-1.0), 1 => Just(0.0)],
        log(1e-4, 1e4),
        log(1e-4, 1e4),
    )
        .prop_map(
            |(source_ratio, target_ratio, source_norm, orthogonal_norm, alignment, source_ridge, target_ridge)| {
                Setting {
                    source_samples: 100.0 / source_ratio,
                    target_samples: 100.0 / target_ratio,
                    dimension: 100.0,
                    source_norm,
                    orthogonal_norm,
                    alignment,
                    source_ridge,
                    target_ridge,
                }
            },
        )
}

/// Given sources in p dimensions with a target mean; v and G follow from the vectors.
fn vectors(p: usize, k: usize) -> impl Strategy<Value = (Vec<f64>, Vec<Vec<f64>>)> {
    let vector = proptest::collection::vec(-1.0..1.0f64, p);
    (vector.clone(), proptest::collection::vec(vector, k))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn products(mean: &[f64], sources: &[Vec<f64>]) -> Sources {
    let v: Vec<f64> = sources.iter().map(|w| dot(w, mean)).collect();
    let gram: Vec<f64> = sources.iter().flat_map(|a| sources.iter().map(move |b| dot(a, b))).collect();
    Sources::given(&v, &gram).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn alpha_star_beats_a_fine_grid(setting in settings()) {
        let law = setting.isotropic().unwrap().law(&setting.source(SourceForm::Correct).unwrap()).unwrap();
        let point = setting.point(None, SourceForm::Correct).unwrap();
        let best = point.accuracy_at_alpha_star.unwrap();
        let star = point.alpha_star.unwrap();
        for i in -1000..=1000 {
            let around = star * (1.0 + f64::from(i) / 500.0);
            for alpha in [f64::from(i) / 50.0, around, f64::from(i).powi(3)] {
                let accuracy = law.at(&[alpha]).unwrap().accuracy();
                prop_assert!(accuracy <= best + 1e-13, "{accuracy} at α = {alpha} beats {best} at α* = {star}");
            }
        }
    }

    #[test]
    fn the_laws_optimum_is_the_closed_form(setting in settings()) {
        let (target, source) = (setting.isotropic().unwrap(), setting.source(SourceForm::Correct).unwrap());
        let closed = target.optimal_weights(&source).unwrap()[0];
        let law = target.law(&source).unwrap();
        let Optimum::Finite(general) = law.optimum().unwrap() else { panic!("not finite") };
        if closed == 0.0 {
            prop_assert_eq!(general[0], 0.0);
            return Ok(());
        }
        // The general solver inverts K, scaled to a unit diagonal: S u = m with c off the diagonal, whose condition
        // carries the rounding of its entries into both entries of u.
        let (m, k) = (law.mean_coefficients(), law.variance_coefficients());
        let scale = [k[0].sqrt(), k[3].sqrt()];
        let (c, m) = (k[1] / (scale[0] * scale[1]), [m[0] / scale[0], m[1] / scale[1]]);
        let u = [m[0] - c * m[1], m[1] - c * m[0]];
        let rounding = 50.0 * f64::EPSILON * u[0].hypot(u[1]) / (1.0 - c.abs());
        let relative = rounding / u[0].abs() + rounding / u[1].abs();
        prop_assert!((general[0] - closed).abs() <= relative * closed.abs(), "{} against {closed}", general[0]);
    }

    #[test]
    fn no_alignment_needs_no_source(setting in settings()) {
        let setting = Setting { alignment: 0.0, ..setting };
        let point = setting.point(None, SourceForm::Correct).unwrap();
        prop_assert_eq!(point.alpha_star, Some(0.0));
        prop_assert_eq!(point.alpha_worst, None);
        prop_assert_eq!(point.accuracy_source_only, Some(0.5));
        prop_assert_eq!(point.accuracy_at_alpha_star, point.accuracy_at_0);
    }

    #[test]
    fn accuracy_at_the_chance_scale_is_one_half(setting in settings()) {
        prop_assume!(setting.alignment.abs() > 1e-3);
        let worst = setting.point(None, SourceForm::Correct).unwrap().alpha_worst.unwrap();
        let accuracy = setting.point(Some(worst), SourceForm::Correct).unwrap().accuracy.unwrap();
        prop_assert!((accuracy - 0.5).abs() < 1e-10, "{accuracy} at ᾱ = {worst}");
    }

    #[test]
    fn the_papers_three_terms_are_the_second_moment(setting in settings(), alpha in -5.0..5.0f64) {
        for form in [SourceForm::Correct, SourceForm::Published] {
            let (target, source) = (setting.isotropic().unwrap(), setting.source(form).unwrap());
            let [t1, t2, t3] = target.second_moment_terms(&source).unwrap();
            let law = target.law(&source).unwrap();
            let (m, k) = (law.mean_coefficients(), law.variance_coefficients());
            // Each term is a difference in the paper's form; compare at the size of what is subtracted.
            let size = |x: f64| 1e-12 * (x.abs() + 10.0 * (m[0] * m[0] + alpha * alpha * m[1] * m[1] + k[0]));
            let (paper, ours) = (t1 + alpha * t2 + alpha * alpha * t3, {
                let mean = m[0] + alpha * m[1];
                k[0] + 2.0 * alpha * k[1] + alpha * alpha * k[3] + mean * mean
            });
            let h = target.fixed_point().h;
            prop_assert!((paper - ours).abs() <= size(ours) / h, "{paper} against {ours} in the {form:?} form");
        }
    }

    #[test]
    fn closed_form_equals_the_spectral_law((mean, sources) in vectors(7, 2), n in 1.0..30.0f64, log_ridge in -3.0..3.0f64,
                                          alpha in proptest::collection::vec(-3.0..3.0f64, 2)) {
        let ridge = 10f64.powf(log_ridge);
        let training = Training { samples: n, ridge };
        let target = Target { dimension: 7.0, mean_norm_squared: dot(&mean, &mean), training };
        let closed = Isotropic::new(target).unwrap().law(&products(&mean, &sources)).unwrap().at(&alpha).unwrap();
        let sources = sources.into_iter().map(SpectralSource::given).collect();
        let spectral = SpectralTarget::new(vec![1.0; 7], mean, sources).unwrap();
        let spectral = spectral.law(training).unwrap().at(&alpha).unwrap();
        // The mean may vanish: compare it at the scale of the decision function.
        prop_assert!((closed.mean - spectral.mean).abs() <= 1e-12 * spectral.second_moment().sqrt());
        prop_assert!((closed.variance - spectral.variance).abs() <= 1e-10 * spectral.variance);
    }

    #[test]
    fn scaling_the_source_scales_alpha_star_inversely((mean, sources) in vectors(5, 1), c in 0.01..100.0f64) {
        let scaled = vec![sources[0].iter().map(|x| c * x).collect::<Vec<_>>()];
        let target = Target { dimension: 5.0, mean_norm_squared: dot(&mean, &mean), training: Training { samples: 2.0, ridge: 0.4 } };
        let target = Isotropic::new(target).unwrap();
        let plain = target.optimal_weights(&products(&mean, &sources)).unwrap()[0];
        let star = target.optimal_weights(&products(&mean, &scaled)).unwrap()[0];
        prop_assert!((star - plain / c).abs() <= 1e-12 * (plain / c).abs());
    }

    #[test]
    fn accuracy_does_not_see_the_unit_of_the_features((mean, sources) in vectors(6, 1), c in 0.1..10.0f64,
                                                     spectrum in proptest::collection::vec(0.05..5.0f64, 6),
                                                     alpha in -3.0..3.0f64) {
        let accuracy = |c: f64| {
            let eigenvalues: Vec<f64> = spectrum.iter().map(|s| c * c * s).collect();
            let mean: Vec<f64> = mean.iter().map(|x| c * x).collect();
            let source = SpectralSource::given(sources[0].iter().map(|x| x / c).collect());
            let target = SpectralTarget::new(eigenvalues, mean, vec![source]).unwrap();
            target.law(Training { samples: 4.0, ridge: c * c * 0.3 }).unwrap().at(&[alpha]).unwrap().accuracy()
        };
        prop_assert!((accuracy(c) - accuracy(1.0)).abs() <= 1e-12);
    }

    #[test]
    fn equal_sources_share_the_weight((mean, sources) in vectors(5, 1), third in proptest::collection::vec(-1.0..1.0f64, 5)) {
        let target = Target { dimension: 6.0, mean_norm_squared: dot(&mean, &mean), training: Training { samples: 4.0, ridge: 0.7 } };
        let target = Isotropic::new(target).unwrap();
        let pair = vec![sources[0].clone(), third.clone()];
        let doubled = vec![sources[0].clone(), sources[0].clone(), third];
        let two = target.optimal_weights(&products(&mean, &pair)).unwrap();
        let three = target.optimal_weights(&products(&mean, &doubled)).unwrap();
        let scale = two.iter().map(|x| x.abs()).fold(0.0, f64::max);
        for (got, expected) in three.iter().zip([two[0] / 2.0, two[0] / 2.0, two[1]]) {
            prop_assert!((got - expected).abs() <= 1e-6 * scale, "{three:?} against {two:?}");
        }
    }
}

#[test]
fn published_form_is_right_when_the_source_has_many_samples() {
    let row = |n_source| crate::setting([n_source, 50.0, 100.0, 1.2, 0.8, 0.6, 0.5, 1.0]);
    let gap = |n_source| {
        let [a, b] = [SourceForm::Correct, SourceForm::Published]
            .map(|form| row(n_source).point(Some(1.0), form).unwrap().second_moment.unwrap());
        (a - b) / a
    };
    assert!(gap(200.0) > 0.05, "the two forms hardly differ at p/N = 1/2: {}", gap(200.0));
    assert_close("gap shrinks as p/N", gap(1e6), gap(1e8) * 100.0, 1e-2);
}
