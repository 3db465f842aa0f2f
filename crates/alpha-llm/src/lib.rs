#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | RoBERTa and BERT from Hugging Face folders |
//! | [`adapter`] | LoRA, α-LoRA, the full-rank form: settings, parameters, what they add |
//! | [`classifier`] | a frozen encoder with adapters and a trained head |
//! | [`dropout`] | dropout whose masks depend on a key alone |
//! | [`optimiser`] | Adam and AdamW over one flat buffer; the linear schedule |
//! | [`study`] | many runs to one table: the paper's Table 2 |
//! | [`training`] | runs: settings, Algorithm 1, checkpoints, records |
//! | [`analysis`] | the learnt α of a run, and the accuracy around them |
//! | [`mod@bench`] | how long a step takes |
//! | [`demo`] | a tiny model and generated sentences |
//! | [`glue`] | the six GLUE tasks and tables of one's own: reading, checking, fetching |
//! | [`tokens`] | texts to token ids, exactly as transformers' fast tokenizers |
//! | [`batches`] | the batches of an epoch, from a seed; padding |
//! | [`splits`] | train, α and selection rows, disjoint |
//! | [`metrics`] | accuracy and F1 with intervals |
//! | [`paired`] | McNemar's test, for several seeds too |
//! | [`device`], [`doctor`] | CPU or GPU, and what the machine has |
//! | [`export`] | adapters as folders: our own, merged, PEFT's |
//! | [`hub`] | a model's folder, given as such or as a name on the hub |
//! | [`keyed`] | random numbers and orders that depend on nothing but a key |
//! | [`terminal`] | progress and signals, for binaries |
//! | [`system`] | what only the system's own library can do |

mod error;
mod input;
mod json;

pub mod adapter;
pub mod analysis;
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
pub mod paired;
pub mod splits;
pub mod study;
pub mod system;
pub mod terminal;
pub mod tokens;
pub mod training;

pub use error::{Error, Result};
