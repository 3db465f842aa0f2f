//! `alpha-linear recommend`.

use std::io::Write;
use std::path::{Path, PathBuf};

use alpha_cli::console;
use alpha_linear::digits::{Digits, Pair};
use alpha_linear::model_file::{Model, ModelFile, ModelOptions};
use alpha_linear::numpy_rng::NumpyRng;
use alpha_linear::recommend::{Interval, Prior, RecommendConfig, Recommendation, Source, Verdict, recommend};
use alpha_linear::samples::Samples;
use alpha_linear::select::Selection;
use alpha_linear::transfer_files::{ClassRows, LeftOut, TransferFiles, TransferPaths};
use alpha_store::message::shown;
use alpha_store::table::Table;
use anyhow::{Context, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;
use nalgebra::DMatrix;
use serde::Serialize;

use super::{CONSTANT, ColumnArgs, classes, refuse, warn};

#[derive(Args)]
#[command(after_help = "Examples; the last has 40 labelled target samples and some without labels:\n  \
    alpha-linear recommend\n  \
    alpha-linear recommend --digits 3/8:1/7 --target-samples 20\n  \
    alpha-linear recommend --source old.csv --target new.csv \\\n    \
    --unlabelled more.csv --apply tuned\n\n\
    Files are delimited text with a header, .npz with X and y, or Parquet; - is standard input. Features are matched by \
    name. Weights may also be .npy, .npz or .safetensors, in the order of the target's features. The source must not have seen the target's labels.\n\n\
    Without files it shows its work on handwritten digits that come with it (E. Alpaydin, C. Kaynak, UCI Machine Learning \
    Repository, 1998, doi.org/10.24432/C50P49, CC BY 4.0).")]
pub struct RecommendArgs {
    /// Labelled source samples, to train the source on
    #[arg(long, value_name = "FILE.csv", group = "origin", requires = "target")]
    source: Option<PathBuf>,
    /// Weights of a frozen linear source, instead of its samples: .csv, .npy, .npz or .safetensors, in the units of the
    /// samples unless the file has a scaler as well
    #[arg(long, value_name = "FILE", group = "origin", requires = "target")]
    source_weights: Option<PathBuf>,
    /// Intercept of the frozen source, if its file has none
    #[arg(long, value_name = "B", requires = "source_weights", conflicts_with_all = ["source", "digits"],
        allow_negative_numbers = true)]
    source_intercept: Option<f64>,
    /// Scaler that the features went through before the weights, if the weights lie alone: .npz, .safetensors or .csv
    #[arg(long, value_name = "FILE", requires = "source_weights", conflicts_with_all = ["source", "digits"])]
    source_scaler: Option<PathBuf>,
    /// Labelled target samples
    #[arg(long, value_name = "FILE.csv", requires = "origin")]
    target: Option<PathBuf>,
    /// More target samples, whose labels, if any, are not looked at
    #[arg(long, value_name = "FILE.csv", requires = "target", conflicts_with = "digits")]
    unlabelled: Option<PathBuf>,
    /// Labelled target samples to measure the recommended classifier on
    #[arg(long, value_name = "FILE.csv", requires = "target", conflicts_with = "digits")]
    test: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Constant features are always left out: this was needed once.
    #[arg(long, hide = true)]
    drop_constant: bool,
    /// Handwritten digits instead of files: -1/+1 of the source, then of the target
    #[arg(long, value_name = "A/B:C/D", conflicts_with_all = ["origin", "target"])]
    digits: Option<String>,
    /// n, how many of the target's digits are labelled; half of the rest is tested on
    #[arg(
        long = "target-samples",
        alias = "labels",
        value_name = "n",
        default_value_t = 40,
        conflicts_with = "target"
    )]
    labels: usize,
    /// How α is chosen; `joint` chooses the ridges as well and was the best of them on the Amazon transfers
    #[arg(long, value_name = "WORD", default_value = Selection::default().name(),
        value_parser = PossibleValuesParser::new(Selection::ALL.map(Selection::name)))]
    select: String,
    /// γ̃ of a --select other than `joint`, for features of unit variance [default: 1]
    #[arg(long, value_name = "X", conflicts_with = "source_weights", allow_negative_numbers = true)]
    source_ridge: Option<f64>,
    /// γ of a --select other than `joint`, for features of unit variance [default: 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    target_ridge: Option<f64>,
    /// How closely you expect source and target to be related before the labels, between -1 and 1: the correlation of their
    /// class means
    #[arg(long, value_name = "R", default_value_t = Prior::default().correlation, allow_negative_numbers = true)]
    relation: f64,
    /// Folder to write weights.csv and recommendation.json to and, with --test, predictions.csv
    #[arg(long, value_name = "DIR")]
    apply: Option<PathBuf>,
    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// What there is to answer from.
struct Data {
    names: Vec<String>,
    words: [String; 2],
    target: Samples,
    unlabelled: Option<DMatrix<f64>>,
    test: Option<Samples>,
    source: Origin,
    /// What was taken where nothing was given.
    note: Option<String>,
    rows: Vec<ClassRows>,
    left_out: Vec<LeftOut>,
    warnings: Vec<String>,
}

/// The answer, with what there was to answer from.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    answer: &'a Recommendation,
    classes: Classes<'a>,
    left_out: Vec<LeftOut>,
}

/// What the labels are.
#[derive(Serialize)]
struct Classes<'a> {
    negative: &'a str,
    positive: &'a str,
    rows: &'a [ClassRows],
}

enum Origin {
    Samples(Samples),
    Model(Model),
}

pub fn run(args: &RecommendArgs, out: &mut dyn Write) -> Result<()> {
    let select = Selection::named(&args.select).context("an unknown selection")?;
    let ridge = |name, given: Option<f64>, default: f64| match given {
        Some(ridge) if select == Selection::Joint => {
            Err(refuse(name, ridge, "left out with --select joint, the default, which chooses its own"))
        }
        given => Ok(given.unwrap_or(default)),
    };
    let default = RecommendConfig::default();
    let config = RecommendConfig {
        select,
        prior: Prior { correlation: args.relation, ..default.prior },
        source_ridge: ridge("source-ridge", args.source_ridge, default.source_ridge)?,
        target_ridge: ridge("target-ridge", args.target_ridge, default.target_ridge)?,
    };
    let data = match &args.target {
        Some(target) => from_files(args, target)?,
        None => {
            args.columns.refuse_without_files()?;
            from_digits(args)?
        }
    };
    let source = match &data.source {
        Origin::Samples(samples) => Source::Samples(samples),
        Origin::Model(model) => Source::Model(model),
    };
    let (mut answer, model) = recommend(source, &data.target, data.unlabelled.as_ref(), &config)?;
    let measured = |model: &Model| data.test.as_ref().map(|samples| model.accuracy(samples)).transpose();
    (answer.test_accuracy, answer.source_test_accuracy) = (measured(&model)?, measured(&answer.frozen)?);
    let warnings: Vec<String> = data.warnings.iter().cloned().chain(upside_down(&answer, &data)).collect();
    warn(&warnings);
    let notes = std::mem::replace(&mut answer.warnings, warnings);
    answer.warnings.extend(notes.iter().cloned());
    let constant = |i: &usize| LeftOut { name: data.names[*i].clone(), reason: CONSTANT.to_owned() };
    let left_out = answer.left_out.iter().map(constant).chain(data.left_out.iter().cloned()).collect();
    let classes = Classes { negative: &data.words[0], positive: &data.words[1], rows: &data.rows };
    let report = Report { answer: &answer, classes, left_out };
    let json = serde_json::to_string_pretty(&report)?;
    if let Some(folder) = &args.apply {
        apply(folder, &data, &model, &json)?;
    }
    if args.json {
        return Ok(writeln!(out, "{json}")?);
    }
    if let Some(note) = &data.note {
        writeln!(out, "{note}\n")?;
    }
    print(&report, &data, &notes, out)
}

/// What to know where the frozen source is wrong more often than right.
fn upside_down(answer: &Recommendation, data: &Data) -> Option<String> {
    let (share, rows, what) = match (&data.test, answer.source_test_accuracy) {
        (Some(test), Some(share)) if share < 0.5 => (share, test.rows(), "test's"),
        _ => (answer.source_accuracy, data.target.rows(), "target's"),
    };
    let [minus, plus] = [&data.words[0], &data.words[1]].map(|word| shown(word));
    let cure = match data.source {
        Origin::Model(_) => {
            format!("if its weights are for '{minus}' as +1 instead of '{plus}', say --positive '{minus}'")
        }
        Origin::Samples(_) => {
            "are its classes those of the target, in the same order? --positive says which is +1".to_owned()
        }
    };
    (share < 0.5).then(|| {
        format!(
            "the frozen source is right on {:.1} % of the {what} {rows} labels only, less than half: {cure}",
            100.0 * share
        )
    })
}

/// Everything is made before anything is written.
fn apply(folder: &Path, data: &Data, model: &Model, json: &str) -> Result<()> {
    let mut weights = Table::new(std::iter::once("intercept").chain(data.names.iter().map(String::as_str)));
    weights.push(std::iter::once(&model.intercept).chain(model.weights.iter()).map(f64::to_string));
    let mut files = vec![("weights.csv", weights.to_csv()?), ("recommendation.json", format!("{json}\n"))];
    if let Some(test) = &data.test {
        let mut predictions = Table::new(["row", "label", "prediction", "score"]);
        let word = |x: f64| data.words[usize::from(x > 0.0)].clone();
        for (i, (score, label)) in model.scores(&test.features)?.iter().zip(&test.labels).enumerate() {
            predictions.push([(i + 1).to_string(), word(*label), word(*score), score.to_string()]);
        }
        files.push(("predictions.csv", predictions.to_csv()?));
    }
    let place = folder;
    let mut folder = alpha_cli::folder(place)?;
    for (name, text) in &files {
        folder.write(name, |out| out.write_all(text.as_bytes()))?;
    }
    let stale = place.join("predictions.csv");
    if data.test.is_none() && std::fs::symlink_metadata(&stale).is_ok_and(|metadata| !metadata.is_dir()) {
        // Left beside the new weights they would pass for theirs.
        std::fs::remove_file(&stale).with_context(|| format!("cannot remove {}", stale.display()))?;
        console::note(format_args!("removed: {}, of other weights (--test makes new ones)", stale.display()));
    }
    folder.commit()?;
    files.iter().for_each(|(name, _)| console::note(format_args!("written: {}", place.join(name).display())));
    Ok(())
}

fn from_files(args: &RecommendArgs, path: &Path) -> Result<Data> {
    let options = args.columns.options()?;
    if let Some(intercept) = args.source_intercept.filter(|intercept| !intercept.is_finite()) {
        return Err(refuse("source-intercept", intercept, "finite"));
    }
    let paths = TransferPaths {
        target: path,
        source: args.source.as_deref(),
        unlabelled: args.unlabelled.as_deref(),
        test: args.test.as_deref(),
        has_model: args.source_weights.is_some(),
    };
    let mut files = TransferFiles::read(&paths, &options)?;
    let source = match (files.source.take(), &args.source_weights) {
        (Some(samples), _) => Origin::Samples(samples),
        (None, Some(weights)) => {
            let given = ModelOptions { intercept: args.source_intercept, scaler: args.source_scaler.as_deref() };
            // A column that counts the rows may be one too many.
            let read = ModelFile::read(weights, &files.names, &given).inspect_err(|_| warn(&files.warnings))?;
            if let Some(own) = read.classes.filter(|_| options.positive.is_empty()) {
                files.order_classes(&own)?;
            }
            files.warnings.extend(read.notes);
            Origin::Model(read.model)
        }
        // Refused by the command line.
        (None, None) => anyhow::bail!("a source is needed: --source or --source-weights"),
    };
    let TransferFiles { names, words, target, unlabelled, test, left_out, rows, warnings, .. } = files;
    Ok(Data { names, words, target, unlabelled, test, source, note: None, rows, left_out, warnings })
}

fn from_digits(args: &RecommendArgs) -> Result<Data> {
    let pair: Pair = args.digits.as_deref().map_or(Ok(Pair::default()), str::parse)?;
    let (source, all) = Digits::load().transfer(&pair);
    let most = all.rows() / 2;
    if !(2..=most).contains(&args.labels) {
        return Err(refuse("target-samples", args.labels, format!("from 2 to {most}, of {} images", all.rows())));
    }
    let order = NumpyRng::seed(1).permutation(all.rows() as u32);
    let (known, rest) = order.split_at(args.labels);
    let (unlabelled, test) = rest.split_at(rest.len() / 2);
    let rows =
        |rows: &[usize]| Samples { features: all.features.select_columns(rows), labels: all.labels.select_rows(rows) };
    let [a, b] = pair.source;
    let [c, d] = pair.target;
    let note = format!(
        "Handwritten digits: the source tells {a} from {b}, the target {c} from {d}; {} labelled, {} without labels, {} to test on.",
        known.len(),
        unlabelled.len(),
        test.len()
    );
    let [own, words] = [pair.source, pair.target].map(|pair| pair.map(|digit| digit.to_string()));
    let (target, test) = (rows(known), rows(test));
    Ok(Data {
        names: Digits::names(),
        rows: vec![
            ClassRows::of("source", &own, &source),
            ClassRows::of("target", &words, &target),
            ClassRows::of("test", &words, &test),
        ],
        words,
        target,
        unlabelled: Some(rows(unlabelled).features),
        test: Some(test),
        source: Origin::Samples(source),
        note: Some(note),
        left_out: Vec::new(),
        warnings: Vec::new(),
    })
}

fn print(report: &Report<'_>, data: &Data, notes: &[String], out: &mut dyn Write) -> Result<()> {
    let answer = report.answer;
    let percent = |x: f64| format!("{:.1}", 100.0 * x);
    let verdict = match answer.verdict {
        Verdict::KeepSource => "Keep the source as it is".to_owned(),
        Verdict::FineTune => format!(
            "Fine-tune with α = {:.3} (90 % range {:.3} to {:.3}) and γ = {:.3}",
            answer.alpha, answer.alpha_range.low, answer.alpha_range.high, answer.target_ridge
        ),
        Verdict::IgnoreSource => {
            format!("Ignore the source: train on the labels alone, γ = {:.3}", answer.target_ridge)
        }
    };
    writeln!(out, "{verdict}: {}.\n", answer.reason)?;
    let mut table = Table::new(["", "expected accuracy (%)", "90 % interval"]);
    let mut row = |name: &str, interval: Interval| {
        let Interval { value, low, high } = interval;
        table.push([name.to_owned(), percent(value), format!("{} to {}", percent(low), percent(high))]);
    };
    row("recommended", answer.predicted_accuracy);
    row("frozen source", answer.baselines.source_only);
    row("labels alone, α = 0", answer.baselines.alpha_0);
    row("ordinary fine-tuning, α = 1", answer.baselines.alpha_1);
    writeln!(out, "{}", table.to_terminal())?;
    let check = &answer.leave_one_out;
    writeln!(
        out,
        "Check: {} ± {} % of the labels are right when each is left out in turn.",
        percent(check.accuracy),
        percent(check.standard_error)
    )?;
    if let Some(accuracy) = answer.test_accuracy {
        let source =
            answer.source_test_accuracy.map_or(String::new(), |x| format!(" (the frozen source: {} %)", percent(x)));
        writeln!(out, "Measured on the test samples: {} %{source}", percent(accuracy))?;
    }
    writeln!(out, "{}", classes(&data.words, &data.rows))?;
    LeftOut::lines(&report.left_out).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(notes.iter().try_for_each(|note| writeln!(out, "Note: {note}."))?)
}
