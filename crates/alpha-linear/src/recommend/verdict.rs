//! What may be asked, and the answer in words.

use nalgebra::DMatrix;

use super::{Baselines, LeaveOneOut, RecommendConfig, Source, Verdict};
use crate::belief::Interval;
use crate::error::{Error, Result, positive};
use crate::model_file::Model;
use crate::samples::Samples;
use crate::select::Selection;

pub(super) fn needs_samples() -> Error {
    let allowed = "another where only the weights of the source are given: it needs the mean of the samples";
    Error::parameter("select", Selection::Published.name(), allowed)
}

/// Says so where leaving samples out disagrees with what is expected.
pub(super) fn contradiction(predicted: &Interval, left_out: &LeaveOneOut, labels: usize) -> Option<String> {
    // Of a share that may have come out as 0 or 1, the error at the share expected.
    let error = (predicted.value * (1.0 - predicted.value) / labels as f64).sqrt();
    let apart = (left_out.accuracy - predicted.low.max(left_out.accuracy.min(predicted.high))).abs();
    (apart > 2.0 * error).then(|| {
        format!(
            "leaving each label out in turn gives {:.1} ± {:.1} %, outside of what is expected: trust that more than the theory",
            100.0 * left_out.accuracy,
            100.0 * left_out.standard_error
        )
    })
}

/// The verdict, and why.
pub(super) fn judge(tuned: f64, baselines: &Baselines, labels: usize) -> (Verdict, String) {
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

pub(super) fn check(
    source: Source<'_>,
    target: &Samples,
    unlabelled: Option<&DMatrix<f64>>,
    config: &RecommendConfig,
) -> Result<()> {
    positive("source-ridge", config.source_ridge)?;
    positive("target-ridge", config.target_ridge)?;
    target.check_classes("target")?;
    let p = target.dimension();
    let size = |what, size: usize| {
        if size == p {
            return Ok(());
        }
        Err(Error::Data { what, reason: format!("{size} features, expected the target's {p}") })
    };
    size("unlabelled samples", unlabelled.map_or(p, DMatrix::nrows))?;
    match source {
        Source::Samples(samples) => {
            samples.check_classes("source")?;
            size("source", samples.dimension())
        }
        Source::Model(_) if config.select == Selection::Published => Err(needs_samples()),
        Source::Model(Model { weights, intercept }) => {
            size("source weights", weights.len())?;
            if let Some(value) = weights.iter().chain([intercept]).find(|value| !value.is_finite()) {
                return Err(Error::Data {
                    what: "source weights",
                    reason: format!("{value}, expected finite numbers"),
                });
            }
            // Their squares must fit in an f64, and above 0 as well.
            let norm = weights.norm();
            if !(1e-100..=1e100).contains(&norm) {
                let reason = format!("their norm is {norm}, expected 1e-100 to 1e100");
                return Err(Error::Data { what: "source weights", reason });
            }
            Ok(())
        }
    }
}

pub(super) fn warnings(target: &Samples, rows: usize) -> Vec<String> {
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
    if n < 20 {
        warnings.push(format!(
            "with {n} labels the answer rests mostly on the assumption that source and target are related"
        ));
    }
    warnings
}
