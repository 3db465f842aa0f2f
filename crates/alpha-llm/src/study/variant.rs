//! The methods that a study compares.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// A row of the table: a method, and what keeps the comparison with it fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// LoRA.
    Lora,
    /// α-LoRA, α moving on batches of its own.
    AlphaLora,
    /// LoRA with as many more steps as α's batches cost.
    LoraEqualCost,
    /// α-LoRA with α moving in every step, on the adapters' batch.
    JointAlpha,
    /// LoRA with a higher learning rate for B.
    LoraPlus,
}

impl Variant {
    /// All of them; the paper has the first two.
    pub const ALL: [Self; 5] = [Self::Lora, Self::AlphaLora, Self::LoraEqualCost, Self::JointAlpha, Self::LoraPlus];

    /// Its word on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lora => "lora",
            Self::AlphaLora => "alpha-lora",
            Self::LoraEqualCost => "lora-equal-cost",
            Self::JointAlpha => "joint-alpha",
            Self::LoraPlus => "lora-plus",
        }
    }

    /// Its name in a table.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Lora => "LoRA",
            Self::AlphaLora => "α-LoRA",
            Self::LoraEqualCost => "LoRA, equal cost",
            Self::JointAlpha => "α-LoRA, joint",
            Self::LoraPlus => "LoRA+",
        }
    }

    /// What it sets in a run's configuration; `ratio` is that of LoRA+.
    pub(super) fn settings(self, ratio: f64) -> Table {
        let mut settings = Table::new();
        let method = if matches!(self, Self::AlphaLora | Self::JointAlpha) { "alpha-lora" } else { "lora" };
        let table = |key: &str, value: Value| Value::Table(Table::from_iter([(key.to_owned(), value)]));
        settings.insert("adapter".to_owned(), table("method", method.into()));
        match self {
            Self::Lora | Self::AlphaLora => {}
            Self::LoraEqualCost => drop(settings.insert("equal_cost".to_owned(), true.into())),
            Self::JointAlpha => drop(settings.insert("alpha".to_owned(), table("joint", true.into()))),
            Self::LoraPlus => drop(settings.insert("lora_plus".to_owned(), ratio.into())),
        }
        settings
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
