//! Which α for these data: a frozen source, n labelled target samples, perhaps unlabelled ones.

mod frozen;
mod verdict;

use alpha_rmt::ridge::Ridge;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::total_covariance;
use crate::kernel::Kernel;
use crate::model_file::Model;
use crate::samples::{Samples, Standardisation, constant, joined, share_right};
use crate::select::{self, Candidate, JOINT_RIDGES, JointPick, Selection};
use frozen::Frozen;
use verdict::{check, contradiction, judge, needs_samples, warnings};

pub use crate::belief::{Interval, Prior};

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
    /// The best α for features of unit variance, whatever the verdict: of [`Verdict::KeepSource`] and
    /// [`Verdict::IgnoreSource`] it is that of the fine-tuning which is not worth it.
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
    /// Share of the target's labels that the frozen source gets right.
    pub source_accuracy: f64,
    /// Accuracy of the recommended classifier on labelled target samples kept apart, if there were any.
    pub test_accuracy: Option<f64>,
    /// Accuracy of the frozen source on the same samples.
    pub source_test_accuracy: Option<f64>,
    /// What to know before trusting it.
    pub warnings: Vec<String>,
    /// Places of the features that are left out, as they are constant in the target up to rounding: the classifier does not
    /// look at them.
    #[serde(skip)]
    pub left_out: Vec<usize>,
    /// The frozen source, in the units of the target's features.
    #[serde(skip)]
    pub frozen: Model,
}

/// Recommends α for a target of n labelled samples, and gives the classifier that follows from it. `unlabelled` are further
/// target features, p×m, that help to know Σ.
///
/// The source is standardised by its own rows, the target by its labelled and unlabelled ones. Features that are constant in the
/// target, up to rounding, are left out of both, and of the mean variance that the ridges of [`Selection::Joint`] are multiples of.
///
/// # Errors
/// [`Error::Data`] for a class without samples, data of different dimensions or a model that is not finite;
/// [`Error::Parameter`] for ridges or a prior out of range, or a selection that needs the samples of a source of which only
/// the weights are given; [`Error::Theory`] for features that are not finite.
///
/// ```
/// use alpha_linear::digits::{Digits, Pair};
/// use alpha_linear::numpy_rng::NumpyRng;
/// use alpha_linear::recommend::{RecommendConfig, Source, Verdict, recommend};
/// use alpha_linear::samples::Samples;
/// // 6 against 8 is known; of 5 against 9 there are 40 images with a label, 161 without, and 161 to test on.
/// let (source, target) = Digits::load().transfer(&Pair::default());
/// let order = NumpyRng::seed(1).permutation(362);
/// let some = |rows: &[usize]| Samples {
///     features: target.features.select_columns(rows),
///     labels: target.labels.select_rows(rows),
/// };
/// let (labelled, unlabelled, test) = (some(&order[..40]), some(&order[40..201]), some(&order[201..]));
/// let config = RecommendConfig::default();
/// let (answer, model) = recommend(Source::Samples(&source), &labelled, Some(&unlabelled.features), &config)?;
/// assert_eq!(answer.verdict, Verdict::FineTune);
/// assert!((answer.alpha - 0.89).abs() < 0.01 && model.accuracy(&test)? > 0.97);
/// # Ok::<(), alpha_linear::Error>(())
/// ```
pub fn recommend(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    config: &RecommendConfig,
) -> Result<(Recommendation, Model)> {
    check(source, target, unlabelled, config)?;
    let constant = constant(&joined(&target.features, unlabelled));
    if constant.is_empty() {
        return recommend_varying(source, target, unlabelled, config);
    }
    let p = target.dimension();
    if constant.len() == p {
        let reason = "every feature has the same value in every row".to_owned();
        return Err(Error::Data { what: "target", reason });
    }
    let mut varying: Vec<usize> = (0..p).collect();
    varying.retain(|i| constant.binary_search(i).is_err());
    let some = |samples: &Samples| Samples {
        features: samples.features.select_rows(&varying),
        labels: samples.labels.clone(),
    };
    let all = |model: &Model| {
        let mut weights = DVector::zeros(p);
        varying.iter().zip(&model.weights).for_each(|(i, weight)| weights[*i] = *weight);
        Model { weights, intercept: model.intercept }
    };
    let (samples, model);
    let own = match source {
        Source::Samples(all) => {
            samples = some(all);
            Source::Samples(&samples)
        }
        Source::Model(all) => {
            if varying.iter().all(|i| all.weights[*i] == 0.0) {
                let reason = "they are 0 on every feature that varies in the target".to_owned();
                return Err(Error::Data { what: "source weights", reason });
            }
            // On a feature that has one value the weight is part of the intercept.
            let fixed = constant.iter().map(|i| all.weights[*i] * target.features[(*i, 0)]).sum::<f64>();
            model = Model { weights: all.weights.select_rows(&varying), intercept: all.intercept + fixed };
            Source::Model(&model)
        }
    };
    let unlabelled = unlabelled.map(|features| features.select_rows(&varying));
    let (mut answer, tuned) = recommend_varying(own, &some(target), unlabelled.as_ref(), config)?;
    answer.left_out = constant;
    // A given model stays as it is.
    let given = match source {
        Source::Model(model) => Some(model.clone()),
        Source::Samples(_) => None,
    };
    answer.frozen = given.clone().unwrap_or_else(|| all(&answer.frozen));
    let kept = given.filter(|_| answer.verdict == Verdict::KeepSource);
    Ok((answer, kept.unwrap_or_else(|| all(&tuned))))
}

/// [`recommend`] on features that all vary in the target.
fn recommend_varying(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    config: &RecommendConfig,
) -> Result<(Recommendation, Model)> {
    let seen = joined(&target.features, unlabelled);
    let units = Standardisation::of(&seen);
    let standardised = |features: &DMatrix<f64>| {
        let mut features = features.clone();
        units.apply(&mut features);
        features
    };
    let geometry = total_covariance(&standardised(&seen))?;
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
    let scenarios =
        ridges.iter().map(|ridge| frozen.scenarios(&geometry, &evidence, *ridge)).collect::<Result<Vec<_>>>()?;
    let candidate = |(scenarios, predictions)| Candidate { scenarios, predictions };
    let candidates: Vec<Candidate<'_>> = scenarios.iter().zip(&predictions).map(candidate).collect();
    let JointPick { ridge: chosen, alpha: best, posterior } = select::joint(&candidates, &evidence, &known.labels)?;
    let (ridge, left_out) = (ridges[chosen], &predictions[chosen]);
    let by_left_out = select::leave_one_out(left_out, &known.labels)?.alpha;
    let weights = &frozen.coordinates;
    let alpha = match (config.select, &frozen.samples) {
        (Selection::Joint, _) => best,
        (Selection::LeaveOneOut, _) => by_left_out,
        (Selection::Isotropic, _) => select::isotropic(weights, &evidence, ridge)?.alpha,
        (Selection::Covariance, _) => {
            let metric = geometry.at(Training { samples: evidence.count, ridge })?;
            select::covariance(&metric, weights, &evidence)?.alpha
        }
        (Selection::Published, Some((samples, _))) => select::published(samples, &known, config.source_ridge, ridge)?,
        (Selection::Published, None) => return Err(needs_samples()),
    };
    let tuned = posterior.accuracy(alpha);
    let baselines = Baselines {
        source_only: posterior.source_only(),
        alpha_0: posterior.accuracy(0.0),
        alpha_1: posterior.accuracy(1.0),
    };
    let (verdict, reason) = judge(tuned.value, &baselines, known.rows());
    let predicted_accuracy = match verdict {
        Verdict::KeepSource => baselines.source_only,
        Verdict::FineTune => tuned,
        Verdict::IgnoreSource => baselines.alpha_0,
    };

    let in_their_units = |weights: &DVector<f64>| {
        let weights = weights.component_mul(&units.scale);
        Model { intercept: -weights.dot(&units.mean), weights }
    };
    let as_given = match source {
        // A given model stays as it is, with its own threshold.
        Source::Model(model) => model.clone(),
        Source::Samples(_) => in_their_units(&frozen.weights),
    };
    let model = match verdict {
        Verdict::KeepSource => as_given.clone(),
        _ => {
            let path = Ridge::new(known.features.clone(), ridge)?.alpha_path(&known.labels, &frozen.weights)?;
            in_their_units(&path.at(if verdict == Verdict::FineTune { alpha } else { 0.0 }))
        }
    };
    let right = match verdict {
        Verdict::KeepSource => model.accuracy(target)?,
        _ => {
            let alpha = if verdict == Verdict::FineTune { alpha } else { 0.0 };
            let scores = left_out.column(0) + left_out.column(1) * alpha;
            share_right(scores.iter().copied().zip(known.labels.iter().copied()))
        }
    };
    let leave_one_out = LeaveOneOut {
        accuracy: right,
        standard_error: (right * (1.0 - right) / known.rows() as f64).sqrt(),
        alpha: by_left_out,
    };
    let mut warnings = warnings(target, seen.ncols());
    warnings.extend(contradiction(&predicted_accuracy, &leave_one_out, known.rows()));
    let Interval { low, high, .. } = posterior.best_alphas();
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
        source_accuracy: as_given.accuracy(target)?,
        test_accuracy: None,
        source_test_accuracy: None,
        warnings,
        left_out: Vec::new(),
        frozen: as_given,
    };
    Ok((recommendation, model))
}
