//! Several sources: what each is worth, and optima at infinity.

use alpha_rmt::Error;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::source::Sources;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};

use crate::assert_close;

/// A law whose best share for the target's own labels is negative: u ∝ K⁻¹M has u₁ < 0.
fn at_infinity() -> DecisionLaw {
    let k = DMatrix::from_row_slice(3, 3, &[1.0, 0.7, 0.4, 0.7, 1.2, 0.1, 0.4, 0.1, 0.8]);
    let u = DVector::from_column_slice(&[-0.2, 1.0, 0.6]);
    DecisionLaw::new((&k * u).as_slice(), k.as_slice()).unwrap()
}

#[test]
fn the_supremum_at_infinity_is_that_of_the_sources_alone() {
    let law = at_infinity();
    let optimum = law.optimum().unwrap();
    assert!(matches!(optimum, Optimum::Infinite(_)));
    let supremum = law.at_optimum(&optimum).unwrap().accuracy();
    // No finite weights reach it, on rays in every direction and to far away.
    for i in 0..720 {
        let angle = f64::from(i) * std::f64::consts::PI / 360.0;
        for radius in [0.1, 0.5, 1.0, 3.0, 10.0, 100.0, 1e6] {
            let accuracy = law.at(&[radius * angle.cos(), radius * angle.sin()]).unwrap().accuracy();
            assert!(accuracy <= supremum + 1e-12, "{accuracy} at {angle} and {radius} beats {supremum}");
        }
    }
    let far: Vec<f64> = optimum.weights().iter().map(|w| 1e8 * w).collect();
    assert_close("approached", law.at(&far).unwrap().accuracy(), supremum, 1e-7);
}

#[test]
fn leaving_a_source_out_leaves_the_law_of_the_others() {
    let law = at_infinity();
    let without = law.without(0).unwrap();
    assert_eq!(without.mean_coefficients(), [law.mean_coefficients()[0], law.mean_coefficients()[2]]);
    assert_eq!(without.at(&[1.7]).unwrap(), law.at(&[0.0, 1.7]).unwrap());
    assert_eq!(law.without(2).unwrap_err(), Error::Shape { name: "sources", expected: 3, got: 2 });

    let worth = law.contributions(&[1.0, -1.0]).unwrap();
    for (i, c) in worth.iter().enumerate() {
        let kept = if i == 0 { [0.0, -1.0] } else { [1.0, 0.0] };
        assert_eq!(c.accuracy, law.at(&[1.0, -1.0]).unwrap().accuracy());
        assert_close("left out", c.accuracy_without, law.at(&kept).unwrap().accuracy(), 1e-15);
        assert!(c.best >= c.best_without);
    }
    // A weight of the wrong sign hurts.
    assert!(!worth[0].hurts() && worth[1].hurts());
}

#[test]
fn a_duplicate_source_is_worth_nothing() {
    // Rank-deficient K: the third entry repeats the second.
    let law = DecisionLaw::new(&[0.5, 0.4, 0.4], &[1.0, 0.1, 0.1, 0.1, 0.5, 0.5, 0.1, 0.5, 0.5]).unwrap();
    for contribution in law.contributions(&[0.5, 0.5]).unwrap() {
        assert_close("without the twin", contribution.best_without, contribution.best, 1e-14);
    }
    let Optimum::Finite(weights) = law.optimum().unwrap() else { panic!("not finite") };
    assert_close("shared equally", weights[0], weights[1], 1e-12);
}

#[test]
fn duplicates_rounded_to_ten_digits_are_duplicates() {
    // w, 2w and a third source, G and v as written with ten digits: off by up to 5e-11 either way.
    let training = Training { samples: 200.0, ridge: 0.7 };
    let target = Isotropic::new(Target { dimension: 400.0, mean_norm_squared: 1.0, training }).unwrap();
    let pair = Sources::given(&[0.3, 0.1], &[0.123456789, 0.02, 0.02, 0.3]).unwrap();
    let expected = target.optimal_weights(&pair).unwrap();
    for error in [-5e-11, -1e-11, 0.0, 1e-11, 5e-11] {
        let w = 0.123456789;
        let gram = [w, 2.0 * w + error, 0.02, 2.0 * w + error, 4.0 * w - error, 0.04, 0.02, 0.04, 0.3];
        let doubled = Sources::given(&[0.3, 0.6 + error, 0.1], &gram).unwrap();
        let got = target.optimal_weights(&doubled).unwrap();
        assert_close("shared weight", got[0] + 2.0 * got[1], expected[0], 1e-6);
        assert_close("of least norm", got[1], 2.0 * got[0], 1e-6);
        assert_close("the third", got[2], expected[1], 1e-6);
        assert!(target.law(&doubled).is_ok());
    }
}
