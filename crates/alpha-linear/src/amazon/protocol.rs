//! The published measuring protocol: random splits of the target, a classifier fine-tuned on each, its test accuracy.

use alpha_rmt::ridge::Ridge;
use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::numpy_rng::NumpyRng;
use crate::samples::{Samples, share_right};

/// A split of the target's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows of the test set.
    pub test: Vec<usize>,
    /// Rows trained on.
    pub train: Vec<usize>,
}

/// The next `count` splits of `rows` rows: test is the head of a permutation, training the rest.
///
/// The published script asks for the share n/rows and takes ⌊(n/rows)·rows⌋ rows of it, which for some n is n − 1.
///
/// # Errors
/// [`Error::Parameter`] if a side of the split would be empty.
pub fn splits(rng: &mut NumpyRng, rows: usize, target_samples: usize, count: usize) -> Result<Vec<Split>> {
    let train = ((target_samples as f64 / rows as f64) * rows as f64).floor() as usize;
    let refuse = |allowed: String| Error::parameter("target-samples", target_samples, allowed);
    if train == 0 || train >= rows {
        return Err(refuse(format!("such that rows are left to train and to test on, of {rows}")));
    }
    let count_of_rows = u32::try_from(rows).map_err(|_| refuse(format!("of fewer than 2³² rows, not {rows}")))?;
    Ok((0..count)
        .map(|_| {
            let mut test = rng.permutation(count_of_rows);
            let train = test.split_off(rows - train);
            Split { test, train }
        })
        .collect())
}

/// A split, and the sources and scales to fine-tune with on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial<'a> {
    /// The split.
    pub split: &'a Split,
    /// Column of the source classifier, and α.
    pub scales: &'a [(usize, f64)],
}

/// Classifiers scored in one matrix product.
const BATCH: usize = 96;

/// Test accuracy of every trial at each of its scales, sign(⟨w_α, x⟩) against y: plain, not folded at 1/2.
///
/// Each split is factorised once for all sources and scales; the test scores of many splits are one matrix product.
/// Uses all cores.
///
/// # Errors
/// [`Error::Theory`] if the ridge or a shape is refused.
pub fn accuracies(target: &Samples, sources: &DMatrix<f64>, ridge: f64, trials: &[Trial<'_>]) -> Result<Vec<Vec<f64>>> {
    let mut batches: Vec<&[Trial]> = Vec::new();
    let mut rest = trials;
    while !rest.is_empty() {
        let mut columns = 0;
        let fits = |trial: &&Trial| {
            columns += trial.scales.len();
            columns <= BATCH
        };
        let (batch, others) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        batches.push(batch);
        rest = others;
    }
    let transposed = target.features.transpose();
    let measured = batches
        .par_iter()
        .map(|batch| batch_accuracies(target, &transposed, sources, ridge, batch))
        .collect::<Result<Vec<_>>>()?;
    Ok(measured.into_iter().flatten().collect())
}

fn batch_accuracies(
    target: &Samples,
    transposed: &DMatrix<f64>,
    sources: &DMatrix<f64>,
    ridge: f64,
    batch: &[Trial<'_>],
) -> Result<Vec<Vec<f64>>> {
    let columns = batch.iter().map(|trial| trial.scales.len()).sum();
    let mut classifiers = DMatrix::zeros(target.dimension(), columns);
    let mut next = 0;
    for trial in batch {
        let Samples { features, labels } = target.select(&trial.split.train);
        let solver = Ridge::new(features, ridge)?;
        let own = solver.classifier(&labels)?;
        let rescaled =
            trial.scales.iter().any(|(_, alpha)| *alpha != 0.0).then(|| solver.shrink(sources)).transpose()?;
        for &(source, alpha) in trial.scales {
            let mut column = classifiers.column_mut(next);
            column.copy_from(&own);
            if let Some(shrunk) = &rescaled {
                column.axpy(alpha, &shrunk.column(source), 1.0);
            }
            next += 1;
        }
    }
    let scores = transposed * classifiers;
    let mut columns = scores.column_iter();
    Ok(batch
        .iter()
        .map(|trial| {
            let test = &trial.split.test;
            let share =
                |scores: nalgebra::DVectorView<f64>| share_right(test.iter().map(|&i| (scores[i], target.labels[i])));
            columns.by_ref().take(trial.scales.len()).map(share).collect()
        })
        .collect())
}

/// max(acc, 1 − acc), the accuracy as the paper counts it: a classifier worse than chance is turned around.
pub fn folded(accuracy: f64) -> f64 {
    accuracy.max(1.0 - accuracy)
}

/// Accuracy over all splits and seeds, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Mean over seeds of the mean over splits of max(acc, 1 − acc), as published.
    pub mean: f64,
    /// Population standard deviation over seeds of the means over splits.
    pub deviation: f64,
    /// Mean of acc itself.
    pub plain: f64,
}

impl Cell {
    /// Summarises the accuracies of the splits of each seed.
    pub(crate) fn new(by_seed: &[Vec<f64>]) -> Self {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let over_splits = |map: fn(f64) -> f64| -> Vec<f64> {
            by_seed.iter().map(|splits| mean(&splits.iter().copied().map(map).collect::<Vec<_>>())).collect()
        };
        let as_published = over_splits(folded);
        let centre = mean(&as_published);
        let variance = mean(&as_published.iter().map(|x| (x - centre) * (x - centre)).collect::<Vec<_>>());
        Self { mean: 100.0 * centre, deviation: 100.0 * variance.sqrt(), plain: 100.0 * mean(&over_splits(|x| x)) }
    }
}
