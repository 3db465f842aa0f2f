//! The law for any covariance, in the eigenbasis of C (docs/theory.md §3).

mod classifier;
mod feature_source;
mod from_matrix;
mod sampled;
mod slope;
mod source;
mod trained;

use crate::check::{self, non_negative, not_empty, require};
use crate::error::{Error, Result};
use crate::labels::{Labels, Terms};
use crate::law::DecisionLaw;
use crate::resolvent::Equivalent;
use crate::sums::{weighted, weighted_beyond_rounding};
use crate::training::Training;

pub use feature_source::{Source, TrainedSource};
pub(crate) use slope::Tangent;
pub use source::{RidgeTraining, SpectralSource};

/// A target with covariance C and k ≥ 0 frozen sources, in the eigenbasis of C.
///
/// [`Eigenbasis::target`] makes one from a covariance and sources in the coordinates of the features;
/// [`SpectralTarget::new`] takes what is already in the eigenbasis.
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
/// [`Eigenbasis::target`]: crate::eigenbasis::Eigenbasis::target
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralTarget {
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
    sources: Vec<SpectralSource>,
    covariances: Vec<Covariance>,
    /// Degrees of freedom of the sample that the covariance is known from; `None` for a covariance that is known.
    rows: Option<f64>,
}

/// How two sources vary together.
#[derive(Debug, Clone, PartialEq)]
struct Covariance {
    /// Their indices, the smaller one first.
    pair: (usize, usize),
    /// Covariance of their coordinates along each eigenvector.
    along: Vec<f64>,
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
        sources.iter().try_for_each(|source| source.check(p))?;
        Ok(Self { eigenvalues, mean, sources, covariances: Vec::new(), rows: None })
    }

    /// The same target, where the eigenvalues are those of a sample covariance with so many degrees of freedom.
    pub(crate) fn sampled(self, rows: Option<f64>) -> Self {
        Self { rows, ..self }
    }

    /// Eigenvalues of C, or of the sample covariance of [`Eigenbasis::samples`].
    ///
    /// [`Eigenbasis::samples`]: crate::eigenbasis::Eigenbasis::samples
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// μ_β.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The frozen sources.
    pub fn sources(&self) -> &[SpectralSource] {
        &self.sources
    }

    /// The same target with sources `first` and `second` that are not independent: Cov(w̃₁ᵢ, w̃₂ᵢ) along each eigenvector i.
    /// It adds g² Σ sᵢ Covᵢ/(sᵢ+g)² /h to the sources' entries of K. A later call for the same pair replaces it.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if there is no such source, or for the wrong number of entries; [`crate::Error::Parameter`] for an
    /// entry that is not finite or larger than √(Var w̃₁ᵢ Var w̃₂ᵢ), or if `first` = `second`.
    ///
    /// ```
    /// use alpha_rmt::{covariance::{SpectralSource, SpectralTarget}, training::Training};
    /// let source = || SpectralSource { mean: vec![0.5, 0.2], variance: vec![0.1, 0.2] };
    /// let target = SpectralTarget::new(vec![1.0, 2.0], vec![1.0, 0.5], vec![source(), source()])?;
    /// let training = Training { samples: 4.0, ridge: 1.0 };
    /// let independent = target.law(training)?;
    /// let same = target.with_covariance(0, 1, vec![0.1, 0.2])?.law(training)?;
    /// assert!(same.at(&[1.0, 1.0])?.variance > independent.at(&[1.0, 1.0])?.variance);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn with_covariance(mut self, first: usize, second: usize, along: Vec<f64>) -> Result<Self> {
        check::index("sources", first.max(second), self.sources.len())?;
        require("the second of two sources", second as f64, first != second, "another one than the first")?;
        check::vector("covariance of two sources", &along, self.eigenvalues.len())?;
        for (i, value) in along.iter().enumerate() {
            let variance = |source: usize| self.sources[source].variance.get(i).copied().unwrap_or(0.0);
            let possible = value.abs() <= (variance(first) * variance(second)).sqrt() * (1.0 + check::ROUNDING);
            require(
                "covariance of two sources",
                *value,
                possible,
                "at most the root of the product of their variances",
            )?;
        }
        let pair = (first.min(second), first.max(second));
        self.covariances.retain(|known| known.pair != pair);
        self.covariances.push(Covariance { pair, along });
        Ok(self)
    }

    /// The target without source `index`.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if there is no such source.
    pub(crate) fn without(&self, index: usize) -> Result<Self> {
        check::index("sources", index, self.sources.len())?;
        let mut target = self.clone();
        target.sources.remove(index);
        target.covariances.retain(|known| known.pair.0 != index && known.pair.1 != index);
        for Covariance { pair, .. } in &mut target.covariances {
            pair.0 -= usize::from(pair.0 > index);
            pair.1 -= usize::from(pair.1 > index);
        }
        Ok(target)
    }

    /// The law of the decision function after this fine-tuning, on n samples with ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for samples or a ridge that is not finite and positive, [`crate::Error::FewRows`] where the
    /// covariance is known from too small a sample, [`crate::Error::Range`] on overflow.
    pub fn law(&self, training: Training) -> Result<DecisionLaw> {
        self.law_of_labels(training, Labels::default())
    }

    /// The law of ⟨w_α, x⟩ for labels that are noisy or centred, whatever the threshold.
    pub(crate) fn law_of_labels(&self, training: Training, labels: Labels) -> Result<DecisionLaw> {
        match self.rows {
            None => Ok(Parts::new(self, training, labels)?.law()?.0),
            Some(rows) => {
                let (told, fixed_point) = self.told_by(rows, training)?;
                let own = Equivalent::at(&told.eigenvalues, &told.mean, training.samples, fixed_point)?;
                Ok(Parts { target: &told, own, labels: labels.terms()? }.law()?.0)
            }
        }
    }

    /// Refuses a covariance that is known from a sample only, which is corrected for the squared loss on Gaussian features and
    /// nothing else.
    pub(crate) fn known_covariance(&self) -> Result<()> {
        self.rows.map_or(Ok(()), |rows| Err(Error::SampledCovariance { rows }))
    }

    /// The law of ⟨w_α, x⟩ at an equivalent that another fixed point than that of Gaussian features gave.
    pub(crate) fn law_at(&self, own: Equivalent<'_>, labels: Terms) -> Result<DecisionLaw> {
        Ok(Parts { target: self, own, labels }.law()?.0)
    }

    /// Variance of Wα along each eigenvector; empty if all the sources are given vectors.
    pub(crate) fn variance_along(&self, weights: &[f64]) -> Vec<f64> {
        let mut total = Vec::new();
        let mut add = |factor: f64, along: &[f64]| {
            total.resize(total.len().max(along.len()), 0.0);
            total.iter_mut().zip(along).for_each(|(sum, v)| *sum += factor * v);
        };
        for (source, alpha) in self.sources.iter().zip(weights) {
            add(alpha * alpha, &source.variance);
        }
        for Covariance { pair: (first, second), along } in &self.covariances {
            add(2.0 * weights[*first] * weights[*second], along);
        }
        total
    }

    /// Test accuracy Φ(⟨w̃ᵢ, μ_β⟩/√(w̃ᵢᵀCw̃ᵢ)) of source `index` on the target as it is.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if there is no such source, [`crate::Error::Variance`] if both ⟨w̃ᵢ, μ_β⟩ and w̃ᵢᵀCw̃ᵢ are 0,
    /// [`crate::Error::Range`] if they over- or underflow.
    pub fn source_accuracy(&self, index: usize) -> Result<f64> {
        check::index("sources", index, self.sources.len())?;
        let SpectralSource { mean, variance } = &self.sources[index];
        let ones = vec![1.0; mean.len()];
        let q = weighted(&self.eigenvalues, mean, mean) + weighted(&self.eigenvalues, variance, &ones);
        // As a law without a target of its own: u = (0, 1).
        let m = weighted_beyond_rounding(&ones, mean, &self.mean);
        check::law(&[m], &[q])?;
        let alone = DecisionLaw::new(&[0.0, m], &[0.0, 0.0, 0.0, q])?;
        Ok(alone.at(&[1.0])?.accuracy())
    }
}

/// What the law and its derivative share at one ridge.
struct Parts<'a> {
    target: &'a SpectralTarget,
    own: Equivalent<'a>,
    labels: Terms,
}

impl<'a> Parts<'a> {
    fn new(target: &'a SpectralTarget, training: Training, labels: Labels) -> Result<Self> {
        let own = Equivalent::new(&target.eigenvalues, &target.mean, training)?;
        Ok(Self { target, own, labels: labels.terms()? })
    }

    /// 1/(1 + vA).
    fn scale(&self) -> f64 {
        1.0 / (1.0 + self.labels.spread * self.own.strength())
    }

    /// ρ − m as a linear form in u = (1, α), from the coefficients of m.
    fn miss(&self, mean: &[f64]) -> Vec<f64> {
        (0..mean.len()).map(|i| if i == 0 { self.labels.signal * self.scale() } else { -mean[i] }).collect()
    }

    /// E w̃ᵢ for u = (1, α): nothing for the target's own labels.
    fn source(&self, i: usize) -> Option<&SpectralSource> {
        i.checked_sub(1).map(|i| &self.target.sources[i])
    }

    /// Covariance of the sources at i and j of u = (1, α) along each eigenvector; `None` where it is 0.
    fn covariance(&self, i: usize, j: usize) -> Option<&[f64]> {
        let pair = (i.min(j).checked_sub(1)?, i.max(j) - 1);
        if pair.0 == pair.1 {
            return Some(&self.target.sources[pair.0].variance);
        }
        self.target.covariances.iter().find(|known| known.pair == pair).map(|known| known.along.as_slice())
    }

    /// The law, and the vectors b for each entry of u.
    fn law(&self) -> Result<(DecisionLaw, Vec<Vec<f64>>)> {
        let Self { target: SpectralTarget { eigenvalues, mean: target_mean, sources, .. }, own, labels } = self;
        let fp = own.fixed_point();
        let scale = self.scale();
        let mut mean = vec![labels.signal * labels.spread * own.strength() * scale];
        mean.extend(
            sources.iter().map(|w| fp.g * weighted_beyond_rounding(own.shrunk(), target_mean, &w.mean) * scale),
        );
        let miss = self.miss(&mean);
        let b: Vec<Vec<f64>> = (0..mean.len())
            .map(|i| {
                let miss = labels.spread * miss[i];
                let own_part = own.shrunk().iter().zip(target_mean).map(|(d, m)| d * miss * m);
                match self.source(i) {
                    None => own_part.collect(),
                    Some(w) => own_part.zip(own.shrunk()).zip(&w.mean).map(|((x, d), w)| x + d * fp.g * w).collect(),
                }
            })
            .collect();
        let variance = symmetric(mean.len(), |i, j| {
            let mut spread = weighted(eigenvalues, &b[i], &b[j]) + fp.df2 * self.residual(&miss, i, j);
            if let Some(covariance) = self.covariance(i, j) {
                spread += self.noise(covariance, |g, d| g * g * d * d);
            }
            spread / fp.h
        });
        check::law(&mean, &variance)?;
        Ok((DecisionLaw::new(&mean, &variance)?, b))
    }

    /// Entry (i, j) of v(ρ−m)² + 1 − ρ², the squared distance of the labels from the decision function's means.
    fn residual(&self, miss: &[f64], i: usize, j: usize) -> f64 {
        let flips = if i == 0 && j == 0 { self.labels.flips } else { 0.0 };
        self.labels.spread * miss[i] * miss[j] + flips
    }

    /// Σ sᵢ f(g, dᵢ) vᵢ over the variances v of a source, or its covariances with another.
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
