//! Ridge-trained sources in the eigenbasis of their own covariance, alone or on shared samples.

use super::RidgeTraining;
use crate::check::representable;
use crate::error::Result;
use crate::resolvent::Equivalent;
use crate::sums::{sums, weighted};

/// A source trained by ridge regression on data of its own.
pub(super) struct Trained<'a> {
    own: Equivalent<'a>,
    eigenvalues: &'a [f64],
}

impl<'a> Trained<'a> {
    pub(super) fn new(source: RidgeTraining<'a>) -> Result<Self> {
        let RidgeTraining { eigenvalues, mean, training } = source;
        Ok(Self { own: Equivalent::new(eigenvalues, mean, training)?, eigenvalues })
    }

    /// E w̃ = D̃μ/(1+Ã).
    pub(super) fn mean(&self) -> Vec<f64> {
        self.own.classifier()
    }

    /// What becomes of μ in the null space of C̃: 1/(g̃(1+Ã)).
    pub(super) fn null_factor(&self) -> f64 {
        1.0 / (self.own.fixed_point().g * (1.0 + self.own.strength()))
    }

    /// Covariance along each eigenvector with a source of the same samples and another ridge, r̃₁₂s̃ᵢ/(N(s̃ᵢ+g̃₁)(s̃ᵢ+g̃₂)) where
    /// r̃₁₂ = [b₁ᵀC̃b₂ + (1−m̃₁)(1−m̃₂)]/h̃₁₂ and h̃₁₂ = 1 − tr(C̃D̃₁C̃D̃₂)/N; with itself its variance.
    pub(super) fn covariance(&self, other: &Self) -> Result<Vec<f64>> {
        let Self { own, eigenvalues } = self;
        let (d, others, fp) = (own.shrunk(), other.own.shrunk(), own.fixed_point());
        // h̃₁₂ from positive terms alone: 1 = κ₁ + tr(C̃D̃₁)/N.
        let [unshrunk] = sums(d.len(), |i| [eigenvalues[i] * d[i] * others[i]]);
        let h = fp.kappa + other.own.fixed_point().g * unshrunk / own.samples();
        let miss = 1.0 / ((1.0 + own.strength()) * (1.0 + other.own.strength()));
        let spread = weighted(eigenvalues, &self.mean(), &other.mean());
        let scale = representable("the risk of the source", (spread + miss) / h)? / own.samples();
        Ok((0..d.len()).map(|i| scale * eigenvalues[i] * d[i] * others[i]).collect())
    }
}
