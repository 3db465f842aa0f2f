//! What a choice of α rests on: unbiased forms, leave-one-out, the law in Σ, the expected accuracy.

use alpha_linear::belief::Prior;
use alpha_linear::evidence::Evidence;
use alpha_linear::geometry::{Forms, Geometry};
use alpha_linear::kernel::Kernel;
use alpha_linear::mixture::SyntheticConfig;
use alpha_linear::model_file::Model;
use alpha_linear::recommend::{RecommendConfig, Source, Verdict, recommend};
use alpha_linear::samples::Samples;
use alpha_linear::select::{self, Selection};
use alpha_linear::source_view::TrainedSource;
use alpha_linear::study::{self, Choice, JOINT_SOURCE_RIDGES, Outcome, StudyConfig, StudySource, Variant};
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::ridge::Ridge;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

fn normals(rows: usize, columns: usize, rng: &mut StdRng) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(rng))
}

/// x = y·mean + scale∘noise, alternating labels.
fn mixture(mean: &DVector<f64>, scale: &DVector<f64>, rows: usize, rng: &mut StdRng) -> Samples {
    let labels = DVector::from_fn(rows, |i, _| if i % 2 == 0 { 1.0 } else { -1.0 });
    let mut features = normals(mean.len(), rows, rng);
    for (mut x, y) in features.column_iter_mut().zip(&labels) {
        x.component_mul_assign(scale);
        x.axpy(*y, mean, 1.0);
    }
    Samples { features, labels }
}

#[track_caller]
fn assert_close(what: &str, got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "{what}: {got} against {expected}");
}

fn rows(samples: &Samples, rows: &[usize]) -> Samples {
    Samples { features: samples.features.select_columns(rows), labels: samples.labels.select_rows(rows) }
}

#[test]
fn squares_are_means_over_pairs() {
    let rng = &mut StdRng::seed_from_u64(1);
    let (x, labels) = (normals(3, 5, rng), [1.0, -1.0, -1.0, 1.0, 1.0]);
    let evidence = Evidence::new(&x, &labels).unwrap();
    for l in 0..3 {
        let mut sum = 0.0;
        for i in 0..5 {
            for j in (0..5).filter(|j| *j != i) {
                sum += labels[i] * labels[j] * x[(l, i)] * x[(l, j)];
            }
        }
        assert_close("pairs", evidence.square[l], sum / 20.0, 1e-12);
    }
    assert!(Evidence::new(&x.columns(0, 1).into_owned(), &labels[..1]).is_err());
}

#[test]
fn a_source_left_out_sample_by_sample_is_refitted() {
    let rng = &mut StdRng::seed_from_u64(2);
    let (p, n) = (6, 15);
    let mean = DVector::from_fn(p, |i, _| 0.6 / (1.0 + i as f64));
    let samples = mixture(&mean, &DVector::repeat(p, 1.0), n, rng);
    let trained = TrainedSource::new(&samples, 0.7).unwrap();
    // A geometry of other data, so that nothing is diagonal by accident.
    let geometry = Geometry::new(&normals(p, 40, rng)).unwrap();
    let view = trained.view(&samples, &geometry).unwrap();
    let mut product = DVector::<f64>::zeros(p);
    let mut margins = Vec::new();
    for i in 0..n {
        let others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
        let rest = rows(&samples, &others);
        // (1/N) over all N, as if sample i were there with weight 0.
        let gram = &rest.features * rest.features.transpose() / n as f64 + DMatrix::identity(p, p) * 0.7;
        let w = gram.try_inverse().unwrap() * (&rest.features * &rest.labels) / n as f64;
        let x = samples.features.column(i) * samples.labels[i];
        margins.push(w.dot(&x));
        let [x, w] = [x, w].map(|v| geometry.rotate(&DMatrix::from_columns(&[v])).unwrap());
        product += x.component_mul(&w).column(0) / n as f64;
    }
    for l in 0..p {
        assert_close("product", view.product[l], product[l], 1e-10);
    }
    let mean = margins.iter().sum::<f64>() / n as f64;
    let variance = margins.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n as f64;
    assert_close("separation", trained.separation, mean / variance.sqrt(), 1e-10);
}

#[test]
fn the_kernel_gives_what_ridge_regression_gives() {
    let rng = &mut StdRng::seed_from_u64(3);
    let (p, n) = (7, 12);
    let samples = mixture(&DVector::repeat(p, 0.3), &DVector::repeat(p, 1.0), 30, rng);
    let sources = normals(p, 2, rng);
    let kernel = Kernel::new(&samples, &sources);
    let train: Vec<usize> = (3..3 + n).collect();
    let tuned = &kernel.tune(&train, &[0.4]).unwrap()[0];
    let fit = |chosen: &[usize], count: usize, alpha: f64| {
        let seen = rows(&samples, chosen);
        let gram = &seen.features * seen.features.transpose() / count as f64 + DMatrix::identity(p, p) * 0.4;
        let right = &seen.features * &seen.labels / count as f64 + sources.column(1) * (alpha * 0.4);
        gram.try_inverse().unwrap() * right
    };
    for alpha in [0.0, 1.0, -2.5] {
        let scores = samples.features.tr_mul(&fit(&train, n, alpha));
        for i in 0..30 {
            assert_close("score", tuned.own[i] + alpha * tuned.slopes[(i, 1)], scores[i], 1e-9);
        }
        for (k, &i) in train.iter().enumerate() {
            let others: Vec<usize> = train.iter().copied().filter(|j| *j != i).collect();
            let expected = fit(&others, n, alpha).dot(&samples.features.column(i));
            assert_close("left out", tuned.left_out[(k, 0)] + alpha * tuned.left_out[(k, 2)], expected, 1e-9);
        }
        let correct = (0..30).filter(|i| scores[*i] * samples.labels[*i] > 0.0).count();
        let all: Vec<usize> = (0..30).collect();
        assert_close("accuracy", tuned.accuracy(1, alpha, &samples.labels, &all), correct as f64 / 30.0, 0.0);
    }
    let direct = Ridge::new(samples.features.select_columns(&train), 0.4).unwrap();
    let own = direct.classifier(&samples.labels.select_rows(&train)).unwrap();
    assert_close("own", tuned.own[0], own.dot(&samples.features.column(0)), 1e-9);
}

#[test]
fn the_law_in_the_total_covariance_is_that_in_the_covariance() {
    let rng = &mut StdRng::seed_from_u64(4);
    let p = 8;
    let mean = DVector::from_fn(p, |i, _| 0.5 / (1.0 + i as f64));
    let source = normals(p, 1, rng).column(0).into_owned();
    let features = mixture(&mean, &DVector::from_fn(p, |i, _| 1.0 / (1.0 + i as f64 / 3.0)), 60, rng).features;
    let total = &features * features.transpose() / 60.0;
    let geometry = Geometry::new(&features).unwrap();
    let (n, ridge) = (9.0, 0.3);
    let metric = geometry.metric(n, ridge).unwrap();
    let coordinates = geometry.rotate(&DMatrix::from_columns(&[mean.clone(), source.clone()])).unwrap();
    let form = |d: &[f64], i: usize, j: usize| -> f64 {
        (0..p).map(|l| d[l] * coordinates[(l, i)] * coordinates[(l, j)]).sum()
    };
    let law = metric
        .law(&Forms {
            mean: form(&metric.resolvent, 0, 0),
            mean_spread: form(&metric.spread, 0, 0),
            product: form(&metric.resolvent, 0, 1),
            product_spread: form(&metric.spread, 0, 1),
            source_spread: form(&metric.spread, 1, 1),
        })
        .unwrap();

    // Theory §3 with C = Σ − μμᵀ, densely, at the same g and df₂.
    let spectrum = alpha_rmt::fixed_point::Spectrum { eigenvalues: geometry.eigenvalues(), samples: n, ridge };
    let fp = alpha_rmt::fixed_point::FixedPoint::spectrum(spectrum).unwrap();
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
}

#[test]
fn leave_one_out_takes_the_best_separation() {
    let rng = &mut StdRng::seed_from_u64(5);
    let predictions = normals(40, 2, rng);
    let labels =
        DVector::from_fn(40, |i, _| if predictions[(i, 1)] + 0.3 * predictions[(i, 0)] > 0.2 { 1.0 } else { -1.0 });
    let best = select::leave_one_out(&predictions, &labels).unwrap().alpha;
    let separation = |alpha: f64| {
        let margins = DVector::from_fn(40, |i, _| labels[i] * (predictions[(i, 0)] + alpha * predictions[(i, 1)]));
        margins.mean() / margins.variance().sqrt()
    };
    for step in [-0.5, -0.01, 0.01, 0.5] {
        assert!(separation(best) >= separation(best + step), "{best}");
    }
}

/// Source and target of 60 features with a correlation of their means, and the exact accuracy of a classifier on the target.
struct World {
    source_mean: DVector<f64>,
    target_mean: DVector<f64>,
    scale: DVector<f64>,
}

impl World {
    fn new(correlation: f64, strength: f64) -> Self {
        let p = 60;
        let rng = &mut StdRng::seed_from_u64(17);
        let one = normals(p, 1, rng).column(0).normalize() * strength;
        let mut other = normals(p, 1, rng).column(0).into_owned();
        other -= &one * (other.dot(&one) / one.norm_squared());
        let other = other.normalize() * strength;
        let target_mean = &one * correlation + other * (1.0 - correlation * correlation).sqrt();
        Self { source_mean: one, target_mean, scale: DVector::from_fn(p, |i, _| 1.0 + (i % 3) as f64) }
    }

    fn accuracy(&self, weights: &DVector<f64>, intercept: f64) -> f64 {
        let deviation = weights.component_mul(&self.scale).norm();
        let [plus, minus] = [1.0, -1.0]
            .map(|y| alpha_rmt::normal_cdf(y * (y * weights.dot(&self.target_mean) + intercept) / deviation));
        0.5 * (plus + minus)
    }
}

#[test]
fn predictions_cover_what_comes_true() {
    let mut covered = 0;
    let mut better = 0;
    for seed in 0..20 {
        let world = World::new(0.8, 2.0);
        let rng = &mut StdRng::seed_from_u64(seed);
        let source = mixture(&world.source_mean, &world.scale, 600, rng);
        let target = mixture(&world.target_mean, &world.scale, 40, rng);
        let unlabelled = mixture(&world.target_mean, &world.scale, 500, rng).features;
        let (answer, classifier) =
            recommend(Source::Samples(&source), &target, Some(&unlabelled), &RecommendConfig::default()).unwrap();
        assert_eq!(answer.verdict, Verdict::FineTune);
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        covered += usize::from((answer.predicted_accuracy.low..=answer.predicted_accuracy.high).contains(&reached));
        // Against the source alone, trained at the same ridge.
        let trained = TrainedSource::new(
            &{
                let mut samples = source.clone();
                samples.standardise();
                samples
            },
            answer.source_ridge.unwrap(),
        )
        .unwrap();
        better += usize::from(reached > world.accuracy(&trained.weights.component_div(&world.scale), 0.0));
    }
    assert!(covered >= 16, "only {covered} of 20 intervals of 90 % hold");
    assert!(better >= 16, "fine-tuning beats the source in {better} of 20 draws only");
}

#[test]
fn an_unrelated_source_is_found_out() {
    for (correlation, seed) in [(0.0, 3), (-0.9, 4)] {
        let world = World::new(correlation, 2.5);
        let rng = &mut StdRng::seed_from_u64(seed);
        let source = mixture(&world.source_mean, &world.scale, 600, rng);
        let target = mixture(&world.target_mean, &world.scale, 300, rng);
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
    let source = mixture(&world.source_mean, &world.scale, 600, rng);
    let target = mixture(&world.target_mean, &world.scale, 40, rng);
    let unlabelled = mixture(&world.target_mean, &world.scale, 500, rng).features;
    // Any scale of the weights will do.
    let weights = Ridge::new(source.features.clone(), 5.0).unwrap().classifier(&source.labels).unwrap() * 37.0;
    let model = Model { weights: weights.clone(), intercept: 0.0 };
    let (answer, classifier) =
        recommend(Source::Model(&model), &target, Some(&unlabelled), &RecommendConfig::default()).unwrap();
    let (reached, alone) = (world.accuracy(&classifier.weights, classifier.intercept), world.accuracy(&weights, 0.0));
    assert!(reached > alone, "{reached} against {alone}: {answer:?}");
    assert!(answer.source_ridge.is_none());
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
    let good = mixture(&DVector::repeat(3, 1.0), &DVector::repeat(3, 1.0), 10, rng);
    let one_class = Samples { labels: DVector::repeat(10, 1.0), ..good.clone() };
    let narrow = mixture(&DVector::repeat(2, 1.0), &DVector::repeat(2, 1.0), 10, rng);
    let config = RecommendConfig::default();
    assert!(refused(Source::Samples(&good), &one_class, None, &config).contains("no sample of class -1"));
    assert!(refused(Source::Samples(&one_class), &good, None, &config).contains("no sample of class -1"));
    assert!(refused(Source::Samples(&narrow), &good, None, &config).contains("source features = 2"));
    assert!(
        refused(Source::Samples(&good), &good, Some(&narrow.features), &config).contains("unlabelled features = 2")
    );
    let model = |weight: f64| Model { weights: DVector::from_element(3, weight), intercept: 0.0 };
    assert!(refused(Source::Model(&model(f64::NAN)), &good, None, &config).contains("finite"));
    for correlation in [f64::NAN, 1.5] {
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
    assert!(refused(Source::Model(&model(1.0)), &good, None, &published).contains("select = published"));
    let mut damaged = good.clone();
    damaged.features[(1, 2)] = f64::INFINITY;
    assert!(recommend(Source::Samples(&good), &damaged, None, &config).is_err());
}

/// A model that is kept is kept as it is, its weights on features that are constant here included.
#[test]
fn a_model_that_is_kept_stays_as_it_was() {
    let world = World::new(1.0, 2.0);
    let rng = &mut StdRng::seed_from_u64(12);
    let mut target = mixture(&world.target_mean, &world.scale, 8, rng);
    target.features.row_mut(59).fill(3.0);
    // The best there is: eight labels add nothing.
    let weights = world.target_mean.component_div(&world.scale.component_mul(&world.scale));
    let model = Model { weights, intercept: -0.3 };
    let config = RecommendConfig { select: Selection::LeaveOneOut, target_ridge: 0.01, ..RecommendConfig::default() };
    let (answer, kept) = recommend(Source::Model(&model), &target, None, &config).unwrap();
    assert_eq!(answer.verdict, Verdict::KeepSource, "{answer:?}");
    assert_eq!(kept, model);
    assert_eq!(answer.leave_one_out.accuracy, model.accuracy(&target));
}

#[test]
fn every_selection_gives_its_own_alpha() {
    let world = World::new(0.8, 2.0);
    let rng = &mut StdRng::seed_from_u64(13);
    let source = mixture(&world.source_mean, &world.scale, 600, rng);
    let target = mixture(&world.target_mean, &world.scale, 200, rng);
    let mut alphas: Vec<f64> = Vec::new();
    for select in Selection::ALL {
        assert_eq!(Selection::named(select.name()), Some(select));
        let config = RecommendConfig { select, source_ridge: 2.0, target_ridge: 0.5, ..RecommendConfig::default() };
        let (answer, classifier) = recommend(Source::Samples(&source), &target, None, &config).unwrap();
        assert_eq!(answer.select, select.name());
        assert!(answer.alpha.is_finite() && answer.alpha_range.low < answer.alpha_range.high, "{answer:?}");
        if select == Selection::Joint {
            assert!(JOINT_SOURCE_RIDGES.contains(&answer.source_ridge.unwrap()), "{answer:?}");
        } else {
            assert_eq!((answer.source_ridge, answer.target_ridge), (Some(2.0), 0.5));
        }
        let reached = world.accuracy(&classifier.weights, classifier.intercept);
        assert!(reached > 0.8, "{select:?} reaches {reached}: {answer:?}");
        let check = answer.leave_one_out;
        assert!((check.accuracy - reached).abs() < 4.0 * check.standard_error.max(0.02), "{reached}: {check:?}");
        assert!(alphas.iter().all(|alpha| (alpha - answer.alpha).abs() > 1e-6), "{select:?}: {alphas:?}");
        alphas.push(answer.alpha);
    }
    assert_eq!(Selection::named("best"), None);
}

/// The general-covariance law against classifiers that are trained and scored exactly.
#[test]
fn the_law_predicts_fine_tuning_on_a_mixture_of_any_spectrum() {
    let config = SyntheticConfig {
        dimension: 240,
        source_samples: 700,
        target_spectrum: "power:0.8".parse().unwrap(),
        ..SyntheticConfig::default()
    };
    let (source, target) = config.mixtures().unwrap();
    assert!((source.mean.dot(&target.mean) - 0.8 * 1.44).abs() < 1e-12, "⟨μ, μ_β⟩ = β‖μ‖²");
    let rng = &mut StdRng::seed_from_u64(21);
    let known = source.draw(700, rng);
    let frozen = Ridge::new(known.features, 1.0).unwrap().classifier(&known.labels).unwrap();
    let (n, ridge) = (90, 0.5);
    let vector = |v: &DVector<f64>| v.as_slice().to_vec();
    let given = SpectralSource::given(vector(&frozen));
    let law = SpectralTarget::new(target.eigenvalues.clone(), vector(&target.mean), vec![given]).unwrap();
    let law = law.law(n as f64, ridge).unwrap();
    for alpha in [0.0, 1.0, 4.0] {
        let reached: Vec<f64> = (0..60)
            .map(|_| {
                let train = target.draw(n, rng);
                let w =
                    Ridge::new(train.features, ridge).unwrap().alpha_path(&train.labels, &frozen).unwrap().at(alpha);
                let variance: f64 = w.iter().zip(&target.eigenvalues).map(|(w, s)| w * w * s).sum();
                alpha_rmt::normal_cdf(w.dot(&target.mean) / variance.sqrt())
            })
            .collect();
        let mean = reached.iter().sum::<f64>() / 60.0;
        let variance = reached.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 59.0;
        let predicted = law.at(&[alpha]).unwrap().accuracy();
        let z = (mean - predicted) / (variance / 60.0).sqrt();
        assert!(z.abs() < 4.0, "α = {alpha}: {mean} against {predicted}, z = {z}");
    }
}

#[test]
fn counts_at_many_scales_are_those_at_each() {
    let rng = &mut StdRng::seed_from_u64(31);
    let samples = mixture(&DVector::repeat(4, 0.2), &DVector::repeat(4, 1.0), 50, rng);
    let kernel = Kernel::new(&samples, &normals(4, 2, rng));
    let tuned = &kernel.tune(&(0..9).collect::<Vec<_>>(), &[0.3]).unwrap()[0];
    let test: Vec<usize> = (9..50).collect();
    let alphas = [-3.0, -0.5, 0.0, 0.2, 1.0, 7.0];
    let mut different = std::collections::BTreeSet::new();
    for source in 0..2 {
        let all = tuned.accuracies(source, &alphas, &samples.labels, &test);
        for (alpha, accuracy) in alphas.iter().zip(all) {
            assert_eq!(accuracy, tuned.accuracy(source, *alpha, &samples.labels, &test), "{alpha}");
            different.insert((accuracy * 41.0) as usize);
        }
    }
    assert!(different.len() > 4);
}

#[test]
fn a_split_never_tests_on_what_it_has_seen() {
    // Every other row repeats one before: with the test half unseen the law from its own rows must still be finite, and
    // without repeats there are half as many rows.
    let rng = &mut StdRng::seed_from_u64(41);
    let one = mixture(&DVector::repeat(5, 0.5), &DVector::repeat(5, 1.0), 60, rng);
    let columns: Vec<usize> = (0..60).flat_map(|i| [i, i]).collect();
    let twice = rows(&one, &columns);
    assert_eq!(twice.repeats().iter().filter(|repeated| **repeated).count(), 60);
    assert_eq!(twice.distinct(), one);
    let config = StudyConfig { labels: vec![20], splits: 4, ..StudyConfig::default() };
    let source = StudySource::new("one", one.clone(), &config).unwrap();
    let run = |variant, config: &StudyConfig| study::onto("twice", &twice, &[&source], variant, config);
    for variant in Variant::ALL {
        let outcome = run(variant, &config).unwrap().remove(0);
        let hindsight = outcome.get(Choice::BestJoint);
        assert_eq!(hindsight.is_some(), variant == Variant::AllRows);
        assert!(outcome.choices.iter().all(|m| (0.0..=1.0).contains(&m.accuracy) && m.standard_error.is_finite()));
        if let Some(best) = hindsight {
            let alone = outcome.get(Choice::BestAlpha).unwrap().accuracy;
            assert!(best.accuracy >= alone && alone >= outcome.get(Choice::Zero).unwrap().accuracy);
        }
    }
    // 120 rows, of which 60 differ and 60 are a half.
    for (variant, most) in [(Variant::AllRows, 119), (Variant::DistinctRows, 59), (Variant::HeldOut, 60)] {
        let with = |labels| StudyConfig { labels: vec![labels], splits: 1, ..StudyConfig::default() };
        assert!(run(variant, &with(most)).is_ok(), "{variant:?}");
        let message = run(variant, &with(most + 1)).unwrap_err().to_string();
        assert!(message.contains(&format!("at most {most}")), "{message}");
    }
}

#[test]
fn on_the_amazon_data_the_joint_choice_beats_the_others() {
    let Some(amazon) = crate::real_amazon() else { return };
    let config = StudyConfig { labels: vec![20, 40], splits: 8, ..StudyConfig::default() };
    let sources = study::amazon_sources(amazon, &config).unwrap();
    let run = |variant, config: &StudyConfig| study::on_amazon(amazon, &sources, variant, config);
    let outcomes = run(Variant::AllRows, &config).unwrap();
    assert_eq!(outcomes.len(), 24);
    let unseen = run(Variant::HeldOut, &config).unwrap();
    for labels in [20, 40] {
        let mean = |outcomes: &[Outcome], choice: Choice| {
            let at = outcomes.iter().filter(|o| o.labels == labels);
            at.map(|o| 100.0 * o.get(choice).unwrap().accuracy).sum::<f64>() / 12.0
        };
        let joint = mean(&outcomes, Choice::Joint);
        for other in
            Choice::ALL.into_iter().filter(|c| !matches!(c, Choice::Joint | Choice::Oracle | Choice::BestJoint))
        {
            assert!(joint > mean(&outcomes, other), "n = {labels}: joint {joint}, {}", other.name());
        }
        let oracle = mean(&outcomes, Choice::Oracle);
        assert!(joint > oracle - 0.5 && oracle > joint, "n = {labels}: {joint} of {oracle}");
        assert!(oracle <= mean(&outcomes, Choice::BestJoint) + 0.1);
        // It holds as well where nothing is known of the test.
        assert!(mean(&unseen, Choice::Joint) > mean(&unseen, Choice::SourceOnly), "n = {labels}");
        for o in outcomes.iter().filter(|o| o.labels == labels) {
            let best =
                [Choice::SourceOnly, Choice::One].map(|c| o.get(c).unwrap().accuracy).into_iter().fold(0.0, f64::max);
            let lost = 100.0 * (best - o.get(Choice::Joint).unwrap().accuracy);
            assert!(lost < 1.2, "{} → {}, n = {labels}: {lost} points below source-only or α = 1", o.source, o.target);
        }
        // Of accuracies near 76 %, from all the labels.
        let error = |o: &Outcome| {
            let one = o.get(Choice::One).unwrap();
            100.0 * (one.predicted.unwrap() - one.accuracy).abs()
        };
        let error = outcomes.iter().filter(|o| o.labels == labels).map(error).sum::<f64>() / 12.0;
        assert!(error < 1.7, "n = {labels}: the law from all labels is {error} points off");
    }
    for (name, bad) in [
        ("labels", StudyConfig { labels: vec![1], ..config.clone() }),
        ("labels", StudyConfig { labels: vec![2000], ..config.clone() }),
        ("labels", StudyConfig { labels: vec![], ..config.clone() }),
        ("splits", StudyConfig { splits: 0, ..config.clone() }),
        ("source-ridge", StudyConfig { source_ridge: 0.0, ..config.clone() }),
        ("target-ridge", StudyConfig { target_ridge: f64::NAN, ..config.clone() }),
    ] {
        let message = run(Variant::AllRows, &bad).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
}
