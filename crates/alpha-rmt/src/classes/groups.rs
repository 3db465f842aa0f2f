//! The classes: their means, shares and targets.

use nalgebra::DMatrix;

use crate::check::{entries, length, not_empty, positive, require};
use crate::error::{Error, Result};

/// How far the shares may sum to something else than 1.
const SHARES: f64 = 1e-9;

/// Whether an intercept is fitted along with the weights, without a ridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Intercept {
    /// None: the scores are Wᵀx.
    #[default]
    None,
    /// Fitted: the scores are Wᵀx + b, with b the mean of what Wᵀx misses.
    Fitted,
}

/// K ≥ 2 classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// p×K.
    means: DMatrix<f64>,
    shares: Vec<f64>,
    /// K×d.
    targets: DMatrix<f64>,
}

impl Classes {
    /// Classes with these means (p×K, a mean a column), shares (K positive numbers of sum 1) and targets of the least squares
    /// (K×d, a class a row).
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two classes, a share that is not positive, shares whose sum is not 1 up to 1e-9, two
    /// equal rows of targets, or an entry that is not finite; [`Error::Shape`] for sizes that disagree.
    ///
    /// ```
    /// use alpha_rmt::classes::Classes;
    /// use nalgebra::DMatrix;
    /// let means = DMatrix::from_column_slice(2, 3, &[1.0, 0.0, 0.0, 1.0, -1.0, -1.0]);
    /// // Three classes on a line.
    /// let ordered = DMatrix::from_column_slice(3, 1, &[-1.0, 0.0, 1.0]);
    /// assert_eq!(Classes::new(means.clone(), vec![0.2, 0.3, 0.5], ordered.clone())?.outputs(), 1);
    /// assert!(Classes::new(means, vec![0.2, 0.3, 0.6], ordered).is_err());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn new(means: DMatrix<f64>, mut shares: Vec<f64>, targets: DMatrix<f64>) -> Result<Self> {
        let count = means.ncols();
        require("number of classes", count as f64, count >= 2, "at least 2")?;
        not_empty("class mean", means.nrows())?;
        entries("class mean", means.as_slice())?;
        length("shares", shares.len(), count)?;
        for &share in &shares {
            positive("share", share)?;
        }
        let sum: f64 = shares.iter().sum();
        require("sum of the shares", sum, (sum - 1.0).abs() <= SHARES, "1 up to 1e-9")?;
        // To the last digit.
        shares.iter_mut().for_each(|share| *share /= sum);
        length("rows of targets", targets.nrows(), count)?;
        not_empty("columns of targets", targets.ncols())?;
        entries("target", targets.as_slice())?;
        for (a, b) in (0..count).flat_map(|a| (0..a).map(move |b| (b, a))) {
            if targets.row(a) == targets.row(b) {
                let allowed = "different from the targets of every class before";
                return Err(Error::Parameter { name: "row of targets of class", value: b as f64 + 1.0, allowed });
            }
        }
        Ok(Self { means, shares, targets })
    }

    /// Classes whose targets are the unit vectors: a score of its own for each class.
    ///
    /// # Errors
    /// As [`Classes::new`].
    pub fn one_hot(means: DMatrix<f64>, shares: Vec<f64>) -> Result<Self> {
        let count = means.ncols();
        Self::new(means, shares, DMatrix::identity(count, count))
    }

    /// K.
    pub fn count(&self) -> usize {
        self.shares.len()
    }

    /// d, the number of scores.
    pub fn outputs(&self) -> usize {
        self.targets.ncols()
    }

    /// Number p of features.
    pub fn dimension(&self) -> usize {
        self.means.nrows()
    }

    /// M, p×K.
    pub fn means(&self) -> &DMatrix<f64> {
        &self.means
    }

    /// π, K numbers of sum 1.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// T, K×d.
    pub fn targets(&self) -> &DMatrix<f64> {
        &self.targets
    }

    /// The same shares and targets with other means: their coordinates in another basis.
    pub(super) fn with_means(&self, means: DMatrix<f64>) -> Self {
        Self { means, ..self.clone() }
    }

    /// What the ridge regression sees of them: with a fitted intercept, means and targets around their averages, and the average
    /// target as the offset of the scores.
    pub(super) fn seen(&self, intercept: Intercept) -> (DMatrix<f64>, DMatrix<f64>, Vec<f64>) {
        match intercept {
            Intercept::None => (self.means.clone(), self.targets.clone(), vec![0.0; self.outputs()]),
            Intercept::Fitted => {
                let shares = nalgebra::DVector::from_column_slice(&self.shares);
                let (mean, target) = (&self.means * &shares, self.targets.tr_mul(&shares));
                let (mut means, mut targets) = (self.means.clone(), self.targets.clone());
                means.column_iter_mut().for_each(|mut column| column -= &mean);
                targets.row_iter_mut().for_each(|mut row| row -= target.transpose());
                (means, targets, target.as_slice().to_vec())
            }
        }
    }
}
