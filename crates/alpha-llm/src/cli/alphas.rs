//! `alpha-llm alphas`.

use std::io::Write;
use std::path::{Path, PathBuf};

use alpha_cli::Done;
use alpha_llm::analysis::{Ablation, AlphaStatistics, ablate, alphas_of, histogram, statistics};
use alpha_llm::export::Native;
use alpha_llm::training::{files, read_config};
use alpha_store::output;
use alpha_store::progress;
use alpha_store::table::Table;
use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::open;

/// Bars of the histogram on the terminal.
const BINS: usize = 15;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm alphas runs/mrpc --ablate\n\n\
    Writes alphas.csv and alphas.svg. The first columns are those of the paper's Appendix E.2; drift is |α − 1|, a sign flip\n\
    an α below 0. --ablate sets the α of each module back to 1, and the rest stays: the change of the accuracy on the\n\
    evaluation file is in points, p is McNemar's.")]
pub struct AlphasArgs {
    /// Folder of a run that is over
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Also score the run with each module's α back at 1, and with all of them
    #[arg(long)]
    ablate: bool,
    /// Folder for alphas.csv and alphas.svg [default: the run's]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report<'a> {
    modules: &'a [AlphaStatistics],
    ablation: Option<&'a Ablation>,
}

pub fn run(args: &AlphasArgs, out: &mut dyn Write) -> Result<Done> {
    let alphas = alphas_of(&Native::read(&args.run.join(files::ADAPTER))?, &args.run)?;
    let modules = statistics(&alphas)?;
    let paths: Vec<String> = alphas.iter().map(|module| module.site.path(module.layer)).collect();
    let ablation = if args.ablate { Some(ablation(args, &paths)?) } else { None };

    let folder = args.out.as_deref().unwrap_or(&args.run);
    let csv = table(&modules, ablation.as_ref(), &|value| value.to_string()).to_csv()?;
    output::write(&folder.join("alphas.csv"), |file| file.write_all(csv.as_bytes()))?;
    draw(&csv, &title(&args.run), &folder.join("alphas.svg"))?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&Report { modules: &modules, ablation: ablation.as_ref() })?)?;
        return Ok(Done::Whole);
    }
    writeln!(out, "{}", table(&modules, ablation.as_ref(), &|value| format!("{value:.4}")).to_terminal())?;
    if let Some(Ablation { set, baseline, .. }) = &ablation {
        let (accuracy, correct, rows) = (100.0 * baseline.accuracy, baseline.correct, baseline.rows);
        writeln!(out, "As trained: {accuracy:.2} % of {set} ({correct} of {rows}).")?;
    }
    let values: Vec<f64> = alphas.iter().flat_map(|module| module.values.iter().copied()).collect();
    write!(out, "\nAll {} α:\n{}", values.len(), histogram(&values, BINS))?;
    writeln!(out, "Written to {}: alphas.csv, alphas.svg", folder.display())?;
    Ok(Done::Whole)
}

fn ablation(args: &AlphasArgs, modules: &[String]) -> Result<Ablation> {
    let run = open(&args.run, &read_config(&args.run)?, args.datasets.as_deref())?;
    let bar = progress::steps("α back to 1", modules.len() as u64 + 2);
    let ablation = ablate(&run, modules, &mut || bar.inc(1))?;
    bar.finish_and_clear();
    Ok(ablation)
}

/// What a figure is called after: the run's folder.
pub fn title(run: &Path) -> String {
    let whole = run.canonicalize().unwrap_or_else(|_| run.to_owned());
    whole.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
}

/// One line per module and one for all, with the columns of the published tables first.
fn table(modules: &[AlphaStatistics], ablation: Option<&Ablation>, cell: &dyn Fn(f64) -> String) -> Table {
    let mut header = vec![
        "layer",
        "module",
        "mean",
        "std",
        "p5",
        "p25",
        "p50",
        "p75",
        "p95",
        "min",
        "max",
        "mean_drift",
        "max_drift",
        "sign_flips",
    ];
    if ablation.is_some() {
        header.extend(["accuracy_as_trained", "accuracy_at_1", "change", "p"]);
    }
    let mut table = Table::new(header);
    for (row, m) in modules.iter().enumerate() {
        let layer = m.layer.map_or("all".to_owned(), |layer| layer.to_string());
        let numbers =
            [m.mean, m.std, m.p5, m.p25, m.p50, m.p75, m.p95, m.min, m.max, m.mean_drift, m.max_drift].map(cell);
        let mut cells = [layer, m.module.clone()].into_iter().chain(numbers).collect::<Vec<_>>();
        cells.push(m.sign_flips.to_string());
        if let Some((ablation, ablated)) = ablation.and_then(|ablation| Some((ablation, ablation.ablated.get(row)?))) {
            let percent = [ablation.baseline.accuracy, ablated.accuracy, ablated.change].map(|share| 100.0 * share);
            cells.extend(percent.map(|value| format!("{value:.2}")));
            cells.push(cell(ablated.p));
        }
        table.push(cells);
    }
    table
}

fn draw(csv: &str, title: &str, path: &Path) -> Result<()> {
    let charts = alpha_plots::alphas::charts(title, &alpha_plots::alphas::parse("alphas.csv", csv)?);
    let svg = alpha_plots::chart::panels::grid(&charts, 2)?;
    Ok(output::write(path, |file| file.write_all(svg.as_bytes()))?)
}
