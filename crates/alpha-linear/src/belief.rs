//! How good the fine-tuned classifier is expected to be, given n labels, and the α that is best in expectation.
//!
//! Forty labels do not fix a mean of four hundred coordinates. What they do fix, together with the source, is two numbers:
//! the target's mean is modelled as μ_β = bμ + ν, with μ the source's mean and ν a random direction (covariance ∝ Σ), so
//! that its strength μ_βᵀDμ_β relative to the source's and the correlation of the two are all that is unknown. A prior on
//! both is updated by two unbiased statistics of the labels, and the accuracy averaged over what remains.

use alpha_rmt::law::{DecisionLaw, Optimum};
use alpha_rmt::normal_cdf;
use alpha_rmt::sweep::{Spacing, spaced};

use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::{Forms, Geometry, Metric, form};
use crate::source_view::SourceView;

/// What is assumed of a transfer before any target label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Most likely correlation of the source's and the target's mean.
    pub correlation: f64,
    /// Its standard deviation.
    pub correlation_deviation: f64,
    /// Prior weight of any other correlation in [−1, 1], relative to that of the most likely one.
    pub floor: f64,
    /// Standard deviation of the logarithm of the target's strength relative to the source's.
    pub log_strength_deviation: f64,
}

impl Default for Prior {
    /// A source chosen for being related, and as hard a task.
    fn default() -> Self {
        Self { correlation: 0.8, correlation_deviation: 0.15, floor: 0.05, log_strength_deviation: 0.4 }
    }
}

impl Prior {
    /// Refuses a value out of range.
    fn check(&self) -> Result<()> {
        let in_range = |name, value: f64, holds: bool, allowed: &str| {
            if value.is_finite() && holds {
                Ok(())
            } else {
                Err(Error::Parameter { name, value: value.to_string(), allowed: allowed.to_owned() })
            }
        };
        in_range("relation", self.correlation, self.correlation.abs() <= 1.0, "it must be between -1 and 1")?;
        let deviation = self.correlation_deviation;
        in_range("deviation of the relation", deviation, deviation > 0.0, "it must be above 0")?;
        in_range("prior floor", self.floor, self.floor >= 0.0, "it must not be negative")?;
        let deviation = self.log_strength_deviation;
        in_range("deviation of the strength", deviation, deviation > 0.0, "it must be above 0")
    }
}

/// A value with the interval that holds it with probability 0.9.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Posterior mean.
    pub value: f64,
    /// 5 % quantile.
    pub low: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// One pair of strength and correlation.
#[derive(Debug, Clone, PartialEq)]
struct Scenario {
    log_prior: f64,
    /// b.
    slope: f64,
    /// μ_βᵀDμ_β.
    strength: f64,
    law: DecisionLaw,
    /// Accuracy of the frozen source.
    source_only: f64,
}

/// Every scenario of a transfer at one number of labels and one ridge, before the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    metric: Metric,
    /// μ in the metric D, and the variance of μᵀD·yx of one sample.
    source_mean: Vec<f64>,
    source_strength: f64,
    product_variance: f64,
    strength_variance: f64,
    /// Variance, per unit of strength and label, of the strength's estimate beyond `strength_variance`.
    strength_slope: f64,
    scenarios: Vec<Scenario>,
    /// α to choose among, and the accuracy of each scenario at each: α fastest.
    alphas: Vec<f64>,
    accuracies: Vec<f64>,
}

/// The transfer after the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief<'a> {
    transfer: &'a Transfer,
    /// Posterior probability of each scenario.
    weights: Vec<f64>,
}

const STRENGTHS: usize = 11;
const CORRELATIONS: usize = 50;

impl Transfer {
    /// Everything that can be said before the labels are seen: n of them are to come, with ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a count or ridge out of range.
    pub fn new(geometry: &Geometry, source: &SourceView, labels: f64, ridge: f64, prior: &Prior) -> Result<Self> {
        prior.check()?;
        let metric = geometry.metric(labels, ridge)?;
        let eigenvalues = geometry.eigenvalues();
        let (d, f) = (&metric.resolvent, &metric.spread);
        let source_strength = form(d, &source.square).max(f64::MIN_POSITIVE);
        let source_spread = form(f, &source.weights.iter().map(|w| w * w).collect::<Vec<_>>());
        let unit = form(d, eigenvalues);
        let weighted: Vec<f64> = d.iter().map(|d| d * d).collect();
        let seen: Vec<f64> = source.mean.iter().zip(eigenvalues).map(|(m, s)| m * m * s).collect();
        let alone = source.product.iter().sum::<f64>();
        let total: f64 = source.weights.iter().zip(eigenvalues).map(|(w, s)| w * w * s).sum();

        let mut scenarios = Vec::with_capacity(STRENGTHS * CORRELATIONS);
        for log_ratio in spaced([-1.0, 1.0], STRENGTHS, Spacing::Linear) {
            let log_ratio = 2.5 * prior.log_strength_deviation * log_ratio;
            for correlation in spaced([-0.98, 0.98], CORRELATIONS, Spacing::Linear) {
                // As a probability μ_βᵀDμ_β stays below 1.
                let strength = (log_ratio.exp() * source_strength).min(0.98);
                let slope = correlation * (strength / source_strength).sqrt();
                let rest = strength * (1.0 - correlation * correlation) / unit;
                let forms = Forms {
                    mean: strength,
                    // μᵀFμ = a − gμᵀD²μ, and the mean's own part in Σ shrinks its D²: by 1 − a beside a direction that is not in Σ.
                    mean_spread: strength * strength
                        + (1.0 - strength) * (slope * slope * form(f, &source.square) + rest * form(f, eigenvalues)),
                    product: slope * form(d, &source.product),
                    product_spread: slope * form(f, &source.product),
                    source_spread,
                };
                let distance = (correlation - prior.correlation) / prior.correlation_deviation;
                let log_prior = ((-0.5 * distance * distance).exp() + prior.floor).ln()
                    - 0.5 * (log_ratio / prior.log_strength_deviation).powi(2);
                let product = slope * alone;
                let variance = (total - product * product).max(f64::MIN_POSITIVE);
                let source_only = normal_cdf(product / variance.sqrt());
                scenarios.push(Scenario { log_prior, slope, strength, law: metric.law(&forms)?, source_only });
            }
        }
        let n2 = labels * labels;
        let mut transfer = Self {
            source_mean: source.mean.clone(),
            source_strength,
            product_variance: form(&weighted, &seen) / labels,
            strength_variance: 2.0 * d.iter().zip(eigenvalues).map(|(d, s)| (d * s).powi(2)).sum::<f64>() / n2,
            strength_slope: 4.0 * unit / (d.len() as f64 * labels),
            metric,
            scenarios,
            alphas: Vec::new(),
            accuracies: Vec::new(),
        };
        transfer.alphas = transfer.candidates();
        let at =
            |scenario: &Scenario, alpha: f64| scenario.law.at(&[alpha]).map_or(0.5, |decision| decision.accuracy());
        transfer.accuracies =
            transfer.scenarios.iter().flat_map(|s| transfer.alphas.iter().map(move |alpha| at(s, *alpha))).collect();
        Ok(transfer)
    }

    /// Scales around the best one of the most likely scenario: 0, both signs, and all but the source alone.
    fn candidates(&self) -> Vec<f64> {
        let likely = self.scenarios.iter().max_by(|a, b| a.log_prior.total_cmp(&b.log_prior));
        let best = likely.and_then(|s| s.law.optimum().ok()).and_then(|best| best.weights().first().copied());
        let centre = best.map(f64::abs).filter(|x| *x > 0.0).unwrap_or(1.0);
        let positive = spaced([centre / 30.0, centre * 100.0], 72, Spacing::Log);
        let negative = positive.iter().rev().step_by(4).map(|x| -x).collect::<Vec<_>>();
        negative.into_iter().chain([0.0]).chain(positive).collect()
    }

    /// Takes in the labels: their evidence in the coordinates of the geometry.
    pub fn given(&self, evidence: &Evidence) -> Belief<'_> {
        let d = &self.metric.resolvent;
        let products: Vec<f64> = self.source_mean.iter().zip(&evidence.mean).map(|(m, x)| m * x).collect();
        let (product, strength) = (form(d, &products), form(d, &evidence.square));
        let log_posterior = |s: &Scenario| {
            let variance = self.strength_variance + self.strength_slope * s.strength;
            s.log_prior
                - 0.5 * (product - s.slope * self.source_strength).powi(2) / self.product_variance
                - 0.5 * ((strength - s.strength).powi(2) / variance + variance.ln())
        };
        let logs: Vec<f64> = self.scenarios.iter().map(log_posterior).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut weights: Vec<f64> = logs.iter().map(|x| (x - most).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        Belief { transfer: self, weights }
    }
}

impl Belief<'_> {
    /// The α of highest expected accuracy.
    pub fn best_alpha(&self) -> f64 {
        let Transfer { alphas, accuracies, .. } = self.transfer;
        let mut expected = vec![0.0; alphas.len()];
        for (weight, row) in self.weights.iter().zip(accuracies.chunks_exact(alphas.len())) {
            for (sum, accuracy) in expected.iter_mut().zip(row) {
                *sum += weight * accuracy;
            }
        }
        let best = (0..alphas.len()).max_by(|i, j| expected[*i].total_cmp(&expected[*j]));
        best.map_or(1.0, |i| alphas[i])
    }

    /// Accuracy after fine-tuning at scale α.
    pub fn accuracy(&self, alpha: f64) -> Interval {
        self.interval(|s| s.law.at(&[alpha]).map_or(0.5, |decision| decision.accuracy()))
    }

    /// Accuracy of the frozen source as it is.
    pub fn source_only(&self) -> Interval {
        self.interval(|s| s.source_only)
    }

    /// Where the best α may lie: that of every scenario, by its probability.
    pub fn best_alphas(&self) -> Interval {
        let scale = self.transfer.alphas.iter().copied().fold(0.0, f64::max);
        self.interval(|s| match s.law.optimum() {
            Ok(Optimum::Finite(weights)) => weights[0].clamp(-scale, scale),
            Ok(Optimum::Infinite(weights)) => scale * weights[0].signum(),
            Err(_) => 0.0,
        })
    }

    fn interval(&self, value: impl Fn(&Scenario) -> f64) -> Interval {
        let mut values: Vec<(f64, f64)> =
            self.transfer.scenarios.iter().map(&value).zip(self.weights.iter().copied()).collect();
        let mean = values.iter().map(|(x, w)| x * w).sum();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let quantile = |share: f64| {
            let mut below = 0.0;
            let found = values.iter().find(|(_, w)| {
                below += w;
                below >= share
            });
            found.or(values.last()).map_or(mean, |(x, _)| *x)
        };
        Interval { value: mean, low: quantile(0.05), high: quantile(0.95) }
    }
}
