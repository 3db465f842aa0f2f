//! Figure 6 of the paper: the decision function ⟨w_α, x⟩ on either class of test samples, and the two Gaussians of the theory.

use alpha_rmt::law::Decision;
use alpha_rmt::ridge::Ridge;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::amazon::{Amazon, Domain};
use crate::error::{Error, Result, within};
use crate::evidence::Evidence;
use crate::geometry::total_covariance;
use crate::kernel::Kernel;
use crate::mixture::{Spectrum, SyntheticConfig};
use crate::numpy_rng::NumpyRng;
use crate::protocol::splits;
use crate::samples::PublishedStatistics;
use crate::select;
use crate::table1::Table1Config;

/// The decision function at one α.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// α.
    pub alpha: f64,
    /// ⟨w_α, x⟩ on test samples of class −1 and +1, over all training sets.
    pub classes: [Vec<f64>; 2],
    /// The isotropic law of Theorem 4.2 with a ridge source, in the correct form.
    pub isotropic: Decision,
    /// The general-covariance law, where C is not the identity.
    pub covariance: Option<Decision>,
}

/// How the synthetic half is drawn: so many training sets for one source, and test samples for each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// Training sets.
    pub sets: usize,
    /// Test samples for each.
    pub tests: usize,
    /// Seed.
    pub seed: u64,
}

/// Splits scores by the labels and adds them to those of either class.
fn add(classes: &mut [Vec<f64>; 2], scores: impl IntoIterator<Item = f64>, labels: impl IntoIterator<Item = f64>) {
    for (score, label) in scores.into_iter().zip(labels) {
        classes[usize::from(label > 0.0)].push(score);
    }
}

/// A number of samples or features as one can draw it.
fn whole(name: &'static str, count: f64) -> Result<usize> {
    within(
        name,
        count,
        count >= 1.0 && count <= f64::from(u32::MAX) && count.fract() == 0.0,
        "a whole number is drawn",
    )?;
    Ok(count as usize)
}

/// Draws the paper's mixture at C = I and trains on it.
///
/// # Errors
/// [`Error::Parameter`] for a setting out of range, or no draws.
pub fn synthetic(setting: &Setting, alphas: &[f64], draws: Draws) -> Result<Vec<Scores>> {
    let Draws { sets, tests, seed } = draws;
    if sets == 0 || tests < 2 {
        let value = format!("{sets} sets, {tests} tests");
        return Err(Error::parameter("draws", value, "at least one set and two tests"));
    }
    let law = setting.isotropic()?.law(&setting.source(SourceForm::Correct)?)?;
    let config = SyntheticConfig {
        dimension: whole("dimension", setting.dimension)?,
        source_samples: whole("source-samples", setting.source_samples)?,
        target_rows: tests,
        source_norm: setting.source_norm,
        orthogonal_norm: setting.orthogonal_norm,
        alignment: setting.alignment,
        source_spectrum: Spectrum::Identity,
        target_spectrum: Spectrum::Identity,
        seed,
    };
    let target_samples = whole("target-samples", setting.target_samples)?;
    let (source, target) = config.mixtures()?;
    let rng = &mut StdRng::seed_from_u64(seed);
    let known = source.draw(config.source_samples, rng)?;
    let frozen = Ridge::new(known.features, setting.source_ridge)?.classifier(&known.labels)?;
    let mut all: Vec<[Vec<f64>; 2]> = vec![Default::default(); alphas.len()];
    for _ in 0..sets {
        let train = target.draw(target_samples, rng)?;
        let test = target.draw(tests, rng)?;
        let path = Ridge::new(train.features, setting.target_ridge)?.alpha_path(&train.labels, &frozen)?;
        let columns: Vec<DVector<f64>> = alphas.iter().map(|alpha| path.at(*alpha)).collect();
        let scores = test.features.tr_mul(&DMatrix::from_columns(&columns));
        for (classes, scores) in all.iter_mut().zip(scores.column_iter()) {
            add(classes, scores.iter().copied(), test.labels.iter().copied());
        }
    }
    let scores = |(alpha, classes): (&f64, _)| {
        Ok(Scores { alpha: *alpha, classes, isotropic: law.at(&[*alpha])?, covariance: None })
    };
    alphas.iter().zip(all).map(scores).collect()
}

/// Trains on splits of the reviews, those of the protocol's first seed.
///
/// # Errors
/// [`Error::Parameter`] for a protocol out of range.
pub fn on_amazon(
    amazon: &Amazon,
    (source, target): (Domain, Domain),
    protocol: &Table1Config,
    alphas: &[f64],
) -> Result<Vec<Scores>> {
    protocol.check()?;
    let (source, target) = (amazon.samples(source), amazon.samples(target));
    let n = protocol.target_samples as f64;
    let frozen = DMatrix::from_columns(&[protocol.source_classifier(source)?]);
    let setting = protocol.setting(&PublishedStatistics::new(source, target)?, target.dimension());
    let isotropic = setting.isotropic()?.law(&setting.source(SourceForm::Correct)?)?;
    let geometry = total_covariance(&target.features)?;
    let all = Evidence::whole(&geometry.rotate(&target.features)?, target.labels.as_slice())?;
    let metric = geometry.at(Training { samples: n, ridge: protocol.target_ridge })?;
    let coordinates = geometry.rotate(&frozen)?;
    let covariance = metric.law(&select::forms(&metric, coordinates.as_slice(), &all))?;
    let kernel = Kernel::new(target, &frozen);
    let mut measured: Vec<[Vec<f64>; 2]> = vec![Default::default(); alphas.len()];
    let rng = &mut NumpyRng::seed(protocol.seeds[0]);
    for split in splits(rng, target.rows(), protocol.target_samples, protocol.splits)? {
        let tuned = kernel.tune(&split.train, &[protocol.target_ridge])?.remove(0);
        let test = &split.test;
        for (alpha, classes) in alphas.iter().zip(&mut measured) {
            let scores = test.iter().map(|i| tuned.intercept[*i] + alpha * tuned.slope[(*i, 0)]);
            add(classes, scores, test.iter().map(|i| target.labels[*i]));
        }
    }
    let scores = |(alpha, classes): (&f64, _)| {
        let (isotropic, covariance) = (isotropic.at(&[*alpha])?, Some(covariance.at(&[*alpha])?));
        Ok(Scores { alpha: *alpha, classes, isotropic, covariance })
    };
    alphas.iter().zip(measured).map(scores).collect()
}
