//! Multi-output regression fine-tuned from a frozen source at C = I (docs/theory.md §6, an extension of the paper).

use crate::check::{finite, non_negative, representable, require};
use crate::error::Result;
use crate::fixed_point::FixedPoint;
use crate::training::Training;

/// Y = W_t X + σZ with d outputs, p features and n samples, fine-tuned from W_s: W_α = (YXᵀ/n + αγW_s)Q.
///
/// ```text
/// E‖W_α x − y‖² = [ (g/(1+g))² ‖W_t − αW_s‖² + σ²d ] / h,   α* = ⟨W_t, W_s⟩/‖W_s‖²
/// ```
///
/// Unlike in classification the best scale depends on neither γ nor p/n.
///
/// ```
/// use alpha_rmt::{regression::Regression, training::Training};
/// let training = Training { samples: 200.0, ridge: 1.0 };
/// let task = Regression {
///     dimension: 100.0, training, target_norm_squared: 2.0, source_norm_squared: 1.0, product: 0.8, noise: 0.3,
/// };
/// let best = task.optimal_weight()?;
/// assert_eq!(best, 0.8);
/// assert!(task.risk(best)? < task.risk(1.0)?);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regression {
    /// p > 0, number of features; need not be whole.
    pub dimension: f64,
    /// n and γ.
    pub training: Training,
    /// ‖W_t‖² ≥ 0, squared Frobenius norm.
    pub target_norm_squared: f64,
    /// ‖W_s‖² ≥ 0.
    pub source_norm_squared: f64,
    /// ⟨W_t, W_s⟩.
    pub product: f64,
    /// σ²d ≥ 0, the noise's variance summed over the outputs.
    pub noise: f64,
}

impl Regression {
    /// Test risk E‖W_α x − y‖² of a fresh sample, its own noise included.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a value out of range or a product beyond Cauchy–Schwarz; [`crate::Error::Range`] on overflow.
    ///
    /// ```
    /// # use alpha_rmt::{regression::Regression, training::Training};
    /// let training = Training { samples: 200.0, ridge: 1.0 };
    /// let task = Regression {
    ///     dimension: 100.0, training, target_norm_squared: 2.0, source_norm_squared: 1.0, product: 0.8, noise: 0.3,
    /// };
    /// assert!((task.risk(0.0)? - 1.029651).abs() < 1e-6);
    /// assert!((task.risk(0.8)? - 0.806371).abs() < 1e-6);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn risk(&self, alpha: f64) -> Result<f64> {
        self.check()?;
        finite("alpha", alpha)?;
        let fp = FixedPoint::isotropic(self.dimension, self.training)?;
        let shrink = fp.g / (1.0 + fp.g);
        let distance = self.target_norm_squared + alpha * (alpha * self.source_norm_squared - 2.0 * self.product);
        let distance = representable("‖W_t − αW_s‖²", distance)?.max(0.0);
        representable("the regression risk", (shrink * shrink * distance + self.noise) / fp.h)
    }

    /// α* = ⟨W_t, W_s⟩/‖W_s‖², 0 for a source that is 0.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for norms, a product or noise out of range, [`crate::Error::Range`] on overflow; it depends on neither the
    /// dimension nor the training and does not check them.
    ///
    /// ```
    /// # use alpha_rmt::{regression::Regression, training::Training};
    /// let training = Training { samples: 200.0, ridge: 1.0 };
    /// let task = Regression {
    ///     dimension: 100.0, training, target_norm_squared: 2.0, source_norm_squared: 1.0, product: 0.8, noise: 0.3,
    /// };
    /// assert_eq!(task.optimal_weight()?, 0.8);
    /// // It depends on neither the ridge nor the samples.
    /// let more = Regression { training: Training { samples: 5000.0, ridge: 0.01 }, ..task };
    /// assert_eq!(more.optimal_weight()?, 0.8);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn optimal_weight(&self) -> Result<f64> {
        self.check()?;
        let best = if self.source_norm_squared > 0.0 { self.product / self.source_norm_squared } else { 0.0 };
        representable("α*", best)
    }

    fn check(&self) -> Result<()> {
        let target = non_negative("squared norm of the target weights", self.target_norm_squared)?;
        let source = non_negative("squared norm of the source weights", self.source_norm_squared)?;
        non_negative("noise", self.noise)?;
        let possible = self.product.abs() <= (target * source).sqrt() * (1.0 + 1e-9);
        require("product of target and source", self.product, possible, "at most the product of the norms")?;
        Ok(())
    }
}
