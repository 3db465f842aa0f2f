//! Which α for these data: a frozen source, n labelled target samples, perhaps unlabelled ones.

mod frozen;
mod verdict;

use alpha_rmt::ridge::Ridge;
use nalgebra::DMatrix;
use serde::Serialize;

use crate::belief::{Interval, Prior};
use crate::error::Result;
use crate::evidence::Evidence;
use crate::geometry::Geometry;
use crate::kernel::Kernel;
use crate::model_file::Model;
use crate::samples::{Samples, Standardisation};
use crate::select::{self, Candidate, JointPick, Selection};
use crate::study::JOINT_RIDGES;
use frozen::Frozen;
use verdict::{check, contradiction, judge, needs_samples, warnings};

/// How α is chosen.
///
/// | field | symbol | default | range |
/// |---|---|---|---|
/// | `select` | | [`Selection::Joint`] | |
/// | `prior` | | [`Prior::default`] | see there |
/// | `source_ridge` | γ̃ | 1 | > 0; [`Selection::Joint`] chooses its own |
/// | `target_ridge` | γ | 1 | > 0; [`Selection::Joint`] chooses its own |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecommendConfig {
    /// Who chooses α.
    pub select: Selection,
    /// What is assumed before the labels.
    pub prior: Prior,
    /// γ̃.
    pub source_ridge: f64,
    /// γ.
    pub target_ridge: f64,
}

impl Default for RecommendConfig {
    fn default() -> Self {
        Self { select: Selection::default(), prior: Prior::default(), source_ridge: 1.0, target_ridge: 1.0 }
    }
}

/// What is known of the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// Its labelled samples, in the units of the target's.
    Samples(&'a Samples),
    /// A linear classifier sign(⟨w, x⟩ + b).
    Model(&'a Model),
}

/// What to do with the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The labels add nothing to the frozen source.
    KeepSource,
    /// Fine-tune at the recommended α.
    FineTune,
    /// The source adds nothing to the labels.
    IgnoreSource,
}

/// Accuracies to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Baselines {
    /// The frozen source.
    pub source_only: Interval,
    /// The labels alone, at the recommended ridge.
    pub alpha_0: Interval,
    /// Ordinary fine-tuning, at the recommended ridges.
    pub alpha_1: Interval,
}

/// What leaving each labelled sample out in turn says of the recommended classifier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LeaveOneOut {
    /// Share of the labelled samples that it gets right without their own label.
    pub accuracy: f64,
    /// Standard error of that share.
    pub standard_error: f64,
    /// The α at which these predictions separate the classes best, at the same ridges.
    pub alpha: f64,
}

/// A range that holds a value with probability 0.9.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// 5 % quantile.
    pub low: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// What to do.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// Name of the selection that chose α.
    pub select: &'static str,
    /// The recommended α, for features of unit variance.
    pub alpha: f64,
    /// Where the best α at these ridges may lie, given the labels.
    pub alpha_range: Range,
    /// γ̃ the source was trained at; `None` for given weights.
    pub source_ridge: Option<f64>,
    /// γ.
    pub target_ridge: f64,
    /// What to expect of the verdict.
    pub predicted_accuracy: Interval,
    /// What else was considered.
    pub baselines: Baselines,
    /// A check that does not rest on the theory.
    pub leave_one_out: LeaveOneOut,
    /// Accuracy of the recommended classifier on labelled target samples kept apart, if there were any.
    pub test_accuracy: Option<f64>,
    /// What to know before trusting it.
    pub warnings: Vec<String>,
}

/// Recommends α for a target of n labelled samples, and gives the classifier that follows from it. `unlabelled` are further
/// target features, p×m, that help to know Σ.
///
/// The source is standardised by its own rows, the target by its labelled and unlabelled ones. Features without variance are
/// left out.
///
/// # Errors
/// [`crate::Error::Parameter`] for a class without samples, data of different dimensions, ridges out of range, or a selection that
/// needs the samples of a source of which only the weights are given; [`crate::Error::Theory`] for values that are not finite.
pub fn recommend(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    config: &RecommendConfig,
) -> Result<(Recommendation, Model)> {
    check(source, target, unlabelled, config)?;
    let seen = match unlabelled {
        Some(more) => {
            let columns: Vec<_> = target.features.column_iter().chain(more.column_iter()).collect();
            DMatrix::from_columns(&columns)
        }
        None => target.features.clone(),
    };
    let units = Standardisation::of(&seen);
    let standardised = |features: &DMatrix<f64>| {
        let mut features = features.clone();
        units.apply(&mut features);
        features
    };
    let geometry = Geometry::new(&standardised(&seen))?;
    let known = Samples { features: standardised(&target.features), labels: target.labels.clone() };
    let evidence = Evidence::new(&geometry.rotate(&known.features)?, known.labels.as_slice())?;
    let frozen = Frozen::new(source, &units, &geometry, config)?;
    let ridges = match config.select {
        Selection::Joint => JOINT_RIDGES.map(|ridge| ridge * geometry.scale()).to_vec(),
        _ => vec![config.target_ridge],
    };
    let kernel = Kernel::new(&known, &DMatrix::from_columns(std::slice::from_ref(&frozen.weights)));
    let rows: Vec<usize> = (0..known.rows()).collect();
    let predictions: Vec<DMatrix<f64>> = kernel.tune(&rows, &ridges)?.into_iter().map(|tuned| tuned.left_out).collect();
    let transfers =
        ridges.iter().map(|ridge| frozen.transfer(&geometry, &evidence, *ridge)).collect::<Result<Vec<_>>>()?;
    let candidates: Vec<Candidate<'_>> =
        transfers.iter().zip(&predictions).map(|(transfer, predictions)| Candidate { transfer, predictions }).collect();
    let JointPick { ridge: chosen, alpha: best, belief } = select::joint(&candidates, &evidence, &known.labels)?;
    let (ridge, left_out) = (ridges[chosen], &predictions[chosen]);
    let by_left_out = select::leave_one_out(left_out, &known.labels)?.alpha;
    let weights = &frozen.coordinates;
    let alpha = match (config.select, &frozen.samples) {
        (Selection::Joint, _) => best,
        (Selection::LeaveOneOut, _) => by_left_out,
        (Selection::Isotropic, _) => select::isotropic(weights, &evidence, ridge)?.alpha,
        (Selection::Covariance, _) => {
            let metric = geometry.metric(evidence.count, ridge)?;
            select::covariance(&metric, weights, &evidence)?.alpha
        }
        (Selection::Published, Some((samples, _))) => select::published(samples, &known, config.source_ridge, ridge)?,
        (Selection::Published, None) => return Err(needs_samples()),
    };
    let tuned = belief.accuracy(alpha);
    let baselines =
        Baselines { source_only: belief.source_only(), alpha_0: belief.accuracy(0.0), alpha_1: belief.accuracy(1.0) };
    let (verdict, reason) = judge(tuned.value, &baselines, known.rows());
    let predicted_accuracy = match verdict {
        Verdict::KeepSource => baselines.source_only,
        Verdict::FineTune => tuned,
        Verdict::IgnoreSource => baselines.alpha_0,
    };

    let model = match (verdict, source) {
        // A given model stays as it is, with its own threshold.
        (Verdict::KeepSource, Source::Model(model)) => model.clone(),
        _ => {
            let path = Ridge::new(known.features.clone(), ridge)?.alpha_path(&known.labels, &frozen.weights)?;
            let combined = match verdict {
                Verdict::KeepSource => frozen.weights.clone(),
                Verdict::FineTune => path.at(alpha),
                Verdict::IgnoreSource => path.at(0.0),
            };
            let weights = combined.component_mul(&units.scale);
            Model { intercept: -weights.dot(&units.mean), weights }
        }
    };
    let right = match verdict {
        Verdict::KeepSource => model.accuracy(target),
        _ => {
            let alpha = if verdict == Verdict::FineTune { alpha } else { 0.0 };
            let margins = (left_out.column(0) + left_out.column(1) * alpha).component_mul(&known.labels);
            margins.iter().filter(|margin| **margin > 0.0).count() as f64 / known.rows() as f64
        }
    };
    let leave_one_out = LeaveOneOut {
        accuracy: right,
        standard_error: (right * (1.0 - right) / known.rows() as f64).sqrt(),
        alpha: by_left_out,
    };
    let mut warnings = warnings(target, seen.ncols(), &units);
    warnings.extend(contradiction(&predicted_accuracy, &leave_one_out, known.rows()));
    let Interval { low, high, .. } = belief.best_alphas();
    let recommendation = Recommendation {
        verdict,
        reason,
        select: config.select.name(),
        alpha,
        alpha_range: Range { low, high },
        source_ridge: frozen.ridge,
        target_ridge: ridge,
        predicted_accuracy,
        baselines,
        leave_one_out,
        test_accuracy: None,
        warnings,
    };
    Ok((recommendation, model))
}
