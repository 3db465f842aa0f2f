//! The `alpha-rmt` command: the theory at one point, over a grid, or beside a simulation.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Point(args) => cli::point::run(&args),
        Command::Sweep(args) => cli::sweep::run(&args),
        Command::Simulate(args) => cli::simulate::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alpha-rmt: {error:#}");
            ExitCode::from(cli::exit_code(&error))
        }
    }
}
