//! The target's features as the theory sees them: their total covariance Σ = C + μμᵀ, which no label is needed for.
//!
//! With D = (Σ + gI)⁻¹ and F = DΣD, and C = Σ − μμᵀ eliminated from the law (theory §3) by Sherman–Morrison,
//!
//! ```text
//! b = D(gw̃α + μ),   m = μᵀb,   q = [bᵀΣb − m² + df₂(1−m)²]/(1 − df₂)
//! ```
//!
//! so that the law needs Σ and five forms of μ and w̃.

use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::fixed_point::{FixedPoint, Spectrum};
use alpha_rmt::law::DecisionLaw;
use nalgebra::DMatrix;

use crate::error::Result;

/// Total covariance of a target's features, by its eigendecomposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    basis: Eigenbasis,
}

/// D and F at one number of labels and one ridge, as diagonals in the eigenbasis of Σ.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    fixed_point: FixedPoint,
    /// D.
    pub resolvent: Vec<f64>,
    /// F = DΣD.
    pub spread: Vec<f64>,
}

/// The most of Σ along any direction that may be the mean's: a separation of √(0.95/0.05), an accuracy of 0.99999.
const MOST_EXPLAINED: f64 = 0.95;

/// What the law needs to know of the target's mean μ and of one source w̃.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forms {
    /// μᵀDμ, in [0, 1).
    pub mean: f64,
    /// μᵀFμ.
    pub mean_spread: f64,
    /// μᵀDw̃.
    pub product: f64,
    /// μᵀFw̃.
    pub product_spread: f64,
    /// w̃ᵀFw̃.
    pub source_spread: f64,
}

impl Geometry {
    /// From centred features, p×m, labelled and unlabelled alike. With fewer of them than
    /// features Σ is shrunk towards a multiple of the identity (oracle-approximating shrinkage, Chen et al. 2010).
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for features that are empty or not finite.
    pub fn new(features: &DMatrix<f64>) -> Result<Self> {
        let (p, m) = features.shape();
        let mut covariance = features * features.transpose() / m.max(1) as f64;
        if m < p {
            let (trace, squared) = (covariance.trace(), covariance.norm_squared());
            let scale = trace / p as f64;
            let excess = (m as f64 + 1.0) * (squared - trace * scale);
            let share = if excess > 0.0 { ((squared + trace * trace) / excess).min(1.0) } else { 1.0 };
            covariance *= 1.0 - share;
            for i in 0..p {
                covariance[(i, i)] += share * scale;
            }
        }
        Ok(Self { basis: Eigenbasis::covariance(&covariance)? })
    }

    /// Eigenvalues of Σ.
    pub fn eigenvalues(&self) -> &[f64] {
        self.basis.eigenvalues()
    }

    /// Mean variance of a feature, tr Σ/p.
    pub fn scale(&self) -> f64 {
        self.eigenvalues().iter().sum::<f64>() / self.basis.dimension() as f64
    }

    /// Coordinates of the columns of a p×k matrix.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for the wrong number of rows.
    pub fn rotate(&self, vectors: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        Ok(self.basis.rotate(vectors)?)
    }

    /// D and F for n labels and ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a count or a ridge that is not positive.
    pub fn metric(&self, labels: f64, ridge: f64) -> Result<Metric> {
        let eigenvalues = self.eigenvalues();
        let fixed_point = FixedPoint::spectrum(Spectrum { eigenvalues, samples: labels, ridge })?;
        let resolvent: Vec<f64> = eigenvalues.iter().map(|s| (s + fixed_point.g).recip()).collect();
        let spread = resolvent.iter().zip(eigenvalues).map(|(d, s)| d * s * d).collect();
        Ok(Metric { fixed_point, resolvent, spread })
    }
}

impl Metric {
    /// The law of the fine-tuned decision function.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] if a form is not finite.
    pub fn law(&self, forms: &Forms) -> Result<DecisionLaw> {
        let FixedPoint { g, df2, h, .. } = self.fixed_point;
        let mean = [forms.mean, g * forms.product];
        let total = [forms.mean_spread, g * forms.product_spread, g * g * forms.source_spread];
        let miss = [1.0 - mean[0], -mean[1]];
        // μᵀ(bᵀΣb)⁻¹μ over both vectors b; C ≥ 0 keeps it below 1, estimated or averaged forms need not.
        let determinant = total[0] * total[2] - total[1] * total[1];
        let fraction = (mean[0] * mean[0] * total[2] - 2.0 * mean[0] * mean[1] * total[1]
            + mean[1] * mean[1] * total[0])
            / determinant;
        let share = if fraction > MOST_EXPLAINED { MOST_EXPLAINED / fraction } else { 1.0 };
        let entry = |i: usize, j: usize| (total[i + j] - share * mean[i] * mean[j] + df2 * miss[i] * miss[j]) / h;
        Ok(DecisionLaw::new(&mean, &[entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)])?)
    }
}

/// Σ fᵢxᵢ: a diagonal form, from the products of its two vectors' coordinates.
pub(crate) fn form(diagonal: &[f64], products: &[f64]) -> f64 {
    diagonal.iter().zip(products).map(|(f, x)| f * x).sum()
}
