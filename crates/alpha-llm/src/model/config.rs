//! What config.json says of an encoder.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input;

/// The two families of encoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Positions counted from `pad_token_id` + 1; the head is dense, tanh, projection.
    Roberta,
    /// Positions counted from 0; a frozen pooler, and one projection as the head.
    Bert,
}

impl Family {
    /// The prefix of its tensors' names in a checkpoint.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Roberta => "roberta",
            Self::Bert => "bert",
        }
    }
}

/// The sizes and constants of an encoder, as config.json has them.
///
/// Nothing has a default: the two families differ in every one of them (roberta-base has `layer_norm_eps` 1e-5 and 514
/// positions, BERT 1e-12 and 512), so a missing field is an error.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EncoderConfig {
    /// `model_type`: `roberta` or `bert`.
    #[serde(rename = "model_type")]
    pub family: Family,
    /// Rows of the word embedding.
    pub vocab_size: i64,
    /// Width h of the hidden states.
    pub hidden_size: i64,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Number of attention heads; it divides `hidden_size`.
    pub num_attention_heads: i64,
    /// Width of the feed-forward layer.
    pub intermediate_size: i64,
    /// Rows of the position embedding; RoBERTa's first `pad_token_id` + 1 are never used.
    pub max_position_embeddings: i64,
    /// Rows of the token-type embedding.
    pub type_vocab_size: i64,
    /// ε of every LayerNorm.
    pub layer_norm_eps: f64,
    /// Dropout on hidden states, in [0, 1).
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities, in [0, 1).
    pub attention_probs_dropout_prob: f64,
    /// Dropout in the head; `hidden_dropout_prob` where it is null or absent.
    #[serde(default)]
    pub classifier_dropout: Option<f64>,
    /// Standard deviation of a new head's weights.
    pub initializer_range: f64,
    /// Id of the padding token.
    pub pad_token_id: i64,
    hidden_act: String,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

impl EncoderConfig {
    /// Reads and checks config.json.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Json`] for a missing field or another family; [`Error::Config`] for a value that no
    /// RoBERTa or BERT has.
    pub fn read(path: &Path) -> Result<Self> {
        let text = input::text(path)?;
        Self::parse(&text, path)
    }

    /// Parses and checks the text of a config.json; `path` is for messages.
    ///
    /// # Errors
    /// As [`EncoderConfig::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let config: Self =
            serde_json::from_str(text).map_err(|source| Error::Json { path: path.to_owned(), source })?;
        let wrong = |field, value: String, allowed: &str| {
            Err(Error::Config { path: path.to_owned(), field, value, allowed: allowed.to_owned() })
        };
        if config.hidden_act != "gelu" {
            return wrong("hidden_act", config.hidden_act, "\"gelu\" (the exact one)");
        }
        if let Some(kind) = config.position_embedding_type.as_deref().filter(|kind| *kind != "absolute") {
            return wrong("position_embedding_type", kind.to_owned(), "\"absolute\"");
        }
        let sizes = [
            ("vocab_size", config.vocab_size),
            ("hidden_size", config.hidden_size),
            ("num_attention_heads", config.num_attention_heads),
            ("intermediate_size", config.intermediate_size),
            ("max_position_embeddings", config.max_position_embeddings),
            ("type_vocab_size", config.type_vocab_size),
        ];
        for (field, value) in sizes {
            // Far above any model, and small enough that products of two sizes stay exact.
            if !(1..=1 << 24).contains(&value) {
                return wrong(field, value.to_string(), "between 1 and 2^24");
            }
        }
        // Names of all tensors are made before the weights are looked at.
        if !(1..=1024).contains(&config.num_hidden_layers) {
            return wrong("num_hidden_layers", config.num_hidden_layers.to_string(), "between 1 and 1024");
        }
        if config.hidden_size % config.num_attention_heads != 0 {
            return wrong("num_attention_heads", config.num_attention_heads.to_string(), "a divisor of hidden_size");
        }
        if !(0..config.vocab_size).contains(&config.pad_token_id) {
            return wrong("pad_token_id", config.pad_token_id.to_string(), "an id of the vocabulary");
        }
        if config.max_length() < 1 {
            return wrong(
                "max_position_embeddings",
                config.max_position_embeddings.to_string(),
                "above pad_token_id + 1",
            );
        }
        let positive = [("layer_norm_eps", config.layer_norm_eps), ("initializer_range", config.initializer_range)];
        for (field, value) in positive {
            if !(value > 0.0 && value < 1.0) {
                return wrong(field, value.to_string(), "in (0, 1)");
            }
        }
        let shares = [
            ("hidden_dropout_prob", Some(config.hidden_dropout_prob)),
            ("attention_probs_dropout_prob", Some(config.attention_probs_dropout_prob)),
            ("classifier_dropout", config.classifier_dropout),
        ];
        for (field, value) in shares {
            if value.is_some_and(|value| !(0.0..1.0).contains(&value)) {
                return wrong(field, value.unwrap_or_default().to_string(), "in [0, 1)");
            }
        }
        Ok(config)
    }

    /// The longest input in tokens, specials included: 512 for roberta-base and BERT.
    pub fn max_length(&self) -> i64 {
        self.max_position_embeddings - self.first_position()
    }

    /// The position of the first token.
    fn first_position(&self) -> i64 {
        match self.family {
            Family::Roberta => self.pad_token_id + 1,
            Family::Bert => 0,
        }
    }

    /// Dropout in the head.
    pub fn head_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    /// The shape of MiniLM with six layers, for benches without its weights.
    pub fn minilm() -> Self {
        Self {
            family: Family::Bert,
            vocab_size: 30522,
            hidden_size: 384,
            num_hidden_layers: 6,
            intermediate_size: 1536,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            pad_token_id: 0,
            ..Self::roberta_base()
        }
    }

    /// The shape of roberta-base, for benches and counts without its weights.
    pub fn roberta_base() -> Self {
        Self {
            family: Family::Roberta,
            vocab_size: 50265,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            max_position_embeddings: 514,
            type_vocab_size: 1,
            layer_norm_eps: 1e-5,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            classifier_dropout: None,
            initializer_range: 0.02,
            pad_token_id: 1,
            hidden_act: "gelu".to_owned(),
            position_embedding_type: None,
        }
    }
}
