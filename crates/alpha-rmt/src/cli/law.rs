//! `alpha-rmt law`.

use std::io::Write;
use std::path::PathBuf;

use alpha_rmt::problem::{Best, Compared, Report, TunedReport};
use alpha_rmt::tuning::RidgeRange;
use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::problem::{self, Given};

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct LawArgs {
    /// The problem: target, covariance and sources; docs/file-formats.md lists its keys. - is standard input
    #[arg(value_name = "PROBLEM.toml")]
    problem: PathBuf,
    #[command(flatten)]
    asked: Asked,
}

/// What `law` and `classes` may be asked for.
#[derive(Args)]
pub struct Asked {
    /// Print a JSON object instead of a table; null stands for what is not defined
    #[arg(long)]
    pub json: bool,
    /// Search the best target ridge too, from 1e-4 to 1e4 times the given one
    #[arg(long)]
    tune: bool,
    /// Draw the samples and train, RUNS times, and set mean, standard error and z beside the theory
    #[arg(long, value_name = "RUNS")]
    simulate: Option<u64>,
    /// Seed of --simulate; run i is the same whatever the number of runs and cores
    #[arg(long, value_name = "S", default_value_t = 1, requires = "simulate")]
    seed: u64,
}

impl Asked {
    /// The best ridge around the given one, if it was asked for.
    pub fn tuned(
        &self,
        ridge: f64,
        tune: impl FnOnce(RidgeRange) -> alpha_rmt::Result<TunedReport>,
    ) -> alpha_rmt::Result<Option<TunedReport>> {
        let range = RidgeRange { least: ridge / REACH, most: ridge * REACH };
        self.tune.then(|| tune(range)).transpose()
    }

    /// The runs beside the theory, if they were asked for.
    pub fn simulated(
        &self,
        compare: impl FnOnce(u64, u64) -> alpha_rmt::Result<Vec<Compared>>,
    ) -> alpha_rmt::Result<Option<Simulated>> {
        let seed = self.seed;
        self.simulate.map(|runs| Ok(Simulated { runs, seed, statistics: compare(runs, seed)? })).transpose()
    }
}

const EXAMPLES: &str = "The rows down to `accuracy` are at the problem's weights, or at the best ones if it
gives none. A row `without source 1` keeps the other weights, or with `best weights`
chooses them anew; `it hurts` marks a source without which the accuracy is higher.
In a simulation z is (mean - theory)/(standard error). The theory is that of large
p, and `bias up to` says by how much it may be off at this one.

Examples, with problems of this repository:
  alpha-rmt law examples/law/identity.toml
  alpha-rmt law examples/law/mixed.toml --json --tune
  alpha-rmt law examples/law/labels.toml --simulate 200 --seed 1
  printf '%s\\n' 'target-samples = 40' 'target-ridge = 1' \\
    'mean = [1.0, 0.5, 0.0]' 'covariance = \"identity\"' | alpha-rmt law -";

/// How far from the given ridge the best one is searched, on either side.
const REACH: f64 = 1e4;

/// Degrees of freedom below which a covariance from features gets a warning.
const FEW_ROWS: f64 = 50.0;

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuned: Option<TunedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulated>,
}

/// Runs beside the theory.
#[derive(Serialize)]
pub struct Simulated {
    pub runs: u64,
    pub seed: u64,
    pub statistics: Vec<Compared>,
}

pub fn run(LawArgs { problem, asked }: &LawArgs, out: &mut dyn Write) -> Result<()> {
    let Given { problem, weights, place } = problem::read(problem)?;
    let at = |error: alpha_rmt::Error| place.failed(error);
    let report = problem.report(weights.as_deref()).map_err(at)?;
    let tuned = asked.tuned(problem.training.ridge, |range| problem.tuned(range)).map_err(at)?;
    let simulation = asked.simulated(|runs, seed| problem.compare(&report, runs, seed)).map_err(at)?;
    let mut warnings = Vec::new();
    if let Some(rows) = problem.covariance.rows().filter(|rows| *rows < FEW_ROWS) {
        let error = 100.0 * (2.0 / rows).sqrt();
        warnings.push(format!(
            "covariance: {rows} degrees of freedom tell a variance to about {error:.0} % only; take more rows of features"
        ));
    }
    warnings.iter().for_each(alpha_cli::console::warning);
    let output = Output { report, warnings, tuned, simulation };
    if asked.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&output)?)?);
    }
    table(&output, out)
}

fn table(output: &Output, out: &mut dyn Write) -> Result<()> {
    let Output { report, tuned, simulation, .. } = output;
    let statistics: &[Compared] = simulation.as_ref().map_or(&[], |simulation| &simulation.statistics);
    heading(&report.optimum, report.weights.as_deref(), simulation.is_some(), out)?;
    let infinite = report.weights.is_none();
    let none = |why| if infinite { why } else { "undefined" };
    let mut rows = vec![
        ("mean m".to_owned(), "mean".to_owned(), report.mean, none("at infinity")),
        ("variance q".to_owned(), "variance".to_owned(), report.variance, none("at infinity")),
        ("separation m/√q".to_owned(), "separation".to_owned(), report.separation, "infinite"),
    ];
    let mut row = |label: String, name: &str, value| rows.push((label, name.to_owned(), value, "undefined"));
    row("error rate".to_owned(), "error_rate", Some(report.error_rate));
    row("accuracy".to_owned(), "accuracy", Some(report.accuracy));
    row("accuracy at weights 0 (target alone)".to_owned(), "accuracy_at_0", report.accuracy_at_0);
    row("accuracy at weights 1 (usual fine-tuning)".to_owned(), "accuracy_at_1", report.accuracy_at_1);
    row("accuracy at the best weights".to_owned(), "accuracy_at_optimum", Some(report.accuracy_at_optimum));
    for (i, source) in report.sources.iter().enumerate() {
        row(format!("accuracy of source {} as it is", i + 1), &format!("sources[{i}].accuracy"), source.accuracy);
    }
    for (i, worth) in report.contributions.iter().enumerate() {
        let hurts = if worth.hurts == Some(true) { " (it hurts)" } else { "" };
        let name = format!("contributions[{i}].accuracy_without");
        row(format!("accuracy without source {}{hurts}", i + 1), &name, worth.accuracy_without);
        row(format!("accuracy without source {}, best weights", i + 1), "", Some(worth.best_without));
    }
    for (label, name, value, none) in &rows {
        let value = value.map_or((*none).to_owned(), |value| format!("{value:.6}"));
        writeln!(out, "{label:<44}{value:>12}{}", beside(statistics, name))?;
    }
    tuned_rows(tuned.as_ref(), out)?;
    let rows: Vec<(&str, &str)> = rows.iter().map(|(label, name, ..)| (label.as_str(), name.as_str())).collect();
    for note in [tuned.as_ref().and_then(end_of_range), finite_size(statistics, &rows)].into_iter().flatten() {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// The best weights, and those of the report where they are others; with a simulation the heads of the columns.
pub fn heading(optimum: &Best, weights: Option<&[f64]>, simulated: bool, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{:<44}{}", "best weights", best(optimum))?;
    if let Some(weights) = weights.filter(|weights| *weights != optimum.weights || optimum.kind == "infinite") {
        writeln!(out, "{:<44}{}", "weights", list(weights))?;
    }
    if simulated {
        writeln!(
            out,
            "{:<44}{:>12}{:>12}{:>16}{:>8}{:>12}",
            "", "theory", "mean", "standard error", "z", "bias up to"
        )?;
    }
    Ok(())
}

/// The best ridge and what is there, if it was searched.
pub fn tuned_rows(tuned: Option<&TunedReport>, out: &mut dyn Write) -> Result<()> {
    if let Some(TunedReport { target_ridge, optimum, accuracy, .. }) = tuned {
        writeln!(out, "{:<44}{target_ridge:>12.6}", "best target ridge")?;
        writeln!(out, "{:<44}{}", "best weights there", best(optimum))?;
        writeln!(out, "{:<44}{accuracy:>12.6}", "accuracy there")?;
    }
    Ok(())
}

/// The cells of a statistic's mean, standard error, z and bias; none of what is not simulated.
pub fn beside(statistics: &[Compared], name: &str) -> String {
    let beside = statistics.iter().find(|statistic| statistic.name == name);
    beside.map_or(String::new(), |Compared { mean, standard_error, z, bias, .. }| {
        let z = z.map_or("exact".to_owned(), |z| format!("{z:.2}"));
        format!("{mean:>12.6}{standard_error:>16.6}{z:>8}{bias:>12.6}")
    })
}

/// Which z-scores the finite-size bias can explain, of rows with these labels and names.
pub fn finite_size(statistics: &[Compared], rows: &[(&str, &str)]) -> Option<String> {
    let explained = |name| statistics.iter().any(|statistic| statistic.name == name && statistic.is_finite_size());
    let labels = rows.iter().filter(|(_, name)| explained(*name)).map(|(label, _)| *label);
    let labels = labels.collect::<Vec<_>>().join("; ");
    (!labels.is_empty())
        .then(|| format!("z beyond 3 that the finite-size bias, of the order 1/p, can explain: {labels}"))
}

/// What to think of a best ridge at the end of its range.
pub fn end_of_range(tuned: &TunedReport) -> Option<String> {
    let TunedReport { end_of_range, range: [least, most], .. } = tuned;
    let why = match (*end_of_range)? {
        "most" => "a larger one may be better; with covariance = \"identity\" often none is too large",
        _ => "a smaller one may be better",
    };
    Some(format!("The best ridge is at the end of the range that was searched, {least} to {most}: {why}."))
}

/// The best weights in words.
fn best(optimum: &Best) -> String {
    let weights = list(&optimum.weights);
    match optimum.kind {
        "infinite" => format!("infinite, in the direction {weights}: the target's labels get no weight"),
        "separable" if optimum.target == 0.0 => {
            format!("the sources alone, in the direction {weights}: no error is left")
        }
        "separable" => format!("{weights}: no error is left"),
        _ => weights,
    }
}

pub fn list(weights: &[f64]) -> String {
    if weights.is_empty() {
        return "none, without a source".to_owned();
    }
    // Without the sign of a weight that rounds to 0.
    let shown = |weight: &f64| if weight.abs() < 5e-7 { "0.000000".to_owned() } else { format!("{weight:.6}") };
    weights.iter().map(shown).collect::<Vec<_>>().join(", ")
}
