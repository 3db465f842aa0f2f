//! How good the fine-tuned classifier is expected to be, given n labels, and the α that is best in expectation.
//!
//! Forty labels do not fix a mean of four hundred coordinates. What they do fix, together with the source, is two numbers:
//! the target's mean is modelled as μ_β = bμ + ν, with μ the source's mean and ν a random direction (covariance ∝ Σ), so
//! that its strength μ_βᵀDμ_β relative to the source's and the correlation of the two are all that is unknown. A prior on
//! both is updated by two unbiased statistics of the labels, and the accuracy averaged over what remains.

mod prior;

use alpha_rmt::law::DecisionLaw;
use alpha_rmt::sweep::{Spacing, spaced};

use crate::error::Result;
use crate::evidence::Evidence;
use crate::geometry::{Forms, Geometry, Metric, form, frozen_accuracy};
use crate::select;
use crate::source_view::SourceView;

pub use prior::Prior;

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
pub struct Scenarios {
    metric: Metric,
    /// μ.
    source_mean: Vec<f64>,
    /// μᵀDμ.
    source_strength: f64,
    /// Variance of μᵀD·yx, averaged over the labels.
    product_variance: f64,
    /// Variance of the strength's estimate from the labels where the strength is 0.
    strength_variance: f64,
    /// What a unit of strength adds to it.
    strength_slope: f64,
    scenarios: Vec<Scenario>,
    /// α to choose among, and the accuracy of each scenario at each: α fastest.
    alphas: Vec<f64>,
    accuracies: Vec<f64>,
}

/// The transfer after the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior<'a> {
    scenarios: &'a Scenarios,
    /// Posterior probability of each scenario.
    weights: Vec<f64>,
}

/// As a share of Σ along some direction a strength stays below 1.
const MOST_STRENGTH: f64 = 0.98;

const STRENGTHS: usize = 11;
const CORRELATIONS: usize = 50;

impl Scenarios {
    /// Everything that can be said before the labels are seen: n of them are to come, with ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a count or ridge out of range.
    pub fn new(geometry: &Geometry, source: &SourceView, labels: f64, ridge: f64, prior: &Prior) -> Result<Self> {
        prior.check()?;
        let metric = geometry.metric(labels, ridge)?;
        let eigenvalues = geometry.eigenvalues();
        let (d, f) = (&metric.shrunk, &metric.spread);
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
                let strength = (log_ratio.exp() * source_strength).min(MOST_STRENGTH);
                let slope = correlation * (strength / source_strength).sqrt();
                let rest = strength * (1.0 - correlation * correlation) / unit;
                let forms = Forms {
                    strength,
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
                let source_only = frozen_accuracy(slope * alone, total);
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
        // Of an optimum at infinity the direction is the weight at which it fits the labels best.
        let best = likely.and_then(|s| s.law.optimum().ok()).and_then(|best| best.direction().1.first().copied());
        let centre = best.map(f64::abs).filter(|x| *x > 0.0).unwrap_or(1.0);
        let positive = spaced([centre / 30.0, centre * 100.0], 72, Spacing::Log);
        let negative = positive.iter().rev().step_by(4).map(|x| -x).collect::<Vec<_>>();
        negative.into_iter().chain([0.0]).chain(positive).collect()
    }

    /// What the labels say of μᵀDμ_β and of μ_βᵀDμ_β.
    fn statistics(&self, evidence: &Evidence) -> [f64; 2] {
        let d = &self.metric.shrunk;
        let products: Vec<f64> = self.source_mean.iter().zip(&evidence.mean).map(|(m, x)| m * x).collect();
        [form(d, &products), form(d, &evidence.square)]
    }

    /// Takes in the labels: their evidence in the coordinates of the geometry.
    pub fn given(&self, evidence: &Evidence) -> Posterior<'_> {
        let [product, strength] = self.statistics(evidence);
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
        Posterior { scenarios: self, weights }
    }
}

impl Posterior<'_> {
    /// The α of highest expected accuracy.
    pub fn best_alpha(&self) -> f64 {
        let Scenarios { alphas, accuracies, .. } = self.scenarios;
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
        let scale = self.scenarios.alphas.iter().copied().fold(0.0, f64::max);
        self.interval(|s| s.law.optimum().map_or(0.0, |optimum| select::within(&optimum, scale)))
    }

    fn interval(&self, value: impl Fn(&Scenario) -> f64) -> Interval {
        let mut values: Vec<(f64, f64)> =
            self.scenarios.scenarios.iter().map(&value).zip(self.weights.iter().copied()).collect();
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

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::mixture::Mixture;

    /// Of these eigenvalues, in rising order.
    fn geometry(eigenvalues: &[f64]) -> Geometry {
        let p = eigenvalues.len();
        let scaled = DVector::from_iterator(p, eigenvalues.iter().map(|s| (s * p as f64).sqrt()));
        Geometry::new(&DMatrix::from_diagonal(&scaled)).unwrap()
    }

    fn source(mean: &DVector<f64>) -> SourceView {
        let square: Vec<f64> = mean.iter().map(|m| m * m).collect();
        SourceView {
            weights: mean.as_slice().to_vec(),
            mean: mean.as_slice().to_vec(),
            product: square.clone(),
            square,
        }
    }

    /// Sample variance of the two statistics of the labels over many draws.
    fn variances(scenarios: &Scenarios, target: &Mixture, labels: usize, draws: usize) -> [f64; 2] {
        let rng = &mut StdRng::seed_from_u64(8);
        let statistics: Vec<[f64; 2]> = (0..draws)
            .map(|_| {
                let samples = target.draw(labels, rng).unwrap();
                scenarios.statistics(&Evidence::new(&samples.features, samples.labels.as_slice()).unwrap())
            })
            .collect();
        [0, 1].map(|k| {
            let mean = statistics.iter().map(|s| s[k]).sum::<f64>() / draws as f64;
            statistics.iter().map(|s| (s[k] - mean).powi(2)).sum::<f64>() / (draws - 1) as f64
        })
    }

    #[test]
    fn the_statistics_of_the_labels_have_these_variances() {
        let (p, labels, draws) = (30, 100, 2000);
        // Of a variance that is estimated from so many draws.
        let error = (2.0 / draws as f64).sqrt();
        let check = |what: &str, got: f64, expected: f64| {
            let z = (got / expected - 1.0) / error;
            assert!(z.abs() < 4.0, "{what}: {got} against {expected}, z = {z}");
        };
        let rising: Vec<f64> = (0..p).map(|i| 0.4 + 0.1 * i as f64).collect();
        let mean = DVector::from_fn(p, |i, _| 0.1 + 0.01 * (i * 7 % 11) as f64);
        let before = |geometry: &Geometry| {
            Scenarios::new(geometry, &source(&mean), labels as f64, 2.0, &Prior::default()).unwrap()
        };
        // Where the target has no mean both are exact, but for n − 1 against n.
        let scenarios = before(&geometry(&rising));
        let none = Mixture { mean: DVector::zeros(p), eigenvalues: rising };
        let [product, strength] = variances(&scenarios, &none, labels, draws);
        check("product", product, scenarios.product_variance);
        check("strength of 0", strength, scenarios.strength_variance);
        // At C = I so is what a strength adds.
        let scenarios = before(&geometry(&vec![1.0; p]));
        let target = Mixture { mean: &mean * 2.0, eigenvalues: vec![1.0; p] };
        let at = scenarios.metric.shrunk[0] * target.mean.norm_squared();
        let [_, strength] = variances(&scenarios, &target, labels, draws);
        check("strength", strength, scenarios.strength_variance + scenarios.strength_slope * at);
        assert!(scenarios.strength_slope * at > scenarios.strength_variance);
    }

    #[test]
    fn a_prior_without_a_floor_is_still_one() {
        let mean = DVector::repeat(5, 0.2);
        let geometry = geometry(&[0.5, 1.0, 1.5, 2.0, 2.5]);
        let rng = &mut StdRng::seed_from_u64(3);
        let samples = Mixture { mean: mean.clone(), eigenvalues: vec![1.0; 5] }.draw(20, rng).unwrap();
        let evidence = Evidence::new(&samples.features, samples.labels.as_slice()).unwrap();
        for correlation in [-1.0, 0.0, 1.0] {
            let prior = Prior { correlation, correlation_deviation: 0.01, floor: 0.0, ..Prior::default() };
            let scenarios = Scenarios::new(&geometry, &source(&mean), 20.0, 1.0, &prior).unwrap();
            let Interval { value, low, high } = scenarios.given(&evidence).accuracy(1.0);
            assert!(0.0 < low && low <= value && value <= high && high < 1.0, "{correlation}: {low} {value} {high}");
        }
        for bad in [
            Prior { correlation_deviation: 1e-4, ..Prior::default() },
            Prior { log_strength_deviation: 1e300, ..Prior::default() },
            Prior { floor: -0.1, ..Prior::default() },
            Prior { correlation: f64::NAN, ..Prior::default() },
        ] {
            assert!(Scenarios::new(&geometry, &source(&mean), 20.0, 1.0, &bad).unwrap_err().is_usage(), "{bad:?}");
        }
    }
}
