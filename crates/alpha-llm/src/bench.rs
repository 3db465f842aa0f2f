//! How long a training step takes on random input, and where the time goes.

use std::time::Instant;

use chacha20::rand_core::Rng;
use serde::Serialize;
use tch::{Cuda, Device, Tensor};

use crate::adapter::Pass;
use crate::classifier::{Classifier, cross_entropy};
use crate::doctor::product_rate;
use crate::dropout::Dropout;
use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::model::{Batch, EncoderConfig};
use crate::optimiser::{Adam, AdamConfig, flatten};

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BenchConfig {
    /// Rows of a batch.
    pub batch: i64,
    /// Tokens of a row, none padded.
    pub length: i64,
    /// Steps timed.
    pub steps: u64,
    /// Steps before them.
    pub warmup: u64,
    /// The device's peak in 10¹² operations a second, if known.
    #[serde(skip)]
    pub peak_tflops: Option<f64>,
}

/// Seconds of a step and of its parts; medians but for `min_step_s`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchResult {
    /// Forward, backward and update of the adapters.
    pub median_step_s: f64,
    /// The fastest of them.
    pub min_step_s: f64,
    /// Tokens of a batch / `median_step_s`.
    pub tokens_per_s: f64,
    /// The forward pass, dropout included.
    pub forward_s: f64,
    /// Gradients of adapters and head.
    pub backward_s: f64,
    /// AdamW.
    pub update_s: f64,
    /// A whole step of α with its own batch and the folding after it; nothing without α.
    pub alpha_step_s: Option<f64>,
    /// Peak resident memory in MB before the steps and after, where the system tells.
    pub peak_rss_before_mb: Option<f64>,
    /// See `peak_rss_before_mb`.
    pub peak_rss_mb: Option<f64>,
    /// Multiplications and additions of the products that a step needs, in 10¹² per second, attention included.
    pub model_tflops: f64,
    /// The peak that this is held against, in 10¹² per second: the data sheet's if given, else one large product's, measured.
    pub peak_tflops: f64,
    /// `model_tflops / peak_tflops`.
    pub share_of_peak: f64,
}

/// Times steps on random ids.
///
/// # Errors
/// [`Error::Parameter`] for no steps at all; those of [`crate::model::Encoder::batch`] for a length that the model has no
/// positions for.
pub fn bench(model: &Classifier, config: &BenchConfig, seed: u64) -> Result<BenchResult> {
    if config.steps == 0 {
        return Err(Error::parameter("steps", 0, "at least 1"));
    }
    let before = peak_memory();
    let device = model.encoder().device();
    let mut adam = Adam::new(AdamConfig::default(), model.updates(), |_| false);
    let mut alpha_adam = Adam::new(AdamConfig::default(), model.alphas(), |_| false);
    let mut folded = model.fold(Pass::Adapters);
    let for_alpha = model.fold(Pass::Alphas);
    let now = || {
        if let Device::Cuda(index) = device {
            Cuda::synchronize(index as i64);
        }
        Instant::now()
    };
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for number in 0..config.warmup + config.steps {
        let (batch, labels) = random_batch(model, config, seed, number)?;
        let dropout = |stream| Dropout::keyed(Key { seed, stream, count: number }, device);
        let start = now();
        let loss = cross_entropy(&model.logits(&batch, &folded, &mut dropout("dropout")), &labels);
        let forward = now();
        let gradients = Tensor::run_backward(&[&loss], model.updates().leaves(), false, false);
        let backward = now();
        adam.step(model.updates(), &flatten(&gradients), 1e-4);
        let update = now();
        drop((loss, gradients));
        let alpha = now();
        if model.has_alphas() {
            let loss = cross_entropy(&model.logits(&batch, &for_alpha, &mut dropout("dropout of α")), &labels);
            let gradients = Tensor::run_backward(&[&loss], model.alphas().leaves(), false, false);
            alpha_adam.step(model.alphas(), &flatten(&gradients), 1e-4);
            folded = model.fold(Pass::Adapters);
        }
        let end = now();
        if number >= config.warmup {
            let spans = [(start, update), (start, forward), (forward, backward), (backward, update), (alpha, end)];
            for (seconds, (from, to)) in seconds.iter_mut().zip(spans) {
                seconds.push((to - from).as_secs_f64());
            }
        }
    }
    seconds.iter_mut().for_each(|spans| spans.sort_by(f64::total_cmp));
    let [step, forward, backward, update, alpha] = seconds.each_ref().map(|spans| spans[spans.len() / 2]);
    let operations = operations(model.encoder().config(), config.length) * (config.batch * config.length) as f64;
    let model_tflops = operations / step / 1e12;
    let measured = || product_rate(device, model.encoder().kind()) / 1e3;
    let peak_tflops = config.peak_tflops.unwrap_or_else(measured);
    Ok(BenchResult {
        median_step_s: step,
        min_step_s: seconds[0][0],
        tokens_per_s: (config.batch * config.length) as f64 / step,
        forward_s: forward,
        backward_s: backward,
        update_s: update,
        alpha_step_s: model.has_alphas().then_some(alpha),
        peak_rss_before_mb: before,
        peak_rss_mb: peak_memory(),
        model_tflops,
        peak_tflops,
        share_of_peak: model_tflops / peak_tflops,
    })
}

/// Multiplications and additions per token of a training step of the adapters: the products of frozen layers and attention,
/// forward and backward. Frozen weights need no gradient, the first layer's query, key and value give none on, and the last
/// layer computes keys and values for all tokens, the rest for one. Adapters and head are left out: under 1 %.
fn operations(encoder: &EncoderConfig, length: i64) -> f64 {
    let (h, wide, layers) = (encoder.hidden_size, encoder.intermediate_size, encoder.num_hidden_layers);
    let forward = (layers - 1) as i64 * (4 * h * h + 2 * h * wide) + 2 * h * h;
    let backward = forward - if layers > 1 { 3 * h * h } else { 2 * h * h };
    // Scores and their use forward, two products each backward.
    let attention = (layers - 1) as i64 * 6 * length * h;
    2.0 * (forward + backward + attention) as f64
}

fn random_batch(model: &Classifier, config: &BenchConfig, seed: u64, number: u64) -> Result<(Batch, Vec<i64>)> {
    let encoder = model.encoder().config();
    let mut rng = Key { seed, stream: "bench", count: number }.generator();
    let mut below = |count: i64| (rng.next_u64() % count as u64) as i64;
    // Above the special tokens where there is room, so that nothing is padding.
    let first = (encoder.vocab_size / 2).min(1000);
    let ids: Vec<_> = (0..config.batch * config.length).map(|_| first + below(encoder.vocab_size - first)).collect();
    let labels = (0..config.batch).map(|_| below(2)).collect();
    Ok((model.encoder().batch(&ids, None, None, config.length)?, labels))
}

/// The high-water mark of resident memory in MB.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kilobytes| (kilobytes / 102.4).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::AdapterConfig;
    use crate::model::Checkpoint;

    #[test]
    fn no_steps_are_refused() {
        let mut encoder = EncoderConfig::minilm();
        (encoder.vocab_size, encoder.num_hidden_layers) = (50, 1);
        let (adapter, checkpoint) = (AdapterConfig::default(), Checkpoint::random(&encoder, 0));
        let place = (tch::Kind::Float, Device::Cpu);
        let model = Classifier::new(&encoder, &checkpoint, &adapter, 2, 0, place).unwrap();
        let config = BenchConfig { batch: 1, length: 2, steps: 0, warmup: 0, peak_tflops: Some(1.0) };
        assert_eq!(bench(&model, &config, 0).unwrap_err().to_string(), "steps is 0, but must be at least 1");
        assert!(bench(&model, &BenchConfig { steps: 1, ..config }, 0).unwrap().median_step_s > 0.0);
    }

    #[test]
    fn operations_of_roberta_base() {
        // 2 (134 + 131) h² + 132 l h: eleven layers of 12 h² and two of h², of which 3 h² give no gradient on.
        let h = 768.0;
        let expected = 2.0 * (134.0 + 131.0) * h * h + 132.0 * 128.0 * h;
        assert_eq!(operations(&EncoderConfig::roberta_base(), 128), expected);
    }
}
