//! Covariances by their eigendecomposition: computed once, it serves every ridge and every α.

use faer::MatRef;
use nalgebra::DMatrix;

use crate::check::{self, entries, length, non_negative, not_empty, positive, require};
use crate::dense::{self, Columns};
use crate::error::{Error, Result};

/// Eigenvalues and eigenvectors of a p×p covariance C of rank r ≤ p.
///
/// ```
/// use alpha_rmt::covariance::Source;
/// use alpha_rmt::{eigenbasis::Eigenbasis, nalgebra::DMatrix, training::Training};
/// let c = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let target = Eigenbasis::covariance(&c)?.target(&[1.0, 0.5], &[Source::Given(&[0.4, 0.4])])?;
/// for ridge in [0.1, 1.0, 10.0] {
///     let law = target.law(Training { samples: 5.0, ridge })?;
///     assert!(law.at_optimum(&law.optimum()?)?.accuracy() >= law.at(&[1.0])?.accuracy());
/// }
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenbasis {
    eigenvalues: Vec<f64>,
    /// p×r, orthonormal columns; `None` stands for the unit vectors, p of them.
    vectors: Option<Columns>,
    /// Degrees of freedom of the sample whose covariance this is; `None` for a covariance that is known.
    rows: Option<f64>,
}

impl Eigenbasis {
    /// C = I with p features. No p×p matrix is formed.
    ///
    /// # Errors
    /// [`Error::Shape`] for p = 0.
    ///
    /// ```
    /// use alpha_rmt::{covariance::Source, eigenbasis::Eigenbasis, training::Training};
    /// let target = Eigenbasis::identity(3)?.target(&[1.0, 0.5, 0.0], &[Source::Given(&[0.4, 0.4, 0.1])])?;
    /// assert!(target.law(Training { samples: 5.0, ridge: 1.0 })?.at(&[1.0])?.accuracy() > 0.5);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn identity(dimension: usize) -> Result<Self> {
        Self::diagonal(vec![1.0; dimension])
    }

    /// C = diag(s₁ … s_p): independent features with these variances. No p×p matrix is formed.
    ///
    /// # Errors
    /// [`Error::Shape`] for no variances, [`Error::Parameter`] for one that is negative or not finite.
    ///
    /// ```
    /// use alpha_rmt::eigenbasis::Eigenbasis;
    /// let basis = Eigenbasis::diagonal(vec![2.0, 1.0, 0.5])?;
    /// assert_eq!((basis.dimension(), basis.eigenvalues()), (3, &[2.0, 1.0, 0.5][..]));
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn diagonal(variances: Vec<f64>) -> Result<Self> {
        not_empty("variances of the features", variances.len())?;
        for &s in &variances {
            non_negative("variance of a feature", s)?;
        }
        Ok(Self { eigenvalues: variances, vectors: None, rows: None })
    }

    /// From a dense covariance: O(p³), once.
    ///
    /// From p = 512 on all cores, unless called within a task of rayon: the last digits then depend on the number of cores, and
    /// are repeatable on a fixed number of them.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is empty or not square, [`Error::Parameter`] for an entry that is not finite,
    /// [`Error::Asymmetric`], [`Error::Indefinite`] for an eigenvalue that is negative beyond rounding,
    /// [`Error::Decomposition`].
    pub fn covariance(c: &DMatrix<f64>) -> Result<Self> {
        check_covariance(c)?;
        Self::symmetric("covariance", dense::view(c))
    }

    /// From the lower half of a covariance.
    fn symmetric(name: &'static str, lower: MatRef<'_, f64>) -> Result<Self> {
        // Of a singular C some that are no more than rounding stay, in directions that hardly count.
        let chosen = |values: &[f64]| kept(values, null(values));
        let (values, vectors) = dense::eigen(name, lower, chosen)?;
        not_indefinite(name, &values)?;
        let eigenvalues = chosen(&values).into_iter().map(|i| values[i]).collect();
        Ok(Self { eigenvalues, vectors: Some(vectors), rows: None })
    }

    /// From a sample of features: the p×m matrix X of observations with their class means removed, a column each, and d degrees
    /// of freedom (m less the number of means that were estimated).
    ///
    /// The law is not that of the sample covariance S = XXᵀ/d, which has too wide a spectrum and the wrong eigenvectors, but the
    /// law of C as S tells of it. A sample's resolvent (S + λI)⁻¹ is a deterministic equivalent of κ⁻¹(C + gI)⁻¹, g = λ/κ, just
    /// as the resolvent of the target's samples is (docs/theory.md §2), so that at each ridge there is a λ at which S shows what
    /// the law needs of C:
    ///
    /// ```text
    /// x = s/(s+λ), y = 1 − x over the eigenvalues s of S,   κ_S = 1 − Σx/d,   g = λ/κ_S,   γ = g(1 − Σx/n)
    /// D ↔ κ_S(S + λI)⁻¹,   DCD ↔ (κ_S²/ω)(S + λI)⁻¹S(S + λI)⁻¹,   ω = 1 − Σ(1 − y²)/d,   tr(CD)² ↔ (Σx² − (Σx)²/d)/ω
    /// ```
    ///
    /// This is consistent as p and d grow together, for any C and any mean and sources that do not depend on the sample, and it
    /// assumes no shape of the spectrum. (Class means of Gaussian features do not depend on X, but their errors add p/m or so to
    /// the squared norm of a mean that is estimated.) The eigenvalues and [`Eigenbasis::rotate`] are those of S.
    /// [`Eigenbasis::sample_covariance`] takes S for C.
    ///
    /// Error of the accuracy in points, mean ± standard deviation over 200 samples of m rows, at p = 200, n = 100, γ = 1 and the
    /// best α, mean and source exact (`cargo run --release -p alpha-rmt --example covariance_from_samples`):
    ///
    /// | C | truth | taken as | m = 40 | m = 100 | m = 200 | m = 400 | m = 1000 | m = 2000 | m = 4000 |
    /// |---|---:|---|---:|---:|---:|---:|---:|---:|---:|
    /// | flat: 1 | 0.871 | `samples` | refused | +0.1 ± 2.1 | 0.0 ± 1.4 | +0.1 ± 0.9 | 0.0 ± 0.5 | 0.0 ± 0.4 | 0.0 ± 0.3 |
    /// | | | `sample_covariance` | +12.9 ± 0.0 | +9.6 ± 1.1 | +5.1 ± 1.2 | +2.6 ± 0.8 | +1.0 ± 0.5 | +0.5 ± 0.4 | +0.2 ± 0.3 |
    /// | decaying: 4/(1 + i/10) | 0.928 | `samples` | refused | 0.0 ± 1.4 | 0.0 ± 1.0 | +0.1 ± 0.6 | 0.0 ± 0.4 | 0.0 ± 0.3 | 0.0 ± 0.2 |
    /// | | | `sample_covariance` | +7.2 ± 0.1 | +5.0 ± 0.7 | +2.8 ± 0.8 | +1.6 ± 0.6 | +0.6 ± 0.4 | +0.3 ± 0.3 | +0.1 ± 0.2 |
    /// | spiked: five of 25, then 1 | 0.821 | `samples` | refused | +0.1 ± 2.2 | 0.0 ± 1.4 | +0.1 ± 0.9 | 0.0 ± 0.5 | 0.0 ± 0.4 | 0.0 ± 0.3 |
    /// | | | `sample_covariance` | +17.8 ± 0.1 | +11.3 ± 1.5 | +5.5 ± 1.3 | +2.7 ± 0.9 | +1.0 ± 0.5 | +0.5 ± 0.4 | +0.2 ± 0.3 |
    ///
    /// The law of n target samples can be had at every ridge from d ≥ n degrees of freedom; with fewer, and fewer than features,
    /// only above some ridge, below which [`Error::FewRows`] is returned by [`SpectralTarget::law`](crate::covariance::SpectralTarget::law).
    ///
    /// With m < p nothing of size p×p is formed: the singular vectors of X are taken, O(pm²).
    ///
    /// # Errors
    /// [`Error::Shape`] for an empty sample, [`Error::Parameter`] for an entry or a number of degrees of freedom that is
    /// not finite, or not positive, or for fewer degrees of freedom than the rank of X; [`Error::Decomposition`].
    ///
    /// ```
    /// use alpha_rmt::covariance::Source;
    /// use alpha_rmt::{eigenbasis::Eigenbasis, nalgebra::DMatrix, training::Training};
    /// // Three samples of four features, class means removed: S has rank 3, and no 4×4 matrix is formed.
    /// let x = DMatrix::from_column_slice(4, 3, &[1.0, 0.0, -1.0, 0.5, 0.0, 2.0, 0.0, -1.0, 0.5, 0.5, 1.0, 0.0]);
    /// let target = Eigenbasis::samples(&x, 3.0)?.target(&[0.5, 0.2, 0.0, 0.1], &[Source::Given(&[0.3, 0.3, 0.0, 0.0])])?;
    /// let accuracy = target.law(Training { samples: 3.0, ridge: 1.0 })?.at(&[1.0])?.accuracy();
    /// assert!((0.5..1.0).contains(&accuracy));
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    ///
    /// Source: V. Marčenko, L. Pastur, Math. USSR Sb. 1 (1967); N. El Karoui, H. Kösters, arXiv:1105.1404 (2011); here the
    /// equivalents of docs/theory.md §6 read from sample to population.
    pub fn samples(x: &DMatrix<f64>, degrees_of_freedom: f64) -> Result<Self> {
        let basis = Self::sample_covariance(x, degrees_of_freedom)?;
        // What is left of removed means is no more than rounding, below any eigenvalue that counts.
        let least = rounding(x.nrows()) * basis.eigenvalues.iter().copied().fold(0.0, f64::max);
        let rank = basis.eigenvalues.iter().filter(|s| **s > least).count();
        require(
            "degrees of freedom",
            degrees_of_freedom,
            degrees_of_freedom >= rank as f64,
            "at least the rank of the samples",
        )?;
        let kept = match &basis.vectors {
            Some(vectors) if rank < basis.eigenvalues.len() => {
                Self::above(&basis.eigenvalues, dense::view(vectors.formed()), least)
            }
            _ => basis,
        };
        Ok(Self { rows: Some(degrees_of_freedom), ..kept })
    }

    /// The sample covariance C = XXᵀ/d itself, taken as if it were the features' covariance: right where m is many times p, or
    /// where these very samples are all there is. For the law of new samples see [`Eigenbasis::samples`]; at p = 200 and m = 40
    /// this one predicts accuracies some 20 points too high.
    ///
    /// # Errors
    /// [`Error::Shape`] for an empty sample, [`Error::Parameter`] for an entry or a number of degrees of freedom that is
    /// not finite, or not positive; [`Error::Decomposition`].
    ///
    /// ```
    /// use alpha_rmt::covariance::Source;
    /// use alpha_rmt::{eigenbasis::Eigenbasis, nalgebra::DMatrix, training::Training};
    /// let x = DMatrix::from_column_slice(4, 2, &[1.0, 0.0, -1.0, 0.5, 0.0, 2.0, 0.0, -1.0]);
    /// let basis = Eigenbasis::sample_covariance(&x, 2.0)?;
    /// assert_eq!((basis.dimension(), basis.eigenvalues().len()), (4, 2));
    /// let (mean, source) = ([0.5, 0.2, 0.0, 0.1], Source::Given(&[0.3, 0.3, 0.0, 0.0]));
    /// let training = Training { samples: 10.0, ridge: 1.0 };
    /// let law = basis.target(&mean, &[source])?.law(training)?;
    /// let c = &x * x.transpose() / 2.0;
    /// let dense = Eigenbasis::covariance(&c)?.target(&mean, &[source])?.law(training)?;
    /// assert!((law.at(&[1.0])?.accuracy() - dense.at(&[1.0])?.accuracy()).abs() < 1e-12);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn sample_covariance(x: &DMatrix<f64>, degrees_of_freedom: f64) -> Result<Self> {
        positive("degrees of freedom", degrees_of_freedom)?;
        check_entries("samples", x)?;
        let (p, m) = x.shape();
        if m >= p {
            return Self::symmetric("covariance", dense::gram(dense::view(x), degrees_of_freedom.recip()).as_ref());
        }
        let (singular, vectors) = dense::left_singular("samples", dense::view(x))?;
        let values: Vec<f64> = singular.iter().map(|s| s * s / degrees_of_freedom).collect();
        // A singular value is known to the rounding of the largest, which leaves its square twice as many digits.
        let null = rounding(p).powi(2) * values.iter().copied().fold(0.0, f64::max);
        Ok(Self::above(&values, vectors.as_ref(), null))
    }

    /// Without the eigenvalues up to `null`.
    fn above(values: &[f64], vectors: MatRef<'_, f64>, null: f64) -> Self {
        let chosen = kept(values, null);
        let vectors = Columns::chosen(vectors, &chosen);
        Self { eigenvalues: chosen.iter().map(|i| values[*i]).collect(), vectors: Some(vectors), rows: None }
    }

    /// Degrees of freedom of the sample that this was made from by [`Eigenbasis::samples`]; `None` for a known covariance.
    pub fn rows(&self) -> Option<f64> {
        self.rows
    }

    /// The r positive eigenvalues. Some of a singular matrix's may be 0 but for rounding, below 4pε of the largest; those of
    /// [`Eigenbasis::diagonal`] are all p variances, 0 included.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// p.
    pub fn dimension(&self) -> usize {
        self.vectors.as_ref().map_or(self.eigenvalues.len(), Columns::rows)
    }

    /// The eigenvectors, p×r; `None` where they are the unit vectors.
    pub(crate) fn vectors(&self) -> Option<&DMatrix<f64>> {
        self.vectors.as_ref().map(Columns::formed)
    }

    /// Whether the eigenvectors are the unit vectors.
    pub(crate) fn is_diagonal(&self) -> bool {
        self.vectors.is_none()
    }

    /// Coordinates of each column of a p×k matrix along the r eigenvectors.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of rows, [`Error::Parameter`] for an entry that is not finite.
    pub fn rotate(&self, vectors: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        length("rows to rotate", vectors.nrows(), self.dimension())?;
        entries("matrix to rotate", vectors.as_slice())?;
        Ok(match &self.vectors {
            Some(own) => own.products(vectors),
            None => vectors.clone(),
        })
    }
}

/// Refuses a matrix that is no covariance, but for the sign of its eigenvalues.
pub(crate) fn check_covariance(c: &DMatrix<f64>) -> Result<()> {
    let p = c.nrows();
    length("columns of the covariance", c.ncols(), p)?;
    check_entries("covariance", c)?;
    check::symmetric("covariance", p, |row, column| c[(row, column)])
}

/// Refuses eigenvalues, in increasing order, that are negative beyond rounding.
pub(crate) fn not_indefinite(name: &'static str, values: &[f64]) -> Result<()> {
    let (least, most) = (values[0], values[values.len() - 1]);
    if least < -rounding(values.len()) * most.max(0.0) {
        return Err(Error::Indefinite { name, least, most });
    }
    Ok(())
}

/// Up to which an eigenvalue of a covariance stands for 0, the eigenvalues being in increasing order.
pub(crate) fn null(values: &[f64]) -> f64 {
    f64::EPSILON * f64::EPSILON * values[values.len() - 1].max(0.0)
}

/// The eigenvalues above `null`; the others stand for 0, and their space is known by what these leave over.
fn kept(values: &[f64], null: f64) -> Vec<usize> {
    (0..values.len()).filter(|i| values[*i] > null).collect()
}

/// Size of an eigenvalue's rounding error, relative to the largest one.
fn rounding(p: usize) -> f64 {
    4.0 * p as f64 * f64::EPSILON
}

fn check_entries(name: &'static str, matrix: &DMatrix<f64>) -> Result<()> {
    not_empty(name, matrix.len())?;
    entries(name, matrix.as_slice())
}
