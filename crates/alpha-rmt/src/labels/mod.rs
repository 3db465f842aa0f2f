//! Labels that are noisy, classes of unequal shares, and the threshold that unequal shares need (docs/theory.md §9).
//!
//! A share ε of the target's labels is flipped, and a share π of its samples is of class +1. With ρ = 1 − 2ε, ȳ = 2π − 1 and
//! v = 1 − ȳ² if an intercept is fitted, v = 1 if not,
//!
//! ```text
//! m = (ρvA + g μ_βᵀDWα)/(1 + vA),   b = D(gWα + v(ρ−m)μ_β)
//! q = [bᵀCb + df₂(v(ρ−m)² + 1 − ρ²)]/h
//! ```
//!
//! A fitted intercept is the threshold t = ȳ(ρ−m): class +1 is predicted where ⟨w_α, x⟩ + t > 0, and the accuracy on clean labels is
//! πΦ((m+t)/√q) + (1−π)Φ((m−t)/√q). The best threshold is t = (q/2m) ln(π/(1−π)). At ε = 0 and π = ½ all of it is the law of
//! [`crate::law`]. Without an intercept the two classes are equally well told at any π, which then does not matter.
//!
//! At α = 0 and C = I the law under label noise is that of Firdoussi & Seddik (2024).

mod margins;
mod search;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::check::require;
use crate::covariance::{SpectralTarget, Tangent};
use crate::error::{Error, Result};
use crate::law::{Contribution, Decision, DecisionLaw, Optimum};
use crate::optimum::{Weighted, contributions};
use crate::training::Training;

pub(crate) use margins::Margins;

/// How the target's classifier gets its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intercept {
    /// None: sign(⟨w_α, x⟩), trained without an intercept.
    #[default]
    None,
    /// The intercept that least squares fits together with the classifier.
    Fitted,
    /// Trained as with a fitted intercept, the threshold then moved to where the accuracy is largest.
    Best,
}

impl FromStr for Intercept {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "none" => Ok(Self::None),
            "fitted" => Ok(Self::Fitted),
            "best" => Ok(Self::Best),
            _ => Err(Error::Unknown {
                what: "intercept",
                value: word.to_owned(),
                expected: "none, fitted or best".to_owned(),
            }),
        }
    }
}

/// What the target's labels are like, and the threshold that is used. The default is the paper's: no noise, equal classes, no
/// intercept.
///
/// ```
/// use alpha_rmt::labels::{Intercept, Labels};
/// let labels = Labels { noise: 0.1, positive_share: 0.8, intercept: Intercept::Fitted };
/// assert_eq!(Labels { positive_share: 0.8, ..Labels::default() }.intercept, Intercept::None);
/// # let _ = labels;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labels {
    /// ε ∈ [0, ½): the probability that a training label is flipped, whatever its class.
    pub noise: f64,
    /// π ∈ (0, 1): the share of class +1, in training and in test.
    pub positive_share: f64,
    /// The threshold.
    pub intercept: Intercept,
}

impl Default for Labels {
    fn default() -> Self {
        Self { noise: 0.0, positive_share: 0.5, intercept: Intercept::None }
    }
}

/// What the law takes from [`Labels`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Terms {
    /// ρ = 1 − 2ε.
    pub(crate) signal: f64,
    /// 1 − ρ².
    pub(crate) flips: f64,
    /// v: 1 − ȳ² with an intercept, 1 without.
    pub(crate) spread: f64,
    /// ȳ = 2π − 1.
    imbalance: f64,
}

impl Terms {
    /// Labels without noise whose pull at the mean is v times that at the rest.
    pub(crate) fn spread(spread: f64) -> Self {
        Self { signal: 1.0, flips: 0.0, spread, imbalance: 0.0 }
    }
}

impl Labels {
    /// The same labels, if both parameters are in range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for noise outside [0, ½) or a share outside (0, 1).
    pub fn checked(self) -> Result<Self> {
        let Self { noise, positive_share: share, .. } = self;
        require("label-noise", noise, (0.0..0.5).contains(&noise), "at least 0 and below 0.5")?;
        require("positive-share", share, share > 0.0 && share < 1.0, "above 0 and below 1")?;
        Ok(self)
    }

    pub(crate) fn terms(self) -> Result<Terms> {
        let Self { noise, positive_share: share, intercept } = self.checked()?;
        // Products instead of 1 − ρ² and 1 − ȳ².
        let spread = if intercept == Intercept::None { 1.0 } else { 4.0 * share * (1.0 - share) };
        Ok(Terms {
            signal: 1.0 - 2.0 * noise,
            flips: 4.0 * noise * (1.0 - noise),
            spread,
            imbalance: 2.0 * share - 1.0,
        })
    }
}

impl SpectralTarget {
    /// The law after fine-tuning on n labels of this kind with ridge γ.
    ///
    /// # Errors
    /// As [`SpectralTarget::law`]; [`Error::Parameter`] for labels out of range.
    ///
    /// ```
    /// use alpha_rmt::covariance::Source;
    /// use alpha_rmt::labels::{Intercept, Labels};
    /// use alpha_rmt::{eigenbasis::Eigenbasis, training::Training};
    /// let source = Source::Given(&[0.5, 0.3, 0.1]);
    /// let target = Eigenbasis::diagonal(vec![1.0, 2.0, 0.5])?.target(&[1.0, 0.5, 0.0], &[source])?;
    /// let training = Training { samples: 6.0, ridge: 1.0 };
    /// let accuracy = |labels| {
    ///     let law = target.law_with_labels(training, labels)?;
    ///     alpha_rmt::Result::<f64>::Ok(law.at_optimum(&law.optimum()?)?.accuracy())
    /// };
    /// let clean = accuracy(Labels::default())?;
    /// assert!(accuracy(Labels { noise: 0.2, ..Labels::default() })? < clean);
    /// // Four samples in five of class +1: the best threshold makes use of it.
    /// let unequal = Labels { positive_share: 0.8, intercept: Intercept::Fitted, ..Labels::default() };
    /// assert!(accuracy(Labels { intercept: Intercept::Best, ..unequal })? > accuracy(unequal)?);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn law_with_labels(&self, training: Training, labels: Labels) -> Result<LabelledLaw> {
        Ok(LabelledLaw { law: self.law_of_labels(training, labels)?, labels, terms: labels.terms()? })
    }

    /// The law, and its rate of change along each tangent.
    pub(crate) fn labelled_law_and_slopes(
        &self,
        training: Training,
        labels: Labels,
        tangents: &[Tangent],
    ) -> Result<(LabelledLaw, Vec<DecisionLaw>)> {
        let (law, slopes) = self.law_and_slopes(training, labels, tangents)?;
        Ok((LabelledLaw { law, labels, terms: labels.terms()? }, slopes))
    }
}

/// The law of ⟨w_α, x⟩ as a function of the weights α, with the threshold that goes with it.
///
/// ```
/// use alpha_rmt::covariance::Source;
/// use alpha_rmt::labels::{Intercept, Labels};
/// use alpha_rmt::{eigenbasis::Eigenbasis, normal_cdf, training::Training};
/// let target = Eigenbasis::identity(3)?.target(&[1.0, 0.5, 0.0], &[Source::Given(&[0.5, 0.3, 0.1])])?;
/// let labels = Labels { positive_share: 0.8, intercept: Intercept::Fitted, ..Labels::default() };
/// let law = target.law_with_labels(Training { samples: 6.0, ridge: 1.0 }, labels)?;
/// let at = law.at(&[1.0])?;
/// let (m, deviation, t) = (at.decision.mean, at.decision.variance.sqrt(), at.threshold);
/// assert!((t - 0.6 * (1.0 - m)).abs() < 1e-15); // ȳ(ρ − m)
/// let accuracy = 0.8 * normal_cdf((m + t) / deviation) + 0.2 * normal_cdf((m - t) / deviation);
/// assert!((at.accuracy() - accuracy).abs() < 1e-15);
/// let best = law.optimum()?;
/// assert!(law.at_optimum(&best)?.accuracy() >= accuracy);
/// assert!(law.contributions(&[1.0])?[0].best_without < law.at_optimum(&best)?.accuracy());
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledLaw {
    law: DecisionLaw,
    labels: Labels,
    terms: Terms,
}

/// Mean and variance of ⟨w_α, x⟩ with the threshold t: class +1 is predicted where ⟨w_α, x⟩ + t > 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelledDecision {
    /// m on class +1, −m on class −1, and the variance q in either.
    pub decision: Decision,
    /// t; infinite where the best threshold puts everything into the larger class, which it does if m ≤ 0.
    pub threshold: f64,
    positive_share: f64,
}

impl LabelledDecision {
    /// Test accuracy on clean labels, πΦ((m+t)/√q) + (1−π)Φ((m−t)/√q).
    pub fn accuracy(&self) -> f64 {
        self.margins().accuracy()
    }

    /// 1 − accuracy, accurate where it is small.
    pub fn error_rate(&self) -> f64 {
        self.margins().error_rate()
    }

    /// Accuracy on class +1 and on class −1, Φ((m+t)/√q) and Φ((m−t)/√q).
    pub fn class_accuracies(&self) -> [f64; 2] {
        self.margins().class_accuracies()
    }

    /// m/√q, half the distance of the two classes in standard deviations, whatever the threshold.
    pub fn separation(&self) -> f64 {
        self.decision.separation()
    }

    fn margins(&self) -> Margins {
        let Decision { mean, variance } = self.decision;
        Margins::new([mean + self.threshold, mean - self.threshold], variance, self.positive_share)
    }
}

impl LabelledLaw {
    /// The law of ⟨w_α, x⟩, whatever the threshold.
    pub fn law(&self) -> &DecisionLaw {
        &self.law
    }

    /// What the labels are like.
    pub fn labels(&self) -> Labels {
        self.labels
    }

    /// Decision function and threshold at weights α (one per source).
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    pub fn at(&self, weights: &[f64]) -> Result<LabelledDecision> {
        Ok(self.decide(self.law.at(weights)?, 1.0))
    }

    /// Decision function and threshold at the optimum, up to a scale where it is at infinity.
    ///
    /// # Errors
    /// As [`DecisionLaw::at_optimum`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<LabelledDecision> {
        Ok(self.decide(self.law.at_optimum(optimum)?, optimum.entry(0)))
    }

    /// The weights of the largest accuracy.
    ///
    /// Without an intercept, with the best threshold, and with classes of equal shares it grows with m/√q, and the weights are
    /// those of [`DecisionLaw::optimum`]. With a fitted intercept it grows with m at any q, so that the best weights lie on the line
    /// of those of the least q at their m: a search in one dimension.
    ///
    /// # Errors
    /// As [`DecisionLaw::optimum`].
    pub fn optimum(&self) -> Result<Optimum> {
        let threshold_matters = self.labels.intercept == Intercept::Fitted && self.terms.imbalance != 0.0;
        if !threshold_matters || self.law.sources() == 0 {
            return self.law.optimum();
        }
        search::optimum(self)
    }

    /// What the fluctuation of a fitted threshold takes from the accuracy at finite n: the threshold has a variance of about r/n,
    /// r = v(ρ−m)² + 1 − ρ² + q, which adds to that of the decision function. 0 for another threshold.
    pub(crate) fn threshold_loss(&self, decision: Decision, share: f64, samples: f64) -> f64 {
        if self.labels.intercept != Intercept::Fitted {
            return 0.0;
        }
        let Terms { signal, flips, spread, .. } = self.terms;
        let miss = signal * share - decision.mean;
        let risk = spread * miss * miss + flips * share * share + decision.variance;
        let wide = Decision { variance: decision.variance + risk / samples, ..decision };
        let [known, drawn] = [decision, wide].map(|decision| self.decide(decision, share).accuracy());
        (known - drawn).abs()
    }

    /// The law without source `index`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source.
    pub fn without(&self, index: usize) -> Result<Self> {
        Ok(Self { law: self.law.without(index)?, ..*self })
    }

    /// What each source is worth at the given weights, as [`DecisionLaw::contributions`] has it.
    ///
    /// # Errors
    /// As [`LabelledLaw::at`] and [`LabelledLaw::optimum`].
    pub fn contributions(&self, weights: &[f64]) -> Result<Vec<Contribution>> {
        contributions(self, weights)
    }

    /// Something that grows with the accuracy and does not saturate, and its rate of change, at the optimum, while M and K move at
    /// the rate `tangent`: m/√q where the accuracy is a function of it, −ln(error rate) with a fitted intercept.
    pub(crate) fn merit_and_slope(&self, optimum: &Optimum, tangent: &DecisionLaw) -> Result<(f64, f64)> {
        let decision = self.law.at_optimum(optimum)?;
        if self.labels.intercept != Intercept::Fitted {
            return Ok((decision.separation(), self.law.separation_slope(optimum, tangent)?));
        }
        if decision.variance == 0.0 {
            return Ok((f64::INFINITY, 0.0));
        }
        let (mean, variance) = tangent.forms(|i| optimum.entry(i));
        // t = ȳ(ρu₁ − m) moves with m alone.
        let imbalance = self.terms.imbalance;
        let motion = [(1.0 - imbalance) * mean, (1.0 + imbalance) * mean];
        let margins = self.decide(decision, optimum.entry(0)).margins();
        Ok((-margins.log_error(), -margins.log_error_slope(motion, variance, decision.variance)))
    }

    /// With the threshold at the target's share `own` of u = (own, α).
    fn decide(&self, decision: Decision, own: f64) -> LabelledDecision {
        let Decision { mean, variance } = decision;
        let (share, imbalance) = (self.labels.positive_share, self.terms.imbalance);
        let threshold = match self.labels.intercept {
            Intercept::None => 0.0,
            Intercept::Fitted => imbalance * (self.terms.signal * own - mean),
            Intercept::Best if mean <= 0.0 => f64::INFINITY.copysign(imbalance),
            Intercept::Best if imbalance == 0.0 => 0.0,
            Intercept::Best => 0.5 * (variance / mean) * (share / (1.0 - share)).ln(),
        };
        LabelledDecision { decision, threshold, positive_share: share }
    }
}

impl Weighted for LabelledLaw {
    fn count(&self) -> usize {
        self.law.sources()
    }

    fn left_out(&self, index: usize) -> Result<Self> {
        self.without(index)
    }

    fn accuracy(&self, weights: &[f64]) -> Result<f64> {
        Ok(self.at(weights)?.accuracy())
    }

    fn best_accuracy(&self) -> Result<f64> {
        Ok(self.at_optimum(&self.optimum()?)?.accuracy())
    }
}
