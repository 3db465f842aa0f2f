//! Progress on a terminal, plain lines elsewhere; Ctrl-C and SIGTERM. For binaries: the one module that prints.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use alpha_store::progress;
use indicatif::ProgressBar;

use crate::training::{Evaluation, State, Trainer, Watch};

static STOP: AtomicBool = AtomicBool::new(false);

/// Between two plain lines.
const QUIET: Duration = Duration::from_secs(30);

/// Shows how a run goes on.
pub struct Terminal {
    bar: ProgressBar,
    /// Tokens and seconds when the command began.
    before: (u64, f64),
    loss: f64,
    accuracy: Option<(String, f64)>,
    plain: bool,
    said: Instant,
}

/// From now on Ctrl-C and SIGTERM make runs write a checkpoint and stop; a second one ends the program at once. For the
/// start of a program.
///
/// # Errors
/// If the system does not allow it, or it was done before.
pub fn catch_signals() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
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
            plain: !std::io::stderr().is_terminal(),
            said: Instant::now(),
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
        self.bar.set_message(self.line(state));
        if self.plain && self.said.elapsed() > QUIET {
            self.said = Instant::now();
            eprintln!("step {} of {total}: {}", state.step, self.line(state));
        }
    }

    fn loss(&mut self, _step: u64, loss: f64) {
        self.loss = loss;
    }

    fn evaluated(&mut self, evaluation: &Evaluation) {
        let Evaluation { set, step, loss, scores } = evaluation;
        self.accuracy = Some((set.clone(), scores.accuracy));
        if self.plain {
            eprintln!("step {step}, {set}: loss {loss:.4}, accuracy {:.2} %", 100.0 * scores.accuracy);
        }
    }

    fn stop(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }
}
