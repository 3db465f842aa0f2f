//! The `alpha-linear` command.

use std::path::PathBuf;
use std::process::ExitCode;

use alpha_linear::amazon::Amazon;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use alpha_store::progress;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// α-LoRA on linear models.
#[derive(Parser)]
#[command(name = "alpha-linear", version, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Download the Amazon review files that are missing, and check them.
    #[command(after_help = "Example:\n  alpha-linear fetch --datasets datasets")]
    Fetch {
        /// Folder to look in first, and to download into [default: $ALPHA_DATASETS, then datasets/]
        #[arg(long, value_name = "DIR")]
        datasets: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Command::Fetch { datasets } = Cli::parse().command;
    match fetch(&Datasets::new(datasets.as_deref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alpha-linear: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn fetch(datasets: &Datasets) -> Result<()> {
    for file in Amazon::files(&Manifest::builtin())? {
        let bar = progress::bytes(&file.path, file.bytes);
        let located = datasets.fetch(file, |bytes| bar.set_position(bytes))?;
        bar.finish_and_clear();
        let state = if located.verified { "checksum right" } else { "NOT the published file: wrong checksum" };
        println!("{}: {state}", located.path.display());
    }
    Ok(())
}
