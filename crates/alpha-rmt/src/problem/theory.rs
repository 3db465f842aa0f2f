//! One view of the laws that a problem may have.

use std::borrow::Cow;

use super::{Loss, Problem, Weights};
use crate::covariance::SpectralTarget;
use crate::error::{Error, Result};
use crate::labels::{Intercept, LabelledDecision, LabelledLaw, Labels};
use crate::law::{Decision, Optimum};
use crate::loss::{Logistic, LossLaw};
use crate::training::Training;

/// The law of a problem in the weights of its sources.
pub(super) enum Theory<'a> {
    Squared(LabelledLaw),
    /// Of clean labels, without an intercept.
    Logistic {
        target: Cow<'a, SpectralTarget>,
        training: Training,
    },
}

/// The decision function at some weights, and how often it is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) decision: Decision,
    pub(super) accuracy: f64,
    pub(super) error_rate: f64,
}

impl Problem {
    /// Refuses what the theory does not combine.
    pub(super) fn check_combination(&self) -> Result<()> {
        let Labels { noise, intercept, .. } = self.labels.checked()?;
        if noise > 0.0 {
            self.squared_only(&format!("label-noise = {noise}"))?;
        }
        if self.covariance.rows().is_some() {
            self.squared_only("covariance = { features = … }")?;
        }
        match intercept {
            Intercept::None => Ok(()),
            Intercept::Fitted => self.squared_only("intercept = \"fitted\""),
            Intercept::Best => self.squared_only("intercept = \"best\""),
        }
    }

    /// Refuses a loss other than the squared one together with `what`.
    pub(super) fn squared_only(&self, what: &str) -> Result<()> {
        match self.loss {
            Loss::Squared => Ok(()),
            Loss::Logistic => Err(Error::Conflict(
                "loss = \"logistic\"".to_owned(),
                what.to_owned(),
                "this is known for the squared loss only; leave one of them out",
            )),
        }
    }
}

impl<'a> Theory<'a> {
    pub(super) fn new(problem: &Problem, target: &'a SpectralTarget) -> Result<Self> {
        problem.check_combination()?;
        let training = problem.training;
        Ok(match problem.loss {
            Loss::Squared => Self::Squared(target.law_with_labels(training, problem.labels)?),
            Loss::Logistic => Self::Logistic { target: Cow::Borrowed(target), training },
        })
    }

    /// The best weights, and what is there; of the logistic loss at infinity, near it.
    pub(super) fn optimum(&self) -> Result<(Optimum, Spot)> {
        match self {
            Self::Squared(law) => {
                let optimum = law.optimum()?;
                let spot = Spot::labelled(law.at_optimum(&optimum)?);
                Ok((optimum, spot))
            }
            Self::Logistic { target, training } => {
                let best = LossLaw::new(target, *training, Logistic)?.optimum()?;
                Ok((best.optimum, Spot::plain(best.decision)))
            }
        }
    }

    pub(super) fn at(&self, weights: &Weights) -> Result<Spot> {
        match self {
            Self::Squared(law) => Ok(Spot::labelled(law.at_optimum(&weights.as_optimum())?)),
            Self::Logistic { .. } if weights.target != 1.0 => Err(Error::Undefined { quantity: "the law at infinity" }),
            Self::Logistic { target, training } => {
                Ok(Spot::plain(LossLaw::new(target, *training, Logistic)?.at(&weights.sources)?.decision))
            }
        }
    }

    /// What the fluctuation of a fitted threshold takes from the accuracy at n samples.
    pub(super) fn threshold_loss(&self, weights: &Weights, samples: f64) -> Result<f64> {
        match self {
            Self::Squared(law) => {
                let decision = law.at_optimum(&weights.as_optimum())?.decision;
                Ok(law.threshold_loss(decision, weights.target, samples))
            }
            Self::Logistic { .. } => Ok(0.0),
        }
    }

    pub(super) fn without(&self, index: usize) -> Result<Self> {
        Ok(match self {
            Self::Squared(law) => Self::Squared(law.without(index)?),
            Self::Logistic { target, training } => {
                Self::Logistic { target: Cow::Owned(target.without(index)?), training: *training }
            }
        })
    }
}

impl Spot {
    fn labelled(at: LabelledDecision) -> Self {
        Self { decision: at.decision, accuracy: at.accuracy(), error_rate: at.error_rate() }
    }

    /// Without a threshold.
    fn plain(decision: Decision) -> Self {
        Self { decision, accuracy: decision.accuracy(), error_rate: decision.error_rate() }
    }
}
