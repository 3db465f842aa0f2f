//! The law of the scores as a function of the sources' weights.

use nalgebra::{DMatrix, DVector};

use super::decision::{ClassDecision, Rule};
use super::groups::Classes;
use super::search;
use crate::check::{self, entries, length};
use crate::error::Result;
use crate::law::{Contribution, Optimum};
use crate::optimum::{Weighted, contributions};

/// The scores' means, linear in u = (1, α), and their covariance, quadratic in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassLaw {
    /// K×d for each entry of u.
    scores: Vec<DMatrix<f64>>,
    /// (k+1)d × (k+1)d, a block for each pair of entries of u.
    covariance: DMatrix<f64>,
    /// With the means in some basis, which are not used.
    classes: Classes,
    rule: Rule,
}

impl ClassLaw {
    pub(super) fn from_parts(
        scores: Vec<DMatrix<f64>>,
        covariance: DMatrix<f64>,
        classes: Classes,
        rule: Rule,
    ) -> Self {
        Self { scores, covariance, classes, rule }
    }

    /// Number k of sources.
    pub fn sources(&self) -> usize {
        self.scores.len() - 1
    }

    /// The scores at weights α, one per source.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for the wrong number of weights, [`crate::Error::Parameter`] for one that is not finite,
    /// [`crate::Error::Range`] on overflow.
    pub fn at(&self, weights: &[f64]) -> Result<ClassDecision> {
        length("weights", weights.len(), self.sources())?;
        entries("weight", weights)?;
        self.decision(|i, _| if i == 0 { 1.0 } else { weights[i - 1] }, 1.0)
    }

    /// The scores at weights of their own: entry (i, j) of the k×d matrix is the weight of source i in score j.
    ///
    /// # Errors
    /// As [`ClassLaw::at`].
    pub fn at_each_score(&self, weights: &DMatrix<f64>) -> Result<ClassDecision> {
        length("rows of weights", weights.nrows(), self.sources())?;
        length("columns of weights", weights.ncols(), self.classes.outputs())?;
        entries("weight", weights.as_slice())?;
        self.decision(|i, j| if i == 0 { 1.0 } else { weights[(i - 1, j)] }, 1.0)
    }

    /// The scores at the optimum: of the maximum, or, up to a scale, of the supremum approached at infinity.
    ///
    /// # Errors
    /// As [`ClassLaw::at`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<ClassDecision> {
        let (own, weights) = optimum.direction();
        length("weights", weights.len(), self.sources())?;
        self.decision(|i, _| if i == 0 { own } else { weights[i - 1] }, own)
    }

    /// The scores at u, with a column of u for each score.
    pub(super) fn decision(&self, u: impl Fn(usize, usize) -> f64, own: f64) -> Result<ClassDecision> {
        let d = self.classes.outputs();
        let parts = 0..self.scores.len();
        let scores = DMatrix::from_fn(self.classes.count(), d, |c, j| {
            parts.clone().map(|i| self.scores[i][(c, j)] * u(i, j)).sum::<f64>()
        });
        let covariance = DMatrix::from_fn(d, d, |j, l| {
            let row = |i: usize| {
                u(i, j) * parts.clone().map(|m| self.covariance[(i * d + j, m * d + l)] * u(m, l)).sum::<f64>()
            };
            parts.clone().map(row).sum::<f64>()
        });
        check::all_representable("the scores", scores.iter().chain(&covariance))?;
        Ok(ClassDecision::new(scores, covariance, own, &self.classes, self.rule))
    }

    /// The law without source `index`.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if there is no such source.
    pub fn without(&self, index: usize) -> Result<Self> {
        check::index("sources", index, self.sources())?;
        let d = self.classes.outputs();
        let mut scores = self.scores.clone();
        scores.remove(index + 1);
        let from = (index + 1) * d;
        let covariance = self.covariance.clone().remove_rows(from, d).remove_columns(from, d);
        Ok(Self { scores, covariance, ..self.clone() })
    }

    /// The weights that maximise the accuracy.
    ///
    /// Unlike that of two balanced classes the accuracy is no function of one ratio, and may have several maxima. The best of a grid over
    /// all directions of u (one source), or of several starts (more), is refined by one-dimensional searches, and is known to about half the
    /// digits of the accuracy: 1e-6 relative where quadrature gives it (up to four classes), 1e-2 on the lattices. Target labels that
    /// had better count for nothing give [`Optimum::Infinite`], scores without noise [`Optimum::Separable`].
    ///
    /// # Errors
    /// [`crate::Error::Variance`] for a law without any noise or difference of classes.
    pub fn optimum(&self) -> Result<Optimum> {
        search::optimum(self)
    }

    /// What each source is worth at the given weights: the accuracy with all of them, and with each left out.
    ///
    /// # Errors
    /// As [`ClassLaw::at`] and [`ClassLaw::optimum`].
    pub fn contributions(&self, weights: &[f64]) -> Result<Vec<Contribution>> {
        contributions(self, weights)
    }

    /// Sizes of the parts of the scores, spread and means together: a scale for each entry of u, 0 for what has no part in them.
    pub(super) fn scales(&self) -> Vec<f64> {
        let d = self.classes.outputs();
        let spread = |i: usize| (i * d..(i + 1) * d).map(|j| self.covariance[(j, j)]).sum::<f64>();
        (0..self.scores.len()).map(|i| (spread(i) + self.scores[i].norm_squared()).sqrt()).collect()
    }

    /// Over the pairs of a class and another one that might be named, weighted by their shares: the mean margin, linear in u, and the
    /// mean variance of the margin, quadratic in it, by rows.
    pub(super) fn margins(&self) -> (Vec<f64>, Vec<f64>) {
        let (parts, d, shares) = (self.scores.len(), self.classes.outputs(), self.classes.shares());
        let forms = self.rule.forms(&self.classes);
        // Σ_cc' π_cπ_c'⟨f_c − f_c', s_c⟩, and the mean products of the f_c − f_c'.
        let average = forms.tr_mul(&DVector::from_column_slice(shares));
        let mut around = forms.clone();
        around.row_iter_mut().for_each(|mut row| row -= average.transpose());
        let margin = |scores: &DMatrix<f64>| {
            scores.row_iter().zip(around.row_iter()).zip(shares).map(|((s, f), share)| share * s.dot(&f)).sum::<f64>()
        };
        let weighted = DMatrix::from_fn(shares.len(), d, |c, j| 2.0 * shares[c] * around[(c, j)]);
        let products = weighted.tr_mul(&around);
        let variance = (0..parts * parts).map(|pair| {
            let block = self.covariance.view((pair / parts * d, pair % parts * d), (d, d));
            block.component_mul(&products).sum()
        });
        (self.scores.iter().map(margin).collect(), variance.collect())
    }
}

impl Weighted for ClassLaw {
    fn count(&self) -> usize {
        self.sources()
    }

    fn left_out(&self, index: usize) -> Result<Self> {
        self.without(index)
    }

    fn accuracy(&self, weights: &[f64]) -> Result<f64> {
        Ok(self.at(weights)?.accuracy()?.value)
    }

    fn best_accuracy(&self) -> Result<f64> {
        Ok(self.at_optimum(&self.optimum()?)?.accuracy()?.value)
    }
}
