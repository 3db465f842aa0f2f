//! Elliptical features: reductions to Gaussian ones, and the formula against simulation by the book.

use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::elliptical::{EllipticalLaw, ScaleMixture};
use alpha_rmt::law::Decision;
use alpha_rmt::simulation::{Mixture, Noise};
use alpha_rmt::training::Training;
use alpha_rmt::{Error, normal_cdf};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::assert_close;
use crate::simulation::{LIMIT, samples, simulated_law, z_score};

/// A target of p features with decaying eigenvalues, a given source and, if asked for, a random one.
fn target(p: usize, random: bool) -> SpectralTarget {
    let eigenvalues: Vec<f64> = (0..p).map(|i| 2.5 / (1.0 + i as f64 / 15.0) + 0.1).collect();
    let mean: Vec<f64> = (0..p).map(|i| 0.3 / (1.0 + i as f64 / 10.0) * if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let given = mean.iter().enumerate().map(|(i, m)| 0.7 * m + 0.03 * ((i * 5) % 7) as f64 / 7.0).collect();
    let mut sources = vec![SpectralSource::given(given)];
    if random {
        let variance = (0..p).map(|i| (0.2 + (i % 4) as f64) / p as f64).collect();
        sources.push(SpectralSource { mean: mean.iter().map(|m| 0.5 * m).collect(), variance });
    }
    SpectralTarget::new(eigenvalues, mean, sources).unwrap()
}

#[test]
fn scale_one_is_the_gaussian_law() {
    let target = target(60, true);
    for (samples, ridge) in [(25.0, 0.3), (200.0, 1e-3), (60.0, 50.0), (10.0, 1e-6)] {
        let training = Training { samples, ridge };
        let gaussian = target.law(training).unwrap();
        for mixture in [ScaleMixture::gaussian(), ScaleMixture::new(&[1.0, 1.0, 7.0], &[0.3, 0.9, 0.0]).unwrap()] {
            let law = target.elliptical_law(training, &mixture).unwrap();
            let pairs = |law: &EllipticalLaw| {
                let law = law.at_unit_scale();
                [law.mean_coefficients().to_vec(), law.variance_coefficients().to_vec()].concat()
            };
            let expected = [gaussian.mean_coefficients(), gaussian.variance_coefficients()].concat();
            for (got, expected) in pairs(&law).iter().zip(expected) {
                assert_close("coefficient", *got, expected, 1e-12);
            }
            assert_close(
                "accuracy",
                law.at(&[1.0, 0.5]).unwrap().accuracy,
                gaussian.at(&[1.0, 0.5]).unwrap().accuracy(),
                1e-13,
            );
        }
    }
}

#[test]
fn a_scale_common_to_all_samples_belongs_to_the_covariance() {
    // τ = 3 with C is τ = 1 with 3C.
    let one = target(40, true);
    let eigenvalues = one.eigenvalues().iter().map(|s| 3.0 * s).collect();
    let scaled = SpectralTarget::new(eigenvalues, one.mean().to_vec(), one.sources().to_vec()).unwrap();
    let training = Training { samples: 30.0, ridge: 0.2 };
    let got =
        one.elliptical_law(training, &ScaleMixture::new(&[3.0], &[1.0]).unwrap()).unwrap().at(&[0.8, 0.4]).unwrap();
    let expected = scaled.law(training).unwrap().at(&[0.8, 0.4]).unwrap();
    assert_close("mean", got.mean, expected.mean, 1e-13);
    assert_close("variance", got.variance, expected.variance, 1e-13);
    assert_close("accuracy", got.accuracy, expected.accuracy(), 1e-13);
}

#[test]
fn student_laws_have_the_means_of_mpmath() {
    // E τ/(1+τδ) and E Φ(−3/√τ) for τ = (ν−2)/χ²_ν, by mpmath.quad with 40 digits.
    for (nu, hundredth, one, tail) in [
        (2.1, 0.2948344016755245, 0.12050754196980908, 0.0021574422952959104),
        (3.0, 0.8840737600381263, 0.34432045758120156, 0.006923416494429524),
        (5.0, 0.9757017795514676, 0.430208350590885, 0.005862405501977319),
        (30.0, 0.9893548332334913, 0.4912330967607334, 0.0020642025631991273),
        (1000.0, 0.9900795216803067, 0.49974962456196775, 0.0013698926595185701),
    ] {
        let student = ScaleMixture::student(nu).unwrap();
        let expect = |f: &dyn Fn(f64) -> f64| -> f64 {
            student.values().iter().zip(student.probabilities()).map(|(value, p)| p * f(*value)).sum()
        };
        assert_close("mean", student.mean(), 1.0, 1e-14);
        assert_close("E τ/(1 + τ/100)", expect(&|t| t / (1.0 + 0.01 * t)), hundredth, 1e-11);
        assert_close("E τ/(1 + τ)", expect(&|t| t / (1.0 + t)), one, 1e-11);
        assert_close("E Φ(−3/√τ)", student.error_rate(&Decision { mean: 3.0, variance: 1.0 }), tail, 1e-11);
        assert!(student.values().len() <= 120, "{nu}: {} nodes", student.values().len());
    }
}

#[test]
fn elliptical_features_agree_with_simulation() {
    // A mixture and a Student law; a given and a random source.
    let target = target(200, true);
    let (eigenvalues, mean) = (target.eigenvalues(), DVector::from_column_slice(target.mean()));
    let two = ScaleMixture::new(&[0.4, 5.0], &[0.85, 0.15]).unwrap();
    let student = ScaleMixture::student(4.0).unwrap();
    for (name, mixture, n, ridge, runs) in [("two scales", two, 150, 0.05, 200u64), ("student", student, 300, 0.2, 160)]
    {
        let theory = target.elliptical_law(Training { samples: n as f64, ridge }, &mixture).unwrap();
        let noise = Noise::diagonal(eigenvalues).unwrap();
        let drawer = Mixture::new(target.mean().to_vec(), noise).unwrap().with_scales(mixture.clone());
        let weights = [0.8, 0.5];
        let expected = theory.at(&weights).unwrap();
        let gaussian = target.law(Training { samples: n as f64, ridge }).unwrap().at(&weights).unwrap();
        let drawn: Vec<[f64; 3]> = (0..runs)
            .into_par_iter()
            .map(|seed| {
                let rng = &mut StdRng::seed_from_u64(7000 + seed);
                let source = |i: usize| DVector::from_column_slice(&target.sources()[i].mean);
                let random = samples(&source(1), &target.sources()[1].variance, 1, rng).column(0).into_owned();
                let x = drawer.draw(&vec![1.0; n], rng);
                let law = simulated_law(&mean, eigenvalues, x, ridge, &DMatrix::from_columns(&[source(0), random]));
                let decision = law.at(&weights).unwrap();
                [decision.mean, decision.variance * mixture.mean(), mixture.accuracy(&decision)]
            })
            .collect();
        let wrong = [gaussian.mean, gaussian.variance, gaussian.accuracy()];
        let right = [expected.mean, expected.variance, expected.accuracy];
        for (i, statistic) in ["mean", "variance", "accuracy"].iter().enumerate() {
            let column: Vec<f64> = drawn.iter().map(|row| row[i]).collect();
            let (z, gaussian) = (z_score(&column, right[i]), z_score(&column, wrong[i]));
            println!(
                "{name}, {statistic}: theory {:.5}, z = {z:.2}; Gaussian law {:.5}, z = {gaussian:.1}",
                right[i], wrong[i]
            );
            assert!(z.abs() < LIMIT, "{name}, {statistic}: z = {z}");
            assert!(gaussian.abs() > 3.0 * LIMIT, "{name}, {statistic}: the Gaussian law is as good, z = {gaussian}");
        }
    }
}

#[test]
fn the_best_weights_are_those_at_unit_scale() {
    let law = target(50, false)
        .elliptical_law(Training { samples: 20.0, ridge: 0.1 }, &ScaleMixture::student(2.5).unwrap())
        .unwrap();
    let optimum = law.at_unit_scale().optimum().unwrap();
    let best = law.at_optimum(&optimum).unwrap();
    for i in -40..=80 {
        assert!(law.at(&[f64::from(i) * 0.1]).unwrap().accuracy <= best.accuracy + 1e-15);
    }
    assert!((best.accuracy + best.error_rate - 1.0).abs() < 1e-14);
}

#[test]
fn a_scale_of_zero_is_never_mistaken() {
    // Half of the test points have no noise at all.
    let mixture = ScaleMixture::new(&[0.0, 2.0], &[1.0, 1.0]).unwrap();
    let law = target(30, false).elliptical_law(Training { samples: 40.0, ridge: 0.5 }, &mixture).unwrap();
    let at_two = law.at_unit_scale().at(&[1.0]).unwrap();
    let expected = 0.5 + 0.5 * normal_cdf(at_two.mean / (2.0 * at_two.variance).sqrt());
    assert_close("accuracy", law.at(&[1.0]).unwrap().accuracy, expected, 1e-15);
}

#[test]
fn scales_that_are_none_are_refused() {
    let refused = |values: &[f64], probabilities: &[f64]| ScaleMixture::new(values, probabilities).unwrap_err();
    assert!(matches!(refused(&[-1.0], &[1.0]), Error::Parameter { name: "value of τ", value: -1.0, .. }));
    assert!(matches!(refused(&[1.0], &[-1.0]), Error::Parameter { name: "probability of τ", .. }));
    assert!(matches!(refused(&[f64::NAN], &[1.0]), Error::Parameter { .. }));
    assert!(matches!(refused(&[0.0, 1.0], &[1.0, 0.0]), Error::Parameter { name: "mean of τ", .. }));
    assert!(matches!(refused(&[1.0], &[0.0]), Error::Parameter { name: "sum of the probabilities of τ", .. }));
    assert!(matches!(refused(&[1.0], &[1.0, 1.0]), Error::Shape { expected: 1, got: 2, .. }));
    assert!(matches!(refused(&[], &[]), Error::Shape { .. }));
    for nu in [2.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(ScaleMixture::student(nu), Err(Error::Parameter { name: "degrees of freedom", .. })));
    }
    let training = Training { samples: f64::NAN, ridge: 1.0 };
    assert!(target(5, false).elliptical_law(training, &ScaleMixture::gaussian()).is_err());
    let tiny = Training { samples: 10.0, ridge: 1e-320 };
    assert!(matches!(target(5, false).elliptical_law(tiny, &ScaleMixture::gaussian()), Err(Error::Range { .. })));
}
