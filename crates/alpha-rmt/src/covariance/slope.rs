//! Derivatives of the law in the ridge and in the sources.

use super::{Parts, SpectralSource, SpectralTarget, symmetric};
use crate::error::{Error, Result};
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
        tangents: &[Tangent],
    ) -> Result<(DecisionLaw, Vec<DecisionLaw>)> {
        let parts = Parts::new(self, training)?;
        let (law, b) = parts.law()?;
        let slopes = tangents.iter().map(|tangent| parts.slope(&law, &b, tangent)).collect::<Result<_>>()?;
        Ok((law, slopes))
    }
}

impl Parts<'_> {
    /// Derivative of the law along a tangent.
    fn slope(&self, law: &DecisionLaw, b: &[Vec<f64>], tangent: &Tangent) -> Result<DecisionLaw> {
        let Self { target: SpectralTarget { eigenvalues, mean: target_mean, .. }, own } = self;
        let (fp, d) = (own.fixed_point(), own.shrunk());
        // dg/dγ = 1/h.
        let dg = tangent.ridge / fp.h;
        let (mean, size) = (law.mean_coefficients(), law.sources() + 1);
        let scale = 1.0 / (1.0 + own.strength());
        let moved = |i: usize| i.checked_sub(1).and_then(|i| tangent.sources.get(i));

        let squared: Vec<f64> = d.iter().map(|d| d * d).collect();
        let strength_slope = -dg * weighted(&squared, target_mean, target_mean);
        let mean_slope: Vec<f64> = (0..size)
            .map(|i| match self.source(i) {
                None => strength_slope * scale * scale,
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
                    d[l] * (source + along + miss_slope[i] * target_mean[l] - dg * b[i][l])
                };
                (0..d.len()).map(entry).collect()
            })
            .collect();
        let df2_slope =
            -2.0 * dg * (0..d.len()).map(|l| (eigenvalues[l] * d[l]).powi(2) * d[l]).sum::<f64>() / own.samples();
        let variance_slope = symmetric(size, |i, j| {
            let mut spread = weighted(eigenvalues, &b_slope[i], &b[j]) + weighted(eigenvalues, &b[i], &b_slope[j]);
            spread += df2_slope * miss[i] * miss[j] + fp.df2 * (miss_slope[i] * miss[j] + miss[i] * miss_slope[j]);
            if let (Some(w), true) = (self.source(i), i == j) {
                spread += dg * self.noise(&w.variance, |g, d| 2.0 * g * d * d * (1.0 - g * d));
                spread += moved(i).map_or(0.0, |w| self.noise(&w.variance, |g, d| g * g * d * d));
            }
            (spread + df2_slope * law.variance_coefficients()[i * size + j]) / fp.h
        });
        DecisionLaw::new(&mean_slope, &variance_slope)
            .map_err(|_| Error::Range { quantity: "the derivative of the law" })
    }
}
