//! `alpha-rmt classes`.

use std::io::Write;
use std::path::PathBuf;

use alpha_rmt::classes::ClassReport;
use alpha_rmt::problem::{Compared, TunedReport};
use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::law::{Asked, Simulated, beside, end_of_range, finite_size, heading, list, tuned_rows};
use super::problem::{self, GivenClasses};

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ClassesArgs {
    /// The problem: class means and shares, covariance and sources; docs/file-formats.md lists its keys. - is standard input
    #[arg(value_name = "PROBLEM.toml")]
    problem: PathBuf,
    #[command(flatten)]
    asked: Asked,
}

const EXAMPLES: &str = "The rows are those of `alpha-rmt law`, whose --help explains them.

Examples, the first with a problem of this repository:
  alpha-rmt classes examples/classes/three.toml --simulate 50 --seed 1
  printf '%s\\n' 'target-samples = 40' 'target-ridge = 1' 'covariance = \"identity\"' \\
    'means = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]' | alpha-rmt classes -";

/// Classes up to which the table shows how often each is taken for each.
const SHOWN: usize = 12;

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: ClassReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuned: Option<TunedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulated>,
}

pub fn run(ClassesArgs { problem, asked }: &ClassesArgs, out: &mut dyn Write) -> Result<()> {
    let GivenClasses { problem, weights, place } = problem::classes::read(problem)?;
    let at = |error: alpha_rmt::Error| place.failed(error);
    let report = problem.report(weights.as_deref()).map_err(at)?;
    let tuned = asked.tuned(problem.training.ridge, |range| problem.tuned(range)).map_err(at)?;
    let simulation = asked.simulated(|runs, seed| problem.compare(&report, runs, seed)).map_err(at)?;
    let output = Output { report, tuned, simulation };
    if asked.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&output)?)?);
    }
    table(&output, out)
}

fn table(output: &Output, out: &mut dyn Write) -> Result<()> {
    let Output { report, tuned, simulation } = output;
    let statistics: &[Compared] = simulation.as_ref().map_or(&[], |simulation| &simulation.statistics);
    heading(&report.optimum, report.weights.as_deref(), !statistics.is_empty(), out)?;
    let mut rows = vec![
        ("error rate".to_owned(), "error_rate".to_owned(), Some(report.error_rate)),
        ("accuracy".to_owned(), "accuracy".to_owned(), Some(report.accuracy)),
    ];
    let mut row = |label: String, name: String, value| rows.push((label, name, value));
    for (c, own) in report.class_accuracies.iter().enumerate() {
        row(format!("accuracy on class {}", c + 1), format!("class_accuracies[{c}]"), Some(*own));
    }
    for (label, name, value) in [
        ("accuracy at weights 0 (target alone)", "accuracy_at_0", report.accuracy_at_0),
        ("accuracy at weights 1 (usual fine-tuning)", "accuracy_at_1", report.accuracy_at_1),
        ("accuracy at the best weights", "accuracy_at_optimum", Some(report.accuracy_at_optimum)),
    ] {
        row(label.to_owned(), name.to_owned(), value);
    }
    for (i, source) in report.sources.iter().enumerate() {
        row(format!("accuracy of source {} as it is", i + 1), format!("sources[{i}].accuracy"), source.accuracy);
    }
    for (i, worth) in report.contributions.iter().enumerate() {
        let hurts = if worth.hurts == Some(true) { " (it hurts)" } else { "" };
        row(format!("accuracy without source {}{hurts}", i + 1), String::new(), worth.accuracy_without);
        row(format!("accuracy without source {}, best weights", i + 1), String::new(), Some(worth.best_without));
    }
    for (label, name, value) in &rows {
        let value = value.map_or("undefined".to_owned(), |value| format!("{value:.6}"));
        writeln!(out, "{label:<44}{value:>12}{}", beside(statistics, name))?;
    }
    if report.numerical_error > 1e-7 {
        writeln!(out, "{:<44}{:>12.1e}", "numerical error of the accuracy, at most", report.numerical_error)?;
    }
    tuned_rows(tuned.as_ref(), out)?;
    if report.confusion.len() <= SHOWN {
        writeln!(out, "\nof class (a row), the share that is taken for class (a column)")?;
        for row in &report.confusion {
            writeln!(out, "{}", list(row).replace(',', ""))?;
        }
    }
    let rows: Vec<(&str, &str)> = rows.iter().map(|(label, name, _)| (label.as_str(), name.as_str())).collect();
    for note in [tuned.as_ref().and_then(end_of_range), finite_size(statistics, &rows)].into_iter().flatten() {
        writeln!(out, "{note}")?;
    }
    Ok(())
}
