//! The law from a covariance matrix or from a sample of features.

use alpha_rmt::Error;
use alpha_rmt::covariance::{RidgeTraining, Source, SpectralSource, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::DecisionLaw;
use alpha_rmt::ridge::Ridge;
use alpha_rmt::source::{RidgeSource, SourceForm, Sources};
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::simulation::{assert_agrees, samples, simulated_law};
use crate::{assert_close, normals};

/// The law of docs/theory.md §3 straight from dense matrices: no eigenbasis.
fn by_the_formula(c: &DMatrix<f64>, mean: &DVector<f64>, w: &DVector<f64>, n: f64, ridge: f64) -> ([f64; 2], [f64; 4]) {
    let p = c.nrows();
    let identity = DMatrix::<f64>::identity(p, p);
    let mut kappa = 1.0;
    for _ in 0..2000 {
        let r0 = (c * kappa + &identity * ridge).try_inverse().unwrap();
        kappa = 1.0 / (1.0 + (c * r0).trace() / n);
    }
    let r0 = (c * kappa + &identity * ridge).try_inverse().unwrap();
    let df2 = kappa * kappa * (c * &r0 * c * &r0).trace() / n;
    let a = (mean.transpose() * &r0 * mean)[0];
    let m = [kappa * a / (1.0 + kappa * a), ridge * (mean.transpose() * &r0 * w)[0] / (1.0 + kappa * a)];
    let b = [&r0 * mean * (kappa * (1.0 - m[0])), &r0 * (w * ridge - mean * (kappa * m[1]))];
    let miss = [1.0 - m[0], -m[1]];
    let k = |i: usize, j: usize| ((b[i].transpose() * c * &b[j])[0] + df2 * miss[i] * miss[j]) / (1.0 - df2);
    (m, [k(0, 0), k(0, 1), k(1, 0), k(1, 1)])
}

fn assert_law(what: &str, law: &DecisionLaw, expected: ([f64; 2], [f64; 4])) {
    for (got, expected) in law.mean_coefficients().iter().zip(expected.0) {
        assert_close(what, *got, expected, 1e-9);
    }
    for (got, expected) in law.variance_coefficients().iter().zip(expected.1) {
        assert_close(what, *got, expected, 1e-9);
    }
}

#[test]
fn matrix_samples_and_formula_agree() {
    // p = 9; 14 samples give a regular covariance, 5 a singular one, in whose null space mean and source have parts.
    for (m, n, ridge) in [(14, 6.0, 0.3), (5, 6.0, 0.3), (5, 20.0, 0.02)] {
        let x = normals(9, m, 11);
        let c = &x * x.transpose() / (m as f64 - 1.0);
        let (mean, source) = (normals(9, 1, 12).column(0) * 0.4, normals(9, 1, 13).column(0).into_owned());
        let expected = by_the_formula(&c, &mean, &source, n, ridge);
        for basis in [Eigenbasis::covariance(&c).unwrap(), Eigenbasis::sample_covariance(&x, m as f64 - 1.0).unwrap()] {
            let target = basis.target(mean.as_slice(), &[Source::Given(source.as_slice())]).unwrap();
            assert_law(&format!("{m} samples"), &target.law(Training { samples: n, ridge }).unwrap(), expected);
        }
    }
}

#[test]
fn large_covariances_are_repeatable_and_the_same_on_one_core_but_for_rounding() {
    // Large enough for all cores, and for a product in blocks.
    let p = 560;
    let (x, vectors) = (normals(p, 900, 14), normals(p, 3400, 15));
    let c = &x * x.transpose() / 900.0;
    let all = Eigenbasis::covariance(&c).unwrap();
    assert!(all == Eigenbasis::covariance(&c).unwrap(), "not repeatable");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let one = pool.install(|| Eigenbasis::covariance(&c).unwrap());
    for basis in [&all, &one] {
        let rotated = basis.rotate(&vectors).unwrap();
        assert!(rotated == pool.install(|| basis.rotate(&vectors).unwrap()), "a product depends on the cores");
        // VᵀCV = S, by the coordinates of C's own columns; and VᵀV keeps lengths.
        let images = basis.rotate(&(&c * vectors.columns(0, 3))).unwrap();
        for j in 0..3 {
            for i in 0..p {
                let (got, expected) = (images[(i, j)], basis.eigenvalues()[i] * rotated[(i, j)]);
                assert!((got - expected).abs() < 1e-11, "entry ({i}, {j}): {got} against {expected}");
            }
            assert_close("length", rotated.column(j).norm(), vectors.column(j).norm(), 1e-12);
        }
        let far = 3400 - 1;
        assert_close("length", rotated.column(far).norm(), vectors.column(far).norm(), 1e-12);
    }
    for (a, b) in all.eigenvalues().iter().zip(one.eigenvalues()) {
        assert_close("eigenvalue", *a, *b, 1e-11);
    }
    // Entry by entry the eigenvectors are needed where a source varies: Σᵢ sᵢ Σⱼ Vⱼᵢ² vⱼ = Σⱼ Cⱼⱼ vⱼ.
    let variances: Vec<f64> = (0..p).map(|j| if j % 7 == 3 { 0.02 } else { 0.001 }).collect();
    let source = Source::Random { mean: &vectors.as_slice()[..p], variances: &variances };
    let target = all.target(&vectors.as_slice()[p..2 * p], &[source]).unwrap();
    let along: f64 = target.eigenvalues().iter().zip(&target.sources()[0].variance).map(|(s, v)| s * v).sum();
    assert_close("variance", along, (0..p).map(|j| c[(j, j)] * variances[j]).sum(), 1e-12);
}

#[test]
fn more_features_than_samples_keeps_what_the_samples_span() {
    let basis = Eigenbasis::samples(&normals(400, 30, 3), 30.0).unwrap();
    assert_eq!((basis.dimension(), basis.eigenvalues().len()), (400, 30));
}

#[test]
fn the_rank_of_a_centred_sample_is_found() {
    // A mean removed leaves one direction less than there are samples.
    let mut x = normals(20, 12, 5);
    let mean = x.column_mean();
    x.column_iter_mut().for_each(|mut column| column -= &mean);
    let by_samples = Eigenbasis::sample_covariance(&x, 11.0).unwrap();
    assert_eq!(by_samples.eigenvalues().len(), 11);
    // By the matrix there may be more, but no more than rounding.
    let by_matrix = Eigenbasis::covariance(&(&x * x.transpose() / 11.0)).unwrap();
    let mut eigenvalues = by_matrix.eigenvalues().to_vec();
    eigenvalues.sort_by(|a, b| b.total_cmp(a));
    assert!(eigenvalues[10] > 1e-3 && eigenvalues[11..].iter().all(|s| *s < 1e-13 * eigenvalues[0]), "{eigenvalues:?}");
}

#[test]
fn ridge_sources_reduce_to_the_isotropic_form() {
    let (p, fine_tuning) = (40, Training { samples: 25.0, ridge: 0.4 });
    let (mut mean, mut source_mean) = (vec![0.0; p], vec![0.0; p]);
    (mean[0], mean[1], source_mean[0]) = (0.8, 0.7, 1.3);
    let ones = vec![1.0; p];
    let training = Training { samples: 60.0, ridge: 0.3 };
    let source = SpectralSource::ridge(RidgeTraining { eigenvalues: &ones, mean: &source_mean, training }).unwrap();
    let target = SpectralTarget::new(ones.clone(), mean, vec![source]).unwrap();
    let dimension = p as f64;
    let spec = RidgeSource { dimension, training, mean_norm_squared: 1.69, target_product: 0.8 * 1.3 };
    let sources = Sources::ridge(spec, SourceForm::Correct).unwrap();
    let closed = Isotropic::new(Target { dimension, mean_norm_squared: 0.64 + 0.49, training: fine_tuning }).unwrap();
    let expected = closed.law(&sources).unwrap();
    let law = target.law(fine_tuning).unwrap();
    for (got, expected) in law.mean_coefficients().iter().zip(expected.mean_coefficients()) {
        assert_close("mean", *got, *expected, 1e-13);
    }
    // The two differ by terms of order 1/p in K₁₁ alone: v² is E⟨w̃, μ⟩² on one side and its square on the other.
    for (got, expected) in law.variance_coefficients().iter().zip(expected.variance_coefficients()) {
        assert_close("second", *got, *expected, 1e-12);
    }
    assert_close("source alone", target.source_accuracy(0).unwrap(), sources.accuracy(0).unwrap().unwrap(), 1e-13);
}

#[test]
fn ridge_source_with_covariances_of_its_own_agrees_with_simulation() {
    let (p, n, ridge) = (200, 120, 0.1);
    let (source_count, source_ridge) = (300, 0.05);
    let eigenvalues: Vec<f64> = (0..p).map(|i| 3.0 / (1.0 + i as f64 / 8.0)).collect();
    let source_eigenvalues: Vec<f64> = (0..p).map(|i| 0.4 + (i % 5) as f64 / 4.0).collect();
    let mean = DVector::from_fn(p, |i, _| 0.25 / (1.0 + i as f64 / 20.0) * if i % 3 == 0 { -1.0 } else { 1.0 });
    let source_mean = DVector::from_fn(p, |i, _| 0.8 * mean[i] + 0.05 * ((i * 7) % 11) as f64 / 11.0);
    let source = RidgeTraining {
        eigenvalues: &source_eigenvalues,
        mean: source_mean.as_slice(),
        training: Training { samples: source_count as f64, ridge: source_ridge },
    };
    let source = SpectralSource::ridge(source).unwrap();
    let target = SpectralTarget::new(eigenvalues.clone(), mean.as_slice().to_vec(), vec![source]).unwrap();
    let theory = target.law(Training { samples: n as f64, ridge }).unwrap();
    let laws: Vec<DecisionLaw> = (0..240u64)
        .into_par_iter()
        .map(|seed| {
            let rng = &mut StdRng::seed_from_u64(4000 + seed);
            let own = samples(&source_mean, &source_eigenvalues, source_count, rng);
            let source =
                Ridge::new(own, source_ridge).unwrap().classifier(&DVector::repeat(source_count, 1.0)).unwrap();
            let x = samples(&mean, &eigenvalues, n, rng);
            simulated_law(&mean, &eigenvalues, x, ridge, &DMatrix::from_columns(&[source]))
        })
        .collect();
    for alpha in [0.0, 1.0, 2.5] {
        assert_agrees(&format!("ridge source, two covariances, α = {alpha}"), &laws, &theory, &[alpha]);
    }
}

#[test]
fn random_source_vector_agrees_with_simulation() {
    let (p, n, ridge) = (200, 150, 0.3);
    let ones = vec![1.0; p];
    let mean = DVector::from_fn(p, |i, _| if i < 10 { 0.3 } else { 0.02 });
    let centre = &mean * 0.5;
    let variance: Vec<f64> = (0..p).map(|i| (0.5 + (i % 4) as f64) / p as f64).collect();
    let source = SpectralSource { mean: centre.as_slice().to_vec(), variance: variance.clone() };
    let theory = SpectralTarget::new(ones.clone(), mean.as_slice().to_vec(), vec![source]).unwrap();
    let theory = theory.law(Training { samples: n as f64, ridge }).unwrap();
    let laws: Vec<DecisionLaw> = (0..200u64)
        .into_par_iter()
        .map(|seed| {
            let rng = &mut StdRng::seed_from_u64(5000 + seed);
            let source = samples(&centre, &variance, 1, rng);
            let x = samples(&mean, &ones, n, rng);
            simulated_law(&mean, &ones, x, ridge, &source)
        })
        .collect();
    assert_agrees("random source", &laws, &theory, &[1.0]);
}

#[test]
fn bad_covariances_are_refused() {
    let matrix = |entries: &[f64]| DMatrix::from_row_slice(2, 2, entries);
    let of = |entries: &[f64]| Eigenbasis::covariance(&matrix(entries));
    let asymmetric = of(&[1.0, 0.5, 0.4, 1.0]).unwrap_err();
    assert_eq!(asymmetric, Error::Asymmetric { name: "covariance", row: 1, column: 0, value: 0.4, mirrored: 0.5 });
    assert!(matches!(of(&[1.0, 2.0, 2.0, 1.0]), Err(Error::Indefinite { least, .. }) if (least + 1.0).abs() < 1e-12));
    assert!(matches!(of(&[-1.0, 0.0, 0.0, -1.0]), Err(Error::Indefinite { .. })));
    assert!(matches!(of(&[f64::NAN, 0.0, 0.0, 1.0]), Err(Error::Parameter { name: "covariance", .. })));
    let shape = Eigenbasis::covariance(&DMatrix::zeros(2, 3)).unwrap_err();
    assert!(matches!(shape, Error::Shape { expected: 2, got: 3, .. }), "{shape}");
    assert!(matches!(Eigenbasis::covariance(&DMatrix::zeros(0, 0)), Err(Error::Shape { .. })));
    assert!(matches!(Eigenbasis::samples(&DMatrix::zeros(0, 3), 1.0), Err(Error::Shape { .. })));
    assert!(matches!(Eigenbasis::samples(&matrix(&[1.0; 4]), 0.0), Err(Error::Parameter { value: 0.0, .. })));

    let basis = of(&[1.0, 0.0, 0.0, 2.0]).unwrap();
    assert!(matches!(basis.target(&[1.0], &[]), Err(Error::Shape { name: "mean", expected: 2, got: 1 })));
    assert!(matches!(basis.target(&[1.0, 0.0], &[Source::Given(&[1.0])]), Err(Error::Shape { name: "source", .. })));
    assert!(matches!(basis.target(&[1.0, f64::NAN], &[]), Err(Error::Parameter { name: "mean", .. })));
    let target = basis.target(&[1.0, 0.0], &[]).unwrap();
    assert!(matches!(target.law(Training { samples: 0.0, ridge: 1.0 }), Err(Error::Parameter { name: "samples", .. })));
    assert!(matches!(
        target.law(Training { samples: 1.0, ridge: f64::NAN }),
        Err(Error::Parameter { name: "ridge", .. })
    ));
    assert!(matches!(target.source_accuracy(0), Err(Error::Shape { name: "sources", .. })));
    let negative = SpectralSource { mean: vec![0.0; 2], variance: vec![0.1, -0.1] };
    let refused = SpectralTarget::new(vec![1.0; 2], vec![0.0; 2], vec![negative]).unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "source variance", value: -0.1, .. }), "{refused}");
    let empty = SpectralTarget::new(vec![], vec![], vec![]);
    assert!(matches!(empty, Err(Error::Shape { name: "eigenvalues", expected: 1, got: 0 })), "{empty:?}");
    let negative = SpectralTarget::new(vec![-1.0], vec![0.0], vec![]);
    assert!(matches!(negative, Err(Error::Parameter { name: "eigenvalue", value: -1.0, .. })), "{negative:?}");
    let spoilt = basis.rotate(&DMatrix::from_element(2, 1, f64::NAN));
    assert!(matches!(spoilt, Err(Error::Parameter { name: "matrix to rotate", .. })), "{spoilt:?}");
}
