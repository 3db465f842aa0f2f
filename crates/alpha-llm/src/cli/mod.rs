//! The words of the command line.

pub mod doctor;
pub mod export;

use std::path::PathBuf;

use alpha_llm::hub::Hub;
use clap::{Parser, Subcommand};

/// Fine-tune RoBERTa and BERT with LoRA and α-LoRA.
#[derive(Parser)]
#[command(name = "alpha-llm", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Say which libtorch, devices and precision this machine has, and what is amiss.
    Doctor(doctor::DoctorArgs),
    /// Write a trained adapter for transformers, for PEFT, or as it is.
    Export(export::ExportArgs),
}

/// The folder of a model given as a folder or hub id.
pub fn model_folder(model: &str) -> alpha_llm::Result<PathBuf> {
    Hub::from_env().locate(model, &mut |file| eprintln!("downloading {file} of {model}"))
}
