//! `alpha-linear recommend` as a user runs it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use alpha_linear::model_file;
use alpha_linear::sample_file::{NamedSamples, SampleOptions};

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
    let test = NamedSamples::read(&folder.path().join("e.csv"), &SampleOptions::new("label"))
        .unwrap()
        .ordered(&names)
        .unwrap();
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

    // Other weights, and nothing to predict: the predictions of before are not theirs.
    let output = run(folder.path(), "--source-weights tuned/weights.csv --target t.csv --apply tuned");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("note: removed: tuned/predictions.csv"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path().join("tuned")).unwrap().count(), 2);
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
        ("--source s.csv --target ragged.csv", 1, "ragged.csv, line 3"),
        ("--source s.csv --target empty.csv", 1, "empty.csv: no rows below the header"),
        ("--source s.csv --target nan.csv", 1, "nan.csv, line 2, column z: 'NaN', expected a finite number"),
        ("--source s.csv --target one.csv", 1, "one.csv: column label: every label is '1', expected two classes"),
        ("--source one.csv --target t.csv", 1, "one.csv: column label: every label is '1'"),
        (
            "--source s.csv --target t.csv --unlabelled other.csv",
            1,
            "other.csv: its features are not those of the target",
        ),
        ("--source s.csv --target t.csv --test bad.csv", 1, "bad.csv, line 3, column z"),
        ("--source-weights long.npy --target t.csv", 1, "long.npy: its shape is [3], expected 2"),
        ("--source-weights w.txt --target t.csv", 1, "w.txt: weights must be a .csv, .npy, .npz or .safetensors file"),
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
        ("--label y", 2, "label is 'y'"),
        ("--positive y", 2, "positive is 'y'"),
        ("--drop y", 2, "drop is 'y'"),
        ("--source s.csv --target t.csv --drop y", 2, "drop is y, but must be a column of one of the files"),
        (
            "--source s.csv --target t.csv --drop label",
            2,
            "drop is label, but must be another column than that of the labels",
        ),
        ("--source s.csv --target t.csv --delimiter abc", 2, "delimiter is 'abc'"),
        ("--source s.csv --target t.csv --source-scaler x.csv", 2, "cannot be used with"),
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
fn constant_columns_are_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let with = |value: &dyn Fn(usize) -> &'static str| -> String {
        let text = rows(40, 0.0, "x,z,label");
        let line = |(i, line): (usize, &str)| format!("{},{line}\n", if i == 0 { "c" } else { value(i) });
        text.lines().enumerate().map(line).collect()
    };
    let varying = |i: usize| ["1", "2.5", "3", "0", "7", "4"][i * i % 6];
    let texts: [(&str, &dyn Fn(usize) -> &'static str); 4] = [
        ("seven.csv", &|_| "7"),
        ("sum.csv", &|i| ["0.3", "0.30000000000000004"][i % 2]),
        ("time.csv", &|i| ["1700000000", "1700000000.0000002"][i * i % 3 % 2]),
        ("varying.csv", &varying),
    ];
    for (name, value) in texts {
        file(folder.path(), name, &with(value));
    }
    file(folder.path(), "ok.csv", &rows(40, 0.0, "x,z,label"));
    let answer = |arguments: &str| -> serde_json::Value {
        let output = run(folder.path(), &format!("{arguments} --json --apply out"));
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let expected = answer("--source ok.csv --target ok.csv --test ok.csv");
    for name in ["seven", "sum", "time"] {
        // --drop-constant does nothing any more.
        let found = answer(&format!("--source {name}.csv --target {name}.csv --test {name}.csv --drop-constant"));
        // As if the column were not there, the ridge included.
        for key in ["alpha", "target_ridge", "test_accuracy", "predicted_accuracy"] {
            assert_eq!(found[key], expected[key], "{name}, {key}");
        }
        assert_eq!(
            found["left_out"],
            serde_json::json!([{"name": "c", "reason": "one value in every row of the target"}])
        );
        let weights = std::fs::read_to_string(folder.path().join("out/weights.csv")).unwrap();
        let weights: Vec<f64> = weights.lines().nth(1).unwrap().split(',').map(|x| x.parse().unwrap()).collect();
        assert!(weights[1] == 0.0 && weights.iter().all(|w| w.abs() < 1e3), "{name}: {weights:?}");
        // Of a source that has seen more, what is constant in the target is left out all the same.
        assert_eq!(answer(&format!("--source varying.csv --target {name}.csv"))["alpha"], expected["alpha"]);
        let found = answer(&format!("--source {name}.csv --target varying.csv"));
        assert_eq!(found["left_out"], serde_json::json!([]));
        let warning = found["warnings"][0].as_str().unwrap();
        assert!(warning.contains("column 'c' has the same value in every row of the source"), "{warning}");
        // What varies among the unlabelled rows stays.
        let found = answer(&format!("--source varying.csv --target {name}.csv --unlabelled varying.csv"));
        assert_eq!(found["left_out"], serde_json::json!([]));
        let screen = run(folder.path(), &format!("--source varying.csv --target {name}.csv"));
        let screen = String::from_utf8(screen.stdout).unwrap();
        assert!(screen.contains("Left out (one value in every row of the target): 'c'."), "{screen}");
    }
}

#[test]
fn classes_are_named_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let words = |text: &str, words: [&str; 2]| -> String {
        text.lines()
            .map(|line| {
                match line
                    .strip_suffix(",1")
                    .map(|rest| (rest, words[1]))
                    .or(line.strip_suffix(",0").map(|rest| (rest, words[0])))
                {
                    Some((rest, word)) => format!("{rest},{word}\n"),
                    None => format!("{line}\n"),
                }
            })
            .collect()
    };
    let (s, t) = (rows(200, 0.0, "x,z,label"), rows(31, 5.0, "x,z,label"));
    // x is large for 'negative', which scikit-learn sorts behind 'Positive'.
    file(folder.path(), "s.csv", &words(&s, ["Positive", "negative"]));
    file(folder.path(), "t.csv", &words(&t, ["Positive", "negative"]));
    file(folder.path(), "e.csv", &words(&rows(31, 5.01, "x,z,label"), ["Positive", "negative"]));
    file(folder.path(), "other.csv", &words(&t, ["healthy", "ill"]));
    file(folder.path(), "w.csv", "x,z,intercept\n1,0,-5\n");
    let run = |arguments: &str| {
        let output = run(folder.path(), arguments);
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{err}");
        (out, err)
    };
    let (screen, warnings) = run("--source-weights w.csv --target t.csv --test e.csv");
    let classes = "Classes: −1 is 'Positive', +1 is 'negative'; rows of each: target 16 and 15, test 16 and 15.";
    assert!(screen.contains(classes) && !warnings.contains("warning"), "{screen}{warnings}");
    let (screen, _) = run("--source s.csv --target t.csv --positive Positive");
    assert!(
        screen.contains(
            "Classes: −1 is 'negative', +1 is 'Positive'; rows of each: source 100 and 100, target 15 and 16."
        ),
        "{screen}"
    );
    let (screen, _) = run("--source s.csv --target other.csv --positive ill,negative");
    assert!(
        screen.contains("rows of each: source 100 and 100 ('Positive' and 'negative'), target 16 and 15."),
        "{screen}"
    );
    // Read upside down.
    let (json, warnings) = run("--source-weights w.csv --target t.csv --positive Positive --json");
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    let warning = answer["warnings"][0].as_str().unwrap();
    assert!(warning.contains("right on") && warning.contains("say --positive 'negative'"), "{warning}");
    assert!(warnings.contains(&format!("alpha-linear: warning: {warning}")), "{warnings}");
    assert!(answer["source_accuracy"].as_f64().unwrap() < 0.5);
    assert_eq!(answer["classes"]["positive"], "Positive");
    assert_eq!(answer["classes"]["rows"][0]["negative_rows"], 15);
}

/// Every warning on the screen is in the JSON, of all three commands.
#[test]
fn no_warning_is_missing_in_the_json() {
    let folder = tempfile::tempdir().unwrap();
    let text = |shift: f64| -> String {
        let line = |(i, line): (usize, &str)| {
            if i == 0 { format!("id,flag,{line}\n") } else { format!("{i},{},{line}\n", i % 3 == 0) }
        };
        rows(60, shift, "x,z,label").lines().enumerate().map(line).collect()
    };
    file(folder.path(), "s.csv", &text(0.0));
    file(folder.path(), "t.csv", &text(1.0));
    for (arguments, warnings) in [
        ("recommend --source s.csv --target t.csv --test s.csv --json", "/warnings"),
        ("transfer --source s.csv --target t.csv --labels 10,20 --splits 2 --json", "/1/warnings"),
        ("audit --train s.csv --test t.csv --json", "/warnings"),
    ] {
        let output = crate::run(folder.path(), arguments);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let told: Vec<&str> =
            json.pointer(warnings).unwrap().as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        let all = told.join("\n");
        assert!(
            all.contains("column 'id' counts the rows") && all.contains("true and false are read as 1 and 0 in 'flag'"),
            "{all}"
        );
        let screen = String::from_utf8(output.stderr).unwrap();
        for line in screen.lines().filter_map(|line| line.strip_prefix("alpha-linear: warning: ")) {
            assert!(told.contains(&line), "{arguments}: '{line}' is not in {told:?}");
        }
    }
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
