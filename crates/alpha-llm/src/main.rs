//! `alpha-llm`: fine-tune RoBERTa and BERT with LoRA and α-LoRA.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, Done};

fn main() -> ExitCode {
    let command = Cli::parse().command;
    alpha_llm::system::keep_freed_memory();
    // Before libtorch is asked for anything.
    alpha_llm::device::cuda();
    let done = match command {
        Command::Train(args) => args.run(),
        Command::Resume(args) => args.run(),
        Command::Evaluate(args) => args.run(),
        Command::Alphas(args) => cli::alphas::run(&args).map(|()| Done::Whole),
        Command::Neighbourhood(args) => cli::neighbourhood::run(&args).map(|()| Done::Whole),
        Command::Fetch(args) => args.run(),
        Command::Bench(args) => args.run(),
        Command::Doctor(args) => cli::doctor::run(&args).map(|()| Done::Whole),
        Command::Export(args) => cli::export::run(&args).map(|()| Done::Whole),
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
