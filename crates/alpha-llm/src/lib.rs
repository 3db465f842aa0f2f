//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.
//!
//! | module | holds |
//! |---|---|
//! | [`glue`] | the six GLUE tasks and tables of one's own: reading, checking, fetching |
//! | [`tokens`] | texts to token ids, exactly as transformers' fast tokenizers |
//! | [`batches`] | the batches of an epoch, from a seed; padding |
//! | [`splits`] | train, α and selection rows, disjoint |
//! | [`metrics`] | accuracy and F1 with intervals, McNemar's test |
//! | [`export`] | adapters as folders: our own, merged, PEFT's |
//! | [`keyed`] | random orders that depend on nothing but a key |

mod error;

pub mod adapter;
pub mod batches;
pub mod bench;
pub mod classifier;
pub mod demo;
pub mod device;
pub mod dropout;
pub mod export;
pub mod glue;
pub mod keyed;
pub mod metrics;
pub mod model;
pub mod optimiser;
pub mod splits;
pub mod tokens;
pub mod training;

pub use error::{Error, Result};
