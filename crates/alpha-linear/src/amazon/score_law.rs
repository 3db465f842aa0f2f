//! The score law on the Amazon transfers: how well theory says, from the rows themselves, what draws of n of them reach.
//!
//! Of each transfer the accuracy is measured over random draws of n rows, tested on the rest, and said by
//!
//! - the Gaussian law (docs/theory.md §3) with the moments of all rows;
//! - its classifier applied to the real rows ([`ClassifierLaw`]), with the same moments;
//! - the law of draws from these rows ([`PoolLaw`]);
//! - the same on rows without labels, of which only the mean of y⟨w, x⟩ is known.
//!
//! All four know every label, in the moments at least: what is asked is whether the law is right, not what n labels can say.
//!
//! [`ClassifierLaw`]: alpha_rmt::score::ClassifierLaw
//! [`PoolLaw`]: alpha_rmt::score::PoolLaw

use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::score::Pool;
use alpha_rmt::training::Training;
use alpha_store::table::Table;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::amazon::protocol::splits;
use crate::amazon::table1::Table1Config;
use crate::amazon::{Amazon, Domain};
use crate::error::{Error, Result, at_least, positive, splits_allowed};
use crate::gram_solver::GramSolver;
use crate::numpy_rng::NumpyRng;
use crate::samples::Samples;

/// What is measured.
///
/// | field | symbol | default | range |
/// |---|---|---|---|
/// | `targets` | | all four | at least one |
/// | `target_samples` | n | 20, 40, 100, 200 | ≥ 1, below the target's rows |
/// | `target_ridges` | γ | 1, 10, 100 | > 0 |
/// | `splits` | | 400 | ≥ 1 |
/// | `seed` | | 1 | |
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreLawConfig {
    /// Target domains; the three others are the sources of each, trained on all their rows with γ̃ = 1.
    pub targets: Vec<Domain>,
    /// n.
    pub target_samples: Vec<usize>,
    /// γ.
    pub target_ridges: Vec<f64>,
    /// Random draws per n.
    pub splits: usize,
    /// Seed of NumPy's legacy generator.
    pub seed: u32,
}

impl Default for ScoreLawConfig {
    fn default() -> Self {
        Self {
            targets: Domain::ALL.to_vec(),
            target_samples: vec![20, 40, 100, 200],
            target_ridges: vec![1.0, 10.0, 100.0],
            splits: 400,
            seed: 1,
        }
    }
}

/// Which α a case has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    /// α = 0.
    Zero,
    /// α = 1.
    One,
    /// α\* of the Gaussian law.
    Best,
}

impl Scale {
    /// 0, 1 or best.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::One => "1",
            Self::Best => "best",
        }
    }
}

/// One transfer at one n, γ and α. Accuracies in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Source domain.
    pub source: Domain,
    /// Target domain.
    pub target: Domain,
    /// n.
    pub target_samples: usize,
    /// γ.
    pub target_ridge: f64,
    /// Which α.
    pub scale: Scale,
    /// α.
    pub alpha: f64,
    /// Mean accuracy over the draws, on the rows that were not drawn.
    pub measured: f64,
    /// Its standard error.
    pub error: f64,
    /// By the Gaussian law.
    pub gaussian: f64,
    /// By the Gaussian law's classifier on the real rows.
    pub classifier: f64,
    /// By the law of draws from these rows.
    pub pool: f64,
    /// The same without the labels of the rows.
    pub unlabelled: f64,
}

impl Case {
    /// What the four laws say, in the order of [`LAWS`].
    pub fn said(&self) -> [f64; 4] {
        [self.gaussian, self.classifier, self.pool, self.unlabelled]
    }
}

/// Names of the four laws.
pub const LAWS: [&str; 4] = ["Gaussian law", "its classifier on real rows", "draws from the rows", "without labels"];

/// A target with its sources.
struct Scene<'a> {
    target: Domain,
    samples: &'a Samples,
    sources: Vec<(Domain, DVector<f64>)>,
    kernel: GramSolver,
    pool: Pool,
    /// Mean and eigenvalues of C, and the rows and the sources in its basis.
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
    rows: DMatrix<f64>,
    known: DMatrix<f64>,
}

/// Measures every transfer onto the targets at every n, γ and α.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range, [`Error::Theory`] where a law has no answer.
pub fn measure(amazon: &Amazon, config: &ScoreLawConfig) -> Result<Vec<Case>> {
    splits_allowed(config.splits)?;
    at_least("targets", 1, config.targets.len())?;
    config.target_ridges.iter().try_for_each(|ridge| positive("target-ridge", *ridge).map(|_| ()))?;
    let mut cases = Vec::new();
    for target in &config.targets {
        let scene = Scene::new(amazon, *target)?;
        let jobs: Vec<usize> = config.target_samples.clone();
        let by_n = jobs.par_iter().map(|n| scene.cases(*n, config)).collect::<Result<Vec<_>>>()?;
        cases.extend(by_n.into_iter().flatten());
    }
    Ok(cases)
}

impl<'a> Scene<'a> {
    fn new(amazon: &'a Amazon, target: Domain) -> Result<Self> {
        let samples = amazon.samples(target);
        let protocol = Table1Config::default();
        let sources = Domain::ALL.into_iter().filter(|source| *source != target);
        let sources = sources.map(|source| Ok((source, protocol.source_classifier(amazon.samples(source))?)));
        let sources: Vec<(Domain, DVector<f64>)> = sources.collect::<Result<_>>()?;
        let columns: Vec<DVector<f64>> = sources.iter().map(|(_, w)| w.clone()).collect();
        let known = DMatrix::from_columns(&columns);
        let slices: Vec<&[f64]> = sources.iter().map(|(_, w)| w.as_slice()).collect();
        let pool = Pool::new(samples.features.clone(), samples.labels.as_slice(), &slices)?;

        let class_mean = |class: f64| {
            let rows: Vec<usize> = (0..samples.rows()).filter(|i| samples.labels[*i] == class).collect();
            samples.features.select_columns(&rows).column_mean()
        };
        let (plus, minus) = (class_mean(1.0), class_mean(-1.0));
        let mut centred = samples.features.clone();
        for (mut column, y) in centred.column_iter_mut().zip(&samples.labels) {
            column -= if *y > 0.0 { &plus } else { &minus };
        }
        let basis = Eigenbasis::samples(&centred, samples.rows() as f64)?;
        let mean = basis.rotate(&DMatrix::from_columns(&[(plus - minus) / 2.0]))?;
        Ok(Self {
            target,
            samples,
            kernel: GramSolver::new(samples, &known),
            pool,
            eigenvalues: basis.eigenvalues().to_vec(),
            mean: mean.as_slice().to_vec(),
            rows: basis.rotate(&samples.features)?,
            known: basis.rotate(&known)?,
            sources,
        })
    }

    /// Every source, γ and α at one n.
    fn cases(&self, target_samples: usize, config: &ScoreLawConfig) -> Result<Vec<Case>> {
        let draws = splits(&mut NumpyRng::seed(config.seed), self.samples.rows(), target_samples, config.splits)?;
        let n = draws[0].train.len();
        let mut cases = Vec::new();
        for &ridge in &config.target_ridges {
            let training = Training { samples: n as f64, ridge };
            let pool = self.pool.law(training)?;
            for (k, (source, _)) in self.sources.iter().enumerate() {
                let given = SpectralSource::given(self.known.column(k).as_slice().to_vec());
                let target = SpectralTarget::new(self.eigenvalues.clone(), self.mean.clone(), vec![given])?;
                let law = target.law(training)?;
                for (scale, alpha) in [(Scale::Zero, 0.0), (Scale::One, 1.0), (Scale::Best, best(&law)?)] {
                    let mut weights = vec![0.0; self.sources.len()];
                    weights[k] = alpha;
                    let labels = self.samples.labels.as_slice();
                    let scores = pool.left_out(&weights)?;
                    cases.push(Case {
                        source: *source,
                        target: self.target,
                        target_samples,
                        target_ridge: ridge,
                        scale,
                        alpha,
                        measured: 0.0,
                        error: 0.0,
                        gaussian: law.at(&[alpha])?.accuracy(),
                        classifier: target.classifier(training, &[alpha])?.scores(&self.rows)?.accuracy(labels)?,
                        pool: scores.accuracy(labels)?,
                        unlabelled: scores.predicted_accuracy(scores.margin(labels)?)?,
                    });
                }
            }
        }
        let mut sums = vec![(0.0, 0.0); cases.len()];
        let per_ridge = cases.len() / config.target_ridges.len();
        for split in &draws {
            for (i, tuned) in self.kernel.tune(&split.train, &config.target_ridges)?.iter().enumerate() {
                for j in i * per_ridge..(i + 1) * per_ridge {
                    let source = j % per_ridge / (per_ridge / self.sources.len());
                    let right = tuned.accuracy(source, cases[j].alpha, &self.samples.labels, &split.test);
                    sums[j].0 += right;
                    sums[j].1 += right * right;
                }
            }
        }
        let count = draws.len() as f64;
        for (case, (sum, squares)) in cases.iter_mut().zip(sums) {
            case.measured = sum / count;
            case.error = ((squares / count - case.measured * case.measured).max(0.0) / count).sqrt();
        }
        Ok(cases)
    }
}

/// The finite α\* of a law.
fn best(law: &DecisionLaw) -> Result<f64> {
    match law.optimum()? {
        Optimum::Finite(weights) => Ok(weights[0]),
        _ => Err(Error::Data { what: "target", reason: "the law's best α is infinite".to_owned() }),
    }
}

/// Bias and mean error in points of every law at each (n, γ, α), over the cases given.
pub fn table(cases: &[Case]) -> Table {
    let mut table = Table::new(["n", "γ", "α", "measured"].into_iter().chain(LAWS));
    let mut groups: Vec<(usize, f64, Scale)> = Vec::new();
    for case in cases {
        let group = (case.target_samples, case.target_ridge, case.scale);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (n, ridge, scale) in groups {
        let group: Vec<&Case> =
            cases.iter().filter(|c| (c.target_samples, c.target_ridge, c.scale) == (n, ridge, scale)).collect();
        let count = group.len() as f64;
        let measured = 100.0 * group.iter().map(|c| c.measured).sum::<f64>() / count;
        let mut row = vec![n.to_string(), ridge.to_string(), scale.name().to_owned(), format!("{measured:.2}")];
        for law in 0..LAWS.len() {
            let errors = group.iter().map(|c| 100.0 * (c.said()[law] - c.measured));
            let (bias, size) = errors.fold((0.0, 0.0), |(bias, size), e| (bias + e / count, size + e.abs() / count));
            row.push(format!("{bias:+.2} / {size:.2}"));
        }
        table.push(row);
    }
    table
}
