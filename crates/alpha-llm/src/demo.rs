//! A tiny model and generated sentences, to see a run from end to end with no download.
//!
//! The model is a random BERT, which knows nothing: what is learnt sits in the adapters, α and the head alone. The
//! sentences praise or blame; "not" turns one into the other, so that counting words is not enough.

use std::path::Path;

use alpha_store::table::Table as Rows;
use chacha20::rand_core::Rng;
use toml::Table;

use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::model::{Checkpoint, EncoderConfig, write_tensors};
use crate::training::RunConfig;

const PRAISE: [&str; 12] =
    ["good", "great", "fine", "warm", "bright", "clever", "moving", "fresh", "sharp", "lovely", "honest", "rich"];
const BLAME: [&str; 12] =
    ["bad", "poor", "dull", "cold", "flat", "silly", "tired", "stale", "clumsy", "ugly", "false", "thin"];
const THINGS: [&str; 12] =
    ["film", "story", "cast", "music", "plot", "scene", "script", "ending", "camera", "humour", "pace", "set"];
const DEGREES: [&str; 6] = ["very", "quite", "rather", "really", "somewhat", "truly"];
const OTHERS: [&str; 7] = ["the", "is", "not", "and", "a", "with", "."];
const SPECIALS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Width, layers and so on of the demo's model.
const CONFIG: &str = r#"{
  "model_type": "bert", "architectures": ["BertModel"], "vocab_size": 54, "hidden_size": 64, "num_hidden_layers": 2,
  "num_attention_heads": 4, "intermediate_size": 128, "max_position_embeddings": 32, "type_vocab_size": 2,
  "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
  "initializer_range": 0.02, "pad_token_id": 0
}
"#;

/// The demo's settings, for a run in `out`: its model and data are in `out/demo`.
pub fn settings(out: &Path) -> Table {
    let mut table = Table::new();
    let place = |name: &str| toml::Value::String(out.join("demo").join(name).display().to_string());
    table.insert("model".to_owned(), place("model"));
    table.insert("data".to_owned(), place("data"));
    // One thread: at this size, two would wait for each other longer than they compute.
    let rest: Table = "task = 'custom'\nepochs = 10\nthreads = 1\nevaluate_every = 50\nbatches.batch = 32\n\
        alpha.every = 5\nadapter.rank = 16\noptimiser.learning_rate = 5e-3"
        .parse()
        .unwrap_or_default();
    table.extend(rest);
    table
}

/// Checks that a run of the demo in `out` has the demo's own model and data.
///
/// # Errors
/// [`Error::Parameter`] for another task, model or folder of data.
pub fn check(config: &RunConfig, out: &Path) -> Result<()> {
    let data = config.data.as_ref().map_or("not set".to_owned(), |data| data.display().to_string());
    let own = settings(out);
    for (name, value) in [("task", &config.task), ("model", &config.model), ("data", &data)] {
        let wanted = own.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        if value != wanted {
            return Err(Error::parameter(name, format!("'{value}'"), format!("'{wanted}' in the demo")));
        }
    }
    Ok(())
}

/// Writes the model and the sentences that [`settings`] speak of, in `out/demo`; both depend on the seed alone.
///
/// # Errors
/// [`Error::Store`] where they cannot be written.
pub fn write(out: &Path, seed: u64) -> Result<()> {
    let (folder, data) = (out.join("demo/model"), out.join("demo/data"));
    let text = |name: &str, text: &str| -> Result<()> {
        Ok(alpha_store::output::write(&folder.join(name), |out| out.write_all(text.as_bytes()))?)
    };
    text("config.json", CONFIG)?;
    let words = [&SPECIALS[..], &PRAISE, &BLAME, &THINGS, &DEGREES, &OTHERS].concat();
    text("vocab.txt", &(words.join("\n") + "\n"))?;
    let encoder = EncoderConfig::parse(CONFIG, &folder.join("config.json"))?;
    let weights = Checkpoint::random(&encoder, seed).encoder.into_iter();
    let tensors = weights.map(|(name, tensor)| (format!("bert.{name}"), tensor)).collect();
    write_tensors(&folder.join("model.safetensors"), &tensors, [("format".to_owned(), "pt".to_owned())])?;

    for (name, rows) in [("train.csv", 2400), ("dev.csv", 600)] {
        let mut rng = Key { seed, stream: name, count: 0 }.generator();
        let mut table = Rows::new(["text", "label"]);
        (0..rows).for_each(|_| table.push(sentence(&mut rng)));
        let csv = table.to_csv()?;
        alpha_store::output::write(&data.join(name), |out| out.write_all(csv.as_bytes()))?;
    }
    Ok(())
}

/// A sentence of one or two clauses, and whether it praises.
fn sentence(rng: &mut impl Rng) -> [String; 2] {
    let mut below = |count: usize| (rng.next_u64() % count as u64) as usize;
    let praises = below(2) == 1;
    let mut clauses = Vec::new();
    for _ in 0..1 + below(2) {
        let negated = below(3) == 0;
        let words = if praises != negated { PRAISE } else { BLAME };
        let mut clause = vec!["the", THINGS[below(THINGS.len())], "is"];
        if negated {
            clause.push("not");
        }
        if below(2) == 0 {
            clause.push(DEGREES[below(DEGREES.len())]);
        }
        clause.push(words[below(words.len())]);
        clauses.push(clause.join(" "));
    }
    [clauses.join(" and ") + " .", if praises { "praise" } else { "blame" }.to_owned()]
}
