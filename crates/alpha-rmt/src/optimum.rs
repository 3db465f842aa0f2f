//! The best weights of a law, and what each source is worth.

use crate::check::all_representable;
use crate::error::Result;
use crate::law::DecisionLaw;
use crate::least_norm;

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
    pub(crate) fn entry(&self, i: usize) -> f64 {
        match (i, self) {
            (0, Self::Finite(_)) => 1.0,
            (0, Self::Infinite(_)) => 0.0,
            _ => self.weights()[i - 1],
        }
    }
}

impl DecisionLaw {
    /// The weights that maximise the accuracy: u ∝ K⁻¹M, α = (K⁻¹M)₂: / (K⁻¹M)₁ (paper, Theorem 4.4 and Appendix D).
    ///
    /// A singular K (two equal sources) gets the answer of minimum norm. If the target's own share (K⁻¹M)₁ is not
    /// positive, the supremum is reached only at infinity and the direction is returned. Where K is not positive
    /// semi-definite, as the published form's may not be, the weights make the accuracy stationary and no more.
    ///
    /// # Errors
    /// [`crate::Error::Range`] if the solution overflows.
    pub fn optimum(&self) -> Result<Optimum> {
        let solve = |law: &Self| {
            let (k, m) = (law.variance_coefficients(), law.mean_coefficients());
            least_norm::solve(k, m, least_norm::rounding(m.len()))
        };
        let u = solve(self);
        all_representable("the optimal weights", &u)?;
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
        let direction = solve(&alone);
        all_representable("the optimal weights", &direction)?;
        Ok(Optimum::Infinite(direction))
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
}
