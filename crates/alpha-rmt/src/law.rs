//! One law for everything: the asymptotic distribution of the decision function of a fine-tuned classifier.
//!
//! With k frozen sources and weights α ∈ ℝᵏ, put u = (1, α). On a test point of class ±1 the decision function is
//! asymptotically `N(±m, q)` with `m = Mᵀu` and `q = uᵀKu` (paper, Theorem 4.2, Appendices C and D). Everything else —
//! accuracy, risk, best and chance weights — follows from `M` and `K`.

use smallvec::SmallVec;

use crate::check::{self, ROUNDING, entries, finite, length, not_empty};
use crate::error::{Error, Result};
use crate::least_norm::rounding;
use crate::normal::{normal_cdf, normal_density};
use crate::sums::exact_form;

pub use crate::optimum::{Contribution, Optimum};

/// Mean and variance of the decision function on the positive class; the negative class mirrors it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// m, the mean on class +1.
    pub mean: f64,
    /// q ≥ 0, the variance in either class; 0 where target and sources separate the classes perfectly.
    pub variance: f64,
}

impl Decision {
    /// Test accuracy Φ(m/√q) ∈ [0, 1] of the classifier sign(⟨w, x⟩) (paper, Proposition 4.3).
    pub fn accuracy(&self) -> f64 {
        normal_cdf(self.separation())
    }

    /// Test error rate Φ(−m/√q) = 1 − accuracy, which keeps its digits where the accuracy rounds to 1.
    ///
    /// ```
    /// # use alpha_rmt::law::Decision;
    /// let decision = Decision { mean: 1.0, variance: 0.01 };
    /// assert_eq!(decision.accuracy(), 1.0);
    /// assert!((decision.error_rate() / 7.61985302416e-24 - 1.0).abs() < 1e-11);
    /// ```
    pub fn error_rate(&self) -> f64 {
        normal_cdf(-self.separation())
    }

    /// Squared test risk E(⟨w, x⟩ − y)² = (1 − m)² + q.
    pub fn risk(&self) -> f64 {
        (1.0 - self.mean) * (1.0 - self.mean) + self.variance
    }

    /// m/√q, half the distance of the two classes in standard deviations; the accuracy is Φ of it. Infinite where q = 0.
    pub fn separation(&self) -> f64 {
        if self.mean == 0.0 { 0.0 } else { self.mean / self.variance.sqrt() }
    }

    /// Rate of change of the separation while m and q change at these rates; 0 where it is infinite.
    pub(crate) fn separation_slope(&self, mean: f64, variance: f64) -> f64 {
        if self.variance == 0.0 {
            return 0.0;
        }
        (mean - 0.5 * self.mean * variance / self.variance) / self.variance.sqrt()
    }

    /// Rate of change of the accuracy while m and q change at these rates.
    pub(crate) fn accuracy_slope(&self, mean: f64, variance: f64) -> f64 {
        normal_density(self.separation()) * self.separation_slope(mean, variance)
    }

    /// E⟨w, x⟩² = q + m², the quantity the paper writes T₁ + αT₂ + α²T₃.
    pub fn second_moment(&self) -> f64 {
        self.variance + self.mean * self.mean
    }
}

/// A variance below this share of the sum of its squares uᵢ²Kᵢᵢ is computed again, without rounding.
const CANCELLATION: f64 = 1e-3;

/// The law of the decision function as a function of the weights of k ≥ 0 sources.
///
/// ```
/// use alpha_rmt::law::{DecisionLaw, Optimum};
/// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, 0.0, 0.0, 0.25])?;
/// assert_eq!(law.optimum()?, Optimum::Finite(vec![4.0]));
/// assert_eq!(law.chance_weight()?, Some(-1.0));
/// assert_eq!(law.at(&[-1.0])?.accuracy(), 0.5);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLaw {
    /// M, k + 1 entries.
    mean: SmallVec<[f64; 2]>,
    /// K, symmetric, (k+1)×(k+1) by rows.
    variance: SmallVec<[f64; 4]>,
}

impl DecisionLaw {
    /// The law with the given M (k + 1 entries, the first for the target's own labels) and K (symmetric,
    /// (k+1)² entries by rows).
    ///
    /// K should be positive semi-definite, which is not checked: that of the published source form is not everywhere.
    ///
    /// # Errors
    /// [`Error::Shape`] if the sizes disagree or M is empty; [`Error::Parameter`] if an entry is not finite;
    /// [`Error::Asymmetric`] if K is not symmetric up to rounding.
    pub fn new(mean: &[f64], variance: &[f64]) -> Result<Self> {
        not_empty("mean coefficients", mean.len())?;
        length("variance coefficients", variance.len(), mean.len() * mean.len())?;
        entries("mean coefficient", mean)?;
        entries("variance coefficient", variance)?;
        let size = mean.len();
        check::symmetric("matrix K of the law", size, |row, column| variance[row * size + column])?;
        Ok(Self::from_finite(mean.into(), variance.into()))
    }

    /// The law with coefficients already known to be finite and of matching sizes.
    pub(crate) fn from_finite(mean: SmallVec<[f64; 2]>, variance: SmallVec<[f64; 4]>) -> Self {
        Self { mean, variance }
    }

    /// Number of sources k.
    pub(crate) fn sources(&self) -> usize {
        self.mean.len() - 1
    }

    /// M: the mean of the decision function is Mᵀ(1, α).
    pub fn mean_coefficients(&self) -> &[f64] {
        &self.mean
    }

    /// K by rows: the variance of the decision function is (1, α)ᵀ K (1, α).
    pub fn variance_coefficients(&self) -> &[f64] {
        &self.variance
    }

    /// Mean and variance of the decision function at weights α (one per source).
    ///
    /// A variance that is negative by no more than the rounding that K may have, 1e-9 of the sum of its terms' sizes, is 0.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite,
    /// [`Error::Range`] on overflow; [`Error::Variance`] where the variance is negative, or mean and variance are both 0.
    #[inline]
    pub fn at(&self, weights: &[f64]) -> Result<Decision> {
        length("weights", weights.len(), self.sources())?;
        self.decision(|i| if i == 0 { 1.0 } else { weights[i - 1] }, weights)
    }

    /// Mᵀu and uᵀKu.
    #[inline]
    pub(crate) fn forms(&self, u: impl Fn(usize) -> f64) -> (f64, f64) {
        let mut mean = 0.0;
        let mut variance = 0.0;
        for (i, (m, row)) in self.mean.iter().zip(self.variance.chunks_exact(self.mean.len())).enumerate() {
            mean += m * u(i);
            let dot: f64 = row.iter().enumerate().map(|(j, k)| k * u(j)).sum();
            variance += u(i) * dot;
        }
        (mean, variance)
    }

    /// The decision function at u; the `weights` are for the error message.
    #[inline]
    fn decision(&self, u: impl Fn(usize) -> f64, weights: &[f64]) -> Result<Decision> {
        let (mean, variance) = self.forms(&u);
        // The square too, so that the second moment is finite.
        if !(mean * mean + variance).is_finite() {
            for &w in weights {
                finite("alpha", w)?;
            }
            return Err(Error::Range { quantity: "the decision function" });
        }
        let size = self.mean.len();
        let squares: f64 = (0..size).map(|i| u(i) * u(i) * self.variance[i * (size + 1)]).sum();
        if variance > CANCELLATION * squares {
            Ok(Decision { mean, variance })
        } else {
            self.cancelled(mean, u, weights)
        }
    }

    /// The decision function where its variance is a small difference: computed exactly, and 0 within the rounding of K.
    #[cold]
    fn cancelled(&self, mean: f64, u: impl Fn(usize) -> f64, weights: &[f64]) -> Result<Decision> {
        let size = self.mean.len();
        let u: Vec<f64> = (0..size).map(u).collect();
        let variance = exact_form(&self.variance, &u);
        if variance > 0.0 {
            return Ok(Decision { mean, variance });
        }
        let [mean_terms, variance_terms] = self.terms(&u);
        if variance >= -ROUNDING * variance_terms && mean.abs() > rounding(size) * mean_terms {
            Ok(Decision { mean, variance: 0.0 })
        } else {
            Err(Error::Variance { variance, weights: weights.to_vec() })
        }
    }

    /// Σ |Mᵢuᵢ| and Σ |uᵢKᵢⱼuⱼ|.
    fn terms(&self, u: &[f64]) -> [f64; 2] {
        let mean = self.mean.iter().zip(u).map(|(m, u)| (m * u).abs()).sum();
        let rows = self.variance.chunks_exact(u.len()).zip(u);
        let variance = rows.map(|(row, x)| row.iter().zip(u).map(|(k, u)| (x * k * u).abs()).sum::<f64>()).sum();
        [mean, variance]
    }

    /// The decision function at the optimum: of the maximum, or, up to a scale, of the supremum approached at infinity. At
    /// perfect separation its variance is 0, if that is what 1e-9 of the sizes of its terms leaves.
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<Decision> {
        let (target, sources) = optimum.direction();
        length("weights", sources.len(), self.sources())?;
        let mut decision = self.decision(|i| optimum.entry(i), sources)?;
        if matches!(optimum, Optimum::Separable { .. }) {
            let u: Vec<f64> = std::iter::once(target).chain(sources.iter().copied()).collect();
            if decision.variance <= ROUNDING * self.terms(&u)[1] {
                decision.variance = 0.0;
            }
        }
        Ok(decision)
    }

    /// ∂ accuracy/∂αᵢ at weights α, one entry per source.
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    ///
    /// ```
    /// # use alpha_rmt::law::DecisionLaw;
    /// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, 0.0, 0.0, 0.25])?;
    /// assert!(law.gradient(&[3.0])?[0] > 0.0);
    /// assert!(law.gradient(&[4.0])?[0].abs() < 1e-15); // the optimum
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn gradient(&self, weights: &[f64]) -> Result<Vec<f64>> {
        let decision = self.at(weights)?;
        let size = self.mean.len();
        let slope = |i: usize| {
            let row = &self.variance[i * size..(i + 1) * size];
            let covariance = row[0] + row[1..].iter().zip(weights).map(|(k, w)| k * w).sum::<f64>();
            decision.accuracy_slope(self.mean[i], 2.0 * covariance)
        };
        Ok((1..size).map(slope).collect())
    }

    /// Rate of change of the separation m/√q at the optimum, while the law itself moves at the rate `tangent` whose
    /// coefficients are the derivatives of M and K in some parameter. The optimum's own motion does not count.
    pub(crate) fn separation_slope(&self, optimum: &Optimum, tangent: &DecisionLaw) -> Result<f64> {
        let (mean, variance) = tangent.forms(|i| optimum.entry(i));
        Ok(self.at_optimum(optimum)?.separation_slope(mean, variance))
    }

    /// The law without source `index`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source.
    pub fn without(&self, index: usize) -> Result<Self> {
        check::index("sources", index, self.sources())?;
        Ok(self.restricted(|i| i != index + 1))
    }

    /// Rows and columns that `keep`s, the target's own at index 0.
    pub(crate) fn restricted(&self, keep: impl Fn(usize) -> bool) -> Self {
        let size = self.mean.len();
        let kept: SmallVec<[usize; 4]> = (0..size).filter(|i| keep(*i)).collect();
        Self {
            mean: kept.iter().map(|i| self.mean[*i]).collect(),
            variance: kept
                .iter()
                .flat_map(|i| kept.iter().map(move |j| i * size + j))
                .map(|x| self.variance[x])
                .collect(),
        }
    }

    /// The chance weight ᾱ of a single source, at which the mean vanishes and the accuracy is 1/2. The paper (Theorem 4.4) calls it
    /// the worst one; it is not: as αM₁ → −∞ the accuracy falls on to its infimum, Φ(−|M₁|/√K₁₁) < 1/2.
    ///
    /// `None` where no finite weight does that: the source does not move the mean.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is exactly one source.
    ///
    /// ```
    /// # use alpha_rmt::{law::DecisionLaw, normal_cdf};
    /// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, 0.0, 0.0, 0.25])?;
    /// let chance = law.chance_weight()?.unwrap();
    /// assert_eq!(law.at(&[chance])?.accuracy(), 0.5);
    /// let far = law.at(&[-1e9])?.accuracy();
    /// assert!((far - normal_cdf(-0.5 / 0.25f64.sqrt())).abs() < 1e-8);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn chance_weight(&self) -> Result<Option<f64>> {
        length("sources", self.sources(), 1)?;
        let chance = -self.mean[0] / self.mean[1];
        Ok(chance.is_finite().then_some(chance))
    }
}
