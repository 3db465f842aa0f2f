//! `alpha-llm export`.

use std::io::Write;
use std::path::{Path, PathBuf};

use alpha_cli::Done;
use alpha_llm::export::{Format, Native, export};
use alpha_llm::terminal::model_folder;
use alpha_llm::training::files;
use anyhow::{Context, Result};
use clap::Args;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm export runs/rte --format peft --out rte-adapter\n\n\
    hf writes one model that transformers loads; peft a small adapter that PEFT 0.13 and later loads on the base model;\n\
    native a copy of what was trained. Each is read back and its logits are compared before it gets its name.")]
pub struct ExportArgs {
    /// A run of `alpha-llm train`, or its adapter folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How to write it
    #[arg(long, value_enum)]
    format: Format,
    /// The folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The base model, a folder or hub id [default: as it was trained]
    #[arg(long, value_name = "DIR|HUB_ID")]
    model: Option<String>,
    /// Also write the compared inputs and logits, for scripts/check-exports
    #[arg(long, value_name = "FILE.safetensors")]
    probe: Option<PathBuf>,
}

pub fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<Done> {
    let mut native = Native::read(&adapter_folder(&args.run))?;
    if let Some(model) = &args.model {
        // The base's checksum is compared; its name is what others will load it by.
        native.base.name.clone_from(model);
    }
    let base = model_folder(&native.base.name)
        .with_context(|| format!("the base model of {} is not there: say where with --model", args.run.display()))?;
    let (report, probe) = export(&native, &base, args.format, &args.out)?;
    if let Some(path) = &args.probe {
        probe.write(path)?;
    }
    writeln!(
        out,
        "{}: largest difference of a logit, read back, {:.1e} ({} random inputs, logits up to {:.1})",
        args.out.display(),
        report.largest_logit_difference,
        report.rows,
        report.largest_logit
    )?;
    Ok(Done::Whole)
}

/// RUN/adapter where there is one, else the folder itself.
fn adapter_folder(run: &Path) -> PathBuf {
    let inner = run.join(files::ADAPTER);
    if inner.is_dir() { inner } else { run.to_owned() }
}
