//! `alpha-llm evaluate`.

use std::path::PathBuf;

use alpha_llm::terminal::model_folder;
use alpha_llm::training::score_run;
use alpha_store::datasets::Datasets;
use alpha_store::table::Table;
use anyhow::Result;
use clap::Args;

use super::Done;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm evaluate runs/mrpc\n  alpha-llm evaluate runs/mine --data newer")]
pub struct EvaluateArgs {
    /// Folder of a run that is over
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder of the task's files, instead of the run's
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl EvaluateArgs {
    pub fn run(&self) -> Result<Done> {
        let mut config = alpha_llm::training::read_config(&self.run)?;
        if self.data.is_some() {
            config.data.clone_from(&self.data);
        }
        let (folder, device) = (model_folder(&config.model)?, config.device.open()?);
        let datasets = Datasets::new(self.datasets.as_deref());
        let evaluations = score_run(&self.run, &config, &folder, &datasets, device)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&evaluations)?);
            return Ok(Done::Whole);
        }
        let mut table = Table::new(["set", "rows", "accuracy (%)", "95 % interval", "F1 (%)", "loss"]);
        for evaluation in &evaluations {
            table.push(super::score_cells(evaluation));
        }
        println!("{}", table.to_terminal());
        Ok(Done::Whole)
    }
}
