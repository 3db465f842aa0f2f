//! The squared hinge.

use super::{MarginLoss, ScoreMoments};
use crate::normal::{normal_cdf, normal_density};

/// ℓ(r) = max(0, 1 − r)²/2: a support vector machine with squared slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SquaredHinge;

impl MarginLoss for SquaredHinge {
    fn value(&self, margin: f64) -> f64 {
        0.5 * (1.0 - margin).max(0.0).powi(2)
    }

    fn derivatives(&self, margin: f64) -> [f64; 2] {
        if margin < 1.0 { [margin - 1.0, 1.0] } else { [0.0, 0.0] }
    }

    fn resolution(&self) -> f64 {
        // Not smooth: of use only to a caller that integrates all the same.
        1.0 / 64.0
    }

    fn moments(&self, mean: f64, variance: f64, delta: f64) -> ScoreMoments {
        // c = max(0, 1 − r)/(1 + δ).
        let (miss, deviation, over) = (1.0 - mean, variance.sqrt(), 1.0 / (1.0 + delta));
        let inside = normal_cdf(miss / deviation);
        let edge = deviation * normal_density(miss / deviation);
        ScoreMoments {
            mean: (miss * inside + edge) * over,
            square: ((miss * miss + variance) * inside + miss * edge) * over * over,
            slope: inside * over,
        }
    }
}
