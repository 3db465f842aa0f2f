//! Bad input is refused with its name, value and range.

use alpha_rmt::Error;
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::DecisionLaw;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{RidgeSource, SourceForm, Sources};
use alpha_rmt::sweep::{Axis, Sweep};
use alpha_rmt::training::Training;

/// Nine samples, and a ridge of 1.
const NINE: Training = Training { samples: 9.0, ridge: 1.0 };

fn good() -> Setting {
    crate::setting([100.0, 20.0, 40.0, 1.0, 0.5, 0.5, 1.0, 0.1])
}

type Field = (&'static str, fn(&mut Setting, f64), &'static [f64]);

const FIELDS: [Field; 8] = [
    ("source-samples", |s, x| s.source_samples = x, &[0.0, -1.0]),
    ("target-samples", |s, x| s.target_samples = x, &[0.0, -5.0]),
    ("dimension", |s, x| s.dimension = x, &[0.0, -1.0]),
    ("source-norm", |s, x| s.source_norm = x, &[-0.1]),
    ("orthogonal-norm", |s, x| s.orthogonal_norm = x, &[-1e-9]),
    ("alignment", |s, x| s.alignment = x, &[1.0000001, -2.0]),
    ("source-ridge", |s, x| s.source_ridge = x, &[0.0, -1.0]),
    ("target-ridge", |s, x| s.target_ridge = x, &[0.0, -1e-300]),
];

#[test]
fn every_parameter_out_of_range_is_named() {
    for (field, set, values) in FIELDS {
        for &bad in values.iter().chain(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]) {
            let mut setting = good();
            set(&mut setting, bad);
            match setting.point(None, SourceForm::Correct) {
                Err(Error::Parameter { name, value, allowed }) => {
                    assert_eq!(name, field);
                    assert_eq!(value.to_bits(), bad.to_bits());
                    assert!(!allowed.is_empty());
                }
                other => panic!("{field} = {bad}: {other:?}"),
            }
        }
    }
    assert!(good().point(None, SourceForm::Correct).is_ok());
}

#[test]
fn extreme_but_valid_parameters_give_numbers_or_a_range_error() {
    let extremes = [f64::MIN_POSITIVE, 1e-100, 1e-12, 1e12, 1e100, f64::MAX];
    let mut answered = 0;
    for (field, set, _) in FIELDS {
        for &x in &extremes {
            let mut setting = good();
            set(&mut setting, if field == "alignment" { x.min(1.0) } else { x });
            match setting.point(None, SourceForm::Correct) {
                Ok(point) => {
                    answered += 1;
                    let accuracies = [
                        point.accuracy,
                        point.accuracy_at_0,
                        point.accuracy_at_1,
                        point.accuracy_at_alpha_star,
                        point.accuracy_source_only,
                    ];
                    for value in accuracies {
                        let value = value.unwrap_or(f64::NAN);
                        assert!((0.0..=1.0).contains(&value), "{field} = {x:e}: accuracy {value}");
                    }
                    let numbers = [point.alpha_star, point.mean, point.variance, point.second_moment];
                    let gains = [point.gain_over_0, point.gain_over_1, point.gain_over_source_only];
                    let all = numbers.iter().chain(&gains).all(|x| x.is_some_and(f64::is_finite));
                    assert!(all && point.alpha_worst.is_none_or(f64::is_finite), "{field} = {x:e}: {point:?}");
                }
                Err(Error::Range { .. }) => {}
                Err(other) => panic!("{field} = {x:e}: {other}"),
            }
        }
    }
    assert!(answered >= 36, "only {answered} of 48 extreme settings have an answer");
}

#[test]
fn alpha_must_be_finite() {
    for alpha in [f64::NAN, f64::INFINITY] {
        let error = good().point(Some(alpha), SourceForm::Correct).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "alpha", .. }), "{error}");
    }
}

#[test]
fn spectra_are_checked() {
    let at = |eigenvalues: &[f64], samples, ridge| FixedPoint::spectrum(eigenvalues, Training { samples, ridge });
    assert!(matches!(at(&[], 1.0, 1.0), Err(Error::Shape { name: "eigenvalues", .. })));
    assert!(matches!(at(&[1.0, -0.1], 1.0, 1.0), Err(Error::Parameter { name: "eigenvalue", value: -0.1, .. })));
    assert!(matches!(at(&[1.0, f64::NAN], 1.0, 1.0), Err(Error::Parameter { name: "eigenvalue", .. })));
    assert!(matches!(at(&[1.0], 0.0, 1.0), Err(Error::Parameter { name: "samples", .. })));
    assert!(matches!(at(&[1.0], 1.0, 0.0), Err(Error::Parameter { name: "ridge", .. })));
    let isotropic = |dimension| FixedPoint::isotropic(dimension, Training { samples: 1e10, ridge: 1.0 });
    for dimension in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(isotropic(dimension), Err(Error::Parameter { name: "dimension", .. })), "{dimension}");
    }
    assert!(matches!(isotropic(1e-320), Err(Error::Range { .. })), "p/n underflows");
}

#[test]
fn sources_are_checked() {
    let long = Sources::given(&[1.0], &[1.0, 0.0]).unwrap_err();
    assert_eq!(long, Error::Shape { name: "Gram matrix of the sources", expected: 1, got: 2 });
    assert!(matches!(Sources::given(&[f64::NAN], &[1.0]), Err(Error::Parameter { .. })));
    assert!(matches!(Sources::given(&[0.0], &[0.0]), Err(Error::Parameter { .. })));
    let lopsided = Sources::given(&[0.0; 2], &[1.0, 0.5, 0.4, 1.0]).unwrap_err();
    assert!(matches!(lopsided, Error::Asymmetric { value: 0.4, mirrored: 0.5, .. }), "{lopsided}");
    let refused = Sources::given(&[0.0; 2], &[1.0, 2.0, 2.0, 1.0]).unwrap_err();
    assert!(matches!(refused, Error::Indefinite { least, .. } if (least + 1.0).abs() < 1e-12), "{refused}");
    // Norms whose product alone is beyond f64.
    assert!(Sources::given(&[0.0; 2], &[1e200, 0.0, 0.0, 1e200]).is_ok());
    // Three vectors of norm 1 cannot have these angles, although any two of them can.
    let angles = [1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0];
    let refused = Sources::given(&[0.0; 3], &angles).unwrap_err();
    assert!(matches!(refused, Error::Indefinite { least, .. } if (least + 0.8).abs() < 1e-12), "{refused}");
    let scaled = angles.map(|x| 1e-8 * x);
    assert!(matches!(Sources::given(&[0.0; 3], &scaled), Err(Error::Indefinite { .. })));
    let ridge = |m: f64| RidgeSource { dimension: 9.0, training: NINE, mean_norm_squared: m, target_product: 0.1 };
    let ridges = |products: &[f64]| Sources::ridges(&[ridge(1.0), ridge(2.0)], products);
    assert!(ridges(&[1.0, 0.5, 0.5, 2.0]).is_ok());
    let short = ridges(&[1.0, 0.5, 0.5]).unwrap_err();
    assert_eq!(short, Error::Shape { name: "matrix of the mean products", expected: 4, got: 3 });
    assert!(matches!(ridges(&[1.0, 0.5, 0.5, 1.0]), Err(Error::Parameter { name: "mean product", value: 1.0, .. })));
    for bad in [[1.0, 0.5, 0.4, 2.0], [1.0, f64::NAN, f64::NAN, 2.0], [1.0, 1.5, 1.5, 2.0]] {
        let refused = ridges(&bad).unwrap_err();
        assert!(refused.to_string().contains("mean products"), "{refused}");
    }
    // Three means that cannot be, although the noise of the sources would hide it in G.
    let products = [1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0];
    let refused = Sources::ridges(&[ridge(1.0); 3], &products).unwrap_err();
    assert!(matches!(refused, Error::Indefinite { name: "matrix of the mean products", .. }), "{refused}");
}

#[test]
fn sources_cannot_know_more_of_the_target_than_there_is() {
    let target = Isotropic::new(Target { dimension: 9.0, mean_norm_squared: 1.0, training: NINE }).unwrap();
    let answers = |sources: &Sources| {
        [
            target.law(sources).err(),
            target.optimal_weights(sources).err(),
            target.best_separation(sources).err(),
            target.second_moment_terms(sources).err(),
        ]
    };
    for (refused, answer) in answers(&Sources::given(&[1.0], &[0.5]).unwrap()).into_iter().enumerate() {
        let name = "product with the target's mean";
        assert!(matches!(answer, Some(Error::Parameter { name: n, .. }) if n == name), "{refused}: {answer:?}");
    }
    // Two orthogonal sources along more of the target's mean than there is of it; the terms are of one source.
    for answer in &answers(&Sources::given(&[0.8; 2], &[1.0, 0.0, 0.0, 1.0]).unwrap())[..3] {
        assert!(matches!(answer, Some(Error::Parameter { value, .. }) if (value - 1.28).abs() < 1e-12), "{answer:?}");
    }
    // The same source twice, with a different product each time.
    for answer in &answers(&Sources::given(&[0.5, 0.5 + 1e-5], &[1.0; 4]).unwrap())[..3] {
        let name = "part of the products outside the range of the Gram matrix";
        assert!(matches!(answer, Some(Error::Parameter { name: n, .. }) if *n == name), "{answer:?}");
    }
    // Up to rounding they may know all of it.
    let all = answers(&Sources::given(&[0.5 * (1.0 + 1e-12)], &[0.25]).unwrap());
    assert_eq!(all, [None, None, None, None]);
}

#[test]
fn results_beyond_f64_are_refused() {
    let huge = Target { dimension: 9e150, mean_norm_squared: 1e200, training: NINE };
    let best = Isotropic::new(huge).unwrap().best_separation(&Sources::none());
    assert!(matches!(best, Err(Error::Range { .. })), "{best:?}");
    let training = Training { samples: 1e300, ridge: 1e-10 };
    let target = Target { dimension: 1.0, mean_norm_squared: 1e300, training };
    let terms = Isotropic::new(target).unwrap().second_moment_terms(&Sources::given(&[1e200], &[1e200]).unwrap());
    assert!(matches!(terms, Err(Error::Range { .. })), "{terms:?}");
    let setting = Setting { source_norm: 1e200, ..good() };
    assert!(matches!(setting.target_norm_squared(), Err(Error::Range { .. })));
    assert!(matches!(Setting { alignment: f64::NAN, ..good() }.target_norm_squared(), Err(Error::Parameter { .. })));
    assert_eq!(good().target_norm_squared(), Ok(0.25 * 1.0 + 0.75 * 0.25));
    let law = DecisionLaw::new(&[1e160], &[1.0]).unwrap();
    assert!(matches!(law.at(&[]), Err(Error::Range { .. })), "m² overflows");
}

#[test]
fn laws_are_checked() {
    assert!(matches!(DecisionLaw::new(&[], &[]), Err(Error::Shape { .. })));
    assert!(matches!(DecisionLaw::new(&[1.0], &[1.0, 1.0]), Err(Error::Shape { .. })));
    let lopsided = DecisionLaw::new(&[0.5, 0.1], &[1.0, 0.2, 0.3, 1.0]).unwrap_err();
    assert!(matches!(lopsided, Error::Asymmetric { row: 1, column: 0, value: 0.3, mirrored: 0.2, .. }), "{lopsided}");
    assert!(matches!(DecisionLaw::new(&[f64::NAN], &[1.0]), Err(Error::Parameter { .. })));
    let law = DecisionLaw::new(&[0.0], &[0.0]).unwrap();
    assert!(matches!(law.at(&[]), Err(Error::Variance { .. })), "a classifier that is 0");
    let law = DecisionLaw::new(&[0.5], &[-0.1]).unwrap();
    assert!(matches!(law.at(&[]), Err(Error::Variance { .. })), "no distribution");
    assert!(matches!(law.at(&[1.0]), Err(Error::Shape { name: "weights", expected: 0, got: 1 })));
}

#[test]
fn ranges_are_checked() {
    for text in
        ["alignment", "alignment=0:1", "alignment=0:1:x", "alignment=0:1:3:exp", "beta=0:1:3", "alignment=a:1:3"]
    {
        assert!(matches!(text.parse::<Axis>(), Err(Error::Unknown { .. })), "{text}");
    }
    for text in ["alignment=0:1:0", "target-ridge=0:1:3:log", "alpha=0:inf:3", "alpha=NaN:1:3"] {
        assert!(matches!(text.parse::<Axis>(), Err(Error::Parameter { .. })), "{text}");
    }
    let axes = vec!["target-samples=1:2:2".parse().unwrap(), "aspect-ratio=1:2:2".parse().unwrap()];
    let error = Sweep::new(good(), None, SourceForm::Correct, axes).unwrap_err();
    assert!(matches!(error, Error::Conflict(..)), "{error}");
}
