//! The items on language models: what was published, and studies read back.

use std::path::Path;

use alpha_plots::neighbourhood::Neighbourhood;
use alpha_plots::paper::{Context, Item, Outcome, make};
use alpha_plots::{Error, alphas};

use crate::runs::{RUN, Run, write};
use crate::svg::elements;

fn made(item: Item, results: &Path, out: &Path) -> Outcome {
    make(item, &Context { amazon: None, results, out }).unwrap()
}

/// A run whose accuracy on its reported evaluation file is `curve` by step.
fn run(study: &Path, name: &str, task: &str, seed: u64, curve: &[(u64, f64)]) {
    let other: Vec<_> = curve.iter().map(|(step, _)| (*step, 0.01)).collect();
    let evaluations: &[(&str, &[(u64, f64)])] = &[("matched", &other), ("mismatched", curve)];
    let kept = &[("matched", 0.01), ("mismatched", 0.5)];
    Run { task, seed, evaluations, kept, ..RUN }.write(&study.join("runs").join(name));
}

/// What decided it: file and text.
fn settings(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.settings.iter().map(|settings| (settings.name.as_ref(), settings.text.as_ref())).collect()
}

fn cells(outcome: &Outcome) -> Vec<String> {
    outcome.details.as_ref().unwrap().rows().iter().map(|row| row.join(" ")).collect()
}

#[test]
fn figure4_reads_the_published_curves() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::Figure4, results.path(), out.path());
    assert_eq!((outcome.files.len(), outcome.comparisons.len()), (1, 0));
    let note = outcome.note.clone().unwrap();
    assert!(
        note.contains(&format!(
            "no runs of MNLI with seed 5 and RTE with seed 123 in {}/table2: run reproduce-table2",
            results.path().display()
        )),
        "{note}"
    );
    assert!(note.contains("no curves in ") && note.contains("/table2_small: run scripts/study table2-small"), "{note}");
    assert_eq!(
        cells(&outcome),
        [
            "published MNLI 5 best 85.65 86.31 0.66",
            "published MNLI 5 last 85.59 86.19 0.60",
            "published RTE 123 best 75.81 77.62 1.81",
            "published RTE 123 last 73.29 76.90 3.61",
        ]
    );
    assert!(outcome.redrawn && outcome.settings.is_empty() && outcome.data.is_empty());
}

#[test]
fn figure4_lays_a_study_over_it() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let full = results.path().join("table2");
    run(&full, "RTE-lora-123", "RTE", 123, &[(0, 0.5), (10, 0.75), (20, 0.74)]);
    run(&full, "RTE-alpha-lora-123", "RTE", 123, &[(0, 0.5), (10, 0.73), (20, 0.78)]);
    // Another method, another seed, and a run that is not over.
    run(&full, "RTE-joint-alpha-123", "RTE", 123, &[(0, 0.9), (10, 0.99)]);
    run(&full, "RTE-lora-3", "RTE", 3, &[(0, 0.9), (10, 0.99)]);
    std::fs::create_dir_all(full.join("runs/RTE-lora-5")).unwrap();
    let small = results.path().join("table2_small");
    for (seed, shift) in [(1, 0.0), (2, 0.04)] {
        run(&small, &format!("SST-2-lora-{seed}"), "SST-2", seed, &[(0, 0.5 + shift), (8, 0.8 + shift)]);
        run(&small, &format!("SST-2-alpha-lora-{seed}"), "SST-2", seed, &[(0, 0.5), (8, 0.84 - shift), (9, 0.1)]);
    }
    let outcome = made(Item::Figure4, results.path(), out.path());
    let line = |what: &str| {
        let found = outcome.comparisons.iter().find(|c| c.quantity == what).unwrap();
        (found.published.map(|x| (100.0 * x).round()), (100.0 * found.ours).round())
    };
    assert_eq!(outcome.comparisons.len(), 7);
    assert_eq!(line("small-bert, SST-2: gap at the last step, mean of 2 seeds (points)"), (None, -7200.0));
    assert_eq!(line("RTE seed 123, best step: LoRA (%)"), (Some(7581.0), 7500.0));
    assert_eq!(line("RTE seed 123, last step: gap"), (Some(361.0), 400.0));
    let svg = std::fs::read_to_string(out.path().join("figures/figure4.svg")).unwrap();
    let words: Vec<&str> = elements(&svg, "text").iter().map(|text| text.words).collect();
    assert_eq!(words.iter().filter(|words| words.contains("ours")).count(), 2);

    assert!(out.path().join("figures/figure4_small.svg").exists());
    assert!(!outcome.redrawn);
    let [("experiments/table2/RTE.toml", _), (runs, text)] = settings(&outcome)[..] else {
        panic!("{:?}", settings(&outcome))
    };
    assert!(runs.ends_with("table2_small/runs/*/record.json"), "{runs}");
    assert_eq!(text, "SST-2 = { batch = 32, epochs = 1, precision = \"bf16\", seeds = [1, 2] }\n");
}

#[test]
fn figure5_marks_the_learnt_alphas() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::Figure5, results.path(), out.path());
    assert_eq!(cells(&outcome), ["RTE, published 77.62 78.34 0.67 0.17 47.29 1643 of 2401"]);
    assert!(outcome.note.unwrap().contains("run scripts/study table2-small MODEL"));
    let svg = std::fs::read_to_string(out.path().join("figures/figure5_published.svg")).unwrap();
    // Runs of equal level in 49 rows; the mark and its key.
    assert!(elements(&svg, "rect").len() > 6 * 49, "{} rectangles", elements(&svg, "rect").len());
    assert_eq!(elements(&svg, "polygon").len(), 2);

    let table = "a,b,accuracy,correct,rows\n0,0,0.5,1,2\n0,1,0.75,1,2\n1,0,0.875,1,2\n1,1,0.5,1,2\n";
    let map = Neighbourhood::parse("t", table).unwrap();
    assert_eq!((map.at(0.0, 1.0), map.at(1.0, 0.0), map.at(0.5, 0.0)), (Some(75.0), Some(87.5), None));
    assert_eq!((map.best(), map.plateau()), ((1.0, 0.0, 87.5), 50.0));
    // Of equals the lowest.
    assert_eq!(Neighbourhood::parse("t", &table.replace("1,1,0.5", "1,1,0.9")).unwrap().plateau(), 50.0);
    // The map's rows are b, its columns a.
    assert_eq!(map.heat_map("t").unwrap().values, [50.0, 87.5, 75.0, 50.0]);
    let lines = map.lines("t");
    assert_eq!(lines.curves[0].points, [(0.0, 87.5), (1.0, 50.0)], "α* + t");
    assert_eq!(lines.curves[1].points, [(0.0, 50.0), (1.0, 87.5)], "tα*");
    let study = results.path().join("table2_small");
    run(&study, "RTE-alpha-lora-3", "RTE", 3, &[(1, 0.5)]);
    write(&study.join("runs/RTE-alpha-lora-3/neighbourhood.csv"), table);
    let outcome = made(Item::Figure5, results.path(), out.path());
    assert_eq!((&outcome.note, outcome.files.len()), (&None, 4));
    assert_eq!(cells(&outcome)[1], "RTE, small-bert 87.50 87.50 1.00 0.00 50.00 2 of 4");
    assert!(settings(&outcome)[0].1.starts_with("RTE = "), "not of the paper's own");
    // A flat one has no map, but does not stop the rest.
    let flat = table.replace("0.75", "0.5").replace("0.875", "0.5");
    write(&study.join("runs/RTE-alpha-lora-3/neighbourhood.csv"), &flat);
    let outcome = made(Item::Figure5, results.path(), out.path());
    assert_eq!(outcome.files.len(), 3);
    assert!(
        outcome.note.unwrap().starts_with("no figure5_small: the figure 'RTE, small-bert' needs at least 1 levels")
    );

    for (broken, expected) in [
        (table.replace("1,1,0.5,1,2\n", ""), "t has 3 rows, but 2 values of a and 2 of b: one row each is needed"),
        (table.replace("1,1,0.5", "1,0,0.5"), "t has 4 rows, but 2 values of a and 2 of b: one row each is needed"),
        (table.replace("0.75", "NaN"), "t, line 3: accuracy is 'NaN', but must be a finite number"),
        (table.replace("0.75", "1e308"), "t, line 3: accuracy is '1e308', but must be a number from 0 to 1"),
        (table.replace("0.75", "-0.01"), "t, line 3: accuracy is '-0.01', but must be a number from 0 to 1"),
        ("a,b,accuracy\n".to_owned(), "'t' has nothing to show: no finite point"),
        (table.replace("accuracy", "score"), "t has no column 'accuracy'"),
    ] {
        assert_eq!(Neighbourhood::parse("t", &broken).unwrap_err().to_string(), expected);
    }
    let flat = Neighbourhood::parse("t", &flat).unwrap();
    assert!(matches!(flat.heat_map("t"), Err(Error::TooFew { .. })));
}

#[test]
fn appendix_e2_takes_the_mean_over_seeds() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::AppendixE2, results.path(), out.path());
    let table = std::fs::read_to_string(out.path().join("tables/appendix_e2.md")).unwrap();
    assert_eq!(table.lines().filter(|line| line.starts_with("| RTE |")).count(), 24);
    assert!(table.contains("| RTE | 9 | query | 0.9863 | 0.0427 |") && !table.contains("ours"));
    assert!(outcome.note.unwrap().contains("no alphas.csv of MNLI, QNLI, RTE in "));
    let svg = std::fs::read_to_string(out.path().join("figures/appendix_e2.svg")).unwrap();
    // Two bands in each of six panels.
    assert_eq!(elements(&svg, "polygon").len(), 12);

    let full = results.path().join("table2");
    for (seed, mean) in [(3, 1.25), (5, 0.75)] {
        let name = format!("RTE-alpha-lora-{seed}");
        run(&full, &name, "RTE", seed, &[(0, 0.5)]);
        let rows = format!("9,query,{mean},0.5,0,1,2,3,4,9\nall,all,7,7,7,7,7,7,7,7\n");
        let csv = format!("layer,module,mean,std,p5,p25,p50,p75,p95,more\n{rows}");
        write(&full.join("runs").join(name).join("alphas.csv"), &csv);
    }
    let outcome = made(Item::AppendixE2, results.path(), out.path());
    let table = std::fs::read_to_string(out.path().join("tables/appendix_e2.md")).unwrap();
    let row = table.lines().find(|line| line.starts_with("| RTE | 9 | query |")).unwrap();
    assert!(row.ends_with("| 1.0000 | 0.5000 | 0.0000 | 1.0000 | 2.0000 | 3.0000 | 4.0000 |"), "{row}");
    assert_eq!((outcome.comparisons.len(), outcome.comparisons[0].ours), (1, 0.5));
    assert_eq!((outcome.data.len(), settings(&outcome)[0].0), (1, "experiments/table2/RTE.toml"));

    for layer in ["x", "-1", "10000", "18446744073709551615"] {
        let text = format!("layer,module,mean,std,p5,p25,p50,p75,p95\n{layer},query,1,1,1,1,1,1,1\n");
        let expected = format!("t, line 2: layer is '{layer}', but must be a number from 0 to 9999, or all");
        assert_eq!(alphas::parse("t", &text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_small_studys_table_has_no_published_number() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (item, study) in [(Item::Table2, "/table2: run"), (Item::Table2Small, "/table2_small: run")] {
        let outcome = made(item, results.path(), out.path());
        assert!(outcome.files.is_empty() && outcome.note.as_ref().unwrap().contains(study), "{outcome:?}");
    }
    let csv = "reading,method,task,rows,seeds,published,published_std,ours,ours_std,difference\n\
               best_on_dev,lora,RTE,277,3,74.01,1.64,60.50,0.50,-13.51\n\
               best_on_dev,alpha-lora,RTE,277,3,77.62,0.59,61.25,0.25,-16.37\n\
               best_on_dev,lora,MNLI,,,85.77,0.16,,,\n\
               last,lora,RTE,277,3,,,59.00,,\n";
    for study in ["table2", "table2_small"] {
        write(&results.path().join(study).join("table2.csv"), csv);
    }
    let full = made(Item::Table2, results.path(), out.path());
    let small = made(Item::Table2Small, results.path(), out.path());
    assert_eq!(
        cells(&full),
        ["lora 60.50 ± 0.50 (74.01 ± 1.64) (85.77 ± 0.16)", "alpha-lora 61.25 ± 0.25 (77.62 ± 0.59) "]
    );
    assert_eq!(cells(&small), ["lora 60.50 ± 0.50 ", "alpha-lora 61.25 ± 0.25 "]);
    assert_eq!(small.note.as_deref(), Some("not run: MNLI, QNLI, MRPC, SST-2, QQP"));
    assert_eq!((full.comparisons.len(), small.comparisons.len()), (2, 0));
    assert_eq!((full.comparisons[1].published, full.comparisons[1].ours), (Some(77.62), 61.25));
    let text = std::fs::read_to_string(out.path().join("tables/table2_small.md")).unwrap();
    assert!(text.contains("## Last step\n\n| method | RTE | MNLI |\n|---|---:|---|\n| lora | 59.00 |  |"), "{text}");
    assert!(!text.contains("74.01"));
}
