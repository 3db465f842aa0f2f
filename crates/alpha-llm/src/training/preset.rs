//! Settings to start from.

use serde::{Deserialize, Serialize};

use crate::adapter::{AdapterConfig, Init, Method};
use crate::batches::{Order, Padding, PlanConfig};
use crate::device::DeviceChoice;
use crate::optimiser::AdamConfig;
use crate::splits::SplitConfig;
use crate::training::{AlphaConfig, Precision, RunConfig};

/// Settings that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// As the authors' runs: α moves on rows that train too, decay on everything, no clipping, random order, and the
    /// evaluation files scored all along, so that "best" is chosen on them.
    Paper,
    /// Training, α and selection rows disjoint; the evaluation files are scored once, at the end.
    Clean,
    /// transformers' Trainer with PEFT's LoRA.
    Hf,
}

impl RunConfig {
    /// A preset's settings, with no model and no task yet.
    pub fn preset(preset: Preset) -> Self {
        let plan = |batch, order| PlanConfig { batch, order, padding: Padding::Longest };
        let paper = Self {
            preset,
            model: String::new(),
            task: String::new(),
            data: None,
            columns: None,
            train_rows: None,
            seed: 1,
            epochs: 10,
            max_steps: None,
            max_length: None,
            device: DeviceChoice::Auto,
            precision: Precision::Fp32,
            threads: None,
            warmup: 0.0,
            clip: None,
            lora_plus: None,
            equal_cost: false,
            decay_all: true,
            evaluate_every: 200,
            evaluate_dev: true,
            checkpoint_every: 200,
            evaluation_batch: 64,
            adapter: AdapterConfig::default(),
            optimiser: AdamConfig::default(),
            alpha: AlphaConfig { shuffle: false, ..AlphaConfig::default() },
            batches: plan(64, Order::Random),
            split: SplitConfig::Paper { alpha: 0.2, selection: 0.0 },
        };
        match preset {
            Preset::Paper => paper,
            Preset::Clean => Self {
                warmup: 0.06,
                clip: Some(1.0),
                decay_all: false,
                evaluate_dev: false,
                alpha: AlphaConfig::default(),
                batches: plan(64, Order::LengthBucketed),
                split: SplitConfig::Clean { alpha: 0.1, selection: 0.1 },
                ..paper
            },
            Preset::Hf => Self {
                seed: 42,
                epochs: 3,
                clip: Some(1.0),
                decay_all: false,
                evaluate_every: 0,
                adapter: AdapterConfig { method: Method::Lora, init: Init::Peft, ..AdapterConfig::default() },
                optimiser: AdamConfig { learning_rate: 5e-5, beta2: 0.999, weight_decay: 0.0, ..AdamConfig::default() },
                alpha: AlphaConfig::default(),
                batches: plan(8, Order::Random),
                split: SplitConfig::Clean { alpha: 0.0, selection: 0.0 },
                ..paper
            },
        }
    }
}
