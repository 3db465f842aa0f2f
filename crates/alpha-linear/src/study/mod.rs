//! Which choice of α is best, measured: the honest selections, the frozen source, the published oracle, the oracle's joint
//! choice and the best in hindsight, on the same splits, plain accuracy.

mod scene;
mod splits;

use alpha_rmt::ridge::Ridge;
use nalgebra::DVector;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::amazon::{Amazon, Domain};
use crate::error::{Error, Result};
use crate::samples::Samples;
use crate::source_view::TrainedSource;

pub use splits::Variant;

/// How the study is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StudyConfig {
    /// Numbers n of target labels, each at least 2.
    pub labels: Vec<usize>,
    /// Random splits per transfer and n.
    pub splits: usize,
    /// Seed of the splits.
    pub seed: u32,
    /// γ̃ of every choice that does not choose its own.
    pub source_ridge: f64,
    /// γ of every choice that does not choose its own.
    pub target_ridge: f64,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self { labels: vec![20, 40, 100, 200], splits: 30, seed: 1, source_ridge: 1.0, target_ridge: 1.0 }
    }
}

/// A way to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// The frozen source, at the given γ̃.
    SourceOnly,
    /// α = 0, at the given γ.
    Zero,
    /// α = 1, at the given ridges.
    One,
    /// The paper's α*, whose statistics contain the test labels, at the given ridges.
    Published,
    /// [`crate::select::isotropic`], at the given ridges.
    Isotropic,
    /// [`crate::select::covariance`], at the given ridges.
    Covariance,
    /// [`crate::select::leave_one_out`], at the given ridges.
    LeaveOneOut,
    /// [`crate::select::joint`], with ridges of its own.
    Joint,
    /// (γ̃, γ, α) by the general-covariance law from all of the target's labels, those of the test included.
    Oracle,
    /// The best α over all splits, at the given ridges, in hindsight.
    BestAlpha,
    /// The best (γ̃, γ, α) over all splits, in hindsight.
    BestJoint,
}

impl Choice {
    /// All, in the order of the tables.
    pub const ALL: [Self; 11] = [
        Self::SourceOnly,
        Self::Zero,
        Self::One,
        Self::Published,
        Self::Isotropic,
        Self::Covariance,
        Self::LeaveOneOut,
        Self::Joint,
        Self::Oracle,
        Self::BestAlpha,
        Self::BestJoint,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::SourceOnly => "source only",
            Self::Zero => "α = 0",
            Self::One => "α = 1",
            Self::Published => "α* published",
            Self::Isotropic => "isotropic",
            Self::Covariance => "covariance",
            Self::LeaveOneOut => "leave-one-out",
            Self::Joint => "joint",
            Self::Oracle => "joint, oracle",
            Self::BestAlpha => "best α",
            Self::BestJoint => "best (γ̃, γ, α)",
        }
    }

    /// Whether it needs labels of the test.
    pub fn sees_the_test(self) -> bool {
        matches!(self, Self::Published | Self::Oracle | Self::BestAlpha | Self::BestJoint)
    }
}

/// One choice, averaged over the splits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The choice.
    pub choice: Choice,
    /// Mean α; `None` where there is no α.
    pub alpha: Option<f64>,
    /// Test accuracy.
    pub accuracy: f64,
    /// Its standard error over the splits.
    pub standard_error: f64,
    /// Mean of what was predicted for it: by the law and estimates that it was chosen with; for the frozen source, α = 0, 1
    /// and the oracle's choice by the general-covariance law from all of the target's labels. `None` without a law.
    pub predicted: Option<f64>,
    /// Share of splits whose accuracy lay in the interval predicted; `None` without an interval.
    pub covered: Option<f64>,
}

/// One transfer at one number of labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the source.
    pub source: String,
    /// Name of the target.
    pub target: String,
    /// n.
    pub labels: usize,
    /// The choices that were measured, in the order of [`Choice::ALL`]: those in hindsight only as published.
    pub choices: Vec<Measured>,
}

impl Outcome {
    /// What came of a choice.
    pub fn get(&self, choice: Choice) -> Option<&Measured> {
        self.choices.iter().find(|measured| measured.choice == choice)
    }
}

/// γ̃ of the hindsight grid, beside the given one.
const SOURCE_RIDGES: [f64; 4] = [0.1, 1.0, 10.0, 100.0];
/// γ of the hindsight grid, beside the given one.
const TARGET_RIDGES: [f64; 6] = [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0];
/// γ̃ that a source may choose from for [`Choice::Joint`].
pub const JOINT_SOURCE_RIDGES: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// γ that [`Choice::Joint`] may choose from, in units of the features' mean variance, rising. The law at C = I wants it as
/// large as can be (theory §8); at other covariances the best ridge depends on how the mean lies in Σ.
pub const JOINT_RIDGES: [f64; 3] = [1.0, 10.0, 100.0];

/// The given ridge, then those of a grid.
fn with_given(given: f64, grid: &[f64]) -> Vec<f64> {
    std::iter::once(given).chain(grid.iter().copied().filter(|ridge| *ridge != given)).collect()
}

/// A source of the study with what was trained on it.
#[derive(Debug, Clone)]
pub struct StudySource {
    name: String,
    samples: Samples,
    /// w̃ at each of [`with_given`].
    grid: Vec<DVector<f64>>,
    chosen: TrainedSource,
}

impl StudySource {
    /// Trains on standardised samples.
    ///
    /// # Errors
    /// [`Error::Theory`] if a ridge or the samples are refused.
    pub fn new(name: &str, samples: Samples, config: &StudyConfig) -> Result<Self> {
        config.check()?;
        let grid = with_given(config.source_ridge, &SOURCE_RIDGES)
            .into_par_iter()
            .map(|ridge| Ok(Ridge::new(samples.features.clone(), ridge)?.classifier(&samples.labels)?))
            .collect::<Result<_>>()?;
        let chosen = TrainedSource::best(&samples, &JOINT_SOURCE_RIDGES)?;
        Ok(Self { name: name.to_owned(), samples, grid, chosen })
    }
}

impl StudyConfig {
    /// Refuses a value out of range.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming it.
    pub fn check(&self) -> Result<()> {
        let refuse =
            |name, value: String, allowed: &str| Err(Error::Parameter { name, value, allowed: allowed.to_owned() });
        if let Some(few) = self.labels.iter().find(|n| **n < 2) {
            return refuse("labels", few.to_string(), "at least two are needed");
        }
        if self.labels.is_empty() {
            return refuse("labels", "none".to_owned(), "at least one number of labels is needed");
        }
        if self.splits == 0 {
            return refuse("splits", "0".to_owned(), "at least one is needed");
        }
        for (name, ridge) in [("source-ridge", self.source_ridge), ("target-ridge", self.target_ridge)] {
            if !(ridge.is_finite() && ridge > 0.0) {
                return refuse(name, ridge.to_string(), "it must be finite and > 0");
            }
        }
        Ok(())
    }
}

/// The four domains of the reviews as sources.
///
/// # Errors
/// As [`StudySource::new`].
pub fn amazon_sources(amazon: &Amazon, config: &StudyConfig) -> Result<Vec<StudySource>> {
    let source = |domain: &Domain| StudySource::new(domain.name(), amazon.samples(*domain).clone(), config);
    Domain::ALL.par_iter().map(source).collect()
}

/// Runs the study on the reviews: every transfer at every n, ordered by n, source and target.
///
/// # Errors
/// As [`onto`].
pub fn on_amazon(
    amazon: &Amazon,
    sources: &[StudySource],
    variant: Variant,
    config: &StudyConfig,
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for target in Domain::ALL {
        let others: Vec<&StudySource> = sources.iter().filter(|source| source.name != target.name()).collect();
        outcomes.extend(onto(target.name(), amazon.samples(target), &others, variant, config)?);
    }
    let place = |name: &str| Domain::ALL.iter().position(|domain| domain.name() == name);
    outcomes.sort_by_key(|o| (o.labels, place(&o.source), place(&o.target)));
    Ok(outcomes)
}

/// Runs the study on one standardised target with each of some sources.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range, or a target of too few rows; [`Error::Theory`] if a law is refused.
pub fn onto(
    name: &str,
    target: &Samples,
    sources: &[&StudySource],
    variant: Variant,
    config: &StudyConfig,
) -> Result<Vec<Outcome>> {
    config.check()?;
    let scenes = splits::scenes(target, variant, config)?;
    let prepared = scenes.iter().map(|s| scene::Prepared::new(s, sources, config)).collect::<Result<Vec<_>>>()?;
    let mut outcomes = Vec::new();
    for &labels in &config.labels {
        let mut measured = Vec::new();
        for scene in &prepared {
            measured.push(scene.at(labels, variant == Variant::AllRows)?);
        }
        for (s, source) in sources.iter().enumerate() {
            let choices = scene::average(measured.iter().flatten().map(|split| &split[s]));
            outcomes.push(Outcome { source: source.name.clone(), target: name.to_owned(), labels, choices });
        }
    }
    Ok(outcomes)
}
