//! Frozen sources of K-class problems.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::groups::{Classes, Intercept};
use super::target::Fit;
use crate::check::{all_representable, entries, length};
use crate::eigenbasis::Eigenbasis;
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::training::Training;

/// A frozen source W̃ of d scores, known exactly or only in law, in the coordinates of the features.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// Weights that are known.
    Given {
        /// W̃, p×d, a score a column.
        weights: DMatrix<f64>,
        /// Its own intercept, d numbers, or none for 0; it counts where the source is used alone.
        intercept: Vec<f64>,
    },
    /// Weights trained by least squares with a ridge on samples of its own, which the target's do not know.
    Trained {
        /// The classes it was trained on; as many scores as the target's.
        classes: Classes,
        /// Its own covariance, which need not commute with the target's.
        covariance: Arc<Eigenbasis>,
        /// Number N of samples, and ridge γ̃.
        training: Training,
        /// Whether with an intercept.
        intercept: Intercept,
    },
}

impl Source {
    /// Given weights (p×d) without an intercept.
    pub fn given(weights: DMatrix<f64>) -> Self {
        Self::Given { weights, intercept: Vec::new() }
    }
}

/// A source as the law sees it: W̃ with E W̃ and Cov(W̃ᵢⱼ, W̃ᵢₗ) = vᵢ Rⱼₗ in the coordinates of the target's eigenbasis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frozen {
    /// E W̃ in the features' coordinates, p×d; the target rotates it.
    pub(super) mean: DMatrix<f64>,
    /// v, one per eigenvector of the target; none for given weights.
    pub(super) variances: Vec<f64>,
    /// R, d×d.
    pub(super) outputs: DMatrix<f64>,
    /// Intercept, d numbers.
    pub(super) intercept: Vec<f64>,
}

impl Source {
    /// In law, with variances along the eigenvectors of `target`.
    ///
    /// A trained source has E W̃ = D̃(M̃Π̃Ẽ) and covariance R ⊗ D̃C̃D̃/N, with R = (BᵀC̃B + ẼᵀΠ̃Ẽ)/h̃ the mean products of what its
    /// scores miss on test points; of D̃C̃D̃ only the diagonal in the target's eigenbasis counts.
    pub(super) fn frozen(&self, target: &Eigenbasis, outputs: usize) -> Result<Frozen> {
        let p = target.dimension();
        match self {
            Self::Given { weights, intercept } => {
                length("rows of source weights", weights.nrows(), p)?;
                length("columns of source weights", weights.ncols(), outputs)?;
                entries("source weight", weights.as_slice())?;
                entries("source intercept", intercept)?;
                let intercept = if intercept.is_empty() { vec![0.0; outputs] } else { intercept.clone() };
                length("source intercept", intercept.len(), outputs)?;
                let none = DMatrix::zeros(outputs, outputs);
                Ok(Frozen { mean: weights.clone(), variances: Vec::new(), outputs: none, intercept })
            }
            Self::Trained { classes, covariance, training, intercept } => {
                length("features of a source", classes.dimension(), p)?;
                length("scores of a source", classes.outputs(), outputs)?;
                covariance.rows().map_or(Ok(()), |rows| Err(Error::SampledSource { rows }))?;
                let (eigenvalues, means) = covariance.coordinates(classes.means().clone())?;
                let fixed_point = FixedPoint::spectrum(&eigenvalues, *training)?;
                let fit = Fit::new(&eigenvalues, &classes.with_means(means), &[], fixed_point, *intercept)?;
                let fp = fit.fixed_point();
                // D̃x = (x + Ṽ(g̃D̃ − I)Ṽᵀx)/g̃, the null space of C̃ included.
                let (seen, _, average) = classes.seen(*intercept);
                let right = seen * fit.weighted_miss(classes.shares());
                let mut along = covariance.rotate(&right)?;
                for (mut row, s) in along.row_iter_mut().zip(covariance.eigenvalues()) {
                    row *= -s / (s + fp.g);
                }
                let mean = (right + to_features(covariance, along)) / fp.g;
                let spread: Vec<f64> =
                    covariance.eigenvalues().iter().map(|s| s / (s + fp.g).powi(2) / training.samples).collect();
                let variances = target.diagonal_of(covariance, &spread);
                all_representable("a trained source", mean.iter().chain(&variances))?;
                // b̃ = the mean of T̃ − M̃ᵀE W̃ over the classes.
                let grand = nalgebra::DVector::from_column_slice(classes.shares());
                let scores = mean.tr_mul(&(classes.means() * grand));
                let intercept = match intercept {
                    Intercept::None => vec![0.0; outputs],
                    Intercept::Fitted => average.iter().zip(scores.iter()).map(|(t, s)| t - s).collect(),
                };
                Ok(Frozen { mean, variances, outputs: fit.risk(classes.shares())?, intercept })
            }
        }
    }
}

/// Vectors of p features from their coordinates along the eigenvectors.
fn to_features(basis: &Eigenbasis, coordinates: DMatrix<f64>) -> DMatrix<f64> {
    match basis.vectors() {
        Some(vectors) => vectors * coordinates,
        None => coordinates,
    }
}
