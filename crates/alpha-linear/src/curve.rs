//! Figure 3 of the paper: measured accuracy against α on Amazon transfers.

use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::amazon::{Amazon, Domain};
use crate::error::{Error, Result};
use crate::numpy_rng::NumpyRng;
use crate::protocol::{Cell, Trial, accuracies, splits};
use crate::samples::PublishedStatistics;
use crate::table1::Table1Config;

/// How a curve is measured: the protocol of Table 1, at each α of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CurveConfig {
    /// Sizes, ridges, splits per seed and α, and seeds.
    pub protocol: Table1Config,
    /// First and last α.
    pub range: [f64; 2],
    /// Number of α, equally spaced, at least 2.
    pub count: usize,
}

/// A measured curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Source domain.
    pub source: Domain,
    /// Target domain.
    pub target: Domain,
    /// α* by the paper's formula and statistics.
    pub alpha_star: f64,
    /// α* by the correct second moment, from the same statistics.
    pub alpha_star_correct: f64,
    /// ᾱ, where the theory expects chance; `None` without alignment.
    pub alpha_worst: Option<f64>,
    /// α and the accuracy there.
    pub points: Vec<(f64, Cell)>,
}

/// Measures the curve of one transfer. Every α draws its own splits, from the smallest α on, one stream per seed.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range, [`Error::Theory`] if α* has none.
pub fn measure(amazon: &Amazon, source: Domain, target: Domain, config: &CurveConfig) -> Result<Curve> {
    let protocol = &config.protocol;
    protocol.check()?;
    let [from, to] = config.range;
    if config.count < 2 || !(from.is_finite() && to.is_finite() && from < to) {
        let value = format!("{from}:{to}:{}", config.count);
        return Err(Error::Parameter {
            name: "range",
            value,
            allowed: "at least two finite values, rising".to_owned(),
        });
    }
    let (source_samples, target_samples) = (amazon.samples(source), amazon.samples(target));
    let sources = DMatrix::from_columns(&[protocol.source_classifier(source_samples)?]);
    let statistics = PublishedStatistics::new(source_samples, target_samples)?;
    let star = |form| protocol.alpha_star(&statistics, target_samples.dimension(), form);

    let alphas = spaced(config.range, config.count, Spacing::Linear);
    let scales: Vec<[(usize, f64); 1]> = alphas.into_iter().map(|alpha| [(0, alpha)]).collect();
    let per_seed = config.count * protocol.splits;
    let all_splits = protocol
        .seeds
        .par_iter()
        .map(|&seed| splits(&mut NumpyRng::seed(seed), target_samples.rows(), protocol.target_samples, per_seed))
        .collect::<Result<Vec<_>>>()?
        .concat();
    let trials: Vec<Trial> = all_splits
        .iter()
        .enumerate()
        .map(|(i, split)| Trial { split, scales: &scales[i % per_seed / protocol.splits] })
        .collect();
    let measured: Vec<f64> =
        accuracies(target_samples, &sources, protocol.target_ridge, &trials)?.into_iter().flatten().collect();

    let points = scales.iter().enumerate().map(|(i, [(_, alpha)])| {
        let here = |seed: &[f64]| seed[i * protocol.splits..][..protocol.splits].to_vec();
        (*alpha, Cell::new(&measured.chunks(per_seed).map(here).collect::<Vec<_>>()))
    });
    Ok(Curve {
        source,
        target,
        alpha_star: star(SourceForm::Published)?,
        alpha_star_correct: star(SourceForm::Correct)?,
        alpha_worst: protocol
            .setting(&statistics, target_samples.dimension())
            .point(None, SourceForm::Correct)?
            .alpha_worst,
        points: points.collect(),
    })
}
