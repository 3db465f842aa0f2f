//! Choices of α from n labels. All but [`Selection::Joint`] take the ridges as given.

use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::source::{SourceForm, Sources};
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};

use crate::belief::{Posterior, Scenarios};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::{Forms, Metric, form};
use crate::samples::{PublishedStatistics, Samples};
use crate::table1::Table1Config;

/// The choices, by the names that the command line has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// The paper's formula for α*, its second moment as published, with the statistics of Table 1 taken from the samples at
    /// hand: plug-in means of the labelled target samples, which few labels leave far too long.
    Published,
    /// The isotropic law with unbiased estimates of ⟨w̃, μ_β⟩ and ‖μ_β‖².
    Isotropic,
    /// The general-covariance law with unbiased estimates of every form of the mean.
    Covariance,
    /// Largest separation of the classes by predictions that leave each label out in turn.
    LeaveOneOut,
    /// The highest expected accuracy after the labels, with ridges of its own; the best on the Amazon transfers.
    #[default]
    Joint,
}

impl Selection {
    /// All, in the order of the study's table.
    pub const ALL: [Self; 5] = [Self::Published, Self::Isotropic, Self::Covariance, Self::LeaveOneOut, Self::Joint];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Isotropic => "isotropic",
            Self::Covariance => "covariance",
            Self::LeaveOneOut => "leave-one-out",
            Self::Joint => "joint",
        }
    }

    /// The selection of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|selection| selection.name() == name)
    }
}

/// A choice of α.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pick {
    /// α.
    pub alpha: f64,
    /// Accuracy there by the law it was chosen with; 1/2 where that law, being an estimate, has no variance.
    pub expected: f64,
}

/// γ̃ that a source may choose from for [`Selection::Joint`].
pub(crate) const JOINT_SOURCE_RIDGES: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// γ that [`Selection::Joint`] may choose from, in units of the features' mean variance, rising. The law at C = I wants it as
/// large as can be (theory §8); at other covariances the best ridge depends on how the mean lies in Σ.
pub(crate) const JOINT_RIDGES: [f64; 3] = [1.0, 10.0, 100.0];

/// The most a choice may weigh a source against the target's labels, for want of infinity.
pub(crate) const MOST: f64 = 1e6;

/// α of one source at an optimum, up to `most` of it in size where the target's own labels have no share.
pub(crate) fn within(optimum: &Optimum, most: f64) -> f64 {
    let (target, sources) = optimum.direction();
    let weight = sources.first().copied().unwrap_or(0.0);
    if target > 0.0 { (weight / target).clamp(-most, most) } else { most * weight.signum() }
}

impl Pick {
    /// The best α of a law of one source.
    fn best(law: &DecisionLaw) -> Result<Self> {
        let alpha = within(&law.optimum()?, MOST);
        Ok(Self { alpha, expected: law.at(&[alpha]).map_or(0.5, |decision| decision.accuracy()) })
    }
}

/// The paper's formula for α*, its second moment as published, with the statistics of Table 1 taken from the samples at hand:
/// plug-in means of the labelled target samples, which few labels leave far too long.
///
/// # Errors
/// [`Error::Data`] for a class without samples, [`Error::Parameter`] for ridges out of range; [`Error::Theory`] if the statistics
/// are out of the formula's range: an alignment beyond ±1, say.
pub(crate) fn published(source: &Samples, target: &Samples, source_ridge: f64, ridge: f64) -> Result<f64> {
    let protocol = Table1Config {
        source_samples: source.rows(),
        target_samples: target.rows(),
        source_ridge,
        target_ridge: ridge,
        ..Table1Config::default()
    };
    protocol.check()?;
    protocol.alpha_star(&PublishedStatistics::new(source, target)?, target.dimension(), SourceForm::Published)
}

/// The isotropic law (theory §4) with unbiased estimates of ⟨w̃, μ_β⟩ and ‖μ_β‖², at n labels and ridge γ; `weights` are w̃ in
/// the coordinates of the evidence.
///
/// # Errors
/// [`Error::Theory`] for a ridge out of range or a source that is 0.
pub(crate) fn isotropic(weights: &[f64], evidence: &Evidence, ridge: f64) -> Result<Pick> {
    Pick::best(&isotropic_law(weights, evidence, ridge)?)
}

/// The law that [`isotropic`] chooses with.
///
/// # Errors
/// As there.
pub(crate) fn isotropic_law(weights: &[f64], evidence: &Evidence, ridge: f64) -> Result<DecisionLaw> {
    // Features that do not vary count for nothing.
    let rank = weights.len() as f64;
    let norm_squared: f64 = weights.iter().map(|w| w * w).sum();
    let product = form(weights, &evidence.mean);
    // Estimates apart need not respect Cauchy–Schwarz.
    let strength = evidence.square.iter().sum::<f64>().max(product * product / norm_squared);
    let training = Training { samples: evidence.count, ridge };
    let target = Target { dimension: rank, mean_norm_squared: strength, training };
    Ok(Isotropic::new(target)?.law(&Sources::given(&[product], &[norm_squared])?)?)
}

/// Unbiased forms of the mean from labels, and those of w̃.
pub(crate) fn forms(metric: &Metric, weights: &[f64], evidence: &Evidence) -> Forms {
    let products: Vec<f64> = weights.iter().zip(&evidence.mean).map(|(w, x)| w * x).collect();
    let squares: Vec<f64> = weights.iter().map(|w| w * w).collect();
    Forms {
        strength: form(&metric.shrunk, &evidence.square),
        mean_spread: form(&metric.spread, &evidence.square),
        product: form(&metric.shrunk, &products),
        product_spread: form(&metric.spread, &products),
        source_spread: form(&metric.spread, &squares),
    }
}

/// The general-covariance law with unbiased estimates of every form of the mean.
///
/// # Errors
/// [`Error::Theory`] if the law is not finite.
pub(crate) fn covariance(metric: &Metric, weights: &[f64], evidence: &Evidence) -> Result<Pick> {
    Pick::best(&metric.law(&forms(metric, weights, evidence))?)
}

/// Largest separation of the leave-one-out predictions, which are affine in α: `predictions` (n×2) at α = 0, and what one
/// unit of α adds.
///
/// # Errors
/// [`Error::Theory`] if the predictions are not finite.
pub(crate) fn leave_one_out(predictions: &DMatrix<f64>, labels: &DVector<f64>) -> Result<Pick> {
    let n = labels.len() as f64;
    let margins = DMatrix::from_fn(predictions.nrows(), 2, |i, j| predictions[(i, j)] * labels[i]);
    let mean = margins.row_mean();
    let second = margins.tr_mul(&margins) / n - mean.tr_mul(&mean);
    Pick::best(&DecisionLaw::new(mean.transpose().as_slice(), second.as_slice())?)
}

/// One ridge that [`joint`] may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    /// What is expected at this ridge, before the labels.
    pub scenarios: &'a Scenarios,
    /// Leave-one-out predictions at this ridge, as for [`leave_one_out`].
    pub predictions: &'a DMatrix<f64>,
}

/// What [`joint`] chose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JointPick<'a> {
    /// Place of the ridge among the candidates.
    pub ridge: usize,
    /// α.
    pub alpha: f64,
    /// What is expected at this ridge, after the labels.
    pub posterior: Posterior<'a>,
}

/// At each ridge the α of highest expected accuracy after the labels; of the ridges, in rising order, the largest at which
/// leaving out one label at a time separates the classes as well as at the best, within one standard error.
///
/// # Errors
/// [`Error::Theory`] if no separation is a number.
pub(crate) fn joint<'a>(
    candidates: &[Candidate<'a>],
    evidence: &Evidence,
    labels: &DVector<f64>,
) -> Result<JointPick<'a>> {
    let mut picks = Vec::with_capacity(candidates.len());
    for (ridge, candidate) in candidates.iter().enumerate() {
        let posterior = candidate.scenarios.given(evidence);
        let alpha = posterior.best_alpha();
        let margins = (candidate.predictions.column(0) + candidate.predictions.column(1) * alpha).component_mul(labels);
        let separation = margins.mean() / margins.variance().sqrt().max(f64::MIN_POSITIVE);
        picks.push((separation, JointPick { ridge, alpha, posterior }));
    }
    let best = picks.iter().map(|(separation, _)| *separation).fold(f64::NEG_INFINITY, f64::max);
    // Of a mean over a standard deviation, both estimated from n normal values.
    let error = ((1.0 + 0.5 * best * best) / labels.len() as f64).sqrt();
    let chosen = picks.into_iter().rev().find(|(separation, _)| *separation >= best - error);
    chosen.map(|(_, pick)| pick).ok_or_else(|| Error::range("the separation of the target's classes"))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    #[test]
    fn leave_one_out_takes_the_best_separation() {
        let rng = &mut StdRng::seed_from_u64(5);
        let predictions = DMatrix::<f64>::from_fn(40, 2, |_, _| StandardNormal.sample(rng));
        let label = |i| if predictions[(i, 1)] + 0.3 * predictions[(i, 0)] > 0.2 { 1.0 } else { -1.0 };
        let labels = DVector::from_fn(40, |i, _| label(i));
        let best = leave_one_out(&predictions, &labels).unwrap().alpha;
        let separation = |alpha: f64| {
            let margins = (predictions.column(0) + predictions.column(1) * alpha).component_mul(&labels);
            margins.mean() / margins.variance().sqrt()
        };
        for step in [-0.5, -0.01, 0.01, 0.5] {
            assert!(separation(best) >= separation(best + step), "{best}");
        }
    }

    #[test]
    fn names_are_those_of_selections() {
        for selection in Selection::ALL {
            assert_eq!(Selection::named(selection.name()), Some(selection));
        }
        assert_eq!(Selection::named("best"), None);
    }
}
