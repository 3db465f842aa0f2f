//! The `alpha-linear` command.

mod cli;

use std::process::ExitCode;

use alpha_cli::{Done, Program};

use cli::{Cli, Command};

fn main() -> ExitCode {
    Program::new().usage(alpha_linear::Error::caused_by_usage).run(|Cli { command }, out| {
        match command {
            Command::Recommend(args) => cli::recommend::run(&args, out),
            Command::Transfer(args) => cli::transfer::run(&args, out),
            Command::Audit(args) => cli::audit::run(&args, out),
            Command::Fetch(args) => cli::fetch::run(&args, out),
        }?;
        Ok(Done::Whole)
    })
}
