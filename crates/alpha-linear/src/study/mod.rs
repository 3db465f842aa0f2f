//! Which choice of α is best, measured: the honest selections, the frozen source, the published oracle, the oracle's joint
//! choice and the best in hindsight, on the same splits, plain accuracy.

mod scene;
mod splits;

use alpha_rmt::ridge::Ridge;
use nalgebra::DVector;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::amazon::{Amazon, Domain};
use crate::error::{Error, Result, at_least, positive, splits_allowed};
use crate::samples::Samples;
use crate::select::{JOINT_SOURCE_RIDGES, MOST};
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
    /// Whether the target's units, which are then the sources', are kept: it is not standardised.
    pub keep_units: bool,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self {
            labels: vec![20, 40, 100, 200],
            splits: 30,
            seed: 1,
            source_ridge: 1.0,
            target_ridge: 1.0,
            keep_units: false,
        }
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
    /// [`crate::select::Selection::Isotropic`], at the given ridges.
    Isotropic,
    /// [`crate::select::Selection::Covariance`], at the given ridges.
    Covariance,
    /// [`crate::select::Selection::LeaveOneOut`], at the given ridges.
    LeaveOneOut,
    /// [`crate::select::Selection::Joint`], with ridges of its own.
    Joint,
    /// (γ̃, γ, α) by the general-covariance law from all of the target's rows and labels, those of the test included.
    /// It takes their mean for the truth: with [`Variant::HeldOut`], where labels and test do not share it, that is no bound.
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
    /// Median α over the splits; `None` where there is no α.
    pub alpha: Option<f64>,
    /// Mean α. Where some are infinite it means nothing.
    #[serde(skip)]
    pub mean_alpha: Option<f64>,
    /// Splits whose α is infinite, which stands as ±10⁶: the target's labels count for nothing.
    #[serde(rename = "alpha_infinite")]
    pub infinite: usize,
    /// γ̃, the median over the splits; `None` where the source is not used.
    pub source_ridge: Option<f64>,
    /// γ, the median over the splits; `None` for the frozen source.
    pub target_ridge: Option<f64>,
    /// Test accuracy.
    pub accuracy: f64,
    /// Its standard error over the splits.
    pub standard_error: f64,
    /// Mean of what was predicted for it: by the law and estimates that it was chosen with; for the frozen source, α = 0, 1
    /// and the oracle's choice by the general-covariance law from all of the target's rows and labels. `None` without a law.
    pub predicted: Option<f64>,
    /// Share of splits whose accuracy lay in the interval predicted; `None` without an interval.
    pub covered: Option<f64>,
}

impl Measured {
    /// Whether an α is the one that stands for infinity.
    pub fn is_infinite(&self, alpha: f64) -> bool {
        alpha.abs() >= MOST
    }
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

/// The given ridge, then those of a grid.
fn with_given(given: f64, grid: &[f64]) -> Vec<f64> {
    std::iter::once(given).chain(grid.iter().copied().filter(|ridge| *ridge != given)).collect()
}

/// A source of the study with what was trained on it.
#[derive(Debug, Clone)]
struct Trained {
    name: String,
    samples: Samples,
    /// w̃ at each of [`with_given`].
    grid: Vec<DVector<f64>>,
    chosen: TrainedSource,
}

impl Trained {
    fn new(name: String, samples: Samples, config: &StudyConfig) -> Result<Self> {
        samples.check_classes("source")?;
        let grid = with_given(config.source_ridge, &SOURCE_RIDGES)
            .into_par_iter()
            .map(|ridge| Ok(Ridge::new(samples.features.clone(), ridge)?.classifier(&samples.labels)?))
            .collect::<Result<_>>()?;
        let chosen = TrainedSource::best(&samples, &JOINT_SOURCE_RIDGES)?;
        Ok(Self { name, samples, grid, chosen })
    }
}

impl StudyConfig {
    /// Refuses a value out of range.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming it.
    pub fn check(&self) -> Result<()> {
        if self.labels.is_empty() {
            return Err(Error::parameter("target-samples", "none", "at least one number"));
        }
        self.labels.iter().try_for_each(|labels| at_least("target-samples", 2, *labels))?;
        splits_allowed(self.splits)?;
        positive("source-ridge", self.source_ridge)?;
        positive("target-ridge", self.target_ridge)
    }
}

/// Sources with what was trained on them, to be met by one target after the other.
///
/// ```
/// use alpha_linear::digits::{Digits, Pair};
/// use alpha_linear::study::{Choice, Study, StudyConfig, Variant};
/// let (mut source, target) = Digits::load().transfer(&Pair::default());
/// source.standardise();
/// let config = StudyConfig { labels: vec![20], splits: 4, ..StudyConfig::default() };
/// let study = Study::new(config, [("6/8".to_owned(), source)])?;
/// let outcome = study.onto("5/9", &target, Variant::AllRows)?.remove(0);
/// let accuracy = |choice| outcome.get(choice).map(|measured| measured.accuracy);
/// assert!(accuracy(Choice::Joint) > accuracy(Choice::SourceOnly));
/// # Ok::<(), alpha_linear::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Study {
    config: StudyConfig,
    sources: Vec<Trained>,
}

impl Study {
    /// Trains sources, by their names, on standardised samples (or on samples in the target's units, where those are kept).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a configuration out of range; [`Error::Data`] for a source without one of the classes;
    /// [`Error::Theory`] if its samples are refused.
    pub fn new(config: StudyConfig, sources: impl IntoIterator<Item = (String, Samples)>) -> Result<Self> {
        config.check()?;
        let sources: Vec<_> = sources.into_iter().collect();
        let trained = sources.into_par_iter().map(|(name, samples)| Trained::new(name, samples, &config));
        Ok(Self { sources: trained.collect::<Result<_>>()?, config })
    }

    /// The four domains of the reviews as sources.
    ///
    /// # Errors
    /// As [`Study::new`].
    pub fn of_amazon(config: StudyConfig, amazon: &Amazon) -> Result<Self> {
        Self::new(config, Domain::ALL.map(|domain| (domain.name().to_owned(), amazon.samples(domain).clone())))
    }

    /// Every source onto one target, at every n: ordered by n, then by source.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more labels than the target has; [`Error::Data`] for a target without one of the classes or
    /// with other features than the sources; [`Error::Theory`] if a law is refused.
    pub fn onto(&self, name: &str, target: &Samples, variant: Variant) -> Result<Vec<Outcome>> {
        self.run(name, target, &self.sources.iter().collect::<Vec<_>>(), variant)
    }

    /// Every domain of the reviews as a target of the sources with other names: ordered by n, source and target.
    ///
    /// # Errors
    /// As [`Study::onto`].
    pub fn onto_amazon(&self, amazon: &Amazon, variant: Variant) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for target in Domain::ALL {
            let others: Vec<&Trained> = self.sources.iter().filter(|source| source.name != target.name()).collect();
            outcomes.extend(self.run(target.name(), amazon.samples(target), &others, variant)?);
        }
        let place = |name: &str| Domain::ALL.iter().position(|domain| domain.name() == name);
        outcomes.sort_by_key(|o| (o.labels, place(&o.source), place(&o.target)));
        Ok(outcomes)
    }

    fn run(&self, name: &str, target: &Samples, sources: &[&Trained], variant: Variant) -> Result<Vec<Outcome>> {
        target.check_classes("target")?;
        if let Some(other) = sources.iter().find(|source| source.samples.dimension() != target.dimension()) {
            let reason =
                format!("{} features, those of {} are {}", target.dimension(), other.name, other.samples.dimension());
            return Err(Error::Data { what: "target", reason });
        }
        let scenes = splits::scenes(target, variant, &self.config)?;
        let prepared =
            scenes.iter().map(|s| scene::Prepared::new(s, sources, &self.config)).collect::<Result<Vec<_>>>()?;
        let mut outcomes = Vec::new();
        for &labels in &self.config.labels {
            let mut measured = Vec::new();
            for scene in &prepared {
                measured.push(scene.at(labels, variant == Variant::AllRows)?);
            }
            for (s, source) in sources.iter().enumerate() {
                let choices = scene::average(measured.iter().flatten().map(|split| &split[s]), &self.config);
                outcomes.push(Outcome { source: source.name.clone(), target: name.to_owned(), labels, choices });
            }
        }
        Ok(outcomes)
    }
}
