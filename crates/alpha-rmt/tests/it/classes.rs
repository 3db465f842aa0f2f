//! K classes: reductions to two, Monte Carlo by the book, best weights against grids.

use std::sync::Arc;

use alpha_rmt::Error;
use alpha_rmt::classes::{Classes, Intercept, Problem, Rule, Source, Target};
use alpha_rmt::covariance::{Source as BinarySource, TrainedSource};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::law::Optimum;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};

use crate::{assert_close, normals};

/// A covariance that is no multiple of the identity, with eigenvectors of its own.
fn covariance(p: usize, seed: u64) -> DMatrix<f64> {
    let x = normals(p, 2 * p, seed);
    let scale = DVector::from_fn(p, |i, _| 2.0 / (1.0 + 4.0 * i as f64 / p as f64));
    let mut c = &x * x.transpose() / (2.0 * p as f64);
    for i in 0..p {
        for j in 0..p {
            c[(i, j)] *= (scale[i] * scale[j]).sqrt();
        }
    }
    c
}

#[test]
fn two_classes_reduce_to_the_binary_law() {
    let (p, training) = (30, Training { samples: 20.0, ridge: 0.3 });
    let x = normals(p, 60, 1);
    for basis in [
        Eigenbasis::covariance(&covariance(p, 1)).unwrap(),
        // Singular, and with a null space that the vectors have parts in.
        Eigenbasis::sample_covariance(&x.columns(0, 12).into_owned(), 12.0).unwrap(),
        // Known from 60 samples only.
        Eigenbasis::samples(&x, 60.0).unwrap(),
    ] {
        let (mean, one, two) = (normals(p, 1, 2) * 0.3, normals(p, 1, 3) * 0.2, normals(p, 1, 4) * 0.2);
        let binary = basis
            .target(mean.as_slice(), &[BinarySource::Given(one.as_slice()), BinarySource::Given(two.as_slice())])
            .unwrap();
        let binary = binary.law(training).unwrap();
        let means = DMatrix::from_columns(&[mean.column(0), (-&mean).column(0)]);

        // Targets ±1 and one score; one-hot targets and scores that are each other's opposite up to a half.
        let signs = Classes::new(means.clone(), vec![0.5; 2], DMatrix::from_column_slice(2, 1, &[1.0, -1.0])).unwrap();
        let one_hot = Classes::one_hot(means, vec![0.5; 2]).unwrap();
        let opposite =
            |w: &DMatrix<f64>| Source::given(DMatrix::from_columns(&[w.column(0) / 2.0, -w.column(0) / 2.0]));
        let single = [Source::given(one.clone()), Source::given(two.clone())];
        for (classes, sources, intercept) in [
            (&signs, single.to_vec(), Intercept::None),
            (&signs, single.to_vec(), Intercept::Fitted),
            (&one_hot, vec![opposite(&one), opposite(&two)], Intercept::Fitted),
            (&one_hot, vec![opposite(&one), opposite(&two)], Intercept::None),
        ] {
            let target = Target::new(&basis, classes, &sources, intercept, Rule::NearestTarget).unwrap();
            let law = target.law(training).unwrap();
            for weights in [[0.0, 0.0], [1.0, -0.5], [2.0, 3.0], [-4.0, 1.0]] {
                let (decision, expected) = (law.at(&weights).unwrap(), binary.at(&weights).unwrap());
                let accuracy = decision.accuracy().unwrap();
                assert_close("accuracy", accuracy.value, expected.accuracy(), 1e-12);
                assert_close("error", accuracy.complement, 1.0 - expected.accuracy(), 1e-12);
                if classes == &signs {
                    assert_close("mean", decision.scores()[(0, 0)], expected.mean, 1e-12);
                    assert_close("mean", decision.scores()[(1, 0)], -expected.mean, 1e-12);
                    assert_close("variance", decision.covariance()[(0, 0)], expected.variance, 1e-12);
                }
            }
            let (found, known) = (law.optimum().unwrap(), binary.optimum().unwrap());
            let best = law.at_optimum(&found).unwrap().accuracy().unwrap().value;
            assert_close("best", best, binary.at_optimum(&known).unwrap().accuracy(), 1e-13);
            for (found, known) in found.finite().unwrap().iter().zip(known.finite().unwrap()) {
                assert_close("weight", *found, *known, 1e-5);
            }
        }
    }
}

/// The source has a spectrum far from the target's, and other eigenvectors. Its variances along its own would make its accuracy
/// 0.45804 instead of 0.45776.
#[test]
fn a_trained_source_of_two_classes_is_the_binary_one() {
    let p = 24;
    let basis = Eigenbasis::covariance(&covariance(p, 5)).unwrap();
    let own: Vec<f64> = (0..p).map(|i| if i % 2 == 0 { 0.01 } else { 8.0 }).collect();
    let own = Eigenbasis::diagonal(own).unwrap();
    let [training, source_training] = [(20.0, 0.3), (15.0, 0.2)].map(|(samples, ridge)| Training { samples, ridge });
    let [mean, source_mean] = [6, 7].map(|seed| normals(p, 1, seed) * 0.3);
    let binary_source =
        TrainedSource { mean: source_mean.as_slice(), covariance: &own, training: source_training, data: None };
    let binary = basis.target(mean.as_slice(), &[BinarySource::Trained(binary_source)]).unwrap();

    let signs = |mean: &DMatrix<f64>| {
        let means = DMatrix::from_columns(&[mean.column(0), (-mean).column(0)]);
        Classes::new(means, vec![0.5; 2], DMatrix::from_column_slice(2, 1, &[1.0, -1.0])).unwrap()
    };
    let source = Source::Trained {
        classes: signs(&source_mean),
        covariance: Arc::new(own.clone()),
        training: source_training,
        intercept: Intercept::None,
    };
    let target = Target::new(&basis, &signs(&mean), &[source], Intercept::None, Rule::NearestTarget).unwrap();
    let alone = target.source(0).unwrap().accuracy().unwrap().value;
    assert_close("source", alone, binary.source_accuracy(0).unwrap(), 1e-12);
    let (law, binary) = (target.law(training).unwrap(), binary.law(training).unwrap());
    for weight in [0.0, 1.0, -2.0] {
        let (decision, expected) = (law.at(&[weight]).unwrap(), binary.at(&[weight]).unwrap());
        assert_close("mean", decision.scores()[(0, 0)], expected.mean, 1e-12);
        assert_close("variance", decision.covariance()[(0, 0)], expected.variance, 1e-12);
    }
}

/// Statistics beside theory: name, theory, mean and standard error of the runs.
fn compared(problem: &Problem, weights: &[&[f64]], runs: u64, seed: u64) -> Vec<(String, f64, f64, f64)> {
    let target = problem.target().unwrap();
    let law = target.law(problem.training).unwrap();
    let statistics = |law: &alpha_rmt::classes::ClassLaw,
                      alone: &dyn Fn(usize) -> alpha_rmt::classes::ClassDecision| {
        let mut all = Vec::new();
        for weights in weights {
            let decision = law.at(weights)?;
            all.push((format!("accuracy at {weights:?}"), decision.accuracy_to(1e-3)?.value));
            all.push((format!("score at {weights:?}"), decision.scores()[(0, 0)]));
            let (s, d) = (decision.covariance(), decision.covariance().nrows());
            all.push((format!("variance at {weights:?}"), s[(0, 0)]));
            if d > 1 {
                all.push((format!("covariance at {weights:?}"), s[(0, 1)] - s[(d - 1, d - 1)]));
            }
        }
        if let Some(i) = problem.sources.len().checked_sub(1) {
            all.push((format!("source {i}"), alone(i).accuracy_to(1e-3)?.value));
        }
        Ok::<_, Error>(all)
    };
    let theory = statistics(&law, &|i| target.source(i).unwrap()).unwrap();
    let measured = problem
        .simulate(runs, seed, theory.len(), |run| {
            Ok(statistics(&run.law, &|i| run.sources[i].clone())?.into_iter().map(|(_, x)| x).collect())
        })
        .unwrap();
    let rows = theory
        .into_iter()
        .enumerate()
        .map(|(i, (name, theory))| (name, theory, measured[i].mean(), measured[i].standard_error()));
    rows.collect()
}

#[test]
fn laws_agree_with_simulation() {
    // The finite-size bias of the accuracies, about −0.2/p, is below their standard errors. Uncentred means of a fitted
    // intercept give z = 4.5, a trained source without its noise z = −6.9, targets that are not centred z = −10.
    for (count, intercept, seed) in [(3, Intercept::None, 1), (4, Intercept::Fitted, 3), (5, Intercept::None, 4)] {
        let mut problem = problem(count, 240, intercept, seed);
        for (name, theory, mean, error) in compared(&problem, &[&[0.0, 0.0], &[0.7, 1.5]], 24, 7) {
            let z = (mean - theory) / error;
            assert!(z.abs() <= 4.0, "K = {count}, {intercept:?}, {name}: {theory} against {mean} ± {error}, z = {z}");
            assert!(error <= 0.05 * theory.abs(), "{name}: {mean} ± {error}");
        }
        // A given source is what it is.
        problem.sources.truncate(1);
        let alone = problem.target().unwrap().source(0).unwrap().accuracy().unwrap();
        let run = problem.simulated(1, 0).unwrap().sources[0].accuracy().unwrap();
        assert!((alone.value - run.value).abs() <= alone.error + run.error + 1e-12);
    }
}

#[test]
fn probabilities_agree_with_draws_of_the_scores() {
    for count in [3, 4, 6] {
        let problem = problem(count, 40, Intercept::Fitted, 5);
        let decision = problem.target().unwrap().law(problem.training).unwrap().at(&[1.0, 0.5]).unwrap();
        let confusion = decision.confusion().unwrap();
        let root = decision.covariance().clone().symmetric_eigen();
        let scale = DMatrix::from_diagonal(&root.eigenvalues.map(|x| x.max(0.0).sqrt()));
        let draws = 40_000;
        let noise = &root.eigenvectors * scale * normals(count, draws, 6);
        let classes = decision.class_accuracies().unwrap();
        for class in 0..count {
            let mut named = vec![0.0; count];
            for z in noise.column_iter() {
                named[(z + decision.scores().row(class).transpose()).imax()] += 1.0 / draws as f64;
            }
            for (other, share) in named.iter().enumerate() {
                let probability = confusion.probabilities[(class, other)];
                let error = (probability * (1.0 - probability) / draws as f64).sqrt();
                assert!((share - probability).abs() <= 4.0 * error, "{count} {class} {other}: {share} {probability}");
            }
            assert!((confusion.probabilities.row(class).sum() - 1.0).abs() <= confusion.error * count as f64 + 1e-11);
            assert!(
                (confusion.probabilities[(class, class)] - classes[class].value).abs() <= 2.0 * confusion.error + 1e-11
            );
        }
        let shares = problem.classes.shares();
        let all: f64 = shares.iter().zip(&classes).map(|(share, own)| share * own.value).sum();
        assert_close("accuracy", decision.accuracy().unwrap().value, all, 1e-14);
        assert!(confusion.error < if count < 5 { 1e-10 } else { 1e-4 }, "{}", confusion.error);
    }
}

#[test]
fn classes_in_order_are_told_apart_by_intervals() {
    let (p, training) = (20, Training { samples: 30.0, ridge: 0.5 });
    let along = normals(p, 1, 1) * 0.3;
    let means =
        DMatrix::from_columns(&[-along.column(0), DVector::zeros(p).column(0).into_owned(), along.column(0) * 2.0]);
    let shares = vec![0.3, 0.5, 0.2];
    let targets = DMatrix::from_column_slice(3, 1, &[-1.0, 0.0, 1.5]);
    let classes = Classes::new(means, shares.clone(), targets).unwrap();
    let basis = Eigenbasis::covariance(&covariance(p, 2)).unwrap();
    let target = Target::new(&basis, &classes, &[], Intercept::Fitted, Rule::NearestTarget).unwrap();
    let decision = target.law(training).unwrap().at(&[]).unwrap();
    let (m, s) = (decision.scores(), decision.covariance()[(0, 0)].sqrt());
    let below = |end: f64, c: usize| alpha_rmt::normal_cdf((end - m[(c, 0)]) / s);
    let expected = [below(-0.5, 0), below(0.75, 1) - below(-0.5, 1), 1.0 - below(0.75, 2)];
    for (got, expected) in decision.class_accuracies().unwrap().iter().zip(expected) {
        assert_close("class", got.value, expected, 1e-13);
    }
    // One score has no largest among three.
    let refused = Target::new(&basis, &classes, &[], Intercept::Fitted, Rule::LargestScore).unwrap_err();
    assert_eq!(refused, Error::Shape { name: "columns of targets", expected: 3, got: 1 });
}

#[test]
fn best_weights_beat_grids() {
    for (count, intercept) in [(3, Intercept::Fitted), (4, Intercept::None), (5, Intercept::Fitted)] {
        let problem = problem(count, 40, intercept, 8);
        let law = problem.target().unwrap().law(Training { samples: 60.0, ridge: 0.2 }).unwrap();
        let tolerance = if count < 5 { 1e-12 } else { 2e-4 };
        // One source, over all directions of (1, α) …
        let single = law.without(0).unwrap();
        let optimum = single.optimum().unwrap();
        let best = single.at_optimum(&optimum).unwrap().accuracy_to(1e-5).unwrap().value;
        for i in -40..=40 {
            let there = single.at(&[(f64::from(i) * 0.039).tan()]).unwrap().accuracy_to(1e-4).unwrap().value;
            assert!(there <= best + tolerance, "{count}: {there} > {best}");
        }
        // … and two, around the optimum and far from it.
        let optimum = law.optimum().unwrap();
        let both = law.at_optimum(&optimum).unwrap().accuracy_to(1e-5).unwrap().value;
        assert!(both >= best - tolerance, "{count}: {both} < {best}");
        let at = optimum.finite().unwrap();
        for step in [0.02, 0.5, 5.0] {
            for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                let there = law.at(&[at[0] + step * x, at[1] + step * y]).unwrap().accuracy_to(1e-4).unwrap().value;
                assert!(there <= both + tolerance, "{count}: {there} > {both} at {step} {x} {y}");
            }
        }
        if count == 3 {
            // Stationary to half the digits.
            let slope = |i: usize| {
                let moved = |step: f64| {
                    let mut weights = at.to_vec();
                    weights[i] += step;
                    law.at(&weights).unwrap().accuracy().unwrap().value
                };
                (moved(1e-4) - moved(-1e-4)) / 2e-4
            };
            assert!(slope(0).abs() < 1e-7 && slope(1).abs() < 1e-7, "{} {}", slope(0), slope(1));
            let worth = law.contributions(&[1.0, -1.0]).unwrap();
            assert_close("best", worth[0].best, both, 1e-14);
            assert!(worth.iter().all(|worth| worth.best_without <= worth.best) && worth[1].hurts());
        }
    }
}

#[test]
fn infinite_and_separable_optima_are_said_so() {
    // A source beyond the Bayes classifier, so that the target's labels would have to count negatively.
    let eigenvalues = vec![4.0, 1.0, 0.25, 2.0];
    let (mean, training) = ([0.6, 0.5, 0.2, 0.3], Training { samples: 200.0, ridge: 1.0 });
    let bayes: f64 = mean.iter().zip(&eigenvalues).map(|(m, s)| m * m / s).sum();
    let source: Vec<f64> = mean.iter().zip(&eigenvalues).map(|(m, s)| m * (s + 1.0) / s + 3.0 * bayes * m).collect();
    let basis = Eigenbasis::diagonal(eigenvalues).unwrap();
    let binary = basis.target(&mean, &[BinarySource::Given(&source)]).unwrap().law(training).unwrap();
    assert!(matches!(binary.optimum().unwrap(), Optimum::Infinite(_)));
    let means = DMatrix::from_fn(4, 2, |i, c| if c == 0 { mean[i] } else { -mean[i] });
    let signs = DMatrix::from_column_slice(2, 1, &[1.0, -1.0]);
    let classes = Classes::new(means, vec![0.5; 2], signs).unwrap();
    let sources = [Source::given(DMatrix::from_column_slice(4, 1, &source))];
    let law = |basis: &Eigenbasis| {
        let target = Target::new(basis, &classes, &sources, Intercept::None, Rule::NearestTarget).unwrap();
        target.law(training).unwrap()
    };
    let (own, best) = (law(&basis), law(&basis).optimum().unwrap());
    assert!(matches!(&best, Optimum::Infinite(direction) if direction[0] > 0.0), "{best:?}");
    let expected = binary.at_optimum(&binary.optimum().unwrap()).unwrap();
    assert_close("accuracy", own.at_optimum(&best).unwrap().accuracy().unwrap().value, expected.accuracy(), 1e-13);

    // No noise at all.
    let best = law(&Eigenbasis::diagonal(vec![0.0; 4]).unwrap());
    let optimum = best.optimum().unwrap();
    assert_eq!(optimum.kind(), "separable");
    let accuracy = best.at_optimum(&optimum).unwrap().accuracy().unwrap();
    assert_eq!((accuracy.value, accuracy.complement), (1.0, 0.0));
}

#[test]
fn weights_of_each_score_reduce_to_one() {
    let problem = problem(3, 30, Intercept::Fitted, 9);
    let law = problem.target().unwrap().law(problem.training).unwrap();
    let each = law.at_each_score(&DMatrix::from_row_slice(2, 3, &[0.5, 0.5, 0.5, 2.0, 2.0, 2.0])).unwrap();
    assert_eq!(each, law.at(&[0.5, 2.0]).unwrap());
    // The scores of one class alone are those of its own weights.
    let other = law.at_each_score(&DMatrix::from_row_slice(2, 3, &[0.5, 1.0, 0.5, 2.0, 3.0, 2.0])).unwrap();
    let own = law.at(&[1.0, 3.0]).unwrap();
    assert_close("variance", other.covariance()[(1, 1)], own.covariance()[(1, 1)], 1e-14);
    assert_close("variance", other.covariance()[(0, 2)], each.covariance()[(0, 2)], 1e-14);
    assert!(law.at_each_score(&DMatrix::zeros(3, 2)).is_err());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let means = |count| normals(5, count, 1);
    let message = |result: Result<Classes, Error>| result.unwrap_err().to_string();
    assert!(message(Classes::one_hot(means(1), vec![1.0])).contains("number of classes is 1, but must be at least 2"));
    assert!(message(Classes::one_hot(means(2), vec![0.5, 0.6])).contains("sum of the shares is 1.1"));
    assert!(message(Classes::one_hot(means(2), vec![0.0, 1.0])).contains("share is 0"));
    assert!(message(Classes::one_hot(means(3), vec![0.5, 0.5])).contains("shares has 2 entries, expected 3"));
    assert!(message(Classes::one_hot(means(2) * f64::NAN, vec![0.5, 0.5])).contains("class mean is NaN"));
    let same = DMatrix::from_column_slice(3, 1, &[1.0, 0.0, 1.0]);
    assert!(message(Classes::new(means(3), vec![0.2, 0.3, 0.5], same)).contains("row of targets of class is 3"));
    let classes = Classes::one_hot(means(2), vec![0.5, 0.5]).unwrap();
    let basis = Eigenbasis::identity(5).unwrap();
    let target = |sources: &[Source]| Target::new(&basis, &classes, sources, Intercept::None, Rule::LargestScore);
    assert!(target(&[Source::given(DMatrix::zeros(5, 3))]).is_err());
    assert!(target(&[Source::given(DMatrix::zeros(4, 2))]).is_err());
    assert!(target(&[Source::given(DMatrix::from_element(5, 2, f64::INFINITY))]).is_err());
    let law =
        target(&[Source::given(DMatrix::zeros(5, 2))]).unwrap().law(Training { samples: 9.0, ridge: 1.0 }).unwrap();
    assert!(law.at(&[f64::NAN]).is_err() && law.at(&[]).is_err());
    // Scores whose squares are no numbers.
    let tiny = Classes::new(means(2), vec![0.5, 0.5], DMatrix::from_column_slice(2, 1, &[1e-200, -1e-200])).unwrap();
    let tiny = Target::new(&basis, &tiny, &[], Intercept::None, Rule::NearestTarget).unwrap();
    let tiny = tiny.law(Training { samples: 9.0, ridge: 1.0 }).unwrap().at(&[]).unwrap();
    assert!(matches!(tiny.accuracy(), Err(Error::Range { .. })));
    // A source that is 0 has no weight, and alone tells nothing apart.
    assert_eq!(law.optimum().unwrap(), Optimum::Finite(vec![0.0]));
    let alone = target(&[Source::given(DMatrix::zeros(5, 2))]).unwrap().source(0).unwrap();
    assert!(matches!(alone.accuracy(), Err(Error::Variance { .. })));
}

/// K classes of unequal shares with a covariance of their own, a given source, and one trained on other means and shares with another covariance.
fn problem(count: usize, p: usize, intercept: Intercept, seed: u64) -> Problem {
    let means = normals(p, count, seed) * (2.0 / (p as f64).sqrt())
        + DMatrix::from_fn(p, count, |i, _| 1.0 / (p as f64 * (1.0 + (i % 3) as f64)).sqrt());
    let shares: Vec<f64> = (0..count).map(|c| 1.0 + c as f64).collect();
    let sum: f64 = shares.iter().sum();
    let shares: Vec<f64> = shares.iter().map(|share| share / sum).collect();
    let source_means = &means * 0.8 + normals(p, count, seed + 10) * (0.8 / (p as f64).sqrt());
    let given = Source::given(&means * 0.3 + normals(p, count, seed + 20) * (0.6 / (p as f64).sqrt()));
    let trained = Source::Trained {
        classes: Classes::one_hot(source_means, shares.iter().rev().copied().collect()).unwrap(),
        covariance: Arc::new(Eigenbasis::covariance(&covariance(p, seed + 30)).unwrap()),
        training: Training { samples: 450.0, ridge: 0.5 },
        intercept,
    };
    Problem {
        classes: Classes::one_hot(means, shares).unwrap(),
        covariance: Arc::new(Eigenbasis::covariance(&covariance(p, seed + 40)).unwrap()),
        training: Training { samples: 240.0, ridge: 0.2 },
        intercept,
        rule: Rule::LargestScore,
        sources: vec![given, trained],
    }
}
