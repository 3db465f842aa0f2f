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
mod folder;
mod losses;
mod open;
mod precision;
mod preset;
mod record;
mod step;
mod trainer;

pub mod settings;

pub use checkpoint::State;
pub use config::{AlphaConfig, RunConfig};
pub use data::find;
pub use evaluation::{Encoded, Evaluation, Predictions, predict};
pub(crate) use evaluation::{largest, plan, rows_of, to_device};
pub use folder::{check_new, files, read_config, remove_begun};
pub(crate) use folder::{is_begun, is_finished};
pub use open::{OpenRun, open_run};
pub use precision::Precision;
pub use preset::Preset;
pub use record::{ModelUsed, ParameterCounts, Reading, RowCounts, Rule, RunRecord, Throughput};
pub use trainer::{Outcome, Trainer};

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
