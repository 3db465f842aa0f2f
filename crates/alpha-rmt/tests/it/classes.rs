//! K classes: reductions to two, Monte Carlo by the book, best weights against grids.

use std::sync::Arc;

use alpha_rmt::Error;
use alpha_rmt::classes::{Classes, Intercept, Problem, Rule, Source, Target};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::covariance::Source as BinarySource;
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
    for rank in [p, 12] {
        let x = normals(p, 60, 1);
        let basis = match rank {
            30 => Eigenbasis::covariance(&covariance(p, 1)).unwrap(),
            _ => Eigenbasis::samples(&x.columns(0, rank).into_owned(), rank as f64).unwrap(),
        };
        let (mean, one, two) = (normals(p, 1, 2) * 0.3, normals(p, 1, 3) * 0.2, normals(p, 1, 4) * 0.2);
        let binary = basis.target(mean.as_slice(), &[BinarySource::Given(one.as_slice()), BinarySource::Given(two.as_slice())]).unwrap();
        let binary = binary.law(training).unwrap();
        let means = DMatrix::from_columns(&[mean.column(0), (-&mean).column(0)]);

        // Targets ±1 and one score; one-hot targets and scores that are each other's opposite up to a half.
        let signs = Classes::new(means.clone(), vec![0.5; 2], DMatrix::from_column_slice(2, 1, &[1.0, -1.0])).unwrap();
        let one_hot = Classes::one_hot(means, vec![0.5; 2]).unwrap();
        let opposite = |w: &DMatrix<f64>| Source::given(DMatrix::from_columns(&[w.column(0) / 2.0, -w.column(0) / 2.0]));
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

/// Statistics beside theory: name, theory, mean and standard error of the runs.
fn compared(problem: &Problem, weights: &[&[f64]], runs: u64, seed: u64) -> Vec<(String, f64, f64, f64)> {
    let target = problem.target().unwrap();
    let law = target.law(problem.training).unwrap();
    let statistics = |law: &alpha_rmt::classes::ClassLaw, alone: &dyn Fn(usize) -> alpha_rmt::classes::ClassDecision| {
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
        for i in 0..problem.sources.len() {
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
    let rows = theory.into_iter().enumerate().map(|(i, (name, theory))| {
        (name, theory, measured[i].mean(), measured[i].standard_error())
    });
    rows.collect()
}

#[test]
#[ignore]
fn explore() {
    let pick = std::env::var("PICK").unwrap();
    for (k, intercept, seed) in [(3, Intercept::None, 1), (3, Intercept::Fitted, 2), (4, Intercept::Fitted, 3), (5, Intercept::None, 4)] {
        if k.to_string() != pick { continue; }
        for (name, theory, mean, error) in compared(&problem(k, 150, intercept, seed), &[&[0.0, 0.0], &[0.7, 1.5]], 100, 1) {
            println!("K = {k} {intercept:?} {name}: {theory:.5} {mean:.5} ± {error:.5} z = {:.2}", (mean - theory) / error);
        }
    }
}

/// K classes of unequal shares with a covariance of their own, a given source, and one trained on other means and shares with another covariance.
fn problem(count: usize, p: usize, intercept: Intercept, seed: u64) -> Problem {
    let means = normals(p, count, seed) * (2.0 / (p as f64).sqrt()) + DMatrix::from_fn(p, count, |i, _| 1.0 / (p as f64 * (1.0 + (i % 3) as f64)).sqrt());
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
