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
    /// [`Error::Data`] for fewer than two samples.
    pub fn new(coordinates: &DMatrix<f64>, labels: &[f64]) -> Result<Self> {
        let n = labels.len() as f64;
        if labels.len() < 2 || coordinates.ncols() != labels.len() {
            let reason = format!("{} of {} labels, expected at least two", coordinates.ncols(), labels.len());
            return Err(Error::Data { what: "labelled samples", reason });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_means_over_pairs() {
        let x = DMatrix::from_fn(3, 5, |i, j| ((i * 7 + j * j * 3) % 11) as f64 / 4.0 - 1.0);
        let labels = [1.0, -1.0, -1.0, 1.0, 1.0];
        let evidence = Evidence::new(&x, &labels).unwrap();
        for l in 0..3 {
            let mut sum = 0.0;
            for i in 0..5 {
                for j in (0..5).filter(|j| *j != i) {
                    sum += labels[i] * labels[j] * x[(l, i)] * x[(l, j)];
                }
            }
            assert!((evidence.square[l] - sum / 20.0).abs() < 1e-14, "{} against {}", evidence.square[l], sum / 20.0);
        }
        assert!(Evidence::new(&x.columns(0, 1).into_owned(), &labels[..1]).is_err());
        assert!(Evidence::new(&x, &labels[..4]).is_err());
    }
}
