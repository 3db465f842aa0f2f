//! `alpha-rmt law`: problems that touch every key, each beside its simulation, and reductions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::assert_close;
use crate::law_refusals::{GOOD, refused};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/law")
}

pub(crate) fn law(problem: &Path, options: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alpha-rmt"));
    command.arg("law").arg(problem).args(options.split_whitespace()).output().unwrap()
}

/// The JSON of a problem that the theory has an answer to.
#[track_caller]
fn answer(problem: &Path, options: &str) -> Value {
    let output = law(problem, &format!("--json {options}"));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.is_empty(), "{}: {message}", problem.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The JSON of a problem that is written down here.
#[track_caller]
fn answer_to(text: &str, options: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("problem.toml");
    std::fs::write(&path, text).unwrap();
    answer(&path, options)
}

#[track_caller]
fn number(answer: &Value, pointer: &str) -> f64 {
    answer.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {answer:#}"))
}

/// Every statistic of a problem within four standard errors of the theory.
#[track_caller]
fn agrees(problem: &Path, runs: u64) -> Value {
    let answer = answer(problem, &format!("--simulate {runs} --seed 1"));
    let statistics = answer["simulation"]["statistics"].as_array().unwrap();
    let sources = answer["sources"].as_array().unwrap().len();
    assert!(statistics.len() >= 8 + 2 * sources, "{statistics:#?}");
    for statistic in statistics {
        let [theory, mean, error] = ["theory", "mean", "standard_error"].map(|key| statistic[key].as_f64().unwrap());
        assert!((mean - theory).abs() <= 4.0 * error + 1e-12, "{}: {statistic:#}", problem.display());
        // Small enough for a wrong formula to show.
        assert!(error <= 0.03 * theory.abs(), "{}: {statistic:#}", problem.display());
    }
    answer
}

/// The examples with some of their text replaced, beside their arrays.
#[track_caller]
fn changed(example: &str, changes: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let mut text = std::fs::read_to_string(examples().join(example)).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} in {text}");
        text = text.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(examples()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("changed.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn isotropic_noise_agrees_with_simulation() {
    agrees(&examples().join("identity.toml"), 200);
}

#[test]
fn unequal_variances_agree_with_simulation() {
    let answer = agrees(&examples().join("spectrum.toml"), 200);
    assert_eq!(answer["weights"], serde_json::json!([0.6, 0.9]));
    assert!(number(&answer, "/accuracy") < number(&answer, "/accuracy_at_optimum"));
}

#[test]
fn sources_of_every_kind_agree_with_simulation() {
    let answer = agrees(&examples().join("mixed.toml"), 100);
    assert_eq!(answer["contributions"].as_array().unwrap().len(), 5);
}

/// Of two sources with the same data, weighed against each other, most of the noise cancels; of two with data of their own it adds.
#[test]
fn sources_of_one_data_agree_with_simulation() {
    let problem = |second: &str| {
        format!(
            "target-samples = 60\ntarget-ridge = 2\nmean = {:?}\ncovariance = 'identity'\nweights = [-3, 4]\n\
             [[sources]]\nsamples = 80\nridge = 0.5\nmean = {:?}\ndata = 'a'\n\
             [[sources]]\nridge = 0.7\n{second}",
            [0.15; 100], [0.12; 100]
        )
    };
    let shared = answer_to(&problem("data = 'a'\n"), "--simulate 60");
    for statistic in shared["simulation"]["statistics"].as_array().unwrap() {
        let [theory, mean, error, bias] =
            ["theory", "mean", "standard_error", "bias"].map(|key| number(statistic, &format!("/{key}")));
        assert!((mean - theory).abs() <= 3.0 * error + 0.5 * bias, "{statistic:#}");
    }
    let apart = answer_to(&problem(&format!("samples = 80\nmean = {:?}\n", [0.12; 100])), "");
    assert!(number(&apart, "/variance") > 10.0 * number(&shared, "/variance"), "{apart:#}");
}

#[test]
fn noisy_labels_agree_with_simulation() {
    agrees(&examples().join("labels.toml"), 100);
}

#[test]
fn the_logistic_loss_agrees_with_simulation() {
    agrees(&examples().join("logistic.toml"), 100);
}

/// π = 0.7 and ε = 0.1, as in `labels.toml`, with the threshold that least squares fits, and none.
#[test]
fn thresholds_agree_with_simulation() {
    let accuracy = |intercept: &str| {
        let (_folder, path) = changed("labels.toml", &[("\"best\"", intercept)]);
        number(&agrees(&path, 100), "/accuracy")
    };
    let best = number(&answer(&examples().join("labels.toml"), ""), "/accuracy");
    let [fitted, none] = ["\"fitted\"", "\"none\""].map(accuracy);
    assert!(best > fitted && best > none, "{best} {fitted} {none}");
}

#[test]
fn a_source_at_identity_is_that_of_point() {
    let p = 40;
    let (norm, orthogonal, beta) = (1.5, 1.0, 0.8_f64);
    let other = (1.0 - beta * beta).sqrt() * orthogonal;
    let zeros = ", 0".repeat(p - 2);
    let problem = format!(
        "target-samples = 20\ntarget-ridge = 0.7\nmean = [{}, {other}{zeros}]\ncovariance = 'identity'\nweights = [0.9]\n\
         [[sources]]\nsamples = 500\nridge = 1.2\nmean = [{norm}, 0{zeros}]\n",
        beta * norm
    );
    let law = answer_to(&problem, "");
    let output = Command::new(env!("CARGO_BIN_EXE_alpha-rmt"))
        .args("point --json --source-samples 500 --target-samples 20 --dimension 40 --source-norm 1.5".split(' '))
        .args("--orthogonal-norm 1 --alignment 0.8 --source-ridge 1.2 --target-ridge 0.7 --alpha 0.9".split(' '))
        .output()
        .unwrap();
    let point: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (ours, theirs) in [
        ("/optimum/weights/0", "/alpha_star"),
        ("/mean", "/mean"),
        ("/variance", "/variance"),
        ("/accuracy", "/accuracy"),
        ("/accuracy_at_0", "/accuracy_at_0"),
        ("/accuracy_at_1", "/accuracy_at_1"),
        ("/accuracy_at_optimum", "/accuracy_at_alpha_star"),
        ("/sources/0/accuracy", "/accuracy_source_only"),
    ] {
        assert_close(ours, number(&law, ours), number(&point, theirs), 1e-12);
    }
}

/// Numbers at every pointer of one answer are those of another.
#[track_caller]
fn assert_same(one: &Value, other: &Value, relative: f64) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            assert!(one.keys().eq(other.keys()));
            one.iter().for_each(|(key, value)| assert_same(value, &other[key], relative));
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len());
            one.iter().zip(other).for_each(|(one, other)| assert_same(one, other, relative));
        }
        (Value::Number(one), Value::Number(other)) => {
            assert_close("a number", one.as_f64().unwrap(), other.as_f64().unwrap(), relative);
        }
        _ => assert_eq!(one, other),
    }
}

/// Two sources of three features, with a covariance of each form in `C`.
const THREE: &str = "target-samples = 6\ntarget-ridge = 0.5\nmean = [1, 0.5, 0.2]\ncovariance = C\n\
                     [[sources]]\nweights = [0.4, 0.1, 0.1]\n\
                     [[sources]]\nsamples = 12\nridge = 0.3\nmean = [0.9, 0.6, -0.1]\ncovariance = C\n";

#[test]
fn forms_of_one_covariance_are_the_same() {
    let of = |c: &str| answer_to(&THREE.replace('C', c), "--tune");
    let identity = of("'identity'");
    assert_same(&of("{ eigenvalues = [1, 1, 1] }"), &identity, 1e-9);
    assert_same(&of("{ matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }"), &identity, 1e-9);
    let diagonal = of("{ eigenvalues = [2, 1, 0.5] }");
    assert_same(&of("{ matrix = [[2, 0, 0], [0, 1, 0], [0, 0, 0.5]] }"), &diagonal, 1e-9);
    assert!((number(&diagonal, "/accuracy") - number(&identity, "/accuracy")).abs() > 1e-3);
    // The source's is the target's.
    assert_same(
        &answer_to(&THREE.replacen('C', "{ eigenvalues = [2, 1, 0.5] }", 1).replace('C', "'target'"), "--tune"),
        &diagonal,
        0.0,
    );
    // Left out beside an isotropic target it is the identity.
    assert_same(
        &answer_to(&THREE.replacen('C', "'identity'", 1).replace("covariance = C\n", ""), "--tune"),
        &identity,
        0.0,
    );
}

#[test]
fn keys_have_both_spellings() {
    for example in ["spectrum.toml", "labels.toml"] {
        let keys = ["target-samples", "target-ridge", "label-noise", "positive-share", "mean-weights ="];
        let text = std::fs::read_to_string(examples().join(example)).unwrap();
        let snake: Vec<String> = keys.iter().map(|key| key.replace('-', "_")).collect();
        let changes: Vec<(&str, &str)> = keys
            .iter()
            .zip(&snake)
            .filter(|(key, _)| text.contains(**key))
            .map(|(key, snake)| (*key, snake.as_str()))
            .collect();
        assert!(changes.len() >= 3);
        let (_folder, path) = changed(example, &changes);
        assert_eq!(answer(&path, ""), answer(&examples().join(example), ""));
    }
}

#[test]
fn sources_of_one_data_may_repeat_or_leave_out_what_they_share() {
    let again = "ridge = 2.0\ndata = \"reviews\"";
    let whole = "ridge = 2.0\ndata = \"reviews\"\nsamples = 300\nmean = \"source-mean.npy\"\n\
                 covariance = { matrix = \"source-covariance.npy\" }";
    let (_folder, path) = changed("mixed.toml", &[(again, whole)]);
    let shared = answer(&examples().join("mixed.toml"), "");
    assert_eq!(answer(&path, ""), shared);
    // Samples of their own are another problem.
    let (_folder, path) = changed("mixed.toml", &[(again, &whole.replace("\"reviews\"", "\"others\""))]);
    assert!((number(&answer(&path, ""), "/accuracy") - number(&shared, "/accuracy")).abs() > 1e-4);
}

/// The rows of `features.toml` were drawn with the covariance of `covariance.npy`, which the law from 180 rows must come near. The
/// sample covariance itself, as a matrix, does not.
#[test]
fn rows_of_features_tell_of_their_covariance() {
    let path = examples().join("features.toml");
    let told = answer(&path, "--tune");
    let from = "{ features = \"features.npy\" }";
    let (_folder, known) = changed("features.toml", &[(from, "{ matrix = \"covariance.npy\" }")]);
    let known = answer(&known, "--simulate 100");
    for pointer in ["/accuracy", "/accuracy_at_0", "/accuracy_at_1", "/sources/0/accuracy"] {
        let (told, known) = (number(&told, pointer), number(&known, pointer));
        assert!((told - known).abs() < 0.02, "{pointer}: {told} from rows, {known} from the matrix");
    }
    for statistic in known["simulation"]["statistics"].as_array().unwrap() {
        assert!(statistic["z"].as_f64().is_none_or(|z| z.abs() < 4.0), "{statistic:#}");
    }
    let refused = |path: &Path, options: &str, code: i32, word: &str| {
        let output = law(path, options);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && message.contains(word), "{message}");
    };
    refused(&path, "--simulate 2", 2, "{ matrix = … }");
    let (_folder, logistic) = changed("features.toml", &[("mean = ", "loss = \"logistic\"\nmean = ")]);
    refused(&logistic, "", 2, "loss = \"logistic\" and covariance = { features = … }");
    let trained = "samples = 30\nridge = 1\nmean = \"source-mean.npy\"\ncovariance = ";
    for covariance in ["\"target\"", from] {
        let (_folder, path) =
            changed("features.toml", &[("weights = \"weights.npy\"", &format!("{trained}{covariance}"))]);
        refused(&path, "", 2, "source 1: covariance: is known from rows of features only");
    }
    // Too few rows for many target samples at a small ridge.
    let few = [
        ("target-samples = 60", "target-samples = 5000"),
        ("target-ridge = 0.5", "target-ridge = 1e-6"),
        (from, "{ features = \"few.npy\" }"),
    ];
    let (folder, path) = changed("features.toml", &few);
    let (header, rows) = (128, 120 * 4);
    let content = std::fs::read(examples().join("features.npy")).unwrap();
    assert_eq!(content.len(), header + 180 * rows, "NumPy's header has {header} bytes");
    let mut few = content[..header + 40 * rows].to_vec();
    let shape = few.windows(10).position(|part| part == b"(180, 120)").unwrap();
    few[shape..shape + 10].copy_from_slice(b"(40, 120) ");
    std::fs::write(folder.path().join("few.npy"), few).unwrap();
    refused(&path, "", 1, "degrees of freedom");
    // Rows with their class means still there, nine in ten of one class.
    let row = |y: f64, i: usize| format!("{:?}", [0, 1, 2].map(|j| 3.0 * y + ((7 * i + 3 * j) % 5) as f64 - 2.0));
    let rows: Vec<String> = (0..40).map(|i| row(if i % 10 == 0 { -1.0 } else { 1.0 }, i)).collect();
    let raw = GOOD.replace("'identity'", &format!("{{ features = [{}] }}", rows.join(", ")));
    crate::law_refusals::refused(
        &raw,
        "",
        2,
        &["covariance.features: has columns whose means", "remove each class's mean"],
    );
}

#[test]
fn few_rows_are_never_taken_for_certainty() {
    // One row of three features leaves two directions without variance: at ridge 50 the accuracy would be 0.999999998.
    let one = GOOD.replace("'identity'", "{ features = [[0.3, -1.2, 0.4]] }");
    let one = one.replace("target-ridge = 0.5", "target-ridge = 50");
    refused(&one, "", 2, &["covariance.features: has 1 rows: expected at least 10"]);
    // Twenty rows give a rough answer, and a word on how rough.
    let row = |i: usize| format!("{:?}", [0, 1, 2].map(|j| ((7 * i + 3 * j) % 5) as f64 - 2.0));
    let rows: Vec<String> = (0..20).map(row).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("problem.toml");
    std::fs::write(&path, GOOD.replace("'identity'", &format!("{{ features = [{}] }}", rows.join(", ")))).unwrap();
    let output = law(&path, "--json");
    let (said, json) = (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
    assert!(output.status.success() && said.contains("warning: covariance: "), "{said}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(said.contains(json["warnings"][0].as_str().unwrap()), "{said}");
}

#[test]
fn the_best_ridge_is_found_or_at_the_end() {
    let answer = answer(&examples().join("mixed.toml"), "--tune");
    assert!(number(&answer, "/tuned/accuracy") >= number(&answer, "/accuracy_at_optimum"));
    let ridge = number(&answer, "/tuned/target_ridge");
    let range = [number(&answer, "/tuned/range/0"), number(&answer, "/tuned/range/1")];
    assert!(range[0] < ridge && ridge < range[1] && answer["tuned"]["end_of_range"].is_null(), "{answer:#}");
    // The accuracy there, from a problem with that ridge.
    let (_folder, path) = changed("mixed.toml", &[("target-ridge = 0.4", &format!("target-ridge = {ridge}"))]);
    assert_close("accuracy", number(&self::answer(&path, ""), "/accuracy"), number(&answer, "/tuned/accuracy"), 1e-12);
    let answer = self::answer(&examples().join("identity.toml"), "--tune");
    assert_eq!(answer["tuned"]["end_of_range"], "most");
    let output = law(&examples().join("identity.toml"), "--tune");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("end of the range that was searched, 0.00008 to 8000") && text.contains("identity"),
        "{text}"
    );
    // Searched from 100; the best is 0.33.
    let (_folder, path) = changed("mixed.toml", &[("target-ridge = 0.4", "target-ridge = 1e6")]);
    assert_eq!(self::answer(&path, "--tune")["tuned"]["end_of_range"], "least");
    let text = String::from_utf8(law(&path, "--tune").stdout).unwrap();
    assert!(text.contains("searched, 100 to 10000000000: a smaller one may be better"), "{text}");
}

/// The product with the mean is 0 but for rounding, and so is the variance: nothing is known, whatever sign the rounding has.
#[test]
fn rounding_separates_nothing() {
    for source in ["[-1, 3, 0, 0]", "[0.1, -0.3, 0, 0]", "[0.001, -0.003, 0, 0]"] {
        for intercept in ["none", "fitted", "best"] {
            let answer = answer_to(
                &format!(
                    "target-samples = 5\ntarget-ridge = 1\nmean = [0.3, 0.1, 0, 0]\nintercept = '{intercept}'\n\
                     covariance = {{ eigenvalues = [0, 0, 1, 1] }}\n[[sources]]\nweights = {source}\n"
                ),
                "",
            );
            assert_eq!(answer["optimum"]["kind"], "finite", "{answer:#}");
            assert_eq!(number(&answer, "/accuracy"), number(&answer, "/accuracy_at_0"));
            assert!(answer["sources"][0]["accuracy"].is_null(), "{answer:#}");
        }
    }
}

/// Variances that underflow to 0 are no perfect accuracy.
#[test]
fn underflow_is_refused() {
    let source = "[[sources]]\nweights = [0.5, 0.2, 0.1]\n";
    for ridge in ["1e160", "1e170", "1e300"] {
        let text = format!("{}{source}", GOOD.replace("ridge = 0.5", &format!("ridge = {ridge}")));
        refused(&text, "", 1, &["underflows"]);
    }
    for weight in ["1e-160", "1e-170", "1e-300"] {
        refused(&format!("{GOOD}[[sources]]\nweights = [{weight}, 0, 0]\n"), "", 1, &["underflows"]);
    }
    let trained = format!("{GOOD}[[sources]]\nsamples = 9\nridge = 1e200\nmean = [1, 0, 0.5]\n");
    refused(&trained, "", 1, &["underflows"]);
    // Far out, but nothing is lost.
    let text = format!("{}{source}", GOOD.replace("ridge = 0.5", "ridge = 1e100"));
    assert_close("accuracy_at_1", number(&answer_to(&text, ""), "/accuracy_at_1"), 0.871174364167782, 1e-12);
}

#[test]
fn optima_of_every_kind() {
    let problem = |source: &str, more: &str| {
        format!(
            "target-samples = 5\ntarget-ridge = 1\nmean = [0.3, 0.1, 0, 0]\ncovariance = {{ eigenvalues = [0, 0, 1, 1] }}\n{more}\n\
             [[sources]]\nweights = {source}\n"
        )
    };
    let separable = answer_to(&problem("[1, 0, 0, 0]", ""), "--simulate 2");
    assert_eq!(separable["optimum"]["kind"], "separable", "{separable:#}");
    assert_eq!((number(&separable, "/accuracy"), number(&separable, "/error_rate")), (1.0, 0.0));
    assert!(separable["separation"].is_null());
    // Only noise beside labels that help.
    let finite = answer_to(&problem("[0, 0, 1, 0]", "weights = [0.5]"), "--simulate 2");
    assert_eq!(finite["optimum"]["kind"], "finite");
    assert!(number(&finite, "/contributions/0/accuracy_without") > number(&finite, "/accuracy"));
    assert_eq!(finite["contributions"][0]["hurts"], true);
    // A source that knows which features are quiet, beside labels that a large ridge keeps from learning it: 30 copies of two.
    let copies = |x: f64, y: f64| format!("{:?}", [x, y].repeat(30));
    let share = 30f64.sqrt().recip();
    let text = format!(
        "target-samples = 210\ntarget-ridge = 8.8\nmean = {}\ncovariance = {{ eigenvalues = {} }}\n\
         [[sources]]\nweights = {}\n",
        copies(-1.2 * share, 0.9 * share),
        copies(0.1, 2.2),
        copies(-0.6 * share, 0.3 * share)
    );
    let infinite = answer_to(&text, "--simulate 100");
    for statistic in infinite["simulation"]["statistics"].as_array().unwrap() {
        assert!(statistic["z"].as_f64().is_none_or(|z| z.abs() < 4.0), "{statistic:#}");
    }
    assert_eq!(infinite["optimum"]["kind"], "infinite", "{infinite:#}");
    assert_eq!(number(&infinite, "/optimum/target"), 0.0);
    for key in ["weights", "mean", "variance"] {
        assert!(infinite[key].is_null(), "{infinite:#}");
    }
    assert!(infinite["contributions"][0]["accuracy_without"].is_null());
}

#[test]
fn a_table_says_what_json_says() {
    let path = examples().join("spectrum.toml");
    let text = String::from_utf8(law(&path, "--simulate 20").stdout).unwrap();
    let answer = answer(&path, "");
    for (label, pointer) in [
        ("accuracy   ", "/accuracy"),
        ("error rate", "/error_rate"),
        ("accuracy at weights 0 (target alone)", "/accuracy_at_0"),
        ("accuracy at the best weights", "/accuracy_at_optimum"),
        ("accuracy of source 2 as it is", "/sources/1/accuracy"),
        ("accuracy without source 2 (it hurts)", "/contributions/1/accuracy_without"),
    ] {
        let line = text.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("no {label} in {text}"));
        assert!(line.contains(&format!(" {:.6}", number(&answer, pointer))), "{line}");
    }
    assert!(text.contains("exact"), "{text}");
}

#[test]
fn a_problem_may_come_through_a_pipe_and_have_no_source() {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_alpha-rmt"))
        .args(["law", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let problem =
        "target-samples = 40\ntarget-ridge = 1\nmean = [1.0, 0.5, 0.0]\ncovariance = 'identity'\nweights = []\n";
    child.stdin.take().unwrap().write_all(problem.as_bytes()).unwrap();
    let answer: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!((&answer["optimum"]["kind"], &answer["sources"]), (&"finite".into(), &Value::Array(vec![])));
    assert_close("alone", number(&answer, "/accuracy"), number(&answer, "/accuracy_at_0"), 0.0);
}

#[test]
fn runs_are_the_same_for_a_seed() {
    let path = examples().join("mixed.toml");
    let of = |options: &str| answer(&path, options)["simulation"]["statistics"].clone();
    assert_eq!(of("--simulate 3 --seed 5"), of("--simulate 3 --seed 5"));
    assert_ne!(of("--simulate 3 --seed 5"), of("--simulate 3 --seed 6"));
}
