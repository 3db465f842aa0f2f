//! `reproduce-paper` as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

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
    for file in [
        "record.json",
        "report.html",
        "report.md",
        "tables/table1.csv",
        "tables/table1.md",
        "tables/table1_n20.csv",
        "tables/table1_n20.md",
        "figures/figure1.svg",
        "figures/figure1_published.svg",
        "figures/figure1.csv",
        "figures/figure2_ridge.svg",
        "figures/figure2_ridge_published.svg",
        "figures/figure2_given.svg",
        "figures/figure2.csv",
        "figures/figure3.svg",
        "figures/figure3.csv",
        "figures/figure3_theory.svg",
        "figures/figure6_synthetic.svg",
        "figures/figure6_amazon.svg",
        "figures/figure6.csv",
        "figures/erratum.csv",
        "figures/phase.csv",
        "figures/convergence.csv",
        "figures/selections.svg",
        "tables/selections.csv",
        "tables/selections.md",
    ] {
        assert!(out.path().join(file).metadata().is_ok_and(|m| m.len() > 300), "{file}");
    }
    let page = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(page.contains("192 of 192") && page.contains("amazon/kitchen.mat</code> SHA-256"));
    let curve = csv::Reader::from_path(out.path().join("figures/figure3.csv")).unwrap().records().count();
    assert_eq!(curve, 3 * 81);
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
