//! The fixed point behind every deterministic equivalent: κ, δ = 1/κ − 1 and df₂ of a spectrum (paper, Lemma 3.5).

use crate::check::{non_negative, not_empty};
use crate::error::{Error, Result};
use crate::sums::sums;
use crate::training::Training;

/// Solution κ of `κ [1 + (1/n) Σᵢ sᵢ/(γ + κ sᵢ)] = 1`, with what is made of it.
///
/// κ shrinks the covariance that a ridge classifier sees: the resolvent `Q = (XXᵀ/n + γI)⁻¹` of `n` samples behaves
/// like `(κ(μμᵀ + C) + γI)⁻¹`.
///
/// ```
/// use alpha_rmt::{fixed_point::FixedPoint, training::Training};
/// let fp = FixedPoint::isotropic(400.0, Training { samples: 200.0, ridge: 1.0 })?; // p/n = 2
/// assert!((fp.delta - 2f64.sqrt()).abs() < 1e-15);
/// assert!((fp.df2 - 0.17157287525381).abs() < 1e-14);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    /// κ ∈ (0, 1].
    pub kappa: f64,
    /// δ = 1/κ − 1 ≥ 0, the paper's δ_Q (or δ_R for a source); equal to (1/n) tr(C Q̄) in the limit.
    pub delta: f64,
    /// g = γ(1 + δ) = γ/κ, the ridge as the shrunk covariance sees it.
    pub g: f64,
    /// Second-order degrees of freedom per sample, `df₂ = (1/n) Σᵢ (κsᵢ/(γ + κsᵢ))²` ∈ [0, 1).
    pub df2: f64,
    /// The paper's h = 1 − df₂ ∈ (0, 1], summed from positive terms so that it stays accurate near 0.
    pub h: f64,
}

/// Newton is monotone and quadratic; it was never seen to take more than 60 steps, even at γ = 1e-300.
const MAX_STEPS: usize = 2000;

impl FixedPoint {
    /// The fixed point for C = I in `dimension` p > 0, in closed form. Only η = p/n enters, so p need not be whole.
    ///
    /// With g = γ(1 + δ): `g² + (1 − η − γ) g − γ = 0`, `κ = γ/g`, `δ = η/(γ + κ)`, `df₂ = η/(1+g)²`,
    /// `h = (g + κ)/(1 + g)`. The root is taken without cancellation, so all four keep full relative precision.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a dimension, samples or a ridge that is not finite and positive, [`Error::Range`] if η or g
    /// overflows.
    ///
    /// Source: paper, Lemma 3.5.
    #[inline]
    pub fn isotropic(dimension: f64, training: Training) -> Result<Self> {
        let Training { samples, ridge: gamma } = training.checked()?;
        let eta = training.aspect_ratio(dimension)?;
        // η − 1 first, because γ may be tiny. Near η = 1 the rounding of η would stay in it; p − n is exact there.
        let excess = if (0.5..=2.0).contains(&eta) { (dimension - samples) / samples } else { eta - 1.0 };
        let c = excess + gamma;
        let root = (c * c + 4.0 * gamma).sqrt();
        let g = if c > 0.0 { 0.5 * (c + root) } else { 2.0 * gamma / (root - c) };
        let kappa = gamma / g;
        let over = 1.0 / (1.0 + g);
        Self { kappa, delta: eta / (gamma + kappa), g, df2: eta * over * over, h: (g + kappa) * over }.checked()
    }

    /// The fixed point for any covariance, by Newton's method from κ = 0. `eigenvalues` are all p of C, each ≥ 0, at least
    /// one, and repeated ones repeated.
    ///
    /// The residual is increasing and concave in κ, so the iterates rise monotonically and quadratically to the root
    /// (3 to 26 steps for γ ∈ [1e-12, 1e6]). It is evaluated in whichever of two equal forms cancels less.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a negative or non-finite eigenvalue, samples or ridge; [`Error::Shape`] for no
    /// eigenvalues; [`Error::Range`] if a sum over them overflows, as s/γ does at a ridge below 1e-300;
    /// [`Error::NotConverged`] if Newton did not settle.
    ///
    /// ```
    /// use alpha_rmt::{fixed_point::FixedPoint, training::Training};
    /// let fp = FixedPoint::spectrum(&[1.0, 5.0], Training { samples: 4.0, ridge: 1.0 })?;
    /// assert!((fp.delta - 0.42393872734594).abs() < 1e-14);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn spectrum(eigenvalues: &[f64], training: Training) -> Result<Self> {
        let Training { samples: n, ridge: gamma } = training.checked()?;
        not_empty("eigenvalues", eigenvalues.len())?;
        for &s in eigenvalues {
            non_negative("eigenvalue", s)?;
        }
        let positive: Vec<f64> = eigenvalues.iter().copied().filter(|s| *s > 0.0).collect();
        // (rank − n)/n is exact where η = 1 is.
        let excess = (positive.len() as f64 - n) / n;

        let mut kappa = 0.0;
        for _ in 0..MAX_STEPS {
            let sums = Sums::at(&positive, n, gamma, kappa);
            let step = sums.residual(kappa, excess) / sums.slope();
            let next = kappa + step;
            if step <= 2.0 * f64::EPSILON * next {
                let kappa = if step > 0.0 { next } else { kappa };
                return fixed_point(&positive, n, gamma, kappa).checked();
            }
            if !next.is_finite() {
                return Err(Error::Range { quantity: "the fixed point κ" });
            }
            kappa = next;
        }
        let residual = Sums::at(&positive, n, gamma, kappa).residual(kappa, excess);
        Err(Error::NotConverged { steps: MAX_STEPS, residual })
    }

    /// Refuses a solution that over- or underflowed.
    #[inline]
    fn checked(self) -> Result<Self> {
        let Self { kappa, delta, g, df2, h } = self;
        // One sum shows an infinity or NaN in any term; all are otherwise positive.
        if kappa > 0.0 && h > 0.0 && (kappa + delta + g + df2 + h).is_finite() {
            Ok(self)
        } else {
            Err(Error::Range { quantity: "the fixed point κ" })
        }
    }
}

/// What a Newton step needs: sums over the positive eigenvalues at one κ.
struct Sums {
    /// (1/n) Σ s/(γ + κs).
    delta: f64,
    /// (1/n) Σ γ s/(γ + κs)².
    curvature: f64,
    /// (1/n) Σ γ/(γ + κs).
    shrunk: f64,
}

impl Sums {
    fn at(eigenvalues: &[f64], n: f64, gamma: f64, kappa: f64) -> Self {
        let [delta, curvature, shrunk] = sums(eigenvalues.len(), |i| {
            let s = eigenvalues[i];
            let over = 1.0 / (gamma + kappa * s);
            let (seen, unseen) = (s * over, gamma * over);
            [seen, seen * unseen, unseen]
        });
        Self { delta: delta / n, curvature: curvature / n, shrunk: shrunk / n }
    }

    /// 1 − (left side of the fixed-point equation), positive below the root.
    fn residual(&self, kappa: f64, excess: f64) -> f64 {
        if 2.0 <= kappa + excess.abs() + self.shrunk {
            (1.0 - kappa) - kappa * self.delta
        } else {
            // Σ x = rank − Σ γ/(γ + κs): no 1 − 1 when κ and γ are small and rank ≈ n.
            (self.shrunk - excess) - kappa
        }
    }

    /// Derivative of the left side in κ.
    fn slope(&self) -> f64 {
        1.0 + self.curvature
    }
}

/// Everything at the root κ, with x = κs/(γ + κs): df₂ = (1/n) Σ x² and h = κ + (1/n) Σ x(1 − x).
fn fixed_point(eigenvalues: &[f64], n: f64, gamma: f64, kappa: f64) -> FixedPoint {
    let [delta, df2, bent] = sums(eigenvalues.len(), |i| {
        let s = eigenvalues[i];
        let over = 1.0 / (gamma + kappa * s);
        let (x, y) = (kappa * s * over, gamma * over);
        [s * over, x * x, x * y]
    });
    FixedPoint { kappa, delta: delta / n, g: gamma / kappa, df2: df2 / n, h: kappa + bent / n }
}
