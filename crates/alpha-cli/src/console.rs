//! Messages on stderr. Each begins with the program's name; a stderr that is closed or full is no failure.

use std::fmt::Display;
use std::io::Write;
use std::sync::OnceLock;

static CONSOLE: OnceLock<Console> = OnceLock::new();

#[derive(Debug)]
struct Console {
    program: String,
    quiet: bool,
    colors: bool,
}

/// For the start of a program; before it messages have no name in front.
pub(crate) fn open(program: &str, quiet: bool, colors: bool) {
    // A second program in one process keeps the first one's.
    let _ = CONSOLE.set(Console { program: program.to_owned(), quiet, colors });
    if quiet {
        alpha_store::progress::hide();
    }
}

/// Says what went wrong: `PROGRAM: message`.
pub fn error(message: impl Display) {
    say("", "", message);
}

/// Says what may be wrong: `PROGRAM: warning: message`. Not silenced by `--quiet`.
pub fn warning(message: impl Display) {
    // Yellow.
    say("warning: ", "\x1b[33m", message);
}

/// Says what is worth knowing: `PROGRAM: note: message`, unless `--quiet` is given.
pub fn note(message: impl Display) {
    if !is_quiet() {
        // Cyan.
        say("note: ", "\x1b[36m", message);
    }
}

/// Says how the work goes on, in a line without the program's name, unless `--quiet` is given.
pub fn progress(line: impl Display) {
    if !is_quiet() {
        write(&format!("{line}\n"));
    }
}

/// Whether `--quiet` is given.
pub fn is_quiet() -> bool {
    CONSOLE.get().is_some_and(|console| console.quiet)
}

fn say(kind: &str, color: &str, message: impl Display) {
    // A path may hold what a terminal would obey.
    let message = alpha_store::message::inert(&message.to_string());
    let Some(Console { program, colors, .. }) = CONSOLE.get() else {
        return write(&format!("{kind}{message}\n"));
    };
    if !colors {
        return write(&format!("{program}: {kind}{message}\n"));
    }
    // The name in bold, and red where it is an error.
    let name = if kind.is_empty() { "\x1b[1;31m" } else { "\x1b[1m" };
    write(&format!("{name}{program}:\x1b[0m {color}{kind}\x1b[0m{message}\n"));
}

/// Writes text to stderr.
pub(crate) fn write(text: &str) {
    // There is nowhere to say that stderr cannot be written.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
