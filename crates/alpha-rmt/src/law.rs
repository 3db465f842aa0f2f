//! One law for everything: the asymptotic distribution of the decision function of a fine-tuned classifier.
//!
//! With k frozen sources and weights α ∈ ℝᵏ, put u = (1, α). On a test point of class ±1 the decision function is
//! asymptotically `N(±m, q)` with `m = Mᵀu` and `q = uᵀKu` (paper, Theorem 4.2, Appendices C and D). Everything else —
//! accuracy, risk, best and worst weights — follows from `M` and `K`.

use libm::erfc;
use smallvec::SmallVec;

use crate::error::{Error, Result, finite, length};
use crate::least_norm;

/// Standard normal distribution function Φ.
///
/// ```
/// assert!((alpha_rmt::normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Mean and variance of the decision function on the positive class; the negative class mirrors it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// m, the mean on class +1.
    pub mean: f64,
    /// q > 0, the variance in either class.
    pub variance: f64,
}

impl Decision {
    /// Test accuracy Φ(m/√q) ∈ [0, 1] of the classifier sign(⟨w, x⟩) (paper, Proposition 4.3).
    pub fn accuracy(&self) -> f64 {
        normal_cdf(self.mean / self.variance.sqrt())
    }

    /// Squared test risk E(⟨w, x⟩ − y)² = (1 − m)² + q.
    pub fn risk(&self) -> f64 {
        (1.0 - self.mean) * (1.0 - self.mean) + self.variance
    }

    /// E⟨w, x⟩² = q + m², the quantity the paper writes T₁ + αT₂ + α²T₃.
    pub fn second_moment(&self) -> f64 {
        self.variance + self.mean * self.mean
    }
}

/// Weights that maximise the accuracy.
#[derive(Debug, Clone, PartialEq)]
pub enum Optimum {
    /// The maximum is attained at these weights α.
    Finite(Vec<f64>),
    /// The accuracy only approaches its supremum as α goes to infinity along this direction: the target's own labels
    /// should get no weight.
    Infinite(Vec<f64>),
}

/// The law of the decision function as a function of the weights of k ≥ 0 sources.
///
/// ```
/// use alpha_rmt::law::{DecisionLaw, Optimum};
/// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, 0.0, 0.0, 0.25])?;
/// assert_eq!(law.optimum()?, Optimum::Finite(vec![4.0]));
/// assert_eq!(law.worst_weight()?, Some(-1.0));
/// assert_eq!(law.at(&[-1.0])?.accuracy(), 0.5);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLaw {
    /// M, k + 1 entries.
    mean: SmallVec<[f64; 2]>,
    /// K, symmetric, (k+1)×(k+1) by rows.
    second: SmallVec<[f64; 4]>,
}

impl DecisionLaw {
    /// The law with the given M (k + 1 entries, the first for the target's own labels) and K (symmetric,
    /// (k+1)² entries by rows).
    ///
    /// # Errors
    /// [`Error::Shape`] if the sizes disagree or M is empty; [`Error::Parameter`] if an entry is not finite.
    pub fn new(mean: &[f64], second: &[f64]) -> Result<Self> {
        if mean.is_empty() {
            length("mean", 0, 1)?;
        }
        length("second", second.len(), mean.len() * mean.len())?;
        for &x in mean {
            finite("mean", x)?;
        }
        for &x in second {
            finite("second", x)?;
        }
        Ok(Self::from_finite(mean.into(), second.into()))
    }

    /// The law with coefficients already known to be finite and of matching sizes.
    pub(crate) fn from_finite(mean: SmallVec<[f64; 2]>, second: SmallVec<[f64; 4]>) -> Self {
        Self { mean, second }
    }

    /// Number of sources k.
    pub fn sources(&self) -> usize {
        self.mean.len() - 1
    }

    /// M: the mean of the decision function is Mᵀ(1, α).
    pub fn mean_coefficients(&self) -> &[f64] {
        &self.mean
    }

    /// K by rows: the variance of the decision function is (1, α)ᵀ K (1, α).
    pub fn second_coefficients(&self) -> &[f64] {
        &self.second
    }

    /// Mean and variance of the decision function at weights α (one per source).
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite,
    /// [`Error::Range`] on overflow, [`Error::Variance`] where the variance is not positive.
    #[inline]
    pub fn at(&self, weights: &[f64]) -> Result<Decision> {
        length("weights", weights.len(), self.sources())?;
        let u = |i: usize| if i == 0 { 1.0 } else { weights[i - 1] };
        let mut mean = 0.0;
        let mut variance = 0.0;
        for (i, (m, row)) in self.mean.iter().zip(self.second.chunks_exact(self.mean.len())).enumerate() {
            mean += m * u(i);
            let dot: f64 = row.iter().enumerate().map(|(j, k)| k * u(j)).sum();
            variance += u(i) * dot;
        }
        if !(mean.is_finite() && variance.is_finite()) {
            for &w in weights {
                finite("alpha", w)?;
            }
            return Err(Error::Range { quantity: "the decision function" });
        }
        if variance > 0.0 {
            Ok(Decision { mean, variance })
        } else {
            Err(Error::Variance { variance, weights: weights.to_vec() })
        }
    }

    /// The weights that maximise the accuracy: u ∝ K⁻¹M, α = (K⁻¹M)₂: / (K⁻¹M)₁ (paper, Theorem 4.4 and Appendix D).
    ///
    /// A singular K (two equal sources) gets the answer of minimum norm. If the target's own share (K⁻¹M)₁ is not
    /// positive, the supremum is reached only at infinity and the direction is returned.
    ///
    /// # Errors
    /// [`Error::Range`] if the solution overflows.
    pub fn optimum(&self) -> Result<Optimum> {
        let u = least_norm::solve(&self.second, &self.mean);
        if u.iter().any(|x| !x.is_finite()) {
            return Err(Error::Range { quantity: "the optimal weights" });
        }
        let rest = &u[1..];
        if rest.iter().all(|x| *x == 0.0) {
            return Ok(Optimum::Finite(rest.to_vec()));
        }
        let ratio: Vec<f64> = rest.iter().map(|x| x / u[0]).collect();
        if u[0] > 0.0 && ratio.iter().all(|x| x.is_finite()) {
            Ok(Optimum::Finite(ratio))
        } else {
            Ok(Optimum::Infinite(rest.to_vec()))
        }
    }

    /// The weight ᾱ of a single source at which the mean vanishes and the accuracy is 1/2 (paper, Theorem 4.4).
    ///
    /// `None` where no finite weight does that: the source does not move the mean.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is exactly one source.
    pub fn worst_weight(&self) -> Result<Option<f64>> {
        length("sources", self.sources(), 1)?;
        let worst = -self.mean[0] / self.mean[1];
        Ok(worst.is_finite().then_some(worst))
    }
}
