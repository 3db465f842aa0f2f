//! Several sources: what each is worth, and optima at infinity.

use alpha_rmt::Error;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::source::Sources;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

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
    let Optimum::Infinite(direction) = &optimum else { panic!("{optimum:?}") };
    let supremum = law.at_optimum(&optimum).unwrap().accuracy();
    // No finite weights reach it, on rays in every direction and to far away.
    for i in 0..720 {
        let angle = f64::from(i) * std::f64::consts::PI / 360.0;
        for radius in [0.1, 0.5, 1.0, 3.0, 10.0, 100.0, 1e6] {
            let accuracy = law.at(&[radius * angle.cos(), radius * angle.sin()]).unwrap().accuracy();
            assert!(accuracy <= supremum + 1e-12, "{accuracy} at {angle} and {radius} beats {supremum}");
        }
    }
    let far: Vec<f64> = direction.iter().map(|w| 1e8 * w).collect();
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

/// Sources in a few dimensions, dependent or not: W, and a unit vector z of the sources' space with Wz = 0 if there is one.
fn dependent(k: usize, rank: usize, seed: u64) -> (DMatrix<f64>, Option<DVector<f64>>) {
    let normal = crate::normals(8, 2 * k, seed);
    let rank = rank.min(k);
    let mut w = normal.columns(0, k).into_owned();
    for i in rank..k {
        let mix = DVector::from_fn(rank, |j, _| normal[(j, k + i)]);
        let column = w.columns(0, rank) * mix;
        w.set_column(i, &column);
    }
    for i in 0..k {
        // Norms apart by up to 1e6.
        let norm = 10f64.powf(normal[(7, k + i)].clamp(-3.0, 3.0)) / w.column(i).norm();
        w.column_mut(i).scale_mut(norm);
    }
    let unit = DMatrix::from_columns(&w.column_iter().map(|c| c.normalize()).collect::<Vec<_>>());
    let eigen = unit.tr_mul(&unit).symmetric_eigen();
    // Of unit sources, so that the products are off by shares of the norms.
    let null = (rank < k).then(|| eigen.eigenvectors.column(eigen.eigenvalues.imin()).into_owned());
    (w, null)
}

/// What each public route says of one target and its sources: m/√q at the best weights.
fn routes(target: &Isotropic, sources: &Sources) -> [Result<f64, Error>; 3] {
    let separation = |law: &DecisionLaw, weights: &[f64]| law.at(weights).map(|decision| decision.separation());
    [
        target.best_separation(sources),
        target.law(sources).and_then(|law| {
            let optimum = law.optimum()?;
            assert_eq!(optimum.kind(), "finite", "{law:?}");
            Ok(law.at_optimum(&optimum)?.separation())
        }),
        target.optimal_weights(sources).and_then(|weights| {
            // The law of the same target without a check of its own would do; this one must not fail either.
            separation(&target.law(sources)?, &weights)
        }),
    ]
}

#[test]
fn what_vectors_cannot_have_by_rounding_alone_makes_no_difference() {
    let training = Training { samples: 3.0, ridge: 0.7 };
    let target = Isotropic::new(Target { dimension: 8.0, mean_norm_squared: 1.0, training }).unwrap();
    let given = |products: &[f64], gram: &[f64]| {
        routes(&target, &Sources::given(products, gram).unwrap()).map(|route| route.unwrap())
    };
    // One source twice with two products, which are off by 3e-7 each.
    let twice = given(&[0.5 - 3e-7, 0.5 + 3e-7], &[1.0; 4]);
    for separation in given(&[0.5], &[1.0]).into_iter().chain(twice) {
        assert_close("twice", separation, twice[0], 1e-12);
    }
    // Two that know all of the mean, and 8e-7 more.
    let all = given(&[0.6 * (1.0 + 4e-7), 0.8 * (1.0 + 4e-7)], &[1.0, 0.0, 0.0, 1.0]);
    for separation in given(&[0.6, 0.8], &[1.0, 0.0, 0.0, 1.0]).into_iter().chain(all) {
        assert_close("all", separation, all[0], 1e-12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn products_that_vectors_have_agree_on_every_route_and_others_are_refused(
        k in 1..=4usize, rank in 1..=4usize, seed in any::<u64>(), log_ridge in -2.0..2.0f64, samples in 1.0..30.0f64,
        error in prop_oneof![Just(0.0), -2.0..-0.5f64]
    ) {
        let (w, null) = dependent(k, rank, seed);
        let mean = crate::normals(8, 1, seed ^ 1).column(0).into_owned();
        let norms = DVector::from_iterator(k, w.column_iter().map(|c| c.norm()));
        let (gram, products) = (w.tr_mul(&w), w.tr_mul(&mean));
        let training = Training { samples, ridge: 10f64.powf(log_ridge) };
        let of = |mean_norm_squared| Isotropic::new(Target { dimension: 8.0, mean_norm_squared, training }).unwrap();
        let target = of(mean.norm_squared());
        let given = |products: &DVector<f64>| Sources::given(products.as_slice(), gram.as_slice()).unwrap();

        let sources = given(&products);
        let [closed, law, weights] = routes(&target, &sources).map(|route| route.unwrap());
        prop_assert!((law / closed - 1.0).abs() < 1e-6, "law {law}, closed form {closed}");
        prop_assert!((weights / closed - 1.0).abs() < 1e-6, "weights {weights}, closed form {closed}");
        if let (Some(null), true) = (null, error != 0.0) {
            // Outside the range of G.
            let outside = &products + null.component_mul(&norms) * 10f64.powf(error) * mean.norm();
            let answers = routes(&target, &given(&outside));
            prop_assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Parameter { .. }))), "{answers:?}");
        }
        // All that the sources know of the mean is the mean: a shorter one cannot be.
        let known = w.columns(0, rank.min(k)).into_owned().qr().q().tr_mul(&mean).norm_squared();
        let answers = routes(&of(known * (1.0 - 1e-4)), &sources);
        prop_assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Parameter { .. }))), "{answers:?}");
        let [closed, law, weights] = routes(&of(known * (1.0 + 1e-12)), &sources).map(|route| route.unwrap());
        prop_assert!((law / closed - 1.0).abs() < 1e-4, "law {law}, closed form {closed}");
        prop_assert!((weights / closed - 1.0).abs() < 1e-4, "weights {weights}, closed form {closed}");
        if k == 1 {
            prop_assert!(target.second_moment_terms(&sources).is_ok());
            prop_assert!(of(known * (1.0 - 1e-4)).second_moment_terms(&sources).is_err());
        }
    }
}
