//! CSV files of samples, good and bad, and `alpha-linear recommend` on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alpha_linear::sample_file::{NamedFeatures, NamedSamples, read_model};

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
    let (weights, intercept) = read_model(&model, &["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!((weights.as_slice(), intercept), (&[2.0, 0.25][..], -1.0));
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
    assert!(read_model(&two, &["x".to_owned()]).unwrap_err().to_string().contains("2 rows of weights"));
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
        recommend(folder.path(), "--source s.csv --target t.csv --unlabelled e.csv --test e.csv --apply w.csv --json");
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
    // The written weights, taken as a source, are the classifier that was measured: shifted data and all.
    let names = ["x".to_owned(), "z".to_owned()];
    let (weights, intercept) = read_model(&folder.path().join("w.csv"), &names).unwrap();
    let test = NamedSamples::read(&folder.path().join("e.csv"), "label").unwrap().ordered(&names).unwrap();
    let scores = test.features.tr_mul(&weights).add_scalar(intercept);
    let correct = scores.iter().zip(&test.labels).filter(|(s, y)| *s * *y > 0.0).count();
    assert_eq!(correct as f64 / 150.0, measured);

    let output = recommend(folder.path(), "--source-weights w.csv --target t.csv --test e.csv");
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
    for (arguments, code, word) in [
        ("--source s.csv --target bad.csv", 1, "bad.csv, line 3, column z: 'oops'"),
        ("--source other.csv --target t.csv", 1, "missing: 'z'; unknown: 'q'"),
        ("--source none.csv --target t.csv", 1, "none.csv"),
        ("--source s.csv --target t.csv --label class", 1, "no column 'class'"),
        ("--source s.csv --target t.csv --relation 3", 1, "relation = 3"),
        ("--target t.csv", 2, "--source"),
        ("--source s.csv --source-weights s.csv --target t.csv", 2, "cannot be used with"),
    ] {
        let output = recommend(folder.path(), &format!("{arguments} --apply w.csv"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
        assert!(message.contains(word), "{arguments}: {message}");
        assert!(!folder.path().join("w.csv").exists(), "{arguments}");
    }
}
