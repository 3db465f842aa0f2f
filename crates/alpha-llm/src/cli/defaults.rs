//! What the options of `train` stand at unless they are given, as the presets have it.

use alpha_llm::training::{Preset, RunConfig, settings};
use clap::{Arg, ValueEnum};
use toml::{Table, Value};

/// Options, by the names of their fields, and the settings that they set.
const KEYS: [(&str, &str); 16] = [
    ("method", "adapter.method"),
    ("targets", "adapter.targets"),
    ("rank", "adapter.rank"),
    ("lora_alpha", "adapter.lora_alpha"),
    ("init", "adapter.init"),
    ("alpha_shape", "adapter.alpha_shape"),
    ("alpha_init", "adapter.alpha_init"),
    ("alpha_lr", "alpha.optimiser.learning_rate"),
    ("alpha_every", "alpha.every"),
    ("epochs", "epochs"),
    ("batch", "batches.batch"),
    ("lr", "optimiser.learning_rate"),
    ("seed", "seed"),
    ("pad", "batches.padding"),
    ("order", "batches.order"),
    ("evaluate_every", "evaluate_every"),
];

/// An option with its default in its help, of each preset where they differ.
pub fn shown(arg: Arg) -> Arg {
    let Some((_, key)) = KEYS.iter().find(|(id, _)| arg.get_id() == id) else { return arg };
    let of = |preset: &Preset| {
        let table = Table::try_from(RunConfig::preset(*preset)).unwrap_or_default();
        settings::get(&table, key).map_or("none".to_owned(), text)
    };
    let presets = Preset::value_variants();
    let values: Vec<String> = presets.iter().map(of).collect();
    let all = if values.iter().all(|value| *value == values[0]) {
        values[0].clone()
    } else {
        let each = presets.iter().zip(&values).map(|(preset, value)| {
            let word = preset.to_possible_value().map_or(String::new(), |word| word.get_name().to_owned());
            format!("{word} {value}")
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let help = arg.get_help().map_or(String::new(), ToString::to_string);
    arg.help(format!("{help} [default: {all}]"))
}

/// A setting as an option takes it.
fn text(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Float(number) if *number != 0.0 && number.abs() < 1e-2 => format!("{number:e}"),
        value => value.to_string(),
    }
}
