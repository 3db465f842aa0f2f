//! CSV files of samples, good and bad, and `alpha-linear recommend` on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alpha_linear::model_file;
use alpha_linear::sample_file::{NamedFeatures, NamedSamples};

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn samples_are_read_and_reordered() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", "\u{feff}b,label,a\r\n1.5, pos ,-2\r\n3,neg,4e1\r\n");
    let samples = NamedSamples::read(&path, "label").unwrap();
    assert_eq!(
        (samples.names.as_slice(), samples.words.as_slice()),
        (&["b".into(), "a".into()][..], &["neg".into(), "pos".into()][..])
    );
    let ordered = samples.ordered(&["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(ordered.features.as_slice(), [-2.0, 1.5, 40.0, 3.0]);
    assert_eq!(ordered.labels.as_slice(), [1.0, -1.0]);
    let features = NamedFeatures::read(&path, "label").unwrap();
    assert_eq!(features.ordered(&["a".to_owned(), "b".to_owned()]).unwrap(), ordered.features);

    let model = file(folder.path(), "w.csv", "b,intercept,a\n0.25,-1,2\n");
    let model = model_file::read(&model, &["a".to_owned(), "b".to_owned()], None).unwrap();
    assert_eq!((model.weights.as_slice(), model.intercept), (&[2.0, 0.25][..], -1.0));
}

#[test]
fn labels_have_their_natural_sense() {
    let folder = tempfile::tempdir().unwrap();
    for (labels, negative) in [
        (["1", "-1"], "-1"),
        (["0", "1"], "0"),
        (["2", "10"], "2"),
        (["yes", "no"], "no"),
        (["True", "False"], "False"),
        (["ham", "spam"], "ham"),
        (["alright", "negative"], "negative"),
    ] {
        let path = file(folder.path(), "l.csv", &format!("x,y\n1,{}\n2,{}\n", labels[0], labels[1]));
        assert_eq!(NamedSamples::read(&path, "y").unwrap().words[0], negative);
    }
}

#[test]
fn bad_files_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [
        ("", "no rows below the header"),
        ("x,y\n", "no rows below the header"),
        ("x,y\n1,0\n2\n", "line 3, column (row): 1 cells, expected 2"),
        ("x,y\n1,0\nfive,1\n", "line 3, column x: 'five', expected a finite number"),
        ("x,y\n1,0\n,1\n", "line 3, column x: an empty cell"),
        ("x,y\n1,0\nNaN,1\n", "line 3, column x: 'NaN'"),
        ("x,y\n1,0\ninf,1\n", "line 3, column x: 'inf'"),
        ("x,x,y\n1,2,0\n", "columns 1 and 2 are both named 'x'"),
        ("x,z\n1,0\n", "no column 'y'; it has 'x', 'z'"),
        ("x,y\n1,a\n2,a\n", "every label is 'a'"),
        ("x,y\n1,a\n2,b\n3,c\n", "line 4, column y: 'c' is a third label"),
        ("x,y\n1,a\n2,\n", "line 3, column y: an empty cell, expected a label"),
        ("y\na\nb\n", "no column of features"),
    ] {
        let path = file(folder.path(), "bad.csv", text);
        let message = NamedSamples::read(&path, "y").unwrap_err().to_string();
        assert!(message.contains(reason) && message.contains("bad.csv"), "{text:?}: {message}");
    }
    assert!(NamedSamples::read(&folder.path().join("none.csv"), "y").is_err());
    let good = NamedSamples::read(&file(folder.path(), "good.csv", "x,z,y\n1,2,0\n3,4,1\n"), "y").unwrap();
    let message = good.ordered(&["x".to_owned(), "w".to_owned()]).unwrap_err().to_string();
    assert!(message.contains("missing: 'w'; unknown: 'z'"), "{message}");
    let two = file(folder.path(), "two.csv", "x\n1\n2\n");
    assert!(model_file::read(&two, &["x".to_owned()], None).unwrap_err().to_string().contains("2 rows of weights"));
}

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

fn recommend(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alpha-linear"))
        .arg("recommend")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn recommend_answers_and_writes_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "s.csv", &rows(200, 0.0, "x,z,label"));
    file(folder.path(), "t.csv", &rows(30, 5.0, "label,z,x"));
    file(folder.path(), "e.csv", &rows(150, 5.0, "x,z,label"));
    let output =
        recommend(folder.path(), "--source s.csv --target t.csv --unlabelled e.csv --test e.csv --apply tuned --json");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(["keep-source", "fine-tune"].contains(&answer["verdict"].as_str().unwrap()), "{answer}");
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
    assert_eq!(model.accuracy(&test), measured);
    let predictions = written("predictions.csv");
    let mut reader = csv::Reader::from_reader(predictions.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["row", "label", "prediction", "score"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 150);
    assert_eq!(rows.iter().filter(|row| row[1] == row[2]).count() as f64 / 150.0, measured);
    for (row, score) in rows.iter().zip(&model.scores(&test.features)) {
        assert_eq!((row[3].parse::<f64>().unwrap(), row[2] == *"1"), (*score, *score > 0.0));
    }

    let output = recommend(folder.path(), "--source-weights tuned/weights.csv --target t.csv --test e.csv");
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
    file(folder.path(), "w.txt", "1 2");
    file(folder.path(), "q.csv", "x,q\n1,2\n");
    file(folder.path(), "x.csv", "x,z\n1,2\n");
    std::fs::copy(crate::fixture("weights/vector.npy"), folder.path().join("long.npy")).unwrap();
    for (arguments, code, word) in [
        ("--source s.csv --target bad.csv", 1, "bad.csv, line 3, column z: 'oops'"),
        ("--source other.csv --target t.csv", 1, "missing: 'z'; unknown: 'q'"),
        ("--source none.csv --target t.csv", 1, "none.csv"),
        ("--source s.csv --target t.csv --label class", 1, "no column 'class'"),
        ("--source s.csv --target t.csv --relation 3", 1, "relation = 3"),
        ("--source s.csv --target t.csv --target-ridge 0", 1, "target-ridge = 0"),
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
        ("--source-weights x.csv --target t.csv --select published", 1, "select = published is not allowed"),
        ("--source s.csv --target t.csv --select best", 2, "leave-one-out"),
        ("--source s.csv", 2, "--target"),
        ("--digits 6/6:5/9", 1, "digits = '6/6:5/9' is not allowed"),
        ("--labels 1", 1, "labels = 1 is not allowed"),
        ("--target t.csv", 2, "--source"),
        ("--source s.csv --source-weights s.csv --target t.csv", 2, "cannot be used with"),
    ] {
        let output = recommend(folder.path(), &format!("{arguments} --apply out"));
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
    let output = recommend(folder.path(), "--source s.csv --target t.csv");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--drop-constant"));
    let output = recommend(folder.path(), "--source s.csv --target t.csv --drop-constant --json");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["warnings"].to_string().contains("1 features are constant in the target"), "{answer}");
}
