//! `reproduce-paper` as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

use crate::runs::{RUN, Run};
use crate::svg::elements;

fn reproduce_paper(datasets: &Path, arguments: &str, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reproduce-paper"))
        .args(arguments.split_whitespace())
        .arg("--offline")
        .arg("--datasets")
        .arg(datasets)
        .arg("--out")
        .arg(out)
        .current_dir(out)
        .env_remove("ALPHA_DATASETS")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A copy of the real files, to be spoilt.
fn copy_of(datasets: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("amazon")).unwrap();
    for name in ["books", "dvd", "elec", "kitchen"] {
        let file = format!("amazon/{name}.mat");
        let content = std::fs::read(datasets.join(&file)).unwrap();
        std::fs::write(folder.path().join(&file), content).unwrap();
    }
    folder
}

#[test]
fn with_the_data_every_item_is_made_and_every_digit_met() {
    let Some(datasets) = crate::datasets() else { return };
    let datasets = datasets.canonicalize().unwrap();
    let out = tempfile::tempdir().unwrap();
    let output = reproduce_paper(&datasets, "", out.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).matches("96 of 96 numbers").count(), 2);
    // Rows of every table, each with as many cells as its head and none that is no number where numbers belong.
    for (file, numbers_from, rows) in [
        ("tables/table1.csv", 2, 12),
        ("tables/table1_n20.csv", 2, 12),
        ("tables/selections.csv", 4, 4 * 4 * 12),
        ("figures/figure1.csv", 1, 2 * 3 * 1000),
        ("figures/figure2.csv", 1, (2 * 4 + 6) * 200),
        ("figures/figure3.csv", 2, 3 * 81),
        ("figures/figure6.csv", 1, (2 + 2) * 3 * 2),
        ("figures/erratum.csv", 0, 213),
        ("figures/phase.csv", 0, 4941),
        ("figures/phase_ridges.csv", 0, 4941),
        ("figures/convergence.csv", 2, 36),
    ] {
        let mut reader = csv::Reader::from_path(out.path().join(file)).unwrap();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows, "{file}");
        for cell in records.iter().flat_map(|record| record.iter().skip(numbers_from)) {
            assert!(cell.is_empty() || cell.parse::<f64>().is_ok_and(f64::is_finite), "{file}: {cell}");
        }
        let filled = records.iter().flatten().filter(|cell| !cell.is_empty()).count();
        assert!(2 * filled > records.iter().map(csv::StringRecord::len).sum::<usize>(), "{file} is half empty");
    }
    // Panels of every figure, each with curves or cells.
    for (file, panels) in [
        ("figure1", 1),
        ("figure1_published", 1),
        ("figure2_ridge", 1),
        ("figure2_ridge_published", 1),
        ("figure2_given", 1),
        ("figure3", 1),
        ("figure3_theory", 3),
        ("figure4", 2),
        ("figure5_published", 1),
        ("figure5_lines_published", 1),
        ("figure6_synthetic", 6),
        ("figure6_amazon", 6),
        ("appendix_e2", 6),
        ("erratum_second_moment", 1),
        ("erratum_alpha", 1),
        ("erratum_accuracy", 1),
        ("phase_alpha_star", 1),
        ("phase_gain_over_1", 1),
        ("phase_gain_over_source", 1),
        ("phase_ridges", 1),
        ("convergence_bias", 1),
        ("convergence_deviation", 1),
        ("selections", 1),
    ] {
        let svg = std::fs::read_to_string(out.path().join(format!("figures/{file}.svg"))).unwrap();
        assert!(svg.ends_with("</svg>\n"), "{file}");
        assert_eq!(elements(&svg, "svg").len(), if panels == 1 { 1 } else { 1 + panels }, "{file}");
        let marks = elements(&svg, "polyline").len() + elements(&svg, "rect").len();
        assert!(marks > 8 * panels, "{file} has {marks} lines and rectangles");
    }
    let heads = [
        ("table1", "| source | target |"),
        ("table1_n20", "| source | target |"),
        ("selections", "| n | source only |"),
    ];
    for (file, head) in heads {
        let text = std::fs::read_to_string(out.path().join(format!("tables/{file}.md"))).unwrap();
        assert!(text.starts_with("# ") && text.contains(head), "{text}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.path().join("record.json")).unwrap()).unwrap();
    assert_eq!((record["config"].as_array().unwrap().len(), record["data"].as_array().unwrap().len()), (16, 4));
    let page = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(
        page.contains("<strong>192 of 192</strong> published numbers of table1 and table1-n20 met")
            && page.contains("amazon/kitchen.mat</code> SHA-256")
    );
}

#[test]
fn without_data_the_stand_in_is_named_and_the_rest_is_made() {
    let (empty, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = reproduce_paper(empty.path(), "", out.path());
    assert!(output.status.success());
    let message = text(&output.stderr);
    assert!(message.contains("amazon/books.mat is missing") && message.contains("alpha-linear fetch"), "{message}");
    assert!(text(&output.stdout).contains("Gaussian stand-in"));
    let table = std::fs::read_to_string(out.path().join("tables/table1_gaussian_stand_in.csv")).unwrap();
    assert!(table.lines().skip(1).all(|line| line.ends_with(",Gaussian stand-in")));
    assert!(!out.path().join("tables/table1.csv").exists());
    assert!(out.path().join("figures/figure2_given.svg").exists());
    assert!(!out.path().join("figures/figure3.svg").exists());
    assert!(out.path().join("figures/figure6_synthetic.svg").exists());
    assert!(!out.path().join("figures/figure6_amazon.svg").exists());
    let page = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(page.contains("On a Gaussian stand-in") && !page.contains("published numbers met"));
}

#[test]
fn a_missed_digit_fails() {
    let Some(datasets) = crate::datasets() else { return };
    let (spoilt, out) = (copy_of(&datasets), tempfile::tempdir().unwrap());
    for (from, to) in [("books", "kitchen"), ("kitchen", "books")] {
        let path = |folder: &Path, name: &str| folder.join(format!("amazon/{name}.mat"));
        std::fs::write(path(spoilt.path(), to), std::fs::read(path(&datasets, from)).unwrap()).unwrap();
    }
    let output = reproduce_paper(spoilt.path(), "--only table1", out.path());
    assert_eq!(output.status.code(), Some(1));
    let (screen, message) = (text(&output.stdout), text(&output.stderr));
    assert!(screen.contains("missed: books → dvd, beta: published 0.8, ours 0.53"), "{screen}");
    assert!(message.contains("amazon/kitchen.mat is not the published file"), "{message}");
    assert!(message.contains("published digits are missed"), "{message}");
}

#[test]
fn a_damaged_file_stops_it() {
    let Some(datasets) = crate::datasets() else { return };
    let (spoilt, out) = (copy_of(&datasets), tempfile::tempdir().unwrap());
    let elec = spoilt.path().join("amazon/elec.mat");
    let content = std::fs::read(&elec).unwrap();
    std::fs::write(&elec, &content[..content.len() / 2]).unwrap();
    let output = reproduce_paper(spoilt.path(), "--only figure1,table1", out.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("elec.mat"), "{}", text(&output.stderr));
}

#[test]
fn an_unknown_item_is_wrong_usage() {
    let out = tempfile::tempdir().unwrap();
    let output = reproduce_paper(out.path(), "--only figure9", out.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("table1-n20"), "{}", text(&output.stderr));
}

/// The record that a run left.
fn record(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(out.join("record.json")).unwrap()).unwrap()
}

/// Name, origin and whether an earlier run made it, of every item of a record.
fn items(record: &serde_json::Value) -> Vec<(String, String, bool)> {
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let of = |item: &serde_json::Value| (word(&item["item"]), word(&item["made_from"]), item["earlier_run"] == true);
    record["items"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_partial_run_keeps_a_report_of_more_and_its_record_says_so() {
    let (nothing, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let report = || ["report.html", "report.md"].map(|name| std::fs::read(out.path().join(name)).unwrap());
    let run = |items: &str| {
        let output = reproduce_paper(nothing.path(), items, out.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    };
    run("--only figure1,figure2");
    let (both, figure) = (report(), out.path().join("figures/figure2_given.svg"));
    let own = |name: &str, earlier: bool| (name.to_owned(), "no-download".to_owned(), earlier);
    assert_eq!(items(&record(out.path())), [own("figure1", false), own("figure2", false)]);
    std::fs::remove_file(&figure).unwrap();
    let output = run("--only figure2");
    assert!(figure.exists());
    assert!(text(&output.stdout).contains("show more items and are left as they are"), "{}", text(&output.stdout));
    assert!(report() == both);
    let partial = record(out.path());
    assert_eq!(items(&partial), [own("figure1", true), own("figure2", false)]);
    assert!(partial["partial"] == true && partial["report_of_earlier_run"] == true, "{partial}");
    let output = run("--only figure1,figure2,figure5");
    assert!(!text(&output.stdout).contains("left as they are") && text(&report()[1]).contains("### Figure 5"));
    let whole = record(out.path());
    assert!(whole["partial"] == true && whole["report_of_earlier_run"] == false, "{whole}");
}

#[test]
fn what_was_made_on_real_data_is_not_replaced_by_a_stand_in() {
    let Some(datasets) = crate::datasets() else { return };
    let (nothing, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let table = || std::fs::read(out.path().join("tables/table1.csv")).unwrap();
    let refused = |datasets: &Path, items: &str, words: &[&str]| {
        let (before, told) = (table(), record(out.path()));
        let output = reproduce_paper(datasets, items, out.path());
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
        assert!(table() == before && record(out.path()) == told);
        assert!(!out.path().join("tables/table1_gaussian_stand_in.csv").exists());
    };
    let output = reproduce_paper(&datasets.canonicalize().unwrap(), "--only figure1,table1", out.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(items(&record(out.path()))[0], ("table1".to_owned(), "real-data".to_owned(), false));
    let ways_out = ["table1", "simulated data", "alpha-linear fetch", "--out DIR", "--replace-real-data"];
    refused(nothing.path(), "--only table1", &ways_out);
    refused(nothing.path(), "", &["--only table1-n20,figure1,", "simulated data"]);
    // A file that can be read and is not the published one is no better.
    let other = copy_of(&datasets);
    std::fs::copy(datasets.join("amazon/books.mat"), other.path().join("amazon/dvd.mat")).unwrap();
    refused(other.path(), "--only table1", &["not the published ones"]);
    // What needs no data is made beside it, and the record keeps what it knew.
    let output = reproduce_paper(nothing.path(), "--only figure2", out.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let kept = record(out.path());
    assert_eq!(items(&kept)[0], ("table1".to_owned(), "real-data".to_owned(), true));
    assert_eq!(kept["data"].as_array().unwrap().len(), 4);
    refused(nothing.path(), "--only table1", &ways_out);
    // A record of version 0.1 does not list its items, and a killed run leaves none.
    let mut old = kept.clone();
    for key in ["items", "partial", "report_of_earlier_run"] {
        old.as_object_mut().unwrap().remove(key);
    }
    old["config"] = serde_json::json!(["table1", "figure1"]);
    std::fs::write(out.path().join("record.json"), old.to_string()).unwrap();
    refused(nothing.path(), "--only table1", &ways_out);
    std::fs::remove_file(out.path().join("record.json")).unwrap();
    let output = reproduce_paper(nothing.path(), "--only table1", out.path());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let output = reproduce_paper(nothing.path(), "--only table1 --replace-real-data", out.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(items(&record(out.path()))[0].1, "stand-in");
}

#[test]
fn without_being_told_it_writes_below_runs() {
    let here = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_reproduce-paper"))
        .args(["--offline", "--only", "figure2"])
        .current_dir(here.path())
        .env_remove("ALPHA_DATASETS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(here.path().join("runs/paper/figures/figure2_given.svg").exists());
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 1);
}

#[test]
fn files_of_an_earlier_run_are_named() {
    let (nothing, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let table = out.path().join("tables/old.csv");
    crate::runs::write(&table, "of an earlier run");
    let output = reproduce_paper(nothing.path(), "--only table1", out.path());
    let message = text(&output.stderr);
    assert!(message.contains("tables/old.csv is not of this run"), "{message}");
    assert!(!message.contains("stand_in.csv is not"), "{message}");
    assert_eq!(std::fs::read_to_string(table).unwrap(), "of an earlier run");
}

#[test]
fn runs_are_read_from_the_folder_that_is_named() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Run { losses: 16, ..RUN }.write(&results.path().join("minilm/a"));
    let folder = results.path().display();
    let output = reproduce_paper(results.path(), &format!("--only minilm --results {folder}"), out.path());
    assert!(output.status.success() && out.path().join("figures/minilm.svg").exists());
    let output = reproduce_paper(results.path(), "--only minilm", out.path());
    assert!(text(&output.stdout).contains("left out: there are no runs in results/minilm"), "{}", text(&output.stdout));
}
