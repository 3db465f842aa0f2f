//! `alpha-linear recommend`.

use std::path::PathBuf;

use alpha_linear::belief::{Interval, Prior};
use alpha_linear::recommend::{Recommendation, Source, Verdict, recommend};
use alpha_linear::sample_file::{NamedFeatures, NamedSamples, read_model};
use alpha_store::output;
use alpha_store::table::Table;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
#[command(after_help = "Example, a source set, 40 labelled target samples and some without labels:\n  \
    alpha-linear recommend --source old.csv --target new.csv --unlabelled more.csv --apply tuned.csv\n\n\
    Files are CSV with a header; features are matched by name. --source-weights takes a header of feature names, among\n\
    them perhaps `intercept`, and one row; so does --apply write it. The source must not have seen the target's labels.")]
pub struct RecommendArgs {
    /// Labelled source samples, to train the source on
    #[arg(
        long,
        value_name = "FILE.csv",
        required_unless_present = "source_weights",
        conflicts_with = "source_weights"
    )]
    source: Option<PathBuf>,
    /// Weights of a frozen linear source, instead of its samples
    #[arg(long, value_name = "FILE.csv")]
    source_weights: Option<PathBuf>,
    /// Labelled target samples
    #[arg(long, value_name = "FILE.csv")]
    target: PathBuf,
    /// More target samples, whose labels, if any, are not looked at
    #[arg(long, value_name = "FILE.csv")]
    unlabelled: Option<PathBuf>,
    /// Labelled target samples to measure the recommended classifier on
    #[arg(long, value_name = "FILE.csv")]
    test: Option<PathBuf>,
    /// Name of the label column
    #[arg(long, value_name = "NAME", default_value = "label")]
    label: String,
    /// How closely you expect source and target to be related before the labels, between 0 and 1: the correlation of their
    /// class means
    #[arg(long, value_name = "R", default_value_t = Prior::default().correlation)]
    relation: f64,
    /// Write the recommended classifier's weights, in the units of the data
    #[arg(long, value_name = "OUT.csv")]
    apply: Option<PathBuf>,
    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(args: &RecommendArgs) -> Result<()> {
    let target = NamedSamples::read(&args.target, &args.label)?;
    let names = &target.names;
    let prior = Prior { correlation: args.relation, ..Prior::default() };
    let unlabelled = args.unlabelled.as_deref().map(|path| NamedFeatures::read(path, &args.label)?.ordered(names));
    let test = args.test.as_deref().map(|path| labelled(path, args, &target));
    let (unlabelled, test) = (unlabelled.transpose()?, test.transpose()?);

    let (samples, model);
    let source = match (&args.source, &args.source_weights) {
        (Some(path), _) => {
            samples = labelled(path, args, &target)?;
            Source::Samples(&samples)
        }
        (None, Some(path)) => {
            model = read_model(path, names)?;
            Source::Model { weights: &model.0, intercept: model.1 }
        }
        // Refused by the command line.
        (None, None) => anyhow::bail!("a source is needed: --source or --source-weights"),
    };
    let (mut answer, classifier) = recommend(source, &target.samples, unlabelled.as_ref(), &prior)?;
    answer.test_accuracy = test.map(|samples| classifier.accuracy(&samples));

    if let Some(path) = &args.apply {
        let mut table = Table::new(std::iter::once("intercept").chain(names.iter().map(String::as_str)));
        table.push(std::iter::once(&classifier.intercept).chain(classifier.weights.iter()).map(f64::to_string));
        let text = table.to_csv()?;
        output::write(path, |out| out.write_all(text.as_bytes()))?;
        eprintln!("weights written to {}", path.display());
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&answer, &target.words);
    }
    Ok(())
}

/// Another labelled file, with the target's features and meaning of the labels.
fn labelled(
    path: &std::path::Path,
    args: &RecommendArgs,
    target: &NamedSamples,
) -> Result<alpha_linear::samples::Samples> {
    let other = NamedSamples::read(path, &args.label)?;
    if other.words != target.words {
        eprintln!(
            "warning: the classes of {} are '{}' and '{}', those of the target '{}' and '{}'; they are matched in this order",
            path.display(),
            other.words[0],
            other.words[1],
            target.words[0],
            target.words[1]
        );
    }
    Ok(other.ordered(&target.names)?)
}

fn print(answer: &Recommendation, words: &[String; 2]) {
    let percent = |x: f64| format!("{:.1}", 100.0 * x);
    let verdict = match answer.verdict {
        Verdict::KeepSource => "Keep the source as it is".to_owned(),
        Verdict::FineTune => format!("Fine-tune with α = {:.3} and γ = {:.3}", answer.alpha, answer.target_ridge),
        Verdict::IgnoreSource => {
            format!("Ignore the source: train on the labels alone, γ = {:.3}", answer.target_ridge)
        }
    };
    println!("{verdict}: {}.\n", answer.reason);
    let mut table = Table::new(["", "expected accuracy (%)", "90 % interval"]);
    let mut row = |name: &str, interval: Interval| {
        let Interval { value, low, high } = interval;
        table.push([name.to_owned(), percent(value), format!("{} to {}", percent(low), percent(high))]);
    };
    row("recommended", answer.predicted_accuracy);
    row("frozen source", answer.baselines.source_only);
    row("labels alone, α = 0", answer.baselines.alpha_0);
    row("ordinary fine-tuning, α = 1", answer.baselines.alpha_1);
    println!("{}", table.to_terminal());
    if let Some(accuracy) = answer.test_accuracy {
        println!("Measured on the test samples: {} %", percent(accuracy));
    }
    println!("Classes: −1 is '{}', +1 is '{}'.", words[0], words[1]);
    for warning in &answer.warnings {
        println!("Note: {warning}.");
    }
}
