//! Symmetric positive semi-definite systems, singular ones included.

use nalgebra::{DMatrix, DVector};

/// The solution of `Ax = b` of least Euclidean norm, for a symmetric positive semi-definite `a` (k×k by rows).
///
/// The rank is decided after scaling to a unit diagonal, so that a source (or a target) of tiny norm is not mistaken
/// for a linearly dependent one: an eigenvalue within `null` of 0, relative to the largest, counts as 0.
pub(crate) fn solve(a: &[f64], b: &[f64], null: f64) -> Vec<f64> {
    let k = b.len();
    if k == 0 {
        return Vec::new();
    }
    let (scaled, scale) = unit_diagonal(a, k);
    let eigen = scaled.symmetric_eigen();
    let threshold = eigen.eigenvalues.amax() * null;

    let projected = eigen.eigenvectors.tr_mul(&DVector::from_column_slice(b).component_mul(&scale));
    let shrunk = projected.zip_map(&eigen.eigenvalues, |x, l| if l.abs() > threshold { x / l } else { 0.0 });
    let mut x = (&eigen.eigenvectors * shrunk).component_mul(&scale);

    let null: Vec<_> = (0..k)
        .filter(|&i| eigen.eigenvalues[i].abs() <= threshold)
        .map(|i| eigen.eigenvectors.column(i).component_mul(&scale))
        .collect();
    if !null.is_empty() {
        let basis = DMatrix::from_columns(&null).qr().q();
        x -= &basis * basis.tr_mul(&x);
    }
    x.iter().copied().collect()
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
