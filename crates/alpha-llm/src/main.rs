//! `alpha-llm`: fine-tune RoBERTa and BERT with LoRA and α-LoRA.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    // Before libtorch is asked for anything.
    alpha_llm::device::cuda();
    let result = match Cli::parse().command {
        Command::Doctor(args) => cli::doctor::run(&args),
        Command::Export(args) => cli::export::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alpha-llm: {error:#}");
            ExitCode::FAILURE
        }
    }
}
