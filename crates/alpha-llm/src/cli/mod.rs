//! The words of the command line.

pub mod alphas;
pub mod bench;
mod defaults;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod fetch;
pub mod neighbourhood;
pub mod resume;
pub mod train;

use std::io::Write;
use std::path::Path;

use alpha_cli::{Done, console, signals};
use alpha_llm::terminal::{Terminal, model_folder};
use alpha_llm::training::{Evaluation, OpenRun, Outcome, Rule, RunConfig, RunRecord, Trainer, files, open_run};
use alpha_store::datasets::Datasets;
use alpha_store::table::Table;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Fine-tune RoBERTa and BERT with LoRA and α-LoRA.
#[derive(Parser)]
#[command(name = "alpha-llm", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Fine-tune a model on a task.
    Train(Box<train::TrainArgs>),
    /// Go on with a run that was stopped.
    Resume(resume::ResumeArgs),
    /// Download GLUE tasks that are missing, and check them.
    Fetch(fetch::FetchArgs),
    /// Time training steps, and see where the time goes.
    Bench(bench::BenchArgs),
    /// Say which libtorch, devices and precision this machine has, and what is amiss.
    Doctor(doctor::DoctorArgs),
    /// Write a trained adapter for transformers, for PEFT, or as it is.
    Export(export::ExportArgs),
    /// Score a run's adapter on its task, or on other data.
    Evaluate(evaluate::EvaluateArgs),
    /// Show the α that a run learnt, and what each module's is worth.
    Alphas(alphas::AlphasArgs),
    /// Score a run with every α* replaced by a α* + b, over a grid of a and b.
    Neighbourhood(neighbourhood::NeighbourhoodArgs),
}

/// Trains, draws progress, and shows the scores.
fn run(mut trainer: Trainer, folder: &Path, out: &mut dyn Write) -> Result<Done> {
    trainer.classes().iter().for_each(console::progress);
    for warning in trainer.warnings() {
        console::warning(warning);
    }
    signals::stop_gently();
    let mut watch = Terminal::new(&trainer);
    let outcome = trainer.run(&mut watch)?;
    watch.finish();
    if let Outcome::Stopped { step } = outcome {
        let folder = folder.display();
        console::note(format_args!("stopped at step {step}; go on with: alpha-llm resume {folder}"));
        // The work is not done, though it can go on.
        return Ok(Done::Partly);
    }
    let record = RunRecord::read(&folder.join(files::RECORD))?;
    let with_f1 = record.record.config.reports_f1();
    let mut table = Table::new(["weights", "step"].into_iter().chain(score_header(with_f1)));
    for reading in &record.readings {
        for evaluation in &reading.evaluations {
            let cells = [reading.rule.name().to_owned(), reading.step.to_string()];
            table.push(cells.into_iter().chain(score_cells(evaluation, with_f1)));
        }
    }
    writeln!(out, "{}", table.to_terminal())?;
    let (speed, seconds) = (record.throughput.tokens_per_second, record.record.seconds);
    writeln!(
        out,
        "{} steps, {speed:.0} tokens/s, {seconds:.0} s in all; the run is in {}",
        record.steps,
        folder.display()
    )?;
    if record.readings.iter().any(|reading| reading.rule == Rule::BestOnDev) {
        writeln!(out, "best_on_dev chose its step on the evaluation file itself, as the paper does: it flatters.")?;
    }
    Ok(Done::Whole)
}

/// Opens a run that is over.
fn open(run: &Path, config: &RunConfig, datasets: Option<&Path>) -> Result<OpenRun> {
    Ok(open_run(run, config, &model_folder(&config.model)?, &Datasets::new(datasets))?)
}

/// What [`score_cells`] are.
fn score_header(with_f1: bool) -> impl Iterator<Item = &'static str> {
    let f1 = with_f1.then_some("F1 (%)");
    ["set", "rows", "accuracy (%)", "95 % interval"].into_iter().chain(f1).chain(["loss"])
}

/// Set, rows, accuracy, its interval, F1 if the task reports it, and loss.
fn score_cells(evaluation: &Evaluation, with_f1: bool) -> impl Iterator<Item = String> {
    let scores = &evaluation.scores;
    let cells = [
        evaluation.set.clone(),
        scores.rows.to_string(),
        format!("{:.2}", 100.0 * scores.accuracy),
        format!("{:.1}–{:.1}", 100.0 * scores.interval.0, 100.0 * scores.interval.1),
    ];
    let f1 = with_f1.then(|| scores.f1.map_or(String::new(), |f1| format!("{:.2}", 100.0 * f1)));
    cells.into_iter().chain(f1).chain([format!("{:.4}", evaluation.loss)])
}
