//! Fine-tuned classifiers on many splits of one target, by their scores: with the Gram matrix XᵀX of all rows at hand a
//! split costs one n×n factorisation per ridge, whatever the number of features, sources and scales.

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};
use crate::samples::Samples;

/// A target and its sources as scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    /// XᵀX, rows×rows.
    gram: DMatrix<f64>,
    /// ⟨w̃, x⟩, rows×sources.
    source_scores: DMatrix<f64>,
    labels: DVector<f64>,
}

/// Scores of all rows after fine-tuning on some of them at one ridge.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// At α = 0.
    pub own: DVector<f64>,
    /// What one unit of α adds, a column per source.
    pub slopes: DMatrix<f64>,
    /// Leave-one-out scores of the training rows, at α = 0 and per unit of α of each source: n×(1 + sources).
    pub left_out: DMatrix<f64>,
}

impl Kernel {
    /// A target with sources w̃, p×k.
    pub fn new(target: &Samples, sources: &DMatrix<f64>) -> Self {
        let transposed = target.features.transpose();
        let gram = &transposed * &target.features;
        Self { gram, source_scores: transposed * sources, labels: target.labels.clone() }
    }

    /// Scores ⟨w̃, x⟩ of every row, a column per source.
    pub fn source_scores(&self) -> &DMatrix<f64> {
        &self.source_scores
    }

    /// Fine-tunes on the rows `train` at each ridge.
    ///
    /// # Errors
    /// [`Error::Theory`] if a Gram matrix plus ridge is not positive definite in floating point.
    pub fn tune(&self, train: &[usize], ridges: &[f64]) -> Result<Vec<Tuned>> {
        let n = train.len() as f64;
        let seen = self.gram.select_columns(train);
        let gram = seen.select_rows(train) / n;
        let known = self.source_scores.select_rows(train);
        let labels = self.labels.select_rows(train);
        let right = known.insert_column(0, 0.0);
        let mut right = right / n;
        right.set_column(0, &(&labels / n));
        ridges
            .iter()
            .map(|ridge| {
                let mut shifted = gram.clone();
                for i in 0..train.len() {
                    shifted[(i, i)] += ridge;
                }
                let singular = alpha_rmt::Error::Singular { name: "Gram matrix plus ridge" };
                let inverse = shifted.cholesky().ok_or(Error::Theory(singular))?.inverse();
                let coefficients = &inverse * &right;
                let scores = &seen * &coefficients;
                let own = scores.column(0).into_owned();
                let slopes = &self.source_scores - scores.columns(1, scores.ncols() - 1);
                // The residual of row i without row i is coefficientᵢ·n/(n·inverseᵢᵢ) of what is fitted: y, or −⟨w̃, x⟩.
                let left_out = DMatrix::from_fn(train.len(), right.ncols(), |i, j| {
                    let residual = n * coefficients[(i, j)] / inverse[(i, i)];
                    if j == 0 { labels[i] - residual } else { residual }
                });
                Ok(Tuned { own, slopes, left_out })
            })
            .collect()
    }
}

impl Tuned {
    /// Share of the rows `test` that own + α·slope of source `source` labels correctly.
    pub fn accuracy(&self, source: usize, alpha: f64, labels: &DVector<f64>, test: &[usize]) -> f64 {
        let slope = self.slopes.column(source);
        let correct = test.iter().filter(|&&i| (self.own[i] + alpha * slope[i]) * labels[i] > 0.0).count();
        correct as f64 / test.len() as f64
    }

    /// [`Tuned::accuracy`] at each of some α in rising order, with one search per row instead of a count per α.
    pub fn accuracies(&self, source: usize, alphas: &[f64], labels: &DVector<f64>, test: &[usize]) -> Vec<f64> {
        let slope = self.slopes.column(source);
        // Changes of the count from one α to the next: a row is right on a half-line.
        let mut changes = vec![0_i64; alphas.len() + 1];
        for &i in test {
            let right = |alpha: &f64| (self.own[i] + alpha * slope[i]) * labels[i] > 0.0;
            if slope[i] * labels[i] > 0.0 {
                changes[alphas.partition_point(|alpha| !right(alpha))] += 1;
            } else {
                changes[0] += 1;
                changes[alphas.partition_point(right)] -= 1;
            }
        }
        let mut correct = 0;
        let count = |change: &i64| {
            correct += change;
            correct as f64 / test.len() as f64
        };
        changes[..alphas.len()].iter().map(count).collect()
    }
}
