//! Targets from a covariance and sources of every kind: against dense matrices, and against simulation by the book.

use alpha_rmt::Error;
use alpha_rmt::covariance::{RidgeTraining, Source, SpectralSource, SpectralTarget, TrainedSource};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::DecisionLaw;
use alpha_rmt::ridge::Ridge;
use alpha_rmt::source::{RidgeSource, SourceForm, Sources};
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::training::Training;
use alpha_rmt::tuning::RidgeRange;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::simulation::{LIMIT, assert_agrees, z_score};
use crate::{assert_close, normals};

/// Samples x = yμ + Fz of a population with covariance FFᵀ.
pub(crate) struct Population {
    pub(crate) mean: DVector<f64>,
    factor: DMatrix<f64>,
    covariance: DMatrix<f64>,
}

impl Population {
    pub(crate) fn new(mean: DVector<f64>, factor: DMatrix<f64>) -> Self {
        let covariance = &factor * factor.transpose();
        Self { mean, factor, covariance }
    }

    /// One sample for each label, a column each.
    pub(crate) fn draw(&self, labels: &DVector<f64>, rng: &mut StdRng) -> DMatrix<f64> {
        let noise = DMatrix::from_fn(self.factor.ncols(), labels.len(), |_, _| StandardNormal.sample(rng));
        &self.mean * labels.transpose() + &self.factor * noise
    }

    /// The decision functions of classifiers, a column each, on this population.
    pub(crate) fn law(&self, classifiers: &DMatrix<f64>) -> DecisionLaw {
        let variance = classifiers.tr_mul(&(&self.covariance * classifiers));
        DecisionLaw::new(classifiers.tr_mul(&self.mean).as_slice(), variance.as_slice()).unwrap()
    }

    /// A source trained by the book: one sample of `count`, a classifier for each ridge.
    fn trained(&self, count: usize, ridges: &[f64], rng: &mut StdRng) -> Vec<DVector<f64>> {
        let labels = DVector::repeat(count, 1.0);
        let x = self.draw(&labels, rng);
        ridges.iter().map(|ridge| Ridge::new(x.clone(), *ridge).unwrap().classifier(&labels).unwrap()).collect()
    }

    /// The law of a classifier fine-tuned on one sample of `count` from these sources.
    fn fine_tuned(&self, training: Training, sources: &[DVector<f64>], rng: &mut StdRng) -> DecisionLaw {
        let labels = DVector::repeat(training.samples as usize, 1.0);
        let solver = Ridge::new(self.draw(&labels, rng), training.ridge).unwrap();
        let mut columns = solver.shrink(&DMatrix::from_columns(sources)).unwrap().insert_column(0, 0.0);
        columns.set_column(0, &solver.classifier(&labels).unwrap());
        self.law(&columns)
    }
}

/// A rotation by chance.
fn rotation(p: usize, seed: u64) -> DMatrix<f64> {
    normals(p, p, seed).qr().q()
}

/// The columns of a matrix, scaled.
fn scaled(matrix: DMatrix<f64>, factor: impl Fn(usize) -> f64) -> DMatrix<f64> {
    let mut matrix = matrix;
    matrix.column_iter_mut().enumerate().for_each(|(i, mut column)| column *= factor(i));
    matrix
}

fn wave(p: usize, size: f64, decay: f64) -> DVector<f64> {
    DVector::from_fn(p, |i, _| size / (1.0 + i as f64 / decay) * if i % 3 == 0 { -1.0 } else { 1.0 })
}

fn simulate(runs: u64, run: impl Fn(&mut StdRng) -> DecisionLaw + Sync) -> Vec<DecisionLaw> {
    (0..runs).into_par_iter().map(|seed| run(&mut StdRng::seed_from_u64(9000 + seed))).collect()
}

/// Asserts that the accuracy of another law is not the simulated one.
fn assert_shows(what: &str, laws: &[DecisionLaw], wrong: &DecisionLaw, weights: &[f64]) {
    let accuracies: Vec<f64> = laws.iter().map(|law| law.at(weights).unwrap().accuracy()).collect();
    let wrong = wrong.at(weights).unwrap().accuracy();
    let z = z_score(&accuracies, wrong);
    println!("{what}: the wrong law gives {wrong:.4}, z = {z:.1}");
    assert!(z.abs() > 1.2 * LIMIT, "{what} does not show: z = {z}");
}

/// A source as dense matrices: its mean, and its covariances with every source.
struct Dense {
    c: DMatrix<f64>,
    mean: DVector<f64>,
    sources: Vec<DVector<f64>>,
    covariances: Vec<Vec<DMatrix<f64>>>,
}

/// κ and (C + gI)⁻¹ by iteration and inversion.
fn resolvent(c: &DMatrix<f64>, training: Training) -> (f64, DMatrix<f64>) {
    let identity = DMatrix::<f64>::identity(c.nrows(), c.nrows());
    let mut kappa = 1.0;
    for _ in 0..600 {
        let inverse = (c * kappa + &identity * training.ridge).try_inverse().unwrap();
        kappa = 1.0 / (1.0 + (c * inverse).trace() / training.samples);
    }
    let g = training.ridge / kappa;
    (g, (c + identity * g).try_inverse().unwrap())
}

/// E w̃, D̃ and 1 − m̃ of a ridge-trained source.
fn ridge_source(c: &DMatrix<f64>, mean: &DVector<f64>, training: Training) -> (DVector<f64>, DMatrix<f64>, f64) {
    let (_, d) = resolvent(c, training);
    let miss = 1.0 / (1.0 + mean.dot(&(&d * mean)));
    (&d * mean * miss, d, miss)
}

/// The covariance of two ridges on the same samples, of N with covariance c.
fn shared(
    c: &DMatrix<f64>,
    samples: f64,
    one: &(DVector<f64>, DMatrix<f64>, f64),
    other: &(DVector<f64>, DMatrix<f64>, f64),
) -> DMatrix<f64> {
    let h = 1.0 - (c * &one.1 * c * &other.1).trace() / samples;
    let risk = (one.0.dot(&(c * &other.0)) + one.2 * other.2) / h;
    &one.1 * c * &other.1 * (risk / samples)
}

impl Dense {
    fn law(&self, training: Training) -> (Vec<f64>, DMatrix<f64>) {
        let Self { c, mean, sources, covariances } = self;
        let (g, d) = resolvent(c, training);
        let df2 = (c * &d * c * &d).trace() / training.samples;
        let a = mean.dot(&(&d * mean));
        let mut m = vec![a / (1.0 + a)];
        m.extend(sources.iter().map(|w| g * mean.dot(&(&d * w)) / (1.0 + a)));
        let miss: Vec<f64> = m.iter().enumerate().map(|(i, m)| f64::from(u8::from(i == 0)) - m).collect();
        let b: Vec<DVector<f64>> = (0..m.len())
            .map(|i| {
                let own = &d * mean * miss[i];
                if i == 0 { own } else { own + &d * &sources[i - 1] * g }
            })
            .collect();
        let k = DMatrix::from_fn(m.len(), m.len(), |i, j| {
            let mut spread = b[i].dot(&(c * &b[j])) + df2 * miss[i] * miss[j];
            if i > 0 && j > 0 {
                spread += g * g * (c * &d * &covariances[i - 1][j - 1] * &d).trace();
            }
            spread / (1.0 - df2)
        });
        (m, k)
    }
}

#[test]
fn every_covariance_and_every_kind_of_source_give_the_dense_law() {
    let p = 9;
    let few = normals(p, 5, 21);
    let full = normals(p, 14, 22);
    let full = &full * full.transpose() / 14.0;
    let variances: Vec<f64> = (0..p).map(|i| 0.2 + (i * i % 5) as f64).collect();
    let holes: Vec<f64> = (0..p).map(|i| if i % 4 == 1 { 0.0 } else { 1.0 + i as f64 / 3.0 }).collect();
    let diagonal = |entries: &[f64]| DMatrix::from_diagonal(&DVector::from_column_slice(entries));
    let bases: Vec<(&str, DMatrix<f64>, Eigenbasis)> = vec![
        ("matrix", full.clone(), Eigenbasis::covariance(&full).unwrap()),
        ("few samples", &few * few.transpose() / 5.0, Eigenbasis::sample_covariance(&few, 5.0).unwrap()),
        ("diagonal", diagonal(&variances), Eigenbasis::diagonal(variances.clone()).unwrap()),
        ("diagonal with zeros", diagonal(&holes), Eigenbasis::diagonal(holes.clone()).unwrap()),
        ("identity", DMatrix::identity(p, p), Eigenbasis::identity(p).unwrap()),
    ];
    let vectors = normals(p, 5, 23) * 0.6;
    let spread: Vec<f64> = (0..p).map(|i| 0.05 + 0.03 * i as f64).collect();
    let [one, other, alone] =
        [(12.0, 0.1), (12.0, 1.5), (7.0, 0.4)].map(|(samples, ridge)| Training { samples, ridge });
    let fine_tuning = Training { samples: 6.0, ridge: 0.3 };
    let mean = vectors.column(0).into_owned();
    let (given, random) = (vectors.column(1).into_owned(), vectors.column(2).into_owned());
    let (first, second) = (vectors.column(3).into_owned(), vectors.column(4).into_owned());
    for (target_name, c, target) in &bases {
        for (name, source_c, source_basis) in &bases {
            let trained =
                |mean, covariance, training, data| Source::Trained(TrainedSource { mean, covariance, training, data });
            let sources = [
                trained(first.as_slice(), source_basis, one, Some("shared")),
                Source::Given(given.as_slice()),
                Source::Random { mean: random.as_slice(), variances: &spread },
                trained(first.as_slice(), source_basis, other, Some("shared")),
                trained(second.as_slice(), &bases[0].2, alone, None),
            ];
            let law = target.target(mean.as_slice(), &sources).unwrap().law(fine_tuning).unwrap();

            let parts = [
                ridge_source(source_c, &first, one),
                ridge_source(source_c, &first, other),
                ridge_source(&full, &second, alone),
            ];
            let zero = DMatrix::<f64>::zeros(p, p);
            let mut covariances = vec![vec![zero.clone(); 5]; 5];
            for (i, place) in [(0, 0), (1, 3)] {
                for (j, other_place) in [(0, 0), (1, 3)] {
                    covariances[place][other_place] = shared(source_c, 12.0, &parts[i], &parts[j]);
                }
            }
            covariances[2][2] = diagonal(&spread);
            covariances[4][4] = shared(&full, 7.0, &parts[2], &parts[2]);
            let means = vec![parts[0].0.clone(), given.clone(), random.clone(), parts[1].0.clone(), parts[2].0.clone()];
            let dense = Dense { c: c.clone(), mean: mean.clone(), sources: means, covariances };
            let (m, k) = dense.law(fine_tuning);
            for i in 0..6 {
                let what = format!("{target_name} with {name}: {i}");
                let scale = k[(i, i)].sqrt();
                assert!((law.mean_coefficients()[i] - m[i]).abs() < 1e-9 * scale, "{what}");
                for j in 0..6 {
                    let error = (law.variance_coefficients()[6 * i + j] - k[(i, j)]).abs();
                    assert!(error < 1e-9 * scale * k[(j, j)].sqrt(), "{what}, {j}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn identity_is_the_closed_form() {
    let p = 30;
    let (mean, source_mean) = (wave(p, 0.3, 9.0), wave(p, 0.35, 4.0));
    let identity = Eigenbasis::identity(p).unwrap();
    let [training, fine_tuning] = [(50.0, 0.4), (20.0, 0.7)].map(|(samples, ridge)| Training { samples, ridge });
    let source = TrainedSource { mean: source_mean.as_slice(), covariance: &identity, training, data: None };
    let law = identity.target(mean.as_slice(), &[Source::Trained(source)]).unwrap().law(fine_tuning).unwrap();
    let dimension = p as f64;
    let source = RidgeSource {
        dimension,
        training,
        mean_norm_squared: source_mean.norm_squared(),
        target_product: mean.dot(&source_mean),
    };
    let closed = Target { dimension, mean_norm_squared: mean.norm_squared(), training: fine_tuning };
    let closed = Isotropic::new(closed).unwrap().law(&Sources::ridge(source, SourceForm::Correct).unwrap()).unwrap();
    let pairs = law.mean_coefficients().iter().zip(closed.mean_coefficients());
    for (got, expected) in pairs.chain(law.variance_coefficients().iter().zip(closed.variance_coefficients())) {
        assert_close("C = I", *got, *expected, 1e-12);
    }
}

#[test]
fn equal_ridges_on_the_same_samples_are_one_source() {
    let p = 12;
    let own = Eigenbasis::covariance(&{
        let x = normals(p, 20, 31);
        &x * x.transpose() / 20.0
    })
    .unwrap();
    let mean = wave(p, 0.5, 6.0);
    let training = Training { samples: 15.0, ridge: 0.2 };
    let source =
        Source::Trained(TrainedSource { mean: mean.as_slice(), covariance: &own, training, data: Some("twice") });
    let target = Eigenbasis::identity(p).unwrap().target(mean.as_slice(), &[source, source]).unwrap();
    let law = target.law(Training { samples: 8.0, ridge: 0.5 }).unwrap();
    let k = law.variance_coefficients();
    assert_close("covariance", k[5], k[4], 1e-14);
    assert_close("variance", k[8], k[4], 1e-14);
    let worth = law.contributions(&[1.0, 1.0]).unwrap();
    assert_close("without its twin", worth[0].best_without, worth[0].best, 1e-12);
}

#[test]
fn a_source_covariance_that_does_not_commute_agrees_with_simulation() {
    let p = 160;
    let spectrum = |i: usize| 4.0 / (1.0 + i as f64 / 5.0);
    let source_spectrum = |i: usize| 0.2 + 8.0 / (1.0 + i as f64 / 3.0);
    let mean = wave(p, 0.3, 25.0);
    let source_mean = &mean * 0.8 + DVector::from_fn(p, |i, _| 0.04 * (7.0 * i as f64).sin());
    let population = Population::new(mean, scaled(rotation(p, 41), |i| spectrum(i).sqrt()));
    let own = Population::new(source_mean, scaled(rotation(p, 42), |i| source_spectrum(i).sqrt()));
    let (training, fine_tuning) = (Training { samples: 90.0, ridge: 1.0 }, Training { samples: 80.0, ridge: 5.0 });

    let [basis, source_basis] = [&population, &own].map(|x| Eigenbasis::covariance(&x.covariance).unwrap());
    let source = TrainedSource { mean: own.mean.as_slice(), covariance: &source_basis, training, data: None };
    let target = basis.target(population.mean.as_slice(), &[Source::Trained(source)]).unwrap();
    let theory = target.law(fine_tuning).unwrap();
    let laws = simulate(140, |rng| {
        let source = own.trained(90, &[training.ridge], rng);
        population.fine_tuned(fine_tuning, &source, rng)
    });
    for alpha in [1.0, 3.0] {
        assert_agrees(&format!("non-commuting, α = {alpha}"), &laws, &theory, &[alpha]);
    }
    // The variances of the source along its own eigenvectors, taken for those along the target's of the same rank.
    let vector = DMatrix::from_column_slice(p, 1, source.mean);
    let own_mean = source_basis.rotate(&vector).unwrap();
    let paired = RidgeTraining { eigenvalues: source_basis.eigenvalues(), mean: own_mean.as_slice(), training };
    let variance = SpectralSource::ridge(paired).unwrap().variance;
    // Its mean is right: that of the target at hand at C = I.
    let plain = Eigenbasis::identity(p).unwrap().target(source.mean, &[Source::Trained(source)]).unwrap();
    let right = basis.rotate(&DMatrix::from_column_slice(p, 1, &plain.sources()[0].mean)).unwrap();
    let paired = SpectralSource { mean: right.as_slice().to_vec(), variance };
    let wrong = SpectralTarget::new(target.eigenvalues().to_vec(), target.mean().to_vec(), vec![paired]).unwrap();
    assert_shows("pairing sorted eigenvalues", &laws, &wrong.law(fine_tuning).unwrap(), &[3.0]);
}

#[test]
fn sources_of_the_same_samples_agree_with_simulation() {
    let p = 160;
    let mean = wave(p, 0.25, 25.0);
    let source_mean = &mean * 0.8 + DVector::from_fn(p, |i, _| 0.04 * (7.0 * i as f64).sin());
    let spectrum: Vec<f64> = (0..p).map(|i| 3.0 / (1.0 + i as f64 / 6.0)).collect();
    let factor = scaled(DMatrix::identity(p, p), |i| spectrum[i].sqrt());
    let population = Population::new(mean, factor);
    let own = Population::new(source_mean, scaled(rotation(p, 43), |i| (0.3 + 4.0 / (1.0 + i as f64 / 4.0)).sqrt()));
    let fine_tuning = Training { samples: 90.0, ridge: 0.6 };
    let (count, ridges) = (110, [0.05, 1.5]);

    let (basis, source_basis) =
        (Eigenbasis::diagonal(spectrum).unwrap(), Eigenbasis::covariance(&own.covariance).unwrap());
    let law = |data| {
        let sources = ridges.map(|ridge| {
            let training = Training { samples: f64::from(count), ridge };
            Source::Trained(TrainedSource { mean: own.mean.as_slice(), covariance: &source_basis, training, data })
        });
        basis.target(population.mean.as_slice(), &sources).unwrap().law(fine_tuning).unwrap()
    };
    let (theory, independent) = (law(Some("shared")), law(None));
    let laws = simulate(140, |rng| {
        let sources = own.trained(count as usize, &ridges, rng);
        population.fine_tuned(fine_tuning, &sources, rng)
    });
    let products: Vec<f64> = laws.iter().map(|law| law.variance_coefficients()[5]).collect();
    for weights in [[1.0, 1.0], [1.0, -1.0], [0.5, 2.0]] {
        assert_agrees(&format!("same samples at {weights:?}"), &laws, &theory, &weights);
        assert_shows("independent sources", &laws, &independent, &weights);
    }
    let z = z_score(&products, theory.variance_coefficients()[5]);
    assert!(z.abs() < LIMIT, "K₁₂: z = {z}");
}

#[test]
fn all_kinds_of_sources_agree_with_simulation() {
    let p = 150;
    let mean = wave(p, 0.2, 25.0);
    let given = &mean * 0.5 + DVector::from_fn(p, |i, _| 0.06 * (3.0 * i as f64).cos());
    let centre = &mean * 0.6;
    let variances: Vec<f64> = (0..p).map(|i| if i % 5 == 0 { 6.0 } else { 0.4 } / p as f64).collect();
    let own = Population::new(
        &mean * 0.7 + DVector::from_fn(p, |i, _| 0.03 * (2.0 * i as f64).sin()),
        scaled(rotation(p, 44), |i| (0.3 + 4.0 / (1.0 + i as f64 / 4.0)).sqrt()),
    );
    // Of rank 60, with parts of every vector outside what it spans.
    let flat = Population::new(
        &mean * 0.9,
        scaled(rotation(p, 45).columns(0, 60).into_owned(), |i| (2.0 / (1.0 + i as f64 / 20.0)).sqrt()),
    );
    let [own_basis, flat_basis] = [&own, &flat].map(|x| Eigenbasis::covariance(&x.covariance).unwrap());
    let [one, other] = [(120.0, 0.3), (100.0, 0.8)].map(|(samples, ridge)| Training { samples, ridge });
    let sources = [
        Source::Given(given.as_slice()),
        Source::Random { mean: centre.as_slice(), variances: &variances },
        Source::Trained(TrainedSource { mean: own.mean.as_slice(), covariance: &own_basis, training: one, data: None }),
        Source::Trained(TrainedSource {
            mean: flat.mean.as_slice(),
            covariance: &flat_basis,
            training: other,
            data: None,
        }),
    ];
    let deviations: Vec<f64> = variances.iter().map(|v| v.sqrt()).collect();
    let draw = |population: &Population, fine_tuning: Training, rng: &mut StdRng| {
        let random = DVector::from_fn(p, |i, _| {
            let noise: f64 = StandardNormal.sample(rng);
            centre[i] + deviations[i] * noise
        });
        let [first, second] = [(&own, one), (&flat, other)].map(|(population, training)| {
            population.trained(training.samples as usize, &[training.ridge], rng).remove(0)
        });
        population.fine_tuned(fine_tuning, &[given.clone(), random, first, second], rng)
    };
    let rank_deficient = Population::new(
        mean.clone(),
        scaled(rotation(p, 46).columns(0, 90).into_owned(), |i| (3.0 / (1.0 + i as f64 / 15.0)).sqrt()),
    );
    let isotropic = Population::new(mean.clone(), DMatrix::identity(p, p));
    let deficient_basis = Eigenbasis::covariance(&rank_deficient.covariance).unwrap();
    for (name, population, basis) in
        [("rank 90 of 150", &rank_deficient, deficient_basis), ("C = I", &isotropic, Eigenbasis::identity(p).unwrap())]
    {
        let fine_tuning = Training { samples: 70.0, ridge: 1.2 };
        let theory = basis.target(mean.as_slice(), &sources).unwrap().law(fine_tuning).unwrap();
        let laws = simulate(110, |rng| draw(population, fine_tuning, rng));
        for weights in [[1.0, 1.0, 1.0, 1.0], [0.5, -1.0, 2.0, 0.3], [0.2, 1.5, 0.5, 1.0]] {
            assert_agrees(&format!("all kinds, {name}, at {weights:?}"), &laws, &theory, &weights);
        }
    }
}

#[test]
fn sources_of_the_same_samples_are_tuned() {
    let p = 40;
    let spectrum = (1..=p).map(|i| 6.0 / i as f64).collect();
    let basis = Eigenbasis::diagonal(spectrum).unwrap();
    let own = Eigenbasis::covariance(&{
        let factor = scaled(rotation(p, 51), |i| 1.5 / (1.0 + i as f64 / 8.0).sqrt());
        &factor * factor.transpose()
    })
    .unwrap();
    let mean = wave(p, 0.5, 6.0);
    let trained = |ridge, data| {
        let training = Training { samples: 50.0, ridge };
        Source::Trained(TrainedSource { mean: mean.as_slice(), covariance: &own, training, data })
    };
    let independent = basis.target(mean.as_slice(), &[trained(0.1, None), trained(2.0, None)]).unwrap();
    let target = basis.target(mean.as_slice(), &[trained(0.1, Some("a")), trained(2.0, Some("a"))]).unwrap();
    let range = RidgeRange { least: 1e-3, most: 1e3 };
    let best = target.best_ridge(25.0, range).unwrap();
    assert!(best.target_ridge > 1e-2 && best.target_ridge < 1e2, "{best:?} is not inside");
    assert!(best.accuracy < independent.best_ridge(25.0, range).unwrap().accuracy);
    for ridge in spaced([best.target_ridge / 2.0, best.target_ridge * 2.0], 1000, Spacing::Log) {
        let law = target.law(Training { samples: 25.0, ridge }).unwrap();
        let accuracy = law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy();
        assert!(accuracy <= best.accuracy + 1e-14, "{accuracy} at γ = {ridge} beats {best:?}");
    }
}

#[test]
fn bad_sources_are_refused() {
    let identity = Eigenbasis::identity(2).unwrap();
    let stretched = Eigenbasis::diagonal(vec![1.0, 2.0]).unwrap();
    let mean = [1.0, 0.5];
    let training = Training { samples: 10.0, ridge: 0.1 };
    let good = TrainedSource { mean: &mean, covariance: &identity, training, data: Some("reviews") };
    let of = |sources: &[Source<'_>]| identity.target(&mean, sources);
    let refused = |other: TrainedSource<'_>| of(&[Source::Given(&mean), Source::Trained(good), Source::Trained(other)]);
    for (other, quantity) in [
        (TrainedSource { mean: &[1.0, 0.4], ..good }, "mean"),
        (TrainedSource { training: Training { samples: 11.0, ..training }, ..good }, "number of samples"),
        (TrainedSource { covariance: &stretched, ..good }, "covariance"),
    ] {
        let error = refused(other).unwrap_err();
        let expected = Error::SharedSamples { data: "reviews".to_owned(), first: 1, second: 2, quantity };
        assert_eq!(error, expected);
        assert!(error.is_usage() && error.to_string().contains(quantity), "{error}");
        assert!(refused(TrainedSource { data: Some("other reviews"), ..other }).is_ok());
    }
    assert!(refused(TrainedSource { training: Training { ridge: 2.0, ..training }, ..good }).is_ok());

    assert!(matches!(Eigenbasis::identity(0), Err(Error::Shape { .. })));
    assert!(matches!(Eigenbasis::diagonal(vec![1.0, -1.0]), Err(Error::Parameter { value: -1.0, .. })));
    assert!(matches!(Eigenbasis::diagonal(vec![f64::NAN]), Err(Error::Parameter { .. })));
    let wide = Eigenbasis::identity(3).unwrap();
    for (source, name) in [
        (Source::Given(&[1.0]), "source"),
        (Source::Random { mean: &[1.0; 3], variances: &[0.1; 2] }, "source's mean weights"),
        (Source::Random { mean: &mean, variances: &[0.1] }, "source's variances"),
        (Source::Trained(TrainedSource { mean: &[1.0], ..good }), "source's mean"),
        (Source::Trained(TrainedSource { covariance: &wide, ..good }), "source's covariance"),
    ] {
        let error = of(&[source]).unwrap_err();
        assert!(matches!(error, Error::Shape { name: got, .. } if got == name), "{error}");
    }
    for source in [
        Source::Given(&[1.0, f64::INFINITY]),
        Source::Random { mean: &mean, variances: &[0.1, -0.1] },
        Source::Random { mean: &mean, variances: &[0.1, f64::NAN] },
        Source::Trained(TrainedSource { training: Training { ridge: 0.0, ..training }, ..good }),
        Source::Trained(TrainedSource { training: Training { samples: f64::NAN, ..training }, ..good }),
    ] {
        let error = of(&[source]).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }

    // A source's covariance is known, not read from a sample.
    let sampled = Eigenbasis::samples(&normals(2, 5, 61), 5.0).unwrap();
    let error = of(&[Source::Trained(TrainedSource { covariance: &sampled, ..good })]).unwrap_err();
    assert!(matches!(error, Error::SampledSource { .. }), "{error}");

    let random = || SpectralSource { mean: vec![0.1, 0.2], variance: vec![0.1, 0.4] };
    let pair = SpectralTarget::new(vec![1.0; 2], vec![1.0; 2], vec![random(), random()]).unwrap();
    assert!(pair.clone().with_covariance(1, 0, vec![-0.1, 0.4]).is_ok());
    let beyond = pair.clone().with_covariance(0, 1, vec![0.11, 0.0]);
    assert!(matches!(beyond, Err(Error::Parameter { name: "covariance of two sources", .. })), "{beyond:?}");
    assert!(matches!(pair.clone().with_covariance(0, 2, vec![0.0; 2]), Err(Error::Shape { .. })));
    assert!(matches!(pair.clone().with_covariance(0, 1, vec![0.0]), Err(Error::Shape { .. })));
    assert!(matches!(pair.with_covariance(1, 1, vec![0.0; 2]), Err(Error::Parameter { .. })));
}

#[test]
fn a_covariance_of_zero_is_a_covariance() {
    // No noise at all: the target's mean is seen as it is, and a source's too.
    let none = Eigenbasis::covariance(&DMatrix::zeros(3, 3)).unwrap();
    let training = Training { samples: 4.0, ridge: 0.5 };
    let source = TrainedSource { mean: &[1.0, 2.0, 0.0], covariance: &none, training, data: None };
    let target = none.target(&[1.0, 1.0, 0.5], &[Source::Trained(source)]).unwrap();
    let law = target.law(training).unwrap();
    // g = γ, A = ‖μ‖²/γ; E w̃ = μ/(γ + ‖μ‖²).
    assert_close("target", law.mean_coefficients()[0], 2.25 / 2.75, 1e-14);
    assert_close("source", law.mean_coefficients()[1], (3.0 / 5.5) * 0.5 / 2.75, 1e-14);
    assert!(law.variance_coefficients().iter().all(|k| *k == 0.0));
}
