//! Runs of `alpha-llm train`, read back from their records.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use alpha_store::record::DataUsed;
use alpha_store::table::Table;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::chart::{Chart, Curve};
use crate::distinct::distinct;
use crate::error::{Error, Result};
use crate::paper::Settings;

/// What a run leaves behind when it is over.
const RECORD: &str = "record.json";

/// Lines of metrics.jsonl per point of a loss curve: single ones are noise.
const SMOOTHED: usize = 8;

/// A run: what of record.json and metrics.jsonl is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The folder's name.
    pub name: String,
    record: RunRecord,
    losses: Vec<(f64, f64)>,
    selection: Vec<(f64, f64)>,
    reported: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct RunRecord {
    config: Config,
    #[serde(default)]
    data: Vec<DataUsed>,
    seconds: f64,
    readings: Vec<Reading>,
    adapter: String,
    throughput: Throughput,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Config {
    model: String,
    task: String,
    precision: String,
    seed: u64,
    adapter: Adapter,
    epochs: Option<i64>,
    train_rows: Option<i64>,
    batches: Option<Batches>,
    optimiser: Option<Optimiser>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Batches {
    batch: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Optimiser {
    learning_rate: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Adapter {
    method: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Reading {
    rule: String,
    step: u64,
    evaluations: Vec<Evaluation>,
}

impl Reading {
    /// On the last evaluation file: MNLI's mismatched one, which the paper reports.
    fn reported(&self) -> Option<&Evaluation> {
        self.evaluations.last()
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Evaluation {
    set: String,
    step: u64,
    scores: Scores,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Scores {
    rows: usize,
    accuracy: f64,
    interval: (f64, f64),
    f1: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Throughput {
    tokens_per_second: f64,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Metric {
    Train { step: u64, loss: Option<f64> },
    Evaluation(Evaluation),
}

/// Reads every run below a folder that is over, in the order of their names; none if there is no such folder.
///
/// # Errors
/// [`Error::Store`] for a folder or file that cannot be read, [`Error::RunFile`] for one that is not what alpha-llm writes.
pub fn read(folder: &Path) -> Result<Vec<Run>> {
    let listed =
        || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>();
    let mut runs = match listed() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(|source| alpha_store::Error::Read { path: folder.to_owned(), source })?,
    };
    runs.retain(|path| path.join(RECORD).is_file());
    runs.sort();
    runs.iter().map(|run| Run::read(run)).collect()
}

/// The text of a file.
pub fn text(path: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(path).map_err(|source| alpha_store::Error::Read { path: path.to_owned(), source })?)
}

fn parse<T: DeserializeOwned>(text: &str, path: &Path, line: usize) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::RunFile { path: path.to_owned(), line, source })
}

impl Run {
    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(RECORD);
        let record: RunRecord = parse(&text(&path)?, &path, 1)?;
        let path = folder.join("metrics.jsonl");
        let reported_set = record.readings.first().and_then(Reading::reported).map(|evaluation| evaluation.set.clone());
        let (mut losses, mut selection, mut reported) = (Vec::new(), Vec::new(), Vec::new());
        for (line, metric) in text(&path)?.lines().enumerate() {
            match parse(metric, &path, line + 1)? {
                Metric::Train { step, loss: Some(loss) } => losses.push((step as f64, loss)),
                Metric::Evaluation(Evaluation { set, step, scores }) if set == "selection" => {
                    selection.push((step as f64, 100.0 * scores.accuracy));
                }
                Metric::Evaluation(Evaluation { set, step, scores }) if Some(&set) == reported_set.as_ref() => {
                    reported.push((step as f64, 100.0 * scores.accuracy));
                }
                _ => {}
            }
        }
        let name = folder.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, record, losses, selection, reported })
    }

    /// The task.
    pub fn task(&self) -> &str {
        &self.record.config.task
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.record.config.seed
    }

    /// The base model, without the folders that it was in.
    pub fn model(&self) -> &str {
        self.record.config.model.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// The method, where the run is named TASK-method-seed, as those of a study are.
    pub fn method(&self) -> Option<&str> {
        let seed = format!("-{}", self.seed());
        self.name.strip_prefix(self.task())?.strip_prefix('-')?.strip_suffix(&seed)
    }

    /// Accuracy in percent on the reported evaluation file against the step, where it was scored during the run.
    pub fn reported(&self) -> &[(f64, f64)] {
        &self.reported
    }

    /// The weights that the run kept.
    fn chosen(&self) -> Option<(&Reading, &Evaluation)> {
        let reading = self.record.readings.iter().find(|reading| reading.rule == self.record.adapter)?;
        Some((reading, reading.reported()?))
    }

    /// What its adapter is called, and the colour that it has in charts.
    fn adapter(&self) -> (&str, usize) {
        match self.record.config.adapter.method.as_str() {
            "lora" => ("LoRA", 0),
            "alpha-lora" => ("α-LoRA", 1),
            "full" => ("full fine-tuning", 2),
            other => (other, 3),
        }
    }
}

/// The dataset files that the runs read, each once.
pub fn data(runs: &[Run]) -> Vec<DataUsed> {
    distinct(runs.iter().flat_map(|run| &run.record.data)).into_iter().cloned().collect()
}

/// What the runs were trained with, a line per task; none without runs. `folder` is where they are.
pub fn settings(runs: &[Run], folder: &Path) -> Option<Settings> {
    let line = |task: &str| {
        let of_task: Vec<&RunRecord> = runs.iter().filter(|run| run.task() == task).map(|run| &run.record).collect();
        let Config { epochs, train_rows, batches, optimiser, precision, .. } = &of_task.first()?.config;
        let mut settings = toml::Table::new();
        let numbers = [("epochs", *epochs), ("train-rows", *train_rows), ("batch", batches.as_ref().map(|b| b.batch))];
        for (name, number) in numbers {
            settings.extend(number.map(|number| (name.to_owned(), number.into())));
        }
        settings.extend(optimiser.as_ref().map(|o| ("learning-rate".to_owned(), o.learning_rate.into())));
        settings.insert("precision".to_owned(), precision.as_str().into());
        let mut seeds = distinct(of_task.iter().map(|record| record.config.seed as i64));
        seeds.sort_unstable();
        settings.insert("seeds".to_owned(), seeds.into());
        Some(format!("{task} = {}\n", toml::Value::Table(settings)))
    };
    let text: String = distinct(runs.iter().map(Run::task)).into_iter().filter_map(line).collect();
    let name = format!("{}/*/{RECORD}", folder.display());
    (!text.is_empty()).then(|| Settings { name: name.into(), text: text.into() })
}

/// One line per run.
pub fn table(runs: &[Run]) -> Table {
    let mut table = Table::new([
        "task",
        "method",
        "precision",
        "seed",
        "rule",
        "step",
        "rows",
        "accuracy (%)",
        "95 % interval",
        "F1 (%)",
        "tokens/s",
        "seconds",
    ]);
    for run in runs {
        let Some((reading, evaluation)) = run.chosen() else { continue };
        let (config, scores) = (&run.record.config, &evaluation.scores);
        table.push([
            config.task.clone(),
            run.adapter().0.to_owned(),
            config.precision.clone(),
            config.seed.to_string(),
            reading.rule.clone(),
            reading.step.to_string(),
            scores.rows.to_string(),
            format!("{:.2}", 100.0 * scores.accuracy),
            format!("{:.1}–{:.1}", 100.0 * scores.interval.0, 100.0 * scores.interval.1),
            scores.f1.map_or(String::new(), |f1| format!("{:.2}", 100.0 * f1)),
            format!("{:.0}", run.record.throughput.tokens_per_second),
            format!("{:.0}", run.record.seconds),
        ]);
    }
    table
}

/// For each task the training loss, and the accuracy on the rows held out to select a step; one that no run has is left
/// out.
pub fn charts(runs: &[Run]) -> Vec<Chart> {
    let chart = |task: &str, y_label: &str, points: fn(&Run) -> Vec<(f64, f64)>| {
        let mut labelled = Vec::new();
        let of_task = runs.iter().filter(|run| run.task() == task);
        let curves =
            of_task.map(|run| (run, points(run))).filter(|(_, points)| !points.is_empty()).map(|(run, points)| {
                let (method, colour) = run.adapter();
                let precision = &run.record.config.precision;
                let name = format!("{method}, {precision}");
                let label = if labelled.contains(&name) { String::new() } else { name.clone() };
                labelled.push(name);
                Curve { label, colour: Some(colour), points, dashed: precision != "bf16" }
            });
        Chart {
            curves: curves.collect(),
            title: task.to_owned(),
            x_label: "step".to_owned(),
            y_label: y_label.to_owned(),
            ..Chart::default()
        }
    };
    let both = |task: &str| {
        [
            chart(task, "training loss", |run| smoothed(&run.losses)),
            chart(task, "accuracy on held-out rows (%)", |run| run.selection.clone()),
        ]
    };
    let charts = distinct(runs.iter().map(Run::task)).into_iter().flat_map(both);
    charts.filter(|chart| !chart.curves.is_empty()).collect()
}

/// Means of successive points.
fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = |chunk: &[(f64, f64)]| {
        let sum = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / chunk.len() as f64, sum.1 / chunk.len() as f64)
    };
    points.chunks(SMOOTHED).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_takes_means_of_eight() {
        let points: Vec<_> = (1..=16).map(|k| (f64::from(10 * k), 0.1 / f64::from(k))).collect();
        let smooth = smoothed(&points);
        assert_eq!(smooth.iter().map(|point| point.0).collect::<Vec<_>>(), [45.0, 125.0]);
        let mean = (1..=8).map(|k| 0.1 / f64::from(k)).sum::<f64>() / 8.0;
        assert!((smooth[0].1 - mean).abs() < 1e-12);
    }
}
