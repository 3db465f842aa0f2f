//! Symmetric positive semi-definite systems, singular ones included.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::check::{ROUNDING, all_representable};
use crate::error::Result;

/// A symmetric matrix A, k×k with k ≥ 1, as S⁻¹VΛVᵀS⁻¹: scaled by S = diag(aᵢᵢ)^(−1/2) to a unit diagonal, and decomposed.
///
/// The rank is decided after the scaling, so that a source (or a target) of tiny norm is not mistaken for a linearly dependent
/// one. An eigenvalue counts as 0 up to a bound: a share of the largest, or the size of the least where that is negative by no
/// more than [`ROUNDING`], because it shows how far off the entries are.
pub(crate) struct Scaled {
    scale: DVector<f64>,
    eigen: SymmetricEigen<f64, nalgebra::Dyn>,
    null: f64,
    indefinite: bool,
}

impl Scaled {
    /// Decomposes `a` (by rows); an eigenvalue within `share` of 0, relative to the largest, counts as 0.
    ///
    /// # Errors
    /// [`crate::Error::Range`] if the scaled matrix overflows, which that of a positive semi-definite one cannot.
    pub(crate) fn new(a: &[f64], share: f64) -> Result<Self> {
        let (scaled, scale) = unit_diagonal(a, a.len().isqrt());
        all_representable("the matrix at a unit diagonal", scaled.as_slice())?;
        let eigen = scaled.symmetric_eigen();
        let (most, least) = (eigen.eigenvalues.amax(), eigen.eigenvalues.min());
        let indefinite = least < -ROUNDING.max(share) * most;
        let null = if indefinite { share * most } else { (share * most).max(-least) };
        Ok(Self { scale, eigen, null, indefinite })
    }

    /// Size up to which an eigenvalue of SAS counts as 0.
    pub(crate) fn null(&self) -> f64 {
        self.null
    }

    /// Whether A has a negative eigenvalue beyond rounding.
    pub(crate) fn is_indefinite(&self) -> bool {
        self.indefinite
    }

    /// Sx, which takes a right side, or a solution back from the scaled coordinates.
    pub(crate) fn scaled(&self, x: &[f64]) -> DVector<f64> {
        DVector::from_column_slice(x).component_mul(&self.scale)
    }

    /// S⁻¹x, which takes a right side back from the scaled coordinates.
    pub(crate) fn unscaled(&self, x: &DVector<f64>) -> DVector<f64> {
        x.component_div(&self.scale)
    }

    /// The part of a vector of scaled coordinates in the null space of SAS.
    pub(crate) fn null_part(&self, x: &DVector<f64>) -> DVector<f64> {
        let mut part = DVector::zeros(x.len());
        for i in self.null_indices() {
            let vector = self.eigen.eigenvectors.column(i);
            part.axpy(vector.dot(x), &vector, 1.0);
        }
        part
    }

    /// The solution of Ax = b, the eigenvalues that count as 0 left out together with b's part along them.
    pub(crate) fn solve(&self, b: &[f64]) -> DVector<f64> {
        let projected = self.eigen.eigenvectors.tr_mul(&self.scaled(b));
        let shrunk = projected.zip_map(&self.eigen.eigenvalues, |x, l| if l.abs() > self.null { x / l } else { 0.0 });
        (&self.eigen.eigenvectors * shrunk).component_mul(&self.scale)
    }

    /// The one of least Euclidean norm among x and all that differ from it by a vector of the null space of A.
    pub(crate) fn shortest(&self, mut x: DVector<f64>) -> DVector<f64> {
        let null: Vec<_> =
            self.null_indices().map(|i| self.eigen.eigenvectors.column(i).component_mul(&self.scale)).collect();
        if !null.is_empty() {
            let basis = DMatrix::from_columns(&null).qr().q();
            x -= &basis * basis.tr_mul(&x);
        }
        x
    }

    fn null_indices(&self) -> impl Iterator<Item = usize> {
        (0..self.scale.len()).filter(|&i| self.eigen.eigenvalues[i].abs() <= self.null)
    }
}

/// Size of the rounding errors in the eigenvalues of a k×k matrix that is itself right to the last digits.
pub(crate) fn rounding(k: usize) -> f64 {
    f64::EPSILON * 16.0 * k as f64
}

/// The least and the largest eigenvalue of a non-empty symmetric `a` (by rows), scaled to a unit diagonal.
pub(crate) fn extremes(a: &[f64]) -> [f64; 2] {
    let eigenvalues = unit_diagonal(a, a.len().isqrt()).0.symmetric_eigenvalues();
    [eigenvalues.min(), eigenvalues.max()]
}

/// A matrix (k×k by rows) scaled to a unit diagonal, and the factors that did it.
fn unit_diagonal(a: &[f64], k: usize) -> (DMatrix<f64>, DVector<f64>) {
    let a = DMatrix::from_row_slice(k, k, a);
    let scale = a.diagonal().map(|d| if d > 0.0 { d.sqrt().recip() } else { 1.0 });
    (DMatrix::from_fn(k, k, |i, j| a[(i, j)] * scale[i] * scale[j]), scale)
}
