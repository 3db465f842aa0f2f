//! A problem by the book: draw the samples, train the sources and the target, take the exact accuracy of what came out.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use super::{FrozenSource, Loss, Problem};
use crate::check::{require, vector};
use crate::error::{Error, Result};
use crate::labels::Intercept;
use crate::law::{Decision, Optimum};
use crate::loss::{self, Logistic};
use crate::normal::normal_cdf;
use crate::ridge::Ridge;
use crate::simulation::{Mixture, Noise, stream, whole};
use crate::training::Training;

/// Entries of a matrix of samples that is drawn, at most: 2 GiB.
const MOST_ENTRIES: usize = 1 << 28;

/// Weights u = (u₀, α): the target's own labels times u₀, and the sources times α.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// u₀, 1, or 0 where the sources stand alone.
    pub target: f64,
    /// α, one a source.
    pub sources: Vec<f64>,
}

impl Weights {
    /// The weights α beside the target's own labels.
    pub fn new(sources: &[f64]) -> Self {
        Self { target: 1.0, sources: sources.to_vec() }
    }

    /// The same u for a law.
    pub(super) fn as_optimum(&self) -> Optimum {
        if self.target == 0.0 { Optimum::Infinite(self.sources.clone()) } else { Optimum::Finite(self.sources.clone()) }
    }
}

impl From<&Optimum> for Weights {
    fn from(optimum: &Optimum) -> Self {
        let (target, sources) = optimum.direction();
        Self { target, sources: sources.to_vec() }
    }
}

/// One trained classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Mean and variance of ⟨w, x⟩ on class +1.
    pub decision: Decision,
    /// Its accuracy on clean labels with its threshold, exactly.
    pub accuracy: f64,
    /// 1 − accuracy, accurate where it is small.
    pub error_rate: f64,
}

impl Measured {
    /// A classifier with these margins m ± b of the two classes, of which the first has the share π.
    fn new(decision: Decision, intercept: f64, share: f64) -> Self {
        let margins = [decision.mean + intercept, decision.mean - intercept]
            .map(|mean| if mean == 0.0 { 0.0 } else { mean / decision.variance.sqrt() });
        let sum = |sign: f64| share * normal_cdf(sign * margins[0]) + (1.0 - share) * normal_cdf(sign * margins[1]);
        Self { decision, accuracy: sum(1.0), error_rate: sum(-1.0) }
    }
}

/// One run of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The sources as they are, on the target, without a threshold.
    pub sources: Vec<Measured>,
    /// The fine-tuned classifiers at the weights asked for.
    pub classifiers: Vec<Measured>,
}

/// Simulations of a [`Problem`], reproducible run by run.
///
/// ```
/// # use std::sync::Arc;
/// # use alpha_rmt::eigenbasis::Eigenbasis;
/// use alpha_rmt::problem::{FrozenSource, Problem, Simulation, Weights};
/// # use alpha_rmt::training::Training;
/// # let problem = Problem {
/// #     mean: vec![1.0, 0.5, 0.0],
/// #     covariance: Arc::new(Eigenbasis::diagonal(vec![1.0, 0.5, 2.0])?),
/// #     training: Training { samples: 20.0, ridge: 1.0 },
/// #     labels: Default::default(),
/// #     loss: Default::default(),
/// #     sources: vec![FrozenSource::Given(vec![0.5, 0.5, 0.1])],
/// # };
/// let simulation = Simulation::new(&problem, 1)?;
/// let run = simulation.run(0, &[Weights::new(&[1.0])])?;
/// assert_eq!((run.sources.len(), run.classifiers.len()), (1, 1));
/// assert_eq!(run, simulation.run(0, &[Weights::new(&[1.0])])?);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Simulation<'a> {
    problem: &'a Problem,
    target: Mixture,
    samples: usize,
    /// The samples that sources are trained on.
    data: Vec<Data>,
    seed: u64,
}

/// Samples of a source, or of several.
#[derive(Debug, Clone)]
struct Data {
    mixture: Mixture,
    samples: usize,
    /// Indices of the sources trained on them, and their ridges.
    sources: Vec<(usize, f64)>,
}

impl<'a> Simulation<'a> {
    /// A simulation whose run i is drawn from a stream of its own, keyed by the seed and i.
    ///
    /// # Errors
    /// What [`Problem::target`] refuses; [`Error::Conflict`] for what is not combined, or a covariance that only a sample of
    /// features tells of; [`Error::Parameter`] for a number of samples that is not whole, or so large that all
    /// of them have more than 2²⁸ features together.
    pub fn new(problem: &'a Problem, seed: u64) -> Result<Self> {
        problem.check_combination()?;
        if problem.covariance.rows().is_some() {
            return Err(Error::Conflict(
                "a simulation".to_owned(),
                "covariance = { features = … }".to_owned(),
                "samples can only be drawn from a known covariance, such as { matrix = … }",
            ));
        }
        problem.target()?;
        let p = problem.dimension();
        let count = |name, samples: f64| {
            let samples = whole(name, samples, 1)?;
            let possible = p.checked_mul(samples).is_some_and(|entries| entries <= MOST_ENTRIES);
            require(
                "features times samples",
                p as f64 * samples as f64,
                possible,
                "at most 2^28 in a simulation by the book",
            )?;
            Ok::<_, Error>(samples)
        };
        let mut data: Vec<Data> = Vec::new();
        let mut named: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, source) in problem.sources.iter().enumerate() {
            let FrozenSource::Trained { mean, covariance, training: Training { samples, ridge }, data: name } = source
            else {
                continue;
            };
            if let Some(known) = name.as_deref().and_then(|name| named.get(name)) {
                data[*known].sources.push((index, *ridge));
                continue;
            }
            named.extend(name.as_deref().map(|name| (name, data.len())));
            data.push(Data {
                mixture: Mixture::new(mean.clone(), Noise::basis(covariance))?,
                samples: count("samples of a source", *samples)?,
                sources: vec![(index, *ridge)],
            });
        }
        let target = Mixture::new(problem.mean.clone(), Noise::basis(&problem.covariance))?;
        let samples = count("target-samples", problem.training.samples)?;
        Ok(Self { problem, target, samples, data, seed })
    }

    /// Run number `index`, with the target trained at each of the weights.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite, or a target's own
    /// weight other than 1 with the logistic loss; [`Error::Singular`] for a ridge far below rounding;
    /// [`Error::NotConverged`] if Newton's method fails with the logistic loss.
    pub fn run(&self, index: u64, at: &[Weights]) -> Result<Run> {
        let rng = &mut stream(self.seed, index);
        let sources = self.sources(rng)?;
        let alone = sources.column_iter().map(|w| Ok(Measured::new(self.target.decision(w.as_slice())?, 0.0, 0.5)));
        Ok(Run { sources: alone.collect::<Result<_>>()?, classifiers: self.classifiers(&sources, at, rng)? })
    }

    /// The sources as columns.
    fn sources(&self, rng: &mut StdRng) -> Result<DMatrix<f64>> {
        let mut sources = DMatrix::zeros(self.problem.dimension(), self.problem.sources.len());
        for (mut column, source) in sources.column_iter_mut().zip(&self.problem.sources) {
            match source {
                FrozenSource::Given(vector) => column.copy_from_slice(vector),
                FrozenSource::Random { mean, variances } => {
                    for (entry, (mean, variance)) in column.iter_mut().zip(mean.iter().zip(variances)) {
                        let normal: f64 = StandardNormal.sample(rng);
                        *entry = mean + variance.sqrt() * normal;
                    }
                }
                FrozenSource::Trained { .. } => {}
            }
        }
        for Data { mixture, samples, sources: trained } in &self.data {
            let labels = labels(*samples, 0.5, rng);
            let x = mixture.draw(labels.as_slice(), rng);
            for (index, ridge) in trained {
                sources.set_column(*index, &Ridge::new(x.clone(), *ridge)?.classifier(&labels)?);
            }
        }
        Ok(sources)
    }

    fn classifiers(&self, sources: &DMatrix<f64>, at: &[Weights], rng: &mut StdRng) -> Result<Vec<Measured>> {
        let Problem { training: Training { ridge, .. }, labels: kind, loss, .. } = self.problem;
        let truth = labels(self.samples, kind.positive_share, rng);
        let x = self.target.draw(truth.as_slice(), rng);
        let noise = kind.noise;
        let y = truth.map(|y| if rng.random::<f64>() < noise { -y } else { y });
        for weights in at {
            vector("weights", &weights.sources, sources.ncols())?;
        }
        match loss {
            Loss::Squared => {
                let columns = Columns::train(x, &y, sources, *ridge, kind.intercept)?;
                at.iter().map(|weights| self.measure(columns.at(weights))).collect()
            }
            Loss::Logistic => {
                let trained = |weights: &Weights| {
                    require(
                        "the target's own weight",
                        weights.target,
                        weights.target == 1.0,
                        "1 with the logistic loss",
                    )?;
                    let frozen = sources * DVector::from_column_slice(&weights.sources);
                    let w = loss::train(&Logistic, &x, y.as_slice(), *ridge, frozen.as_slice())?;
                    self.measure((w, 0.0))
                };
                at.iter().map(trained).collect()
            }
        }
    }

    /// A classifier and its intercept on the target's clean labels.
    fn measure(&self, (w, intercept): (DVector<f64>, f64)) -> Result<Measured> {
        let decision = self.target.decision(w.as_slice())?;
        let Decision { mean, variance } = decision;
        let share = self.problem.labels.positive_share;
        let intercept = match self.problem.labels.intercept {
            // No finite threshold is best for a classifier that is wrong more often than not.
            Intercept::Best if mean <= 0.0 => (share - 0.5) * f64::INFINITY,
            Intercept::Best => 0.5 * variance / mean * (share / (1.0 - share)).ln(),
            _ => intercept,
        };
        Ok(Measured::new(decision, intercept, share))
    }
}

/// Independent labels ±1.
fn labels(count: usize, positive_share: f64, rng: &mut StdRng) -> DVector<f64> {
    DVector::from_fn(count, |_, _| if rng.random::<f64>() < positive_share { 1.0 } else { -1.0 })
}

/// The classifier trained by squared loss and its intercept, linear in u.
struct Columns {
    /// A column for each entry of u.
    classifiers: DMatrix<f64>,
    intercepts: Vec<f64>,
}

impl Columns {
    /// Minimises (1/n)‖y − b − Xᵀw‖² + γ‖w − Wα‖², with b = 0 or b free.
    fn train(
        mut x: DMatrix<f64>,
        y: &DVector<f64>,
        sources: &DMatrix<f64>,
        ridge: f64,
        intercept: Intercept,
    ) -> Result<Self> {
        let fitted = intercept != Intercept::None;
        let (label_mean, feature_mean) =
            if fitted { (y.mean(), x.column_mean()) } else { (0.0, DVector::zeros(x.nrows())) };
        if fitted {
            x.column_iter_mut().for_each(|mut sample| sample -= &feature_mean);
        }
        let problem = Ridge::new(x, ridge)?;
        let own = problem.classifier(&y.add_scalar(-label_mean))?;
        let mut classifiers = DMatrix::zeros(own.len(), sources.ncols() + 1);
        classifiers.set_column(0, &own);
        classifiers.columns_mut(1, sources.ncols()).copy_from(&problem.shrink(sources)?);
        let mut intercepts: Vec<f64> = classifiers.tr_mul(&feature_mean).iter().map(|x| -x).collect();
        intercepts[0] += label_mean;
        Ok(Self { classifiers, intercepts })
    }

    fn at(&self, weights: &Weights) -> (DVector<f64>, f64) {
        let u = DVector::from_iterator(
            self.intercepts.len(),
            std::iter::once(weights.target).chain(weights.sources.iter().copied()),
        );
        (&self.classifiers * &u, self.intercepts.iter().zip(u.iter()).map(|(b, u)| b * u).sum())
    }
}
