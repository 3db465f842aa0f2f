//! `alpha-linear transfer`.

use std::io::Write;
use std::path::{Path, PathBuf};

use alpha_cli::console;
use alpha_linear::amazon::{Amazon, Domain};
use alpha_linear::digits::{Digits, Pair};
use alpha_linear::mixture::{Spectrum, SyntheticConfig};
use alpha_linear::samples::Samples;
use alpha_linear::study::{Measured, Outcome, Study, StudyConfig, Variant};
use alpha_linear::transfer_files::{ClassRows, LeftOut, TransferFiles, TransferPaths};
use alpha_store::datasets::Datasets;
use alpha_store::output;
use alpha_store::table::Table;
use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use super::{CONSTANT, ColumnArgs, refuse, warn};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    alpha-linear transfer --digits 3/8:1/7 --target-samples 10,20,40\n  \
    alpha-linear transfer --source old.csv --target new.csv \\\n    \
    --target-samples 40 --unseen\n  \
    alpha-linear transfer --synthetic --target-spectrum power:0.7 \\\n    \
    --alignment 0.6 --target-samples 40,200\n\n\
    Without any of --digits, --source, --amazon and --synthetic it runs on handwritten digits that come with it: 6 and 8 told \
    apart, then 5 and 9 (E. Alpaydin, C. Kaynak, UCI Machine Learning Repository, 1998, doi.org/10.24432/C50P49, CC BY 4.0).")]
pub struct TransferArgs {
    /// Handwritten digits: -1/+1 of the source, then of the target
    #[arg(long, value_name = "A/B:C/D", group = "data")]
    digits: Option<String>,
    /// Labelled source samples
    #[arg(long, value_name = "FILE.csv", group = "data", requires = "target")]
    source: Option<PathBuf>,
    /// Labelled target samples
    #[arg(long, value_name = "FILE.csv", requires = "source")]
    target: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Constant features are always left out: this was needed once.
    #[arg(long, hide = true)]
    drop_constant: bool,
    /// Amazon reviews: books, dvd, electronics or kitchen
    #[arg(long, value_name = "SOURCE:TARGET", group = "data")]
    amazon: Option<String>,
    /// Folder with amazon/*.mat [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR", requires = "amazon", conflicts_with_all = ["digits", "source", "synthetic"])]
    datasets: Option<PathBuf>,
    /// A Gaussian mixture, as the options below say, in its own units
    #[arg(long, group = "data")]
    synthetic: bool,
    #[command(flatten)]
    mixture: MixtureArgs,
    /// Numbers n of labelled target samples
    #[arg(
        long = "target-samples",
        alias = "labels",
        value_name = "n,…",
        value_delimiter = ',',
        default_value = "20,40,100"
    )]
    labels: Vec<usize>,
    /// Random splits for each n
    #[arg(long, value_name = "COUNT", default_value_t = StudyConfig::default().splits)]
    splits: usize,
    /// Seed of the splits, and of the mixture
    #[arg(long, value_name = "SEED", default_value_t = StudyConfig::default().seed)]
    seed: u32,
    /// γ̃ of all choices but `joint`
    #[arg(long, value_name = "X", default_value_t = StudyConfig::default().source_ridge, allow_negative_numbers = true)]
    source_ridge: f64,
    /// γ of all choices but `joint`
    #[arg(long, value_name = "X", default_value_t = StudyConfig::default().target_ridge, allow_negative_numbers = true)]
    target_ridge: f64,
    /// Test on half of the target and know nothing of it; otherwise all rows standardise the features and tell their
    /// covariance, as in the paper
    #[arg(long)]
    unseen: bool,
    /// Write the numbers
    #[arg(long, value_name = "OUT.csv")]
    out: Option<PathBuf>,
    /// Print a JSON array instead of tables; each of its objects has the warnings
    #[arg(long)]
    json: bool,
}

/// What is drawn. An option that is required but excluded counts as given, so both have to be said.
#[derive(Args)]
#[group(requires = "synthetic", conflicts_with_all = ["digits", "source", "target", "amazon"])]
struct MixtureArgs {
    /// p
    #[arg(long, value_name = "P", default_value_t = SyntheticConfig::default().dimension)]
    dimension: usize,
    /// N
    #[arg(long, value_name = "N", default_value_t = SyntheticConfig::default().source_samples)]
    source_samples: usize,
    /// Target samples, of which some are labelled and the others tested on
    #[arg(long, value_name = "M", default_value_t = SyntheticConfig::default().target_rows)]
    target_rows: usize,
    /// ‖μ‖, the source's mean
    #[arg(long, value_name = "X", default_value_t = SyntheticConfig::default().source_norm)]
    source_norm: f64,
    /// ‖μ_⊥‖, what the source does not know of the target's mean
    #[arg(long, value_name = "X", default_value_t = SyntheticConfig::default().orthogonal_norm)]
    orthogonal_norm: f64,
    /// β: the target's mean is βμ + √(1−β²) μ_⊥
    #[arg(long, value_name = "B", default_value_t = SyntheticConfig::default().alignment, allow_negative_numbers = true)]
    alignment: f64,
    /// Eigenvalues of the source's covariance: identity, power:EXPONENT (mean 1), or values in equal shares
    #[arg(long, value_name = "SPECTRUM", default_value = "identity")]
    source_spectrum: String,
    /// Eigenvalues of the target's covariance
    #[arg(long, value_name = "SPECTRUM", default_value = "identity")]
    target_spectrum: String,
}

/// A source, standardised unless it is Gaussian, and a target, and their names.
struct Data {
    names: [String; 2],
    samples: [Samples; 2],
    /// Of files, what the labels are.
    classes: Option<Classes>,
    left_out: Vec<LeftOut>,
    warnings: Vec<String>,
}

/// What the labels of files are.
#[derive(Serialize)]
struct Classes {
    negative: String,
    positive: String,
    rows: Vec<ClassRows>,
}

/// What is measured, with what there is to know of the data.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<&'a Classes>,
    left_out: &'a [LeftOut],
    warnings: &'a [String],
}

impl Data {
    fn new(names: [&str; 2], samples: [Samples; 2]) -> Self {
        let names = names.map(str::to_owned);
        Self { names, samples, classes: None, left_out: Vec::new(), warnings: Vec::new() }
    }
}

pub fn run(args: &TransferArgs, out: &mut dyn Write) -> Result<()> {
    let config = StudyConfig {
        labels: args.labels.clone(),
        splits: args.splits,
        seed: args.seed,
        source_ridge: args.source_ridge,
        target_ridge: args.target_ridge,
        // The spectrum asked for is that of these units.
        keep_units: args.synthetic,
    };
    config.check()?;
    let Data { names: [source_name, target_name], samples: [source, target], classes, left_out, warnings } =
        data(args)?;
    warn(&warnings);
    let variant = if args.unseen { Variant::HeldOut } else { Variant::AllRows };
    let outcomes = Study::new(config, [(source_name, source)])?.onto(&target_name, &target, variant)?;
    if let Some(path) = &args.out {
        let text = numbers(&outcomes).to_csv()?;
        output::write(path, |out| out.write_all(text.as_bytes()))?;
        console::note(format_args!("numbers written to {}", path.display()));
    }
    if args.json {
        let (classes, left_out, warnings) = (classes.as_ref(), left_out.as_slice(), warnings.as_slice());
        let report = |outcome| Report { outcome, classes, left_out, warnings };
        let reports: Vec<Report<'_>> = outcomes.iter().map(report).collect();
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&reports)?)?);
    }
    if let Some(Classes { negative, positive, rows }) = classes {
        writeln!(out, "{}", super::classes(&[negative, positive], &rows))?;
    }
    LeftOut::lines(&left_out).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    print(&outcomes, args.splits, out)
}

fn data(args: &TransferArgs) -> Result<Data> {
    if args.source.is_none() {
        args.columns.refuse_without_files()?;
    }
    if args.synthetic {
        let config = SyntheticConfig {
            dimension: args.mixture.dimension,
            source_samples: args.mixture.source_samples,
            target_rows: args.mixture.target_rows,
            source_norm: args.mixture.source_norm,
            orthogonal_norm: args.mixture.orthogonal_norm,
            alignment: args.mixture.alignment,
            source_spectrum: args.mixture.source_spectrum.parse::<Spectrum>()?,
            target_spectrum: args.mixture.target_spectrum.parse::<Spectrum>()?,
            seed: args.seed.into(),
        };
        let (source, target) = config.draw()?;
        return Ok(Data::new(["mixture", "mixture"], [source, target]));
    }
    if let Some(pair) = &args.amazon {
        let domain = |name: &str| Domain::ALL.into_iter().find(|domain| domain.name() == name);
        let domains = pair.split_once(':').and_then(|(s, t)| Some((domain(s)?, domain(t)?))).filter(|(s, t)| s != t);
        let allowed = "two of books, dvd, electronics, kitchen, as in books:kitchen";
        let (source, target) = domains.ok_or_else(|| refuse("amazon", format!("'{pair}'"), allowed))?;
        let amazon = Amazon::load(&Datasets::new(args.datasets.as_deref()))?;
        let warnings = amazon.warnings(usize::MAX);
        let samples = [source, target].map(|domain| amazon.samples(domain).clone());
        return Ok(Data { warnings, ..Data::new([source.name(), target.name()], samples) });
    }
    let mut data = if let (Some(source), Some(target)) = (&args.source, &args.target) {
        of_files(source, target, &args.columns)?
    } else {
        let pair = args.digits.as_deref().map_or(Ok(Pair::default()), str::parse)?;
        let (source, target) = Digits::load().transfer(&pair);
        let task = |[a, b]: [u8; 2]| format!("digits {a}/{b}");
        Data::new([&task(pair.source), &task(pair.target)], [source, target])
    };
    data.samples.iter_mut().for_each(Samples::standardise);
    Ok(data)
}

/// Files without the columns that are constant in the target.
fn of_files(source: &Path, target: &Path, columns: &ColumnArgs) -> Result<Data> {
    let paths = TransferPaths { target, source: Some(source), unlabelled: None, test: None, has_model: false };
    let files = TransferFiles::read(&paths, &columns.options()?)?;
    let constant = files.target.constant();
    let kept: Vec<usize> = (0..files.names.len()).filter(|i| constant.binary_search(i).is_err()).collect();
    if kept.is_empty() {
        anyhow::bail!("{}: every feature has the same value in every row", target.display());
    }
    let varying = |samples: Samples| match constant.as_slice() {
        [] => samples,
        _ => Samples { features: samples.features.select_rows(&kept), ..samples },
    };
    let reason = |i: &usize| LeftOut { name: files.names[*i].clone(), reason: CONSTANT.to_owned() };
    let left_out = constant.iter().map(reason).chain(files.left_out).collect();
    // A source was asked for.
    let source = files.source.context("no source")?;
    let [negative, positive] = files.words;
    Ok(Data {
        classes: Some(Classes { negative, positive, rows: files.rows }),
        left_out,
        warnings: files.warnings,
        ..Data::new(["source", "target"], [source, files.target].map(varying))
    })
}

fn percent(x: f64) -> String {
    format!("{:.2}", 100.0 * x)
}

fn print(outcomes: &[Outcome], splits: usize, out: &mut dyn Write) -> Result<()> {
    for outcome in outcomes {
        writeln!(out, "{} → {}, {} labels, {splits} splits", outcome.source, outcome.target, outcome.labels)?;
        let mut table = Table::new(["", "α", "γ̃", "γ", "accuracy (%)", "±", "predicted (%)"]);
        for m in &outcome.choices {
            let mark = if m.choice.sees_the_test() { " †" } else { "" };
            table.push([
                format!("{}{mark}", m.choice.name()),
                alpha(m, splits),
                ridge(m.source_ridge),
                ridge(m.target_ridge),
                percent(m.accuracy),
                percent(m.standard_error),
                m.predicted.map_or(String::new(), percent),
            ]);
        }
        writeln!(out, "{}\n", table.to_terminal())?;
    }
    Ok(writeln!(
        out,
        "† needs the labels of the test. ± is the standard error over the splits; α, γ̃ and γ are their medians. Predictions are those of the \
         choice's own estimates; for the source, α = 0, α = 1 and the oracle, of the general-covariance law from all labels."
    )?)
}

/// The median α, and in how many splits it is infinite.
fn alpha(measured: &Measured, splits: usize) -> String {
    let shown = |alpha: f64| match measured.is_infinite(alpha) {
        true => (if alpha < 0.0 { "−∞" } else { "∞" }).to_owned(),
        false => format!("{alpha:.3}"),
    };
    match (measured.alpha, measured.infinite) {
        (None, _) => String::new(),
        (Some(alpha), 0) => shown(alpha),
        (Some(alpha), infinite) => format!("{} (±∞ in {infinite} of {splits})", shown(alpha)),
    }
}

fn ridge(ridge: Option<f64>) -> String {
    ridge.map_or(String::new(), |ridge| format!("{ridge:.3}").trim_end_matches('0').trim_end_matches('.').to_owned())
}

fn numbers(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new([
        "source",
        "target",
        "n",
        "choice",
        "sees_the_test",
        "alpha",
        "accuracy",
        "standard_error",
        "predicted",
        "alpha_infinite",
        "source_ridge",
        "target_ridge",
    ]);
    for o in outcomes {
        for m in &o.choices {
            let number = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
            let place = [o.source.clone(), o.target.clone(), o.labels.to_string(), m.choice.name().to_owned()];
            let rest = [number(m.alpha), m.accuracy.to_string(), m.standard_error.to_string(), number(m.predicted)];
            let last = [m.infinite.to_string(), number(m.source_ridge), number(m.target_ridge)];
            table.push(place.into_iter().chain([m.choice.sees_the_test().to_string()]).chain(rest).chain(last));
        }
    }
    table
}
