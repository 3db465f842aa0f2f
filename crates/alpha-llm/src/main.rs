//! `alpha-llm`: fine-tune RoBERTa and BERT with LoRA and α-LoRA.

mod cli;

use std::process::ExitCode;

use alpha_cli::Program;

use cli::{Cli, Command};

fn main() -> ExitCode {
    Program::new().usage(alpha_llm::Error::caused_by_usage).run(|Cli { command }, out| {
        alpha_llm::system::keep_freed_memory();
        // Before libtorch is asked for anything.
        alpha_llm::device::cuda();
        match command {
            Command::Train(args) => args.run(out),
            Command::Resume(args) => args.run(out),
            Command::Evaluate(args) => args.run(out),
            Command::Alphas(args) => cli::alphas::run(&args, out),
            Command::Neighbourhood(args) => cli::neighbourhood::run(&args, out),
            Command::Fetch(args) => args.run(out),
            Command::Bench(args) => args.run(out),
            Command::Doctor(args) => cli::doctor::run(&args, out),
            Command::Export(args) => cli::export::run(&args, out),
        }
    })
}
