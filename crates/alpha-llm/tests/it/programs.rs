//! The contract of all programs (alpha-cli), and settings on the command line.

use alpha_cli::contract::Contract;

use crate::{fixture, output, stderr};

#[test]
fn alpha_llm_keeps_the_contract() {
    const RUN: &str = "it needs a run that is over";
    Contract {
        name: "alpha-llm",
        path: env!("CARGO_BIN_EXE_alpha-llm"),
        runs: &[
            "train --print-config",
            "doctor",
            "doctor --json",
            "bench --shape minilm --batch 1 --length 8 --steps 1 --threads 1",
        ],
        not_run: &[
            ("resume", "it needs a run that was stopped"),
            ("fetch", "it downloads"),
            ("export", RUN),
            ("evaluate", RUN),
            ("alphas", RUN),
            ("neighbourhood", RUN),
        ],
    }
    .check();
}

#[test]
fn reproduce_table2_keeps_the_contract() {
    let model = fixture("tiny-bert");
    let dry = format!("--dry-run --out study --tasks RTE --device cpu --model {}", model.display());
    Contract { name: "reproduce-table2", path: env!("CARGO_BIN_EXE_reproduce-table2"), runs: &[&dry], not_run: &[] }
        .check();
}

#[test]
fn the_settings_printed_are_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let print = |args: &[&str]| {
        let output = output(folder.path(), &[&["train", "--print-config"], args].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let given = ["--preset", "hf", "--model", "m", "--task", "RTE", "--rank", "4", "--set", "evaluation-batch=7"];
    let printed = print(&given);
    assert!(printed.contains("rank = 4") && printed.contains("evaluation-batch = 7"), "{printed}");
    // Both spellings.
    let old = ["--preset", "hf", "--model", "m", "--task", "RTE", "--rank", "4", "--set", "evaluation_batch=7"];
    assert_eq!(print(&old), printed);
    std::fs::write(folder.path().join("own.toml"), &printed).unwrap();
    assert_eq!(print(&["--config", "own.toml"]), printed);
    // A run without a model is not described as one.
    let bare = print(&[]);
    assert!(bare.starts_with("# model is not given yet.\n# task is not given yet.\n"), "{bare}");
    assert!(!bare.contains("custom"), "{bare}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is written");
}

#[test]
fn the_defaults_of_every_preset_are_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = output(folder.path(), &["train", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    for line in [
        "[default: paper 1e-4, clean 1e-4, hf 5e-5]",
        "[default: paper alpha-lora, clean alpha-lora, hf lora]",
        "[default: query,value]",
        "[default: paper 64, clean 64, hf 8]",
        "[default: paper 1, clean 1, hf 42]",
        "[default: paper 10, clean 10, hf 3]",
        "[default: paper paper, clean paper, hf peft]",
    ] {
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(line), "no {line} in {help}");
    }
}
