//! Classes of different covariances: reductions, the best weights, and the formula against simulation by the book.

use alpha_rmt::Error;
use alpha_rmt::covariance::{Source, SpectralSource, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::law::Optimum;
use alpha_rmt::ridge::Ridge;
use alpha_rmt::simulation::{Mixture, Noise};
use alpha_rmt::training::Training;
use alpha_rmt::unequal::{ClassCovariances, UnequalLaw, UnequalTarget};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::simulation::{LIMIT, samples, z_score};
use crate::{assert_close, normals};

/// One random covariance: GGᵀ/q with G p×q, plus a little on the diagonal.
fn wishart(p: usize, q: usize, seed: u64) -> DMatrix<f64> {
    let g = normals(p, q, seed);
    &g * g.transpose() / q as f64 + DMatrix::identity(p, p) * 0.05
}

fn vectors(p: usize) -> (Vec<f64>, Vec<SpectralSource>) {
    let mean: Vec<f64> = (0..p).map(|i| 0.25 / (1.0 + i as f64 / 20.0) * if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let given = mean.iter().enumerate().map(|(i, m)| 0.7 * m + 0.03 * ((i * 5) % 7) as f64 / 7.0).collect();
    let variance = (0..p).map(|i| (0.2 + (i % 4) as f64) / p as f64).collect();
    let random = SpectralSource { mean: mean.iter().map(|m| 0.5 * m).collect(), variance };
    (mean, vec![SpectralSource::given(given), random])
}

fn coefficients(law: &UnequalLaw) -> Vec<f64> {
    [law.plus().mean_coefficients(), law.plus().variance_coefficients(), law.minus().variance_coefficients()].concat()
}

#[test]
fn equal_covariances_are_the_one_law() {
    let p = 40;
    let (mean, sources) = vectors(p);
    let eigenvalues: Vec<f64> = (0..p).map(|i| 2.0 / (1.0 + i as f64 / 5.0)).collect();
    let spectral = SpectralTarget::new(eigenvalues.clone(), mean.clone(), sources.clone()).unwrap();
    let diagonal = DMatrix::from_diagonal(&DVector::from_column_slice(&eigenvalues));
    for covariances in [
        ClassCovariances::commuting(eigenvalues.clone(), eigenvalues.clone()).unwrap(),
        ClassCovariances::dense(diagonal.clone(), diagonal).unwrap(),
    ] {
        for (samples, ridge, share) in [(25.0, 0.3, 0.5), (90.0, 1e-3, 0.1), (15.0, 1e-7, 0.7), (40.0, 30.0, 0.999)] {
            let training = Training { samples, ridge };
            let law = spectral.law(training).unwrap();
            let expected = [law.mean_coefficients(), law.variance_coefficients(), law.variance_coefficients()].concat();
            let target = UnequalTarget::new(covariances.clone(), share, mean.clone(), sources.clone()).unwrap();
            let got = target.law(training).unwrap();
            for (got, expected) in coefficients(&got).iter().zip(expected) {
                assert_close("coefficient", *got, expected, 1e-12);
            }
            let (unequal, one) = (got.optimum().unwrap(), law.optimum().unwrap());
            let best = got.at_optimum(&unequal).unwrap().error_rate;
            assert_close("error at the optimum", best, 1.0 - law.at_optimum(&one).unwrap().accuracy(), 1e-12);
        }
    }
}

#[test]
fn a_rotation_changes_nothing() {
    // Commuting covariances by their eigenvalues, and the same with common eigenvectors that are no axes.
    let p = 30;
    let (mean, mut sources) = vectors(p);
    sources.truncate(1);
    let plus: Vec<f64> = (0..p).map(|i| 2.0 / (1.0 + i as f64 / 5.0)).collect();
    let minus: Vec<f64> = (0..p).map(|i| if i % 4 == 0 { 0.0 } else { 0.3 + 0.1 * (i % 5) as f64 }).collect();
    let q = normals(p, p, 3).qr().q();
    let rotated = |v: &[f64]| (&q * DVector::from_column_slice(v)).as_slice().to_vec();
    let matrix = |s: &[f64]| {
        let c = &q * DMatrix::from_diagonal(&DVector::from_column_slice(s)) * q.transpose();
        (&c + c.transpose()) * 0.5
    };
    let dense = ClassCovariances::dense(matrix(&plus), matrix(&minus)).unwrap();
    let dense = UnequalTarget::new(dense, 0.3, rotated(&mean), vec![SpectralSource::given(rotated(&sources[0].mean))]);
    let axes = UnequalTarget::new(ClassCovariances::commuting(plus, minus).unwrap(), 0.3, mean, sources);
    for (samples, ridge) in [(20.0, 0.2), (60.0, 1e-4)] {
        let training = Training { samples, ridge };
        let [dense, axes] = [&dense, &axes].map(|target| target.as_ref().unwrap().law(training).unwrap());
        for (got, expected) in coefficients(&dense).iter().zip(coefficients(&axes)) {
            assert_close("coefficient", *got, expected, 1e-10);
        }
    }
}

/// The law by the plain fixed-point iteration and solves, with no Newton step and none of its closed forms.
#[test]
fn the_formula_itself() {
    let p = 12;
    let (n, ridge, share) = (9.0, 0.15, 0.35);
    let c = [wishart(p, 20, 1), wishart(p, 9, 2) * 2.0];
    let (mean, sources) = vectors(p);
    let (mu, w) = (DVector::from_column_slice(&mean), DVector::from_column_slice(&sources[0].mean));
    let shares = [share, 1.0 - share];
    let mut delta = [0.0; 2];
    let mut r0 = DMatrix::zeros(p, p);
    for _ in 0..5000 {
        let kappa = [0, 1].map(|a| shares[a] / (1.0 + delta[a]));
        r0 = (&c[0] * kappa[0] + &c[1] * kappa[1] + DMatrix::identity(p, p) * ridge).try_inverse().unwrap();
        delta = [0, 1].map(|a| (&c[a] * &r0).trace() / n);
    }
    let kappa = [0, 1].map(|a| shares[a] / (1.0 + delta[a]));
    let total = kappa[0] + kappa[1];
    let alpha = 0.8;
    let strength = mu.dot(&(&r0 * &mu));
    let m = (total * strength + ridge * alpha * mu.dot(&(&r0 * &w))) / (1.0 + total * strength);
    let b = &r0 * (&w * (ridge * alpha) + &mu * (total * (1.0 - m)));
    let spread = DMatrix::from_fn(2, 2, |x, y| (&c[x] * &r0 * &c[y] * &r0).trace() / n * kappa[y] / (1.0 + delta[y]));
    let right =
        DVector::from_fn(2, |a, _| b.dot(&(&c[a] * &b)) + (spread[(a, 0)] + spread[(a, 1)]) * (1.0 - m) * (1.0 - m));
    let q = (DMatrix::identity(2, 2) - spread).lu().solve(&right).unwrap();
    let [plus, minus] = c;
    let target = UnequalTarget::new(ClassCovariances::dense(plus, minus).unwrap(), share, mean, sources).unwrap();
    let got = target.law(Training { samples: n, ridge }).unwrap().at(&[alpha, 0.0]).unwrap();
    assert_close("m", got.mean, m, 1e-12);
    assert_close("q on +1", got.variances[0], q[0], 1e-12);
    assert_close("q on −1", got.variances[1], q[1], 1e-12);
}

#[test]
fn unequal_covariances_agree_with_simulation() {
    // Covariances that do not commute, a given and a random source; the pooled covariance would be far off.
    let (p, n, ridge, share) = (150, 120usize, 0.1, 0.3);
    let c = [wishart(p, 200, 5) * 1.5, wishart(p, 60, 6) * 0.4];
    let positives = (share * n as f64) as usize;
    let (mean, sources) = vectors(p);
    let target = ClassCovariances::dense(c[0].clone(), c[1].clone()).unwrap();
    let target = UnequalTarget::new(target, share, mean.clone(), sources.clone()).unwrap();
    let training = Training { samples: n as f64, ridge };
    let weights = [0.8, 0.5];
    let theory = target.law(training).unwrap().at(&weights).unwrap();
    let pooled = &c[0] * share + &c[1] * (1.0 - share);
    let given: Vec<Source> = sources.iter().map(|source| Source::Given(&source.mean)).collect();
    let pooled = Eigenbasis::covariance(&pooled).unwrap().target(&mean, &given).unwrap().law(training).unwrap();
    let pooled = pooled.at(&weights).unwrap();

    let [plus, minus] = [0, 1].map(|a| Noise::covariance(&c[a]).unwrap());
    let drawer = Mixture::new(mean, plus).unwrap().with_negative_noise(minus).unwrap();
    let labels: Vec<f64> = (0..n).map(|i| if i < positives { 1.0 } else { -1.0 }).collect();
    let drawn: Vec<[f64; 4]> = (0..300u64)
        .into_par_iter()
        .map(|seed| {
            let rng = &mut StdRng::seed_from_u64(9000 + seed);
            let x = drawer.draw(&labels, rng);
            let random = samples(&DVector::from_column_slice(&sources[1].mean), &sources[1].variance, 1, rng);
            let source = DVector::from_column_slice(&sources[0].mean) * weights[0] + random.column(0) * weights[1];
            let labels = DVector::from_column_slice(&labels);
            let path = Ridge::new(x, ridge).unwrap().alpha_path(&labels, &source).unwrap();
            let [plus, minus] = drawer.class_decisions(path.at(1.0).as_slice()).unwrap();
            let accuracy = share * plus.accuracy() + (1.0 - share) * minus.accuracy();
            [plus.mean, plus.variance, minus.variance, accuracy]
        })
        .collect();
    let right = [theory.mean, theory.variances[0], theory.variances[1], theory.accuracy];
    let wrong = [pooled.mean, pooled.variance, pooled.variance, pooled.accuracy()];
    for (i, name) in ["m", "q on +1", "q on −1", "accuracy"].iter().enumerate() {
        let column: Vec<f64> = drawn.iter().map(|row| row[i]).collect();
        let (z, other) = (z_score(&column, right[i]), z_score(&column, wrong[i]));
        println!("{name}: theory {:.5}, z = {z:.2}; pooled {:.5}, z = {other:.1}", right[i], wrong[i]);
        assert!(z.abs() < LIMIT, "{name}: z = {z}");
        assert!(i == 0 || other.abs() > 2.0 * LIMIT, "{name}: the pooled law is as good, z = {other}");
    }
}

/// A target whose two classes want different weights of its sources.
fn divided(p: usize, share: f64, sources: usize) -> UnequalTarget {
    let plus: Vec<f64> = (0..p).map(|i| if i % 2 == 0 { 3.0 } else { 0.2 }).collect();
    let minus: Vec<f64> = (0..p).map(|i| if i % 2 == 0 { 0.1 } else { 0.8 }).collect();
    let mean: Vec<f64> = (0..p).map(|i| 0.5 / (1.0 + i as f64 / 6.0)).collect();
    let source = |of: usize| {
        SpectralSource::given(
            (0..p).map(|i| mean[i] * if i % 2 == of { 1.5 } else { 0.2 } + 0.1 * (i % 3) as f64).collect(),
        )
    };
    let covariances = ClassCovariances::commuting(plus, minus).unwrap();
    UnequalTarget::new(covariances, share, mean.clone(), (0..sources).map(source).collect()).unwrap()
}

#[test]
fn the_best_weights_beat_every_grid() {
    for share in [0.1, 0.5, 0.8] {
        for (samples, ridge) in [(10.0, 0.5), (60.0, 0.05)] {
            let training = Training { samples, ridge };
            let one = divided(24, share, 1).law(training).unwrap();
            let best = one.at_optimum(&one.optimum().unwrap()).unwrap().accuracy;
            let most = (-2000..2000).map(|i| one.at(&[f64::from(i) * 0.005]).unwrap().accuracy).fold(0.0, f64::max);
            assert!(most <= best + 1e-14 && best - most < 1e-4, "share {share}: {most} on the grid, {best}");

            let two = divided(24, share, 2).law(training).unwrap();
            let optimum = two.optimum().unwrap();
            let best = two.at_optimum(&optimum).unwrap().accuracy;
            for i in -60..60 {
                for j in -60..60 {
                    let accuracy = two.at(&[f64::from(i) * 0.1, f64::from(j) * 0.1]).unwrap().accuracy;
                    assert!(accuracy <= best + 1e-14, "share {share}: {accuracy} at ({i}, {j}), {best} at {optimum:?}");
                }
            }
            // Neither class's own best weights are those of both, which is what the curve is for.
            if let Optimum::Finite(weights) = &optimum {
                for law in [two.plus(), two.minus()] {
                    let own = two.at_optimum(&law.optimum().unwrap()).unwrap().accuracy;
                    assert!(own < best - 1e-7, "share {share}: {own} and {best} at {weights:?}");
                }
            }
        }
    }
}

#[test]
fn the_labels_get_no_weight_where_they_only_harm() {
    // Few samples and a source along the best direction: the supremum is at infinity.
    let p = 30;
    let (plus, minus) = (vec![1.0; p], vec![0.5; p]);
    let mean: Vec<f64> = (0..p).map(|i| if i < 3 { 0.9 } else { 0.0 }).collect();
    let source = vec![SpectralSource::given(mean.clone())];
    let target = UnequalTarget::new(ClassCovariances::commuting(plus, minus).unwrap(), 0.4, mean, source).unwrap();
    let law = target.law(Training { samples: 3.0, ridge: 1e-3 }).unwrap();
    let optimum = law.optimum().unwrap();
    let best = law.at_optimum(&optimum).unwrap().accuracy;
    for i in -50..200 {
        assert!(law.at(&[f64::from(i) * 0.5]).unwrap().accuracy <= best + 1e-14);
    }
}

#[test]
fn covariances_that_are_none_are_refused() {
    let matrix = |entries: &[f64]| DMatrix::from_row_slice(2, 2, entries);
    let identity = || DMatrix::<f64>::identity(2, 2);
    let dense = |plus, minus| ClassCovariances::dense(plus, minus).unwrap_err();
    assert!(
        matches!(dense(matrix(&[1.0, 2.0, 2.0, 1.0]), identity()), Error::Indefinite { least, .. } if (least + 1.0).abs() < 1e-12)
    );
    assert!(matches!(
        dense(identity(), matrix(&[1.0, 0.5, 0.4, 1.0])),
        Error::Asymmetric { name: "covariance of the class -1", .. }
    ));
    assert!(matches!(dense(identity(), DMatrix::identity(3, 3)), Error::Shape { expected: 2, got: 3, .. }));
    assert!(matches!(dense(DMatrix::zeros(0, 0), identity()), Error::Shape { .. }));
    assert!(matches!(dense(matrix(&[f64::NAN, 0.0, 0.0, 1.0]), identity()), Error::Parameter { .. }));
    assert!(matches!(ClassCovariances::commuting(vec![1.0], vec![-1.0]), Err(Error::Parameter { value: -1.0, .. })));
    assert!(matches!(ClassCovariances::commuting(vec![1.0], vec![]), Err(Error::Shape { .. })));
    let target = |share, mean, sources| {
        UnequalTarget::new(ClassCovariances::dense(identity(), identity()).unwrap(), share, mean, sources)
    };
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(matches!(target(share, vec![1.0, 0.0], vec![]), Err(Error::Parameter { name: "positive-share", .. })));
    }
    assert!(matches!(target(0.5, vec![1.0], vec![]), Err(Error::Shape { name: "mean", .. })));
    assert!(matches!(target(0.5, vec![1.0, f64::INFINITY], vec![]), Err(Error::Parameter { name: "mean", .. })));
    let negative = SpectralSource { mean: vec![0.0; 2], variance: vec![0.1, -0.1] };
    assert!(matches!(
        target(0.5, vec![1.0, 0.0], vec![negative]),
        Err(Error::Parameter { name: "source variance", .. })
    ));
    let law = |samples, ridge| target(0.5, vec![1.0, 0.0], vec![]).unwrap().law(Training { samples, ridge });
    assert!(matches!(law(0.0, 1.0), Err(Error::Parameter { name: "samples", .. })));
    assert!(matches!(law(1.0, f64::NAN), Err(Error::Parameter { name: "ridge", .. })));
    assert!(matches!(law(1.0, 1e-320), Err(Error::Range { .. })));
}
