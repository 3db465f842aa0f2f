//! `alpha-rmt sweep`.

use std::io::Write;
use std::path::PathBuf;

use alpha_rmt::sweep::{Axis, Parameter, Sweep};
use alpha_store::output::Writer;
use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::SettingArgs;

#[derive(Args)]
#[command(after_help = "Example, α* and the accuracies over a 200 × 200 grid of c = p/n and β:\n  \
    alpha-rmt sweep --vary aspect-ratio=0.01:10:200:log --vary alignment=0:1:200 --source-samples 2000 \\\n    \
    --dimension 400 --source-norm 1 --orthogonal-norm 1 --source-ridge 1 --target-ridge 1 --out grid.csv\n\n\
    Parameters: source-samples, target-samples, dimension, source-norm, orthogonal-norm, alignment, source-ridge,\n\
    target-ridge, alpha, and aspect-ratio (c = p/n, which moves n). Several --vary make a grid, the last one fastest.\n\
    A varied parameter takes the place of the value given for it.")]
pub struct SweepArgs {
    /// Vary a parameter over COUNT values, equally spaced or, with :log, in equal ratios
    #[arg(long, required = true, value_name = "NAME=FROM:TO:COUNT[:log]", allow_hyphen_values = true)]
    vary: Vec<Axis>,
    #[command(flatten)]
    setting: SettingArgs,
    /// CSV file to write: a column per varied parameter, then the keys of `point`; an empty cell is undefined
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// Columns after the varied parameters, in the order of `alpha_rmt::setting::Point`.
const COLUMNS: [&str; 13] = [
    "alpha_star",
    "alpha_worst",
    "mean",
    "variance",
    "second_moment",
    "accuracy",
    "accuracy_at_0",
    "accuracy_at_1",
    "accuracy_at_alpha_star",
    "accuracy_source_only",
    "gain_over_0",
    "gain_over_1",
    "gain_over_source_only",
];

/// Bytes of a cell, on average.
const CELL: usize = 20;
/// Points that one task computes and formats.
const CHUNK: usize = 1024;
/// Chunks held in memory at once.
const CHUNKS: usize = 64;

pub fn run(args: &SweepArgs) -> Result<()> {
    let varied: Vec<Parameter> = args.vary.iter().map(Axis::parameter).collect();
    let base = args.setting.setting(&varied)?;
    let sweep = Sweep::new(base, args.setting.alpha, args.setting.form, args.vary.clone())?;

    let bytes = sweep.len() as f64 * ((varied.len() + COLUMNS.len()) * CELL) as f64;
    if bytes >= 1e9 {
        eprintln!("note: {} points make a file of about {:.0} GB", sweep.len(), bytes / 1e9);
    }
    let writing = || format!("cannot write {}", args.out.display());
    let mut file = Writer::create(&args.out)?;
    let names: Vec<&str> = varied.iter().map(|p| p.name()).chain(COLUMNS).collect();
    let mut header = csv::Writer::from_writer(Vec::new());
    header.write_record(&names)?;
    file.write_all(&header.into_inner()?).with_context(writing)?;

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} points, {eta} left")?;
    let bar = ProgressBar::new(sweep.len() as u64).with_style(style);
    for start in (0..sweep.len()).step_by(CHUNK * CHUNKS) {
        let end = sweep.len().min(start + CHUNK * CHUNKS);
        let starts: Vec<usize> = (start..end).step_by(CHUNK).collect();
        let chunks: Vec<Vec<u8>> =
            starts.into_par_iter().map(|s| rows(&sweep, s..end.min(s + CHUNK))).collect::<Result<_>>()?;
        for chunk in chunks {
            file.write_all(&chunk).with_context(writing)?;
        }
        bar.inc((end - start) as u64);
    }
    bar.finish_and_clear();
    file.commit()?;
    eprintln!("{} points written to {}", sweep.len(), args.out.display());
    Ok(())
}

/// CSV rows of a range of points.
fn rows(sweep: &Sweep, range: std::ops::Range<usize>) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::with_capacity(CHUNK * 256));
    for index in range {
        let row = sweep.point(index).with_context(|| format!("point {} of {}", index + 1, sweep.len()))?;
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}
