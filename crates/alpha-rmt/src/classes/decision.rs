//! Scores, and how often they name the right class.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::groups::Classes;
use super::region::{self, Effort, Probability};
use crate::check::non_negative;
use crate::error::{Error, Result};

/// How the scores name a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rule {
    /// The class whose row of targets is nearest. With one-hot targets, that of the largest score.
    #[default]
    NearestTarget,
    /// The class of the largest of K scores.
    LargestScore,
}

/// Sizes of scores of which squares, and squares of products with the targets, are numbers.
const SIZES: std::ops::Range<f64> = 1e-70..1e70;

impl Rule {
    /// The K linear forms of the scores whose largest names the class, up to their offsets.
    pub(super) fn forms(self, classes: &Classes) -> DMatrix<f64> {
        match self {
            Self::NearestTarget => classes.targets().clone(),
            Self::LargestScore => DMatrix::identity(classes.count(), classes.count()),
        }
    }
}

/// Bound of the numerical error that is aimed at in an accuracy.
const ACCURACY: f64 = 1e-5;
/// The same for an entry of the confusion matrix.
const CONFUSION: f64 = 1e-4;

/// The law of the d scores on each class, and the rule that makes a class of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDecision {
    scores: DMatrix<f64>,
    covariance: DMatrix<f64>,
    /// Class c is named where ⟨forms_c, s⟩ + offsets_c is largest.
    forms: DMatrix<f64>,
    offsets: Vec<f64>,
    shares: Vec<f64>,
}

/// How often samples of each class are taken for each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// P(predicted = column | class = row), K×K; each row sums to 1 up to the error.
    pub probabilities: DMatrix<f64>,
    /// Bound of the numerical error of each entry.
    pub error: f64,
}

impl ClassDecision {
    /// Scores of these means (K×d) and this covariance (d×d). The target's own labels weigh `own`: 1, or 0 in the limit of infinite
    /// weights of the sources, where the targets have no part in the rule's offsets.
    pub(super) fn new(scores: DMatrix<f64>, covariance: DMatrix<f64>, own: f64, classes: &Classes, rule: Rule) -> Self {
        let forms = rule.forms(classes);
        let offset = |row: nalgebra::RowDVector<f64>| match rule {
            Rule::NearestTarget => -0.5 * own * row.norm_squared(),
            Rule::LargestScore => 0.0,
        };
        let offsets = forms.row_iter().map(|row| offset(row.into_owned())).collect();
        Self { scores, covariance, forms, offsets, shares: classes.shares().to_vec() }
    }

    /// Mean scores of each class, K×d.
    pub fn scores(&self) -> &DMatrix<f64> {
        &self.scores
    }

    /// Covariance of the scores, d×d, the same in each class.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// Share of all samples whose class is named, Σ_c π_c P(named = c | class = c).
    ///
    /// # Errors
    /// [`Error::Variance`] where the scores do not depend on the sample: those of weights that are 0.
    pub fn accuracy(&self) -> Result<Probability> {
        self.accuracy_to(ACCURACY)
    }

    /// [`ClassDecision::accuracy`] with a numerical error of at most about `tolerance` where lattice rules are used, for five and more
    /// classes; quadrature is as accurate as ever.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a tolerance that is negative or not finite; otherwise as [`ClassDecision::accuracy`].
    pub fn accuracy_to(&self, tolerance: f64) -> Result<Probability> {
        self.accuracy_within(Effort::Until(non_negative("tolerance", tolerance)?))
    }

    pub(super) fn accuracy_within(&self, effort: Effort) -> Result<Probability> {
        let noise = self.noise()?;
        let own: Vec<Probability> = self.each(|c| self.named(&noise, c, c, effort));
        let mut all = Probability::default();
        own.iter().zip(&self.shares).for_each(|(own, share)| all.add(*share, own));
        Ok(all)
    }

    /// P(named = c | class = c) for each class.
    ///
    /// # Errors
    /// As [`ClassDecision::accuracy`].
    pub fn class_accuracies(&self) -> Result<Vec<Probability>> {
        self.class_accuracies_to(ACCURACY)
    }

    pub(super) fn class_accuracies_to(&self, tolerance: f64) -> Result<Vec<Probability>> {
        let noise = self.noise()?;
        Ok(self.each(|c| self.named(&noise, c, c, Effort::Until(tolerance))))
    }

    /// How often each class is taken for each.
    ///
    /// # Errors
    /// As [`ClassDecision::accuracy`].
    pub fn confusion(&self) -> Result<Confusion> {
        let noise = self.noise()?;
        let count = self.shares.len();
        let row = |c: usize| -> Vec<Probability> {
            (0..count).map(|named| self.named(&noise, c, named, Effort::Until(CONFUSION))).collect()
        };
        let rows: Vec<Vec<Probability>> = self.each(row);
        let error = rows.iter().flatten().fold(0.0, |most: f64, p| most.max(p.error));
        Ok(Confusion { probabilities: DMatrix::from_fn(count, count, |c, named| rows[c][named].value), error })
    }

    /// Whether the scores have no noise that would count.
    pub(super) fn is_certain(&self) -> bool {
        self.noise().is_ok_and(|noise| noise.row_iter().all(|row| row == noise.row(0)))
    }

    /// Shared out among the cores where each takes longer than that.
    fn each<T: Send>(&self, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        let count = self.shares.len();
        if count <= 4 { (0..count).map(of).collect() } else { (0..count).into_par_iter().map(of).collect() }
    }

    /// P(`named` is named | `class`), the rows of `noise` being those of the forms times a root of the covariance.
    fn named(&self, noise: &DMatrix<f64>, class: usize, named: usize, effort: Effort) -> Probability {
        let value = |c: usize| self.forms.row(c).dot(&self.scores.row(class)) + self.offsets[c];
        let others: Vec<usize> = (0..self.shares.len()).filter(|c| *c != named).collect();
        let mean: Vec<f64> = others.iter().map(|c| value(named) - value(*c)).collect();
        let rows = DMatrix::from_fn(others.len(), noise.ncols(), |i, j| noise[(named, j)] - noise[(others[i], j)]);
        region::probability(&mean, &rows, effort)
    }

    /// The forms times F, S = FFᵀ: eigenvalues that are 0 or negative but for rounding count as 0.
    fn noise(&self) -> Result<DMatrix<f64>> {
        let d = self.covariance.nrows();
        // Squares of the scores must neither over- nor underflow.
        let size = self.scores.amax().max(self.covariance.amax().sqrt());
        if size > 0.0 && !SIZES.contains(&size) {
            return Err(Error::Range { quantity: "the square of the scores" });
        }
        let eigen = self.covariance.clone().symmetric_eigen();
        let null = eigen.eigenvalues.amax() * f64::EPSILON * 8.0 * d as f64;
        let mut root = eigen.eigenvectors;
        for (mut column, value) in root.column_iter_mut().zip(eigen.eigenvalues.iter()) {
            column *= if *value > null { value.sqrt() } else { 0.0 };
        }
        let noise = &self.forms * root;
        let spread = self.scores.row_iter().any(|row| row != self.scores.row(0));
        if noise.iter().all(|x| *x == 0.0) && !spread {
            return Err(Error::Variance { variance: 0.0, weights: Vec::new() });
        }
        Ok(noise)
    }
}
