//! `alpha-rmt sweep`.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc;

use alpha_cli::{Stdout, console};
use alpha_rmt::points::Points;
use alpha_rmt::setting::Point;
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
    /// CSV file to write; - is standard output
    ///
    /// Its columns are the varied parameters, the fixed ones (alpha only if --alpha gives one), form, and the keys of
    /// `point --json`. An empty cell is undefined. Where a result over- or underflows, all keys of the point are empty; a
    /// parameter out of its range is an error, and nothing is written.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// Points that one task computes and formats.
const CHUNK: usize = 1024;
/// Chunks of a batch. One batch is written while the next is computed, so that two of them are in memory.
const CHUNKS: usize = 16;
/// The accuracy at the chosen scale and the two columns beside it stand at these places of `Point::NAMES`, those at α* this much
/// further on.
const SAME_FROM: Range<usize> = 5..8;
const SAME: usize = 9;
/// Bytes from which a file is announced.
const LARGE: f64 = 1e9;

pub fn run(args: &SweepArgs, out: &mut Stdout) -> Result<()> {
    let varied: Vec<Parameter> = args.vary.iter().map(Axis::parameter).collect();
    let Chosen { setting, alpha, form } = args.setting.choose(&varied)?;
    let table = Table::new(Sweep::new(setting, alpha, form, args.vary.clone())?);
    if input::is_stdin(&args.out) {
        let failed = table.write(&mut |rows| {
            out.write_all(rows)?;
            Ok(!out.is_closed())
        })?;
        table.say(failed);
        return Ok(());
    }
    let mut file = Writer::create(&args.out)?;
    let writing = || format!("cannot write {}", args.out.display());
    let failed = table.write(&mut |rows| file.write_all(rows).map(|()| true).with_context(writing))?;
    file.commit()?;
    console::note(format_args!("{} points written to {}", table.sweep.len(), args.out.display()));
    table.say(failed);
    Ok(())
}

/// The CSV of a sweep: the varied parameters, the fixed ones, the form of the source, the keys of `point`.
struct Table {
    sweep: Sweep,
    /// Cells of what is the same in every row, each with a comma before it.
    fixed: String,
}

/// Points without quantities: how many, and the first of them.
#[derive(Clone, Copy, Default)]
struct Failed {
    count: usize,
    first: Option<usize>,
}

/// Rows of consecutive points, and what is needed to make them.
#[derive(Default)]
struct Chunk {
    points: Points,
    rows: Vec<u8>,
    failed: Failed,
}

impl Table {
    fn new(sweep: Sweep) -> Self {
        let mut fixed = String::new();
        for (_, x) in sweep.fixed() {
            fixed += ",";
            fixed += zmij::Buffer::new().format(x);
        }
        fixed += ",";
        fixed += sweep.form().name();
        Self { sweep, fixed }
    }

    fn header(&self) -> String {
        let varied = self.sweep.axes().iter().map(|axis| axis.parameter().name());
        let fixed = self.sweep.fixed().into_iter().map(|(parameter, _)| parameter.name());
        let names: Vec<&str> = varied.chain(fixed).chain(["form"]).chain(Point::NAMES).collect();
        names.join(",") + "\n"
    }

    /// Gives the head and all rows to `put`, as long as that asks for more. A thread of its own computes the next rows, on all
    /// cores, while `put` writes.
    fn write(&self, put: &mut dyn FnMut(&[u8]) -> Result<bool>) -> Result<Failed> {
        let mut failed = Failed::default();
        if !put(self.header().as_bytes())? {
            return Ok(failed);
        }
        let total = self.sweep.len();
        let bar = progress::steps("points", total as u64);
        let (give, computed) = mpsc::sync_channel::<Vec<Chunk>>(1);
        let (give_back, free) = mpsc::channel();
        std::thread::scope(|scope| {
            // At the end of this block its ends of the channels are gone, and the other thread stops.
            let (computed, give_back) = (computed, give_back);
            scope.spawn(move || {
                for start in (0..total).step_by(CHUNK * CHUNKS) {
                    let Ok(mut batch) = free.recv() else { return };
                    self.compute(start, &mut batch);
                    if give.send(batch).is_err() {
                        return;
                    }
                }
            });
            for _ in 0..2 {
                let _ = give_back.send(Vec::new());
            }
            let mut done = 0;
            for batch in computed {
                let points: usize = batch.iter().map(|chunk| chunk.points.len()).sum();
                if done == 0 {
                    let bytes: usize = batch.iter().map(|chunk| chunk.rows.len()).sum();
                    let bytes = bytes as f64 / points as f64 * total as f64;
                    if bytes > LARGE {
                        console::note(format_args!("{total} points will take about {:.1} GB", bytes / 1e9));
                    }
                }
                for chunk in &batch {
                    failed.count += chunk.failed.count;
                    failed.first = failed.first.or(chunk.failed.first);
                    if !put(&chunk.rows)? {
                        return Ok(());
                    }
                }
                done += points;
                bar.inc(points as u64);
                // Refused once the last batch is under way.
                let _ = give_back.send(batch);
            }
            anyhow::Ok(())
        })?;
        bar.finish_and_clear();
        Ok(failed)
    }

    /// The rows of a batch of points from `start` on.
    fn compute(&self, start: usize, batch: &mut Vec<Chunk>) {
        let end = self.sweep.len().min(start + CHUNK * CHUNKS);
        batch.resize_with((end - start).div_ceil(CHUNK), Chunk::default);
        batch.par_iter_mut().enumerate().for_each(|(i, chunk)| {
            let start = start + i * CHUNK;
            self.rows(start..end.min(start + CHUNK), chunk);
        });
    }

    /// Rows of a range of points of the grid.
    fn rows(&self, range: Range<usize>, chunk: &mut Chunk) {
        let Chunk { points, rows, failed } = chunk;
        // The range ends with the grid at the latest.
        let computed = self.sweep.points(range.clone(), points);
        debug_assert!(computed.is_ok(), "{computed:?}");
        let first = points.failed().first().map(|index| range.start + index);
        *failed = Failed { count: points.failed().len(), first };
        rows.clear();
        let mut number = zmij::Buffer::new();
        let mut numbers = [(); Point::NAMES.len()].map(|()| zmij::Buffer::new());
        let mut coordinates = vec![0.0; self.sweep.axes().len()];
        // The cells of all coordinates but the last one's, which are the same in many rows.
        let (mut before, mut slow) = (Vec::new(), None);
        for (index, at) in range.enumerate() {
            self.sweep.coordinates(at, &mut coordinates);
            let (last, others) = coordinates.split_last().map_or((0.0, &[][..]), |(last, others)| (*last, others));
            if slow.as_deref() != Some(others) {
                before.clear();
                for x in others {
                    before.extend_from_slice(number.format_finite(*x).as_bytes());
                    before.push(b',');
                }
                slow = Some(others.to_vec());
            }
            rows.extend_from_slice(&before);
            rows.extend_from_slice(number.format_finite(last).as_bytes());
            rows.extend_from_slice(self.fixed.as_bytes());
            let values = points.values(index);
            // All numbers first, then all copies: a number that is copied while its digits are still on their way to memory
            // makes the processor wait.
            let mut cells = [""; Point::NAMES.len()];
            for (i, (number, x)) in numbers.iter_mut().zip(values).enumerate() {
                match (i.checked_sub(SAME), x) {
                    // At α* the cells of the chosen scale are the same.
                    (Some(j), x) if SAME_FROM.contains(&j) && values[j] == x => cells[i] = cells[j],
                    (_, Some(x)) => cells[i] = number.format_finite(x),
                    (_, None) => {}
                }
            }
            for cell in cells {
                rows.push(b',');
                rows.extend_from_slice(cell.as_bytes());
            }
            rows.push(b'\n');
        }
    }

    /// Says which points are empty.
    fn say(&self, Failed { count, first }: Failed) {
        let Some(first) = first else { return };
        let reason = self.sweep.point(first).err().map(|error| format!(": {error}")).unwrap_or_default();
        let mut coordinates = vec![0.0; self.sweep.axes().len()];
        self.sweep.coordinates(first, &mut coordinates);
        let names = self.sweep.axes().iter().map(|axis| axis.parameter().name());
        let place: Vec<String> = names.zip(coordinates).map(|(name, x)| format!("{name} = {x:?}")).collect();
        console::note(format_args!(
            "{count} of {} points have empty cells, the first at {}{reason}",
            self.sweep.len(),
            place.join(", ")
        ));
    }
}
