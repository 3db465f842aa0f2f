//! `alpha-llm neighbourhood`.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use alpha_cli::{Done, console};
use alpha_llm::analysis::{Grid, MEMORY, Neighbourhood, Progress};
use alpha_llm::terminal::PlainLines;
use alpha_llm::training::{Precision, read_config};
use alpha_store::{output, progress};
use anyhow::{Context, Result};
use clap::Args;

use super::alphas::title;
use super::open;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm neighbourhood runs/rte --points 49\n\n\
    The paper's Figure 5. Writes neighbourhood.csv, neighbourhood.svg (the map) and neighbourhood_lines.svg (α* + t and tα*).\n\
    Finished rows are kept in neighbourhood.unfinished.json: the same command goes on from them.")]
pub struct NeighbourhoodArgs {
    /// Folder of a run that is over
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Values of a and of b; a = 1 and b = 0 are added where they are not among them
    #[arg(long, default_value_t = 49)]
    points: usize,
    /// The smallest a and b
    #[arg(long, default_value_t = -2.0, allow_negative_numbers = true)]
    from: f64,
    /// The largest a and b
    #[arg(long, default_value_t = 2.0, allow_negative_numbers = true)]
    to: f64,
    /// Folder to write to [default: the run's]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Number format of frozen weights and activations [default: the run's]
    #[arg(long, value_enum)]
    precision: Option<Precision>,
}

pub fn run(args: &NeighbourhoodArgs, out: &mut dyn Write) -> Result<Done> {
    let grid = Grid::new(args.points, args.from, args.to)?;
    let mut config = read_config(&args.run)?;
    config.precision = args.precision.unwrap_or(config.precision);
    let run = open(&args.run, &config, args.datasets.as_deref())?;
    let folder = args.out.as_deref().unwrap_or(&args.run);
    let unfinished = folder.join("neighbourhood.unfinished.json");

    let mut neighbourhood = Neighbourhood::new(&run, grid, &args.run)?;
    let done = neighbourhood.take_up(&unfinished);
    if done > 0 {
        console::note(format_args!("going on after {done} of {} values of a", neighbourhood.grid.a.len()));
    }
    let (settings, before) = (neighbourhood.grid.settings(), done * neighbourhood.grid.b.len());
    let bar = progress::training(settings as u64);
    bar.set_position(before as u64);
    bar.reset_eta();
    let (mut lines, start) = (PlainLines::new(), Instant::now());
    neighbourhood.compute(&run, MEMORY, &unfinished, &mut |Progress { settings, of }| {
        let speed = (settings - before as f64) / start.elapsed().as_secs_f64();
        bar.set_position(settings as u64);
        bar.set_message(format!("{speed:.2} settings/s"));
        lines.say(|| format!("setting {settings:.0} of {of}: {speed:.2} settings/s"));
    })?;
    bar.finish_and_clear();

    let csv = neighbourhood.table().to_csv()?;
    let drawn = alpha_plots::neighbourhood::Neighbourhood::parse("neighbourhood.csv", &csv)?;
    let title = title(&args.run);
    let write = |name: &str, text: String| output::write(&folder.join(name), |file| file.write_all(text.as_bytes()));
    write("neighbourhood.csv", csv)?;
    write("neighbourhood_lines.svg", drawn.lines(&title).to_svg()?)?;
    let learnt = drawn.at(1.0, 0.0).context("the grid has no (1, 0)")?;
    let (a, b, best) = drawn.best();
    writeln!(
        out,
        "{} rows of {}: {learnt:.2} % with the learnt α, {best:.2} % at best (a = {a:.4}, b = {b:.4}), {:.2} % at most settings",
        neighbourhood.rows,
        neighbourhood.set,
        drawn.plateau()
    )?;
    // An accuracy that is the same everywhere has no map.
    match drawn.heat_map(&title).and_then(|map| map.to_svg()) {
        Ok(map) => write("neighbourhood.svg", map)?,
        Err(error) => console::note(format_args!("no map: {error}")),
    }
    if let Err(error) = std::fs::remove_file(&unfinished)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        console::warning(format_args!("cannot remove {}: {error}", unfinished.display()));
    }
    let (seconds, new) = (start.elapsed().as_secs_f64(), settings - before);
    writeln!(
        out,
        "{new} settings in {seconds:.1} s, {:.2} settings/s; written to {}",
        new as f64 / seconds,
        folder.display()
    )?;
    Ok(Done::Whole)
}
