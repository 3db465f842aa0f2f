//! Beyond the paper: runs of `alpha-llm train`, read back from their records.

use std::path::{Path, PathBuf};

use alpha_store::record::DataUsed;
use alpha_store::table::Table;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::chart::{Chart, Curve};
use crate::error::{Error, Result};

/// What a run leaves behind when it is over.
const RECORD: &str = "record.json";

/// Lines of metrics.jsonl per point of a loss curve: single ones are noise.
const SMOOTHED: usize = 8;

/// A run: what of record.json and metrics.jsonl is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The folder's name.
    pub(crate) name: String,
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
/// [`Error::Store`] for a file that cannot be read, [`Error::RunFile`] for one that is not what alpha-llm writes.
pub fn read(folder: &Path) -> Result<Vec<Run>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut runs: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join(RECORD).is_file()).collect();
    runs.sort();
    runs.iter().map(|run| Run::read(run)).collect()
}

fn text(path: &Path) -> Result<String> {
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
        // The last evaluation file is MNLI's mismatched one, which the paper reports.
        let readings = record.readings.first().and_then(|reading| reading.evaluations.last());
        let reported_set = readings.map(|evaluation| evaluation.set.clone());
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

    /// The weights that the run kept, on its first evaluation file.
    fn chosen(&self) -> Option<(&Reading, &Evaluation)> {
        let reading = self.record.readings.iter().find(|reading| reading.rule == self.record.adapter)?;
        Some((reading, reading.evaluations.first()?))
    }
}

fn method(run: &Run) -> &'static str {
    if run.record.config.adapter.method == "lora" { "LoRA" } else { "α-LoRA" }
}

/// The dataset files that the runs read, each once.
pub fn data(runs: &[Run]) -> Vec<DataUsed> {
    let mut data: Vec<DataUsed> = Vec::new();
    for file in runs.iter().flat_map(|run| &run.record.data) {
        if !data.contains(file) {
            data.push(file.clone());
        }
    }
    data
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
            method(run).to_owned(),
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

/// For each task the training loss, and the accuracy on the rows held out to select a step.
pub fn charts(runs: &[Run]) -> Vec<Chart> {
    let mut tasks: Vec<&str> = runs.iter().map(|run| run.record.config.task.as_str()).collect();
    tasks.dedup();
    let chart = |task: &str, y_label: &str, points: fn(&Run) -> Vec<(f64, f64)>| {
        let mut labelled = Vec::new();
        let of_task = runs.iter().filter(|run| run.record.config.task == task);
        let curves = of_task.map(|run| {
            let bf16 = run.record.config.precision == "bf16";
            let name = format!("{}, {}", method(run), run.record.config.precision);
            let label = if labelled.contains(&name) { String::new() } else { name.clone() };
            labelled.push(name);
            let colour = Some(usize::from(method(run) != "LoRA"));
            Curve { label, colour, points: points(run), dashed: !bf16 }
        });
        Chart {
            curves: curves.collect(),
            title: task.to_owned(),
            x_label: "step".to_owned(),
            y_label: y_label.to_owned(),
            ..Chart::default()
        }
    };
    let both = |task: &&str| {
        [
            chart(task, "training loss", |run| smoothed(&run.losses)),
            chart(task, "accuracy on held-out rows (%)", |run| run.selection.clone()),
        ]
    };
    tasks.iter().flat_map(both).collect()
}

/// Means of successive points.
fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = |chunk: &[(f64, f64)]| {
        let sum = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / chunk.len() as f64, sum.1 / chunk.len() as f64)
    };
    points.chunks(SMOOTHED).map(mean).collect()
}
