//! What the theory says of a K-class problem, and what a simulation measures beside it.

use serde::Serialize;

use super::decision::ClassDecision;
use super::law::ClassLaw;
use super::region::Probability;
use super::search::{self, minimise};
use super::simulation::{Problem, Run};
use crate::check::{positive, require, vector};
use crate::error::{Error, Result};
use crate::law::Optimum;
use crate::problem::{Best, Compared, SourceReport, TunedReport, Worth};
use crate::training::Training;
use crate::tuning::RidgeRange;

/// What the theory says of a K-class problem at given weights, or at the best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// The best weights.
    pub optimum: Best,
    /// The weights α at which the next five values are taken; `None` where they are taken at an optimum at infinity.
    pub weights: Option<Vec<f64>>,
    /// Share of the target's test samples that are given a wrong class.
    pub error_rate: f64,
    /// 1 − the error rate.
    pub accuracy: f64,
    /// Bound of the numerical error of both: of the quadrature or lattice rule, not of the theory.
    pub numerical_error: f64,
    /// Share of the samples of each class that are given it.
    pub class_accuracies: Vec<f64>,
    /// For each class, the shares of its samples that are given each class.
    pub confusion: Vec<Vec<f64>>,
    /// Accuracy of the target alone, all weights 0.
    pub accuracy_at_0: Option<f64>,
    /// Accuracy of usual fine-tuning, all weights 1.
    pub accuracy_at_1: Option<f64>,
    /// Accuracy at the best weights.
    pub accuracy_at_optimum: f64,
    /// The sources as they are.
    pub sources: Vec<SourceReport>,
    /// What each source is worth; one entry a source.
    pub contributions: Vec<Worth>,
}

/// Numerical error of the accuracy of one simulated run, far below what runs differ by.
const OF_A_RUN: f64 = 1e-4;
/// Ridges that are tried, in equal ratios, before the best is refined.
const RIDGES: usize = 17;

impl Problem {
    /// What the theory says at weights α, or at the best ones.
    ///
    /// # Errors
    /// As [`Problem::target`] and [`Target::law`](super::Target::law); [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is
    /// not finite; [`Error::Variance`] where all scores are 0.
    pub fn report(&self, weights: Option<&[f64]>) -> Result<ClassReport> {
        if let Some(weights) = weights {
            vector("weights", weights, self.sources.len())?;
        }
        let target = self.target()?;
        let law = target.law(self.training)?;
        let optimum = law.optimum()?;
        let best = law.at_optimum(&optimum)?.accuracy()?;
        let here = weights.map_or_else(|| optimum.clone(), |weights| Optimum::Finite(weights.to_vec()));
        let decision = law.at_optimum(&here)?;
        let Probability { value: accuracy, complement, error } = decision.accuracy()?;
        let confusion = decision.confusion()?.probabilities;
        let value = |decision: ClassDecision| Ok(defined(decision.accuracy())?.map(|accuracy| accuracy.value));
        let all = |weight| value(law.at(&vec![weight; law.sources()])?);
        Ok(ClassReport {
            optimum: Best::from(&optimum),
            weights: (here.direction().0 != 0.0).then(|| here.direction().1.to_vec()),
            error_rate: complement,
            accuracy,
            numerical_error: error,
            class_accuracies: decision.class_accuracies()?.iter().map(|own| own.value).collect(),
            confusion: confusion.row_iter().map(|row| row.iter().copied().collect()).collect(),
            accuracy_at_0: all(0.0)?,
            accuracy_at_1: all(1.0)?,
            accuracy_at_optimum: best.value,
            sources: (0..law.sources())
                .map(|i| Ok(SourceReport { accuracy: value(target.source(i)?)? }))
                .collect::<Result<_>>()?,
            contributions: worth(&law, &here, accuracy, best.value)?,
        })
    }

    /// The best ridge of the target within a range, with the best weights at it.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a range that is not positive or not in order; otherwise as [`Problem::report`].
    pub fn tuned(&self, range: RidgeRange) -> Result<TunedReport> {
        let least = positive("least target-ridge", range.least)?;
        let most = require("largest target-ridge", range.most, range.most >= least, "finite and not below the least")?;
        let target = self.target()?;
        let at = |log: f64| Training { ridge: log.exp().clamp(least, most), ..self.training };
        let log_error = |log: f64| search::least_log_error(&target.law(at(log))?);
        let (from, to) = (least.ln(), most.ln());
        let place = |i: usize| from + (to - from) * i as f64 / (RIDGES - 1) as f64;
        let tried: Vec<f64> = (0..RIDGES).map(|i| log_error(place(i))).collect::<Result<_>>()?;
        let first = (0..RIDGES).min_by(|i, j| tried[*i].total_cmp(&tried[*j])).unwrap_or(0);
        let inside = |log: f64| log_error(log).unwrap_or(f64::INFINITY);
        let (below, above) = (place(first.saturating_sub(1)), place((first + 1).min(RIDGES - 1)));
        // Log ridges to 1e-4: the error rate is flat there.
        let (log, value) = minimise(inside, [below, above], (place(first), tried[first]), 1e-4);
        let log = if value < tried[first] { log } else { place(first) };
        let end = |i: usize| first == i && log == place(i);
        let law = target.law(at(log))?;
        let optimum = law.optimum()?;
        let accuracy = law.at_optimum(&optimum)?.accuracy()?.value;
        let end_of_range = if end(0) { Some("least") } else { end(RIDGES - 1).then_some("most") };
        let target_ridge = at(log).ridge;
        Ok(TunedReport { target_ridge, optimum: Best::from(&optimum), accuracy, end_of_range, range: [least, most] })
    }

    /// Simulates `runs` runs and sets them beside the values of a report of this problem: the accuracies at its weights, of each class
    /// too, at 0, 1 and the optimum, and those of the sources.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 2 runs; otherwise as [`Problem::simulated`].
    pub fn compare(&self, report: &ClassReport, runs: u64, seed: u64) -> Result<Vec<Compared>> {
        require("runs", runs as f64, runs >= 2, "at least 2")?;
        let Best { target, weights, .. } = &report.optimum;
        let best = (*target, weights.clone());
        let here = report.weights.clone().map_or(best.clone(), |weights| (1.0, weights));
        let all = |weight| (1.0, vec![weight; self.sources.len()]);
        let own: Vec<(String, f64)> = report
            .class_accuracies
            .iter()
            .enumerate()
            .map(|(c, own)| (format!("class_accuracies[{c}]"), *own))
            .collect();
        let rows: Vec<(String, Option<f64>)> = std::iter::once(("accuracy".to_owned(), Some(report.accuracy)))
            .chain(own.into_iter().map(|(name, own)| (name, Some(own))))
            .chain([
                ("accuracy_at_0".to_owned(), report.accuracy_at_0),
                ("accuracy_at_1".to_owned(), report.accuracy_at_1),
                ("accuracy_at_optimum".to_owned(), Some(report.accuracy_at_optimum)),
            ])
            .chain(
                report
                    .sources
                    .iter()
                    .enumerate()
                    .map(|(i, source)| (format!("sources[{i}].accuracy"), source.accuracy)),
            )
            .collect();
        let shares = self.classes.shares();
        let measured = |run: &Run| -> Result<Vec<f64>> {
            let at = |(target, weights): &(f64, Vec<f64>)| {
                run.law.decision(|i, _| if i == 0 { *target } else { weights[i - 1] }, *target)
            };
            let classes = |decision: ClassDecision| -> Result<Vec<f64>> {
                Ok(decision.class_accuracies_to(OF_A_RUN)?.iter().map(|own| own.value).collect())
            };
            let average = |own: &[f64]| own.iter().zip(shares).map(|(own, share)| own * share).sum::<f64>();
            let whole = |decision: ClassDecision| Ok(defined(classes(decision))?.map_or(0.0, |own| average(&own)));
            let own = classes(at(&here)?)?;
            let mut values = vec![average(&own)];
            values.extend(own);
            for weights in [&all(0.0), &all(1.0), &best] {
                values.push(if *weights == here { values[0] } else { whole(at(weights)?)? });
            }
            for source in &run.sources {
                values.push(whole(source.clone())?);
            }
            Ok(values)
        };
        let moments = self.simulate(runs, seed, rows.len(), measured)?;
        let compared = rows.into_iter().zip(moments);
        let p = self.classes.dimension();
        Ok(compared.filter_map(|((name, theory), moments)| Some(Compared::new(name, theory?, moments, p))).collect())
    }
}

/// What each source is worth at these weights, where the accuracy is `accuracy`, and at the best.
fn worth(law: &ClassLaw, here: &Optimum, accuracy: f64, best: f64) -> Result<Vec<Worth>> {
    let (own, weights) = here.direction();
    let worth = |index: usize| {
        let others = law.without(index)?;
        let mut kept = weights.to_vec();
        kept.remove(index);
        let without = others.decision(|i, _| if i == 0 { own } else { kept[i - 1] }, own)?;
        let accuracy_without = defined(without.accuracy())?.map(|without| without.value);
        Ok(Worth {
            accuracy,
            accuracy_without,
            best,
            best_without: others.at_optimum(&others.optimum()?)?.accuracy()?.value,
            hurts: accuracy_without.map(|without| without > accuracy),
        })
    };
    (0..law.sources()).map(worth).collect()
}

/// `None` where the scores do not depend on the sample.
fn defined<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Variance { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
