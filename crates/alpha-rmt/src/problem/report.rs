//! What the theory says of a problem.

use serde::Serialize;

use super::theory::{Spot, Theory};
use super::{Problem, Weights};
use crate::check::vector;
use crate::covariance::SpectralTarget;
use crate::error::{Error, Result};
use crate::law::Optimum;
use crate::training::Training;
use crate::tuning::RidgeRange;

/// The best weights of the sources, as `alpha-rmt law` prints them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// `finite`, `infinite` or `separable`.
    pub kind: &'static str,
    /// The weight of the target's own labels beside `weights`: 1, or 0 where the sources stand alone. Only the direction of
    /// (`target`, `weights`) means anything where it is 0.
    pub target: f64,
    /// α, one a source.
    pub weights: Vec<f64>,
}

impl From<&Optimum> for Best {
    fn from(optimum: &Optimum) -> Self {
        let (target, weights) = optimum.direction();
        Self { kind: optimum.kind(), target, weights: weights.to_vec() }
    }
}

/// A frozen source as it is, on the target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SourceReport {
    /// Its accuracy without a threshold; `None` for a source that is 0 on the target's features.
    pub accuracy: Option<f64>,
}

/// What one source is worth; see [`crate::law::Contribution`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Worth {
    /// Accuracy at the weights of the report.
    pub accuracy: f64,
    /// Accuracy at the same weights without this source; `None` where nothing is left.
    pub accuracy_without: Option<f64>,
    /// Accuracy at the best weights of all sources.
    pub best: f64,
    /// Accuracy at the best weights of the other sources.
    pub best_without: f64,
    /// Whether leaving the source out, all other weights as they are, raises the accuracy.
    pub hurts: Option<bool>,
}

/// What the theory says of a problem at given weights, or at the best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The best weights.
    pub optimum: Best,
    /// The weights α at which the next five values are taken; `None` where they are taken at an optimum at infinity.
    pub weights: Option<Vec<f64>>,
    /// m, the mean of the decision function on class +1; `None` at infinity.
    pub mean: Option<f64>,
    /// q, its variance in either class; `None` at infinity.
    pub variance: Option<f64>,
    /// m/√q, half the distance of the classes in standard deviations; `None` where it is infinite.
    pub separation: Option<f64>,
    /// Share of the target's test samples that are told wrongly, by their true labels.
    pub error_rate: f64,
    /// 1 − the error rate.
    pub accuracy: f64,
    /// Accuracy of the target alone, all weights 0; `None` where its classifier is 0.
    pub accuracy_at_0: Option<f64>,
    /// Accuracy of usual fine-tuning, all weights 1; `None` where its classifier is 0.
    pub accuracy_at_1: Option<f64>,
    /// Accuracy at the best weights.
    pub accuracy_at_optimum: f64,
    /// The sources as they are.
    pub sources: Vec<SourceReport>,
    /// What each source is worth; one entry a source.
    pub contributions: Vec<Worth>,
}

/// The best ridge of the target, with the best weights at it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TunedReport {
    /// γ.
    pub target_ridge: f64,
    /// The best weights there.
    pub optimum: Best,
    /// The accuracy there.
    pub accuracy: f64,
    /// `least` or `most` if it lies at that end of the range that was searched: a better one may lie beyond.
    pub end_of_range: Option<&'static str>,
    /// The range that was searched.
    pub range: [f64; 2],
}

impl Problem {
    /// What the theory says at weights α, or at the best ones.
    ///
    /// # Errors
    /// As [`Problem::target`]; [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite;
    /// [`Error::Conflict`] for what the theory does not combine; [`Error::Variance`] where the classifier is 0 at the weights.
    pub fn report(&self, weights: Option<&[f64]>) -> Result<Report> {
        if let Some(weights) = weights {
            vector("weights", weights, self.sources.len())?;
        }
        let target = self.target()?;
        let theory = Theory::new(self, &target)?;
        let (optimum, best) = theory.optimum()?;
        self.check_told(&optimum)?;
        let (here, spot) = match weights.map(Weights::new) {
            Some(here) => (here.clone(), theory.at(&here)?),
            None => (Weights::from(&optimum), best),
        };
        let finite = here.target != 0.0;
        let all = |weight: f64| {
            theory
                .at(&Weights::new(&vec![weight; self.sources.len()]))
                .defined()
                .map(|spot| spot.map(|spot| spot.accuracy))
        };
        let finite_only = |value: f64| finite.then_some(value);
        Ok(Report {
            optimum: Best::from(&optimum),
            weights: finite.then(|| here.sources.clone()),
            mean: finite_only(spot.decision.mean),
            variance: finite_only(spot.decision.variance),
            separation: Some(spot.decision.separation()).filter(|x| x.is_finite()),
            error_rate: spot.error_rate,
            accuracy: spot.accuracy,
            accuracy_at_0: all(0.0)?,
            accuracy_at_1: all(1.0)?,
            accuracy_at_optimum: best.accuracy,
            sources: self.alone(&target)?,
            contributions: self.contributions(&theory, &here, &spot, &best)?,
        })
    }

    /// Refuses perfect separation by a covariance that only a sample tells of: directions without variance in it may have some.
    fn check_told(&self, optimum: &Optimum) -> Result<()> {
        match (self.covariance.rows(), optimum) {
            (Some(rows), Optimum::Separable { .. }) => {
                let Training { samples, ridge } = self.training;
                Err(Error::FewRows { rows, samples, ridge })
            }
            _ => Ok(()),
        }
    }

    /// The sources without the target.
    fn alone(&self, target: &SpectralTarget) -> Result<Vec<SourceReport>> {
        let accuracy = |i| Ok(SourceReport { accuracy: target.source_accuracy(i).defined()? });
        (0..self.sources.len()).map(accuracy).collect()
    }

    fn contributions(&self, theory: &Theory<'_>, here: &Weights, spot: &Spot, best: &Spot) -> Result<Vec<Worth>> {
        let worth = |index| {
            let others = theory.without(index)?;
            let mut kept = here.clone();
            kept.sources.remove(index);
            let without = others.at(&kept).defined()?.map(|spot| spot.accuracy);
            Ok(Worth {
                accuracy: spot.accuracy,
                accuracy_without: without,
                best: best.accuracy,
                best_without: others.optimum()?.1.accuracy,
                hurts: without.map(|without| without > spot.accuracy),
            })
        };
        (0..self.sources.len()).map(worth).collect()
    }

    /// The best ridge of the target in a range, together with the best weights.
    ///
    /// # Errors
    /// As [`Problem::report`]; [`Error::Conflict`] for a loss other than the squared one.
    pub fn tuned(&self, range: RidgeRange) -> Result<TunedReport> {
        self.squared_only("--tune")?;
        let best = self.target()?.best_ridge_with_labels(self.training.samples, self.labels, range)?;
        self.check_told(&best.optimum)?;
        let end_of_range = match best.target_ridge {
            ridge if ridge <= range.least => Some("least"),
            ridge if ridge >= range.most => Some("most"),
            _ => None,
        };
        Ok(TunedReport {
            target_ridge: best.target_ridge,
            optimum: Best::from(&best.optimum),
            accuracy: best.accuracy,
            end_of_range,
            range: [range.least, range.most],
        })
    }
}

/// Results that leave something undefined.
trait Defined<T> {
    /// `None` where the classifier is 0, or a law at infinity is not known.
    fn defined(self) -> Result<Option<T>>;
}

impl<T> Defined<T> for Result<T> {
    fn defined(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::Variance { .. } | Error::Undefined { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
