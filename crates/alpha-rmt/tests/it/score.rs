//! The score law: on Gaussian rows, on rows without labels, and for training on draws from a pool.

use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::ridge::Ridge;
use alpha_rmt::score::{ClassifierLaw, Pool, Scores};
use alpha_rmt::training::Training;
use alpha_rmt::{Error, normal_cdf};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index::sample;
use rayon::prelude::*;

use crate::{assert_close, normals};

const TRAINING: Training = Training { samples: 60.0, ridge: 0.7 };

/// Eigenvalues from 0.3 to 3, a mean of norm about 1.2, and a random source that knows half of it.
fn target(p: usize) -> SpectralTarget {
    let eigenvalues: Vec<f64> = (0..p).map(|i| 0.3 * 10f64.powf(i as f64 / p as f64)).collect();
    let mean: Vec<f64> = (0..p).map(|i| 1.2 / (p as f64).sqrt() * if i % 3 == 0 { 1.5 } else { 0.6 }).collect();
    let known = mean.iter().enumerate().map(|(i, m)| if i % 2 == 0 { 1.1 * m } else { -0.1 * m }).collect();
    let source = SpectralSource { mean: known, variance: vec![0.4 / p as f64; p] };
    SpectralTarget::new(eigenvalues, mean, vec![source]).unwrap()
}

/// Rows of the two classes in the eigenbasis, scaled by √τ row by row.
fn rows(target: &SpectralTarget, count: usize, seed: u64, scale: impl Fn(usize) -> f64) -> (DMatrix<f64>, Vec<f64>) {
    let labels: Vec<f64> = (0..count).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut x = normals(target.mean().len(), count, seed);
    for (i, mut column) in x.column_iter_mut().enumerate() {
        for ((x, s), m) in column.iter_mut().zip(target.eigenvalues()).zip(target.mean()) {
            *x = labels[i] * m + scale(i) * s.sqrt() * *x;
        }
    }
    (x, labels)
}

/// Mean and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
}

#[test]
fn the_classifier_has_the_moments_of_the_decision() {
    let target = target(50);
    for alpha in [0.0, 1.0, -2.0] {
        let decision = law(&target).at(&[alpha]).unwrap();
        let w = target.classifier(TRAINING, &[alpha]).unwrap();
        let along = |v: &[f64]| -> f64 { w.mean().iter().zip(v).map(|(b, v)| b * v).sum() };
        assert_close("m", along(target.mean()), decision.mean, 1e-12);
        let second = w.mean().iter().zip(w.variance()).zip(target.eigenvalues());
        assert_close("q", second.map(|((b, v), s)| s * (b * b + v)).sum(), decision.variance, 1e-12);
    }
}

fn law(target: &SpectralTarget) -> alpha_rmt::law::DecisionLaw {
    target.law(TRAINING).unwrap()
}

#[test]
fn on_gaussian_rows_it_is_the_decision_law() {
    // A score's variance differs from row to row by O(1/√p), which moves the accuracy by O(1/p).
    let target = target(1600);
    let (x, labels) = rows(&target, 1500, 5, |_| 1.0);
    for alpha in [0.0, 1.0] {
        let decision = law(&target).at(&[alpha]).unwrap();
        let scores = target.classifier(TRAINING, &[alpha]).unwrap().scores(&x).unwrap();
        let right: Vec<f64> = (0..labels.len())
            .map(|i| normal_cdf(labels[i] * scores.mean(&labels).unwrap()[i] / scores.variance()[i].sqrt()))
            .collect();
        let (mean, error) = mean_and_error(&right);
        assert_close("accuracy", scores.accuracy(&labels).unwrap(), mean, 1e-12);
        let z = (mean - decision.accuracy()) / error;
        assert!(z.abs() < 4.0 && error < 0.01, "α = {alpha}: {mean} ± {error}, law {}, z = {z}", decision.accuracy());
        // Without labels, from the law's m alone.
        let predicted = scores.predicted_accuracy(decision.mean).unwrap();
        assert!((predicted - decision.accuracy()).abs() < 0.012, "{predicted} against {}", decision.accuracy());
    }
}

#[test]
fn rows_scaled_as_a_whole_are_predicted_without_labels() {
    // x = √τ(yμ + C^½z): the sign of a score does not depend on τ, so that the accuracy is Φ(m/√q) whatever τ, and m grows with
    // the mean of √τ. Odds linear in the score, as of unscaled classes, would be wrong for every row.
    let target = target(600);
    let (mut x, labels) = rows(&target, 4000, 9, |_| 1.0);
    for (i, mut column) in x.column_iter_mut().enumerate() {
        column *= [0.4, 1.0, 1.1, 2.5][i / 2 % 4];
    }
    let decision = law(&target).at(&[1.0]).unwrap();
    let scores = target.classifier(TRAINING, &[1.0]).unwrap().scores(&x).unwrap();
    let (with, without) = (scores.accuracy(&labels).unwrap(), scores.predicted_accuracy(1.25 * decision.mean).unwrap());
    assert!((with - decision.accuracy()).abs() < 0.02, "{with}, law {}", decision.accuracy());
    assert!((without - decision.accuracy()).abs() < 0.006, "{without}, law {}", decision.accuracy());
    let message = scores.predicted_accuracy(100.0).unwrap_err().to_string();
    assert!(message.contains("mean margin is 100") && message.contains("below the mean of |score|"), "{message}");
    for margin in [0.0, -1.0, f64::NAN] {
        assert!(matches!(scores.predicted_accuracy(margin), Err(Error::Parameter { .. })), "{margin}");
    }
}

/// A pool of rows of very different lengths, as heavy-tailed ones have them, and a source vector.
fn pool(count: usize, p: usize, seed: u64) -> (Pool, DMatrix<f64>, Vec<f64>, Vec<f64>) {
    let target = target(p);
    let source: Vec<f64> =
        target.mean().iter().enumerate().map(|(i, m)| m * if i % 2 == 0 { 1.0 } else { 0.2 }).collect();
    let (x, labels) = rows(&target, count, seed, |i| [0.5, 0.8, 1.2, 2.2][i / 2 % 4]);
    (Pool::new(x.clone(), &labels, &[&source]).unwrap(), x, labels, source)
}

/// Scores of some rows of X that were not drawn, and the share of all of them that are right, over draws by the book.
fn by_the_book(
    (x, labels, source): (&DMatrix<f64>, &[f64], &[f64]),
    training: Training,
    alpha: f64,
    draws: u64,
) -> (Vec<f64>, Vec<f64>) {
    let n = training.samples as usize;
    let source = DVector::from_column_slice(source);
    let one = |seed: u64| {
        let drawn = sample(&mut StdRng::seed_from_u64(seed), labels.len(), n).into_vec();
        let y = DVector::from_fn(n, |i, _| labels[drawn[i]]);
        let ridge = Ridge::new(x.select_columns(&drawn), training.ridge).unwrap();
        let scores = x.tr_mul(&ridge.alpha_path(&y, &source).unwrap().at(alpha));
        let rest: Vec<usize> = (0..labels.len()).filter(|i| !drawn.contains(i)).collect();
        let right = rest.iter().filter(|i| scores[**i] * labels[**i] > 0.0).count() as f64 / rest.len() as f64;
        let margin = rest.iter().map(|i| scores[*i] * labels[*i]).sum::<f64>() / rest.len() as f64;
        (right, margin)
    };
    (0..draws).into_par_iter().map(one).unzip()
}

#[test]
fn draws_from_a_pool_do_as_its_law_says() {
    let (pool, x, labels, source) = pool(300, 120, 3);
    let law = pool.law(TRAINING).unwrap();
    for alpha in [0.0, 1.0] {
        let (right, margins) = by_the_book((&x, &labels, &source), TRAINING, alpha, 1500);
        let scores = law.left_out(&[alpha]).unwrap();
        let (accuracy, error) = mean_and_error(&right);
        let (margin, margin_error) = mean_and_error(&margins);
        let (said, said_margin) = (law.accuracy(&[alpha]).unwrap(), scores.margin(&labels).unwrap());
        assert!((said - accuracy).abs() < 4.0 * error + 0.001, "α = {alpha}: {accuracy} ± {error}, law {said}");
        assert!((said_margin - margin).abs() < 4.0 * margin_error + 0.002 * margin, "{margin}, law {said_margin}");
        assert_eq!(said, scores.accuracy(&labels).unwrap());
    }
}

#[test]
fn few_draws_of_heavy_rows_are_no_gaussian_sum() {
    // A ridge so large that w is the average of yx over 12 rows of very different lengths: the cumulants beyond the second move the
    // accuracy by a third of a point.
    let (pool, x, labels, source) = pool(120, 30, 11);
    let training = Training { samples: 12.0, ridge: 1e4 };
    let (right, _) = by_the_book((&x, &labels, &source), training, 0.0, 20_000);
    let (accuracy, error) = mean_and_error(&right);
    let law = pool.law(training).unwrap();
    let scores = law.left_out(&[0.0]).unwrap();
    let mean = scores.mean(&labels).unwrap();
    let normal = (0..120).map(|i| normal_cdf(labels[i] * mean[i] / scores.variance()[i].sqrt())).sum::<f64>() / 120.0;
    let said = law.accuracy(&[0.0]).unwrap();
    let place = format!("{accuracy} ± {error}, law {said}, as if normal {normal}");
    assert!((normal - accuracy).abs() > 4.0 * error && error < 5e-4, "{place}");
    assert!((said - accuracy).abs() < 0.5 * (normal - accuracy).abs(), "{place}");
}

#[test]
fn all_rows_but_one_are_left_out_one_by_one() {
    let (pool, x, labels, source) = pool(40, 9, 4);
    let training = Training { samples: 40.0 * (1.0 - 1e-9), ridge: 0.3 };
    let scores: Scores = pool.law(training).unwrap().left_out(&[0.8]).unwrap();
    let mean = scores.mean(&labels).unwrap();
    for i in [0, 7, 39] {
        let others: Vec<usize> = (0..40).filter(|j| *j != i).collect();
        // The missing row leaves a hole in the sum over 40: a ridge of 40/39 of it on 39.
        let ridge = Ridge::new(x.select_columns(&others), 0.3 * 40.0 / 39.0).unwrap();
        let y = DVector::from_fn(39, |j, _| labels[others[j]]);
        let w = ridge.alpha_path(&y, &DVector::from_column_slice(&source)).unwrap().at(0.8);
        assert_close("left out", mean[i], w.dot(&x.column(i)), 1e-6);
        assert!(scores.variance()[i] < 1e-6);
    }
}

#[test]
fn a_large_gaussian_pool_has_the_law_of_its_population() {
    // 3000 rows of 60 features, n = 60: the population's law up to p/N.
    let target = target(60);
    let (x, labels) = rows(&target, 3000, 8, |_| 1.0);
    let source = target.mean().iter().map(|m| 0.5 * m).collect::<Vec<_>>();
    let pool = Pool::new(x, &labels, &[&source]).unwrap();
    let law = pool.law(TRAINING).unwrap();
    let fixed_point = FixedPoint::spectrum(target.eigenvalues(), TRAINING).unwrap();
    let (omega, error) = mean_and_error(law.omega());
    // κ, and a correction of order π = 1/50.
    let kappa = fixed_point.kappa;
    let expected = 1.0 / (1.0 + (1.0 - 60.0 / 3000.0) * (1.0 / kappa - 1.0));
    assert!((omega - expected).abs() < 4.0 * error + 0.003, "ω {omega} ± {error}, κ {kappa}, {expected}");
    let given = SpectralTarget::new(
        target.eigenvalues().to_vec(),
        target.mean().to_vec(),
        vec![SpectralSource::given(source.clone())],
    )
    .unwrap();
    let decision = self::law(&given).at(&[1.0]).unwrap();
    let accuracy = law.accuracy(&[1.0]).unwrap();
    assert!((accuracy - decision.accuracy()).abs() < 0.012, "{accuracy}, law {}", decision.accuracy());
    let (fresh, fresh_labels) = rows(&target, 1500, 21, |_| 1.0);
    let others = law.scores(&[1.0], &fresh).unwrap();
    let outside = others.accuracy(&fresh_labels).unwrap();
    assert!((outside - decision.accuracy()).abs() < 0.025, "{outside}, law {}", decision.accuracy());
    let without = others.predicted_accuracy(others.margin(&fresh_labels).unwrap()).unwrap();
    assert!((outside - without).abs() < 0.01, "{outside} with labels, {without} without");
}

#[test]
fn what_cannot_be_is_refused() {
    let x = DMatrix::from_column_slice(2, 3, &[1.0, 0.0, -1.0, 0.5, 0.3, -0.2]);
    let labels = [1.0, -1.0, 1.0];
    let good = Pool::new(x.clone(), &labels, &[]).unwrap();
    assert!(matches!(
        Pool::new(x.clone(), &[1.0, -1.0], &[]),
        Err(Error::Shape { name: "labels", expected: 3, got: 2 })
    ));
    assert!(matches!(Pool::new(x.clone(), &[1.0, 0.0, 1.0], &[]), Err(Error::Parameter { name: "label", .. })));
    assert!(matches!(Pool::new(x.clone(), &labels, &[&[1.0]]), Err(Error::Shape { .. })));
    assert!(matches!(Pool::new(x.map(|_| f64::NAN), &labels, &[]), Err(Error::Parameter { .. })));
    assert!(matches!(Pool::new(DMatrix::zeros(0, 3), &labels, &[]), Err(Error::Shape { .. })));
    for (samples, ridge) in [(3.0, 1.0), (f64::NAN, 1.0), (2.0, 0.0), (0.0, 1.0)] {
        assert!(matches!(good.law(Training { samples, ridge }), Err(Error::Parameter { .. })), "{samples}, {ridge}");
    }
    let law = good.law(Training { samples: 2.0, ridge: 1.0 }).unwrap();
    assert!(matches!(law.accuracy(&[1.0]), Err(Error::Shape { name: "weights", .. })));
    assert!(matches!(law.scores(&[], &DMatrix::zeros(3, 1)), Err(Error::Shape { .. })));
    assert!(matches!(ClassifierLaw::new(vec![1.0], vec![-1.0]), Err(Error::Parameter { .. })));
    let certain = ClassifierLaw::new(vec![1.0, 0.0], vec![0.0, 0.0]).unwrap().scores(&x).unwrap();
    assert_eq!(certain.accuracy(&labels).unwrap(), 1.0);
    assert!(certain.accuracy(&[1.0, 1.0]).is_err());
}
