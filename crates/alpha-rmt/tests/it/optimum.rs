//! Best weights of regular, singular and nearly singular laws.

use alpha_rmt::Error;
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::law::{Decision, DecisionLaw, Optimum};
use alpha_rmt::training::Training;
use alpha_rmt::tuning::RidgeRange;
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use crate::assert_close;

/// What the properties allow rounding, in accuracy: K is right to 1e-16, and the variance is now and then 1e-10 of its terms.
const ROUNDING: f64 = 1e-6;

fn best(law: &DecisionLaw) -> (Optimum, Decision) {
    let optimum = law.optimum().unwrap();
    let decision = law.at_optimum(&optimum).unwrap();
    (optimum, decision)
}

fn law(mean: &[f64], variance: &[f64]) -> DecisionLaw {
    DecisionLaw::new(mean, variance).unwrap()
}

#[test]
fn noise_that_cancels_is_perfect_separation() {
    let law = law(&[0.5, 0.5], &[1.0, -1.0, -1.0, 1.0]);
    let (optimum, decision) = best(&law);
    let Optimum::Separable { target: 1.0, sources } = &optimum else { panic!("{optimum:?}") };
    assert_close("α", sources[0], 1.0, 1e-15);
    assert_eq!((optimum.kind(), optimum.finite()), ("separable", None));
    assert_eq!((decision.variance, decision.accuracy(), decision.error_rate()), (0.0, 1.0, 0.0));
    assert_eq!((decision.separation(), decision.risk()), (f64::INFINITY, 0.0));
    // There, and at no other weight; the slope of the accuracy is 0 and not NaN.
    assert_eq!(law.at(&[1.0]).unwrap(), Decision { mean: 1.0, variance: 0.0 });
    assert_eq!(law.gradient(&[1.0]).unwrap(), [0.0]);
    assert!(law.at(&[0.9]).unwrap().accuracy() > law.at(&[0.0]).unwrap().accuracy());
    let worth = law.contributions(&[1.0]).unwrap()[0];
    assert_eq!((worth.accuracy, worth.best), (1.0, 1.0));
    assert_eq!(
        (worth.accuracy_without, worth.best_without),
        (law.at(&[0.0]).unwrap().accuracy(), worth.accuracy_without)
    );
    // With the labels of the other class it is perfectly wrong.
    let wrong = self::law(&[-0.5, -0.5], &[1.0, -1.0, -1.0, 1.0]).at(&[1.0]).unwrap();
    assert_eq!((wrong.accuracy(), wrong.error_rate()), (0.0, 1.0));
}

#[test]
fn rounding_in_the_matrix_hides_no_separation_and_makes_none() {
    // Of rank one but for rounding.
    for (a, b) in [(0.3, 0.7), (1.1, 0.1), (0.01, 3.3), (1e-8, 0.9), (0.6, 1e7)] {
        let (optimum, decision) = best(&law(&[0.5 * a, 0.4 * b], &[a * a, -a * b, -a * b, b * b]));
        let Optimum::Separable { target: 1.0, sources } = &optimum else { panic!("{optimum:?}") };
        assert_close("α", sources[0], a / b, 1e-14);
        assert_eq!(decision.variance, 0.0);
    }
    // Negative by 1e-11, so that what is no larger counts as 0.
    let (optimum, decision) = best(&law(&[0.5, 0.5], &[1.0, -1.0 - 1e-11, -1.0 - 1e-11, 1.0]));
    assert_eq!((optimum.kind(), decision.variance, decision.accuracy()), ("separable", 0.0, 1.0));
    // A source and twice itself, M within rounding of the range: the answer of least norm.
    let k = [1.0, 0.1, 0.2, 0.1, 0.5, 1.0, 0.2, 1.0, 2.0];
    let (optimum, decision) = best(&law(&[0.5, 0.4, 0.8 + 1e-16], &k));
    let weights = optimum.finite().unwrap();
    assert_close("twice", weights[1], 2.0 * weights[0], 1e-13);
    assert_close(
        "as with one",
        decision.accuracy(),
        best(&law(&[0.5, 0.4], &[1.0, 0.1, 0.1, 0.5])).1.accuracy(),
        1e-14,
    );
}

#[test]
fn the_targets_own_labels_are_not_weighed_against() {
    // One direction without noise, (1, −1): its mean is negative, and (−1, 1) is not for the taking. The sources alone are.
    let (optimum, decision) = best(&law(&[0.3, 0.5], &[1.0; 4]));
    assert!(matches!(optimum, Optimum::Infinite(_)), "{optimum:?}");
    assert_close("separation", decision.separation(), 0.5, 1e-14);
    // Two, of which the part that leaves the labels out remains: (0, 1, −1).
    let (optimum, decision) = best(&law(&[0.3, 0.5, 0.2], &[1.0; 9]));
    let Optimum::Separable { target: 0.0, sources } = &optimum else { panic!("{optimum:?}") };
    assert_close("two sources", sources[1], -sources[0], 1e-14);
    assert!(sources[0] > 0.0 && decision.accuracy() == 1.0);
    // M less its mean is (1, 4, −5)/30: the labels have a share of it.
    let (optimum, _) = best(&law(&[0.4, 0.5, 0.2], &[1.0; 9]));
    let Optimum::Separable { target: 1.0, sources } = &optimum else { panic!("{optimum:?}") };
    assert_close("first", sources[0], 4.0, 1e-13);
    assert_close("second", sources[1], -5.0, 1e-13);
    // Labels that mislead, beside a source that says nothing: a coin is better, and approached at infinity.
    let (optimum, decision) = best(&law(&[-0.5, 0.0], &[1.0, 0.0, 0.0, 2.0]));
    assert_eq!((optimum.kind(), decision.accuracy()), ("infinite", 0.5));
}

#[test]
fn the_optimum_is_continuous_where_perfect_separation_comes_into_reach() {
    let at = |null: f64, ridge: f64| {
        let source = SpectralSource::given(vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let mean = vec![0.3, 0.1, 0.0, 0.0, 0.0, 0.0];
        let target = SpectralTarget::new(vec![null, null, 1.0, 1.0, 1.0, 1.0], mean, vec![source]).unwrap();
        target.law(Training { samples: 5.0, ridge }).unwrap()
    };
    let mut last = 0.0;
    for exponent in 0..=40 {
        let (_, decision) = best(&at(10f64.powf(-0.5 * f64::from(exponent)), 1.0));
        assert!(decision.accuracy() >= last - 1e-12, "{decision:?} at 1e-{}", 0.5 * f64::from(exponent));
        last = decision.accuracy();
    }
    assert_eq!(last, 1.0);
    let (optimum, decision) = best(&at(0.0, 1.0));
    assert_eq!((optimum.kind(), decision.accuracy()), ("separable", 1.0));
    // Of every ridge: the search over them ends, and says so.
    let source = SpectralSource::given(vec![1.0, 0.0, 0.0]);
    let target = SpectralTarget::new(vec![0.0, 0.0, 1.0], vec![0.3, 0.1, 0.0], vec![source]).unwrap();
    let tuned = target.best_ridge(5.0, RidgeRange { least: 1e-3, most: 1e3 }).unwrap();
    assert_eq!((tuned.optimum.kind(), tuned.accuracy), ("separable", 1.0));
}

#[test]
fn an_eigenvalue_about_rounding_makes_no_jump() {
    // M has the part `apart` along (1, −1)/√2, where K has the eigenvalue `least`. In exact arithmetic (m/√q)² = 0.32 + apart²/least.
    for apart in [1e-3, 1e-5, 3e-6, 1e-6, 1e-8, 1e-11, 1e-15, 0.0] {
        let mut last = f64::INFINITY;
        for step in 0..=160 {
            let least = 10f64.powf(-17.0 + 0.05 * f64::from(step));
            let (along, across) = (0.4 + apart / 2f64.sqrt(), 0.4 - apart / 2f64.sqrt());
            let (_, decision) = best(&law(&[along, across], &[1.0, 1.0 - least, 1.0 - least, 1.0]));
            let separation = decision.accuracy();
            assert!(separation <= last + 1e-7, "{decision:?} at {apart:e} and {least:e}, {last} before");
            let expected = alpha_rmt::normal_cdf((0.16 / (1.0 - 0.5 * least) + apart * apart / least).sqrt());
            if least > 1e-13 {
                assert!((separation - expected).abs() < 2e-3, "{decision:?}, {expected} at {apart:e} and {least:e}");
            }
            last = separation;
        }
    }
}

#[test]
fn laws_without_noise_or_without_a_mean_have_an_answer() {
    let (optimum, decision) = best(&law(&[0.5], &[0.0]));
    assert_eq!(optimum, Optimum::Separable { target: 1.0, sources: vec![] });
    assert_eq!(decision.accuracy(), 1.0);
    // Nothing is known: neither right nor wrong.
    let nothing = law(&[0.0, 0.0], &[0.0; 4]);
    assert_eq!(nothing.optimum().unwrap(), Optimum::Finite(vec![0.0]));
    assert!(matches!(nothing.at(&[1.0]), Err(Error::Variance { variance: 0.0, .. })));
    // A source that is 0.
    let zero = law(&[0.5, 0.0, 0.4], &[1.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.0, 1.0]);
    let (optimum, decision) = best(&zero);
    assert!(optimum.finite().unwrap()[0].abs() < 1e-15, "{optimum:?}");
    assert_close("as without it", decision.accuracy(), best(&zero.without(0).unwrap()).1.accuracy(), 1e-15);
    // Terms of 1e16 that leave 2: by exact fractions.
    let triple = law(&[0.5, 0.4, 1.2], &[1.0, 0.0, 0.0, 0.0, 0.1, 0.3, 0.0, 0.3, 0.9]);
    assert_eq!(triple.at(&[3e8, -1e8]).unwrap().variance, 2.3877787807814457);
    // An indefinite one beyond rounding has no separation to offer.
    let indefinite = law(&[0.5, 0.5], &[1.0, -1.1, -1.1, 1.0]);
    assert!(matches!(indefinite.at(&[1.0]), Err(Error::Variance { .. })));
    assert_eq!(indefinite.optimum().unwrap().kind(), "infinite");
}

/// A law of 0 to 4 sources, singular more often than not.
#[derive(Clone)]
struct Case {
    law: DecisionLaw,
    /// Weights of random signs and sizes.
    weights: Vec<Vec<f64>>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.law)
    }
}

fn cases() -> impl Strategy<Value = Case> {
    (1..=5usize, 1..=5usize, 0..4u32, any::<u64>(), -17.0..-2.0f64).prop_map(|(size, rank, kind, seed, exponent)| {
        let normal = crate::normals(size, size + rank + 2, seed);
        let mut factor = normal.columns(0, rank).into_owned();
        let noise = crate::normals(size, size, seed ^ 1);
        if kind == 3 && size > 1 {
            // A source that is 0.
            factor.row_mut(size - 1).fill(0.0);
        }
        // Norms apart by up to 1e6.
        let scale = normal.column(rank).map(|x| 10f64.powf(x.clamp(-3.0, 3.0)));
        let mut k = &factor * factor.transpose();
        if kind == 1 {
            // Nearly singular.
            k += &noise * noise.transpose() * 10f64.powf(exponent);
        } else if kind == 2 {
            // Indefinite by rounding.
            let norms = k.diagonal().map(f64::sqrt);
            k += (&noise + noise.transpose()).component_mul(&(&norms * norms.transpose())) * f64::EPSILON;
        }
        // In the range of K, or anywhere.
        let inside = &factor * normal.view((0, rank + 1), (size, 1)).rows(0, size).resize_vertically(rank, 0.3);
        let mut m = if seed % 3 == 0 {
            normal.column(rank + 1).into_owned()
        } else {
            DVector::from_column_slice(inside.as_slice())
        };
        if kind == 3 && size > 1 {
            m[size - 1] = 0.0;
        }
        m *= 0.3;
        let law = DecisionLaw::new(
            m.component_mul(&scale).as_slice(),
            DMatrix::from_fn(size, size, |i, j| k[(i.max(j), i.min(j))] * scale[i] * scale[j]).as_slice(),
        );
        let draws = crate::normals(2 * (size - 1), 24, seed ^ 2);
        let weights = draws.column_iter().map(|x| {
            (0..size - 1).map(|i| x[i] * 10f64.powf(2.0 * x[size - 1 + i]) * scale[0] / scale[i + 1]).collect()
        });
        Case { law: law.unwrap(), weights: weights.collect() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_weights_beat_the_optimum(Case { law, weights } in cases()) {
        let (optimum, top) = best(&law);
        prop_assert!(top.mean.is_finite() && top.variance >= 0.0 && !top.separation().is_nan(), "{top:?}");
        let around = optimum.finite().map(|best| {
            let at = |by: &Vec<f64>, step: f64| best.iter().zip(by).map(|(x, y)| x * (1.0 + step * y.signum())).collect();
            weights.iter().flat_map(|by| [1e-6, 1e-3, 0.1, 3.0].map(|step| at(by, step))).collect::<Vec<Vec<f64>>>()
        });
        for weights in weights.iter().chain(around.iter().flatten()) {
            let here = law.at(weights).unwrap();
            prop_assert!(!here.separation().is_nan(), "{here:?}");
            prop_assert!(here.accuracy() <= top.accuracy() + ROUNDING, "{here:?} at {weights:?} beats {top:?} at {optimum:?}");
        }
        // It is attained, or approached.
        let (target, sources) = optimum.direction();
        let own = law.mean_coefficients()[0].abs() + law.variance_coefficients()[0].sqrt();
        let stretch = if target > 0.0 { 1.0 / target } else { 1e8 * own / top.variance.sqrt().max(top.mean.abs()) };
        let reached: Vec<f64> = sources.iter().map(|x| x * stretch).collect();
        let reached = law.at(&reached).unwrap().accuracy();
        prop_assert!((reached - top.accuracy()).abs() <= 1e-5, "{reached} is not {top:?} of {optimum:?}");
    }

    #[test]
    fn no_source_hurts_at_the_best_weights(Case { law, weights } in cases()) {
        for worth in law.contributions(&weights[0]).unwrap() {
            prop_assert!(worth.best_without <= worth.best + ROUNDING, "{worth:?}");
            prop_assert!(worth.accuracy <= worth.best + ROUNDING, "{worth:?}");
        }
    }

    #[test]
    fn the_optimum_of_a_singular_law_is_the_limit_of_regular_ones(
        size in 1..=4usize, rank in 1..=3usize, entries in proptest::collection::vec(-3..=3i32, 20), inside in any::<bool>()
    ) {
        // Whole numbers, so that K is singular to the last digit.
        let entry = |i: usize| f64::from(entries[i]);
        let factor = DMatrix::from_fn(size, rank, |i, j| entry(i * rank + j));
        let k = &factor * factor.transpose();
        let m = if inside {
            &factor * DVector::from_fn(rank, |i, _| 0.25 * entry(12 + i))
        } else {
            DVector::from_fn(size, |i, _| 0.25 * entry(12 + i))
        };
        // Every source has noise, or does not exist.
        if (0..size).any(|i| k[(i, i)] == 0.0) || m.iter().all(|x| *x == 0.0) {
            return Ok(());
        }
        let at = |noise: f64| {
            let k = DMatrix::from_fn(size, size, |i, j| k[(i, j)] * if i == j { 1.0 + noise } else { 1.0 });
            DecisionLaw::new(m.as_slice(), k.as_slice()).unwrap()
        };
        let ((optimum, limit), (_, near)) = (best(&at(0.0)), best(&at(1e-10)));
        prop_assert!((limit.accuracy() - near.accuracy()).abs() < 1e-6, "{optimum:?}: {limit:?}, nearby {near:?}");
    }
}
