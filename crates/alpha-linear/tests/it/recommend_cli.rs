//! `alpha-linear recommend` as a user runs it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use alpha_linear::model_file;
use alpha_linear::sample_file::NamedSamples;

use crate::file;

/// Rows of two features: x carries the label, z is noise; `shift` moves all of x.
fn rows(count: usize, shift: f64, header: &str) -> String {
    let mut text = format!("{header}\n");
    for i in 0..count {
        let (label, noise) = (i % 2, ((i * 37) % 11) as f64 / 5.0 - 1.0);
        let x = shift + 2.0 * label as f64 - 1.0 + 1.3 * (((i * 53) % 17) as f64 / 8.0 - 1.0);
        text +=
            &if header.starts_with('x') { format!("{x},{noise},{label}\n") } else { format!("{label},{noise},{x}\n") };
    }
    text
}

fn run(folder: &Path, arguments: &str) -> Output {
    crate::run(folder, &format!("recommend {arguments}"))
}

#[test]
fn recommend_answers_and_writes_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "s.csv", &rows(200, 0.0, "x,z,label"));
    file(folder.path(), "t.csv", &rows(30, 5.0, "label,z,x"));
    file(folder.path(), "e.csv", &rows(150, 5.0, "x,z,label"));
    let output =
        run(folder.path(), "--source s.csv --target t.csv --unlabelled e.csv --test e.csv --apply tuned --json");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["verdict"], "fine-tune", "{answer}");
    let measured = answer["test_accuracy"].as_f64().unwrap();
    assert!(measured > 0.85, "{answer}");
    for key in ["alpha", "source_ridge", "target_ridge"] {
        assert!(answer[key].is_number(), "{key} in {answer}");
    }
    for key in ["value", "low", "high"] {
        assert!(answer["predicted_accuracy"][key].as_f64().unwrap() > 0.5, "{answer}");
        assert!(answer["baselines"]["source_only"][key].is_number());
    }
    // The written weights are the classifier that was measured, shifted data and all, and the predictions are theirs.
    let written = |name: &str| std::fs::read_to_string(folder.path().join("tuned").join(name)).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written("recommendation.json")).unwrap(), answer);
    let names = ["x".to_owned(), "z".to_owned()];
    let model = model_file::read(&folder.path().join("tuned/weights.csv"), &names, None).unwrap();
    let test = NamedSamples::read(&folder.path().join("e.csv"), "label").unwrap().ordered(&names).unwrap();
    assert_eq!(model.accuracy(&test).unwrap(), measured);
    let predictions = written("predictions.csv");
    let mut reader = csv::Reader::from_reader(predictions.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["row", "label", "prediction", "score"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 150);
    assert_eq!(rows.iter().filter(|row| row[1] == row[2]).count() as f64 / 150.0, measured);
    for (row, score) in rows.iter().zip(&model.scores(&test.features).unwrap()) {
        assert_eq!((row[3].parse::<f64>().unwrap(), row[2] == *"1"), (*score, *score > 0.0));
    }

    let output = run(folder.path(), "--source-weights tuned/weights.csv --target t.csv --test e.csv");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("Measured on the test samples"), "{text}");
}

#[test]
fn recommend_refuses_bad_input_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "s.csv", &rows(40, 0.0, "x,z,label"));
    file(folder.path(), "t.csv", &rows(20, 0.0, "x,z,label"));
    file(folder.path(), "other.csv", &rows(20, 0.0, "x,q,label"));
    file(folder.path(), "bad.csv", "x,z,label\n1,2,0\n1,oops,1\n");
    file(folder.path(), "ragged.csv", "x,z,label\n1,2,0\n1,1\n");
    file(folder.path(), "empty.csv", "x,z,label\n");
    file(folder.path(), "nan.csv", "x,z,label\n1,NaN,0\n1,2,1\n");
    file(folder.path(), "one.csv", "x,z,label\n1,2,1\n2,3,1\n");
    file(folder.path(), "constant.csv", "x,z,label\n1,2,0\n2,2,1\n3,2,0\n4,2,1\n");
    file(folder.path(), "flat.csv", "x,z,w,label\n1,2,1,0\n2,2,0,0\n3,2,2,1\n4,2,1,1\n");
    file(folder.path(), "zero.csv", "x,z,w\n0,3,0\n");
    file(folder.path(), "even.csv", "x,z,label\n1,2,0\n1,2,1\n");
    file(folder.path(), "w.txt", "1 2");
    file(folder.path(), "q.csv", "x,q\n1,2\n");
    file(folder.path(), "x.csv", "x,z\n1,2\n");
    std::fs::copy(crate::fixture("weights/vector.npy"), folder.path().join("long.npy")).unwrap();
    for (arguments, code, word) in [
        ("--source s.csv --target bad.csv", 1, "bad.csv, line 3, column z: 'oops'"),
        ("--source other.csv --target t.csv", 1, "missing: 'z'; unknown: 'q'"),
        ("--source none.csv --target t.csv", 1, "none.csv"),
        ("--source s.csv --target t.csv --label class", 1, "no column 'class'"),
        ("--source s.csv --target t.csv --relation 3", 2, "relation is 3"),
        ("--source s.csv --target t.csv --target-ridge 0", 2, "target-ridge is 0"),
        ("--source s.csv --target ragged.csv", 1, "ragged.csv, line 3, column (row): 2 cells, expected 3"),
        ("--source s.csv --target empty.csv", 1, "empty.csv: no rows below the header"),
        ("--source s.csv --target nan.csv", 1, "nan.csv, line 2, column z: 'NaN', expected a finite number"),
        ("--source s.csv --target one.csv", 1, "one.csv: every label is '1', expected two classes"),
        ("--source one.csv --target t.csv", 1, "one.csv: every label is '1'"),
        (
            "--source s.csv --target constant.csv",
            1,
            "constant.csv: 1 of its 2 columns have the same value in every row: 'z'",
        ),
        ("--source constant.csv --target t.csv", 1, "constant.csv: 1 of its 2 columns"),
        (
            "--source s.csv --target t.csv --unlabelled other.csv",
            1,
            "other.csv: its features are not those of the target",
        ),
        ("--source s.csv --target t.csv --test bad.csv", 1, "bad.csv, line 3, column z"),
        ("--source-weights long.npy --target t.csv", 1, "long.npy: its shape is [3], expected 2"),
        ("--source-weights w.txt --target t.csv", 1, "w.txt: weights must be a .csv, .npy or .safetensors file"),
        (
            "--source-weights q.csv --target t.csv",
            1,
            "q.csv: its features are not those of the target; missing: 'z'; unknown: 'q'",
        ),
        ("--source-weights x.csv --target t.csv --select published", 2, "select is published, but must be another"),
        ("--source s.csv --target t.csv --relation -1.5", 2, "relation is -1.5, but must be between -1 and 1"),
        (
            "--source s.csv --target t.csv --source-ridge 2",
            2,
            "source-ridge is 2, but must be left out with --select joint",
        ),
        ("--source s.csv --target t.csv --select covariance --target-ridge -1", 2, "target-ridge is -1"),
        ("--source-weights x.csv --target t.csv --source-ridge 2", 2, "cannot be used with"),
        ("--source-weights x.csv --target t.csv --source-intercept NaN", 2, "source-intercept is NaN"),
        (
            "--source-weights zero.csv --target flat.csv --drop-constant",
            1,
            "source weights: they are 0 on every feature",
        ),
        ("--source flat.csv --target constant.csv --drop-constant", 1, "features are not those"),
        ("--source even.csv --target even.csv --drop-constant", 1, "target: every feature has the same value"),
        ("--drop-constant", 2, "--target"),
        ("--label y", 2, "--target"),
        ("--digits 6/8:5/9 --test t.csv", 2, "cannot be used with"),
        ("--source s.csv --target t.csv --source-intercept 1", 2, "cannot be used with"),
        ("--source s.csv --target t.csv --select best", 2, "leave-one-out"),
        ("--source s.csv", 2, "--target"),
        ("--digits 6/6:5/9", 2, "digits is '6/6:5/9', but must be"),
        ("--labels 1", 2, "target-samples is 1, but must be"),
        ("--target t.csv", 2, "--source"),
        ("--source s.csv --source-weights s.csv --target t.csv", 2, "cannot be used with"),
    ] {
        let output = run(folder.path(), &format!("{arguments} --apply out"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
        assert!(message.contains(word), "{arguments}: {message}");
        assert!(!folder.path().join("out").exists(), "{arguments}");
    }
}

#[test]
fn constant_columns_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = rows(40, 0.0, "x,z,label");
    let constant: String =
        text.lines().map(|line| format!("{},{line}\n", if line.starts_with('x') { "c" } else { "7" })).collect();
    file(folder.path(), "s.csv", &constant);
    file(folder.path(), "t.csv", &constant);
    let output = run(folder.path(), "--source s.csv --target t.csv");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--drop-constant"));
    let output = run(folder.path(), "--source s.csv --target t.csv --drop-constant --json");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["warnings"].to_string().contains("1 features are constant in the target"), "{answer}");
}

#[test]
fn without_files_there_are_digits() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "--json --apply out");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["test_accuracy"].as_f64().unwrap() > 0.95, "{answer}");
    // The labels are clear about the ridge here, and it is not the large one.
    assert!(answer["target_ridge"].as_f64().unwrap() < 2.0, "{answer}");
    let predictions = std::fs::read_to_string(folder.path().join("out/predictions.csv")).unwrap();
    assert_eq!(predictions.lines().count(), 1 + 161);
    assert!(predictions.lines().skip(1).all(|line| ["5", "9"].contains(&line.split(',').nth(2).unwrap())));
}

#[test]
fn whoever_reads_the_answer_may_stop() {
    let binary = env!("CARGO_BIN_EXE_alpha-linear");
    let mut child =
        Command::new(binary).arg("recommend").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
