//! The `reproduce-paper` command.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use alpha_cli::{Done, Program, Stdout, console};
use alpha_linear::amazon::Amazon;
use alpha_plots::paper::report::Report;
use alpha_plots::paper::{self, Context, Item, Outcome, PaperRecord};
use alpha_store::datasets::Datasets;
use alpha_store::manifest::DatasetFile;
use alpha_store::output;
use anyhow::Result;
use clap::Parser;
use clap::builder::PossibleValuesParser;

/// Every table and figure of the paper that this build can make, beside the published numbers.
///
/// Exits with 1 if a published digit is missed while the data is there.
#[derive(Parser)]
#[command(
    name = "reproduce-paper",
    version,
    max_term_width = 120,
    after_help = "Example, only what needs no data:\n  \
    reproduce-paper --only figure1,figure2 --out /tmp/paper"
)]
struct Cli {
    /// Make only these items
    #[arg(long, value_name = "ITEM,…", value_delimiter = ',', value_parser = PossibleValuesParser::new(Item::ALL.map(Item::name)))]
    only: Vec<String>,
    /// Folder with amazon/*.mat [default: $ALPHA_DATASETS, then datasets/]; missing files are downloaded into it
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Folder with the runs of alpha-llm to show, as reproduce-table2 and scripts/study minilm leave them
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,
    /// Folder to write tables/, figures/, record.json, report.html and report.md to. A report of more items than are made now
    /// is left as it is
    #[arg(long, value_name = "DIR", default_value = "runs/paper")]
    out: PathBuf,
    /// Do not download what is missing
    #[arg(long)]
    offline: bool,
    /// Replace results that were made on the published Amazon files, even by simulated data
    #[arg(long)]
    replace_real_data: bool,
}

fn main() -> ExitCode {
    Program::new().run(run)
}

fn run(cli: Cli, out: &mut Stdout) -> Result<Done> {
    let start = Instant::now();
    let wanted: Vec<Item> = Item::ALL
        .into_iter()
        .filter(|item| cli.only.is_empty() || cli.only.iter().any(|name| name == item.name()))
        .collect();
    // Two runs to one folder would leave a mixture.
    let _taken = alpha_cli::folder(&cli.out)?;
    // Now, not after minutes of computing.
    for folder in [cli.out.clone(), cli.out.join("tables"), cli.out.join("figures")] {
        output::check(&folder)?;
    }
    let needs_data = wanted.iter().any(|item| item.needs_amazon());
    let amazon = if needs_data { load(&Datasets::new(cli.datasets.as_deref()), cli.offline)? } else { None };

    let earlier = PaperRecord::read(&cli.out);
    if !cli.replace_real_data {
        PaperRecord::check_replacement(&cli.out, earlier.as_ref(), &wanted, amazon.as_ref())?;
    }
    if needs_data && amazon.is_none() {
        console::warning(
            "going on without the Amazon data: Table 1 on a Gaussian stand-in, half of Figure 6, no Figure 3 and no study of \
             selections",
        );
    }

    let at = Context { amazon: amazon.as_ref(), results: &cli.results, out: &cli.out };
    let mut outcomes = Vec::new();
    for &item in &wanted {
        console::progress(format_args!("{} …", item.title()));
        outcomes.push(paper::make(item, &at)?);
    }
    let mut screen = summary(&outcomes)?;
    let record = PaperRecord::new(&outcomes, amazon.as_ref(), earlier, start);
    if record.report_of_earlier_run {
        let out = cli.out.display();
        writeln!(
            screen,
            "report.html and report.md in {out} show more items and are left as they are; record.json says so."
        )?;
    } else {
        Report { outcomes: &outcomes, record: &record.run, commit: commit().as_deref() }.write(&cli.out)?;
        for path in left_over(&cli.out, &outcomes) {
            console::warning(format_args!("{} is not of this run", path.display()));
        }
    }
    record.write(&cli.out)?;
    writeln!(screen, "Written to {} in {:.1} s.", cli.out.display(), start.elapsed().as_secs_f64())?;
    out.write_all(screen.as_bytes())?;

    let misses = outcomes.iter().map(|outcome| outcome.misses.len()).sum::<usize>();
    if misses > 0 {
        console::error(format_args!("{misses} published digits are missed"));
        return Ok(Done::Partly);
    }
    Ok(Done::Whole)
}

/// What lies beside the tables and figures of this run, such as those of one that had other data.
fn left_over(out: &Path, outcomes: &[Outcome]) -> BTreeSet<PathBuf> {
    let folders = ["tables", "figures"].into_iter().filter_map(|name| std::fs::read_dir(out.join(name)).ok());
    let there = folders.flatten().flatten().map(|entry| entry.path());
    there.filter(|path| !outcomes.iter().any(|outcome| outcome.files.contains(path))).collect()
}

/// The Amazon data, downloaded if it may be; `None`, with a word on how to get it, if it cannot be had. A damaged file
/// is an error.
fn load(datasets: &Datasets, offline: bool) -> Result<Option<Amazon>> {
    use alpha_store::Error::{Checksum, Download, Missing, Write};
    let told = |file: &DatasetFile| console::progress(format_args!("downloading {}", file.url));
    match Amazon::obtain(datasets, offline, told) {
        Err(alpha_linear::Error::Store(
            error @ (Missing { .. } | Download { .. } | Checksum { .. } | Write { .. }),
        )) => {
            console::warning(format_args!("{:#}", anyhow::Error::from(error)));
            Ok(None)
        }
        loaded => {
            let amazon = loaded?;
            for warning in amazon.warnings(usize::MAX) {
                console::warning(warning);
            }
            Ok(Some(amazon))
        }
    }
}

/// The commit that is checked out where this was built, and whether the sources differ from it.
fn commit() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // Not some repository above: a published crate has none of its own.
    root.join(".git").exists().then_some(())?;
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&root).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--", "crates", "experiments", "Cargo.toml", "Cargo.lock"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}, and changes on top") })
}

/// What came of every item, for the screen.
fn summary(outcomes: &[Outcome]) -> Result<String> {
    let mut text = String::new();
    for outcome in outcomes {
        writeln!(text, "\n{}", outcome.item.title())?;
        if let Some(note) = &outcome.note {
            writeln!(text, "({}{note})", if outcome.files.is_empty() { "left out: " } else { "" })?;
        }
        if let Some(details) = &outcome.details {
            writeln!(text, "{}", details.to_terminal())?;
        }
        if let Some(comparison) = outcome.comparison() {
            writeln!(text, "{}", comparison.to_terminal())?;
        }
        match (outcome.checked, outcome.misses.as_slice()) {
            (0, _) => {}
            (checked, []) => writeln!(text, "Every published digit is reproduced: {checked} of {checked} numbers.")?,
            (_, misses) => misses.iter().try_for_each(|miss| writeln!(text, "missed: {miss}"))?,
        }
    }
    writeln!(text)?;
    Ok(text)
}
