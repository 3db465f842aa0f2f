//! The law in Σ = C + μμᵀ against the law in C.

use alpha_rmt::Error;
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::total_covariance::{MeanForms, TotalCovariance, frozen_accuracy};
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};

use crate::{assert_close, normals};

#[test]
fn the_law_in_the_total_covariance_is_that_in_the_covariance() {
    let p = 8;
    let mean = DVector::from_fn(p, |i, _| 0.5 / (1.0 + i as f64));
    let source = normals(p, 1, 4).column(0).into_owned();
    let noise = normals(p, 60, 5);
    let features = DMatrix::from_fn(p, 60, |i, j| {
        let label = if j % 2 == 0 { 1.0 } else { -1.0 };
        label * mean[i] + noise[(i, j)] / (1.0 + i as f64 / 3.0)
    });
    let total = &features * features.transpose() / 60.0;
    let geometry = TotalCovariance::from_features(&features).unwrap();
    let training = Training { samples: 9.0, ridge: 0.3 };
    let metric = geometry.at(training).unwrap();
    let coordinates = geometry.rotate(&DMatrix::from_columns(&[mean.clone(), source.clone()])).unwrap();
    let form = |d: &[f64], i: usize, j: usize| -> f64 {
        (0..p).map(|l| d[l] * coordinates[(l, i)] * coordinates[(l, j)]).sum()
    };
    let forms = MeanForms {
        strength: form(metric.shrunk(), 0, 0),
        mean_spread: form(metric.spread(), 0, 0),
        product: form(metric.shrunk(), 0, 1),
        product_spread: form(metric.spread(), 0, 1),
        source_spread: form(metric.spread(), 1, 1),
    };
    let law = metric.law(&forms).unwrap();

    // Theory §3 with C = Σ − μμᵀ, densely, at the same g and df₂.
    let fp = FixedPoint::spectrum(geometry.eigenvalues(), training).unwrap();
    let c = &total - &mean * mean.transpose();
    let d = (&c + DMatrix::identity(p, p) * fp.g).try_inverse().unwrap();
    let a = mean.dot(&(&d * &mean));
    for alpha in [0.0, 0.8, -1.5] {
        let m = (a + fp.g * alpha * mean.dot(&(&d * &source))) / (1.0 + a);
        let b = &d * (&source * (fp.g * alpha) + &mean * (1.0 - m));
        let q = (b.dot(&(&c * &b)) + fp.df2 * (1.0 - m) * (1.0 - m)) / fp.h;
        let got = law.at(&[alpha]).unwrap();
        assert_close("m", got.mean, m, 1e-10);
        assert_close("q", got.variance, q, 1e-9);
    }
    let alone = mean.dot(&source);
    let expected = alpha_rmt::normal_cdf(alone / source.dot(&(&c * &source)).sqrt());
    assert_close("source", frozen_accuracy(alone, source.dot(&(&total * &source))), expected, 1e-12);
}

#[test]
fn a_mean_that_explains_too_much_is_cut_back() {
    // At μ²F/A² below 1 the forms belong to no mean: as if 95 % of Σ along b were its.
    let metric = TotalCovariance::from_features(&DMatrix::identity(3, 3)).unwrap();
    let metric = metric.at(Training { samples: 5.0, ridge: 1.0 }).unwrap();
    let forms =
        |strength| MeanForms { strength, mean_spread: 0.1, product: 0.0, product_spread: 0.0, source_spread: 0.2 };
    let at = |strength| metric.law(&forms(strength)).unwrap().at(&[0.0]).unwrap();
    let share = |strength: f64| {
        let (fp, decision) =
            (FixedPoint::spectrum(&[1.0 / 3.0; 3], Training { samples: 5.0, ridge: 1.0 }).unwrap(), at(strength));
        let miss = 1.0 - strength;
        (0.1 - decision.variance * fp.h + fp.df2 * miss * miss) / 0.1
    };
    assert_close("share", share(0.2), 0.4, 1e-12);
    assert_close("share", share(0.6), 0.95, 1e-12);
}

#[test]
fn few_samples_are_shrunk_as_by_hand() {
    // Three times (2, 1, 0, 0): tr S = 5, ‖S‖² = 25, so a share of (25 + 25)/(4·(25 − 25/4)) = 2/3 goes to 5/4.
    let features = DMatrix::from_fn(4, 3, |i, _| [2.0, 1.0, 0.0, 0.0][i]);
    let geometry = TotalCovariance::from_features(&features).unwrap();
    for (got, expected) in geometry.eigenvalues().iter().zip([5.0 / 6.0, 5.0 / 6.0, 5.0 / 6.0, 5.0 / 2.0]) {
        assert_close("eigenvalue", *got, expected, 1e-14);
    }
    assert_close("scale", geometry.scale(), 1.25, 1e-14);
    // One sample says nothing of directions: (25 + 25)/(2·(25 − 25/2)) is beyond 1.
    let geometry = TotalCovariance::from_features(&DMatrix::from_column_slice(2, 1, &[2.0, 1.0])).unwrap();
    geometry.eigenvalues().iter().for_each(|s| assert_close("eigenvalue", *s, 2.5, 1e-14));
    // As many samples as features are not shrunk.
    let geometry = TotalCovariance::from_features(&DMatrix::from_row_slice(2, 2, &[2.0, 0.0, 0.0, 1.0])).unwrap();
    assert_close("eigenvalue", geometry.eigenvalues()[0], 0.5, 1e-14);
}

#[test]
fn bad_features_are_refused() {
    assert!(matches!(TotalCovariance::from_features(&DMatrix::zeros(0, 3)), Err(Error::Shape { .. })));
    let spoilt = DMatrix::from_element(2, 2, f64::NAN);
    assert!(matches!(TotalCovariance::from_features(&spoilt), Err(Error::Parameter { .. })));
    let geometry = TotalCovariance::from_features(&DMatrix::identity(2, 2)).unwrap();
    assert!(matches!(geometry.at(Training { samples: 0.0, ridge: 1.0 }), Err(Error::Parameter { .. })));
    let metric = geometry.at(Training { samples: 2.0, ridge: 1.0 }).unwrap();
    let spoilt =
        MeanForms { strength: f64::NAN, mean_spread: 0.1, product: 0.0, product_spread: 0.0, source_spread: 0.2 };
    assert!(metric.law(&spoilt).is_err());
}
