//! Progress on a terminal, plain lines elsewhere; options that several commands have. For binaries: the one module that prints.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alpha_cli::{console, signals};
use alpha_store::progress;
use indicatif::ProgressBar;
use toml::Value;

use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::training::{Evaluation, Precision, State, Trainer, Watch};

/// Between two plain lines.
const QUIET: Duration = Duration::from_secs(30);

/// Shows how a run goes on.
pub struct Terminal {
    bar: ProgressBar,
    /// Tokens and seconds when the command began.
    before: (u64, f64),
    loss: f64,
    accuracy: Option<(String, f64)>,
    lines: PlainLines,
}

/// A plain line now and then, where there is no terminal to draw on.
pub struct PlainLines {
    said: Option<Instant>,
}

impl PlainLines {
    /// From now on; nothing at all on a terminal.
    pub fn new() -> Self {
        Self { said: (!std::io::stderr().is_terminal()).then(Instant::now) }
    }

    /// Whether there is no terminal.
    fn are_shown(&self) -> bool {
        self.said.is_some()
    }

    /// Says the line, if the last one is long ago.
    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if self.said.is_some_and(|said| said.elapsed() > QUIET) {
            self.said = Some(Instant::now());
            console::progress(line());
        }
    }
}

impl Default for PlainLines {
    fn default() -> Self {
        Self::new()
    }
}

/// Options of a command line that say where and how to compute.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ComputeArgs {
    /// cpu, cuda, cuda:N, or auto: a GPU if there is one [default: auto]
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Format of matrix products; `alpha-llm doctor` says which is fast here [default: fp32]
    #[arg(long)]
    pub precision: Option<Precision>,
    /// Threads of the CPU [default: libtorch's choice]
    #[arg(long, value_name = "N")]
    pub threads: Option<i64>,
}

impl ComputeArgs {
    /// As settings, for [`crate::training::settings::insert`].
    ///
    /// # Errors
    /// [`Error::Settings`] never in practice.
    pub fn given(&self) -> Result<[(&'static str, Option<Value>); 3]> {
        let invalid = |source| Error::Settings { source };
        Ok([
            ("device", self.device.map(Value::try_from).transpose().map_err(invalid)?),
            ("precision", self.precision.map(Value::try_from).transpose().map_err(invalid)?),
            ("threads", self.threads.map(Value::from)),
        ])
    }
}

/// The folder of a model given as a folder or hub id, downloaded if need be.
///
/// # Errors
/// As [`Hub::locate`].
pub fn model_folder(model: &str) -> Result<PathBuf> {
    Hub::from_env().locate(model, &mut |file| console::progress(format_args!("downloading {file} of {model}")))
}

impl Terminal {
    /// Before the run goes on.
    pub fn new(trainer: &Trainer) -> Self {
        let state = trainer.state();
        let bar = progress::training(trainer.total_steps());
        bar.set_position(state.step);
        bar.reset_eta();
        Self {
            bar,
            before: (state.tokens.1, state.seconds.0),
            loss: f64::NAN,
            accuracy: None,
            lines: PlainLines::new(),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, state: &State) -> String {
        let seconds = state.seconds.0 - self.before.1;
        let speed = if seconds > 0.0 { (state.tokens.1 - self.before.0) as f64 / seconds } else { 0.0 };
        let accuracy = self
            .accuracy
            .as_ref()
            .map_or(String::new(), |(set, accuracy)| format!(", {set} {:.2} %", 100.0 * accuracy));
        let loss = if self.loss.is_nan() { String::new() } else { format!("loss {:.4}, ", self.loss) };
        format!("{loss}{speed:.0} tokens/s{accuracy}")
    }
}

impl Watch for Terminal {
    fn step(&mut self, state: &State, total: u64) {
        self.bar.set_position(state.step);
        let line = self.line(state);
        self.bar.set_message(line.clone());
        self.lines.say(|| format!("step {} of {total}: {line}", state.step));
    }

    fn loss(&mut self, _step: u64, loss: f64) {
        self.loss = loss;
    }

    fn evaluated(&mut self, evaluation: &Evaluation) {
        let Evaluation { set, step, loss, scores } = evaluation;
        self.accuracy = Some((set.clone(), scores.accuracy));
        if self.lines.are_shown() {
            let accuracy = 100.0 * scores.accuracy;
            console::progress(format_args!("step {step}, {set}: loss {loss:.4}, accuracy {accuracy:.2} %"));
        }
    }

    fn stop(&self) -> bool {
        signals::stop_asked()
    }
}
