//! Table 1 of the paper: twelve Amazon transfers at α = 0, 1 and α*, by the published protocol, and honest numbers.

mod published;
mod stand_in;
mod tables;

use alpha_rmt::ridge::Ridge;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::protocol::{Split, Trial, accuracies, splits};
use super::{Amazon, Domain};
use crate::error::{Error, Result, at_least, positive, splits_allowed};
use crate::numpy_rng::NumpyRng;
use crate::samples::{PublishedStatistics, Samples};

pub use super::protocol::Cell;
pub use published::{Miss, PUBLISHED_NUMBERS, misses, published};
pub use tables::{beside, difference, summary, table};

/// How Table 1 is measured.
///
/// | field | symbol | default | range |
/// |---|---|---|---|
/// | `source_samples` | N | 2000 | ≥ 1; at most the source's rows are used |
/// | `target_samples` | n | 40 | ≥ 1, below the target's rows |
/// | `source_ridge` | γ̃ | 1 | > 0 |
/// | `target_ridge` | γ | 1 | > 0 |
/// | `splits` | | 10 | ≥ 1, per seed and column |
/// | `seeds` | | 1, 123, 404 | at least one |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table1Config {
    /// N, first rows of the source to train on.
    pub source_samples: usize,
    /// n, rows of the target to fine-tune on.
    pub target_samples: usize,
    /// γ̃.
    pub source_ridge: f64,
    /// γ.
    pub target_ridge: f64,
    /// Random splits per seed and column.
    pub splits: usize,
    /// Seeds of NumPy's legacy generator.
    pub seeds: Vec<u32>,
}

impl Default for Table1Config {
    fn default() -> Self {
        Self {
            source_samples: 2000,
            target_samples: 40,
            source_ridge: 1.0,
            target_ridge: 1.0,
            splits: 10,
            seeds: vec![1, 123, 404],
        }
    }
}

/// One transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// Source domain.
    pub source: Domain,
    /// Target domain.
    pub target: Domain,
    /// The statistics that the published α* is computed from; they contain the test labels.
    pub statistics: PublishedStatistics,
    /// α* by the paper's formula.
    pub alpha_star: f64,
    /// α* by the correct second moment, from the same statistics.
    pub alpha_star_correct: f64,
    /// α = 0, target alone.
    pub at_0: Cell,
    /// α = 1, ordinary fine-tuning.
    pub at_1: Cell,
    /// α = α*.
    pub at_star: Cell,
    /// α = α* in the correct form, on the splits of `at_star`.
    pub at_star_correct: Cell,
    /// Plain accuracy in percent of the frozen source on all target rows: no target label is used.
    pub source_only: f64,
}

/// A source as a target meets it.
struct Source {
    domain: Domain,
    classifier: DVector<f64>,
    statistics: PublishedStatistics,
}

impl Table1Config {
    /// Refuses a value out of range.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming it.
    pub fn check(&self) -> Result<()> {
        at_least("source-samples", 1, self.source_samples)?;
        at_least("target-samples", 1, self.target_samples)?;
        splits_allowed(self.splits)?;
        positive("source-ridge", self.source_ridge)?;
        positive("target-ridge", self.target_ridge)?;
        if self.seeds.is_empty() {
            return Err(Error::parameter("seeds", "none", "at least one"));
        }
        Ok(())
    }

    /// The theory's setting for a pair with these statistics in `dimension` features.
    pub fn setting(&self, statistics: &PublishedStatistics, dimension: usize) -> Setting {
        Setting {
            source_samples: self.source_samples as f64,
            target_samples: self.target_samples as f64,
            dimension: dimension as f64,
            source_norm: statistics.source_norm,
            orthogonal_norm: statistics.orthogonal_norm,
            alignment: statistics.alignment,
            source_ridge: self.source_ridge,
            target_ridge: self.target_ridge,
        }
    }

    /// α* of a pair by the theory, from its published statistics: [`Error::Theory`] if they are out of its range (β > 1, say).
    pub(crate) fn alpha_star(
        &self,
        statistics: &PublishedStatistics,
        dimension: usize,
        form: SourceForm,
    ) -> Result<f64> {
        let setting = self.setting(statistics, dimension);
        Ok(setting.isotropic()?.optimal_weights(&setting.source(form)?)?[0])
    }

    /// The source's classifier (paper, eq. 5).
    pub(crate) fn source_classifier(&self, source: &Samples) -> Result<DVector<f64>> {
        // A file of the published data has 1 or 2 rows fewer than the 2000 that the paper counts.
        let most = source.rows().max(Self::default().source_samples);
        if self.source_samples > most {
            let allowed = format!("at most {most}: a source has {} rows", source.rows());
            return Err(Error::parameter("source-samples", self.source_samples, allowed));
        }
        let Samples { features, labels } = source.head(self.source_samples);
        Ok(Ridge::new(features, self.source_ridge)?.classifier(&labels)?)
    }
}

/// Table 1 on the Amazon data.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range, [`Error::Theory`] if α* has none.
pub fn on_amazon(amazon: &Amazon, config: &Table1Config) -> Result<Vec<Transfer>> {
    config.check()?;
    let classifiers = Domain::ALL
        .par_iter()
        .map(|domain| config.source_classifier(amazon.samples(*domain)))
        .collect::<Result<Vec<_>>>()?;
    let by_target = Domain::ALL
        .par_iter()
        .map(|&target| {
            let sources = Domain::ALL.into_iter().filter(|source| *source != target).map(|source| {
                Ok(Source {
                    domain: source,
                    classifier: classifiers[source as usize].clone(),
                    statistics: PublishedStatistics::new(amazon.samples(source), amazon.samples(target))?,
                })
            });
            transfers(target, amazon.samples(target), &sources.collect::<Result<Vec<_>>>()?, config)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut all: Vec<Transfer> = by_target.into_iter().flatten().collect();
    all.sort_by_key(|transfer| (transfer.source as usize, transfer.target as usize));
    Ok(all)
}

/// Table 1 on Gaussian data with the published statistics of the twelve pairs, for want of the real files: the numbers
/// are those of the model, not of the reviews.
///
/// # Errors
/// As [`on_amazon`].
pub fn on_stand_in(config: &Table1Config) -> Result<Vec<Transfer>> {
    config.check()?;
    let pairs = stand_in::amazon_pairs();
    let transfers = pairs
        .par_iter()
        .map(|pair| {
            let (source, target) = pair.draw()?;
            let classifier = config.source_classifier(&source)?;
            let source = Source { domain: pair.source, classifier, statistics: pair.statistics };
            transfers(pair.target, &target, &[source], config)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(transfers.into_iter().flatten().collect())
}

/// All transfers into one target.
fn transfers(domain: Domain, target: &Samples, sources: &[Source], config: &Table1Config) -> Result<Vec<Transfer>> {
    let scales = sources
        .iter()
        .map(|source| {
            let star = |form| config.alpha_star(&source.statistics, target.dimension(), form);
            Ok((star(SourceForm::Published)?, star(SourceForm::Correct)?))
        })
        .collect::<Result<Vec<_>>>()?;

    // The three columns see different splits: α* first, then 0, then 1, one stream per seed.
    let columns = 3 * config.splits;
    let mut all_splits: Vec<Split> = Vec::with_capacity(config.seeds.len() * columns);
    for &seed in &config.seeds {
        all_splits.extend(splits(&mut NumpyRng::seed(seed), target.rows(), config.target_samples, columns)?);
    }
    let star: Vec<(usize, f64)> = (0..sources.len()).flat_map(|s| [(s, scales[s].0), (s, scales[s].1)]).collect();
    let ones: Vec<(usize, f64)> = (0..sources.len()).map(|s| (s, 1.0)).collect();
    let by_column: [&[(usize, f64)]; 3] = [&star, &[(0, 0.0)], &ones];
    let trials: Vec<Trial> = all_splits
        .iter()
        .enumerate()
        .map(|(i, split)| Trial { split, scales: by_column[i % columns / config.splits] })
        .collect();
    let classifiers: Vec<DVector<f64>> = sources.iter().map(|s| s.classifier.clone()).collect();
    let measured = accuracies(target, &DMatrix::from_columns(&classifiers), config.target_ridge, &trials)?;

    let cell = |column: usize, scale: usize| {
        let splits = |seed: &[Vec<f64>]| {
            seed[column * config.splits..][..config.splits].iter().map(|trial| trial[scale]).collect::<Vec<_>>()
        };
        Cell::new(&measured.chunks(columns).map(splits).collect::<Vec<_>>())
    };
    Ok(sources
        .iter()
        .enumerate()
        .map(|(s, source)| Transfer {
            source: source.domain,
            target: domain,
            statistics: source.statistics,
            alpha_star: scales[s].0,
            alpha_star_correct: scales[s].1,
            at_0: cell(1, 0),
            at_1: cell(2, s),
            at_star: cell(0, 2 * s),
            at_star_correct: cell(0, 2 * s + 1),
            source_only: 100.0 * target.accuracy(&source.classifier),
        })
        .collect())
}
