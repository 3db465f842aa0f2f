//! How often the classes are told, from their distances to the threshold.

use crate::normal::{normal_cdf, normal_density};

/// Distances of the means of class +1 and class −1 from the threshold, each on its right side, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Margins {
    /// (m+t)/√q and (m−t)/√q.
    scaled: [f64; 2],
    /// π and 1 − π.
    shares: [f64; 2],
}

/// Beyond it the tail of the normal distribution is φ(x)/x to one part in a thousand, and 1e-199 at most.
const FAR: f64 = 30.0;

impl Margins {
    /// From m ± t and q ≥ 0.
    pub(crate) fn new(margins: [f64; 2], variance: f64, positive_share: f64) -> Self {
        let scaled = margins.map(|margin| match margin {
            0.0 => 0.0,
            margin => margin / variance.sqrt(),
        });
        Self::scaled(scaled, positive_share)
    }

    /// From (m ± t)/√q.
    pub(crate) fn scaled(scaled: [f64; 2], positive_share: f64) -> Self {
        Self { scaled, shares: [positive_share, 1.0 - positive_share] }
    }

    /// Accuracy on either class.
    pub(crate) fn class_accuracies(&self) -> [f64; 2] {
        self.scaled.map(normal_cdf)
    }

    /// Share of the samples that are told.
    pub(crate) fn accuracy(&self) -> f64 {
        self.sum(normal_cdf)
    }

    /// Share of those that are not.
    pub(crate) fn error_rate(&self) -> f64 {
        self.sum(|margin| normal_cdf(-margin))
    }

    /// ln of the error rate, also where that underflows; −∞ where both margins are infinite.
    pub(crate) fn log_error(&self) -> f64 {
        let least = self.least();
        if least < FAR {
            return self.error_rate().ln();
        }
        if least.is_infinite() {
            return f64::NEG_INFINITY;
        }
        let relative = self.sum(|margin| density_ratio(margin, least) * least / margin);
        relative.ln() - 0.5 * least * least - (least * f64::sqrt(std::f64::consts::TAU)).ln()
    }

    /// Rate of change of ln of the error rate while m ± t and q move at these rates.
    pub(crate) fn log_error_slope(&self, motion: [f64; 2], variance_slope: f64, variance: f64) -> f64 {
        let motion = [0, 1].map(|i| motion[i] / variance.sqrt() - 0.5 * self.scaled[i] * variance_slope / variance);
        let least = self.least();
        let (fall, error) = if least < FAR {
            (self.weighted(motion, normal_density), self.error_rate())
        } else {
            let ratio = |margin: f64| density_ratio(margin, least);
            (self.weighted(motion, ratio), self.sum(|margin| ratio(margin) / margin))
        };
        -fall / error
    }

    /// Rate of change of the accuracy while the scaled margins move at these rates, up to a positive factor that keeps it from
    /// underflow.
    pub(crate) fn accuracy_slope(&self, motion: [f64; 2]) -> f64 {
        let least = self.scaled.map(f64::abs).into_iter().fold(f64::INFINITY, f64::min);
        self.weighted(motion, |margin| density_ratio(margin, least))
    }

    /// The smaller of the two.
    pub(crate) fn least(&self) -> f64 {
        self.scaled[0].min(self.scaled[1])
    }

    fn sum(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.weighted([1.0; 2], f)
    }

    fn weighted(&self, weights: [f64; 2], f: impl Fn(f64) -> f64) -> f64 {
        (0..2).map(|i| self.shares[i] * weights[i] * f(self.scaled[i])).sum()
    }
}

/// φ(x)/φ(y).
fn density_ratio(x: f64, y: f64) -> f64 {
    (0.5 * (y - x) * (y + x)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_of_the_error_rate_goes_on_where_that_underflows() {
        let at = |margins: [f64; 2]| Margins::scaled(margins, 0.3).log_error();
        // ln(0.3Φ(−29.999) + 0.7Φ(−30.5)) and on the other side of 30: what the change of form adds is below 2e-3.
        assert!((at([29.999_999, 30.5]) - at([30.0, 30.5])).abs() < 2e-3);
        // ln Φ(−100) = −5005.524208...: mpmath.
        assert!((at([100.0, 100.0]) + 5_005.524_208_694_205).abs() < 2e-4);
        assert_eq!(at([f64::INFINITY; 2]), f64::NEG_INFINITY);
        assert!((at([1.0, 2.0]) - (0.3 * normal_cdf(-1.0) + 0.7 * normal_cdf(-2.0)).ln()).abs() < 1e-15);
    }

    #[test]
    fn its_slope_is_the_finite_difference() {
        for size in [0.1, 1.0, 10.0, 28.0, 33.0, 200.0] {
            // Along t: margins m ± c, variance q.
            let at = |t: f64| ([size + 0.3 * t, 1.02 * size - 0.2 * t], 1.0 + 0.1 * t);
            let log_error = |t: f64| Margins::new(at(t).0, at(t).1, 0.3).log_error();
            let h = 1e-5;
            let expected = (log_error(h) - log_error(-h)) / (2.0 * h);
            let got = Margins::new(at(0.0).0, 1.0, 0.3).log_error_slope([0.3, -0.2], 0.1, 1.0);
            assert!((got - expected).abs() < 2e-3 * expected.abs(), "{got} against {expected} at {size}");
        }
    }
}
