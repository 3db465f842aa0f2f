//! The words of the command line.

pub mod audit;
pub mod fetch;
pub mod recommend;
pub mod transfer;

use std::path::Path;

use alpha_cli::console;
use alpha_linear::Error;
use alpha_linear::sample_file::NamedSamples;
use alpha_linear::samples::Samples;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// α-LoRA on linear models: which scale for a frozen source, on your data.
#[derive(Parser)]
#[command(name = "alpha-linear", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Which α, and what accuracy to expect, from a frozen source and a few labelled samples.
    Recommend(recommend::RecommendArgs),
    /// Measure every choice of α on a source and a target whose labels are all known.
    Transfer(transfer::TransferArgs),
    /// What is wrong with a file, or a pair of them, before you trust a number.
    Audit(audit::AuditArgs),
    /// Download the Amazon review files that are missing, and check them.
    Fetch(fetch::FetchArgs),
}

/// An option's value that is not allowed.
fn refuse(name: &'static str, value: impl ToString, allowed: impl Into<String>) -> anyhow::Error {
    Error::Parameter { name, value: value.to_string(), allowed: allowed.into() }.into()
}

/// Another file of samples, beside the target's.
fn labelled(path: &Path, label: &str, target: &NamedSamples) -> Result<Samples> {
    let (samples, warning) = target.beside(path, label)?;
    if let Some(warning) = warning {
        console::warning(warning);
    }
    Ok(samples)
}
