//! Every choice on every split of one scene.

use alpha_rmt::sweep::{Spacing, spaced};
use nalgebra::DMatrix;
use rayon::prelude::*;

use super::splits::Scene;
use super::{Choice, JOINT_RIDGES, Measured, StudyConfig, StudySource, TARGET_RIDGES, with_given};
use crate::belief::{Prior, Transfer};
use crate::error::Result;
use crate::evidence::Evidence;
use crate::geometry::{Geometry, Metric};
use crate::kernel::{Kernel, Tuned};
use crate::samples::PublishedStatistics;
use crate::select::{self, Candidate, JointPick, Pick};
use crate::source_view::SourceView;
use crate::table1::Table1Config;

/// A source as the scene's target meets it.
struct Met {
    rows: usize,
    published: PublishedStatistics,
    /// w̃ of the grid in the eigenbasis of Σ.
    grid: Vec<Vec<f64>>,
    /// Trained at a ridge of its own choice.
    chosen: SourceView,
    /// First of its columns in the kernel: the grid, then its own choice.
    first: usize,
}

/// A scene with everything that no number of labels changes.
pub(super) struct Prepared<'a> {
    scene: &'a Scene,
    config: &'a StudyConfig,
    geometry: Geometry,
    coordinates: DMatrix<f64>,
    /// Of all labels of the rows that are seen.
    all: Evidence,
    kernel: Kernel,
    met: Vec<Met>,
}

/// A choice on one split.
pub(super) struct One {
    choice: Choice,
    alpha: Option<f64>,
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

/// α of the hindsight grid, rising.
fn alphas() -> Vec<f64> {
    std::iter::once(0.0).chain(spaced([0.02, 200.0], 60, Spacing::Log)).collect()
}

impl<'a> Prepared<'a> {
    pub fn new(scene: &'a Scene, sources: &[&StudySource], config: &'a StudyConfig) -> Result<Self> {
        let target = &scene.target;
        let geometry = Geometry::new(&target.features.select_columns(&scene.seen))?;
        let coordinates = geometry.rotate(&target.features)?;
        let mut columns = Vec::new();
        let mut met = Vec::new();
        for source in sources {
            let first = columns.len();
            columns.extend(source.grid.iter().chain([&source.chosen.weights]).cloned());
            let rotated = geometry.rotate(&DMatrix::from_columns(&source.grid))?;
            met.push(Met {
                rows: source.samples.rows(),
                published: PublishedStatistics::new(&source.samples, target)?,
                grid: rotated.column_iter().map(|w| w.as_slice().to_vec()).collect(),
                chosen: source.chosen.view(&source.samples, &geometry)?,
                first,
            });
        }
        let kernel = Kernel::new(target, &DMatrix::from_columns(&columns));
        let seen = target.labels.select_rows(&scene.seen);
        let all = Evidence::whole(&coordinates.select_columns(&scene.seen), seen.as_slice())?;
        Ok(Self { scene, config, geometry, coordinates, all, kernel, met })
    }

    /// Every split at one number of labels: for each, every source.
    pub fn at(&self, labels: usize, hindsight: bool) -> Result<Vec<Vec<Split>>> {
        let n = labels as f64;
        let ridges = with_given(self.config.target_ridge, &TARGET_RIDGES);
        let metrics = ridges.iter().map(|ridge| self.geometry.metric(n, *ridge)).collect::<Result<Vec<_>>>()?;
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
                // Statistics out of the formula's range leave that choice out.
                let form = alpha_rmt::source::SourceForm::Published;
                Ok(Before {
                    transfers: joint_ridges
                        .iter()
                        .map(|ridge| Transfer::new(&self.geometry, &met.chosen, n, *ridge, &prior))
                        .collect::<Result<_>>()?,
                    published: protocol.alpha_star(&met.published, self.scene.target.dimension(), form).ok(),
                    oracle: self.oracle(met, &metrics)?,
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
                        let choices = self.choices(met, before, &metrics[0], &evidence, &tuned, (train, test))?;
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

    fn oracle(&self, met: &Met, metrics: &[Metric]) -> Result<Oracle> {
        let law = |metric: &Metric, weights: &[f64]| metric.law(&select::forms(metric, weights, &self.all));
        let given = law(&metrics[0], &met.grid[0])?;
        let mut joint: Option<(usize, usize, Pick)> = None;
        for (g, weights) in met.grid.iter().enumerate() {
            for (t, metric) in metrics.iter().enumerate() {
                let pick = select::covariance(metric, weights, &self.all)?;
                if joint.is_none_or(|(_, _, best)| pick.expected > best.expected) {
                    joint = Some((g, t, pick));
                }
            }
        }
        let first = Pick { alpha: 1.0, expected: given.at(&[1.0])?.accuracy() };
        let weights = &met.grid[0];
        let mean: f64 = weights.iter().zip(&self.all.mean).map(|(w, m)| w * m).sum();
        let total: f64 = weights.iter().zip(self.geometry.eigenvalues()).map(|(w, s)| w * w * s).sum();
        Ok(Oracle {
            at: [given.at(&[0.0])?.accuracy(), first.expected],
            source_only: alpha_rmt::normal_cdf(mean / (total - mean * mean).max(f64::MIN_POSITIVE).sqrt()),
            joint: joint.unwrap_or((0, 0, first)),
        })
    }

    fn choices(
        &self,
        met: &Met,
        before: &Before,
        metric: &Metric,
        evidence: &Evidence,
        tuned: &[Tuned],
        (train, test): (&[usize], &[usize]),
    ) -> Result<Vec<One>> {
        let labels = &self.scene.target.labels;
        let (unit, column, weights) = (&tuned[0], met.first, met.grid[0].as_slice());
        let left_out = |tuned: &Tuned, source: usize| {
            DMatrix::from_columns(&[tuned.left_out.column(0), tuned.left_out.column(1 + source)])
        };
        let scores = self.kernel.source_scores().column(column);
        let correct = test.iter().filter(|&&i| scores[i] * labels[i] > 0.0).count();
        let one = |choice, alpha, accuracy, predicted| One { choice, alpha, accuracy, predicted, covered: None };
        let at = |choice, alpha: f64, predicted| {
            one(choice, Some(alpha), unit.accuracy(column, alpha, labels, test), predicted)
        };
        let picked = |choice, pick: Pick| at(choice, pick.alpha, Some(pick.expected));
        let Oracle { at: [at_0, at_1], source_only, joint: (g, t, best) } = before.oracle;
        let share = correct as f64 / test.len() as f64;
        let mut choices = vec![
            one(Choice::SourceOnly, None, share, Some(source_only)),
            at(Choice::Zero, 0.0, Some(at_0)),
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
            .transfers
            .iter()
            .zip(&predictions)
            .map(|(transfer, predictions)| Candidate { transfer, predictions })
            .collect();
        let JointPick { ridge, alpha, belief } = select::joint(&candidates, evidence, &seen)?;
        let accuracy = joint[ridge].accuracy(chosen, alpha, labels, test);
        let predicted = belief.accuracy(alpha);
        let covered = Some((predicted.low..=predicted.high).contains(&accuracy));
        choices.push(One { covered, ..one(Choice::Joint, Some(alpha), accuracy, Some(predicted.value)) });
        let accuracy = tuned[t].accuracy(column + g, best.alpha, labels, test);
        choices.push(one(Choice::Oracle, Some(best.alpha), accuracy, Some(best.expected)));
        Ok(choices)
    }
}

/// What is known of a source at one n before any label.
struct Before {
    /// At each of the joint choice's ridges.
    transfers: Vec<Transfer>,
    published: Option<f64>,
    oracle: Oracle,
}

/// Every choice over all splits.
pub(super) fn average<'s>(splits: impl Iterator<Item = &'s Split> + Clone) -> Vec<Measured> {
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
            alpha: mean(&|one| one.alpha),
            accuracy,
            standard_error: if n > 1.0 { (squares / (n * (n - 1.0))).sqrt() } else { 0.0 },
            predicted: mean(&|one| one.predicted),
            covered: mean(&|one| one.covered.map(|held| f64::from(u8::from(held)))),
        });
    }
    measured.extend(hindsight(splits));
    measured
}

/// The best of the hindsight grid at the given ridges, then of all of it.
fn hindsight<'s>(splits: impl Iterator<Item = &'s Split> + Clone) -> Vec<Measured> {
    let size = splits.clone().next().map_or(0, |split| split.grid.len());
    if size == 0 {
        return Vec::new();
    }
    let alphas = alphas();
    let n = splits.clone().count() as f64;
    let mut grid = vec![0.0; size];
    for split in splits.clone() {
        grid.iter_mut().zip(&split.grid).for_each(|(sum, x)| *sum += x / n);
    }
    let best = |choice, cells: std::ops::Range<usize>| {
        let at = cells.clone().max_by(|i, j| grid[*i].total_cmp(&grid[*j])).unwrap_or(cells.start);
        let squares: f64 = splits.clone().map(|split| (split.grid[at] - grid[at]).powi(2)).sum();
        Measured {
            choice,
            alpha: Some(alphas[at % alphas.len()]),
            accuracy: grid[at],
            standard_error: if n > 1.0 { (squares / (n * (n - 1.0))).sqrt() } else { 0.0 },
            predicted: None,
            covered: None,
        }
    };
    vec![best(Choice::BestAlpha, 0..alphas.len()), best(Choice::BestJoint, 0..size)]
}
