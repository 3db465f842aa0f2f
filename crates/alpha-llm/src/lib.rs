//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.

mod error;

pub mod adapter;
pub mod classifier;
pub mod dropout;
pub mod model;
pub mod optimiser;
pub mod seeds;

pub use error::{Error, Result};
