//! Ctrl-C, SIGTERM and the end of a terminal session.
//!
//! As a rule they remove temporary files and end the program with 128 + the signal's number. A command that can stop in its own
//! way says so with [`stop_gently`] and looks at [`stop_asked`].

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whether the first signal only asks.
static GENTLE: AtomicBool = AtomicBool::new(false);

/// When it asked.
static STOP: OnceLock<Instant> = OnceLock::new();

/// A scheduler signals a program and the shell that started it, which passes the signal on: that is one signal.
const ONE_SIGNAL: Duration = Duration::from_secs(1);

/// From now on the first signal makes [`stop_asked`] true; another one, a second or more later, ends the program.
pub fn stop_gently() {
    GENTLE.store(true, Ordering::Relaxed);
}

/// Whether a signal has asked the work to stop.
pub fn stop_asked() -> bool {
    STOP.get().is_some()
}

/// What a signal does: only ask, or end the program.
fn only_asks() -> bool {
    GENTLE.load(Ordering::Relaxed) && STOP.get_or_init(Instant::now).elapsed() <= ONE_SIGNAL
}

/// Takes the signals from now on. Elsewhere than on Unix the system ends the program.
#[cfg(unix)]
pub(crate) fn watch() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let ignored = ignored();
    let taken: Vec<i32> =
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| ignored >> (signal - 1) & 1 == 0).collect();
    let mut signals = signal_hook::iterator::Signals::new(taken)?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if !only_asks() {
                alpha_store::output::remove_unfinished();
                // Without the destructors of libraries whose threads are still at work.
                signal_hook::low_level::exit(128 + signal);
            }
        }
    });
    Ok(())
}

/// Takes no signals.
#[cfg(not(unix))]
pub(crate) fn watch() -> std::io::Result<()> {
    let _ = only_asks;
    Ok(())
}

/// The signals that whoever started the program wants ignored, as `nohup` does, as the bits of signal − 1. Known on Linux.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
