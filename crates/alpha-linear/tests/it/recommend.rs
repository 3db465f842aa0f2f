//! `recommend` on mixtures of which the truth is known.

use alpha_linear::mixture::Mixture;
use alpha_linear::model_file::Model;
use alpha_linear::recommend::{Prior, RecommendConfig, Source, Verdict, recommend};
use alpha_linear::samples::Samples;
use alpha_linear::select::Selection;
use alpha_rmt::ridge::Ridge;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

fn normal(p: usize, rng: &mut StdRng) -> DVector<f64> {
    DVector::from_fn(p, |_, _| StandardNormal.sample(rng))
}

/// Source and target of 60 features with a correlation of their means, and the exact accuracy of a classifier on the target.
struct World {
    source: Mixture,
    target: Mixture,
}

impl World {
    fn new(correlation: f64, strength: f64) -> Self {
        let p = 60;
        let rng = &mut StdRng::seed_from_u64(17);
        let one = normal(p, rng).normalize() * strength;
        let mut other = normal(p, rng);
        other -= &one * (other.dot(&one) / one.norm_squared());
        let other = other.normalize() * strength;
        let mean = &one * correlation + other * (1.0 - correlation * correlation).sqrt();
        let eigenvalues: Vec<f64> = (0..p).map(|i| (1.0 + (i % 3) as f64).powi(2)).collect();
        Self { source: Mixture { mean: one, eigenvalues: eigenvalues.clone() }, target: Mixture { mean, eigenvalues } }
    }

    fn accuracy(&self, weights: &DVector<f64>, intercept: f64) -> f64 {
        let Mixture { mean, eigenvalues } = &self.target;
        let variance: f64 = weights.iter().zip(eigenvalues).map(|(w, s)| w * w * s).sum();
        let [plus, minus] =
            [1.0, -1.0].map(|y| alpha_rmt::normal_cdf(y * (y * weights.dot(mean) + intercept) / variance.sqrt()));
        0.5 * (plus + minus)
    }

    fn deviations(&self) -> DVector<f64> {
        DVector::from_iterator(self.target.mean.len(), self.target.eigenvalues.iter().map(|s| s.sqrt()))
    }
}

#[test]
fn predictions_cover_what_comes_true() {
    let mut covered = 0;
    let mut better = 0;
    for seed in 0..20 {
        let world = World::new(0.8, 2.0);
        let rng = &mut StdRng::seed_from_u64(seed);
        let source = world.source.draw(600, rng).unwrap();
        let target = world.target.draw(40, rng).unwrap();
        let unlabelled = world.target.draw(500, rng).unwrap().features;
        let (answer, classifier) =
            recommend(Source::Samples(&source), &target, Some(&unlabelled), &RecommendConfig::default()).unwrap();
        assert_eq!(answer.verdict, Verdict::FineTune);
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        covered += usize::from((answer.predicted_accuracy.low..=answer.predicted_accuracy.high).contains(&reached));
        // Against the source alone, trained at the same ridge.
        let mut samples = source.clone();
        samples.standardise();
        let trained = Ridge::new(samples.features, answer.source_ridge.unwrap()).unwrap();
        let weights = trained.classifier(&samples.labels).unwrap().component_div(&world.deviations());
        better += usize::from(reached > world.accuracy(&weights, 0.0));
    }
    assert!(covered >= 16, "only {covered} of 20 intervals of 90 % hold");
    assert!(better >= 16, "fine-tuning beats the source in {better} of 20 draws only");
}

#[test]
fn an_unrelated_source_is_found_out() {
    for (correlation, seed) in [(0.0, 3), (-0.9, 4)] {
        let world = World::new(correlation, 2.5);
        let rng = &mut StdRng::seed_from_u64(seed);
        let source = world.source.draw(600, rng).unwrap();
        let target = world.target.draw(300, rng).unwrap();
        let (answer, classifier) =
            recommend(Source::Samples(&source), &target, None, &RecommendConfig::default()).unwrap();
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        assert!(answer.baselines.source_only.value < 0.6, "{answer:?}");
        assert!(answer.verdict != Verdict::KeepSource && reached > 0.75, "{reached}: {answer:?}");
        if correlation < 0.0 {
            // A source that is wrong on purpose is of use with its sign turned.
            assert!(answer.alpha < 0.0, "{answer:?}");
        }
    }
}

#[test]
fn weights_alone_do_nearly_as_well_as_samples() {
    let world = World::new(0.8, 2.0);
    let rng = &mut StdRng::seed_from_u64(11);
    let source = world.source.draw(600, rng).unwrap();
    let target = world.target.draw(40, rng).unwrap();
    let unlabelled = world.target.draw(500, rng).unwrap().features;
    // Any scale of the weights will do.
    let weights = Ridge::new(source.features.clone(), 5.0).unwrap().classifier(&source.labels).unwrap() * 37.0;
    let model = Model { weights: weights.clone(), intercept: 0.0 };
    let (answer, classifier) =
        recommend(Source::Model(&model), &target, Some(&unlabelled), &RecommendConfig::default()).unwrap();
    let reached = |model: &Model| world.accuracy(&model.weights, model.intercept);
    let (alone, tuned) = (reached(&model), reached(&classifier));
    assert!(tuned > alone, "{tuned} against {alone}: {answer:?}");
    assert!(answer.source_ridge.is_none());
    let config = RecommendConfig::default();
    let (_, classifier) = recommend(Source::Samples(&source), &target, Some(&unlabelled), &config).unwrap();
    let from_samples = reached(&classifier);
    assert!(tuned > from_samples - 0.02, "{tuned} against {from_samples} with the samples");
}

/// The message with which a request is refused.
fn refused(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    config: &RecommendConfig,
) -> String {
    recommend(source, target, unlabelled, config).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_recommended_on_is_refused() {
    let rng = &mut StdRng::seed_from_u64(6);
    let drawn = |p: usize, rng: &mut StdRng| {
        Mixture { mean: DVector::repeat(p, 1.0), eigenvalues: vec![1.0; p] }.draw(10, rng).unwrap()
    };
    let (good, narrow) = (drawn(3, rng), drawn(2, rng));
    let labels =
        |label: &dyn Fn(usize) -> f64| Samples { labels: DVector::from_fn(10, |i, _| label(i)), ..good.clone() };
    let one_class = labels(&|_| 1.0);
    let half = labels(&|i| if i == 4 { 0.5 } else { good.labels[i] });
    let short = Samples { labels: DVector::from_vec(vec![1.0, -1.0]), ..good.clone() };
    let constant = Samples { features: DMatrix::repeat(3, 10, 2.0), ..good.clone() };
    let config = RecommendConfig::default();
    let from = |source: &Samples| refused(Source::Samples(source), &good, None, &config);
    let onto = |target: &Samples| refused(Source::Samples(&good), target, None, &config);
    for (message, reason) in [
        (onto(&one_class), "target: no sample of class -1"),
        (from(&one_class), "source: no sample of class -1"),
        (onto(&half), "target: label 5 is 0.5, expected -1 or 1"),
        (from(&short), "source: 2 labels for 10 samples"),
        (onto(&constant), "target: every feature has the same value in every row"),
        (from(&constant), "source: its classifier is 0"),
        (from(&narrow), "source: 2 features, expected the target's 3"),
        (refused(Source::Samples(&good), &good, Some(&narrow.features), &config), "unlabelled samples: 2 features"),
    ] {
        assert!(message.contains(reason), "{message}");
    }
    let model = |weight: f64, intercept: f64| Model { weights: DVector::from_element(3, weight), intercept };
    for (model, reason) in [
        (model(f64::NAN, 0.0), "source weights: NaN"),
        (model(1.0, f64::NAN), "source weights: NaN"),
        (model(1.0, f64::INFINITY), "source weights: inf"),
        (model(0.0, 1.0), "source weights: their norm is 0"),
        (model(1e-200, 0.0), "source weights: their norm is"),
    ] {
        let message = refused(Source::Model(&model), &good, None, &config);
        assert!(message.contains(reason), "{message}");
    }
    // All that the model weighs is constant here.
    let mut partly = good.clone();
    partly.features.row_mut(1).fill(7.0);
    let elsewhere = Model { weights: DVector::from_vec(vec![0.0, 2.0, 0.0]), intercept: 0.0 };
    let message = refused(Source::Model(&elsewhere), &partly, None, &config);
    assert!(message.contains("source weights: they are 0 on every feature that varies in the target"), "{message}");
    for correlation in [f64::NAN, 1.5, -1.01] {
        let config = RecommendConfig { prior: Prior { correlation, ..Prior::default() }, ..config };
        assert!(refused(Source::Samples(&good), &good, None, &config).contains("relation"), "{correlation}");
    }
    for ridge in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let config = RecommendConfig { target_ridge: ridge, ..config };
        assert!(refused(Source::Samples(&good), &good, None, &config).contains("target-ridge"), "{ridge}");
        let config = RecommendConfig { source_ridge: ridge, ..RecommendConfig::default() };
        assert!(refused(Source::Samples(&good), &good, None, &config).contains("source-ridge"), "{ridge}");
    }
    let published = RecommendConfig { select: Selection::Published, ..config };
    assert!(refused(Source::Model(&model(1.0, 0.0)), &good, None, &published).contains("select is published"));
    let mut damaged = good.clone();
    damaged.features[(1, 2)] = f64::INFINITY;
    assert!(recommend(Source::Samples(&good), &damaged, None, &config).is_err());
}

#[test]
fn any_relation_may_be_expected_of_weights_alone() {
    let world = World::new(0.8, 2.0);
    let rng = &mut StdRng::seed_from_u64(14);
    let source = world.source.draw(600, rng).unwrap();
    let target = world.target.draw(60, rng).unwrap();
    let unlabelled = world.target.draw(500, rng).unwrap().features;
    let weights = Ridge::new(source.features, 5.0).unwrap().classifier(&source.labels).unwrap();
    for (sign, relation) in [(1.0, 0.8), (1.0, 0.01), (1.0, 0.0), (1.0, -0.0), (1.0, -0.5), (-1.0, -0.5), (-1.0, 0.0)] {
        let model = Model { weights: &weights * sign, intercept: 0.0 };
        let config = RecommendConfig {
            prior: Prior { correlation: relation, ..Prior::default() },
            ..RecommendConfig::default()
        };
        let (answer, classifier) = recommend(Source::Model(&model), &target, Some(&unlabelled), &config).unwrap();
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        let place = format!("{sign}, {relation}: {reached}, {answer:?}");
        // What was expected wrongly is overruled, if late.
        assert!(reached > if relation * sign < 0.0 { 0.6 } else { 0.75 }, "{place}");
        assert!(answer.alpha.is_finite() && answer.predicted_accuracy.value.is_finite(), "{place}");
        assert!((answer.predicted_accuracy.value - reached).abs() < 0.15, "{place}");
    }
}

/// A model that is kept is kept as it is, its weights on features that are constant here included.
#[test]
fn a_model_that_is_kept_stays_as_it_was() {
    let world = World::new(1.0, 2.0);
    let rng = &mut StdRng::seed_from_u64(12);
    let mut target = world.target.draw(8, rng).unwrap();
    target.features.row_mut(59).fill(3.0);
    // The best there is: eight labels add nothing.
    let weights = world.target.mean.component_div(&world.deviations().map(|s| s * s));
    let model = Model { weights, intercept: -0.3 };
    let config = RecommendConfig { select: Selection::LeaveOneOut, target_ridge: 0.01, ..RecommendConfig::default() };
    let (answer, kept) = recommend(Source::Model(&model), &target, None, &config).unwrap();
    assert_eq!(answer.verdict, Verdict::KeepSource, "{answer:?}");
    assert_eq!(kept, model);
    assert_eq!(answer.leave_one_out.accuracy, model.accuracy(&target).unwrap());
}

#[test]
fn every_selection_gives_its_own_alpha() {
    let world = World::new(0.8, 2.0);
    let rng = &mut StdRng::seed_from_u64(13);
    let source = world.source.draw(600, rng).unwrap();
    let target = world.target.draw(500, rng).unwrap();
    let mut alphas: Vec<f64> = Vec::new();
    for select in Selection::ALL {
        let config = RecommendConfig { select, source_ridge: 2.0, target_ridge: 0.5, ..RecommendConfig::default() };
        let (answer, classifier) = recommend(Source::Samples(&source), &target, None, &config).unwrap();
        assert_eq!(answer.select, select.name());
        assert!(answer.alpha.is_finite() && answer.alpha_range.low < answer.alpha_range.high, "{answer:?}");
        if select == Selection::Joint {
            assert!(answer.source_ridge.unwrap() >= 1.0, "{answer:?}");
        } else {
            assert_eq!((answer.source_ridge, answer.target_ridge), (Some(2.0), 0.5));
        }
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        assert!(reached > 0.8, "{select:?} reaches {reached}: {answer:?}");
        let check = answer.leave_one_out;
        let z = (check.accuracy - reached) / check.standard_error;
        assert!(z.abs() < 3.0 && check.standard_error < 0.02, "{reached}: {check:?}, z = {z}");
        assert!(alphas.iter().all(|alpha| (alpha - answer.alpha).abs() > 1e-6), "{select:?}: {alphas:?}");
        alphas.push(answer.alpha);
    }
}
