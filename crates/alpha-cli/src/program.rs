//! From the command line to the exit code.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, Parser};

use crate::arguments::{Color, Shared, explain, suggest, with_shared};
use crate::stdout::Stdout;
use crate::{console, documents, signals};

/// How a program ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The work is done: exit code 0.
    Whole,
    /// It is not, and the program has said why: exit code 1.
    Partly,
}

/// Whether an error is one of usage: a value out of range, an unknown word.
type IsUsage = fn(&(dyn Error + 'static)) -> bool;

/// A program that keeps the contract.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    is_usage: IsUsage,
}

/// A wrong use that only the work can see.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

/// An error of usage with a message: exit code 2.
pub fn usage(message: impl fmt::Display) -> anyhow::Error {
    Usage(message.to_string()).into()
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

impl Program {
    /// A program whose errors are those of the work, unless they are made by [`usage`].
    pub fn new() -> Self {
        Self { is_usage: |_| false }
    }

    /// Names the errors that are the command line's fault; each cause of an error is asked about.
    pub fn usage(self, is_usage: IsUsage) -> Self {
        Self { is_usage }
    }

    /// Parses the command line, does the work, and says how it ended.
    pub fn run<C: Parser>(self, work: impl FnOnce(C, &mut Stdout) -> anyhow::Result<Done>) -> ExitCode {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        let mut command = with_shared(C::command());
        let name = command.get_name().to_owned();
        let asked = Color::asked(&arguments);
        let mut out = Stdout::new();
        let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| {
            let shared = Shared::of(&matches);
            console::open(&name, shared.quiet, shared.color.on(&std::io::stderr()));
            if matches.subcommand_name().is_some_and(documents::is_one) {
                return Ok((matches, shared, None));
            }
            let cli = C::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
            Ok((matches, shared, Some(cli)))
        });
        let result = match parsed {
            Ok((_, Shared { parse_only: true, .. }, _)) => Ok(Done::Whole),
            Ok((_, _, Some(cli))) => watched(|| work(cli, &mut out)),
            Ok((matches, ..)) => documents(&matches, with_shared(C::command()), &mut out),
            Err(mut error) => {
                suggest(&mut error);
                console::open(&name, false, asked.on(&std::io::stderr()));
                match error.kind() {
                    ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => print(&error, asked, &mut out),
                    _ => {
                        console::write(&explain(&name, &error, asked.on(&std::io::stderr())));
                        return ExitCode::from(2);
                    }
                }
            }
        };
        let result = result.and_then(|done| Ok(out.flush().map(|()| done)?));
        self.end(result)
    }

    fn end(self, result: anyhow::Result<Done>) -> ExitCode {
        match result {
            Ok(Done::Whole) => ExitCode::SUCCESS,
            Ok(Done::Partly) => ExitCode::FAILURE,
            Err(error) => {
                console::error(format_args!("{error:#}"));
                let is_usage = error.chain().any(|cause| cause.is::<Usage>() || (self.is_usage)(cause));
                ExitCode::from(if is_usage { 2 } else { 1 })
            }
        }
    }
}

/// Work that Ctrl-C and SIGTERM end tidily.
fn watched(work: impl FnOnce() -> anyhow::Result<Done>) -> anyhow::Result<Done> {
    signals::watch()?;
    work()
}

/// Help or version.
fn print(text: &clap::Error, color: Color, out: &mut Stdout) -> anyhow::Result<Done> {
    let text = text.render();
    if color.on(&std::io::stdout()) { write!(out, "{}", text.ansi()) } else { write!(out, "{text}") }?;
    Ok(Done::Whole)
}

fn documents(matches: &ArgMatches, command: Command, out: &mut Stdout) -> anyhow::Result<Done> {
    documents::write(matches, command, out)?;
    Ok(Done::Whole)
}
