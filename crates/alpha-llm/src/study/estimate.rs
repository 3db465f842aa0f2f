//! What a run will cost, before it is begun and with no data at hand.

use crate::adapter::AdapterConfig;
use crate::batches::Order;
use crate::bench::{BenchConfig, bench};
use crate::classifier::Classifier;
use crate::error::Result;
use crate::glue::Task;
use crate::model::{Checkpoint, EncoderConfig};
use crate::training::{Precision, RunConfig};

/// Tokens of a row with WordPiece, specials included.
struct RowTokens {
    /// Mean over the training file.
    mean: f64,
    /// Mean of the longest of a batch in random order.
    longest: f64,
    /// Mean over the evaluation file.
    dev: f64,
}

/// RTE, MRPC and SST-2 were counted, QNLI on its dev file; MNLI and QQP are assumed.
fn tokens(task: Task) -> RowTokens {
    let (mean, longest, dev) = match task {
        Task::Mnli => (40.0, 105.0, 40.0),
        Task::Qnli => (51.0, 118.0, 51.0),
        Task::Mrpc => (53.0, 83.0, 53.0),
        Task::Rte => (67.0, 128.0, 65.0),
        Task::Sst2 => (13.0, 48.0, 25.0),
        Task::Qqp => (31.0, 90.0, 31.0),
    };
    RowTokens { mean, longest, dev }
}

/// How many tokens a second a device computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// In training steps.
    pub training: f64,
    /// In evaluation.
    pub evaluation: f64,
}

impl Rate {
    /// Times a few steps of LoRA with random weights of this shape.
    ///
    /// # Errors
    /// Those of [`bench()`].
    pub fn measure(encoder: &EncoderConfig, precision: Precision, device: tch::Device) -> Result<Self> {
        let adapter = AdapterConfig { method: crate::adapter::Method::Lora, ..AdapterConfig::default() };
        let checkpoint = Checkpoint::random(encoder, 0);
        let model = Classifier::new(encoder, &checkpoint, &adapter, 2, 0, precision.place(device)?)?;
        drop(checkpoint);
        let length = encoder.max_length().min(64);
        let result = bench(&model, &BenchConfig { batch: 16, length, steps: 2, warmup: 1, peak_tflops: Some(1.0) }, 0)?;
        Ok(Self { training: result.tokens_per_s, evaluation: (16 * length) as f64 / result.forward_s })
    }
}

/// The cost of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Updates of the adapters.
    pub steps: u64,
    /// Updates of α.
    pub alpha_steps: u64,
    /// Tokens of both, padding included.
    pub training_tokens: f64,
    /// Tokens of all evaluations.
    pub evaluation_tokens: f64,
    /// Bytes of weights and of what the backward pass keeps of the largest batch, within a quarter on a CPU; less on a
    /// GPU, whose attention keeps no scores.
    pub memory: f64,
}

impl Estimate {
    /// The cost of a run of a GLUE task on a model of this shape.
    ///
    /// # Errors
    /// [`crate::Error::Word`] for a task that is none of the six.
    pub fn of(config: &RunConfig, encoder: &EncoderConfig) -> Result<Self> {
        let task: Task = config.task.parse()?;
        let RowTokens { mean, longest, dev } = tokens(task);
        let all = config.train_rows.unwrap_or(usize::MAX).min(task.train_file().rows);
        let (train, _, selected) = config.split.counts(all);
        let per_epoch = train.div_ceil(config.batches.batch).max(1) as u64;
        let steps = config.total_steps(per_epoch);
        let moves_alpha = config.adapter.has_alpha() && !config.alpha.joint;
        let alpha_steps = if moves_alpha { config.alpha_steps(per_epoch, steps) } else { 0 };
        let row = if config.batches.order == Order::LengthBucketed { 1.08 * mean } else { longest };
        let rows = steps as f64 * config.batches.batch as f64 + alpha_steps as f64 * config.alpha.batch as f64;

        let evaluations = config.evaluations(per_epoch, steps) as f64;
        let dev_rows: usize = task.evaluation_files().iter().map(|file| file.rows).sum();
        // The last step is scored in any case, and each step that a rule has chosen once more at the end.
        let rules = f64::from(u8::from(config.evaluate_dev)) + f64::from(u8::from(selected > 0));
        let dev_scored = dev_rows as f64 * (rules + if config.evaluate_dev { evaluations } else { 1.0 });
        Ok(Self {
            steps,
            alpha_steps,
            training_tokens: rows * row,
            evaluation_tokens: dev * dev_scored + mean * selected as f64 * evaluations,
            memory: memory(config, encoder, task),
        })
    }

    /// Seconds at a rate.
    pub fn seconds(&self, rate: Rate) -> f64 {
        self.training_tokens / rate.training + self.evaluation_tokens / rate.evaluation
    }
}

/// Frozen weights, adapted ones in fp32 too and folded twice, and for each token and layer about 18 numbers per feature
/// and 4.5 per head and key; α's step keeps the layer's output before and after scaling as well, in fp32. Fitted to the
/// resident memory of `alpha-llm bench`.
fn memory(config: &RunConfig, encoder: &EncoderConfig, task: Task) -> f64 {
    let bytes = if config.precision == Precision::Bf16 { 2.0 } else { 4.0 };
    let (h, layers) = (encoder.hidden_size as f64, encoder.num_hidden_layers as f64);
    let products = 4.0 * h * h + 2.0 * h * encoder.intermediate_size as f64;
    let adapted = 3.0 * h * h;
    let weights = encoder.vocab_size as f64 * h * 4.0 + layers * (products * bytes + adapted * (4.0 + 2.0 * bytes));
    let length = config.max_length.unwrap_or_else(|| task.max_length()).min(encoder.max_length() as usize) as f64;
    let kept = (18.0 * h + 4.5 * encoder.num_attention_heads as f64 * length) * bytes;
    let alpha = if config.adapter.has_alpha() { 3.0 * h * 4.0 * if bytes < 4.0 { 2.0 } else { 1.0 } } else { 0.0 };
    // libtorch itself, and all but the last layer, which computes one token.
    3e8 + weights + config.batches.batch as f64 * length * (layers - 0.8) * (kept + alpha)
}
