//! `alpha-rmt sweep`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::{Stdout, console};
use alpha_rmt::sweep::{Axis, Parameter, Sweep};
use alpha_store::output::Writer;
use alpha_store::{input, progress};
use anyhow::{Context, Result};
use clap::Args;
use rayon::prelude::*;

use super::{Chosen, SettingArgs};

#[derive(Args)]
#[command(after_help = "Examples, α* and the accuracies over c = p/n and β:\n  \
    alpha-rmt sweep --example phase --vary aspect-ratio=0.01:10:200:log \\\n    \
    --vary alignment=0:1:200 --out grid.csv\n  \
    alpha-rmt sweep --example figure1 --vary alpha=-10:10:21 --out -\n\n\
    Parameters: source-samples, target-samples, dimension, source-norm,\n\
    orthogonal-norm, alignment, source-ridge, target-ridge, alpha, and aspect-ratio\n\
    (c = p/n, which moves n). Several --vary make a grid, the last one fastest.\n\
    A varied parameter takes the place of the value given for it.")]
pub struct SweepArgs {
    /// Vary a parameter over COUNT values, equally spaced or, with :log, in equal ratios
    #[arg(long, required = true, value_name = "NAME=FROM:TO:COUNT[:log]", allow_hyphen_values = true)]
    vary: Vec<Axis>,
    #[command(flatten)]
    setting: SettingArgs,
    /// CSV file to write: a column per varied parameter, then the keys of `point`; an empty cell is undefined;
    /// - is standard output
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

/// Points that one task computes and formats.
const CHUNK: usize = 1024;
/// Chunks held in memory at once.
const CHUNKS: usize = 64;
/// Bytes from which a file is announced.
const LARGE: f64 = 1e9;

pub fn run(args: &SweepArgs, out: &mut Stdout) -> Result<()> {
    let varied: Vec<Parameter> = args.vary.iter().map(Axis::parameter).collect();
    let Chosen { setting, alpha, form } = args.setting.choose(&varied)?;
    let sweep = Sweep::new(setting, alpha, form, args.vary.clone())?;
    let names: Vec<&str> = varied.iter().map(|p| p.name()).chain(COLUMNS).collect();
    if input::is_stdin(&args.out) {
        return write(&sweep, &names, &mut |rows| {
            out.write_all(rows)?;
            Ok(!out.is_closed())
        });
    }
    let mut file = Writer::create(&args.out)?;
    let writing = || format!("cannot write {}", args.out.display());
    write(&sweep, &names, &mut |rows| file.write_all(rows).map(|()| true).with_context(writing))?;
    file.commit()?;
    console::note(format_args!("{} points written to {}", sweep.len(), args.out.display()));
    Ok(())
}

/// Gives the head and all rows to `put`, as long as that asks for more.
fn write(sweep: &Sweep, names: &[&str], put: &mut dyn FnMut(&[u8]) -> Result<bool>) -> Result<()> {
    let mut header = csv::Writer::from_writer(Vec::new());
    header.write_record(names)?;
    let mut more = put(&header.into_inner()?)?;

    let bar = progress::steps("points", sweep.len() as u64);
    for start in (0..sweep.len()).step_by(CHUNK * CHUNKS) {
        if !more {
            break;
        }
        let end = sweep.len().min(start + CHUNK * CHUNKS);
        let starts: Vec<usize> = (start..end).step_by(CHUNK).collect();
        let chunks: Vec<Vec<u8>> =
            starts.into_par_iter().map(|s| rows(sweep, s..end.min(s + CHUNK))).collect::<Result<_>>()?;
        if start == 0 {
            let bytes = chunks.iter().map(Vec::len).sum::<usize>() as f64 / end as f64 * sweep.len() as f64;
            if bytes > LARGE {
                console::note(format_args!("{} points will take about {:.1} GB", sweep.len(), bytes / 1e9));
            }
        }
        for chunk in chunks {
            more = more && put(&chunk)?;
        }
        bar.inc((end - start) as u64);
    }
    bar.finish_and_clear();
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
