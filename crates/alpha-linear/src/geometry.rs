//! The target's features as the theory sees them: their total covariance Σ = C + μμᵀ, which no label is needed for.

use alpha_rmt::total_covariance::TotalCovariance;
use nalgebra::DMatrix;

use crate::error::{Error, Result};

/// The most features that a covariance is taken of: 2 GiB of numbers.
const MOST_FEATURES: usize = 1 << 14;

/// Σ of centred features, p×m.
///
/// # Errors
/// [`Error::Theory`] for features that are empty or not finite; [`Error::Data`] for more than 16384 of them.
pub fn total_covariance(features: &DMatrix<f64>) -> Result<TotalCovariance> {
    let p = features.nrows();
    if p > MOST_FEATURES {
        let reason = format!(
            "{p}, but their covariance is only taken of up to {MOST_FEATURES}: choose some, or take their first principal components"
        );
        return Err(Error::Data { what: "features", reason });
    }
    Ok(TotalCovariance::from_features(features)?)
}

/// Σ fᵢxᵢ: a diagonal form, from the products of its two vectors' coordinates.
pub fn form(diagonal: &[f64], products: &[f64]) -> f64 {
    debug_assert_eq!(diagonal.len(), products.len());
    diagonal.iter().zip(products).map(|(f, x)| f * x).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_covariance_beyond_memory_is_refused() {
        let message = total_covariance(&DMatrix::zeros(MOST_FEATURES + 1, 1)).unwrap_err().to_string();
        assert!(
            message.starts_with("features: 16385, but") && message.contains("up to 16384: choose some"),
            "{message}"
        );
    }
}
