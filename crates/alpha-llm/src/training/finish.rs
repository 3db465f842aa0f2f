//! Evaluations during a run, and what it leaves behind.

use alpha_store::record::Record;
use alpha_store::table::Table;

use crate::error::Result;
use crate::export::{Base, Native};
use crate::training::Watch;
use crate::training::evaluation::{Encoded, Evaluation, Predictions, predict};
use crate::training::folder::files;
use crate::training::record::{ModelUsed, ParameterCounts, Reading, RowCounts, Rule, RunRecord, Throughput};
use crate::training::trainer::{Metric, Trainer};

impl Trainer {
    /// Scores what is scored at this step, and keeps the weights where they are the best so far.
    pub(super) fn evaluate(&mut self, last: bool, watch: &mut dyn Watch) -> Result<()> {
        if !self.data.splits.selection.is_empty() {
            let predictions = self.predict(&self.data.train, &self.data.splits.selection)?;
            let evaluation = self.log_evaluation("selection", &predictions, watch)?;
            if is_better(&evaluation, self.state.selected.as_ref()) {
                self.kept.insert(Rule::Selected, Native::values_of(&self.model));
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
                self.kept.insert(Rule::BestOnDev, Native::values_of(&self.model));
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
        let mut readings = vec![(Rule::Last, self.state.step, last)];
        let values_at_last = Native::values_of(&self.model);
        for (rule, best) in [(Rule::BestOnDev, &self.state.best_on_dev), (Rule::Selected, &self.state.selected)] {
            let (Some(best), Some(values)) = (best, self.kept.get(&rule)) else { continue };
            self.model.updates().assign(values);
            self.model.alphas().assign(values);
            readings.push((rule, best.step, self.predict_dev()?));
        }
        let adapter = if self.kept.contains_key(&Rule::Selected) { Rule::Selected } else { Rule::Last };
        let values = self.kept.remove(&adapter).unwrap_or(values_at_last);
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
            rule: *rule,
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

    fn record(&self, readings: Vec<Reading>, adapter: Rule) -> RunRecord {
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
            adapter,
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
    fn write_predictions(&self, readings: &[(Rule, u64, Vec<Predictions>)]) -> Result<()> {
        let names = &self.data.label_names;
        let logits = names.iter().map(|name| format!("logit_{name}"));
        let header = ["rule", "set", "index", "label", "prediction"].map(str::to_owned);
        let mut table = Table::new(header.into_iter().chain(logits));
        for (rule, _, sets) in readings {
            for (set, predictions) in self.data.evaluations.iter().zip(sets) {
                for (row, &index) in predictions.indices.iter().enumerate() {
                    let name = |label: i64| names[label as usize].clone();
                    let cells = [rule.name().to_owned(), set.name.clone(), index.to_string()];
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

/// By the count of right answers, so that a tie keeps the earlier step.
fn is_better(new: &Evaluation, best: Option<&Evaluation>) -> bool {
    best.is_none_or(|best| new.scores.correct > best.scores.correct)
}
