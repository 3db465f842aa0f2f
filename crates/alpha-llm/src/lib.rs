//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.
//!
//! | module | holds |
//! |---|---|
//! | [`glue`] | the six GLUE tasks and tables of one's own: reading, checking, fetching |
//! | [`tokens`] | texts to token ids, exactly as transformers' fast tokenizers |
//! | [`batches`] | the batches of an epoch, from a seed; padding |
//! | [`splits`] | train, α and selection rows, disjoint |
//! | [`metrics`] | accuracy and F1 with intervals, McNemar's test |
//! | [`device`], [`doctor`] | CPU or GPU, and what the machine has |
//! | [`export`] | adapters as folders: our own, merged, PEFT's |
//! | [`hub`] | a model's folder, given as such or as a name on the hub |
//! | [`keyed`] | random orders that depend on nothing but a key |

mod cuda_library;
mod error;

pub mod adapter;
pub mod batches;
pub mod bench;
pub mod classifier;
pub mod demo;
pub mod device;
pub mod doctor;
pub mod dropout;
pub mod export;
pub mod glue;
pub mod hub;
pub mod keyed;
pub mod metrics;
pub mod model;
pub mod optimiser;
pub mod splits;
pub mod tokens;
pub mod training;

pub use error::{Error, Result};
