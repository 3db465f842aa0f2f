//! The `alpha-linear` command.

mod cli;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let out = &mut std::io::stdout().lock();
    let result = match command {
        Command::Recommend(args) => cli::recommend::run(&args, out),
        Command::Transfer(args) => cli::transfer::run(&args, out),
        Command::Audit(args) => cli::audit::run(&args, out),
        Command::Fetch(args) => cli::fetch::run(&args, out),
    };
    match result.and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // As for `| head`: whoever reads has read enough.
        Err(error) if cli::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alpha-linear: {error:#}");
            ExitCode::from(cli::exit_code(&error))
        }
    }
}
