//! Fine-tuned classifiers on many splits of one target, by their scores: with the Gram matrix XᵀX of all rows at hand a
//! split costs one n×n factorisation per ridge, whatever the number of features, sources and scales.

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};
use crate::samples::{Samples, share_right};

/// A target and its sources as scores.
#[derive(Debug, Clone, PartialEq)]
pub struct GramSolver {
    /// XᵀX, rows×rows.
    gram: DMatrix<f64>,
    /// ⟨w̃, x⟩, rows×sources.
    source_scores: DMatrix<f64>,
    labels: DVector<f64>,
}

/// Scores of all rows after fine-tuning on some of them at one ridge.
#[derive(Debug, Clone, PartialEq)]
pub struct FineTuned {
    /// At α = 0.
    pub intercept: DVector<f64>,
    /// What one unit of α adds, a column per source.
    pub slope: DMatrix<f64>,
    /// Leave-one-out scores of the training rows, at α = 0 and per unit of α of each source: n×(1 + sources).
    pub left_out: DMatrix<f64>,
}

impl GramSolver {
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
    pub fn tune(&self, train: &[usize], ridges: &[f64]) -> Result<Vec<FineTuned>> {
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
                let intercept = scores.column(0).into_owned();
                let slope = &self.source_scores - scores.columns(1, scores.ncols() - 1);
                // The residual of row i without row i is coefficientᵢ·n/(n·inverseᵢᵢ) of what is fitted: y, or −⟨w̃, x⟩.
                let left_out = DMatrix::from_fn(train.len(), right.ncols(), |i, j| {
                    let residual = n * coefficients[(i, j)] / inverse[(i, i)];
                    if j == 0 { labels[i] - residual } else { residual }
                });
                Ok(FineTuned { intercept, slope, left_out })
            })
            .collect()
    }
}

impl FineTuned {
    /// Share of the rows `test` that intercept + α·slope of source `source` labels correctly.
    pub fn accuracy(&self, source: usize, alpha: f64, labels: &DVector<f64>, test: &[usize]) -> f64 {
        let slope = self.slope.column(source);
        share_right(test.iter().map(|&i| (self.intercept[i] + alpha * slope[i], labels[i])))
    }

    /// [`FineTuned::accuracy`] at each of some α in rising order, with one search per row instead of a count per α.
    pub fn accuracies(&self, source: usize, alphas: &[f64], labels: &DVector<f64>, test: &[usize]) -> Vec<f64> {
        let slope = self.slope.column(source);
        // Changes of the count from one α to the next: a row is right on a half-line.
        let mut changes = vec![0_i64; alphas.len() + 1];
        for &i in test {
            let right = |alpha: &f64| (self.intercept[i] + alpha * slope[i]) * labels[i] > 0.0;
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

#[cfg(test)]
mod tests {
    use alpha_rmt::ridge::Ridge;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::assertions::assert_close;
    use crate::mixture::Mixture;

    fn normals(rows: usize, columns: usize, rng: &mut StdRng) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(rng))
    }

    fn mixture(p: usize, mean: f64, rows: usize, rng: &mut StdRng) -> Samples {
        Mixture { mean: DVector::repeat(p, mean), eigenvalues: vec![1.0; p] }.draw(rows, rng).unwrap()
    }

    #[test]
    fn it_gives_what_ridge_regression_gives() {
        let rng = &mut StdRng::seed_from_u64(3);
        let (p, n) = (7, 12);
        let samples = mixture(p, 0.3, 30, rng);
        let sources = normals(p, 2, rng);
        let solver = GramSolver::new(&samples, &sources);
        let train: Vec<usize> = (3..3 + n).collect();
        let tuned = &solver.tune(&train, &[0.4]).unwrap()[0];
        let fit = |chosen: &[usize], count: usize, alpha: f64| {
            let seen = samples.select(chosen);
            let gram = &seen.features * seen.features.transpose() / count as f64 + DMatrix::identity(p, p) * 0.4;
            let right = &seen.features * &seen.labels / count as f64 + sources.column(1) * (alpha * 0.4);
            gram.try_inverse().unwrap() * right
        };
        for alpha in [0.0, 1.0, -2.5] {
            let scores = samples.features.tr_mul(&fit(&train, n, alpha));
            for i in 0..30 {
                assert_close("score", tuned.intercept[i] + alpha * tuned.slope[(i, 1)], scores[i], 1e-9);
            }
            for (k, &i) in train.iter().enumerate() {
                let others: Vec<usize> = train.iter().copied().filter(|j| *j != i).collect();
                let expected = fit(&others, n, alpha).dot(&samples.features.column(i));
                assert_close("left out", tuned.left_out[(k, 0)] + alpha * tuned.left_out[(k, 2)], expected, 1e-9);
            }
            let correct = (0..30).filter(|i| scores[*i] * samples.labels[*i] > 0.0).count();
            let all: Vec<usize> = (0..30).collect();
            assert_eq!(tuned.accuracy(1, alpha, &samples.labels, &all), correct as f64 / 30.0);
        }
        let seen = samples.select(&train);
        let own = Ridge::new(seen.features, 0.4).unwrap().classifier(&seen.labels).unwrap();
        assert_close("intercept", tuned.intercept[0], own.dot(&samples.features.column(0)), 1e-9);
    }

    #[test]
    fn counts_at_many_scales_are_those_at_each() {
        let rng = &mut StdRng::seed_from_u64(31);
        let samples = mixture(4, 0.2, 50, rng);
        let solver = GramSolver::new(&samples, &normals(4, 2, rng));
        let tuned = &solver.tune(&(0..9).collect::<Vec<_>>(), &[0.3]).unwrap()[0];
        let test: Vec<usize> = (9..50).collect();
        let alphas = [-3.0, -0.5, 0.0, 0.2, 1.0, 7.0];
        let mut different = std::collections::BTreeSet::new();
        for source in 0..2 {
            let all = tuned.accuracies(source, &alphas, &samples.labels, &test);
            for (alpha, accuracy) in alphas.iter().zip(all) {
                assert_eq!(accuracy, tuned.accuracy(source, *alpha, &samples.labels, &test), "{alpha}");
                different.insert((accuracy * 41.0) as usize);
            }
        }
        assert!(different.len() > 4);
    }
}
