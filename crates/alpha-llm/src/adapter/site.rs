//! The linear layers of an encoder that can be adapted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::EncoderConfig;

/// A linear layer within each encoder layer, named as PEFT's `target_modules` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Site {
    /// `attention.self.query`, h → h.
    #[serde(rename = "query")]
    Query,
    /// `attention.self.key`, h → h.
    #[serde(rename = "key")]
    Key,
    /// `attention.self.value`, h → h.
    #[serde(rename = "value")]
    Value,
    /// `attention.output.dense`, h → h.
    #[serde(rename = "attention.output.dense")]
    AttentionOutput,
    /// `intermediate.dense`, h → intermediate.
    #[serde(rename = "intermediate.dense")]
    Intermediate,
    /// `output.dense`, intermediate → h.
    #[serde(rename = "output.dense")]
    Output,
}

impl Site {
    /// All sites, in the order of the forward pass.
    pub const ALL: [Self; 6] =
        [Self::Query, Self::Key, Self::Value, Self::AttentionOutput, Self::Intermediate, Self::Output];

    /// The name on the command line, and in PEFT's `target_modules`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Key => "key",
            Self::Value => "value",
            Self::AttentionOutput => "attention.output.dense",
            Self::Intermediate => "intermediate.dense",
            Self::Output => "output.dense",
        }
    }

    /// The path of the module in a checkpoint, without the family's prefix: `encoder.layer.3.attention.self.query`.
    pub fn path(self, layer: usize) -> String {
        match self {
            Self::Query | Self::Key | Self::Value => format!("encoder.layer.{layer}.attention.self.{}", self.name()),
            _ => format!("encoder.layer.{layer}.{}", self.name()),
        }
    }

    /// Rows and columns of the weight: output and input width.
    pub(crate) fn shape(self, config: &EncoderConfig) -> [i64; 2] {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        match self {
            Self::Intermediate => [wide, hidden],
            Self::Output => [hidden, wide],
            _ => [hidden, hidden],
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
