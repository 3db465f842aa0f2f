//! Other losses: the reduction to the squared one, moments, convergence, best weights, and simulation by the book.

use alpha_rmt::Error;
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::elliptical::ScaleMixture;
use alpha_rmt::law::Optimum;
use alpha_rmt::loss::{Logistic, LossLaw, MarginLoss, Squared, SquaredHinge, train};
use alpha_rmt::simulation::{Mixture, Noise};
use alpha_rmt::training::Training;
use nalgebra::DVector;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use crate::assert_close;
use crate::simulation::{LIMIT, samples, z_score};

/// A target of p features with decaying eigenvalues, a given source and a random one.
fn target(p: usize, strength: f64) -> SpectralTarget {
    let eigenvalues: Vec<f64> = (0..p).map(|i| 1.6 / (1.0 + i as f64 / 15.0) + 0.2).collect();
    let mean: Vec<f64> =
        (0..p).map(|i| strength / (1.0 + i as f64 / 8.0) * if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let given = mean.iter().enumerate().map(|(i, m)| 0.7 * m + 0.06 * ((i * 5) % 7) as f64 / 7.0).collect();
    let variance = (0..p).map(|i| (0.2 + (i % 4) as f64) / p as f64).collect();
    let random = SpectralSource { mean: mean.iter().map(|m| 0.9 * m).collect(), variance };
    SpectralTarget::new(eigenvalues, mean, vec![SpectralSource::given(given), random]).unwrap()
}

/// A loss by its value and derivatives alone, all moments by quadrature.
struct Plain<L>(L);

impl<L: MarginLoss> MarginLoss for Plain<L> {
    fn value(&self, margin: f64) -> f64 {
        self.0.value(margin)
    }

    fn derivatives(&self, margin: f64) -> [f64; 2] {
        self.0.derivatives(margin)
    }

    fn resolution(&self) -> f64 {
        self.0.resolution()
    }
}

#[test]
fn squared_loss_is_the_one_law() {
    let target = target(50, 0.4);
    for (samples, ridge) in [(25.0, 0.3), (200.0, 1e-3), (50.0, 1e-4), (10.0, 1e-6), (60.0, 50.0)] {
        let training = Training { samples, ridge };
        let one = target.law(training).unwrap();
        for weights in [[0.0, 0.0], [1.0, 0.0], [0.4, -2.0], [30.0, 5.0]] {
            let expected = one.at(&weights).unwrap();
            let closed = LossLaw::new(&target, training, Squared).unwrap().at(&weights).unwrap();
            let plain = LossLaw::new(&target, training, Plain(Squared)).unwrap().at(&weights).unwrap();
            for solution in [closed, plain] {
                assert_close("m", solution.decision.mean, expected.mean, 1e-12);
                assert_close("q", solution.decision.variance, expected.variance, 1e-12);
                assert!(solution.residual <= 1e-12, "{solution:?}");
            }
        }
    }
}

#[test]
fn moments_of_the_logistic_score() {
    // E c, E c², −E c′ at (m, q, δ) by mpmath.quad over the bisected proximal point, 30 digits.
    for ([m, q, delta], expected) in [
        ([0.8, 0.5, 0.3], [0.3073444841623363, 0.11183129580824316, 0.18412361232935182]),
        ([2.0, 9.0, 5.0], [0.1559034965551511, 0.05769029556958246, 0.05473980995747522]),
        ([-1.0, 0.01, 40.0], [0.08455605369868098, 0.007153296551756962, 0.01889521317951015]),
        ([12.0, 4.0, 0.02], [4.529310213265224e-5, 9.947415621375312e-8, 4.519179056575094e-5]),
        ([30.0, 2500.0, 1000.0], [0.009550154884320105, 0.0004874583904208618, 0.00029765270307380466]),
        ([5.0, 400.0, 0.0001], [0.4016869311051432, 0.3824271595654889, 0.019259449802190003]),
        // Far wider than the loss: the graded rule.
        ([100.0, 1e6, 3.0], [0.45957692057832344, 0.4589815834352826, 0.00039689117992012455]),
        ([-2000.0, 1e8, 300.0], [0.5733826515875574, 0.571382612452527, 3.921586844875977e-5]),
    ] {
        let got = Logistic.moments(m, q, delta);
        for (name, got, expected) in
            [("E c", got.mean, expected[0]), ("E c²", got.square, expected[1]), ("−E c′", got.slope, expected[2])]
        {
            assert_close(&format!("{name} at {m}, {q}, {delta}"), got, expected, 1e-13);
        }
    }
}

#[test]
fn moments_in_closed_form_are_those_of_the_quadrature() {
    for (m, q, delta) in [(0.3, 0.4, 0.5), (-2.0, 3.0, 10.0), (1.5, 0.2, 0.01)] {
        let (closed, plain) = (Squared.moments(m, q, delta), Plain(Squared).moments(m, q, delta));
        for (got, expected) in [(plain.mean, closed.mean), (plain.square, closed.square), (plain.slope, closed.slope)] {
            assert_close("squared", got, expected, 1e-13);
        }
        // The hinge by the midpoint rule up to its kink.
        let closed = SquaredHinge.moments(m, q, delta);
        let (low, count) = (m - 12.0 * q.sqrt(), 20_000);
        let spacing = (1.0 - low) / f64::from(count);
        let mut sums = [0.0; 3];
        for i in 0..count {
            let r = low + spacing * (f64::from(i) + 0.5);
            let density = (-(r - m).powi(2) / (2.0 * q)).exp() / (std::f64::consts::TAU * q).sqrt();
            let score = (1.0 - r) / (1.0 + delta);
            let terms = [score, score * score, 1.0 / (1.0 + delta)];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += spacing * density * term);
        }
        for (got, expected) in [(closed.mean, sums[0]), (closed.square, sums[1]), (closed.slope, sums[2])] {
            assert_close("hinge", got, expected, 1e-6);
        }
    }
}

#[test]
fn a_large_ridge_leaves_no_difference_between_losses() {
    // All are then the plain average of the samples, plus the sources: w = αw̃ + E[c]·mean/γ, with E c = ½ for the logistic loss.
    let target = target(80, 0.4);
    let training = Training { samples: 60.0, ridge: 1e7 };
    let one = target.law(training).unwrap();
    let weight = 3e-8;
    let logistic = LossLaw::new(&target, training, Logistic).unwrap().at(&[0.5 * weight, 0.0]).unwrap();
    let hinge = LossLaw::new(&target, training, SquaredHinge).unwrap().at(&[weight, 0.0]).unwrap();
    let expected = one.at(&[weight, 0.0]).unwrap().separation();
    assert_close("logistic", logistic.decision.separation(), expected, 1e-6);
    assert_close("hinge", hinge.decision.separation(), expected, 1e-6);
}

#[test]
fn a_heavy_source_decides_alone() {
    // The logistic loss pulls with a force of at most 1.
    let target = target(60, 0.4);
    let law = LossLaw::new(&target, Training { samples: 40.0, ridge: 0.3 }, Logistic).unwrap();
    let alone = target.source_accuracy(0).unwrap();
    assert_close("accuracy", law.at(&[3000.0, 0.0]).unwrap().decision.accuracy(), alone, 1e-3);
    assert_close("accuracy", law.at(&[-3000.0, 0.0]).unwrap().decision.accuracy(), 1.0 - alone, 1e-3);
}

/// Trains by the book and returns m, q and the accuracy of each run.
fn drawn(
    target: &SpectralTarget,
    loss: &(impl MarginLoss + Sync),
    training: Training,
    weights: [f64; 2],
    runs: u64,
) -> Vec<[f64; 3]> {
    let drawer = Mixture::new(target.mean().to_vec(), Noise::diagonal(target.eigenvalues()).unwrap()).unwrap();
    let n = training.samples as usize;
    (0..runs)
        .into_par_iter()
        .map(|seed| {
            let rng = &mut StdRng::seed_from_u64(11_000 + seed);
            let [given, random] = [0, 1].map(|i| &target.sources()[i]);
            let random = samples(&DVector::from_column_slice(&random.mean), &random.variance, 1, rng);
            let frozen = DVector::from_column_slice(&given.mean) * weights[0] + random.column(0) * weights[1];
            let labels: Vec<f64> = (0..n).map(|i| if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
            let x = drawer.draw(&labels, rng);
            let w = train(loss, &x, &labels, training.ridge, frozen.as_slice()).unwrap();
            let decision = drawer.decision(w.as_slice()).unwrap();
            [decision.mean, decision.variance, decision.accuracy()]
        })
        .collect()
}

fn assert_simulated(
    name: &str,
    loss: impl MarginLoss + Sync + Copy,
    [samples, ridge]: [f64; 2],
    weights: [f64; 2],
    runs: u64,
) {
    let target = target(150, 0.35);
    let training = Training { samples, ridge };
    let theory = LossLaw::new(&target, training, loss).unwrap().at(&weights).unwrap().decision;
    let squared = target.law(training).unwrap().at(&weights).unwrap();
    let rows = drawn(&target, &loss, training, weights, runs);
    let right = [theory.mean, theory.variance, theory.accuracy()];
    let wrong = [squared.mean, squared.variance, squared.accuracy()];
    for (i, statistic) in ["m", "q", "accuracy"].iter().enumerate() {
        let column: Vec<f64> = rows.iter().map(|row| row[i]).collect();
        let (z, other) = (z_score(&column, right[i]), z_score(&column, wrong[i]));
        println!(
            "{name}, {statistic}: theory {:.5}, z = {z:.2}; squared loss {:.5}, z = {other:.1}",
            right[i], wrong[i]
        );
        assert!(z.abs() < LIMIT, "{name}, {statistic}: z = {z}");
        assert!(other.abs() > 2.0 * LIMIT, "{name}, {statistic}: the squared loss's law is as good, z = {other}");
    }
}

#[test]
fn logistic_loss_agrees_with_simulation() {
    assert_simulated("logistic, few samples", Logistic, [100.0, 0.02], [1.0, 0.6], 160);
    assert_simulated("logistic, many samples", Logistic, [300.0, 0.005], [0.5, 1.5], 60);
}

#[test]
fn squared_hinge_agrees_with_simulation() {
    assert_simulated("squared hinge", SquaredHinge, [120.0, 0.05], [1.5, 1.0], 160);
}

#[test]
fn the_fixed_point_is_found_everywhere() {
    let rng = &mut StdRng::seed_from_u64(3);
    let (mut most, mut total) = (0, 0);
    for _ in 0..300 {
        let between = |rng: &mut StdRng, low: f64, high: f64| (rng.random_range(low.ln()..high.ln())).exp();
        let target = target(20, between(rng, 1e-3, 3.0));
        let training = Training { samples: between(rng, 2.0, 1e3), ridge: between(rng, 1e-7, 1e4) };
        let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
        let weights = [sign * between(rng, 1e-3, 100.0), between(rng, 1e-3, 10.0)];
        for (name, solution) in [
            ("logistic", LossLaw::new(&target, training, Logistic).unwrap().at(&weights)),
            ("hinge", LossLaw::new(&target, training, SquaredHinge).unwrap().at(&weights)),
        ] {
            let solution = solution.unwrap_or_else(|error| panic!("{name}: {error} at {training:?}, {weights:?}"));
            assert!(solution.residual < 1e-9, "{solution:?} at {training:?}, {weights:?}");
            most = most.max(solution.evaluations);
            total += solution.evaluations;
        }
    }
    println!("at most {most} evaluations, {} on average", total / 600);
}

#[test]
fn the_best_weights_beat_every_grid() {
    // Two sources that know half of the target's features each.
    let whole = target(60, 0.4);
    let half = |of: usize| (0..60).map(|i| whole.mean()[i] * if (i / 3) % 2 == of { 1.0 } else { -0.1 }).collect();
    let random = SpectralSource { variance: vec![0.002; 60], ..SpectralSource::given(half(1)) };
    let sources = vec![SpectralSource::given(half(0)), random];
    let both = SpectralTarget::new(whole.eigenvalues().to_vec(), whole.mean().to_vec(), sources).unwrap();
    let one =
        SpectralTarget::new(both.eigenvalues().to_vec(), both.mean().to_vec(), both.sources()[..1].to_vec()).unwrap();
    let training = Training { samples: 120.0, ridge: 0.05 };
    let law = LossLaw::new(&one, training, Logistic).unwrap();
    let best = law.optimum().unwrap();
    let Optimum::Finite(weights) = &best.optimum else { panic!("{best:?}") };
    let top = best.decision.separation();
    assert_close("separation", law.at(weights).unwrap().decision.separation(), top, 1e-12);
    let grid = |i: i32| law.at(&[f64::from(i) * 0.02 * weights[0]]).unwrap().decision.separation();
    let most = (-100..200).map(grid).fold(0.0, f64::max);
    assert!(most <= top + 1e-14 && top - most < 1e-3, "{most} on the grid, {best:?}");
    // The squared loss's weight is not the best here.
    let squared = law.squared().optimum().unwrap();
    let Optimum::Finite(other) = &squared else { panic!("{squared:?}") };
    let other = law.at(other).unwrap().decision.separation();
    assert!(other < top - 1e-4, "{other} at {squared:?}, {best:?}");

    let law = LossLaw::new(&both, training, Logistic).unwrap();
    let best = law.optimum().unwrap();
    let Optimum::Finite(weights) = &best.optimum else { panic!("{best:?}") };
    let top = best.decision.separation();
    for i in -6..=6 {
        for j in -6..=6 {
            for scale in [0.04, 0.6] {
                let near = [weights[0] + scale * f64::from(i), weights[1] + scale * f64::from(j)];
                let separation = law.at(&near).unwrap().decision.separation();
                assert!(separation <= top + 1e-9, "{separation} at {near:?}, {best:?}");
            }
        }
    }
    let alone = LossLaw::new(&one, training, Logistic).unwrap().optimum().unwrap();
    assert!(alone.decision.separation() < top - 1e-3);
}

#[test]
fn a_source_that_knows_the_target_gets_all_the_weight() {
    let p = 40;
    let mean: Vec<f64> = (0..p).map(|i| if i < 4 { 0.8 } else { 0.0 }).collect();
    let target = SpectralTarget::new(vec![1.0; p], mean.clone(), vec![SpectralSource::given(mean)]).unwrap();
    let law = LossLaw::new(&target, Training { samples: 5.0, ridge: 1e-2 }, Logistic).unwrap();
    let best = law.optimum().unwrap();
    assert!(matches!(&best.optimum, Optimum::Infinite(weights) if weights[0] > 0.0), "{best:?}");
    assert_close("accuracy", best.decision.accuracy(), target.source_accuracy(0).unwrap(), 1e-5);
}

#[test]
fn what_has_no_law_is_refused() {
    let target = target(10, 0.4);
    let training = Training { samples: 20.0, ridge: 0.1 };
    let law = LossLaw::new(&target, training, Logistic).unwrap();
    assert!(matches!(law.at(&[1.0]), Err(Error::Shape { name: "weights", expected: 2, got: 1 })));
    assert!(matches!(law.at(&[1.0, f64::NAN]), Err(Error::Parameter { name: "alpha", .. })));
    assert!(law.at(&[1e200, 0.0]).is_err());
    assert!(LossLaw::new(&target, Training { ridge: 0.0, ..training }, Logistic).is_err());
    let sampled = Eigenbasis::samples(&crate::normals(6, 9, 1), 9.0).unwrap().target(&[0.1; 6], &[]).unwrap();
    assert!(matches!(LossLaw::new(&sampled, training, Logistic), Err(Error::SampledCovariance { rows: 9.0 })));
    assert!(matches!(
        sampled.elliptical_law(training, &ScaleMixture::gaussian()),
        Err(Error::SampledCovariance { rows: 9.0 })
    ));
    let nothing = SpectralTarget::new(vec![0.0; 3], vec![0.0; 3], vec![]).unwrap();
    let law = LossLaw::new(&nothing, training, Logistic).unwrap();
    assert!(matches!(law.at(&[]), Err(Error::Variance { variance: 0.0, .. })));

    let x = nalgebra::DMatrix::from_element(3, 2, 1.0);
    assert!(matches!(train(&Logistic, &x, &[1.0], 0.1, &[0.0; 3]), Err(Error::Shape { name: "labels", .. })));
    assert!(matches!(train(&Logistic, &x, &[1.0; 2], 0.1, &[0.0; 2]), Err(Error::Shape { name: "frozen part", .. })));
    assert!(matches!(train(&Logistic, &x, &[1.0; 2], 0.0, &[0.0; 3]), Err(Error::Parameter { name: "ridge", .. })));
    let spoilt = nalgebra::DMatrix::from_element(3, 2, f64::NAN);
    assert!(matches!(train(&Logistic, &spoilt, &[1.0; 2], 0.1, &[0.0; 3]), Err(Error::Parameter { .. })));
}

#[test]
fn training_ends_where_the_gradient_vanishes() {
    let target = target(30, 0.4);
    let mean = DVector::from_column_slice(target.mean());
    for n in [12, 90] {
        let rng = &mut StdRng::seed_from_u64(5);
        let x = samples(&mean, target.eigenvalues(), n, rng);
        let frozen = &mean * 0.5;
        let w = train(&Logistic, &x, &vec![1.0; n], 0.01, frozen.as_slice()).unwrap();
        let pull = DVector::from_iterator(n, x.tr_mul(&w).iter().map(|r| Logistic.derivatives(*r)[0] / n as f64));
        let gradient = &x * pull + (&w - &frozen) * 0.01;
        assert!(gradient.amax() < 1e-13, "{}", gradient.amax());
    }
}
