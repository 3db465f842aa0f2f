//! The score law on real rows: what the classifier does over training sets, applied to rows as they are.
//!
//! The law of [`crate::law`] takes the test rows to be Gaussian too, and real ones are not. Over training sets the score
//! ⟨w, xᵢ⟩ of a given row is nearly normal whatever the row, for it is a sum over the training rows; its mean tᵢ and variance Vᵢ
//! differ from row to row, and
//!
//! ```text
//! accuracy = meanᵢ Φ(yᵢtᵢ/√Vᵢ)
//! ```
//!
//! the decomposition of the score of Mai and Liao ("The breakdown of Gaussian universality in classification of high-dimensional
//! linear factor mixtures", arXiv 2410.05609). Two laws of training give tᵢ and Vᵢ:
//!
//! - [`ClassifierLaw`], from moments alone: w has mean b and a covariance that is diagonal in the eigenbasis of C, as
//!   [`SpectralTarget::classifier`] has them. The rows must not be those that the moments were taken from.
//! - [`PoolLaw`], from labelled rows: n of them are drawn at random, and nothing else is assumed of how they are distributed. It
//!   says how the classifier does on the rest of them, and on other rows.
//!
//! Either gives [`Scores`]. They need the labels of the rows for an accuracy, or, without labels, one number: the mean of
//! yᵢtᵢ, which a law has as m.
//!
//! [`SpectralTarget::classifier`]: crate::covariance::SpectralTarget::classifier

mod pool;
mod posterior;

use nalgebra::DMatrix;

use crate::check::{all_representable, entries, length, non_negative, not_empty, require};
use crate::error::{Error, Result};
use crate::normal::{normal_cdf, normal_density};

pub use pool::{Pool, PoolLaw};

/// The law of a classifier w over training sets, in the eigenbasis of C: independent entries.
///
/// ```
/// use alpha_rmt::eigenbasis::Eigenbasis;
/// use alpha_rmt::nalgebra::DMatrix;
/// use alpha_rmt::score::ClassifierLaw;
/// let basis = Eigenbasis::covariance(&DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]))?;
/// let w = ClassifierLaw::new(vec![0.1, 0.7], vec![0.05, 0.02])?;
/// // Three rows of two features, a column each, the midpoint of the class means removed.
/// let rows = DMatrix::from_column_slice(2, 3, &[1.0, 0.4, 0.5, 1.5, -2.0, 0.3]);
/// let scores = w.scores(&basis.rotate(&rows)?)?;
/// let accuracy = scores.accuracy(&[1.0, 1.0, -1.0])?;
/// assert!(accuracy > 0.9 && accuracy < 1.0);
/// // Without their labels, from the mean of y⟨w, x⟩.
/// let mean = scores.margin(&[1.0, 1.0, -1.0])?;
/// assert!((scores.predicted_accuracy(0.98 * mean)? - accuracy).abs() < 0.05);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierLaw {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl ClassifierLaw {
    /// A classifier whose entries, in the eigenbasis, have these means and variances.
    ///
    /// # Errors
    /// [`Error::Shape`] for no entries or different numbers of them, [`Error::Parameter`] for one that is not finite or a
    /// negative variance.
    pub fn new(mean: Vec<f64>, variance: Vec<f64>) -> Result<Self> {
        not_empty("classifier", mean.len())?;
        length("variances of the classifier", variance.len(), mean.len())?;
        entries("classifier", &mean)?;
        variance.iter().try_for_each(|v| non_negative("variance of the classifier", *v).map(|_| ()))?;
        Ok(Self::from_finite(mean, variance))
    }

    /// As [`ClassifierLaw::new`], of entries that are known to be right.
    pub(crate) fn from_finite(mean: Vec<f64>, variance: Vec<f64>) -> Self {
        Self { mean, variance }
    }

    /// b = E w in the eigenbasis.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Variance of w along each eigenvector.
    pub fn variance(&self) -> &[f64] {
        &self.variance
    }

    /// Scores ⟨w, xᵢ⟩ of rows: mean ⟨b, xᵢ⟩, variance Σ Var(wⱼ)xᵢⱼ². Rows are the columns of a p×m matrix, the midpoint of the
    /// class means removed, in the eigenbasis ([`Eigenbasis::rotate`]); none of them may be among those that the moments were
    /// taken from, or y⟨b, xᵢ⟩ is too large, by about (1−m) tr(CD)/N on average if N rows gave the moments.
    ///
    /// # Errors
    /// [`Error::Shape`] for no rows or rows of the wrong length, [`Error::Parameter`] for an entry that is not finite,
    /// [`Error::Range`] on overflow.
    ///
    /// [`Eigenbasis::rotate`]: crate::eigenbasis::Eigenbasis::rotate
    pub fn scores(&self, rows: &DMatrix<f64>) -> Result<Scores> {
        not_empty("rows", rows.ncols())?;
        length("features of the rows", rows.nrows(), self.mean.len())?;
        entries("rows", rows.as_slice())?;
        let count = rows.ncols();
        let (mut fitted, mut variance) = (vec![0.0; count], vec![0.0; count]);
        for (i, row) in rows.column_iter().enumerate() {
            for ((x, b), v) in row.iter().zip(&self.mean).zip(&self.variance) {
                fitted[i] += b * x;
                variance[i] += v * x * x;
            }
        }
        let none = vec![0.0; count];
        Scores { leverage: none.clone(), skewness: none.clone(), excess: none, fitted, variance }.checked()
    }
}

/// Scores ⟨w, xᵢ⟩ of rows over training sets that do not contain them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Mean score where the row's own label counts with weight `leverage`.
    fitted: Vec<f64>,
    /// What the row's own label counts for; 0 for a row outside the pool.
    leverage: Vec<f64>,
    variance: Vec<f64>,
    /// Third and fourth standardised cumulants; 0 for a normal score.
    skewness: Vec<f64>,
    excess: Vec<f64>,
}

impl Scores {
    fn checked(self) -> Result<Self> {
        let Self { fitted, leverage, variance, skewness, excess } = &self;
        let all = [fitted, leverage, variance, skewness, excess].into_iter().flatten();
        all_representable("the law of the scores", all)?;
        Ok(self)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.fitted.len()
    }

    /// Vᵢ, the variance of each score over training sets.
    pub fn variance(&self) -> &[f64] {
        &self.variance
    }

    /// tᵢ, the mean of each score over training sets without the row. Outside a pool it does not depend on the labels.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of labels, [`Error::Parameter`] for one that is not −1 or 1.
    pub fn mean(&self, labels: &[f64]) -> Result<Vec<f64>> {
        length("labels", labels.len(), self.rows())?;
        for y in labels {
            require("label", *y, y.abs() == 1.0, "-1 or 1")?;
        }
        Ok(labels.iter().enumerate().map(|(i, y)| self.left_out(i, *y)).collect())
    }

    /// meanᵢ yᵢtᵢ, which a law has as m.
    ///
    /// # Errors
    /// As [`Scores::mean`].
    pub fn margin(&self, labels: &[f64]) -> Result<f64> {
        let mean = self.mean(labels)?;
        Ok(mean.iter().zip(labels).map(|(t, y)| t * y).sum::<f64>() / self.rows() as f64)
    }

    /// Test accuracy over training sets, meanᵢ Φ(yᵢtᵢ/√Vᵢ); of a score with cumulants beyond the second, by its Edgeworth
    /// expansion to the order 1/n. A score that is 0 for sure counts one half.
    ///
    /// # Errors
    /// As [`Scores::mean`].
    pub fn accuracy(&self, labels: &[f64]) -> Result<f64> {
        let mean = self.mean(labels)?;
        let right = mean.iter().zip(labels).enumerate().map(|(i, (t, y))| self.right(i, *t, *y));
        Ok(right.sum::<f64>() / self.rows() as f64)
    }

    /// Mean score of row i, its label being y.
    fn left_out(&self, i: usize, y: f64) -> f64 {
        (self.fitted[i] - self.leverage[i] * y) / (1.0 - self.leverage[i])
    }

    /// Probability over training sets that a score of mean t has the sign y.
    fn right(&self, i: usize, t: f64, y: f64) -> f64 {
        let margin = y * t;
        if self.variance[i] <= 0.0 {
            return 0.5 * (1.0 + if margin == 0.0 { 0.0 } else { margin.signum() });
        }
        let x = margin / self.variance[i].sqrt();
        let (skewness, excess) = (y * self.skewness[i], self.excess[i]);
        let (x2, x3) = (x * x, x * x * x);
        let correction = skewness * (x2 - 1.0) / 6.0
            - excess * (x3 - 3.0 * x) / 24.0
            - skewness * skewness * (x3 * x2 - 10.0 * x3 + 15.0 * x) / 72.0;
        // Far out the density is 0 and the polynomial may overflow.
        let density = normal_density(x);
        let tail = if density > 0.0 { density * correction } else { 0.0 };
        (normal_cdf(x) + tail).clamp(0.0, 1.0)
    }
}

/// The error of rows whose scores cannot have the mean margin that was given.
fn refuse_margin(margin: f64, allowed: &'static str) -> Error {
    Error::Parameter { name: "mean margin", value: margin, allowed }
}
