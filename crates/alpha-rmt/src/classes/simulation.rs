//! Simulation by the book: draw the samples of every class, train, and take the exact accuracy of what was trained.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;

use super::decision::{ClassDecision, Rule};
use super::groups::{Classes, Intercept};
use super::law::ClassLaw;
use super::source::Source;
use super::target::Target;
use crate::check::require;
use crate::eigenbasis::Eigenbasis;
use crate::error::{Error, Result};
use crate::ridge::Ridge;
use crate::simulation::{Moments, Noise, moments_of, stream};
use crate::training::Training;

/// Entries of a matrix of samples that is drawn, at most: 16 GiB.
const MOST_ENTRIES: f64 = (1u64 << 31) as f64;

/// A K-class problem as a whole, in the coordinates of the features: what the theory and the simulation are both made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The classes to be learnt.
    pub classes: Classes,
    /// Their covariance C.
    pub covariance: Arc<Eigenbasis>,
    /// Number n of samples, and ridge γ.
    pub training: Training,
    /// Whether with an intercept.
    pub intercept: Intercept,
    /// How the scores name a class.
    pub rule: Rule,
    /// The frozen sources.
    pub sources: Vec<Source>,
}

/// One simulated target with its sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The scores of the weights that were trained, on test points, for every α.
    pub law: ClassLaw,
    /// Those of each source alone.
    pub sources: Vec<ClassDecision>,
}

impl Problem {
    /// The theory.
    ///
    /// # Errors
    /// As [`Target::new`].
    pub fn target(&self) -> Result<Target> {
        Target::new(&self.covariance, &self.classes, &self.sources, self.intercept, self.rule)
    }

    /// Simulated run number `index`: shares of whole samples for each class, the largest remainders rounded up; fresh samples for each
    /// trained source.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number of samples that is not whole, below the number of classes, or too large to draw; [`Error::Conflict`] for a covariance known from a sample only;
    /// [`Error::Singular`] for a ridge far below rounding; otherwise as [`Target::new`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use alpha_rmt::classes::{Classes, Intercept, Problem, Rule};
    /// # use alpha_rmt::eigenbasis::Eigenbasis;
    /// # use alpha_rmt::training::Training;
    /// # use nalgebra::DMatrix;
    /// let means = DMatrix::from_fn(60, 3, |i, c| if i % 3 == c { 0.5 } else { 0.0 });
    /// let problem = Problem {
    ///     classes: Classes::one_hot(means, vec![0.5, 0.3, 0.2])?,
    ///     covariance: Arc::new(Eigenbasis::identity(60)?),
    ///     training: Training { samples: 100.0, ridge: 1.0 },
    ///     intercept: Intercept::Fitted, rule: Rule::LargestScore, sources: vec![],
    /// };
    /// let theory = problem.target()?.law(problem.training)?.at(&[])?.accuracy()?.value;
    /// let run = problem.simulated(1, 0)?.law.at(&[])?.accuracy()?.value;
    /// assert!((run - theory).abs() < 0.05);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn simulated(&self, seed: u64, index: u64) -> Result<Run> {
        if self.covariance.rows().is_some() {
            return Err(Error::Conflict(
                "a simulation".to_owned(),
                "a covariance from samples of features".to_owned(),
                "samples can only be drawn from a known covariance",
            ));
        }
        let rng = &mut stream(seed, index);

        let sources = self.sources.iter().map(|source| drawn(source, self.classes.outputs(), rng));
        let sources: Vec<Trained> = sources.collect::<Result<_>>()?;
        let weights: Vec<&DMatrix<f64>> = sources.iter().map(|source| &source.weights).collect();
        let parts = train(&self.classes, &self.covariance, self.training, self.intercept, &weights, rng)?;

        let columns: Vec<DVector<f64>> = parts
            .iter()
            .flat_map(|part| part.weights.column_iter().map(|c| c.into_owned()).collect::<Vec<_>>())
            .collect();
        let covariance = self.products(&DMatrix::from_columns(&columns))?;
        let law = ClassLaw::from_parts(
            parts.iter().map(|part| part.scores(&self.classes)).collect(),
            covariance,
            self.classes.clone(),
            self.rule,
        );
        let alone = |source: &Trained| {
            let covariance = self.products(&source.weights)?;
            Ok(ClassDecision::new(source.scores(&self.classes), covariance, 1.0, &self.classes, self.rule))
        };
        Ok(Run { law, sources: sources.iter().map(alone).collect::<Result<_>>()? })
    }

    /// Moments of `count` statistics over the simulated runs 0, 1, … `runs` − 1, on all cores; the same on any number of them.
    ///
    /// # Errors
    /// As [`Problem::simulated`], and whatever `statistics` returns.
    pub fn simulate(
        &self,
        runs: u64,
        seed: u64,
        count: usize,
        statistics: impl Fn(&Run) -> Result<Vec<f64>> + Sync,
    ) -> Result<Vec<Moments>> {
        moments_of(runs, count, |index| statistics(&self.simulated(seed, index)?))
    }

    /// WᵀCW.
    fn products(&self, weights: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        let mut coordinates = self.covariance.rotate(weights)?;
        coordinates.row_iter_mut().zip(self.covariance.eigenvalues()).for_each(|(mut row, s)| row *= s.sqrt());
        Ok(coordinates.tr_mul(&coordinates))
    }
}

/// Weights (p×d) with their intercept (d numbers).
struct Trained {
    weights: DMatrix<f64>,
    intercept: DVector<f64>,
}

impl Trained {
    /// Mean scores of each class, K×d.
    fn scores(&self, classes: &Classes) -> DMatrix<f64> {
        let mut scores = classes.means().tr_mul(&self.weights);
        scores.row_iter_mut().for_each(|mut row| row += self.intercept.transpose());
        scores
    }
}

/// A source, trained on samples of its own unless it is given.
fn drawn(source: &Source, outputs: usize, rng: &mut StdRng) -> Result<Trained> {
    match source {
        Source::Given { weights, intercept } => {
            let own = if intercept.is_empty() { vec![0.0; outputs] } else { intercept.clone() };
            Ok(Trained { weights: weights.clone(), intercept: own.into() })
        }
        Source::Trained { classes, covariance, training, intercept } => {
            let parts = train(classes, covariance, *training, *intercept, &[], rng)?;
            parts.into_iter().next().ok_or(Error::Range { quantity: "a trained source" })
        }
    }
}

/// Draws samples and trains on them: the weights that the labels make, and what one unit of each source adds to them.
fn train(
    classes: &Classes,
    covariance: &Eigenbasis,
    training: Training,
    intercept: Intercept,
    sources: &[&DMatrix<f64>],
    rng: &mut StdRng,
) -> Result<Vec<Trained>> {
    let counts = counts(classes, training.samples)?;
    let labels: Vec<usize> = counts.iter().enumerate().flat_map(|(c, count)| std::iter::repeat_n(c, *count)).collect();
    let mut samples = Noise::basis(covariance).draw(labels.len(), rng);
    for (mut column, c) in samples.column_iter_mut().zip(&labels) {
        column += classes.means().column(*c);
    }
    let (p, d) = (classes.dimension(), classes.outputs());
    let (mut centre, mut average) = (DVector::zeros(p), DVector::zeros(d));
    if intercept == Intercept::Fitted {
        centre = samples.column_mean();
        samples.column_iter_mut().for_each(|mut column| column -= &centre);
        let shares = DVector::from_iterator(counts.len(), counts.iter().map(|n| *n as f64 / labels.len() as f64));
        average = classes.targets().tr_mul(&shares);
    }
    let ridge = Ridge::new(samples, training.ridge)?;
    let columns = (0..d).map(|j| {
        let wanted = labels.iter().map(|c| classes.targets()[(*c, j)] - average[j]);
        ridge.classifier(&DVector::from_iterator(labels.len(), wanted))
    });
    let weights = DMatrix::from_columns(&columns.collect::<Result<Vec<_>>>()?);
    let mut parts = vec![weights];
    for source in sources {
        parts.push(ridge.shrink(source)?);
    }
    let parts = parts.into_iter().enumerate().map(|(i, weights)| {
        let seen = weights.tr_mul(&centre);
        Trained { weights, intercept: if i == 0 { &average - seen } else { -seen } }
    });
    Ok(parts.collect())
}

/// How many of n samples each class has: π_cn rounded down, and one more for the largest remainders.
fn counts(classes: &Classes, samples: f64) -> Result<Vec<usize>> {
    let holds = samples.fract() == 0.0 && samples >= classes.count() as f64;
    require("samples", samples, holds, "a whole number, at least that of the classes, in a simulation")?;
    let entries = samples * classes.dimension() as f64;
    require("features times samples", entries, entries <= MOST_ENTRIES, "at most 2^31 in a simulation")?;
    let exact: Vec<f64> = classes.shares().iter().map(|share| share * samples).collect();
    let mut counts: Vec<usize> = exact.iter().map(|x| x.floor() as usize).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()));
    let rest = samples as usize - counts.iter().sum::<usize>().min(samples as usize);
    order.iter().take(rest).for_each(|c| counts[*c] += 1);
    Ok(counts)
}
