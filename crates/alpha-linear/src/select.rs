//! Choices of α from n labels, one function each. All but [`joint`] take the ridges as given.

use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::source::Sources;
use nalgebra::{DMatrix, DVector};

use crate::belief::{Belief, Transfer};
use crate::error::Result;
use crate::evidence::Evidence;
use crate::geometry::{Forms, Metric, form};
use crate::source_view::SourceView;

/// The most a choice may weigh a source against the target's labels, for want of infinity.
const MOST: f64 = 1e6;

/// α of an optimum of one source.
fn alpha(optimum: &Optimum) -> f64 {
    let weight = optimum.weights().first().copied().unwrap_or(0.0);
    match optimum {
        Optimum::Finite(_) => weight.clamp(-MOST, MOST),
        Optimum::Infinite(_) => MOST * weight.signum(),
    }
}

/// The isotropic law (theory §4) with unbiased estimates of ⟨w̃, μ_β⟩ and ‖μ_β‖², at n labels and ridge γ.
///
/// # Errors
/// [`crate::Error::Theory`] for a ridge out of range or a source that is 0.
pub fn isotropic(source: &SourceView, evidence: &Evidence, ridge: f64) -> Result<f64> {
    let p = source.weights.len() as f64;
    let norm_squared: f64 = source.weights.iter().map(|w| w * w).sum();
    let product = form(&source.weights, &evidence.mean);
    // Estimates apart need not respect Cauchy–Schwarz.
    let strength = evidence.square.iter().sum::<f64>().max(product * product / norm_squared);
    let target = Target { aspect_ratio: p / evidence.count, ridge, mean_norm_squared: strength };
    Ok(alpha(&Isotropic::new(target)?.law(&Sources::given(&[product], &[norm_squared])?)?.optimum()?))
}

/// Unbiased forms of the mean from labels.
pub fn forms(metric: &Metric, source: &SourceView, evidence: &Evidence) -> Forms {
    let products: Vec<f64> = source.weights.iter().zip(&evidence.mean).map(|(w, x)| w * x).collect();
    let squares: Vec<f64> = source.weights.iter().map(|w| w * w).collect();
    Forms {
        mean: form(&metric.resolvent, &evidence.square),
        mean_spread: form(&metric.spread, &evidence.square),
        product: form(&metric.resolvent, &products),
        product_spread: form(&metric.spread, &products),
        source_spread: form(&metric.spread, &squares),
    }
}

/// The general-covariance law with unbiased estimates of every form of the mean.
///
/// # Errors
/// [`crate::Error::Theory`] if the law is not finite.
pub fn covariance(metric: &Metric, source: &SourceView, evidence: &Evidence) -> Result<f64> {
    Ok(alpha(&metric.law(&forms(metric, source, evidence))?.optimum()?))
}

/// Largest separation of the leave-one-out predictions, which are affine in α: `predictions` (n×2) at α = 0, and what one
/// unit of α adds.
///
/// # Errors
/// [`crate::Error::Theory`] if the predictions are not finite.
pub fn leave_one_out(predictions: &DMatrix<f64>, labels: &DVector<f64>) -> Result<f64> {
    let n = labels.len() as f64;
    let margins = DMatrix::from_fn(predictions.nrows(), 2, |i, j| predictions[(i, j)] * labels[i]);
    let mean = margins.row_mean();
    let second = margins.tr_mul(&margins) / n - mean.tr_mul(&mean);
    Ok(alpha(&DecisionLaw::new(mean.transpose().as_slice(), second.as_slice())?.optimum()?))
}

/// The α of highest expected accuracy after the labels, at the ridges of the transfer.
pub fn joint<'a>(transfer: &'a Transfer, evidence: &Evidence) -> (f64, Belief<'a>) {
    let belief = transfer.given(evidence);
    (belief.best_alpha(), belief)
}
