//! `alpha-llm train`.

use std::path::{Path, PathBuf};

use alpha_llm::adapter::{AlphaShape, Init, Method};
use alpha_llm::batches::Order;
use alpha_llm::demo;
use alpha_llm::terminal::{ComputeArgs, model_folder};
use alpha_llm::training::{Preset, RunConfig, Trainer, check_new, settings};
use alpha_store::datasets::Datasets;
use anyhow::{Context, Result};
use clap::Args;
use toml::{Table, Value};

use super::{Done, run};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    alpha-llm train --demo --out runs/demo\n  \
    alpha-llm train --model sentence-transformers/all-MiniLM-L6-v2 --task MRPC --out runs/mrpc\n  \
    alpha-llm train --model roberta-base --config experiments/table2/RTE.toml --seed 5 --out runs/rte-5\n  \
    alpha-llm train --model bert-base-uncased --task custom --data mine --text review --label stars --out runs/mine\n\n\
    A run is a folder: config.toml, metrics.jsonl, checkpoint/, and once it is over record.json, predictions.csv and adapter/.\n\
    Ctrl-C writes a checkpoint; `alpha-llm resume RUN` goes on from it. The paper's settings: --preset paper.")]
pub struct TrainArgs {
    /// Folder of the run: new, or empty
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
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
    /// T: α moves in the steps of an epoch that T divides
    #[arg(long, value_name = "T")]
    alpha_every: Option<i64>,
    /// Move α with the adapters, on their batches, instead
    #[arg(long)]
    joint_alpha: bool,
    /// LoRA with as many more steps as α's own batches would cost
    #[arg(long)]
    equal_cost: bool,
    /// LoRA+: B's learning rate as a multiple of A's, such as 16
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
    /// Most steps
    #[arg(long, value_name = "N")]
    max_steps: Option<i64>,
    /// Rows of the training file to use
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

    pub fn run(&self) -> Result<Done> {
        let file = self.config.as_deref().map(read).transpose()?;
        let file = match (file, self.demo) {
            (None, true) => Some((Path::new("the demo").to_owned(), demo::settings(&self.out))),
            (file, _) => file,
        };
        let file = file.as_ref().map(|(path, table)| (path.as_path(), table.clone()));
        let config = RunConfig::assemble(file, self.table()?)?;
        if self.demo {
            demo::check(&config, &self.out)?;
        }
        let device = config.open_device()?;
        check_new(&self.out)?;
        if self.demo {
            demo::write(&self.out, config.seed)?;
        }
        let folder = model_folder(&config.model)?;
        let datasets = Datasets::new(self.datasets.as_deref());
        let trainer = Trainer::start(config, &folder, &datasets, device, &self.out)?;
        run(trainer, &self.out)
    }
}

/// Reads a configuration file.
fn read(path: &Path) -> Result<(PathBuf, Table)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let table = toml::from_str(&text).with_context(|| format!("{} is not valid TOML", path.display()))?;
    Ok((path.to_owned(), table))
}
