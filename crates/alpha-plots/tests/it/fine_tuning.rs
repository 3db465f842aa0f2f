//! Runs of alpha-llm, read back.

use std::path::Path;

use alpha_plots::paper::{Context, Item, Outcome, make};

use crate::runs::{RUN, Run};
use crate::svg::{elements, with};

const SELECTION: (&str, &[(u64, f64)]) = ("selection", &[(80, 0.6), (160, 0.75)]);

fn made(results: &Path) -> alpha_plots::Result<Outcome> {
    make(Item::Minilm, &Context { amazon: None, results, out: &results.join("out") })
}

fn figure(results: &Path) -> String {
    std::fs::read_to_string(results.join("out/figures/minilm.svg")).unwrap()
}

#[test]
fn the_kept_weights_are_shown() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("minilm");
    let run = Run { evaluations: &[SELECTION], losses: 16, ..RUN };
    Run { method: "alpha-lora", kept: &[("dev", 0.8125)], ..run }.write(&folder.join("b"));
    Run { kept: &[("dev", 0.8)], ..run }.write(&folder.join("a"));
    // Of several evaluation files the last one is reported.
    Run { method: "full", kept: &[("matched", 0.1), ("mismatched", 0.85)], ..run }.write(&folder.join("c"));
    let outcome = made(results.path()).unwrap();
    let row = |method: &str, accuracy: &str| {
        ["MRPC", method, "bf16", "3", "selected", "70", "400", accuracy, "70.0–90.0", "85.00", "9876", "61"]
            .map(str::to_owned)
            .to_vec()
    };
    let rows = [row("LoRA", "80.00"), row("α-LoRA", "81.25"), row("full fine-tuning", "85.00")];
    assert_eq!(outcome.details.unwrap().rows(), rows);
    assert_eq!(outcome.data.len(), 1, "each dataset file once");

    let svg = figure(results.path());
    let words: Vec<&str> = elements(&svg, "text").iter().map(|text| text.words).collect();
    for label in
        ["LoRA, bf16", "α-LoRA, bf16", "full fine-tuning, bf16", "training loss", "accuracy on held-out rows (%)"]
    {
        let panels = if label.contains("bf16") { 2 } else { 1 };
        assert_eq!(words.iter().filter(|words| **words == label).count(), panels, "{label}");
    }
    // Three colours, each a curve and its key in two panels.
    for colour in ["#0072B2", "#D55E00", "#009E73"] {
        assert_eq!(with(&svg, "polyline", "stroke", colour).len(), 4, "{colour}");
    }
}

#[test]
fn tasks_need_not_lie_together_nor_every_run_have_every_curve() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("minilm");
    for (name, task) in [("a", "MRPC"), ("b", "SST-2"), ("c", "MRPC")] {
        Run { task, losses: 16, ..RUN }.write(&folder.join(name));
    }
    made(results.path()).unwrap();
    let svg = figure(results.path());
    // One of losses for either task, none of held-out rows.
    assert_eq!(elements(&svg, "svg").len() - 1, 2);
    assert!(!svg.contains("held-out"));
    for name in ["a", "b", "c"] {
        RUN.write(&folder.join(name));
    }
    let outcome = made(results.path()).unwrap();
    assert!(outcome.note.unwrap().contains("no run has a curve"));
    assert!(outcome.details.is_some());
}

#[test]
fn a_damaged_line_is_named() {
    let results = tempfile::tempdir().unwrap();
    let run = results.path().join("minilm/a");
    Run { losses: 16, ..RUN }.write(&run);
    let path = run.join("metrics.jsonl");
    let text = std::fs::read_to_string(&path).unwrap().replacen(r#""step":20"#, r#""step":"#, 1);
    std::fs::write(&path, text).unwrap();
    let error = made(results.path()).unwrap_err().to_string();
    assert!(error.contains("metrics.jsonl, line 2,"), "{error}");
}

#[test]
fn only_a_folder_that_is_not_there_has_no_runs() {
    let results = tempfile::tempdir().unwrap();
    assert!(made(results.path()).unwrap().note.unwrap().starts_with("there are no runs in "));
    std::fs::write(results.path().join("minilm"), "").unwrap();
    let error = made(results.path()).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("minilm"), "{error}");
}
