//! `reproduce-table2`: the GLUE study.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alpha_cli::{Done, Program, console, signals};
use alpha_llm::glue::Task;
use alpha_llm::model::EncoderConfig;
use alpha_llm::study::{self, Collected, Estimate, Plan, Planned, Rate, Status, StudyConfig, Variant};
use alpha_llm::terminal::{ComputeArgs, Terminal, model_folder};
use alpha_llm::training::{Outcome, find, settings};
use alpha_store::datasets::Datasets;
use alpha_store::table::Table;
use anyhow::{Context, Result};
use clap::Parser;
use toml::Value;

/// LoRA and α-LoRA on GLUE, as in the paper's Table 2: several runs to one table.
///
/// Plans the runs, makes those that are not complete, goes on with those that were stopped, and writes means, deviations
/// and paired tests. The paper's own reading takes the best step on the evaluation file; beside it stand the last step and
/// the one that held-out training rows choose.
#[derive(Parser)]
#[command(
    name = "reproduce-table2",
    version,
    max_term_width = 120,
    after_help = "Examples:\n  \
    reproduce-table2 --dry-run --out runs/table2\n  \
    reproduce-table2 --device cuda --precision bf16 --out runs/table2\n  \
    reproduce-table2 --model sentence-transformers/all-MiniLM-L6-v2 \\\n    \
    --tasks RTE,MRPC --epochs-scale 0.1 --lr 1e-3 --out runs/small\n  \
    reproduce-table2 --commands --out runs/table2 | parallel -j 4\n  \
    reproduce-table2 --collect --out runs/table2\n\n\
    docs/scaling.md has the cost of the whole study and how to spread it over a cluster."
)]
struct Cli {
    /// Folder of the study
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A Hugging Face folder, or a hub id
    #[arg(long, value_name = "DIR|HUB_ID", default_value = "roberta-base")]
    model: String,
    /// Tasks: MNLI, QNLI, MRPC, RTE, SST-2, QQP [default: all]
    #[arg(long, value_name = "TASK,…", value_delimiter = ',')]
    tasks: Vec<Task>,
    /// Methods
    #[arg(long, value_name = "METHOD,…", value_delimiter = ',', value_enum, default_values_t = [Variant::Lora, Variant::AlphaLora])]
    methods: Vec<Variant>,
    /// Seeds [default: those of the paper, which differ between tasks]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    seeds: Vec<u64>,
    /// Factor of the paper's epochs, rounded up
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    epochs_scale: f64,
    /// Share of the training rows that do not train, but choose a step; 0 is the paper's protocol to the row
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    selection: f64,
    /// Learning rate of adapters and head, for all tasks
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Learning rate of B as a multiple of A's, for lora-plus
    #[arg(long, value_name = "RATIO", default_value_t = 16.0)]
    lora_plus: f64,
    /// Folder of TASK.toml, instead of the paper's settings
    #[arg(long, value_name = "DIR")]
    experiments: Option<PathBuf>,
    /// Any other setting of all runs, such as --set train-rows=10000
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    #[command(flatten)]
    compute: ComputeArgs,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Show the plan with steps, memory and time, and write nothing
    #[arg(long, conflicts_with_all = ["commands", "run", "collect"])]
    dry_run: bool,
    /// Write the plan, and print one command per run
    #[arg(long, conflicts_with_all = ["run", "collect"])]
    commands: bool,
    /// Make only the N-th run, from 1, of the plan that is there
    #[arg(long, value_name = "N", conflicts_with = "collect")]
    run: Option<usize>,
    /// Make only the tables, from the runs that are complete
    #[arg(long)]
    collect: bool,
}

fn main() -> ExitCode {
    Program::new().usage(alpha_llm::Error::caused_by_usage).run(|cli: Cli, out| {
        alpha_llm::system::keep_freed_memory();
        // Before libtorch is asked for anything.
        alpha_llm::device::cuda();
        Ok(if cli.run(out)? { Done::Whole } else { Done::Partly })
    })
}

impl Cli {
    /// Whether everything is done.
    fn run(&self, out: &mut dyn Write) -> Result<bool> {
        if self.collect {
            return collect(&Plan::read(&self.out)?, &self.out, out);
        }
        if let Some(number) = self.run {
            let plan = Plan::read(&self.out)?;
            signals::stop_gently();
            let done = self.make(plan.run(number)?, &format!("{number}/{}", plan.runs.len()))?;
            if !done {
                console::note("stopped; the same command goes on");
            }
            return Ok(done);
        }
        let plan = Plan::new(&self.study()?)?;
        if self.dry_run {
            return self.show(&plan, out).map(|()| true);
        }
        if self.commands {
            return self.print_commands(&plan, out).map(|()| true);
        }
        plan.write(&self.out)?;
        signals::stop_gently();
        for (place, run) in plan.runs.iter().enumerate() {
            if !self.make(run, &format!("{}/{}", place + 1, plan.runs.len()))? {
                console::note("stopped; the same command goes on");
                return Ok(false);
            }
        }
        collect(&plan, &self.out, out)
    }

    fn study(&self) -> Result<StudyConfig> {
        let mut over = settings::parse(&self.settings)?;
        settings::insert(&mut over, self.compute.given()?);
        settings::insert(&mut over, [("optimiser.learning_rate", self.lr.map(Value::from))]);
        Ok(StudyConfig {
            model: self.model.clone(),
            tasks: if self.tasks.is_empty() { Task::ALL.into() } else { self.tasks.clone() },
            methods: self.methods.clone(),
            seeds: (!self.seeds.is_empty()).then(|| self.seeds.clone()),
            epochs_scale: self.epochs_scale,
            selection: self.selection,
            lora_plus: self.lora_plus,
            settings: over,
            experiments: self.experiments.clone(),
        })
    }

    /// Makes a run, unless it is complete; whether it is now.
    fn make(&self, run: &Planned, number: &str) -> Result<bool> {
        let status = run.status(&self.out)?;
        let what = match status {
            Status::New => "begins",
            Status::Begun => "goes on",
            Status::Complete => "is complete",
        };
        console::progress(format_args!("[{number}] {} {what}", run.name));
        if status == Status::Complete {
            return Ok(true);
        }
        let folder = model_folder(&run.config.model)?;
        let datasets = Datasets::new(self.datasets.as_deref());
        let mut trainer = run.open(&self.out, &folder, &datasets, run.config.open_device()?)?;
        trainer.classes().iter().for_each(console::progress);
        trainer.warnings().iter().for_each(console::warning);
        let mut watch = Terminal::new(&trainer);
        let outcome = trainer.run(&mut watch)?;
        watch.finish();
        Ok(outcome == Outcome::Finished)
    }

    /// Writes the plan, and prints one command per line, for any machine that sees the folders. What every run needs is looked for first.
    fn print_commands(&self, plan: &Plan, screen: &mut dyn Write) -> Result<()> {
        let datasets = Datasets::new(self.datasets.as_deref());
        model_folder(&self.model)?;
        for (place, run) in plan.runs.iter().enumerate() {
            if plan.runs[..place].iter().all(|earlier| earlier.task() != run.task()) {
                find(&run.config, &datasets)?.train()?;
            }
        }
        if self.compute.threads.is_none() {
            console::warning("no --threads: a CPU's results depend on their number to the byte, and machines differ");
        }
        if self.compute.device.is_none() {
            console::warning("no --device: a machine without a working GPU would take its CPU");
        }
        plan.write(&self.out)?;
        let quoted = |path: &Path| -> Result<String> {
            Ok(format!("'{}'", std::path::absolute(path)?.display().to_string().replace('\'', r"'\''")))
        };
        let mut program = quoted(&std::env::current_exe()?)?;
        // The plan has the model as it was given, so that its name in the records says nothing of this machine.
        let model = Path::new(&self.model);
        if model.is_relative() && model.is_dir() {
            program = format!("env -C {} {program}", quoted(&std::env::current_dir()?)?);
        }
        let out = quoted(&self.out)?;
        let more = self.datasets.as_deref().map(quoted).transpose()?;
        let more = more.map_or(String::new(), |folder| format!(" --datasets {folder}"));
        for number in 1..=plan.runs.len() {
            writeln!(screen, "{program} --out {out} --run {number}{more}")?;
        }
        Ok(())
    }

    /// The plan with what it costs.
    fn show(&self, plan: &Plan, out: &mut dyn Write) -> Result<()> {
        let first = &plan.runs[0].config;
        let local = Path::new(&self.model).join("config.json");
        let (encoder, shape) = match EncoderConfig::read(&local) {
            Ok(encoder) => (encoder, "its own shape"),
            Err(error) if local.exists() => return Err(error.into()),
            Err(_) => (EncoderConfig::roberta_base(), "the shape of roberta-base"),
        };
        let device = first.open_device()?;
        let rate = Rate::measure(&encoder, first.precision, device)?;
        let mut table =
            Table::new(["run", "state", "epochs", "steps", "α steps", "tokens (M)", "memory (GB)", "time (h)"]);
        let (mut left, mut longest) = (0.0, 0.0_f64);
        for run in &plan.runs {
            let status = run.status(&self.out)?;
            let estimate = Estimate::of(&run.config, &encoder)?;
            let hours = estimate.seconds(rate) / 3600.0;
            if status != Status::Complete {
                left += hours;
                longest = longest.max(hours);
            }
            table.push([
                run.name.clone(),
                format!("{status:?}").to_lowercase(),
                run.config.epochs.to_string(),
                estimate.steps.to_string(),
                estimate.alpha_steps.to_string(),
                format!("{:.2}", (estimate.training_tokens + estimate.evaluation_tokens) / 1e6),
                format!("{:.1}", estimate.memory / 1e9),
                format!("{hours:.2}"),
            ]);
        }
        writeln!(out, "{}", table.to_terminal())?;
        writeln!(
            out,
            "{} left one after the other, {} for the longest run; at {:.0} tokens/s in training and \
             {:.0} in evaluation,\nmeasured here on {} with random weights of {shape}. Token counts and memory are \
             estimates. Nothing was written.",
            duration(left),
            duration(longest),
            rate.training,
            rate.evaluation,
            name(device)
        )?;
        Ok(())
    }
}

/// A number of hours in the unit that suits it.
fn duration(hours: f64) -> String {
    if hours < 1.0 {
        format!("{:.0} min", 60.0 * hours)
    } else if hours < 48.0 {
        format!("{hours:.1} h")
    } else {
        format!("{:.1} days", hours / 24.0)
    }
}

fn name(device: tch::Device) -> String {
    match device {
        tch::Device::Cpu => "the CPU".to_owned(),
        tch::Device::Cuda(number) => format!("GPU {number}"),
        other => format!("{other:?}"),
    }
}

/// Writes and shows the tables; whether they are of all runs.
fn collect(plan: &Plan, folder: &Path, out: &mut dyn Write) -> Result<bool> {
    let collected = Collected::read(plan, folder)?;
    if collected.records().next().is_none() {
        anyhow::bail!("no run of the study in {} is complete", folder.display());
    }
    let readings =
        study::write(plan, &collected, folder).with_context(|| format!("cannot collect {}", folder.display()))?;
    for (heading, table) in readings {
        writeln!(out, "{heading}\n{}\n", table.to_terminal())?;
    }
    writeln!(out, "written to {}", folder.display())?;
    for name in collected.missing() {
        console::warning(format_args!("not complete: {name}"));
    }
    Ok(collected.missing().is_empty())
}
