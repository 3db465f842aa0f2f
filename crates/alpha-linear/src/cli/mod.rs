//! The words of the command line.

pub mod audit;
pub mod fetch;
pub mod recommend;
pub mod transfer;

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
