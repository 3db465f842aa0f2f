//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.
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
//!
//! Read a model, put adapters on it, take one step:
//!
//! ```no_run
//! use alpha_llm::{adapter::*, classifier::*, dropout::Dropout, keyed::Key, optimiser::*};
//! use tch::{Device, Kind, Tensor};
//! let (config, checkpoint) = read_folder("all-MiniLM-L6-v2".as_ref())?;
//! let place = (Kind::Float, Device::Cpu);
//! let model = Classifier::new(&config, &checkpoint, &AdapterConfig::default(), 2, 1, place)?;
//! let batch = model.encoder().batch(&[101, 2204, 102, 101, 2919, 102], None, None, 3)?;
//! let mut dropout = Dropout::keyed(Key { seed: 1, stream: "dropout", count: 0 }, Device::Cpu);
//! let loss = cross_entropy(&model.logits(&batch, &model.fold(Pass::Adapters), &mut dropout), &[1, 0]);
//! let gradients = Tensor::run_backward(&[&loss], model.updates().leaves(), false, false);
//! let mut adam = Adam::new(AdamConfig::default(), model.updates(), |_| false);
//! adam.step(model.updates(), &flatten(&gradients), 1e-4);
//! # Ok::<(), alpha_llm::Error>(())
//! ```

mod error;

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
