//! The classifiers themselves: ridge regression on labelled samples, and the fine-tuned classifier for every α from
//! one factorisation (paper, eqs. 5, No-FT and α-FTC).

use nalgebra::{DMatrix, DVector};

use crate::check::{self, all_representable, entries, length, not_empty, positive};
use crate::dense::{self, Cholesky};
use crate::error::{Error, Result};

/// Factorised ridge problem `Q = (XXᵀ/n + γI)⁻¹` of samples X (p×n, a sample a column).
///
/// The smaller of the p×p and the n×n Gram matrix is factorised, once.
///
/// ```
/// use alpha_rmt::ridge::Ridge;
/// use nalgebra::{DMatrix, DVector};
/// let x = DMatrix::from_column_slice(3, 2, &[1.0, 0.0, 1.0, 3.0, 2.0, 1.0]); // p = 3, n = 2
/// let y = DVector::from_column_slice(&[1.0, -1.0]);
/// let w = Ridge::new(x.clone(), 0.5)?.classifier(&y)?;
/// let q = (&x * x.transpose() / 2.0 + DMatrix::identity(3, 3) * 0.5).try_inverse().unwrap();
/// assert!((w - q * (&x * y) / 2.0).amax() < 1e-14);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
pub struct Ridge {
    samples: DMatrix<f64>,
    ridge: f64,
    factor: Cholesky,
}

/// The fine-tuned classifier as a function of α: `w_α = w₀ + α γQw̃`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlphaPath {
    /// w₀ = Q Xy/n, the classifier at α = 0 (No-FT).
    pub intercept: DVector<f64>,
    /// γQw̃, what one unit of α adds.
    pub slope: DVector<f64>,
}

impl AlphaPath {
    /// w_α.
    pub fn at(&self, alpha: f64) -> DVector<f64> {
        &self.intercept + &self.slope * alpha
    }
}

impl Ridge {
    /// Factorises the problem: O(np·min(n, p)). Large Gram matrices are shared out among the cores, with the same result on any
    /// number of them.
    ///
    /// # Errors
    /// [`Error::Shape`] for an empty matrix, [`Error::Parameter`] for a ridge that is not finite and positive or a
    /// sample that is not finite, [`Error::Singular`] if the Gram matrix is not positive definite in floating point
    /// (a ridge far below rounding).
    pub fn new(samples: DMatrix<f64>, ridge: f64) -> Result<Self> {
        positive("ridge", ridge)?;
        let (p, n) = samples.shape();
        not_empty("samples", samples.len())?;
        let x = dense::view(&samples);
        // Only the lower half: the factorisation reads no more.
        let mut gram = dense::gram(if n < p { x.transpose() } else { x }, (n as f64).recip());
        for i in 0..gram.nrows() {
            gram[(i, i)] += ridge;
            // A NaN or infinite sample shows on the diagonal.
            let value = gram[(i, i)];
            if !value.is_finite() {
                return Err(Error::Parameter { name: "squared norm of the samples", value, allowed: "finite" });
            }
        }
        let factor = Cholesky::new("Gram matrix plus ridge", gram)?;
        Ok(Self { samples, ridge, factor })
    }

    /// Q Xy/n, the ridge classifier for labels y (n entries).
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of labels, [`Error::Parameter`] for one that is not finite, [`Error::Range`]
    /// on overflow.
    pub fn classifier(&self, labels: &DVector<f64>) -> Result<DVector<f64>> {
        let (p, n) = self.samples.shape();
        check::vector("labels", labels.as_slice(), n)?;
        let scaled = DMatrix::from_column_slice(n, 1, labels.as_slice()) / n as f64;
        let solution =
            if n < p { &self.samples * self.factor.solve(scaled) } else { self.factor.solve(&self.samples * scaled) };
        all_representable("the ridge classifier", &solution)?;
        Ok(solution.column(0).into_owned())
    }

    /// γQ applied to each column of W (p×k): what remains of the sources where the samples say nothing.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of rows, [`Error::Parameter`] for an entry that is not finite,
    /// [`Error::Range`] on overflow.
    pub fn shrink(&self, sources: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        let (p, n) = self.samples.shape();
        length("source", sources.nrows(), p)?;
        entries("source", sources.as_slice())?;
        let rest = if n < p {
            let seen = self.samples.tr_mul(sources) / n as f64;
            sources - &self.samples * self.factor.solve(seen)
        } else {
            self.factor.solve(sources.clone()) * self.ridge
        };
        all_representable("the shrunk source", &rest)?;
        Ok(rest)
    }

    /// The fine-tuned classifier for every α.
    ///
    /// # Errors
    /// As [`Ridge::classifier`] and [`Ridge::shrink`].
    pub fn alpha_path(&self, labels: &DVector<f64>, source: &DVector<f64>) -> Result<AlphaPath> {
        let column = DMatrix::from_column_slice(source.len(), 1, source.as_slice());
        Ok(AlphaPath { intercept: self.classifier(labels)?, slope: self.shrink(&column)?.column(0).into_owned() })
    }
}
