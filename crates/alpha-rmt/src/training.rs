//! How a classifier is trained: the same parameters for the source and for the target, at C = I and at any covariance.

use crate::check::positive;
use crate::error::{Error, Result};

/// Ridge training on `samples` labelled samples: a source trained on N of them with ridge γ̃, or a target fine-tuned on n with
/// ridge γ.
///
/// ```
/// use alpha_rmt::training::Training;
/// let training = Training { samples: 200.0, ridge: 1.0 };
/// assert_eq!(training.checked()?, training);
/// assert!(Training { ridge: 0.0, ..training }.checked().is_err());
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// Number of samples, N or n; finite and > 0. Only ratios to it enter the theory, so it need not be whole.
    pub samples: f64,
    /// Ridge, γ̃ or γ; finite and > 0.
    pub ridge: f64,
}

impl Training {
    /// The same training, if both parameters are in range.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a number of samples or a ridge that is not finite and positive.
    #[inline]
    pub fn checked(self) -> Result<Self> {
        positive("samples", self.samples)?;
        positive("ridge", self.ridge)?;
        Ok(self)
    }

    /// η = p/n, dimension over samples.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a dimension that is not finite and positive, [`crate::Error::Range`] if the ratio over- or
    /// underflows.
    #[inline]
    pub(crate) fn aspect_ratio(self, dimension: f64) -> Result<f64> {
        let ratio = positive("dimension", dimension)? / self.samples;
        if ratio > 0.0 && ratio.is_finite() {
            Ok(ratio)
        } else {
            Err(Error::Range { quantity: "p over the number of samples" })
        }
    }
}
