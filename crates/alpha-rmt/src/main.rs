//! The `alpha-rmt` command: the theory at one point, over a grid, or beside a simulation.

mod cli;

use std::process::ExitCode;

use alpha_cli::{Done, Program};

use cli::{Cli, Command};

fn main() -> ExitCode {
    let usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<alpha_rmt::Error>().is_some_and(alpha_rmt::Error::is_usage)
    };
    Program::new().usage(usage).run(|Cli { command }, out| {
        match command {
            Command::Point(args) => cli::point::run(&args, out),
            Command::Sweep(args) => cli::sweep::run(&args, out),
            Command::Law(args) => cli::law::run(&args, out),
            Command::Classes(args) => cli::classes::run(&args, out),
            Command::Simulate(args) => cli::simulate::run(&args, out),
        }?;
        Ok(Done::Whole)
    })
}
