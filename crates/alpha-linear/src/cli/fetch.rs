//! `alpha-linear fetch`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::console;
use alpha_linear::amazon::Amazon;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use alpha_store::progress;
use anyhow::{Context, Result};
use clap::Args;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-linear fetch --datasets datasets")]
pub struct FetchArgs {
    /// Folder to look in first, and to download into [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Download anew what is there with a wrong checksum
    #[arg(long)]
    replace: bool,
}

pub fn run(args: &FetchArgs, out: &mut dyn Write) -> Result<()> {
    let datasets = Datasets::new(args.datasets.as_deref());
    let mut failures = Vec::new();
    for file in Amazon::files(&Manifest::builtin())? {
        let bar = progress::bytes(&file.path, file.bytes);
        let mut located = datasets.fetch(file, |bytes| bar.set_position(bytes));
        if args.replace && located.as_ref().is_ok_and(|located| !located.checksum.is_right()) {
            located = datasets.replace(file, |bytes| bar.set_position(bytes));
        }
        bar.finish_and_clear();
        let checked = located.map_err(anyhow::Error::from).and_then(|located| {
            located.check(file).context("a wrong checksum; --replace downloads the published file in its place")?;
            Ok(located)
        });
        match checked {
            Ok(located) => writeln!(out, "{}: checksum right; {}", located.path.display(), file.note)?,
            // The other files are still fetched.
            Err(error) => failures.push(error),
        }
    }
    let Some(last) = failures.pop() else { return Ok(()) };
    failures.iter().for_each(|error| console::error(format_args!("{error:#}")));
    Err(last)
}
