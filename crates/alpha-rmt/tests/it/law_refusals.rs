//! Problems that `alpha-rmt law` refuses, and the words with which it does.

use std::path::Path;

use crate::law_command::law;

/// A problem that is fine but for one thing, and the words of the error.
#[track_caller]
pub(crate) fn refused(text: &str, options: &str, code: i32, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("problem.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("nan.csv"), "mean\n1\n2\nNaN\n").unwrap();
    std::fs::write(folder.path().join("wide.csv"), "a,b\n1,2\n3,4\n").unwrap();
    let output = law(&path, options);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}\n{message}");
    assert!(output.stdout.is_empty());
    for word in words.iter().chain(&["alpha-rmt: ", "problem.toml"]) {
        assert!(message.contains(word), "no {word} in {message}");
    }
}

pub(crate) const GOOD: &str = "target-samples = 6\ntarget-ridge = 0.5\nmean = [1, 0.5, 0.2]\ncovariance = 'identity'\n";

#[test]
fn wrong_targets_are_refused() {
    for (from, to, words) in [
        ("target-samples = 6\n", "", &["missing target-samples"][..]),
        ("mean = [1, 0.5, 0.2]\ncovariance = 'identity'\n", "", &["missing mean, covariance"]),
        ("target-samples", "target-sample", &["unknown key 'target-sample', did you mean 'target-samples'?"]),
        ("target-samples = 6", "target-samples = 0", &["target-samples: is 0, but must be finite and > 0"]),
        ("target-samples = 6", "target-samples = '6'", &["target-samples: is the text \"6\", expected a number"]),
        ("target-samples = 6", "target-samples = 6\ntarget_samples = 7", &["two spellings"]),
        ("target-ridge = 0.5", "target-ridge = -1", &["target-ridge: is -1, but must be"]),
        ("target-ridge = 0.5", "target-ridge = nan", &["target-ridge: is NaN, but must be"]),
        ("target-ridge = 0.5", "target-ridge = 0.5.1", &["TOML"]),
        ("[1, 0.5, 0.2]", "[1, inf, 0.2]", &["mean: has inf at entry 2"]),
        ("[1, 0.5, 0.2]", "[1, 'x', 0.2]", &["mean: has the text \"x\" at entry 2"]),
        ("[1, 0.5, 0.2]", "[]", &["mean: is empty"]),
        ("[1, 0.5, 0.2]", "3", &["mean: is the number 3", ".npy or .csv"]),
        ("[1, 0.5, 0.2]", "[[1, 2], [3, 4]]", &["mean: has 2 rows of 2 numbers, expected one row or one column"]),
        ("[1, 0.5, 0.2]", "'wide.csv'", &["mean: has 2 rows of 2 numbers"]),
        ("'identity'", "'identiti'", &["covariance", "\"identity\"", "eigenvalues", "features"]),
        ("'identity'", "{ }", &["covariance: is empty"]),
        ("'identity'", "{ diagonal = [1, 1, 1] }", &["unknown key 'diagonal'", "eigenvalues"]),
        ("'identity'", "{ eigenvalues = [1, 1, 1], matrix = [[1]] }", &["has eigenvalues and matrix"]),
        ("'identity'", "{ eigenvalues = [1, 1] }", &["covariance.eigenvalues: has 2 entries, expected 3"]),
        ("'identity'", "{ eigenvalues = [1, 1, -2] }", &["covariance.eigenvalues", "-2", ">= 0"]),
        ("'identity'", "{ matrix = [1, 1, 1] }", &["covariance.matrix: is one list of 3 numbers"]),
        ("'identity'", "{ matrix = [[1, 0], [0, 1]] }", &["covariance.matrix: is 2×2, expected 3×3"]),
        ("'identity'", "{ matrix = [[1, 0, 0], [0, 1], [0, 0, 1]] }", &["has 2 numbers in row 2, but 3 in row 1"]),
        ("'identity'", "{ matrix = [[1, 0, 0], [0, nan, 0], [0, 0, 1]] }", &["NaN at row 2, column 2"]),
        ("'identity'", "{ matrix = [[1, 2, 0], [0, 1, 0], [0, 0, 1]] }", &["covariance.matrix", "not symmetric"]),
        (
            "'identity'",
            "{ matrix = [[1, 2, 0], [2, 1, 0], [0, 0, 1]] }",
            &["covariance.matrix", "not positive semi-definite", "eigenvalue is -"],
        ),
        ("'identity'", "{ features = [[1, 2], [3, 4]] }", &["covariance.features: has rows of 2 features, expected 3"]),
        ("'identity'", "{ features = [[1, 2, 3], [-1, -2, -3]] }", &["covariance.features: has 2 rows"]),
        ("'identity'", "'identity'\nlabel-noise = 0.5", &["label-noise: is 0.5, but must be at least 0 and below 1/2"]),
        ("'identity'", "'identity'\npositive-share = 1", &["positive-share: is 1, but must be between 0 and 1"]),
        (
            "'identity'",
            "'identity'\nintercept = 'besst'",
            &["intercept: is \"besst\", did you mean \"best\"?", "\"fitted\""],
        ),
        ("'identity'", "'identity'\nloss = 'hinge'", &["loss: is \"hinge\"", "\"squared\", \"logistic\""]),
        ("'identity'", "'identity'\nweights = [1]", &["weights: has 1 entries, expected 0", "0 [[sources]]"]),
    ] {
        assert!(GOOD.contains(from));
        refused(&GOOD.replacen(from, to, 1), "", 2, words);
    }
}

#[test]
fn wrong_sources_are_refused() {
    let trained = "samples = 9\nridge = 1\nmean = [1, 1, 1]\n";
    for (source, words) in [
        ("", &["has no vector", "`weights`", "`mean-weights` and `variances`", "`samples`, `ridge`"][..]),
        ("weight = [1, 1, 1]\n", &["unknown key 'weight', did you mean 'weights'?"]),
        ("weights = [1, 1]\n", &["weights: has 2 entries, expected 3"]),
        ("weights = [1, 1, nan]\n", &["weights: has NaN at entry 3"]),
        ("weights = [1, 1, 1]\nsamples = 9\n", &["has both weights and samples, of two kinds"]),
        ("weights = [1, 1, 1]\nvariances = [1, 1, 1]\n", &["has both weights and variances"]),
        ("mean-weights = [1, 1, 1]\nridge = 1\n", &["has both mean-weights and ridge"]),
        ("mean-weights = [1, 1, 1]\n", &["missing variances"]),
        ("variances = [1, 1, 1]\n", &["missing mean-weights"]),
        ("mean-weights = [1, 1, 1]\nvariances = [1, 1, -0.5]\n", &["variances: has -0.5 at entry 3", ">= 0"]),
        ("mean-weights = [1, 1, 1]\nvariances = [1, 1]\n", &["variances: has 2 entries, expected 3"]),
        ("samples = 9\n", &["missing ridge, mean"]),
        ("data = 'a'\nridge = 1\n", &["missing samples, mean"]),
        ("samples = -9\nridge = 1\nmean = [1, 1, 1]\n", &["samples: is -9, but must be finite and > 0"]),
        ("samples = 9\nridge = 0\nmean = [1, 1, 1]\n", &["ridge: is 0, but must be finite and > 0"]),
        ("samples = 9\nridge = 1\nmean = [1, 1, 1]\ndata = 3\n", &["data: is the number 3, expected a name"]),
        ("samples = 9\nridge = 1\nmean = [1, 1, 1]\ncovariance = 'same'\n", &["covariance: is \"same\"", "\"target\""]),
        (
            "samples = 9\nridge = 1\nmean = [1, 1, 1]\ncovariance = { matrix = [[1]] }\n",
            &["covariance.matrix: is 1×1, expected 3×3"],
        ),
    ] {
        let first = "[[sources]]\nweights = [1, 0, 0]\n";
        let words: Vec<&str> = words.iter().copied().chain(["source 2"]).collect();
        refused(&format!("{GOOD}{first}[[sources]]\n{source}"), "", 2, &words);
    }
    // What the target's covariance leaves open.
    let other = GOOD.replace("'identity'", "{ eigenvalues = [1, 2, 3] }");
    refused(&format!("{other}[[sources]]\n{trained}"), "", 2, &["source 1", "missing covariance", "\"target\""]);
    // Sources of one data that are not the same.
    for (key, changed) in [
        ("samples", trained.replace('9', "8")),
        ("mean", trained.replace("1, 1]", "1, 2]")),
        ("covariance", format!("{trained}covariance = {{ eigenvalues = [1, 2, 3] }}\n")),
    ] {
        let text = format!("{GOOD}[[sources]]\n{trained}data = 'a'\n[[sources]]\n{changed}data = 'a'\n");
        refused(&text, "", 2, &["source 2", &format!("{key}: differs"), "the data 'a'"]);
    }
    let sources = format!("{GOOD}weights = [1]\n[[sources]]\n{trained}[[sources]]\n{trained}");
    refused(&sources, "", 2, &["weights: has 1 entries, expected 2: one a source, and there are 2 [[sources]]"]);
}

#[test]
fn what_cannot_be_combined_or_computed_is_refused() {
    let logistic = format!("{GOOD}loss = 'logistic'\n");
    for (more, options, words) in [
        ("label-noise = 0.1\n", "", ["loss = \"logistic\"", "label-noise = 0.1"]),
        ("intercept = 'fitted'\n", "", ["loss = \"logistic\"", "intercept = \"fitted\""]),
        ("intercept = 'best'\n", "", ["loss = \"logistic\"", "intercept = \"best\""]),
        ("", "--tune", ["loss = \"logistic\"", "--tune"]),
    ] {
        refused(&format!("{logistic}{more}"), options, 2, &words);
    }
    refused(&GOOD.replace("= 6", "= 6.5"), "--simulate 2", 2, &["target-samples", "6.5", "whole number"]);
    refused(GOOD, "--simulate 1", 2, &["runs is 1", "at least 2"]);
    refused(&GOOD.replace("= 6", "= 1e9"), "--simulate 2", 2, &["features times samples", "2^28"]);
    // Files.
    refused(&GOOD.replace("[1, 0.5, 0.2]", "'gone.npy'"), "", 1, &["mean = \"gone.npy\"", "cannot read"]);
    refused(&GOOD.replace("[1, 0.5, 0.2]", "'nan.csv'"), "", 1, &["mean = \"nan.csv\"", "line 4"]);
    // A classifier that is 0 has no accuracy.
    refused(
        &GOOD.replace("[1, 0.5, 0.2]", "[0, 0, 0]").replace("'identity'", "{ eigenvalues = [0, 0, 0] }"),
        "",
        1,
        &["variance"],
    );
    let gone = law(Path::new("no/such/problem.toml"), "");
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("no/such/problem.toml"));
}
