//! `alpha-linear fetch`.

use std::io::Write;
use std::path::PathBuf;

use alpha_linear::amazon::Amazon;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use alpha_store::progress;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-linear fetch --datasets datasets")]
pub struct FetchArgs {
    /// Folder to look in first, and to download into [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
}

pub fn run(args: &FetchArgs, out: &mut dyn Write) -> Result<()> {
    let datasets = Datasets::new(args.datasets.as_deref());
    for file in Amazon::files(&Manifest::builtin())? {
        let bar = progress::bytes(&file.path, file.bytes);
        let located = datasets.fetch(file, |bytes| bar.set_position(bytes))?;
        bar.finish_and_clear();
        let state = if located.verified { "checksum right" } else { "NOT the published file: wrong checksum" };
        writeln!(out, "{}: {state}; {}", located.path.display(), file.note)?;
    }
    Ok(())
}
