//! `alpha-llm train`.

use std::io::Write;
use std::path::{Path, PathBuf};

use alpha_cli::Done;
use alpha_llm::adapter::{AlphaShape, Init, Method};
use alpha_llm::batches::Order;
use alpha_llm::demo;
use alpha_llm::terminal::{ComputeArgs, model_folder};
use alpha_llm::training::{Preset, RunConfig, Trainer, check_new, remove_begun, settings};
use alpha_store::datasets::Datasets;
use alpha_store::settings::{table, to_text};
use anyhow::{Context, Result};
use clap::Args;
use toml::{Table, Value};

use super::{defaults, run};

#[derive(Args)]
#[command(mut_args = defaults::shown)]
#[command(after_help = "Examples:\n  \
    alpha-llm train --demo --out runs/demo\n  \
    alpha-llm train --model sentence-transformers/all-MiniLM-L6-v2 --task MRPC \\\n    \
    --out runs/mrpc\n  \
    alpha-llm train --model roberta-base --config experiments/table2/RTE.toml \\\n    \
    --seed 5 --out runs/rte-5\n  \
    alpha-llm train --model bert-base-uncased --task custom --data mine \\\n    \
    --text review --label stars --out runs/mine\n  \
    alpha-llm train --preset paper --print-config\n\n\
    A run is a folder: config.toml, metrics.jsonl, checkpoint/, and once it is over record.json, predictions.csv and adapter/.\n\
    Ctrl-C writes a checkpoint; `alpha-llm resume RUN` goes on from it. The paper's settings: --preset paper.")]
pub struct TrainArgs {
    /// Folder of the run: new, or empty
    #[arg(long, value_name = "RUN", required_unless_present = "print_config")]
    out: Option<PathBuf>,
    /// Print all settings of such a run as TOML, for --config, and do nothing
    #[arg(long)]
    print_config: bool,
    /// A tiny model on generated sentences, in under a minute, with no download
    #[arg(long, conflicts_with_all = ["config", "model", "task", "data", "text", "second_text", "label"])]
    demo: bool,
    /// Settings from a TOML file; the options below go over it
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Settings to start from [default: clean]
    #[arg(long)]
    preset: Option<Preset>,
    /// A Hugging Face folder (config.json, model.safetensors, tokenizer.json), or a hub id
    #[arg(long, value_name = "DIR|HUB_ID")]
    model: Option<String>,
    /// MNLI, QNLI, MRPC, RTE, SST-2, QQP, or custom for tables of your own
    #[arg(long)]
    task: Option<String>,
    /// Folder of the task's files; for a custom task that of train.csv and dev.csv (or .tsv)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder to look for glue/<TASK> in first [default: $ALPHA_DATASETS, then datasets/]
    #[arg(long, value_name = "DIR")]
    datasets: Option<PathBuf>,
    /// Column of the text, for a custom task [default: text]
    #[arg(long, value_name = "COLUMN")]
    text: Option<String>,
    /// Column of the second text, for a custom task of pairs
    #[arg(long, value_name = "COLUMN")]
    second_text: Option<String>,
    /// Column of the label, for a custom task [default: label]
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    #[command(flatten)]
    adapter: AdapterArgs,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    compute: ComputeArgs,
    /// Any other setting, such as --set alpha.shuffle=false; config.toml of a run has all that are set
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Adapters")]
struct AdapterArgs {
    /// What is added to the frozen layers, and whether they are rescaled
    #[arg(long)]
    method: Option<Method>,
    /// Layers to adapt, such as query,value,output.dense
    #[arg(long, value_delimiter = ',', value_name = "MODULES")]
    targets: Vec<String>,
    /// Rank of the update
    #[arg(long, value_name = "R")]
    rank: Option<i64>,
    /// LoRA's numerator: the update is scaled by lora-alpha / rank
    #[arg(long, value_name = "N")]
    lora_alpha: Option<i64>,
    /// Distribution of a new A
    #[arg(long)]
    init: Option<Init>,
    /// One α per module, or per row
    #[arg(long)]
    alpha_shape: Option<AlphaShape>,
    /// First value of α
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    alpha_init: Option<f64>,
    /// Learning rate of α
    #[arg(long, value_name = "RATE")]
    alpha_lr: Option<f64>,
    /// Update α every T steps, counted within each epoch
    #[arg(long, value_name = "T")]
    alpha_every: Option<i64>,
    /// Move α with the adapters, on their batches, instead
    #[arg(long)]
    joint_alpha: bool,
    /// LoRA with as many more steps as α's own batches would cost
    #[arg(long)]
    equal_cost: bool,
    /// LoRA+: B's learning rate as a multiple of A's, such as 16 [default: none]
    #[arg(long, value_name = "RATIO")]
    lora_plus: Option<f64>,
}

#[derive(Args)]
#[command(next_help_heading = "Schedule")]
struct ScheduleArgs {
    /// Passes over the training rows
    #[arg(long, value_name = "N")]
    epochs: Option<i64>,
    /// Rows of a batch
    #[arg(long, value_name = "N")]
    batch: Option<i64>,
    /// Learning rate of adapters and head
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "N")]
    seed: Option<i64>,
    /// Maximum number of steps [default: none]
    #[arg(long, value_name = "N")]
    max_steps: Option<i64>,
    /// Rows of the training file to use [default: all]
    #[arg(long, value_name = "N")]
    train_rows: Option<i64>,
    /// Longest input in tokens [default: the task's in the paper]
    #[arg(long, value_name = "N")]
    max_length: Option<i64>,
    /// Padding of a batch: longest, or fixed:128
    #[arg(long, value_name = "RULE")]
    pad: Option<String>,
    /// Order of the rows
    #[arg(long)]
    order: Option<Order>,
    /// Steps between evaluations, with --preset paper within an epoch; 0: once an epoch
    #[arg(long, value_name = "N")]
    evaluate_every: Option<i64>,
}

impl TrainArgs {
    /// The settings given on the command line.
    fn table(&self) -> Result<Table> {
        let mut table = settings::parse(&self.settings)?;
        let text = |text: &Option<String>| text.clone().map(Value::String);
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| Value::String(path.display().to_string()));
        let (adapter, schedule) = (&self.adapter, &self.schedule);
        let targets: Vec<_> = adapter.targets.iter().cloned().map(Value::String).collect();
        let given = [
            ("preset", self.preset.map(Value::try_from).transpose()?),
            ("model", text(&self.model)),
            ("task", text(&self.task)),
            ("data", path(&self.data)),
            ("columns.text", text(&self.text)),
            ("columns.second_text", text(&self.second_text)),
            ("columns.label", text(&self.label)),
            ("adapter.method", adapter.method.map(Value::try_from).transpose()?),
            ("adapter.targets", (!targets.is_empty()).then_some(Value::Array(targets))),
            ("adapter.rank", adapter.rank.map(Value::from)),
            ("adapter.lora_alpha", adapter.lora_alpha.map(Value::from)),
            ("adapter.init", adapter.init.map(Value::try_from).transpose()?),
            ("adapter.alpha_shape", adapter.alpha_shape.map(Value::try_from).transpose()?),
            ("adapter.alpha_init", adapter.alpha_init.map(Value::from)),
            ("alpha.optimiser.learning_rate", adapter.alpha_lr.map(Value::from)),
            ("alpha.every", adapter.alpha_every.map(Value::from)),
            ("alpha.joint", adapter.joint_alpha.then_some(Value::Boolean(true))),
            ("equal_cost", adapter.equal_cost.then_some(Value::Boolean(true))),
            ("lora_plus", adapter.lora_plus.map(Value::from)),
            ("epochs", schedule.epochs.map(Value::from)),
            ("batches.batch", schedule.batch.map(Value::from)),
            ("optimiser.learning_rate", schedule.lr.map(Value::from)),
            ("seed", schedule.seed.map(Value::from)),
            ("max_steps", schedule.max_steps.map(Value::from)),
            ("train_rows", schedule.train_rows.map(Value::from)),
            ("max_length", schedule.max_length.map(Value::from)),
            ("batches.padding", text(&schedule.pad)),
            ("batches.order", schedule.order.map(Value::try_from).transpose()?),
            ("evaluate_every", schedule.evaluate_every.map(Value::from)),
        ];
        settings::insert(&mut table, given);
        settings::insert(&mut table, self.compute.given()?);
        Ok(table)
    }

    pub fn run(&self, out: &mut dyn Write) -> Result<Done> {
        let folder = self.out.as_deref().unwrap_or(Path::new("RUN"));
        let file = self.config.as_deref().map(read).transpose()?;
        let file = match (file, self.demo) {
            (None, true) => Some((Path::new("the demo").to_owned(), demo::settings(folder))),
            (file, _) => file,
        };
        let file = file.as_ref().map(|(path, table)| (path.as_path(), table.clone()));
        if self.print_config {
            out.write_all(self.described(file)?.as_bytes())?;
            return Ok(Done::Whole);
        }
        let config = RunConfig::assemble(file, self.table()?)?;
        if self.demo {
            demo::check(&config, folder)?;
        }
        let device = config.open_device()?;
        check_new(folder)?;
        let is_new = !folder.exists();
        let trainer = self.start(config, device, folder);
        if is_new && trainer.is_err() {
            remove_begun(folder);
        }
        run(trainer?, folder, out)
    }

    fn start(&self, config: RunConfig, device: tch::Device, folder: &Path) -> alpha_llm::Result<Trainer> {
        if self.demo {
            demo::write(folder, config.seed)?;
        }
        let model = model_folder(&config.model)?;
        Trainer::start(config, &model, &Datasets::new(self.datasets.as_deref()), device, folder)
    }

    /// Every setting as TOML; a model or task that is not given yet is left out.
    fn described(&self, file: Option<(&Path, Table)>) -> Result<String> {
        let mut given = self.table()?;
        let is_missing =
            |key: &&str| !given.contains_key(*key) && !file.as_ref().is_some_and(|(_, table)| table.contains_key(*key));
        let missing: Vec<&str> = ["model", "task"].into_iter().filter(is_missing).collect();
        // So that the rest can be checked.
        missing.iter().for_each(|key| drop(given.insert((*key).to_owned(), "custom".into())));
        let mut table = Table::try_from(RunConfig::assemble(file, given)?)?;
        missing.iter().for_each(|key| drop(table.remove(*key)));
        let missing: String = missing.iter().map(|key| format!("# {key} is not given yet.\n")).collect();
        Ok(missing + &to_text(&table)?)
    }
}

/// No configuration file is larger.
const AT_MOST: u64 = 1 << 20;

/// Reads a configuration file.
fn read(path: &Path) -> Result<(PathBuf, Table)> {
    let text = String::from_utf8(alpha_store::input::read(path, AT_MOST)?)
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    let table = table(&text).with_context(|| format!("{} is not valid TOML", path.display()))?;
    Ok((path.to_owned(), table))
}
