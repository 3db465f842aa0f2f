//! `alpha-llm`: fine-tune RoBERTa and BERT with LoRA and α-LoRA.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, Done};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Train(args) => args.run(),
        Command::Resume(args) => args.run(),
        Command::Evaluate(args) => args.run(),
        Command::Fetch(args) => args.run(),
        Command::Bench(args) => args.run(),
    };
    match done {
        Ok(Done::Whole) => ExitCode::SUCCESS,
        // The work is not done, though it can go on.
        Ok(Done::Stopped) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
