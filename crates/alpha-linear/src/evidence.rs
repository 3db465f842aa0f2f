//! What labelled samples say of a mean, without bias: μ̂ᵀFμ̂ of the mean of yx is too large by tr(FC)/n, its mean over
//! pairs of *different* samples is not.

use nalgebra::DMatrix;

use crate::error::{Error, Result};

/// Products of labelled samples in some basis, enough for every diagonal form of their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Number of samples.
    pub count: f64,
    /// Mean of yx, one entry per coordinate.
    pub mean: Vec<f64>,
    /// Mean over pairs i ≠ j of yᵢxᵢ·yⱼxⱼ, coordinate by coordinate: unbiased for μ².
    pub square: Vec<f64>,
}

impl Evidence {
    /// From all the samples there are: their mean is the mean, and nothing is to be corrected.
    ///
    /// # Errors
    /// As [`Evidence::new`].
    pub fn whole(coordinates: &DMatrix<f64>, labels: &[f64]) -> Result<Self> {
        let Self { count, mean, .. } = Self::new(coordinates, labels)?;
        let square = mean.iter().map(|m| m * m).collect();
        Ok(Self { count, mean, square })
    }

    /// From samples in coordinates (r×n, a sample a column) and labels ±1.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two samples.
    pub fn new(coordinates: &DMatrix<f64>, labels: &[f64]) -> Result<Self> {
        let n = labels.len() as f64;
        if labels.len() < 2 || coordinates.ncols() != labels.len() {
            return Err(Error::Parameter {
                name: "labelled samples",
                value: labels.len().to_string(),
                allowed: "at least two, as many as there are labels".to_owned(),
            });
        }
        let (mut sum, mut squares) = (vec![0.0; coordinates.nrows()], vec![0.0; coordinates.nrows()]);
        for (x, y) in coordinates.column_iter().zip(labels) {
            for (l, x) in x.iter().enumerate() {
                sum[l] += y * x;
                squares[l] += x * x;
            }
        }
        let square = sum.iter().zip(&squares).map(|(s, q)| (s * s - q) / (n * (n - 1.0))).collect();
        Ok(Self { count: n, mean: sum.into_iter().map(|s| s / n).collect(), square })
    }
}
