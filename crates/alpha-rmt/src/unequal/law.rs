//! The law of the decision function whose variance differs between the classes, and its best weights.

use smallvec::SmallVec;

use crate::error::Result;
use crate::law::{Decision, DecisionLaw, Optimum};

/// The law of the decision function, N(m, q₊) on class +1 and N(−m, q₋) on class −1, with m = Mᵀu and q_a = uᵀK_au, u = (1, α).
#[derive(Debug, Clone, PartialEq)]
pub struct UnequalLaw {
    /// M with K₊, and M with K₋.
    classes: [DecisionLaw; 2],
    shares: [f64; 2],
}

/// The decision function of a target with unequal covariances at some weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnequalDecision {
    /// m, the mean on class +1; on class −1 it is −m.
    pub mean: f64,
    /// q₊ and q₋.
    pub variances: [f64; 2],
    /// Φ(m/√q₊) and Φ(m/√q₋).
    pub class_accuracies: [f64; 2],
    /// π₊Φ(m/√q₊) + π₋Φ(m/√q₋).
    pub accuracy: f64,
    /// 1 − accuracy, accurate also where it is tiny.
    pub error_rate: f64,
}

/// Values of ln(t/(1−t)) that the search for the best weights looks at first, per unit; and at most in all.
const DENSITY: f64 = 4.0;
const MOST_POINTS: usize = 400;

impl UnequalLaw {
    pub(super) fn new(classes: [DecisionLaw; 2], shares: [f64; 2]) -> Self {
        Self { classes, shares }
    }

    /// M and K₊, the law on class +1.
    pub fn plus(&self) -> &DecisionLaw {
        &self.classes[0]
    }

    /// M and K₋, the law on class −1 but for the sign of its mean.
    pub fn minus(&self) -> &DecisionLaw {
        &self.classes[1]
    }

    /// The decision function at weights α (one per source).
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    pub fn at(&self, weights: &[f64]) -> Result<UnequalDecision> {
        self.decision(|law| law.at(weights))
    }

    /// The decision function at the optimum.
    ///
    /// # Errors
    /// As [`DecisionLaw::at_optimum`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<UnequalDecision> {
        self.decision(|law| law.at_optimum(optimum))
    }

    fn decision(&self, at: impl Fn(&DecisionLaw) -> Result<Decision>) -> Result<UnequalDecision> {
        let decisions = [at(&self.classes[0])?, at(&self.classes[1])?];
        let mean = decisions[0].mean;
        let variances = decisions.map(|d| d.variance);
        let class_accuracies = decisions.map(|d| d.accuracy());
        let errors = decisions.map(|d| d.error_rate());
        let over = |x: [f64; 2]| self.shares[0] * x[0] + self.shares[1] * x[1];
        let [accuracy, error_rate] = [over(class_accuracies), over(errors)];
        Ok(UnequalDecision { mean, variances, class_accuracies, accuracy, error_rate })
    }

    /// The weights that maximise the accuracy π₊Φ(m/√q₊) + π₋Φ(m/√q₋).
    ///
    /// Where its gradient vanishes, c M = a K₊u + b K₋u with a = π₊φ₊m/q₊^{3/2}, b likewise and c > 0; so that the best u lies on
    /// the curve u ∝ (e^{−s/2}K₊ + e^{s/2}K₋)⁻¹M, s ∈ ℝ, for any number of sources, at a zero of ln(b/a) − s (the same holds on
    /// the boundary u₁ = 0, with the sources' rows and columns alone). All its sign changes over a grid that holds every
    /// possible ln(b/a) are looked at, and the best one kept.
    ///
    /// # Errors
    /// As [`DecisionLaw::optimum`] and [`UnequalLaw::at`].
    pub fn optimum(&self) -> Result<Optimum> {
        let mut best = Candidate::at(self, 0.0)?;
        if best.decision.mean <= 0.0 {
            // M = 0: every weight is as good.
            return Ok(best.optimum);
        }
        let reach = self.reach()?;
        let points = ((2.0 * reach * DENSITY).ceil() as usize).clamp(8, MOST_POINTS);
        let mut last: Option<Candidate> = None;
        for i in 0..=points {
            let s = reach * (2.0 * i as f64 / points as f64 - 1.0);
            let candidate = Candidate::at(self, s)?;
            if let Some(before) = last.filter(|before| before.pull > 0.0 && candidate.pull <= 0.0) {
                best = best.better(self.settle(before, candidate.clone())?);
            }
            best = best.better(candidate.clone());
            last = Some(candidate);
        }
        Ok(best.optimum)
    }

    /// The zero of the pull between two points of the curve, by bisection.
    fn settle(&self, mut low: Candidate, mut high: Candidate) -> Result<Candidate> {
        while high.s - low.s > 4.0 * f64::EPSILON * (1.0 + low.s.abs()) {
            let s = 0.5 * (low.s + high.s);
            if s <= low.s || s >= high.s {
                break;
            }
            let middle = Candidate::at(self, s)?;
            if middle.pull > 0.0 { low = middle } else { high = middle }
        }
        Ok(low.better(high))
    }

    /// A bound on |ln(b/a)| over the curve: where q₊ and q₋ are extreme, with what the two classes' squared separations can be.
    fn reach(&self) -> Result<f64> {
        let ends = [Candidate::at(self, -FAR)?, Candidate::at(self, FAR)?];
        let separation = |i: usize| {
            let UnequalDecision { mean, variances, .. } = ends[i].decision;
            (mean * mean / variances[i].max(f64::MIN_POSITIVE)).min(2.0 * FAR)
        };
        let ratio = |i: usize| (ends[i].decision.variances[0] / ends[i].decision.variances[1]).ln().abs().min(FAR);
        let shares = (self.shares[1] / self.shares[0]).ln().abs();
        Ok((shares + 0.5 * separation(0).max(separation(1)) + 1.5 * ratio(0).max(ratio(1))).clamp(1.0, FAR))
    }
}

/// Beyond this |s| one of the classes has no say.
const FAR: f64 = 200.0;

/// A point of the curve.
#[derive(Debug, Clone)]
struct Candidate {
    s: f64,
    optimum: Optimum,
    decision: UnequalDecision,
    /// ln(b/a) − s: positive where class −1 deserves more weight.
    pull: f64,
}

impl Candidate {
    fn at(law: &UnequalLaw, s: f64) -> Result<Self> {
        let [plus, minus] = &law.classes;
        // The larger weight is 1.
        let weights = [(-s).exp().min(1.0), s.exp().min(1.0)];
        let blend: SmallVec<[f64; 4]> = plus
            .variance_coefficients()
            .iter()
            .zip(minus.variance_coefficients())
            .map(|(p, m)| weights[0] * p + weights[1] * m)
            .collect();
        let optimum = DecisionLaw::new(plus.mean_coefficients(), &blend)?.optimum()?;
        let decision = law.at_optimum(&optimum)?;
        let UnequalDecision { mean, variances: [q, r], .. } = decision;
        let shares = (law.shares[1] / law.shares[0]).ln();
        let ratio = shares + 0.5 * mean * mean * (1.0 / q - 1.0 / r) + 1.5 * (q / r).ln();
        // 0/0 where the law is degenerate.
        let pull = if ratio.is_nan() { 0.0 } else { ratio - s };
        Ok(Self { s, optimum, decision, pull })
    }

    /// The one of smaller error rate.
    fn better(self, other: Self) -> Self {
        if other.decision.error_rate < self.decision.error_rate { other } else { self }
    }
}
