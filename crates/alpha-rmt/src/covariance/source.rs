//! Frozen sources in the eigenbasis of the target's covariance.

use super::trained::Trained;
use crate::check::{self, length, non_negative};
use crate::error::Result;
use crate::resolvent::Equivalent;
use crate::sums::weighted;
use crate::training::Training;

/// A frozen source w̃ in the eigenbasis of the target's covariance, known exactly or only in law (paper, Appendix C);
/// [`Source`](super::Source) is the same in the coordinates of the features.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralSource {
    /// E w̃, p entries.
    pub mean: Vec<f64>,
    /// Variance of each entry of w̃ around it, of order 1/p, all ≥ 0; empty for a given vector. Different sources are
    /// independent, unless [`SpectralTarget::with_covariance`](super::SpectralTarget::with_covariance) says otherwise.
    pub variance: Vec<f64>,
}

/// The data of a ridge-trained source whose covariance has the same eigenvectors as the target's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RidgeTraining<'a> {
    /// Eigenvalues s̃ᵢ of the source's covariance, p of them, each ≥ 0.
    pub eigenvalues: &'a [f64],
    /// μ, the source's mean, in the eigenbasis.
    pub mean: &'a [f64],
    /// Number of source samples N, source ridge γ̃.
    pub training: Training,
}

impl SpectralSource {
    /// A source vector that is known.
    pub fn given(vector: Vec<f64>) -> Self {
        Self { mean: vector, variance: Vec::new() }
    }

    /// Refuses vectors of the wrong length or with entries that are out of range.
    pub(crate) fn check(&self, p: usize) -> Result<()> {
        check::vector("source", &self.mean, p)?;
        if !self.variance.is_empty() {
            length("source variance", self.variance.len(), p)?;
        }
        self.variance.iter().try_for_each(|v| non_negative("source variance", *v).map(|_| ()))
    }

    /// A source trained by ridge regression on data of its own (paper, eq. 5), for any covariance:
    /// E w̃ = D̃μ/(1+Ã), and variance r̃ s̃ᵢ/(N (s̃ᵢ+g̃)²) along the i-th eigenvector, r̃ being its squared risk.
    ///
    /// # Errors
    /// As [`Equivalent::new`].
    ///
    /// ```
    /// use alpha_rmt::covariance::{RidgeTraining, SpectralSource, SpectralTarget};
    /// use alpha_rmt::training::Training;
    /// // A flat source covariance, a target covariance that is not, and 20 source samples.
    /// let training = Training { samples: 20.0, ridge: 0.5 };
    /// let source = SpectralSource::ridge(RidgeTraining { eigenvalues: &[1.0; 3], mean: &[1.0, 0.5, 0.0], training })?;
    /// let target = SpectralTarget::new(vec![2.0, 1.0, 0.1], vec![0.8, 0.5, 0.1], vec![source])?;
    /// let law = target.law(Training { samples: 5.0, ridge: 1.0 })?;
    /// assert!(law.at_optimum(&law.optimum()?)?.accuracy() > law.at(&[0.0])?.accuracy());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn ridge(source: RidgeTraining<'_>) -> Result<Self> {
        let own = Trained::new(source)?;
        Ok(Self { variance: own.covariance(&own)?, mean: own.mean() })
    }

    /// The derivative of [`SpectralSource::ridge`] in γ̃.
    pub(crate) fn ridge_slope(source: RidgeTraining<'_>) -> Result<Self> {
        let RidgeTraining { eigenvalues, mean, training } = source;
        let own = Equivalent::new(eigenvalues, mean, training)?;
        let samples = training.samples;
        let fp = own.fixed_point();
        let (d, b, risk) = (own.shrunk(), own.classifier(), own.risk()?);
        // All in g̃ first; dg̃/dγ̃ = 1/h̃.
        let fall: f64 = d.iter().zip(mean).map(|(d, m)| d * d * m * m).sum();
        let miss = 1.0 / (1.0 + own.strength());
        let b_slope: Vec<f64> = d.iter().zip(&b).map(|(d, b)| b * (miss * fall - d)).collect();
        let h_slope = 2.0 * eigenvalues.iter().zip(d).map(|(s, d)| s * s * d * d * d).sum::<f64>() / samples;
        let risk_slope =
            (2.0 * weighted(eigenvalues, &b, &b_slope) + 2.0 * miss * miss * miss * fall - h_slope * risk) / fp.h;
        let variance = d.iter().zip(eigenvalues).map(|(d, s)| s * d * d * (risk_slope - 2.0 * risk * d) / samples);
        Ok(Self {
            variance: variance.map(|v| v / fp.h).collect(),
            mean: b_slope.into_iter().map(|x| x / fp.h).collect(),
        })
    }
}
