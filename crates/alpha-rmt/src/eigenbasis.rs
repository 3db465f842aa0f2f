//! Covariances by their eigendecomposition: computed once, it serves every ridge and every α.

use faer::{MatRef, Side};
use nalgebra::{DMatrix, DVector};

use crate::check::{self, entries, length, not_empty, positive};
use crate::covariance::{SpectralSource, SpectralTarget};
use crate::error::{Error, Result};
use crate::registers::clear_registers;

/// Eigenvalues and eigenvectors of a p×p covariance C of rank r ≤ p.
///
/// ```
/// use alpha_rmt::{eigenbasis::Eigenbasis, training::Training};
/// use nalgebra::DMatrix;
/// let c = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let target = Eigenbasis::covariance(&c)?.target(&[1.0, 0.5], &[&[0.4, 0.4]])?;
/// for ridge in [0.1, 1.0, 10.0] {
///     let law = target.law(Training { samples: 5.0, ridge })?;
///     assert!(law.at_optimum(&law.optimum()?)?.accuracy() >= law.at(&[1.0])?.accuracy());
/// }
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenbasis {
    eigenvalues: Vec<f64>,
    /// p×r, orthonormal columns.
    vectors: DMatrix<f64>,
}

impl Eigenbasis {
    /// From a dense covariance: O(p³), once.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is empty or not square, [`Error::Parameter`] for an entry that is not finite,
    /// [`Error::Asymmetric`], [`Error::Indefinite`] for an eigenvalue that is negative beyond rounding,
    /// [`Error::Decomposition`].
    pub fn covariance(c: &DMatrix<f64>) -> Result<Self> {
        let p = c.nrows();
        length("columns of the covariance", c.ncols(), p)?;
        check_entries("covariance", c)?;
        check::symmetric("covariance", p, |row, column| c[(row, column)])?;
        let decomposition = MatRef::from_column_major_slice(c.as_slice(), p, p).self_adjoint_eigen(Side::Lower);
        clear_registers();
        let eigen = decomposition.map_err(|_| Error::Decomposition { name: "covariance" })?;
        let values: Vec<f64> = (0..p).map(|i| eigen.S()[i]).collect();
        // faer sorts them in increasing order.
        let (least, most) = (values[0], values[p - 1]);
        if least < -rounding(p) * most.max(0.0) {
            return Err(Error::Indefinite { name: "covariance", least, most });
        }
        // Of a singular C some that are no more than rounding stay, in directions that hardly count.
        Ok(Self::kept(&values, eigen.U(), f64::EPSILON * f64::EPSILON * most.max(0.0)))
    }

    /// From a sample of features: C = XXᵀ/d for the p×m matrix X of observations with their class means removed, a column
    /// each, and d degrees of freedom (m less the number of means that were estimated).
    ///
    /// With m < p nothing of size p×p is formed: the singular vectors of X are taken, O(pm²).
    ///
    /// # Errors
    /// [`Error::Shape`] for an empty sample, [`Error::Parameter`] for an entry or a number of degrees of freedom that is
    /// not finite, or not positive; [`Error::Decomposition`].
    ///
    /// ```
    /// use alpha_rmt::{eigenbasis::Eigenbasis, training::Training};
    /// use nalgebra::DMatrix;
    /// // Two samples of four features, class means removed: C has rank 2, and no 4×4 matrix is formed.
    /// let x = DMatrix::from_column_slice(4, 2, &[1.0, 0.0, -1.0, 0.5, 0.0, 2.0, 0.0, -1.0]);
    /// let basis = Eigenbasis::samples(&x, 2.0)?;
    /// assert_eq!((basis.dimension(), basis.eigenvalues().len()), (4, 2));
    /// let training = Training { samples: 10.0, ridge: 1.0 };
    /// let law = basis.target(&[0.5, 0.2, 0.0, 0.1], &[&[0.3, 0.3, 0.0, 0.0]])?.law(training)?;
    /// let c = &x * x.transpose() / 2.0;
    /// let dense = Eigenbasis::covariance(&c)?.target(&[0.5, 0.2, 0.0, 0.1], &[&[0.3, 0.3, 0.0, 0.0]])?.law(training)?;
    /// assert!((law.at(&[1.0])?.accuracy() - dense.at(&[1.0])?.accuracy()).abs() < 1e-12);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn samples(x: &DMatrix<f64>, degrees_of_freedom: f64) -> Result<Self> {
        positive("degrees of freedom", degrees_of_freedom)?;
        check_entries("samples", x)?;
        let (p, m) = x.shape();
        if m >= p {
            return Self::covariance(&(x * x.transpose() / degrees_of_freedom));
        }
        let decomposition = MatRef::from_column_major_slice(x.as_slice(), p, m).thin_svd();
        clear_registers();
        let svd = decomposition.map_err(|_| Error::Decomposition { name: "samples" })?;
        let values: Vec<f64> = (0..m).map(|i| svd.S()[i] * svd.S()[i] / degrees_of_freedom).collect();
        // A singular value is known to the rounding of the largest, which leaves its square twice as many digits.
        let null = rounding(p).powi(2) * values.iter().copied().fold(0.0, f64::max);
        Ok(Self::kept(&values, svd.U(), null))
    }

    /// Leaves out the eigenvalues up to `null`, which stand for 0: their space is known by what the others leave over.
    fn kept(values: &[f64], vectors: MatRef<'_, f64>, null: f64) -> Self {
        let chosen: Vec<usize> = (0..values.len()).filter(|i| values[*i] > null).collect();
        Self {
            eigenvalues: chosen.iter().map(|i| values[*i]).collect(),
            vectors: DMatrix::from_fn(vectors.nrows(), chosen.len(), |i, j| vectors[(i, chosen[j])]),
        }
    }

    /// The r positive eigenvalues; of a singular matrix there may be some among them that are 0 but for rounding, below
    /// 4pε of the largest.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// p.
    pub fn dimension(&self) -> usize {
        self.vectors.nrows()
    }

    /// Coordinates of each column of a p×k matrix along the r eigenvectors.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of rows, [`Error::Parameter`] for an entry that is not finite.
    pub fn rotate(&self, vectors: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        length("rows to rotate", vectors.nrows(), self.dimension())?;
        entries("matrix to rotate", vectors.as_slice())?;
        Ok(self.vectors.tr_mul(vectors))
    }

    /// A target with mean μ_β and frozen sources w̃ᵢ, vectors of p features.
    ///
    /// Where C is singular the vectors' parts in its null space are kept as k + 1 further coordinates of eigenvalue 0, in
    /// which they have the same inner products.
    ///
    /// # Errors
    /// [`Error::Shape`] for vectors of the wrong length, [`Error::Parameter`] for an entry that is not finite.
    pub fn target(&self, mean: &[f64], sources: &[&[f64]]) -> Result<SpectralTarget> {
        let p = self.dimension();
        check::vector("mean", mean, p)?;
        for source in sources {
            check::vector("source", source, p)?;
        }
        let columns: Vec<DVector<f64>> =
            std::iter::once(&mean).chain(sources).map(|v| DVector::from_column_slice(v)).collect();
        let vectors = DMatrix::from_columns(&columns);
        let mut coordinates = self.rotate(&vectors)?;
        let mut eigenvalues = self.eigenvalues.clone();
        if self.eigenvalues.len() < p {
            let rest = (&vectors - &self.vectors * &coordinates).qr().r();
            eigenvalues.resize(eigenvalues.len() + rest.nrows(), 0.0);
            let seen = coordinates.nrows();
            coordinates = coordinates.resize_vertically(seen + rest.nrows(), 0.0);
            coordinates.rows_mut(seen, rest.nrows()).copy_from(&rest);
        }
        let mut columns = coordinates.column_iter().map(|c| c.as_slice().to_vec());
        let mean = columns.next().unwrap_or_default();
        SpectralTarget::new(eigenvalues, mean, columns.map(SpectralSource::given).collect())
    }
}

/// Size of an eigenvalue's rounding error, relative to the largest one.
fn rounding(p: usize) -> f64 {
    4.0 * p as f64 * f64::EPSILON
}

fn check_entries(name: &'static str, matrix: &DMatrix<f64>) -> Result<()> {
    not_empty(name, matrix.len())?;
    entries(name, matrix.as_slice())
}
