//! The law from a sample of features: right on average where the sample covariance is not, and refused where it says too little.

use alpha_rmt::Error;
use alpha_rmt::covariance::{Source, SpectralSource, SpectralTarget, TrainedSource};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::labels::Labels;
use alpha_rmt::law::DecisionLaw;
use alpha_rmt::training::Training;
use alpha_rmt::tuning::RidgeRange;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::simulation::{samples, z_score};
use crate::{assert_close, normals};

/// A target whose covariance has these eigenvalues, with a mean and a source that lie partly along the largest.
struct Truth {
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
    source: Vec<f64>,
}

impl Truth {
    fn new(eigenvalues: Vec<f64>) -> Self {
        let p = eigenvalues.len();
        let [mean, noise] = [1, 2].map(|seed| normals(p, 1, seed) / (p as f64).sqrt());
        let mean: Vec<f64> = (0..p).map(|i| 1.2 * mean[i] + if i < 5 { 0.5 } else { 0.0 }).collect();
        let source = (0..p).map(|i| 0.5 * mean[i] + 0.5 * noise[i]).collect();
        Self { eigenvalues, mean, source }
    }

    fn law(&self, training: Training) -> DecisionLaw {
        let source = vec![SpectralSource::given(self.source.clone())];
        SpectralTarget::new(self.eigenvalues.clone(), self.mean.clone(), source).unwrap().law(training).unwrap()
    }

    fn sample(&self, rows: usize, seed: u64) -> DMatrix<f64> {
        let zero = DVector::zeros(self.eigenvalues.len());
        samples(&zero, &self.eigenvalues, rows, &mut StdRng::seed_from_u64(seed))
    }

    fn target(&self, basis: &Eigenbasis) -> SpectralTarget {
        basis.target(&self.mean, &[Source::Given(&self.source)]).unwrap()
    }
}

fn at(law: &DecisionLaw, alpha: f64) -> [f64; 2] {
    let decision = law.at(&[alpha]).unwrap();
    [decision.mean, decision.variance]
}

#[test]
fn mean_and_variance_are_right_on_average() {
    let (p, training) = (200, Training { samples: 60.0, ridge: 0.5 });
    for (name, eigenvalues) in [
        ("flat", vec![1.0; p]),
        ("decaying", (0..p).map(|i| 4.0 / (1.0 + i as f64 / 10.0)).collect::<Vec<_>>()),
        ("spiked", (0..p).map(|i| if i < 5 { 25.0 } else { 1.0 }).collect()),
    ] {
        let truth = Truth::new(eigenvalues);
        for (rows, least) in [(80, 20.0), (400, 8.0)] {
            let laws: Vec<[DecisionLaw; 2]> = (0..48)
                .into_par_iter()
                .map(|seed| {
                    let x = truth.sample(rows, seed);
                    let bases =
                        [Eigenbasis::samples, Eigenbasis::sample_covariance].map(|f| f(&x, rows as f64).unwrap());
                    bases.map(|basis| truth.target(&basis).law(training).unwrap())
                })
                .collect();
            let expected = at(&truth.law(training), 1.0);
            for (i, what) in ["mean", "variance"].into_iter().enumerate() {
                let [told, plain] = [0, 1].map(|which| {
                    let values: Vec<f64> = laws.iter().map(|laws| at(&laws[which], 1.0)[i]).collect();
                    z_score(&values, expected[i])
                });
                println!("{name}, {rows} rows, {what}: z = {told:.2}, of the sample covariance {plain:.2}");
                assert!(told.abs() < 4.2, "{name}, {rows} rows, {what}: z = {told}");
                if what == "variance" {
                    assert!(plain < -least, "{name}, {rows} rows: the sample covariance should fail, z = {plain}");
                }
            }
        }
    }
}

#[test]
fn many_rows_tell_what_the_covariance_does() {
    let truth = Truth::new(vec![3.0, 2.0, 1.0, 1.0, 0.5, 0.2]);
    let training = Training { samples: 8.0, ridge: 0.3 };
    let x = truth.sample(30, 1);
    // The same sample a million times over: d grows, S stays.
    let known = truth.target(&Eigenbasis::sample_covariance(&x, 30.0).unwrap()).law(training).unwrap();
    let scaled = &x * 1e3;
    let told = truth.target(&Eigenbasis::samples(&scaled, 30e6).unwrap()).law(training).unwrap();
    for (got, expected) in told.mean_coefficients().iter().zip(known.mean_coefficients()) {
        assert_close("M", *got, *expected, 2e-6);
    }
    for (got, expected) in told.variance_coefficients().iter().zip(known.variance_coefficients()) {
        assert_close("K", *got, *expected, 2e-6);
    }
}

#[test]
fn as_many_rows_as_target_samples_need_no_search() {
    // d = n: λ = γ, so that D is the resolvent itself but for κ, and m and q are those by hand.
    let (p, n, ridge) = (9, 14.0, 0.4);
    let x = normals(p, 14, 3);
    let (mean, source) = (normals(p, 1, 4) * 0.4, normals(p, 1, 5));
    let basis = Eigenbasis::samples(&x, n).unwrap();
    let target = basis.target(mean.as_slice(), &[Source::Given(source.as_slice())]).unwrap();
    let law = target.law(Training { samples: n, ridge }).unwrap();

    let s = &x * x.transpose() / n;
    let r = (&s + DMatrix::identity(p, p) * ridge).try_inverse().unwrap();
    let (sr, rsr) = (&s * &r, &r * &s * &r);
    let kappa = 1.0 - sr.trace() / n;
    let omega = 1.0 - (2.0 * sr.trace() - (&sr * &sr).trace()) / n;
    let (g, df2) = (ridge / kappa, ((&sr * &sr).trace() - sr.trace().powi(2) / n) / omega / n);
    let (d, spread) = (&r * kappa, rsr * (kappa * kappa / omega));
    for alpha in [0.0, 1.3] {
        let a = mean.dot(&(&d * &mean));
        let m = (a + g * alpha * mean.dot(&(&d * &source))) / (1.0 + a);
        let inner = &source * (g * alpha) + &mean * (1.0 - m);
        let q = (inner.dot(&(&spread * &inner)) + df2 * (1.0 - m).powi(2)) / (1.0 - df2);
        let [mean, variance] = at(&law, alpha);
        assert_close("m", mean, m, 1e-12);
        assert_close("q", variance, q, 1e-12);
    }
}

#[test]
fn too_few_rows_are_refused() {
    let truth = Truth::new(vec![1.0; 100]);
    let target = truth.target(&Eigenbasis::samples(&truth.sample(20, 1), 20.0).unwrap());
    // As many rows as target samples do at any ridge, fewer at a large one only.
    for (samples, ridge) in [(20.0, 1e-6), (10.0, 1e-9), (80.0, 100.0)] {
        let law = target.law(Training { samples, ridge }).unwrap();
        assert!(law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy() > 0.5);
    }
    let refused = target.law(Training { samples: 80.0, ridge: 0.1 }).unwrap_err();
    assert_eq!(refused, Error::FewRows { rows: 20.0, samples: 80.0, ridge: 0.1 });
    assert!(refused.to_string().contains("as many degrees of freedom as target samples, 80"), "{refused}");
    // The rank cannot be above the degrees of freedom.
    let refused = Eigenbasis::samples(&truth.sample(20, 1), 19.0).unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "degrees of freedom", value: 19.0, .. }), "{refused}");
    // Nothing of the null space is taken for data: a mean removed leaves 19 directions.
    let mut x = truth.sample(20, 2);
    let mean = x.column_mean();
    x.column_iter_mut().for_each(|mut column| column -= &mean);
    assert_eq!(Eigenbasis::samples(&x, 19.0).unwrap().eigenvalues().len(), 19);
    // With more samples than features it may still not be regular.
    let few = DMatrix::from_fn(6, 9, |i, j| x[(i % 4, j)] + f64::from(i == 4) * x[(7, j)]);
    assert_eq!(Eigenbasis::samples(&few, 9.0).unwrap().eigenvalues().len(), 5);
}

#[test]
fn random_sources_and_labels_come_through_the_same_correction() {
    let (p, training) = (200, Training { samples: 60.0, ridge: 0.5 });
    let truth = Truth::new((0..p).map(|i| 4.0 / (1.0 + i as f64 / 10.0)).collect());
    // A source that varies along the largest eigenvectors; labels of which a tenth are wrong.
    let variances: Vec<f64> = (0..p).map(|i| if i < 20 { 0.02 } else { 0.001 }).collect();
    let sources = [Source::Random { mean: &truth.source, variances: &variances }];
    let labels = Labels { noise: 0.1, ..Labels::default() };
    let law = |basis: &Eigenbasis| {
        let target = basis.target(&truth.mean, &sources).unwrap();
        let law = target.law_with_labels(training, labels).unwrap();
        at(law.law(), 1.0)[1]
    };
    let expected = law(&Eigenbasis::diagonal(truth.eigenvalues.clone()).unwrap());
    let variances: Vec<f64> =
        (0..48).into_par_iter().map(|seed| law(&Eigenbasis::samples(&truth.sample(80, seed), 80.0).unwrap())).collect();
    let z = z_score(&variances, expected);
    assert!(z.abs() < 4.2, "variance: z = {z}");
    // A trained source cannot have a covariance that a sample was taken for.
    let sampled = Eigenbasis::samples(&truth.sample(80, 1), 80.0).unwrap();
    let trained = TrainedSource { mean: &truth.mean, covariance: &sampled, training, data: None };
    let refused = sampled.target(&truth.mean, &[Source::Trained(trained)]).unwrap_err();
    assert_eq!(refused, Error::SampledSource { rows: 80.0 });
}

#[test]
fn extreme_ridges_stay_finite_and_rise_to_their_limits() {
    let truth = Truth::new((0..60).map(|i| 1.0 / (1.0 + i as f64)).collect());
    for rows in [25, 60, 150] {
        let target = truth.target(&Eigenbasis::samples(&truth.sample(rows, 3), rows as f64).unwrap());
        for samples in [5.0, 25.0, 25.5, 60.0, 400.0] {
            for ridge in [1e-12, 1e-6, 1e-2, 1.0, 1e3, 1e9] {
                match target.law(Training { samples, ridge }) {
                    Ok(law) => {
                        let decision = law.at(&[1.0]).unwrap();
                        assert!(decision.variance > 0.0 && decision.mean.is_finite(), "{rows} {samples} {ridge}");
                    }
                    Err(Error::FewRows { .. }) => {
                        assert!((rows as f64) < samples && rows <= 60, "{rows} {samples} {ridge}")
                    }
                    Err(error) => panic!("{rows} rows, n = {samples}, γ = {ridge}: {error}"),
                }
            }
        }
    }
}

#[test]
fn the_best_ridge_is_found_from_a_sample() {
    let truth = Truth::new((0..80).map(|i| 4.0 / (1.0 + i as f64 / 4.0)).collect());
    let target = truth.target(&Eigenbasis::samples(&truth.sample(120, 4), 120.0).unwrap());
    let accuracy = |ridge: f64| {
        let law = target.law(Training { samples: 50.0, ridge }).unwrap();
        law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy()
    };
    let best = target.best_ridge(50.0, RidgeRange { least: 1e-3, most: 1e3 }).unwrap();
    let fine = (0..600).map(|i| accuracy(10f64.powf(-3.0 + i as f64 / 100.0))).fold(0.0, f64::max);
    assert!(
        accuracy(best.target_ridge) > fine - 1e-7,
        "{} at {}, on a grid {fine}",
        accuracy(best.target_ridge),
        best.target_ridge
    );
}
