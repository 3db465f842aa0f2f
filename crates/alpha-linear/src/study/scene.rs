//! Every choice on every split of one scene.

use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::total_covariance::{TotalCovariance, TotalEquivalent, frozen_accuracy};
use alpha_rmt::training::Training;
use nalgebra::DMatrix;
use rayon::prelude::*;

use super::splits::Scene;
use super::{Choice, Measured, SOURCE_RIDGES, StudyConfig, TARGET_RIDGES, Trained, with_given};
use crate::belief::{Prior, Scenarios};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::{form, total_covariance};
use crate::kernel::{Kernel, Tuned};
use crate::samples::{PublishedStatistics, share_right};
use crate::select::{self, Candidate, JOINT_RIDGES, JointPick, MOST, Pick};
use crate::source_view::SourceView;
use crate::table1::Table1Config;

/// A source as the scene's target meets it.
struct Met {
    rows: usize,
    /// `None` where they are out of the formula's range.
    published: Option<PublishedStatistics>,
    /// w̃ at the given γ̃ in the eigenbasis of Σ.
    given: Vec<f64>,
    /// w̃ of the grid in the eigenbasis of the oracle's Σ.
    grid: Vec<Vec<f64>>,
    /// Trained at a ridge of its own choice.
    chosen: SourceView,
    /// That ridge.
    ridge: f64,
    /// First of its columns in the kernel: the grid, then its own choice.
    first: usize,
}

/// A scene with everything that no number of labels changes.
pub(super) struct Prepared<'a> {
    scene: &'a Scene,
    config: &'a StudyConfig,
    geometry: TotalCovariance,
    coordinates: DMatrix<f64>,
    /// The oracle's Σ, of all rows, and what all labels say, those of the test included.
    whole: (TotalCovariance, Evidence),
    kernel: Kernel,
    met: Vec<Met>,
}

/// A choice on one split.
pub(super) struct One {
    choice: Choice,
    alpha: Option<f64>,
    ridges: [Option<f64>; 2],
    accuracy: f64,
    predicted: Option<f64>,
    covered: Option<bool>,
}

/// One source on one split.
pub(super) struct Split {
    choices: Vec<One>,
    /// Accuracy on the hindsight grid, γ̃, then γ, then α; empty without one.
    grid: Vec<f64>,
}

/// What the law from all labels says of one source at one n.
struct Oracle {
    /// Accuracy at α = 0 and 1 at the given ridges.
    at: [f64; 2],
    source_only: f64,
    /// Place of γ̃ and of γ in their grids, α, and the accuracy.
    joint: (usize, usize, Pick),
}

/// Statistics out of the formula's range leave that choice out; nothing else does.
fn in_range<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Theory(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// α of the hindsight grid, rising.
fn alphas() -> Vec<f64> {
    std::iter::once(0.0).chain(spaced([0.02, 200.0], 60, Spacing::Log)).collect()
}

impl<'a> Prepared<'a> {
    pub fn new(scene: &'a Scene, sources: &[&Trained], config: &'a StudyConfig) -> Result<Self> {
        let target = &scene.target;
        let geometry = total_covariance(&target.features.select_columns(&scene.seen))?;
        let coordinates = geometry.rotate(&target.features)?;
        let all_seen = scene.seen.len() == target.rows();
        let whole = if all_seen { geometry.clone() } else { total_covariance(&target.features)? };
        let mut columns = Vec::new();
        let mut met = Vec::new();
        for source in sources {
            let first = columns.len();
            columns.extend(source.grid.iter().chain([&source.chosen.weights]).cloned());
            let given = geometry.rotate(&DMatrix::from_columns(&source.grid[..1]))?;
            let rotated = whole.rotate(&DMatrix::from_columns(&source.grid))?;
            met.push(Met {
                rows: source.samples.rows(),
                published: in_range(PublishedStatistics::new(&source.samples, target))?,
                given: given.as_slice().to_vec(),
                grid: rotated.column_iter().map(|w| w.as_slice().to_vec()).collect(),
                chosen: source.chosen.view(&source.samples, &geometry)?,
                ridge: source.chosen.ridge,
                first,
            });
        }
        let kernel = Kernel::new(target, &DMatrix::from_columns(&columns));
        let all = Evidence::whole(&whole.rotate(&target.features)?, target.labels.as_slice())?;
        Ok(Self { scene, config, geometry, coordinates, whole: (whole, all), kernel, met })
    }

    /// Every split at one number of labels: for each, every source.
    pub fn at(&self, labels: usize, hindsight: bool) -> Result<Vec<Vec<Split>>> {
        let n = labels as f64;
        let ridges = with_given(self.config.target_ridge, &TARGET_RIDGES);
        let metric = self.geometry.at(Training { samples: n, ridge: self.config.target_ridge })?;
        let known = ridges
            .iter()
            .map(|ridge| Ok(self.whole.0.at(Training { samples: n, ridge: *ridge })?))
            .collect::<Result<Vec<_>>>()?;
        let joint_ridges = JOINT_RIDGES.map(|ridge| ridge * self.geometry.scale());
        let prior = Prior::default();
        let before = self
            .met
            .par_iter()
            .map(|met| {
                let protocol = Table1Config {
                    source_samples: met.rows,
                    target_samples: labels,
                    source_ridge: self.config.source_ridge,
                    target_ridge: self.config.target_ridge,
                    ..Table1Config::default()
                };
                let star = |statistics: &PublishedStatistics| {
                    let dimension = self.scene.target.dimension();
                    in_range(protocol.alpha_star(statistics, dimension, SourceForm::Published))
                };
                Ok(Before {
                    scenarios: joint_ridges
                        .iter()
                        .map(|ridge| Scenarios::new(&self.geometry, &met.chosen, n, *ridge, &prior))
                        .collect::<Result<_>>()?,
                    published: met.published.as_ref().map(star).transpose()?.flatten(),
                    oracle: self.oracle(met, &known)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let all_ridges: Vec<f64> = ridges.iter().copied().chain(joint_ridges).collect();
        let alphas = alphas();
        (0..self.scene.orders.len())
            .into_par_iter()
            .map(|split| {
                let (train, test) = self.scene.split(split, labels);
                let target_labels = &self.scene.target.labels;
                let seen = target_labels.select_rows(train);
                let evidence = Evidence::new(&self.coordinates.select_columns(train), seen.as_slice())?;
                let tuned = self.kernel.tune(train, &all_ridges)?;
                self.met
                    .iter()
                    .zip(&before)
                    .map(|(met, before)| {
                        let choices = self.choices(met, before, &metric, &evidence, &tuned, (train, test))?;
                        let mut grid = Vec::new();
                        if hindsight {
                            for g in 0..met.grid.len() {
                                for tuned in &tuned[..ridges.len()] {
                                    grid.extend(tuned.accuracies(met.first + g, &alphas, target_labels, test));
                                }
                            }
                        }
                        Ok(Split { choices, grid })
                    })
                    .collect()
            })
            .collect()
    }

    fn oracle(&self, met: &Met, metrics: &[TotalEquivalent]) -> Result<Oracle> {
        let (geometry, all) = &self.whole;
        let law = |metric: &TotalEquivalent, weights: &[f64]| metric.law(&select::forms(metric, weights, all));
        let given = law(&metrics[0], &met.grid[0])?;
        let mut joint: Option<(usize, usize, Pick)> = None;
        for (g, weights) in met.grid.iter().enumerate() {
            for (t, metric) in metrics.iter().enumerate() {
                let pick = select::covariance(metric, weights, all)?;
                if joint.is_none_or(|(_, _, best)| pick.expected > best.expected) {
                    joint = Some((g, t, pick));
                }
            }
        }
        let first = Pick { alpha: 1.0, expected: given.at(&[1.0])?.accuracy() };
        let weights = &met.grid[0];
        let total: f64 = weights.iter().zip(geometry.eigenvalues()).map(|(w, s)| w * w * s).sum();
        Ok(Oracle {
            at: [given.at(&[0.0])?.accuracy(), first.expected],
            source_only: frozen_accuracy(form(weights, &all.mean), total),
            joint: joint.unwrap_or((0, 0, first)),
        })
    }

    fn choices(
        &self,
        met: &Met,
        before: &Before,
        metric: &TotalEquivalent,
        evidence: &Evidence,
        tuned: &[Tuned],
        (train, test): (&[usize], &[usize]),
    ) -> Result<Vec<One>> {
        let labels = &self.scene.target.labels;
        let (unit, column, weights) = (&tuned[0], met.first, met.given.as_slice());
        let left_out = |tuned: &Tuned, source: usize| {
            DMatrix::from_columns(&[tuned.left_out.column(0), tuned.left_out.column(1 + source)])
        };
        let scores = self.kernel.source_scores().column(column);
        let share = share_right(test.iter().map(|&i| (scores[i], labels[i])));
        let StudyConfig { source_ridge, target_ridge, .. } = *self.config;
        let ridges = [Some(source_ridge), Some(target_ridge)];
        let one =
            |choice, alpha, accuracy, predicted| One { choice, alpha, ridges, accuracy, predicted, covered: None };
        let at = |choice, alpha: f64, predicted| {
            one(choice, Some(alpha), unit.accuracy(column, alpha, labels, test), predicted)
        };
        let picked = |choice, pick: Pick| at(choice, pick.alpha, Some(pick.expected));
        let Oracle { at: [at_0, at_1], source_only, joint: (g, t, best) } = before.oracle;
        let mut choices = vec![
            One { ridges: [ridges[0], None], ..one(Choice::SourceOnly, None, share, Some(source_only)) },
            One { ridges: [None, ridges[1]], ..at(Choice::Zero, 0.0, Some(at_0)) },
            at(Choice::One, 1.0, Some(at_1)),
        ];
        choices.extend(before.published.map(|alpha| at(Choice::Published, alpha, None)));
        let seen = labels.select_rows(train);
        let isotropic = select::isotropic(weights, evidence, self.config.target_ridge)?;
        choices.push(picked(Choice::Isotropic, isotropic));
        choices.push(picked(Choice::Covariance, select::covariance(metric, weights, evidence)?));
        choices.push(picked(Choice::LeaveOneOut, select::leave_one_out(&left_out(unit, column), &seen)?));
        let chosen = column + met.grid.len();
        let joint = &tuned[tuned.len() - JOINT_RIDGES.len()..];
        let predictions: Vec<DMatrix<f64>> = joint.iter().map(|tuned| left_out(tuned, chosen)).collect();
        let candidates: Vec<Candidate<'_>> = before
            .scenarios
            .iter()
            .zip(&predictions)
            .map(|(scenarios, predictions)| Candidate { scenarios, predictions })
            .collect();
        let JointPick { ridge, alpha, posterior } = select::joint(&candidates, evidence, &seen)?;
        let accuracy = joint[ridge].accuracy(chosen, alpha, labels, test);
        let predicted = posterior.accuracy(alpha);
        let covered = Some((predicted.low..=predicted.high).contains(&accuracy));
        let scale = self.geometry.scale();
        let ridges = [Some(met.ridge), Some(JOINT_RIDGES[ridge] * scale)];
        choices.push(One { covered, ridges, ..one(Choice::Joint, Some(alpha), accuracy, Some(predicted.value)) });
        let accuracy = tuned[t].accuracy(column + g, best.alpha, labels, test);
        let ridges = grid_ridges(self.config, g, t);
        choices.push(One { ridges, ..one(Choice::Oracle, Some(best.alpha), accuracy, Some(best.expected)) });
        Ok(choices)
    }
}

/// γ̃ and γ at these places of the grids.
fn grid_ridges(config: &StudyConfig, source: usize, target: usize) -> [Option<f64>; 2] {
    [
        with_given(config.source_ridge, &SOURCE_RIDGES).get(source).copied(),
        with_given(config.target_ridge, &TARGET_RIDGES).get(target).copied(),
    ]
}

/// What is known of a source at one n before any label.
struct Before {
    /// At each of the joint choice's ridges.
    scenarios: Vec<Scenarios>,
    published: Option<f64>,
    oracle: Oracle,
}

/// Every choice over all splits.
pub(super) fn average<'s>(splits: impl Iterator<Item = &'s Split> + Clone, config: &StudyConfig) -> Vec<Measured> {
    let mut measured = Vec::new();
    for choice in Choice::ALL {
        let ones: Vec<&One> = splits.clone().flat_map(|s| &s.choices).filter(|one| one.choice == choice).collect();
        if ones.is_empty() {
            continue;
        }
        let n = ones.len() as f64;
        let mean = |value: &dyn Fn(&One) -> Option<f64>| -> Option<f64> {
            ones.iter().map(|one| value(one)).sum::<Option<f64>>().map(|sum| sum / n)
        };
        let accuracy = ones.iter().map(|one| one.accuracy).sum::<f64>() / n;
        let squares: f64 = ones.iter().map(|one| (one.accuracy - accuracy).powi(2)).sum();
        measured.push(Measured {
            choice,
            alpha: median(&ones, |one| one.alpha),
            mean_alpha: mean(&|one| one.alpha),
            infinite: ones.iter().filter(|one| one.alpha.is_some_and(|alpha| alpha.abs() >= MOST)).count(),
            source_ridge: median(&ones, |one| one.ridges[0]),
            target_ridge: median(&ones, |one| one.ridges[1]),
            accuracy,
            standard_error: if n > 1.0 { (squares / (n * (n - 1.0))).sqrt() } else { 0.0 },
            predicted: mean(&|one| one.predicted),
            covered: mean(&|one| one.covered.map(|held| f64::from(u8::from(held)))),
        });
    }
    measured.extend(hindsight(splits, config));
    measured
}

/// The median over the splits; `None` if one of them has no value.
fn median(ones: &[&One], value: impl Fn(&One) -> Option<f64>) -> Option<f64> {
    let mut values = ones.iter().map(|one| value(one)).collect::<Option<Vec<f64>>>()?;
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(low + (high - low) / 2.0)
}

/// The best of the hindsight grid at the given ridges, then of all of it.
fn hindsight<'s>(splits: impl Iterator<Item = &'s Split> + Clone, config: &StudyConfig) -> Vec<Measured> {
    let size = splits.clone().next().map_or(0, |split| split.grid.len());
    if size == 0 {
        return Vec::new();
    }
    let alphas = alphas();
    let targets = with_given(config.target_ridge, &TARGET_RIDGES).len();
    let n = splits.clone().count() as f64;
    let mut grid = vec![0.0; size];
    for split in splits.clone() {
        grid.iter_mut().zip(&split.grid).for_each(|(sum, x)| *sum += x / n);
    }
    let best = |choice, cells: std::ops::Range<usize>| {
        let at = cells.clone().max_by(|i, j| grid[*i].total_cmp(&grid[*j])).unwrap_or(cells.start);
        let squares: f64 = splits.clone().map(|split| (split.grid[at] - grid[at]).powi(2)).sum();
        let alpha = Some(alphas[at % alphas.len()]);
        let place = at / alphas.len();
        let [source_ridge, target_ridge] = grid_ridges(config, place / targets, place % targets);
        Measured {
            choice,
            alpha,
            mean_alpha: alpha,
            infinite: 0,
            source_ridge,
            target_ridge,
            accuracy: grid[at],
            standard_error: if n > 1.0 { (squares / (n * (n - 1.0))).sqrt() } else { 0.0 },
            predicted: None,
            covered: None,
        }
    };
    vec![best(Choice::BestAlpha, 0..alphas.len()), best(Choice::BestJoint, 0..size)]
}
