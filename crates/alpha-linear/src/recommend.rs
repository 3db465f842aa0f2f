//! Which α for these data: a frozen source, n labelled target samples, perhaps unlabelled ones.

use alpha_rmt::ridge::Ridge;
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use crate::belief::{Interval, Prior, Transfer};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::Geometry;
use crate::samples::{Samples, Standardisation};
use crate::select;
use crate::source_view::{SourceView, TrainedSource};
use crate::study::{JOINT_RIDGE, JOINT_SOURCE_RIDGES};

/// What is known of the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// Its labelled samples, in the units of the target's.
    Samples(&'a Samples),
    /// A linear classifier sign(⟨w, x⟩ + b).
    Model {
        /// w, p entries.
        weights: &'a DVector<f64>,
        /// b.
        intercept: f64,
    },
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

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// What to do.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// The recommended α, for features of unit variance.
    pub alpha: f64,
    /// γ̃ the source was trained at; `None` for given weights.
    pub source_ridge: Option<f64>,
    /// γ.
    pub target_ridge: f64,
    /// What to expect of the verdict.
    pub predicted_accuracy: Interval,
    /// What else was considered.
    pub baselines: Baselines,
    /// Accuracy of the recommended classifier on labelled target samples kept apart, if there were any.
    pub test_accuracy: Option<f64>,
    /// What to know before trusting it.
    pub warnings: Vec<String>,
}

/// sign(⟨w, x⟩ + b) in the units of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    /// w.
    pub weights: DVector<f64>,
    /// b.
    pub intercept: f64,
}

impl Classifier {
    /// ⟨w, x⟩ + b for every row of features (p×rows).
    pub fn scores(&self, features: &DMatrix<f64>) -> DVector<f64> {
        features.tr_mul(&self.weights).add_scalar(self.intercept)
    }

    /// Share of samples labelled correctly.
    pub fn accuracy(&self, samples: &Samples) -> f64 {
        let scores = self.scores(&samples.features);
        let correct = scores.iter().zip(&samples.labels).filter(|(score, label)| *score * *label > 0.0).count();
        correct as f64 / samples.rows() as f64
    }
}

/// Recommends α for a target of n labelled samples, and gives the classifier that follows from it. `unlabelled` are further
/// target features, p×m, that help to know Σ.
///
/// The source is standardised by its own rows, the target by its labelled and unlabelled ones.
///
/// # Errors
/// [`Error::Parameter`] for a class without samples, or data of different dimensions; [`Error::Theory`] for values that are
/// not finite.
pub fn recommend(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    prior: &Prior,
) -> Result<(Recommendation, Classifier)> {
    check(source, target, unlabelled)?;
    let p = target.dimension();
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
    let features = standardised(&target.features);
    let labels = &target.labels;
    let evidence = Evidence::new(&geometry.rotate(&features)?, labels.as_slice())?;
    let ridge = JOINT_RIDGE * geometry.scale();

    // w̃ in the target's units, and as the target's eigenbasis sees it.
    let (frozen, view, source_ridge, prior) = match source {
        Source::Samples(samples) => {
            let mut samples = samples.clone();
            samples.standardise();
            let trained = TrainedSource::best(&samples, &JOINT_SOURCE_RIDGES)?;
            let view = trained.view(&samples, &geometry)?;
            (trained.weights, view, Some(trained.ridge), *prior)
        }
        Source::Model { weights, .. } => {
            let scaled =
                DVector::from_fn(p, |i, _| if units.scale[i] > 0.0 { weights[i] / units.scale[i] } else { 0.0 });
            let rotated = geometry.rotate(&DMatrix::from_columns(std::slice::from_ref(&scaled)))?;
            let metric = geometry.metric(evidence.count, ridge)?;
            let rotated = rotated.as_slice().to_vec();
            let view = SourceView::from_weights(rotated, &geometry, &metric, &evidence, prior.correlation);
            // Its strength is known from the labels only.
            (scaled, view, None, Prior { log_strength_deviation: 1.0, ..*prior })
        }
    };
    let transfer = Transfer::new(&geometry, &view, evidence.count, ridge, &prior)?;
    let (alpha, belief) = select::joint(&transfer, &evidence);
    let tuned = belief.accuracy(alpha);
    let baselines =
        Baselines { source_only: belief.source_only(), alpha_0: belief.accuracy(0.0), alpha_1: belief.accuracy(1.0) };
    let (verdict, reason) = judge(tuned.value, &baselines, labels.len());
    let predicted_accuracy = match verdict {
        Verdict::KeepSource => baselines.source_only,
        Verdict::FineTune => tuned,
        Verdict::IgnoreSource => baselines.alpha_0,
    };

    let solver = Ridge::new(features, ridge)?;
    let column = DMatrix::from_columns(std::slice::from_ref(&frozen));
    let combined = match verdict {
        Verdict::KeepSource => frozen.clone(),
        Verdict::FineTune => solver.classifier(labels)? + solver.shrink(&column)?.column(0) * alpha,
        Verdict::IgnoreSource => solver.classifier(labels)?,
    };
    let weights = combined.component_mul(&units.scale);
    let intercept = match (verdict, source) {
        // A given model keeps its own threshold.
        (Verdict::KeepSource, Source::Model { intercept, .. }) => intercept,
        _ => -weights.dot(&units.mean),
    };
    let recommendation = Recommendation {
        verdict,
        reason,
        alpha,
        source_ridge,
        target_ridge: ridge,
        predicted_accuracy,
        baselines,
        test_accuracy: None,
        warnings: warnings(target, seen.ncols(), &units),
    };
    Ok((recommendation, Classifier { weights, intercept }))
}

/// The verdict, and why.
fn judge(tuned: f64, baselines: &Baselines, labels: usize) -> (Verdict, String) {
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let (source, own) = (baselines.source_only.value, baselines.alpha_0.value);
    if source >= tuned {
        let reason = format!(
            "{labels} labels cannot improve on the frozen source: it is expected to reach {}, fine-tuned {}",
            percent(source),
            percent(tuned)
        );
        (Verdict::KeepSource, reason)
    } else if own >= tuned - 5e-4 {
        let reason = format!(
            "the labels alone are expected to reach {}, with the source {}: it is no help here",
            percent(own),
            percent(tuned)
        );
        (Verdict::IgnoreSource, reason)
    } else {
        let reason = format!(
            "fine-tuned it is expected to reach {}, against {} for the frozen source and {} for the labels alone",
            percent(tuned),
            percent(source),
            percent(own)
        );
        (Verdict::FineTune, reason)
    }
}

fn check(source: Source<'_>, target: &Samples, unlabelled: Option<&DMatrix<f64>>) -> Result<()> {
    let p = target.dimension();
    let refuse = |name, value: String, allowed: String| Err(Error::Parameter { name, value, allowed });
    for (name, samples) in
        [("target", Some(target)), ("source", if let Source::Samples(s) = source { Some(s) } else { None })]
    {
        let Some(samples) = samples else { continue };
        for class in [-1.0, 1.0] {
            if !samples.labels.iter().any(|y| *y == class) {
                return refuse(name, format!("no sample of class {class}"), "both classes must be present".to_owned());
            }
        }
    }
    let sizes = [
        (
            "source features",
            match source {
                Source::Samples(samples) => samples.dimension(),
                Source::Model { weights, .. } => weights.len(),
            },
        ),
        ("unlabelled features", unlabelled.map_or(p, DMatrix::nrows)),
    ];
    for (name, size) in sizes {
        if size != p {
            return refuse(name, size.to_string(), format!("as many as the target's {p}"));
        }
    }
    Ok(())
}

fn warnings(target: &Samples, rows: usize, units: &Standardisation) -> Vec<String> {
    let (n, p) = (target.rows(), target.dimension());
    let mut warnings = Vec::new();
    let positive = target.labels.iter().filter(|y| **y > 0.0).count();
    if positive.min(n - positive) * 4 < n {
        warnings.push(format!(
            "{positive} of {n} labels are positive: the theory assumes balanced classes, and the threshold lies at the mean of \
             the features"
        ));
    }
    if rows < p {
        warnings.push(format!(
            "{rows} target rows for {p} features: their covariance is shrunk; unlabelled rows would sharpen the prediction"
        ));
    }
    let constant = units.scale.iter().filter(|s| **s == 0.0).count();
    if constant > 0 {
        warnings.push(format!("{constant} features are constant in the target and are left out"));
    }
    if n < 20 {
        warnings.push(format!(
            "with {n} labels the answer rests mostly on the assumption that source and target are related"
        ));
    }
    warnings
}
