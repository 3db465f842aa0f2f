//! `alpha-rmt classes`: its output beside the library and a simulation; what is refused, and how.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::assert_close;

fn classes(problem: &Path, options: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alpha-rmt"));
    command.arg("classes").arg(problem).args(options.split_whitespace()).output().unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/classes").join(name)
}

#[track_caller]
fn answer(problem: &Path, options: &str) -> Value {
    let output = classes(problem, &format!("--json {options}"));
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A problem in a file of its own; the folder goes with the first.
fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("problem.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[track_caller]
fn number(answer: &Value, pointer: &str) -> f64 {
    answer.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {answer:#}"))
}

#[test]
fn the_example_agrees_with_its_simulation() {
    let answer = answer(&example("three.toml"), "--simulate 40 --seed 2 --tune");
    let statistics = answer["simulation"]["statistics"].as_array().unwrap();
    assert_eq!(statistics.len(), 9, "{statistics:#?}");
    for statistic in statistics {
        let [theory, mean, error] = ["theory", "mean", "standard_error"].map(|key| statistic[key].as_f64().unwrap());
        assert!((mean - theory).abs() <= 4.0 * error + 1e-12 && error <= 0.02 * theory, "{statistic:#}");
    }
    // The parts fit together.
    let shares = [0.2, 0.3, 0.5];
    let average: f64 = (0..3).map(|c| shares[c] * number(&answer, &format!("/class_accuracies/{c}"))).sum();
    assert_close("accuracy", number(&answer, "/accuracy"), average, 1e-13);
    assert_close("error", number(&answer, "/error_rate"), 1.0 - average, 1e-12);
    for class in 0..3 {
        let row: f64 = (0..3).map(|named| number(&answer, &format!("/confusion/{class}/{named}"))).sum();
        assert_close("row", row, 1.0, 1e-12);
        let own = number(&answer, &format!("/confusion/{class}/{class}"));
        assert_close("class", own, number(&answer, &format!("/class_accuracies/{class}")), 1e-13);
    }
    let best = number(&answer, "/accuracy_at_optimum");
    assert_eq!(answer["optimum"]["kind"], "finite");
    assert_close("at the optimum", number(&answer, "/accuracy"), best, 0.0);
    for other in ["/accuracy_at_0", "/accuracy_at_1", "/contributions/0/best_without", "/contributions/1/best_without"]
    {
        assert!(number(&answer, other) < best, "{other}");
    }
    assert!(number(&answer, "/tuned/accuracy") > best + 0.01 && answer["tuned"]["end_of_range"].is_null());
    assert!(number(&answer, "/sources/0/accuracy") > 1.0 / 3.0);
}

/// With C = I and no source a larger ridge is always better here; far above the best one a smaller one is.
#[test]
fn a_best_ridge_at_the_end_is_said_to_be() {
    let text = |ridge: &str, covariance: &str| {
        format!(
            "target-samples = 20\ntarget-ridge = {ridge}\nmeans = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]\n\
             intercept = 'fitted'\ncovariance = {covariance}\n"
        )
    };
    for (ridge, covariance, end) in
        [("1", "'identity'", "most"), ("1e8", "{ eigenvalues = [0.1, 1, 3, 0.2] }", "least")]
    {
        let (_folder, path) = written(&text(ridge, covariance));
        assert_eq!(answer(&path, "--tune")["tuned"]["end_of_range"], end);
    }
}

#[test]
fn two_classes_are_those_of_the_law_command() {
    let both = "target-samples = 30\ntarget-ridge = 0.5\nintercept = \"fitted\"\nweights = [0.7]\n\
                covariance = { matrix = [[1.0, 0.3, 0.0], [0.3, 2.0, 0.1], [0.0, 0.1, 0.5]] }\n";
    let source = "samples = 80\nridge = 0.2\ncovariance = \"identity\"\n";
    let (_one, several) = written(&format!(
        "{both}means = [[0.8, 0.5, -0.2], [-0.8, -0.5, 0.2]]\ntargets = [[1], [-1]]\nshares = [0.7, 0.3]\n\
         [[sources]]\n{source}means = [[0.6, 0.6, 0.0], [-0.6, -0.6, 0.0]]\nshares = [0.5, 0.5]\n"
    ));
    let (_two, binary) = written(&format!(
        "{both}mean = [0.8, 0.5, -0.2]\npositive-share = 0.7\n[[sources]]\n{source}mean = [0.6, 0.6, 0.0]\n"
    ));
    let (several, law) = (answer(&several, ""), {
        let output =
            Command::new(env!("CARGO_BIN_EXE_alpha-rmt")).arg("law").arg(&binary).arg("--json").output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    });
    for key in
        ["/accuracy", "/error_rate", "/accuracy_at_0", "/accuracy_at_1", "/accuracy_at_optimum", "/sources/0/accuracy"]
    {
        assert_close(key, number(&several, key), number(&law, key), 1e-12);
    }
    assert_close("weight", number(&several, "/optimum/weights/0"), number(&law, "/optimum/weights/0"), 1e-5);
}

#[test]
fn a_table_shows_each_thing_with_its_simulation() {
    let output = classes(&example("ordered.toml"), "--simulate 20");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for label in ["accuracy on class 5", "accuracy at the best weights", "standard error", "none, without a source"] {
        assert!(text.contains(label), "no {label} in {text}");
    }
    assert_eq!(text.lines().rev().take(5).filter(|line| line.split(' ').count() == 5).count(), 5, "{text}");
}

#[test]
fn refusals_name_the_key_and_the_value() {
    let head = "target-samples = 40\ntarget-ridge = 1\ncovariance = \"identity\"\n";
    let means = "means = [[1, 0], [0, 1], [1, 1]]\n";
    for (text, words) in [
        ("means = [[1, 0]]".to_owned(), "means: has 1 row, expected at least 2"),
        ("means = [[1, 0], [1]]".to_owned(), "means: has 1 numbers in row 2, but 2 in row 1"),
        ("means = [[1, nan], [1, 2]]".to_owned(), "means: has NaN at row 1, column 2"),
        (format!("{means}shares = [0.5, 0.5]"), "shares: has 2 entries, expected 3"),
        (format!("{means}shares = [0.5, 0.4, 0.2]"), "shares: sum of the shares is 1.1"),
        (format!("{means}shares = [0.5, 0.5, 0]"), "shares: share is 0, but must be finite and > 0"),
        (format!("{means}targets = [[1], [2]]"), "targets: has 2 rows, expected 3"),
        (format!("{means}targets = [[1], [2], [2]]"), "targets: row of targets of class is 3"),
        (format!("{means}targets = [[1], [2], [3]]\ndecision = \"largest-score\""), "decision: is \"largest-score\""),
        (format!("{means}weights = [1]"), "weights: has 1 entries, expected 0"),
        (format!("{means}intercept = \"best\""), "intercept: is \"best\"; expected one of \"none\", \"fitted\""),
        (format!("{means}mean = [1, 2]"), "unknown key 'mean', did you mean 'means'?"),
        (format!("{means}[[sources]]\nweights = [[1, 2], [3, 4]]"), "source 1: weights: is 2×2, expected 3×2"),
        (format!("{means}[[sources]]\nweights = [[1]]\nridge = 1"), "source 1: has both weights and ridge"),
        (format!("{means}[[sources]]\nsamples = 9\nridge = -1\n{means}"), "source 1: ridge: is -1, but must be"),
        (
            format!("{means}[[sources]]\nsamples = 9\nridge = 1\nmeans = [[1, 2], [3, 4]]"),
            "means: is 2×2, expected 3×2",
        ),
    ] {
        let (_folder, path) = written(&format!("{head}{text}\n"));
        let output = classes(&path, "");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && message.contains(words), "{text}: {message}");
    }
    let (_folder, path) = written("target-ridge = 1\nmeans = [[1], [2]]\ncovariance = { matrix = [[-1]] }\n");
    let message = String::from_utf8(classes(&path, "").stderr).unwrap();
    assert!(message.contains("missing target-samples"), "{message}");
    let (_folder, path) =
        written("target-samples = 9\ntarget-ridge = 1\nmeans = [[1], [2]]\ncovariance = { matrix = [[-1]] }\n");
    let message = String::from_utf8(classes(&path, "").stderr).unwrap();
    assert!(message.contains("covariance.matrix") && message.contains("not positive semi-definite"), "{message}");
    let (_folder, path) =
        written("target-samples = 9\ntarget-ridge = 1\nmeans = [[1], [2]]\ncovariance = { features = [[1], [2]] }\n");
    assert!(String::from_utf8(classes(&path, "").stderr).unwrap().contains("covariance: has features"));
    // A number of samples that cannot be drawn, with the theory at hand.
    let (_folder, path) =
        written("target-samples = 9.5\ntarget-ridge = 1\nmeans = [[1], [2]]\ncovariance = \"identity\"\n");
    assert!(classes(&path, "").status.success());
    let message = String::from_utf8(classes(&path, "--simulate 5").stderr).unwrap();
    assert!(message.contains("samples is 9.5, but must be a whole number"), "{message}");
}
