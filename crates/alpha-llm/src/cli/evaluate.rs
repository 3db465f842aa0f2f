//! `alpha-llm evaluate`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::Done;
use alpha_llm::training::read_config;
use alpha_store::table::Table;
use anyhow::Result;
use clap::Args;

use super::{open, score_cells, score_header};

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
    pub fn run(&self, out: &mut dyn Write) -> Result<Done> {
        let mut config = read_config(&self.run)?;
        if self.data.is_some() {
            config.data.clone_from(&self.data);
        }
        let evaluations = open(&self.run, &config, self.datasets.as_deref())?.score()?;
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&evaluations)?)?;
            return Ok(Done::Whole);
        }
        let with_f1 = config.reports_f1();
        let mut table = Table::new(score_header(with_f1));
        evaluations.iter().for_each(|evaluation| table.push(score_cells(evaluation, with_f1)));
        writeln!(out, "{}", table.to_terminal())?;
        Ok(Done::Whole)
    }
}
