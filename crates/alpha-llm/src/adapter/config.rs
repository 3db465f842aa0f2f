//! How a frozen layer is adapted.

use serde::{Deserialize, Serialize};

use crate::adapter::Site;
use crate::error::{Error, Result};

/// The update added to the frozen layer, and whether the layer is rescaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// W x + b + (lora_alpha/r) B A x.
    Lora,
    /// α∘(W x + b) + (lora_alpha/r) B A x, the paper's method.
    AlphaLora,
    /// α∘(W x + b) + W̃ x + b̃ with a whole matrix W̃, the paper's eq. 10.
    Full,
}

/// How many numbers α is per module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum AlphaShape {
    /// One per module.
    Scalar,
    /// One per row of W.
    Row,
}

/// Distribution of a new A; B starts at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// N(0, 1/r), the authors'.
    Paper,
    /// U(±1/√in), PEFT's; about 17 times narrower at roberta-base's size.
    Peft,
}

/// Settings of the adapters.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `method` | alpha-lora | what is added and scaled | |
/// | `targets` | query, value | the layers adapted | at least one, each once |
/// | `rank` | 8 | r, rows of A | 1 to the smaller side of W |
/// | `lora_alpha` | 8 | numerator of the update's scale lora_alpha/r | above 0 |
/// | `init` | paper | distribution of A | |
/// | `alpha_shape` | row | numbers per α | |
/// | `alpha_init` | 1 | first value of every α | finite |
/// | `scale_bias` | true | whether α scales the frozen bias too, as the authors' code does | |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdapterConfig {
    /// What is added to the frozen layer, and whether it is scaled.
    pub method: Method,
    /// The linear layers adapted, in every encoder layer.
    pub targets: Vec<Site>,
    /// The rank r.
    pub rank: i64,
    /// LoRA's numerator.
    pub lora_alpha: i64,
    /// Distribution of a new A.
    pub init: Init,
    /// Numbers per α.
    pub alpha_shape: AlphaShape,
    /// First value of every α.
    pub alpha_init: f64,
    /// Whether α scales the frozen bias.
    pub scale_bias: bool,
}

impl Default for AdapterConfig {
    fn default() -> Self {
        Self {
            method: Method::AlphaLora,
            targets: vec![Site::Query, Site::Value],
            rank: 8,
            lora_alpha: 8,
            init: Init::Paper,
            alpha_shape: AlphaShape::Row,
            alpha_init: 1.0,
            scale_bias: true,
        }
    }
}

impl AdapterConfig {
    /// Whether the method has an α.
    pub fn has_alpha(&self) -> bool {
        self.method != Method::Lora
    }

    /// The scale of B A.
    pub(crate) fn scaling(&self) -> f64 {
        self.lora_alpha as f64 / self.rank as f64
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the value and what is allowed.
    pub fn check(&self, smallest_side: i64) -> Result<()> {
        let wrong = |name: &str, value: String, allowed: String| Err(Error::parameter(name, value, allowed));
        let mut targets = self.targets.clone();
        targets.sort();
        targets.dedup();
        if targets.is_empty() || targets.len() != self.targets.len() {
            let names: Vec<_> = self.targets.iter().map(ToString::to_string).collect();
            return wrong("targets", format!("[{}]", names.join(", ")), "at least one module, each once".to_owned());
        }
        if !(1..=smallest_side).contains(&self.rank) {
            return wrong("rank", self.rank.to_string(), format!("between 1 and {smallest_side}"));
        }
        if self.lora_alpha < 1 {
            return wrong("lora_alpha", self.lora_alpha.to_string(), "at least 1".to_owned());
        }
        if !self.alpha_init.is_finite() {
            return wrong("alpha_init", self.alpha_init.to_string(), "finite".to_owned());
        }
        Ok(())
    }
}
