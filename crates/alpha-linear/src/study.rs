//! Which choice of α is best on the Amazon transfers: the honest selections, the frozen source, the published oracle and the
//! best in hindsight, on the same splits, plain accuracy.

use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::amazon::{Amazon, Domain};
use crate::belief::{Prior, Transfer};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::Geometry;
use crate::kernel::{Kernel, Tuned};
use crate::numpy_rng::NumpyRng;
use crate::samples::{PublishedStatistics, Samples};
use crate::select;
use crate::source_view::{SourceView, TrainedSource};
use crate::table1::Table1Config;

/// How the study is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StudyConfig {
    /// Numbers n of target labels, each at least 2.
    pub labels: Vec<usize>,
    /// Random splits per transfer and n.
    pub splits: usize,
    /// Seed of the splits.
    pub seed: u32,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self { labels: vec![20, 40, 100, 200], splits: 30, seed: 1 }
    }
}

/// A way to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// The frozen source, γ̃ = 1.
    SourceOnly,
    /// α = 0, γ = 1.
    Zero,
    /// α = 1, γ̃ = γ = 1.
    One,
    /// The paper's α*, whose statistics contain the test labels; γ̃ = γ = 1.
    Published,
    /// [`select::isotropic`], γ̃ = γ = 1.
    Isotropic,
    /// [`select::covariance`], γ̃ = γ = 1.
    Covariance,
    /// [`select::leave_one_out`], γ̃ = γ = 1.
    LeaveOneOut,
    /// [`select::joint`], with ridges of its own.
    Joint,
    /// The best α over all splits, γ̃ = γ = 1, in hindsight.
    BestAlpha,
    /// The best (γ̃, γ, α) over all splits, in hindsight.
    BestJoint,
}

impl Choice {
    /// All, in the order of [`Outcome::accuracies`].
    pub const ALL: [Self; 10] = [
        Self::SourceOnly,
        Self::Zero,
        Self::One,
        Self::Published,
        Self::Isotropic,
        Self::Covariance,
        Self::LeaveOneOut,
        Self::Joint,
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
            Self::BestAlpha => "best α",
            Self::BestJoint => "best (γ̃, γ, α)",
        }
    }
}

/// One transfer at one number of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Source domain.
    pub source: Domain,
    /// Target domain.
    pub target: Domain,
    /// n.
    pub labels: usize,
    /// Mean accuracy over the splits, for each of [`Choice::ALL`].
    pub accuracies: [f64; 10],
    /// Mean α that [`Choice::Joint`] chose.
    pub joint_alpha: f64,
    /// Mean accuracy that it predicted.
    pub joint_predicted: f64,
    /// Share of splits whose accuracy lay in the interval it predicted.
    pub joint_covered: f64,
    /// Accuracy at α = 1, γ̃ = γ = 1 by the general-covariance law from all of the target's labels.
    pub oracle_at_1: f64,
}

/// γ̃ of the hindsight grid; the second is Table 1's.
const SOURCE_RIDGES: [f64; 4] = [0.1, 1.0, 10.0, 100.0];
/// γ of the hindsight grid, the third being Table 1's.
const TARGET_RIDGES: [f64; 6] = [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0];
/// Positions of γ̃ = 1 and γ = 1 in them.
const UNIT: (usize, usize) = (1, 2);
/// γ̃ that a source may choose from for [`Choice::Joint`].
pub const JOINT_SOURCE_RIDGES: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// γ of [`Choice::Joint`], in units of the features' mean variance. The law at C = I wants it as large as can be (theory §8);
/// at other covariances the best ridge depends on how the mean lies in Σ, which few labels cannot tell.
pub const JOINT_RIDGE: f64 = 100.0;

/// A source as one target meets it.
struct Met {
    domain: Domain,
    published: PublishedStatistics,
    /// Ridge-trained at γ̃ = 1.
    unit: SourceView,
    /// Trained at a ridge of its own choice.
    chosen: SourceView,
}

/// Runs the study on the Amazon data: every transfer at every n.
///
/// # Errors
/// [`Error::Parameter`] for a configuration out of range; [`Error::Theory`] if a law is refused.
pub fn run(amazon: &Amazon, config: &StudyConfig) -> Result<Vec<Outcome>> {
    if config.splits == 0 || config.labels.iter().any(|n| *n < 2) || config.labels.is_empty() {
        return Err(Error::Parameter {
            name: "labels, splits",
            value: format!("{:?}, {}", config.labels, config.splits),
            allowed: "at least two labels and one split".to_owned(),
        });
    }
    let trained = Domain::ALL
        .par_iter()
        .map(|&domain| {
            let samples = amazon.samples(domain);
            let grid = SOURCE_RIDGES.map(|ridge| TrainedSource::new(samples, ridge));
            Ok((grid.into_iter().collect::<Result<Vec<_>>>()?, TrainedSource::best(samples, &JOINT_SOURCE_RIDGES)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut outcomes = Vec::new();
    for target in Domain::ALL {
        outcomes.extend(on_target(amazon, target, &trained, config)?);
    }
    outcomes.sort_by_key(|o| (o.labels, o.source as usize, o.target as usize));
    Ok(outcomes)
}

type Trained = (Vec<TrainedSource>, TrainedSource);

fn on_target(amazon: &Amazon, domain: Domain, trained: &[Trained], config: &StudyConfig) -> Result<Vec<Outcome>> {
    let target = amazon.samples(domain);
    let geometry = Geometry::new(&target.features)?;
    let coordinates = geometry.rotate(&target.features)?;
    let met = Domain::ALL
        .into_par_iter()
        .filter(|source| *source != domain)
        .map(|source| {
            let (samples, (grid, chosen)) = (amazon.samples(source), &trained[source as usize]);
            Ok(Met {
                domain: source,
                published: PublishedStatistics::new(samples, target)?,
                unit: grid[UNIT.0].view(samples, &geometry)?,
                chosen: chosen.view(samples, &geometry)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    // Columns: each source's grid, then its own choice.
    let columns: Vec<_> = met
        .iter()
        .flat_map(|m| {
            let (grid, chosen) = &trained[m.domain as usize];
            grid.iter().chain([chosen]).map(|t| t.weights.clone())
        })
        .collect();
    let kernel = Kernel::new(target, &DMatrix::from_columns(&columns));
    let mut rng = NumpyRng::seed(config.seed);
    let orders: Vec<Vec<usize>> = (0..config.splits)
        .map(|_| rng.permutation(target.rows() as u32).into_iter().map(|i| i as usize).collect())
        .collect();
    let study =
        TargetStudy { domain, target, geometry: &geometry, coordinates: &coordinates, kernel: &kernel, met: &met };
    let mut outcomes = Vec::new();
    for &labels in &config.labels {
        if labels >= target.rows() {
            let allowed = format!("below the target's {} rows", target.rows());
            return Err(Error::Parameter { name: "labels", value: labels.to_string(), allowed });
        }
        outcomes.extend(study.at(labels, &orders)?);
    }
    Ok(outcomes)
}

/// One target's part of the study.
struct TargetStudy<'a> {
    domain: Domain,
    target: &'a Samples,
    geometry: &'a Geometry,
    coordinates: &'a DMatrix<f64>,
    kernel: &'a Kernel,
    met: &'a [Met],
}

/// What one split says of one source.
struct Measured {
    /// The choices up to Joint.
    direct: [f64; 8],
    joint: [f64; 3],
    /// Accuracy on the hindsight grid: γ̃, γ, α.
    grid: Vec<f64>,
}

impl TargetStudy<'_> {
    fn at(&self, labels: usize, orders: &[Vec<usize>]) -> Result<Vec<Outcome>> {
        let n = labels as f64;
        let joint_ridge = JOINT_RIDGE * self.geometry.scale();
        let unit_metric = self.geometry.metric(n, TARGET_RIDGES[UNIT.1])?;
        let protocol = Table1Config { target_samples: labels, ..Table1Config::default() };
        let all = Evidence::whole(self.coordinates, self.target.labels.as_slice())?;
        let prior = Prior::default();
        let transfers = self
            .met
            .par_iter()
            .map(|met| Transfer::new(self.geometry, &met.chosen, n, joint_ridge, &prior))
            .collect::<Result<Vec<_>>>()?;
        let published = self
            .met
            .iter()
            .map(|met| protocol.alpha_star(&met.published, self.target.dimension(), SourceForm::Published))
            .collect::<Result<Vec<_>>>()?;
        let alphas: Vec<f64> = std::iter::once(0.0).chain(spaced([0.02, 200.0], 60, Spacing::Log)).collect();
        let ridges: Vec<f64> = TARGET_RIDGES.into_iter().chain([joint_ridge]).collect();

        let measured = orders
            .par_iter()
            .map(|order| {
                let (train, test) = order.split_at(labels);
                let evidence = Evidence::new(
                    &self.coordinates.select_columns(train),
                    self.target.labels.select_rows(train).as_slice(),
                )?;
                let tuned = self.kernel.tune(train, &ridges)?;
                (0..self.met.len())
                    .map(|s| {
                        let first = s * (SOURCE_RIDGES.len() + 1);
                        let labels_seen = self.target.labels.select_rows(train);
                        let share = |tuned: &Tuned, column: usize, alpha: f64| {
                            tuned.accuracy(column, alpha, &self.target.labels, test)
                        };
                        let unit = &tuned[UNIT.1];
                        let column = first + UNIT.0;
                        let view = &self.met[s].unit;
                        let left_out =
                            DMatrix::from_columns(&[unit.left_out.column(0), unit.left_out.column(1 + column)]);
                        let (alpha, belief) = select::joint(&transfers[s], &evidence);
                        let joint = share(&tuned[TARGET_RIDGES.len()], first + SOURCE_RIDGES.len(), alpha);
                        let predicted = belief.accuracy(alpha);
                        let scores = self.kernel.source_scores().column(column);
                        let source_correct = test.iter().filter(|&&i| scores[i] * self.target.labels[i] > 0.0).count();
                        let direct = [
                            source_correct as f64 / test.len() as f64,
                            share(unit, column, 0.0),
                            share(unit, column, 1.0),
                            share(unit, column, published[s]),
                            share(unit, column, select::isotropic(view, &evidence, TARGET_RIDGES[UNIT.1])?),
                            share(unit, column, select::covariance(&unit_metric, view, &evidence)?),
                            share(unit, column, select::leave_one_out(&left_out, &labels_seen)?),
                            joint,
                        ];
                        let grid = (0..SOURCE_RIDGES.len())
                            .flat_map(|g| tuned[..TARGET_RIDGES.len()].iter().map(move |t| (g, t)))
                            .flat_map(|(g, t)| alphas.iter().map(move |a| (g, t, *a)))
                            .map(|(g, t, alpha)| share(t, first + g, alpha))
                            .collect();
                        let covered = f64::from(u8::from((predicted.low..=predicted.high).contains(&joint)));
                        Ok(Measured { direct, joint: [alpha, predicted.value, covered], grid })
                    })
                    .collect::<Result<Vec<_>>>()
            })
            .collect::<Result<Vec<_>>>()?;

        let mean = |value: &dyn Fn(&[Measured]) -> f64| -> f64 {
            measured.iter().map(|split| value(split)).sum::<f64>() / measured.len() as f64
        };
        (0..self.met.len())
            .map(|s| {
                let grid: Vec<f64> = (0..measured[0][s].grid.len()).map(|i| mean(&|m| m[s].grid[i])).collect();
                let most = |cells: &[f64]| cells.iter().copied().fold(0.0, f64::max);
                let unit = (UNIT.0 * TARGET_RIDGES.len() + UNIT.1) * alphas.len();
                let mut accuracies = [0.0; 10];
                for (i, accuracy) in accuracies.iter_mut().enumerate().take(8) {
                    *accuracy = mean(&|m| m[s].direct[i]);
                }
                accuracies[8] = most(&grid[unit..unit + alphas.len()]);
                accuracies[9] = most(&grid);
                let [joint_alpha, joint_predicted, joint_covered] = [0, 1, 2].map(|i| mean(&|m| m[s].joint[i]));
                let oracle = unit_metric.law(&select::forms(&unit_metric, &self.met[s].unit, &all))?;
                Ok(Outcome {
                    source: self.met[s].domain,
                    target: self.domain,
                    labels,
                    accuracies,
                    joint_alpha,
                    joint_predicted,
                    joint_covered,
                    oracle_at_1: oracle.at(&[1.0])?.accuracy(),
                })
            })
            .collect()
    }
}
