//! The squared loss.

use super::{MarginLoss, ScoreMoments};

/// ℓ(r) = (1 − r)²/2: ridge regression on the labels, the law of docs/theory.md §3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Squared;

impl MarginLoss for Squared {
    fn value(&self, margin: f64) -> f64 {
        0.5 * (1.0 - margin).powi(2)
    }

    fn derivatives(&self, margin: f64) -> [f64; 2] {
        [margin - 1.0, 1.0]
    }

    fn resolution(&self) -> f64 {
        f64::INFINITY
    }

    fn moments(&self, mean: f64, variance: f64, delta: f64) -> ScoreMoments {
        let (miss, over) = (1.0 - mean, 1.0 / (1.0 + delta));
        ScoreMoments { mean: miss * over, square: (miss * miss + variance) * over * over, slope: over }
    }
}
