//! `alpha-llm fetch`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::{Done, console};
use alpha_llm::glue::{Task, fetch};
use alpha_store::checksum::Checksum;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use alpha_store::progress;
use anyhow::{Result, bail};
use clap::Args;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm fetch RTE\n  alpha-llm fetch MRPC SST-2 --datasets datasets")]
pub struct FetchArgs {
    /// MNLI, QNLI, MRPC, RTE, SST-2 or QQP; a custom task has files of your own
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<Task>,
    /// Folder to look in first, and to download into [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
}

impl FetchArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result<Done> {
        let datasets = Datasets::new(self.datasets.as_deref());
        let mut wrong = Vec::new();
        for &task in &self.tasks {
            let bar = progress::download();
            let fetched = fetch(task, &datasets, &Manifest::builtin(), |what, bytes| {
                bar.set_message(what.to_owned());
                bar.set_position(bytes);
            });
            bar.finish_and_clear();
            for file in fetched? {
                let how = if file.downloaded { "downloaded" } else { "was there" };
                let state = match &file.checksum {
                    Checksum::Right => "checksum right",
                    Checksum::Wrong { .. } => "checksum WRONG",
                    Checksum::Unknown => "columns and rows right, checksum not known: unverified",
                };
                writeln!(out, "{}: {how}, {} rows, {state}", file.path.display(), file.rows)?;
                if let Checksum::Wrong { expected } = &file.checksum {
                    wrong.push(format!("{} has sha256 {}, expected {expected}", file.path.display(), file.sha256));
                }
                file.warnings.iter().for_each(console::warning);
            }
        }
        if wrong.is_empty() {
            return Ok(Done::Whole);
        }
        bail!("not the published file, delete it to have it downloaded anew: {}", wrong.join("; "))
    }
}
