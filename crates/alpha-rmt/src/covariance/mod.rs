//! The law for any covariance, in the eigenbasis of C (docs/theory.md §3).

mod slope;
mod source;

use crate::check::{self, all_representable, length, non_negative, not_empty};
use crate::error::Result;
use crate::law::DecisionLaw;
use crate::resolvent::Equivalent;
use crate::sums::weighted;
use crate::training::Training;

pub(crate) use slope::Tangent;
pub use source::{RidgeTraining, SpectralSource};

/// A target with covariance C and k ≥ 0 frozen sources, in the eigenbasis of C; [`Eigenbasis`] makes one from a matrix.
///
/// With g = γ/κ, D = (C + gI)⁻¹ and A = μ_βᵀDμ_β:
///
/// ```text
/// m = (A + g μ_βᵀDWα) / (1 + A)
/// q = [ bᵀCb + df₂ (1−m)² ] / (1 − df₂),   b = D ( gWα + (1−m) μ_β )
/// ```
///
/// so that the law depends on γ through g alone. Each ridge costs the fixed point and O(pk²).
///
/// ```
/// use alpha_rmt::{covariance::{SpectralSource, SpectralTarget}, training::Training};
/// let source = SpectralSource::given(vec![0.5, 0.5]);
/// let target = SpectralTarget::new(vec![1.0, 5.0], vec![1.0, 0.5], vec![source])?;
/// let law = target.law(Training { samples: 4.0, ridge: 1.0 })?;
/// assert!(law.at(&[1.0])?.accuracy() > 0.5);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
///
/// [`Eigenbasis`]: crate::eigenbasis::Eigenbasis
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralTarget {
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
    sources: Vec<SpectralSource>,
}

impl SpectralTarget {
    /// A target with these eigenvalues of C and, in the same coordinates, its mean μ_β and its sources.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for vectors of the wrong length, [`crate::Error::Parameter`] for entries that are not finite, or
    /// negative eigenvalues or variances.
    pub fn new(eigenvalues: Vec<f64>, mean: Vec<f64>, sources: Vec<SpectralSource>) -> Result<Self> {
        let p = eigenvalues.len();
        not_empty("eigenvalues", p)?;
        for &s in &eigenvalues {
            non_negative("eigenvalue", s)?;
        }
        check::vector("mean", &mean, p)?;
        for source in &sources {
            check::vector("source", &source.mean, p)?;
            if !source.variance.is_empty() {
                length("source variance", source.variance.len(), p)?;
            }
            for &v in &source.variance {
                non_negative("source variance", v)?;
            }
        }
        Ok(Self { eigenvalues, mean, sources })
    }

    /// Eigenvalues of C.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// μ_β.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The law of the decision function after this fine-tuning, on n samples with ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for samples or a ridge that is not finite and positive, [`crate::Error::Range`] on overflow.
    pub fn law(&self, training: Training) -> Result<DecisionLaw> {
        Ok(Parts::new(self, training)?.law()?.0)
    }

    /// Test accuracy Φ(⟨w̃ᵢ, μ_β⟩/√(w̃ᵢᵀCw̃ᵢ)) of source `index` on the target as it is.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if there is no such source, [`crate::Error::Variance`] if both ⟨w̃ᵢ, μ_β⟩ and w̃ᵢᵀCw̃ᵢ are 0.
    pub fn source_accuracy(&self, index: usize) -> Result<f64> {
        check::index("sources", index, self.sources.len())?;
        let SpectralSource { mean, variance } = &self.sources[index];
        let ones = vec![1.0; mean.len()];
        let q = weighted(&self.eigenvalues, mean, mean) + weighted(&self.eigenvalues, variance, &ones);
        // As a law without a target of its own: u = (0, 1).
        let m = weighted(&ones, mean, &self.mean);
        all_representable("the decision function of the source", &[m, q])?;
        let alone = DecisionLaw::new(&[0.0, m], &[0.0, 0.0, 0.0, q])?;
        Ok(alone.at(&[1.0])?.accuracy())
    }
}

/// What the law and its derivative share at one ridge.
struct Parts<'a> {
    target: &'a SpectralTarget,
    own: Equivalent<'a>,
}

impl<'a> Parts<'a> {
    fn new(target: &'a SpectralTarget, training: Training) -> Result<Self> {
        Ok(Self { target, own: Equivalent::new(&target.eigenvalues, &target.mean, training)? })
    }

    /// 1 − m as a linear form in u = (1, α), from the coefficients of m.
    fn miss(&self, mean: &[f64]) -> Vec<f64> {
        (0..mean.len()).map(|i| if i == 0 { 1.0 / (1.0 + self.own.strength()) } else { -mean[i] }).collect()
    }

    /// E w̃ᵢ for u = (1, α): nothing for the target's own labels.
    fn source(&self, i: usize) -> Option<&SpectralSource> {
        i.checked_sub(1).map(|i| &self.target.sources[i])
    }

    /// The law, and the vectors b for each entry of u.
    fn law(&self) -> Result<(DecisionLaw, Vec<Vec<f64>>)> {
        let Self { target: SpectralTarget { eigenvalues, mean: target_mean, sources }, own } = self;
        let fp = own.fixed_point();
        let scale = 1.0 / (1.0 + own.strength());
        let mut mean = vec![own.strength() * scale];
        mean.extend(sources.iter().map(|w| fp.g * weighted(own.shrunk(), target_mean, &w.mean) * scale));
        let miss = self.miss(&mean);
        let b: Vec<Vec<f64>> = (0..mean.len())
            .map(|i| {
                let own_part = own.shrunk().iter().zip(target_mean).map(|(d, m)| d * miss[i] * m);
                match self.source(i) {
                    None => own_part.collect(),
                    Some(w) => own_part.zip(own.shrunk()).zip(&w.mean).map(|((x, d), w)| x + d * fp.g * w).collect(),
                }
            })
            .collect();
        let variance = symmetric(mean.len(), |i, j| {
            let mut spread = weighted(eigenvalues, &b[i], &b[j]) + fp.df2 * miss[i] * miss[j];
            if let (Some(w), true) = (self.source(i), i == j) {
                spread += self.noise(&w.variance, |g, d| g * g * d * d);
            }
            spread / fp.h
        });
        all_representable("the law of the decision function", mean.iter().chain(&variance))?;
        Ok((DecisionLaw::new(&mean, &variance)?, b))
    }

    /// Σ sᵢ f(g, dᵢ) vᵢ over the variances v of a source.
    fn noise(&self, variance: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
        let g = self.own.fixed_point().g;
        let terms = variance.iter().zip(self.own.shrunk()).zip(&self.target.eigenvalues);
        terms.map(|((v, d), s)| v * s * f(g, *d)).sum()
    }
}

/// A symmetric matrix by rows.
fn symmetric(size: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut matrix = vec![0.0; size * size];
    for i in 0..size {
        for j in 0..=i {
            matrix[i * size + j] = entry(i, j);
            matrix[j * size + i] = matrix[i * size + j];
        }
    }
    matrix
}
