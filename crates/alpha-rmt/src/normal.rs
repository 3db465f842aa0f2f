//! The standard normal distribution.

use libm::erfc;

/// Standard normal distribution function Φ.
///
/// ```
/// assert!((alpha_rmt::normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Its density φ.
pub(crate) fn normal_density(x: f64) -> f64 {
    const OVER_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    OVER_SQRT_TAU * (-0.5 * x.powi(2)).exp()
}
