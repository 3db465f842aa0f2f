//! `alpha-llm resume`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::{Done, console};
use alpha_llm::terminal::model_folder;
use alpha_llm::training::{Trainer, read_config};
use alpha_store::datasets::Datasets;
use anyhow::Result;
use clap::Args;

use super::run;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm resume runs/mrpc\n\n\
    The run goes on from its last checkpoint, with the settings that it was begun with; on a CPU its results are the same\n\
    to the byte as if it had not been stopped.")]
pub struct ResumeArgs {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
}

impl ResumeArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result<Done> {
        let config = read_config(&self.run)?;
        let (folder, device) = (model_folder(&config.model)?, config.open_device()?);
        let trainer = Trainer::resume(&self.run, &folder, &Datasets::new(self.datasets.as_deref()), device)?;
        console::note(format_args!("going on at step {} of {}", trainer.state().step, trainer.total_steps()));
        run(trainer, &self.run, out)
    }
}
