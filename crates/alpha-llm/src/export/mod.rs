//! Adapters as folders.
//!
//! | format | what is written | read by |
//! |---|---|---|
//! | [`Format::Native`] | α, A, B and head as trained | this crate: to export again |
//! | [`Format::Hf`] | one model with all folded in | transformers |
//! | [`Format::Peft`] | a small adapter, α-LoRA written as DoRA | PEFT from 0.13, transformers |
//!
//! [`export`] reads back what it has written and compares logits before the folder gets its name.

mod hf;
mod merge;
mod native;
mod peft;
mod peft_reader;
mod probe;
mod readme;
mod stage;

use std::path::Path;

use serde::Serialize;
use tch::{Device, Kind};

use crate::adapter::{AdapterConfig, Method, Pass};
use crate::classifier::{Classifier, read_folder};
use crate::error::{Error, Result};
use crate::hub::public_name;
use crate::json;
use crate::model::{Checkpoint, EncoderConfig};

pub use native::{Base, Native};
pub use peft_reader::read_peft;
pub use probe::Probe;
use stage::Stage;

/// The largest difference of a logit, before and after, with which an export is accepted.
pub const TOLERANCE: f64 = 1e-4;

/// How an adapter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A plain Hugging Face model with the adapter folded in.
    Hf,
    /// An adapter that unmodified PEFT loads.
    Peft,
    /// alpha-llm's own, to export again.
    Native,
}

/// What is known of an export; kept in it as `alpha_lora_export.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How it was written.
    pub format: Format,
    /// The version of this crate.
    pub version: &'static str,
    /// What the adapter was trained on; of a folder its own name only.
    pub base: Base,
    /// The largest difference between a logit of the folder, read back, and one of the adapter it was made from.
    pub largest_logit_difference: f64,
    /// The largest logit, in absolute value.
    pub largest_logit: f64,
    /// How many random inputs were compared.
    pub rows: usize,
    /// The difference allowed.
    pub tolerance: f64,
}

/// Writes an adapter, trained on the model in the folder `base`, to the new folder `out`, reads it back and compares the
/// logits of random inputs.
///
/// # Errors
/// Nothing is left at `out` on an error: [`Error::Exists`] if there is something already; [`Error::Base`] for another base
/// than the one trained on; [`Error::FullRank`], [`Error::SmallAlpha`] or [`Error::ZeroRow`] for what PEFT cannot
/// express; [`Error::Differs`] where the logits do not come back; those of reading and writing.
pub fn export(native: &Native, base: &Path, format: Format, out: &Path) -> Result<(Report, Probe)> {
    let (config, checkpoint) = read_folder(base)?;
    let place = (Kind::Float, Device::Cpu);
    let classifier = native.classifier(&config, &checkpoint, place)?;
    // Adapters beside the frozen weights, not merged into them: another way of computing than any of the folders'.
    let probe = Probe::new(&classifier, native.max_length, Pass::Adapters)?;
    drop(classifier);
    let stage = Stage::new(out)?;
    let folder = stage.folder();
    match format {
        Format::Native => native.write(folder)?,
        Format::Hf => hf::write(native, (&config, &checkpoint), base, folder)?,
        Format::Peft => peft::write(native, (&config, &checkpoint), folder)?,
    }
    let again = match format {
        Format::Native => Native::read(folder)?.classifier(&config, &checkpoint, place)?,
        Format::Hf => {
            drop(checkpoint);
            let (config, checkpoint) = read_folder(folder)?;
            plain(&config, &checkpoint, native.label_names.len())?
        }
        Format::Peft => plain(&config, &read_peft(folder, &config, &checkpoint)?, native.label_names.len())?,
    };
    let difference = probe.difference(&again)?;
    if difference > TOLERANCE || difference.is_nan() {
        return Err(Error::Differs { path: out.to_owned(), difference, allowed: TOLERANCE });
    }
    let report = Report {
        format,
        version: env!("CARGO_PKG_VERSION"),
        // Where the base lay is nobody's business.
        base: Base { name: public_name(&native.base.name), ..native.base.clone() },
        largest_logit_difference: difference,
        largest_logit: probe.largest_logit(),
        rows: probe.rows(),
        tolerance: TOLERANCE,
    };
    json::write(&folder.join("alpha_lora_export.json"), &report)?;
    readme::write(native, &report, out, folder)?;
    stage.commit()?;
    Ok((report, probe))
}

/// A model as it is: with an adapter that adds nothing.
fn plain(config: &EncoderConfig, checkpoint: &Checkpoint, labels: usize) -> Result<Classifier> {
    let adapter = AdapterConfig { method: Method::Lora, rank: 1, ..AdapterConfig::default() };
    Classifier::new(config, checkpoint, &adapter, labels as i64, 0, (Kind::Float, Device::Cpu))
}
