//! The `reproduce-table1` command.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use alpha_cli::{Done, Program, Stdout, console};
use alpha_linear::amazon::Amazon;
use alpha_linear::amazon::table1::{self, Table1Config};
use alpha_store::datasets::Datasets;
use alpha_store::manifest::DatasetFile;
use alpha_store::record::Record;
use anyhow::Result;
use clap::Parser;

/// Table 1 of the paper: twelve Amazon transfers at α = 0, 1 and α*, by the published protocol.
///
/// Writes table1.csv (the published columns first, then α* in the correct form, accuracies that are not folded at 1/2,
/// and the frozen source alone), table1.md and table1.json (configuration, data, seconds).
#[derive(Parser)]
#[command(
    name = "reproduce-table1",
    version,
    max_term_width = 120,
    after_help = "Examples, the paper's table and its variant with 20 labels:\n  \
    reproduce-table1\n  \
    reproduce-table1 --target-samples 20 --out runs/table1_n20"
)]
struct Cli {
    /// Folder with amazon/*.mat [default: $ALPHA_DATASETS, then datasets/]; missing files are downloaded into it
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "runs/table1")]
    out: PathBuf,
    /// Do not download what is missing
    #[arg(long)]
    offline: bool,
    /// N, first rows of the source to train on
    #[arg(long, value_name = "N", default_value_t = Table1Config::default().source_samples)]
    source_samples: usize,
    /// n, rows of the target to fine-tune on
    #[arg(long, value_name = "n", default_value_t = Table1Config::default().target_samples)]
    target_samples: usize,
    /// γ̃, ridge of the source classifier
    #[arg(long, value_name = "γ̃", default_value_t = Table1Config::default().source_ridge, allow_negative_numbers = true)]
    source_ridge: f64,
    /// γ, ridge of the fine-tuning
    #[arg(long, value_name = "γ", default_value_t = Table1Config::default().target_ridge, allow_negative_numbers = true)]
    target_ridge: f64,
    /// Random splits per seed and column
    #[arg(long, default_value_t = Table1Config::default().splits)]
    splits: usize,
    /// Seeds of NumPy's legacy generator
    #[arg(long, value_delimiter = ',', default_value = "1,123,404")]
    seeds: Vec<u32>,
}

fn main() -> ExitCode {
    Program::new().usage(alpha_linear::Error::caused_by_usage).run(run)
}

fn run(cli: Cli, out: &mut Stdout) -> Result<Done> {
    let start = Instant::now();
    let config = Table1Config {
        source_samples: cli.source_samples,
        target_samples: cli.target_samples,
        source_ridge: cli.source_ridge,
        target_ridge: cli.target_ridge,
        splits: cli.splits,
        seeds: cli.seeds.clone(),
    };
    config.check()?;
    let datasets = Datasets::new(cli.datasets.as_deref());
    let told = |file: &DatasetFile| console::progress(format_args!("downloading {}", file.url));
    let amazon = Amazon::obtain(&datasets, cli.offline, told)?;
    for warning in amazon.warnings(config.source_samples) {
        console::warning(warning);
    }
    let transfers = table1::on_amazon(&amazon, &config)?;

    let table = table1::table(&transfers);
    let csv = table.to_csv()?;
    let mut folder = alpha_cli::folder(&cli.out)?;
    folder.write("table1.csv", |out| out.write_all(csv.as_bytes()))?;
    folder.write("table1.md", |out| out.write_all(table.to_markdown().as_bytes()))?;
    let published = table1::published(&config);
    let record = Record::new("reproduce-table1", env!("CARGO_PKG_VERSION"), config, amazon.files, start);
    let record = record.to_json()?;
    folder.write("table1.json", |out| out.write_all(record.as_bytes()))?;
    folder.commit()?;

    writeln!(
        out,
        "{}\nSource only: the frozen source on all target rows, no target label used. α* is computed from statistics\n\
         that contain the test labels, as in the paper. More columns: {}",
        table1::summary(&transfers).to_terminal(),
        cli.out.join("table1.csv").display()
    )?;
    let Some(published) = published else { return Ok(Done::Whole) };
    let misses = table1::misses(&transfers, &published);
    if misses.is_empty() {
        let count = table1::PUBLISHED_NUMBERS * published.len();
        writeln!(out, "Every published digit is reproduced ({count} numbers).")?;
        return Ok(Done::Whole);
    }
    for miss in &misses {
        console::error(miss);
    }
    console::error(format_args!("{} published numbers are missed", misses.len()));
    Ok(Done::Partly)
}
