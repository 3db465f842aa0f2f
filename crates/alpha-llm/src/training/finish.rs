//! Evaluations during a run, and what it leaves behind.

use std::path::Path;

use alpha_store::datasets::Datasets;
use alpha_store::record::Record;
use alpha_store::table::Table;

use tch::Device;

use crate::classifier::{Classifier, read_folder};
use crate::error::Result;
use crate::export::{Base, Native};
use crate::training::data::prepare_evaluations;
use crate::training::evaluation::{Encoded, Evaluation, Predictions, predict};
use crate::training::record::{ModelUsed, ParameterCounts, Reading, RowCounts, RunRecord, Throughput};
use crate::training::trainer::{Metric, Trainer, files};
use crate::training::{CUSTOM, RunConfig, Watch};

/// The rule that takes the step with the best accuracy on the evaluation file itself.
pub(super) const BEST_ON_DEV: &str = "best_on_dev";
/// The rule that takes the step with the best accuracy on rows held out from training.
pub(super) const SELECTED: &str = "selected";
/// The rule that takes the last step.
const LAST: &str = "last";

impl Trainer {
    /// Scores what is scored at this step, and keeps the weights where they are the best so far.
    pub(super) fn evaluate(&mut self, last: bool, watch: &mut dyn Watch) -> Result<()> {
        if !self.data.splits.selection.is_empty() {
            let predictions = self.predict(&self.data.train, &self.data.splits.selection)?;
            let evaluation = self.log_evaluation("selection", &predictions, watch)?;
            if is_better(&evaluation, self.state.selected.as_ref()) {
                self.kept.insert(SELECTED, Native::values_of(&self.model));
                self.state.selected = Some(evaluation);
            }
        }
        if self.config.evaluate_dev || last {
            let predictions = self.predict_dev()?;
            let mut evaluation = None;
            for (place, predictions) in predictions.iter().enumerate() {
                let name = self.data.evaluations[place].name.clone();
                evaluation = Some(self.log_evaluation(&name, predictions, watch)?);
            }
            // The last file is MNLI's mismatched one, the one that the authors report.
            if let Some(evaluation) = evaluation.filter(|_| self.config.evaluate_dev)
                && is_better(&evaluation, self.state.best_on_dev.as_ref())
            {
                self.kept.insert(BEST_ON_DEV, Native::values_of(&self.model));
                self.state.best_on_dev = Some(evaluation);
            }
            self.last = last.then_some(predictions);
        }
        Ok(())
    }

    fn predict(&self, set: &Encoded, rows: &[usize]) -> Result<Predictions> {
        predict(&self.model, set, rows, self.config.evaluation_batch)
    }

    fn predict_dev(&self) -> Result<Vec<Predictions>> {
        self.data.evaluations.iter().map(|set| self.predict(set, &set.indices())).collect()
    }

    fn log_evaluation(&mut self, set: &str, predictions: &Predictions, watch: &mut dyn Watch) -> Result<Evaluation> {
        let evaluation = predictions.evaluation(set, self.state.step);
        self.log(&Metric::Evaluation(&evaluation))?;
        watch.evaluated(&evaluation);
        Ok(evaluation)
    }

    /// Writes predictions, adapter and record.
    pub(super) fn finish(&mut self) -> Result<()> {
        let last = self.last.take().map_or_else(|| self.predict_dev(), Ok)?;
        let mut readings = vec![(LAST, self.state.step, last)];
        let values_at_last = Native::values_of(&self.model);
        for (rule, best) in [(BEST_ON_DEV, &self.state.best_on_dev), (SELECTED, &self.state.selected)] {
            let (Some(best), Some(values)) = (best, self.kept.get(rule)) else { continue };
            self.model.updates().assign(values);
            self.model.alphas().assign(values);
            readings.push((rule, best.step, self.predict_dev()?));
        }
        let adapter = if self.kept.contains_key(SELECTED) { SELECTED } else { LAST };
        let values = self.kept.remove(adapter).unwrap_or(values_at_last);
        self.write_predictions(&readings)?;
        let native = Native {
            adapter: self.config.adapter.clone(),
            base: Base {
                name: self.config.model.clone(),
                family: self.model.encoder().config().family,
                sha256: self.state.inputs[0].clone(),
            },
            task: self.config.task.clone(),
            label_names: self.data.label_names.clone(),
            max_length: self.data.max_length,
            values,
        };
        native.write(&self.out.join(files::ADAPTER))?;
        let readings = readings.iter().map(|(rule, step, sets)| Reading {
            rule: (*rule).to_owned(),
            step: *step,
            evaluations: sets
                .iter()
                .zip(&self.data.evaluations)
                .map(|(predictions, set)| predictions.evaluation(&set.name, *step))
                .collect(),
        });
        let record = self.record(readings.collect(), adapter);
        record.write(&self.out.join(files::RECORD))
    }

    fn record(&self, readings: Vec<Reading>, adapter: &str) -> RunRecord {
        let (updates, alphas) = (self.model.updates().count(), self.model.alphas().count());
        let splits = &self.data.splits;
        let (tokens, real_tokens) = self.state.tokens;
        let seconds = self.state.seconds.0;
        let used = self.data.used.clone();
        let mut record =
            Record::new("alpha-llm train", env!("CARGO_PKG_VERSION"), self.config.clone(), used, self.begun);
        record.seconds = (self.seconds() * 1e3).round() / 1e3;
        RunRecord {
            record,
            commit: option_env!("ALPHA_COMMIT").map(str::to_owned),
            model: ModelUsed { sha256: self.state.inputs[0].clone(), new_head: self.model.has_new_head() },
            parameters: ParameterCounts { adapters_and_head: updates, alpha: alphas, trainable: updates + alphas },
            rows: RowCounts {
                train: splits.train.len(),
                alpha: splits.alpha.len(),
                selection: splits.selection.len(),
                shared: splits.shared_rows(),
                digest: splits.digest.clone(),
            },
            device: format!("{:?}", self.model.encoder().device()),
            threads: tch::get_num_threads() as usize,
            steps: self.state.step,
            alpha_steps: self.state.alpha_step,
            readings,
            adapter: adapter.to_owned(),
            throughput: Throughput {
                tokens,
                real_tokens,
                seconds,
                start_up: self.start_up,
                tokens_per_second: if seconds > 0.0 { real_tokens as f64 / seconds } else { 0.0 },
            },
            resumed: self.state.resumed,
            warnings: self.data.warnings.clone(),
        }
    }

    /// One line per rule and example.
    fn write_predictions(&self, readings: &[(&str, u64, Vec<Predictions>)]) -> Result<()> {
        let names = &self.data.label_names;
        let logits = names.iter().map(|name| format!("logit_{name}"));
        let header = ["rule", "set", "index", "label", "prediction"].map(str::to_owned);
        let mut table = Table::new(header.into_iter().chain(logits));
        for (rule, _, sets) in readings {
            for (set, predictions) in self.data.evaluations.iter().zip(sets) {
                for (row, &index) in predictions.indices.iter().enumerate() {
                    let name = |label: i64| names[label as usize].clone();
                    let cells = [(*rule).to_owned(), set.name.clone(), index.to_string()];
                    let labels = [name(set.labels[index]), name(predictions.predicted[row])];
                    let logits = predictions.logits[row].iter().map(f32::to_string);
                    table.push(cells.into_iter().chain(labels).chain(logits));
                }
            }
        }
        let text = table.to_csv()?;
        Ok(alpha_store::output::write(&self.out.join(files::PREDICTIONS), |out| out.write_all(text.as_bytes()))?)
    }
}

/// A run that is over, ready to be scored.
#[derive(Debug)]
pub struct OpenRun {
    /// The classifier with the weights of RUN/adapter.
    pub model: Classifier,
    /// The evaluation files.
    pub sets: Vec<Encoded>,
    /// The step of the weights.
    pub step: u64,
    /// Rows per batch.
    pub batch: usize,
}

/// Reads RUN/adapter and the evaluation files that `config` names; `folder` is that of the model.
///
/// # Errors
/// Those of [`Native::read`], [`Native::classifier`] and [`crate::training::prepare`], but that no training file is needed.
pub fn open_run(out: &Path, config: &RunConfig, folder: &Path, datasets: &Datasets, device: Device) -> Result<OpenRun> {
    let native = Native::read(&out.join(files::ADAPTER))?;
    let (encoder, checkpoint) = read_folder(folder)?;
    let model = native.classifier(&encoder, &checkpoint, config.precision.place(device)?)?;
    let mut config = RunConfig { max_length: Some(native.max_length), ..config.clone() };
    if config.task == CUSTOM {
        config.columns.get_or_insert_default().label_names = Some(native.label_names.clone());
    }
    let sets = prepare_evaluations(&config, folder, &encoder, datasets)?;
    let step = RunRecord::read(&out.join(files::RECORD))?.chosen().map_or(0, |reading| reading.step);
    Ok(OpenRun { model, sets, step, batch: config.evaluation_batch })
}

/// Scores RUN/adapter on the evaluation files that `config` names; `folder` is that of the model.
///
/// # Errors
/// As [`open_run`] and [`predict`].
pub fn score_run(
    out: &Path,
    config: &RunConfig,
    folder: &Path,
    datasets: &Datasets,
    device: Device,
) -> Result<Vec<Evaluation>> {
    let OpenRun { model, sets, step, batch } = open_run(out, config, folder, datasets, device)?;
    let score = |set: &Encoded| Ok(predict(&model, set, &set.indices(), batch)?.evaluation(&set.name, step));
    sets.iter().map(score).collect()
}

/// By the count of right answers, so that a tie keeps the earlier step.
fn is_better(new: &Evaluation, best: Option<&Evaluation>) -> bool {
    best.is_none_or(|best| new.scores.correct > best.scores.correct)
}
