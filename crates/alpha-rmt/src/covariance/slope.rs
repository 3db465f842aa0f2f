//! Derivatives of the law in the ridge and in the sources.

use super::{Parts, SpectralSource, SpectralTarget, symmetric};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::law::DecisionLaw;
use crate::sums::weighted;
use crate::training::Training;

/// How fast the ridge and the sources move along a path of hyper-parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tangent {
    /// dγ.
    pub(crate) ridge: f64,
    /// dE w̃ᵢ and the change of its variance, shaped like the sources; none at all stand for zero.
    pub(crate) sources: Vec<SpectralSource>,
}

impl SpectralTarget {
    /// The law after this fine-tuning, and its rate of change along each tangent.
    pub(crate) fn law_and_slopes(
        &self,
        training: Training,
        labels: Labels,
        tangents: &[Tangent],
    ) -> Result<(DecisionLaw, Vec<DecisionLaw>)> {
        if self.rows.is_some() {
            return self.sampled_law_and_slopes(training, labels, tangents);
        }
        let parts = Parts::new(self, training, labels)?;
        let (law, b) = parts.law()?;
        let slopes = tangents.iter().map(|tangent| parts.slope(&law, &b, tangent)).collect::<Result<_>>()?;
        Ok((law, slopes))
    }

    /// The same where the covariance is known from a sample: by central differences, since the sample is seen differently at
    /// each ridge. Nothing but the ridge can move then.
    fn sampled_law_and_slopes(
        &self,
        training: Training,
        labels: Labels,
        tangents: &[Tangent],
    ) -> Result<(DecisionLaw, Vec<DecisionLaw>)> {
        let at = |factor: f64| self.law_of_labels(Training { ridge: training.ridge * factor, ..training }, labels);
        let (above, below) = (at(1.0 + STEP)?, at(1.0 - STEP)?);
        let slope = |tangent: &Tangent| {
            let scale = tangent.ridge / (2.0 * STEP * training.ridge);
            let rise = |f: fn(&DecisionLaw) -> &[f64]| -> Vec<f64> {
                f(&above).iter().zip(f(&below)).map(|(above, below)| (above - below) * scale).collect()
            };
            DecisionLaw::new(&rise(DecisionLaw::mean_coefficients), &rise(DecisionLaw::variance_coefficients))
        };
        Ok((self.law_of_labels(training, labels)?, tangents.iter().map(slope).collect::<Result<_>>()?))
    }
}

/// Relative step of a central difference: its error is of order STEP², and of rounding over STEP.
const STEP: f64 = 1e-5;

impl Parts<'_> {
    /// Derivative of the law along a tangent.
    fn slope(&self, law: &DecisionLaw, b: &[Vec<f64>], tangent: &Tangent) -> Result<DecisionLaw> {
        let Self { target: SpectralTarget { eigenvalues, mean: target_mean, .. }, own, labels } = self;
        let (fp, d) = (own.fixed_point(), own.shrunk());
        // dg/dγ = 1/h.
        let dg = tangent.ridge / fp.h;
        let (mean, size) = (law.mean_coefficients(), law.sources() + 1);
        let scale = self.scale();
        let moved = |i: usize| i.checked_sub(1).and_then(|i| tangent.sources.get(i));

        let squared: Vec<f64> = d.iter().map(|d| d * d).collect();
        // Of vA.
        let strength_slope = -dg * labels.spread * weighted(&squared, target_mean, target_mean);
        let mean_slope: Vec<f64> = (0..size)
            .map(|i| match self.source(i) {
                None => labels.signal * strength_slope * scale * scale,
                Some(w) => {
                    // d(g/(s+g)) = s/(s+g)² dg.
                    let through: f64 =
                        (0..d.len()).map(|l| target_mean[l] * w.mean[l] * eigenvalues[l] * squared[l]).sum();
                    let along = moved(i).map_or(0.0, |w| fp.g * weighted(d, target_mean, &w.mean));
                    (dg * through + along - mean[i] * strength_slope) * scale
                }
            })
            .collect();
        let miss = self.miss(mean);
        let miss_slope: Vec<f64> = mean_slope.iter().map(|x| -x).collect();
        let b_slope: Vec<Vec<f64>> = (0..size)
            .map(|i| {
                let entry = |l: usize| {
                    let source = self.source(i).map_or(0.0, |w| dg * w.mean[l]);
                    let along = moved(i).and_then(|w| w.mean.get(l)).map_or(0.0, |w| fp.g * w);
                    d[l] * (source + along + labels.spread * miss_slope[i] * target_mean[l] - dg * b[i][l])
                };
                (0..d.len()).map(entry).collect()
            })
            .collect();
        let df2_slope =
            -2.0 * dg * (0..d.len()).map(|l| (eigenvalues[l] * d[l]).powi(2) * d[l]).sum::<f64>() / own.samples();
        let variance_slope = symmetric(size, |i, j| {
            let mut spread = weighted(eigenvalues, &b_slope[i], &b[j]) + weighted(eigenvalues, &b[i], &b_slope[j]);
            spread += df2_slope * self.residual(&miss, i, j);
            spread += fp.df2 * labels.spread * (miss_slope[i] * miss[j] + miss[i] * miss_slope[j]);
            if let Some(covariance) = self.covariance(i, j) {
                spread += dg * self.noise(covariance, |g, d| 2.0 * g * d * d * (1.0 - g * d));
            }
            if let (Some(w), true) = (moved(i), i == j) {
                spread += self.noise(&w.variance, |g, d| g * g * d * d);
            }
            (spread + df2_slope * law.variance_coefficients()[i * size + j]) / fp.h
        });
        DecisionLaw::new(&mean_slope, &variance_slope)
            .map_err(|_| Error::Range { quantity: "the derivative of the law" })
    }
}
