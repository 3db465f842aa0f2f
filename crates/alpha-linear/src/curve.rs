//! Figure 3 of the paper: measured accuracy against α on Amazon transfers.

use alpha_rmt::law::DecisionLaw;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::training::Training;
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::amazon::{Amazon, Domain};
use crate::belief::{Prior, Scenarios};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::total_covariance;
use crate::numpy_rng::NumpyRng;
use crate::protocol::{Cell, Trial, accuracies, folded, splits};
use crate::samples::PublishedStatistics;
use crate::select;
use crate::source_view::TrainedSource;
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

impl CurveConfig {
    fn check(&self) -> Result<()> {
        self.protocol.check()?;
        let ([from, to], count) = (self.range, self.count);
        if count < 2 || !(from.is_finite() && to.is_finite() && from < to) {
            let value = format!("{from}:{to}:{count}");
            return Err(Error::parameter("range", value, "at least two finite values, rising"));
        }
        Ok(())
    }
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

/// What the theory says of a measured curve: accuracies as published, max(acc, 1 − acc), in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct Theory {
    /// α and the accuracy by the isotropic law, from all of the target's labels.
    pub isotropic: Vec<(f64, f64)>,
    /// The same by the general-covariance law.
    pub covariance: Vec<(f64, f64)>,
    /// Median (of an even number the upper one) over the splits of the α of highest expected accuracy at the curve's ridges, from n labels: it has seen no
    /// label of the test.
    pub honest_alpha: f64,
}

/// The theory of one transfer, over the range and at the ridges of the curve.
///
/// # Errors
/// As [`measure`].
pub fn theory(amazon: &Amazon, source: Domain, target: Domain, config: &CurveConfig) -> Result<Theory> {
    config.check()?;
    let protocol = &config.protocol;
    let (source, target) = (amazon.samples(source).head(protocol.source_samples), amazon.samples(target));
    let n = protocol.target_samples as f64;
    let geometry = total_covariance(&target.features)?;
    let coordinates = geometry.rotate(&target.features)?;
    let all = Evidence { count: n, ..Evidence::whole(&coordinates, target.labels.as_slice())? };
    let view = TrainedSource::new(&source, protocol.source_ridge)?.view(&source, &geometry)?;
    let metric = geometry.at(Training { samples: n, ridge: protocol.target_ridge })?;
    let curve = |law: &DecisionLaw| -> Result<Vec<(f64, f64)>> {
        let at = |alpha: f64| Ok((alpha, 100.0 * folded(law.at(&[alpha])?.accuracy())));
        spaced(config.range, config.count, Spacing::Linear).into_iter().map(at).collect()
    };
    let isotropic = select::isotropic_law(&view.weights, &all, protocol.target_ridge)?;
    let covariance = metric.law(&select::forms(&metric, &view.weights, &all))?;
    let scenarios = Scenarios::new(&geometry, &view, n, protocol.target_ridge, &Prior::default())?;
    let mut alphas = Vec::new();
    for &seed in &protocol.seeds {
        for split in splits(&mut NumpyRng::seed(seed), target.rows(), protocol.target_samples, protocol.splits)? {
            let labels = target.labels.select_rows(&split.train);
            let evidence = Evidence::new(&coordinates.select_columns(&split.train), labels.as_slice())?;
            alphas.push(scenarios.given(&evidence).best_alpha());
        }
    }
    alphas.sort_by(f64::total_cmp);
    Ok(Theory {
        isotropic: curve(&isotropic)?,
        covariance: curve(&covariance)?,
        honest_alpha: alphas[alphas.len() / 2],
    })
}

/// Measures the curve of one transfer. Every α draws its own splits, from the smallest α on, one stream per seed.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range, [`Error::Theory`] if α* has none.
pub fn measure(amazon: &Amazon, source: Domain, target: Domain, config: &CurveConfig) -> Result<Curve> {
    config.check()?;
    let protocol = &config.protocol;
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
