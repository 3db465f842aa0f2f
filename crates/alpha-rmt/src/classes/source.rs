//! Frozen sources of K-class problems.

use nalgebra::DMatrix;

use super::groups::{Classes, Intercept};
use super::target::Fit;
use crate::check::{all_representable, entries, length};
use crate::eigenbasis::Eigenbasis;
use crate::error::Result;
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
        basis: Eigenbasis,
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
            Self::Trained { classes, basis, training, intercept } => {
                length("features of a source", classes.dimension(), p)?;
                length("scores of a source", classes.outputs(), outputs)?;
                let (eigenvalues, means) = coordinates(basis, classes.means())?;
                let fit = Fit::new(&eigenvalues, &classes.with_means(means), &[], *training, *intercept)?;
                let fp = fit.fixed_point();
                // D̃x = (x + Ṽ(g̃D̃ − I)Ṽᵀx)/g̃, the null space of C̃ included.
                let (seen, _, average) = classes.seen(*intercept);
                let right = seen * fit.weighted_miss(classes.shares());
                let mut along = basis.rotate(&right)?;
                for (mut row, s) in along.row_iter_mut().zip(basis.eigenvalues()) {
                    row *= -s / (s + fp.g);
                }
                let mean = (right + to_features(basis, along)) / fp.g;
                let spread: Vec<f64> =
                    basis.eigenvalues().iter().map(|s| s / (s + fp.g).powi(2) / training.samples).collect();
                let variances = diagonal_in(target, basis, &spread);
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

/// The diagonal, in the eigenbasis `of`, of the matrix with these eigenvalues and the eigenvectors of `basis`.
fn diagonal_in(of: &Eigenbasis, basis: &Eigenbasis, values: &[f64]) -> Vec<f64> {
    let sum = |squares: &mut dyn Iterator<Item = f64>| squares.zip(values).map(|(c, v)| c * v).sum::<f64>();
    match (of.vectors(), basis.vectors()) {
        (None, None) => values.to_vec(),
        // Eigenvectors of one are the rows, or the columns, of the other's.
        (None, Some(own)) => own.row_iter().map(|row| sum(&mut row.iter().map(|x| x * x))).collect(),
        (Some(other), None) => other.column_iter().map(|column| sum(&mut column.iter().map(|x| x * x))).collect(),
        (Some(other), Some(own)) => {
            let products = own.tr_mul(other);
            products.column_iter().map(|column| sum(&mut column.iter().map(|x| x * x))).collect()
        }
    }
}

/// All eigenvalues, and the coordinates of each column of a p×k matrix; where the matrix is singular, what the columns have in its null
/// space is kept as further coordinates of eigenvalue 0 with the same inner products.
pub(super) fn coordinates(basis: &Eigenbasis, columns: &DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let mut coordinates = basis.rotate(columns)?;
    let mut eigenvalues = basis.eigenvalues().to_vec();
    let seen = eigenvalues.len();
    if seen < basis.dimension() {
        let rest = (columns - to_features(basis, coordinates.clone())).qr().r();
        eigenvalues.resize(seen + rest.nrows(), 0.0);
        coordinates = coordinates.resize_vertically(seen + rest.nrows(), 0.0);
        coordinates.rows_mut(seen, rest.nrows()).copy_from(&rest);
    }
    Ok((eigenvalues, coordinates))
}
