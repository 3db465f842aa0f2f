//! `alpha-llm bench`.

use std::io::Write;
use std::path::PathBuf;

use alpha_cli::Done;
use alpha_llm::adapter::{AdapterConfig, Method};
use alpha_llm::bench::{BenchConfig, BenchResult, bench};
use alpha_llm::classifier::{Classifier, read_folder};
use alpha_llm::device::DeviceChoice;
use alpha_llm::model::{Checkpoint, EncoderConfig};
use alpha_llm::terminal::model_folder;
use alpha_llm::training::Precision;
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    RobertaBase,
    Minilm,
}

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-llm bench --shape roberta-base --batch 64 --length 128 \\\n    \
    --precision bf16 --device cuda\n\n\
    Prints one line of JSON with the keys of scripts/bench-peft.py, which times transformers + PEFT at the same shapes.")]
pub struct BenchArgs {
    /// A Hugging Face folder, or a hub id
    #[arg(long, value_name = "DIR|HUB_ID", required_unless_present = "shape", conflicts_with = "shape")]
    model: Option<String>,
    /// Random weights of this shape, with no download
    #[arg(long)]
    shape: Option<Shape>,
    /// Rows of a batch
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(i64).range(1..))]
    batch: i64,
    /// Tokens of a row
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(i64).range(1..))]
    length: i64,
    /// Steps timed
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Steps before them
    #[arg(long, default_value_t = 2)]
    warmup: u64,
    /// What is trained
    #[arg(long, value_enum, default_value_t = Method::Lora)]
    method: Method,
    /// Format of matrix products
    #[arg(long, value_enum, default_value_t = Precision::Fp32)]
    precision: Precision,
    /// cpu, cuda, cuda:N or auto
    #[arg(long, default_value_t = DeviceChoice::Cpu)]
    device: DeviceChoice,
    /// Threads of the CPU [default: libtorch's choice]
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
    threads: Option<i32>,
    /// The device's peak in 10¹² operations a second, from its data sheet [default: measured, of one large product]
    #[arg(long, value_name = "TFLOPS")]
    peak_tflops: Option<f64>,
    /// Seed of ids and weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    model: String,
    method: Method,
    precision: Precision,
    trainable: usize,
    device: String,
    threads: i32,
    #[serde(flatten)]
    config: BenchConfig,
    #[serde(flatten)]
    result: &'a BenchResult,
}

impl BenchArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result<Done> {
        if let Some(threads) = self.threads {
            tch::set_num_threads(threads);
        }
        let device = self.device.open()?;
        let (name, (encoder, checkpoint)) = match (&self.model, self.shape) {
            (Some(model), _) => {
                let folder: PathBuf = model_folder(model)?;
                let name = folder.file_name().map_or_else(|| model.clone(), |name| name.to_string_lossy().into_owned());
                (name, read_folder(&folder)?)
            }
            (None, Some(Shape::Minilm)) => ("minilm".to_owned(), random(EncoderConfig::minilm(), self.seed)),
            (None, _) => ("roberta-base".to_owned(), random(EncoderConfig::roberta_base(), self.seed)),
        };
        let adapter = AdapterConfig { method: self.method, ..AdapterConfig::default() };
        let place = self.precision.place(device)?;
        let model = Classifier::new(&encoder, &checkpoint, &adapter, 2, self.seed, place)?;
        drop(checkpoint);
        let Self { batch, length, steps, warmup, peak_tflops, .. } = *self;
        if let Some(peak) = peak_tflops.filter(|peak| !(*peak > 0.0 && peak.is_finite())) {
            return Err(alpha_cli::usage(format_args!("peak-tflops is {peak}, but must be above 0")));
        }
        let config = BenchConfig { batch, length, steps, warmup, peak_tflops };
        let result = bench(&model, &config, self.seed)?;
        let line = Line {
            model: name,
            method: self.method,
            precision: self.precision,
            trainable: model.updates().count() + model.alphas().count(),
            device: format!("{device:?}"),
            threads: tch::get_num_threads(),
            config,
            result: &result,
        };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
        Ok(Done::Whole)
    }
}

fn random(config: EncoderConfig, seed: u64) -> (EncoderConfig, Checkpoint) {
    let checkpoint = Checkpoint::random(&config, seed);
    (config, checkpoint)
}
