//! The law from the total covariance Σ = C + μμᵀ of a target's features, for which no label is needed.
//!
//! With D = (Σ + gI)⁻¹ and F = DΣD, and C = Σ − μμᵀ eliminated from the law (docs/theory.md §3) by Sherman–Morrison,
//!
//! ```text
//! b = D(gw̃α + μ),   m = μᵀb,   q = [bᵀΣb − m² + df₂(1−m)²]/(1 − df₂)
//! ```
//!
//! so that the law needs Σ, which all features tell of, labelled or not, and five forms of μ and w̃, which need labels. g and df₂
//! are those of Σ: one direction more among p, a difference of order 1/p.

use nalgebra::DMatrix;

use crate::eigenbasis::Eigenbasis;
use crate::error::Result;
use crate::fixed_point::FixedPoint;
use crate::law::DecisionLaw;
use crate::normal::normal_cdf;
use crate::training::Training;

/// The total covariance Σ of a target's features, by its eigendecomposition.
///
/// ```
/// use alpha_rmt::nalgebra::DMatrix;
/// use alpha_rmt::total_covariance::{MeanForms, TotalCovariance};
/// use alpha_rmt::training::Training;
/// // Four features of six rows; μ and w̃ in their coordinates.
/// let features = DMatrix::from_fn(4, 6, |i, j| ((3 * i + 5 * j + i * j) % 7) as f64 - 3.0);
/// let sigma = TotalCovariance::from_features(&features)?;
/// let [mean, source] = [[0.4, 0.1, 0.0, -0.2], [0.3, 0.0, 0.1, 0.1]]
///     .map(|v| sigma.rotate(&DMatrix::from_column_slice(4, 1, &v)).unwrap());
///
/// let at = sigma.at(Training { samples: 10.0, ridge: 1.0 })?;
/// let form = |d: &[f64], x: &DMatrix<f64>, y: &DMatrix<f64>| (0..4).map(|i| d[i] * x[i] * y[i]).sum::<f64>();
/// let law = at.law(&MeanForms {
///     strength: form(at.shrunk(), &mean, &mean),
///     mean_spread: form(at.spread(), &mean, &mean),
///     product: form(at.shrunk(), &mean, &source),
///     product_spread: form(at.spread(), &mean, &source),
///     source_spread: form(at.spread(), &source, &source),
/// })?;
/// assert!(law.at_optimum(&law.optimum()?)?.accuracy() >= law.at(&[1.0])?.accuracy());
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TotalCovariance {
    basis: Eigenbasis,
}

/// D and F after one fine-tuning, as diagonals in the eigenbasis of Σ.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalEquivalent {
    fixed_point: FixedPoint,
    shrunk: Vec<f64>,
    spread: Vec<f64>,
}

/// The most of Σ along any direction that may be the mean's: a separation of √(0.95/0.05), an accuracy of 0.99999.
pub const MOST_EXPLAINED: f64 = 0.95;

/// What the law needs to know of the target's mean μ and of one source w̃.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanForms {
    /// A = μᵀDμ, in [0, 1).
    pub strength: f64,
    /// μᵀFμ.
    pub mean_spread: f64,
    /// μᵀDw̃.
    pub product: f64,
    /// μᵀFw̃.
    pub product_spread: f64,
    /// w̃ᵀFw̃.
    pub source_spread: f64,
}

impl TotalCovariance {
    /// From centred features, p×m, labelled and unlabelled alike. With fewer of them than
    /// features Σ is shrunk towards a multiple of the identity (oracle-approximating shrinkage, Chen et al. 2010, without the
    /// terms in 2/p, as scikit-learn has it).
    ///
    /// # Errors
    /// As [`Eigenbasis::covariance`], for features that are empty or not finite among others.
    pub fn from_features(features: &DMatrix<f64>) -> Result<Self> {
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

    /// Coordinates of the columns of a p×k matrix along the eigenvectors of Σ.
    ///
    /// # Errors
    /// As [`Eigenbasis::rotate`].
    pub fn rotate(&self, vectors: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        self.basis.rotate(vectors)
    }

    /// D and F for n labelled samples and ridge γ.
    ///
    /// # Errors
    /// As [`FixedPoint::spectrum`].
    pub fn at(&self, training: Training) -> Result<TotalEquivalent> {
        let eigenvalues = self.eigenvalues();
        let fixed_point = FixedPoint::spectrum(eigenvalues, training)?;
        let shrunk: Vec<f64> = eigenvalues.iter().map(|s| (s + fixed_point.g).recip()).collect();
        let spread = shrunk.iter().zip(eigenvalues).map(|(d, s)| d * s * d).collect();
        Ok(TotalEquivalent { fixed_point, shrunk, spread })
    }
}

impl TotalEquivalent {
    /// Diagonal of D.
    pub fn shrunk(&self) -> &[f64] {
        &self.shrunk
    }

    /// Diagonal of F = DΣD.
    pub fn spread(&self) -> &[f64] {
        &self.spread
    }

    /// The law of the fine-tuned decision function. Where estimated forms claim that more than [`MOST_EXPLAINED`] of Σ along some
    /// b is the mean's, it is taken to be that much.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] or [`crate::Error::Range`] if a form, or what follows from it, is not finite.
    pub fn law(&self, forms: &MeanForms) -> Result<DecisionLaw> {
        let FixedPoint { g, df2, h, .. } = self.fixed_point;
        let mean = [forms.strength, g * forms.product];
        let total = [forms.mean_spread, g * forms.product_spread, g * g * forms.source_spread];
        let miss = [1.0 - mean[0], -mean[1]];
        // μᵀ(bᵀΣb)⁻¹μ over both vectors b; C ≥ 0 keeps it below 1, estimated or averaged forms need not.
        let determinant = total[0] * total[2] - total[1] * total[1];
        let fraction = (mean[0] * mean[0] * total[2] - 2.0 * mean[0] * mean[1] * total[1]
            + mean[1] * mean[1] * total[0])
            / determinant;
        let share = if fraction > MOST_EXPLAINED { MOST_EXPLAINED / fraction } else { 1.0 };
        let entry = |i: usize, j: usize| (total[i + j] - share * mean[i] * mean[j] + df2 * miss[i] * miss[j]) / h;
        DecisionLaw::new(&mean, &[entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)])
    }
}

/// Accuracy Φ(⟨w̃, μ⟩/√(w̃ᵀΣw̃ − ⟨w̃, μ⟩²)) of a frozen w̃, of which ⟨w̃, μ⟩ and w̃ᵀΣw̃ are known. Estimates of them that leave no
/// variance give 0 or 1.
pub fn frozen_accuracy(product: f64, total: f64) -> f64 {
    normal_cdf(product / (total - product * product).max(f64::MIN_POSITIVE).sqrt())
}
