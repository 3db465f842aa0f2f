//! Training runs: configuration, data, the loop, checkpoints, records.
//!
//! A run is a folder: `config.toml` (every setting), `metrics.jsonl` (losses and scores by step), `checkpoint/` (to go on
//! from), and once it is over `record.json`, `predictions.csv` and `adapter/`. On a CPU, a run that was stopped and taken
//! up again, however often, leaves the same bytes in `metrics.jsonl`, `predictions.csv` and `adapter/` as one that was not.

mod ahead;
mod checkpoint;
mod config;
mod data;
mod evaluation;
mod finish;
mod losses;
mod record;
mod step;
mod trainer;

pub mod settings;

pub use checkpoint::State;
pub use config::{AlphaConfig, Precision, Preset, RunConfig};
pub use data::{CUSTOM, Prepared, find, prepare};
pub use evaluation::{Encoded, Evaluation, Predictions, predict};
pub(crate) use evaluation::{largest, plan, rows_of, to_device};
pub use finish::{OpenRun, open_run, score_run};
pub use record::{ModelUsed, ParameterCounts, Reading, RowCounts, RunRecord, Throughput};
pub use trainer::{Outcome, Trainer, check_new, is_begun, is_finished, read_config};

/// Somebody who looks on.
pub trait Watch {
    /// A step is done.
    fn step(&mut self, state: &State, total: u64);
    /// The mean loss since the last call.
    fn loss(&mut self, step: u64, loss: f64);
    /// A set was scored.
    fn evaluated(&mut self, evaluation: &Evaluation);
    /// Whether to write a checkpoint and stop.
    fn stop(&self) -> bool;
}
