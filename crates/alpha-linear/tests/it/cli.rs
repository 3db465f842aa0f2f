//! The commands as a user runs them.

use std::path::Path;
use std::process::{Command, Output};

fn reproduce_table1(datasets: &Path, arguments: &str, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reproduce-table1"))
        .args(arguments.split_whitespace())
        .arg("--datasets")
        .arg(datasets)
        .arg("--out")
        .arg(out)
        .env_remove("ALPHA_DATASETS")
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn table1_is_written_and_compared() {
    let Some(datasets) = crate::datasets() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (arguments, published) in [
        ("", include_str!("../../published/table1_published_n40.csv")),
        ("--target-samples 20", include_str!("../../published/table1_published_n20.csv")),
    ] {
        let output = reproduce_table1(&datasets, arguments, folder.path());
        assert!(output.status.success(), "{}", stderr(&output));
        let screen = String::from_utf8(output.stdout).unwrap();
        assert!(screen.contains("Every published digit is reproduced (96 numbers)"), "{screen}");
        let table = std::fs::read_to_string(folder.path().join("table1.csv")).unwrap();
        for (ours, published) in table.lines().zip(published.lines()) {
            assert!(ours.starts_with(&format!("{published},")), "{ours} does not start with {published}");
        }
        assert_eq!(table.lines().count(), 13);
        let record: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("table1.json")).unwrap()).unwrap();
        assert_eq!(record["data"].as_array().unwrap().len(), 4);
        assert_eq!(record["config"]["splits"], 10);
        assert!(std::fs::read_to_string(folder.path().join("table1.md")).unwrap().starts_with("| source | target |"));
    }
}

#[test]
fn missing_data_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let output = reproduce_table1(folder.path(), "--offline", folder.path());
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    for part in ["amazon/books.mat is missing", "alpha-linear fetch", "https://", "sha256"] {
        assert!(message.contains(part), "no '{part}' in: {message}");
    }
}

#[test]
fn missing_data_is_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    // A proxy that nobody answers for: the attempt is seen without a network.
    let output = Command::new(env!("CARGO_BIN_EXE_reproduce-table1"))
        .arg("--datasets")
        .arg(folder.path())
        .current_dir(folder.path())
        .env_remove("ALPHA_DATASETS")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    for part in ["downloading https://", "cannot download https://", "books.mat", "sha256"] {
        assert!(message.contains(part), "no '{part}' in: {message}");
    }
    assert!(!folder.path().join("amazon/books.mat").exists() && !folder.path().join("runs").exists());
}

#[test]
fn a_wrong_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("amazon")).unwrap();
    for name in ["books", "dvd", "elec", "kitchen"] {
        let fixture = if name == "elec" { "label_two" } else { "good" };
        std::fs::copy(
            crate::fixture(&format!("amazon/{fixture}.mat")),
            folder.path().join(format!("amazon/{name}.mat")),
        )
        .unwrap();
    }
    let output = reproduce_table1(folder.path(), "--target-samples 2", folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("elec.mat: labels(7) = 2"), "{}", stderr(&output));
    assert!(!folder.path().join("table1.csv").exists());
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        ("--target-ridge 0", "target-ridge is 0"),
        ("--source-ridge -1", "source-ridge is -1"),
        ("--splits 0", "splits is 0"),
        ("--splits 18446744073709551615", "splits is 18446744073709551615, but must be between 1 and 10000"),
        ("--seeds 1,x", "'x'"),
        ("--samples 3", "--samples"),
    ] {
        let output = reproduce_table1(folder.path(), arguments, folder.path());
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(stderr(&output).contains(words), "no '{words}' in: {}", stderr(&output));
    }
}

#[test]
fn more_source_samples_than_there_are_rows_are_refused() {
    let Some(datasets) = crate::datasets() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = reproduce_table1(&datasets, "--source-samples 2001", folder.path());
    let said = stderr(&output);
    assert!(
        output.status.code() == Some(2) && said.contains("source-samples is 2001, but must be at most 2000"),
        "{said}"
    );
}

#[test]
fn fetch_verifies_what_is_there() {
    let Some(datasets) = crate::datasets() else { return };
    let output =
        Command::new(env!("CARGO_BIN_EXE_alpha-linear")).args(["fetch", "--datasets"]).arg(datasets).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap().matches("checksum right").count(), 4);
}

#[test]
fn fetch_refuses_a_wrong_file_and_looks_at_the_others() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("amazon")).unwrap();
    let names = ["books", "dvd", "elec", "kitchen"];
    let real = crate::datasets();
    for name in names {
        let path = format!("amazon/{name}.mat");
        let content = match &real {
            Some(datasets) => std::fs::read(std::path::Path::new(datasets).join(&path)).unwrap(),
            None => vec![0; 200_000],
        };
        // Cut short, but for one.
        let content = if name == "dvd" { &content } else { &content[..100_000] };
        std::fs::write(folder.path().join(path), content).unwrap();
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_alpha-linear")).args(["fetch", "--datasets"]).arg(folder.path()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for words in ["books.mat", "elec.mat", "kitchen.mat", "100000 bytes", "expected 356724 bytes", "--replace"] {
        assert!(stderr(&output).contains(words), "no '{words}' in: {}", stderr(&output));
    }
    let right = String::from_utf8_lossy(&output.stdout).matches("checksum right").count();
    assert_eq!(right, usize::from(real.is_some()));
    assert_eq!(stderr(&output).contains("dvd.mat"), real.is_none());
}

/// Names of files and columns come from outside, and a terminal obeys some characters.
#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..30).map(|i| format!("{i},1,{},{}\n", i * 7 % 11, i * i % 7 % 2)).collect();
    let name = "a\x1b[31mb.csv";
    crate::file(folder.path(), name, &format!("i\x1bd,c\u{9b}1,x,label\n{rows}"));
    for arguments in [
        format!("audit --train {name} --test {name}"),
        format!("recommend --source {name} --target {name} --test {name}"),
        format!("recommend --source {name} --target none\x1b[31m.csv"),
        format!("audit --train {name} --label y\x1b[31m"),
        format!("audit --train {name} --drop y\x1b[31m"),
    ] {
        let output = crate::run(folder.path(), &arguments);
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(text.clone()).unwrap();
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{arguments}: {text:?}");
        }
        let text = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8(text).unwrap().contains("\\x1b"), "{arguments}");
    }
}

#[test]
fn standard_input_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..30).map(|i| format!("{},{}\n", i * 7 % 11, i * i % 7 % 2)).collect();
    let path = crate::file(folder.path(), "t.csv", &format!("x,label\n{rows}"));
    for (arguments, expected) in [
        (["audit", "--train", "-", "--test", "t.csv"], None),
        (["audit", "--train", "-", "--test", "-"], Some("cannot read standard input: it was read to its end")),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_alpha-linear"))
            .args(arguments)
            .current_dir(folder.path())
            .stdin(std::fs::File::open(&path).unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.success(), expected.is_none(), "{}", stderr(&output));
        assert!(expected.is_none_or(|words| stderr(&output).contains(words)), "{}", stderr(&output));
    }
}
