//! The `alpha-linear` command.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Recommend(args) => cli::recommend::run(&args),
        Command::Transfer(args) => cli::transfer::run(&args),
        Command::Audit(args) => cli::audit::run(&args),
        Command::Fetch(args) => cli::fetch::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alpha-linear: {error:#}");
            ExitCode::FAILURE
        }
    }
}
