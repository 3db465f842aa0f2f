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

#[test]
fn fewer_items_leave_a_report_of_more() {
    let (nothing, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let told = || ["record.json", "report.html", "report.md"].map(|name| std::fs::read(out.path().join(name)).unwrap());
    let run = |items: &str| {
        let output = reproduce_paper(nothing.path(), items, out.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    };
    run("--only figure1,figure2");
    let (both, figure) = (told(), out.path().join("figures/figure2_given.svg"));
    std::fs::remove_file(&figure).unwrap();
    let output = run("--only figure2");
    assert!(figure.exists());
    assert!(text(&output.stdout).contains("tell of more items and are left as they are"), "{}", text(&output.stdout));
    assert!(told() == both);
    let output = run("--only figure1,figure2,figure5");
    assert!(!text(&output.stdout).contains("left as they are") && text(&told()[2]).contains("### Figure 5"));
}

#[test]
fn files_of_an_earlier_run_are_named() {
    let (nothing, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let table = out.path().join("tables/table1.csv");
    crate::runs::write(&table, "of the reviews");
    let output = reproduce_paper(nothing.path(), "--only table1", out.path());
    let message = text(&output.stderr);
    assert!(message.contains("tables/table1.csv is not of this run"), "{message}");
    assert!(!message.contains("stand_in.csv is not"), "{message}");
    assert_eq!(std::fs::read_to_string(table).unwrap(), "of the reviews");
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
