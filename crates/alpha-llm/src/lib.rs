//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.

mod error;

pub use error::{Error, Result};
