//! What the runs of a study come to.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Result;
use crate::paired::{Paired, compare};
use crate::study::predictions::Predictions;
use crate::study::{Plan, Planned, Status, Variant};
use crate::training::{Evaluation, Rule, RunRecord, files};

/// The rules by which a step is chosen, in the order of the tables, and what they mean.
pub const READINGS: [(Rule, &str); 3] = [
    (Rule::BestOnDev, "the best step on the evaluation file itself, as the paper reports it: this flatters"),
    (Rule::Last, "the last step"),
    (Rule::Selected, "the step that rows held out from training choose"),
];

/// The complete runs of a study.
#[derive(Debug, Default)]
pub struct Collected {
    complete: Vec<(Planned, RunRecord, Predictions)>,
    missing: Vec<String>,
    /// The plan's, in its order, whatever is complete: the first method is what the others stand beside.
    tasks: Vec<String>,
    methods: Vec<Variant>,
}

/// The accuracy of a method on a task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    /// The rule that chooses the step.
    pub reading: Rule,
    /// The task's name.
    pub task: String,
    /// The method.
    pub method: Variant,
    /// Rows of the evaluation file.
    pub rows: usize,
    /// Runs.
    pub seeds: usize,
    /// Mean over the runs, in percent.
    pub mean: f64,
    /// Population standard deviation over the runs, as the paper's are, in points.
    pub deviation: f64,
}

/// A method beside the first one of the plan, on the same rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// The rule that chooses the step.
    pub reading: Rule,
    /// The task's name.
    pub task: String,
    /// The first method of the plan.
    pub first: Variant,
    /// The other.
    pub second: Variant,
    /// The seed of both runs; none for all seeds together.
    pub seed: Option<u64>,
    /// How much more accurate the second is, in points.
    pub gap: f64,
    /// The test.
    pub test: Paired,
}

impl Collected {
    /// Reads every complete run of a plan.
    ///
    /// # Errors
    /// [`crate::Error::OtherSettings`] for a run that is not the plan's; errors of its files.
    pub fn read(plan: &Plan, out: &Path) -> Result<Self> {
        let mut collected = Self::default();
        for run in &plan.runs {
            if !collected.tasks.iter().any(|task| task == run.task()) {
                collected.tasks.push(run.task().to_owned());
            }
            if !collected.methods.contains(&run.method) {
                collected.methods.push(run.method);
            }
            if run.status(out)? != Status::Complete {
                collected.missing.push(run.name.clone());
                continue;
            }
            let folder = run.folder(out);
            let record = RunRecord::read(&folder.join(files::RECORD))?;
            collected.complete.push((run.clone(), record, Predictions::read(&folder)?));
        }
        Ok(collected)
    }

    /// The runs that are not complete.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The records of the complete runs.
    pub fn records(&self) -> impl Iterator<Item = &RunRecord> {
        self.complete.iter().map(|(_, record, _)| record)
    }

    fn of(&self, task: &str, method: Variant) -> impl Iterator<Item = &(Planned, RunRecord, Predictions)> {
        self.complete.iter().filter(move |(run, ..)| run.task() == task && run.method == method)
    }

    /// Means and deviations: for each reading, task and method that there is.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (reading, _) in READINGS {
            for task in &self.tasks {
                for &method in &self.methods {
                    let scores: Vec<_> =
                        self.of(task, method).filter_map(|(_, record, _)| reported(record, reading)).collect();
                    let Some(first) = scores.first() else { continue };
                    let accuracies: Vec<_> = scores.iter().map(|one| 100.0 * one.scores.accuracy).collect();
                    let (mean, deviation) = mean_and_deviation(&accuracies);
                    let (rows, task) = (first.scores.rows, task.clone());
                    cells.push(Cell { reading, task, method, rows, seeds: scores.len(), mean, deviation });
                }
            }
        }
        cells
    }

    /// Every method beside the first one: for each seed that both have, and for all of these together.
    ///
    /// # Errors
    /// [`crate::Error::OtherRows`] if two runs were scored on different rows.
    pub(crate) fn comparisons(&self) -> Result<Vec<Comparison>> {
        let Some((&first, others)) = self.methods.split_first() else { return Ok(Vec::new()) };
        let mut comparisons = Vec::new();
        for (reading, _) in READINGS {
            for task in &self.tasks {
                for &second in others {
                    comparisons.extend(self.compared(reading, task, first, second)?);
                }
            }
        }
        Ok(comparisons)
    }

    fn compared(&self, reading: Rule, task: &str, first: Variant, second: Variant) -> Result<Vec<Comparison>> {
        let of_seed: BTreeMap<u64, _> = self.of(task, second).map(|run| (run.0.config.seed, run)).collect();
        let mut lists: Vec<(u64, [&Vec<bool>; 2])> = Vec::new();
        for (run, record, predictions) in self.of(task, first) {
            let other = of_seed.get(&run.config.seed);
            if let (Some((_, _, others)), Some(evaluation)) = (other, reported(record, reading))
                && let Some(both) = predictions.beside(others, reading, &evaluation.set)?
            {
                // So that all seeds can be tested together.
                if let Some((_, _, earlier)) = self.of(task, first).next() {
                    earlier.beside(predictions, reading, &evaluation.set)?;
                }
                lists.push((run.config.seed, both));
            }
        }
        let test = |seed: Option<u64>, lists: &[(u64, [&Vec<bool>; 2])]| -> Result<Comparison> {
            let method = |which: usize| lists.iter().map(|(_, both)| both[which].clone()).collect::<Vec<_>>();
            let test = compare(&method(0), &method(1))?;
            let of = (test.rows * lists.len()) as f64;
            let gap = 100.0 * (test.only_second as f64 - test.only_first as f64) / of;
            Ok(Comparison { reading, task: task.to_owned(), first, second, seed, gap, test })
        };
        let mut comparisons = lists.iter().map(|list| test(Some(list.0), &[*list])).collect::<Result<Vec<_>>>()?;
        if !lists.is_empty() {
            comparisons.push(test(None, &lists)?);
        }
        Ok(comparisons)
    }
}

/// The score that the paper reports: the last evaluation file's, which for MNLI is the mismatched one.
fn reported(record: &RunRecord, reading: Rule) -> Option<&Evaluation> {
    record.readings.iter().find(|one| one.rule == reading)?.evaluations.last()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_the_papers() {
        // RTE's published 77.62 ± 0.59 is 213, 215 and 217 of 277 rows; a sample deviation would be 0.72.
        let (mean, deviation) = mean_and_deviation(&[213.0, 215.0, 217.0].map(|right| 100.0 * right / 277.0));
        assert_eq!((format!("{mean:.2}"), format!("{deviation:.2}")), ("77.62".to_owned(), "0.59".to_owned()));
    }
}
