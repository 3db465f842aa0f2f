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
        normal_cdf(self.separation())
    }

    /// Squared test risk E(⟨w, x⟩ − y)² = (1 − m)² + q.
    pub fn risk(&self) -> f64 {
        (1.0 - self.mean) * (1.0 - self.mean) + self.variance
    }

    /// m/√q, half the distance of the two classes in standard deviations; the accuracy is Φ of it.
    pub fn separation(&self) -> f64 {
        self.mean / self.variance.sqrt()
    }

    /// Rate of change of the separation while m and q change at these rates.
    pub(crate) fn separation_slope(&self, mean: f64, variance: f64) -> f64 {
        (mean - 0.5 * self.mean * variance / self.variance) / self.variance.sqrt()
    }

    /// Rate of change of the accuracy while m and q change at these rates.
    pub(crate) fn accuracy_slope(&self, mean: f64, variance: f64) -> f64 {
        const OVER_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
        let density = OVER_SQRT_TAU * (-0.5 * self.separation().powi(2)).exp();
        density * self.separation_slope(mean, variance)
    }

    /// E⟨w, x⟩² = q + m², the quantity the paper writes T₁ + αT₂ + α²T₃.
    pub fn second_moment(&self) -> f64 {
        self.variance + self.mean * self.mean
    }
}

/// What one source of several is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Accuracy at the weights asked for.
    pub accuracy: f64,
    /// Accuracy at the same weights without this source.
    pub accuracy_without: f64,
    /// Accuracy at the best weights of all sources.
    pub best: f64,
    /// Accuracy at the best weights of the other sources; never above `best`, up to rounding.
    pub best_without: f64,
}

impl Contribution {
    /// Whether leaving the source out, all other weights as they are, raises the accuracy.
    pub fn hurts(&self) -> bool {
        self.accuracy_without > self.accuracy
    }
}

/// Weights that maximise the accuracy.
#[derive(Debug, Clone, PartialEq)]
pub enum Optimum {
    /// The maximum is attained at these weights α.
    Finite(Vec<f64>),
    /// The accuracy only approaches its supremum as α goes to infinity along this direction: the target's own labels
    /// should get no weight. Only the direction means anything.
    Infinite(Vec<f64>),
}

impl Optimum {
    /// The weights α, or their direction.
    pub fn weights(&self) -> &[f64] {
        match self {
            Self::Finite(weights) | Self::Infinite(weights) => weights,
        }
    }

    /// Entry of u: the target's own share, then the weights.
    fn entry(&self, i: usize) -> f64 {
        match (i, self) {
            (0, Self::Finite(_)) => 1.0,
            (0, Self::Infinite(_)) => 0.0,
            _ => self.weights()[i - 1],
        }
    }
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
    variance: SmallVec<[f64; 4]>,
}

impl DecisionLaw {
    /// The law with the given M (k + 1 entries, the first for the target's own labels) and K (symmetric,
    /// (k+1)² entries by rows).
    ///
    /// # Errors
    /// [`Error::Shape`] if the sizes disagree or M is empty; [`Error::Parameter`] if an entry is not finite;
    /// [`Error::Asymmetric`] if K is not symmetric up to rounding.
    pub fn new(mean: &[f64], variance: &[f64]) -> Result<Self> {
        if mean.is_empty() {
            length("mean coefficients", 0, 1)?;
        }
        length("variance coefficients", variance.len(), mean.len() * mean.len())?;
        for &x in mean {
            finite("mean coefficient", x)?;
        }
        for &x in variance {
            finite("variance coefficient", x)?;
        }
        let (size, largest) = (mean.len(), variance.iter().fold(0.0, |most: f64, x| most.max(x.abs())));
        for (row, column) in (0..size).flat_map(|row| (0..row).map(move |column| (row, column))) {
            let (value, mirrored) = (variance[row * size + column], variance[column * size + row]);
            if (value - mirrored).abs() > 1e-9 * largest {
                return Err(Error::Asymmetric { name: "matrix K of the law", row, column, value, mirrored });
            }
        }
        Ok(Self::from_finite(mean.into(), variance.into()))
    }

    /// The law with coefficients already known to be finite and of matching sizes.
    pub(crate) fn from_finite(mean: SmallVec<[f64; 2]>, variance: SmallVec<[f64; 4]>) -> Self {
        Self { mean, variance }
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
    pub fn variance_coefficients(&self) -> &[f64] {
        &self.variance
    }

    /// Mean and variance of the decision function at weights α (one per source).
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite,
    /// [`Error::Range`] on overflow, [`Error::Variance`] where the variance is not positive.
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
        let (mean, variance) = self.forms(u);
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
        let u = least_norm::solve(&self.variance, &self.mean);
        if u.iter().any(|x| !x.is_finite()) {
            return Err(Error::Range { quantity: "the optimal weights" });
        }
        let rest = &u[1..];
        if rest.iter().all(|x| *x == 0.0) {
            return Ok(Optimum::Finite(rest.to_vec()));
        }
        let ratio: Vec<f64> = rest.iter().map(|x| x / u[0]).collect();
        if u[0] > 0.0 && ratio.iter().all(|x| x.is_finite()) {
            return Ok(Optimum::Finite(ratio));
        }
        // On u₁ ≥ 0 the accuracy then rises up to u₁ = 0, where the sources stand alone.
        let alone = self.restricted(|i| i > 0);
        let direction = least_norm::solve(&alone.variance, &alone.mean);
        if direction.iter().all(|x| x.is_finite()) {
            Ok(Optimum::Infinite(direction))
        } else {
            Err(Error::Range { quantity: "the optimal weights" })
        }
    }

    /// The decision function at the optimum: of the maximum, or, up to a scale, of the supremum approached at infinity.
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<Decision> {
        length("weights", optimum.weights().len(), self.sources())?;
        self.decision(|i| optimum.entry(i), optimum.weights())
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
        let u = |i: usize| optimum.entry(i);
        let (mean, variance) = tangent.forms(u);
        Ok(self.decision(u, &[])?.separation_slope(mean, variance))
    }

    /// The law without source `index`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source.
    pub fn without(&self, index: usize) -> Result<Self> {
        if index >= self.sources() {
            length("sources", self.sources(), index + 1)?;
        }
        Ok(self.restricted(|i| i != index + 1))
    }

    /// What each source is worth at the given weights: the accuracy with all of them, and with each left out.
    ///
    /// # Errors
    /// As [`DecisionLaw::at`] and [`DecisionLaw::optimum`].
    ///
    /// ```
    /// # use alpha_rmt::law::DecisionLaw;
    /// // A good source and one that only adds noise, both at weight 1.
    /// let law = DecisionLaw::new(&[0.5, 0.5, 0.0], &[1.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 2.0])?;
    /// let worth = law.contributions(&[1.0, 1.0])?;
    /// assert!(!worth[0].hurts() && worth[1].hurts());
    /// // With the best weights nothing hurts, and the second source is worth nothing.
    /// assert!(worth[0].best - worth[0].best_without > 0.1);
    /// assert!(worth[1].best - worth[1].best_without < 1e-15);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn contributions(&self, weights: &[f64]) -> Result<Vec<Contribution>> {
        let accuracy = self.at(weights)?.accuracy();
        let best = self.at_optimum(&self.optimum()?)?.accuracy();
        (0..self.sources())
            .map(|index| {
                let others = self.without(index)?;
                let kept: Vec<f64> = (0..weights.len()).filter(|i| *i != index).map(|i| weights[i]).collect();
                Ok(Contribution {
                    accuracy,
                    accuracy_without: others.at(&kept)?.accuracy(),
                    best,
                    best_without: others.at_optimum(&others.optimum()?)?.accuracy(),
                })
            })
            .collect()
    }

    /// Rows and columns that `keep`s, the target's own at index 0.
    fn restricted(&self, keep: impl Fn(usize) -> bool) -> Self {
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
