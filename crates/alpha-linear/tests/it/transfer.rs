//! `alpha-linear transfer`.

use std::path::Path;
use std::process::Output;

use alpha_linear::mixture::SyntheticConfig;
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::ridge::Ridge;
use alpha_rmt::training::Training;
use serde_json::Value;

fn run(folder: &Path, arguments: &str) -> Output {
    crate::run(folder, arguments)
}

fn json(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn accuracy(outcome: &Value, choice: &str) -> f64 {
    let choices = outcome["choices"].as_array().unwrap();
    choices.iter().find(|m| m["choice"] == choice).unwrap()["accuracy"].as_f64().unwrap()
}

#[test]
fn without_files_there_are_digits() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = json(folder.path(), "transfer --labels 40 --splits 10 --json --out numbers.csv");
    let [outcome] = outcomes.as_array().unwrap().as_slice() else { panic!("{outcomes}") };
    assert_eq!((outcome["source"].as_str(), outcome["target"].as_str()), (Some("digits 6/8"), Some("digits 5/9")));
    assert!(accuracy(outcome, "one") > 0.97 && accuracy(outcome, "joint") > 0.95);
    assert!((0.7..0.85).contains(&accuracy(outcome, "source-only")));
    let numbers = std::fs::read_to_string(folder.path().join("numbers.csv")).unwrap();
    assert_eq!(numbers.lines().count(), 12, "{numbers}");
    let header = "source,target,n,choice,sees_the_test,alpha,accuracy,standard_error,predicted,alpha_infinite,source_ridge,target_ridge";
    assert_eq!(numbers.lines().next(), Some(header));
    let screen = String::from_utf8(run(folder.path(), "transfer --labels 40 --splits 2 --unseen").stdout).unwrap();
    assert!(screen.contains("joint, oracle †") && !screen.contains("best α"), "{screen}");
}

/// Against the law of the mixture that was asked for, in its own units, with the source that was drawn.
#[test]
fn a_mixture_has_the_spectrum_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let fixed =
        "transfer --synthetic --dimension 80 --source-samples 400 --target-rows 3000 --labels 60 --splits 40 --json";
    for (spectrum, alignment) in [("identity", 0.8), ("power:1", 0.5), ("0.2,5", -0.6)] {
        let outcomes = json(folder.path(), &format!("{fixed} --target-spectrum {spectrum} --alignment {alignment}"));
        let config = SyntheticConfig {
            dimension: 80,
            source_samples: 400,
            target_rows: 3000,
            alignment,
            target_spectrum: spectrum.parse().unwrap(),
            ..SyntheticConfig::default()
        };
        let (source, target) = (config.draw().unwrap().0, config.mixtures().unwrap().1);
        let frozen = Ridge::new(source.features, 1.0).unwrap().classifier(&source.labels).unwrap();
        let given = SpectralSource::given(frozen.as_slice().to_vec());
        let target = SpectralTarget::new(target.eigenvalues, target.mean.as_slice().to_vec(), vec![given]).unwrap();
        let law = target.law(Training { samples: 60.0, ridge: 1.0 }).unwrap();
        let at = |alpha: f64| law.at(&[alpha]).unwrap().accuracy();
        let source_only = target.source_accuracy(0).unwrap();
        let choices = outcomes[0]["choices"].as_array().unwrap();
        for (choice, expected) in [("source-only", source_only), ("zero", at(0.0)), ("one", at(1.0))] {
            let found = choices.iter().find(|m| m["choice"] == choice).unwrap();
            // Beside the splits' error that of 3000 rows.
            let error = found["standard_error"].as_f64().unwrap().hypot((0.25_f64 / 3000.0).sqrt());
            for number in ["accuracy", "predicted"] {
                let z = (found[number].as_f64().unwrap() - expected) / error;
                assert!(z.abs() < 3.0, "{spectrum}, {choice}, {number}: {found} against {expected}, z = {z}");
            }
        }
    }
}

#[test]
fn files_are_a_transfer_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = |shift: usize| -> String {
        let row = |i: usize| {
            let label = i % 2;
            let noise = |k: usize| ((i * (37 + k) + shift) % 101) as f64 / 25.0 - 2.0;
            format!("{},{},{label}\n", label as f64 * 1.5 + noise(0), noise(7))
        };
        format!("x,z,label\n{}", (0..120).map(row).collect::<String>())
    };
    std::fs::write(folder.path().join("s.csv"), text(0)).unwrap();
    std::fs::write(folder.path().join("t.csv"), text(13)).unwrap();
    std::fs::write(
        folder.path().join("constant.csv"),
        text(5)
            .lines()
            .enumerate()
            .map(|(i, line)| {
                let (x, label) = (line.split(',').next().unwrap(), line.rsplit(',').next().unwrap());
                format!("{x},{},{label}\n", if i == 0 { "z" } else { "4" })
            })
            .collect::<String>(),
    )
    .unwrap();
    std::fs::write(folder.path().join("words.csv"), text(2).replace(",0\n", ",no\n").replace(",1\n", ",yes\n"))
        .unwrap();
    let output = run(folder.path(), "transfer --source words.csv --target t.csv --labels 10 --splits 2");
    let message = String::from_utf8(output.stderr).unwrap();
    let refused =
        "words.csv: its classes are 'no' and 'yes', those of t.csv are '0' and '1': say in which order with --positive";
    assert!(!output.status.success() && message.contains(refused), "{message}");
    let named = "transfer --source words.csv --target t.csv --labels 10 --splits 2 --positive yes,1 --json";
    assert!(accuracy(&json(folder.path(), named)[0], "source-only") > 0.6);
    std::fs::write(folder.path().join("flat.csv"), "x,label\n0.3,0\n0.30000000000000004,1\n").unwrap();
    let left_out = json(folder.path(), "transfer --source s.csv --target constant.csv --labels 10 --splits 2 --json");
    let expected = serde_json::json!([{"name": "z", "reason": "one value in every row of the target"}]);
    assert_eq!(left_out[0]["left_out"], expected);
    let screen = run(folder.path(), "transfer --source s.csv --target constant.csv --labels 10 --splits 2").stdout;
    let screen = String::from_utf8(screen).unwrap();
    assert!(
        screen.contains("rows of each: source 60 and 60, target 60 and 60.") && screen.contains(": 'z'."),
        "{screen}"
    );
    let dropped = "transfer --source constant.csv --target t.csv --labels 10 --splits 2 --drop-constant --json";
    assert!(accuracy(&json(folder.path(), dropped)[0], "zero") > 0.6);
    let outcomes = json(folder.path(), "transfer --source s.csv --target t.csv --labels 10,30 --splits 5 --json");
    assert_eq!(outcomes.as_array().unwrap().len(), 2);
    assert!(accuracy(&outcomes[1], "source-only") > 0.6);
    for (arguments, code, word) in [
        ("--source s.csv --target t.csv --labels 120", 2, "target-samples is 120, but must be at most 119"),
        ("--source s.csv --target none.csv", 1, "none.csv"),
        ("--labels 1", 2, "target-samples is 1,"),
        ("--splits 0", 2, "splits is 0"),
        ("--target-ridge 0", 2, "target-ridge is 0"),
        ("--digits 1/2", 2, "digits is '1/2'"),
        ("--amazon books:books", 2, "amazon is 'books:books'"),
        ("--amazon books:dvd", 1, "amazon/books.mat is missing"),
        ("--synthetic --target-spectrum flat", 2, "spectrum is 'flat'"),
        ("--synthetic --target-spectrum power:-1", 2, "spectrum is 'power:-1'"),
        ("--synthetic --target-spectrum 1,0", 2, "spectrum is '1,0'"),
        ("--synthetic --alignment 2", 2, "alignment is 2"),
        ("--synthetic --dimension 1000000000", 2, "dimension is 1000000000"),
        ("--synthetic --dimension 18446744073709551615", 2, "GB"),
        ("--synthetic --target-rows 1000000000000", 2, "target-rows is 1000000000000"),
        ("--synthetic --source-samples 1000000000000", 2, "source-samples is 1000000000000"),
        ("--synthetic --source-norm NaN", 2, "source-norm is NaN"),
        ("--synthetic --dimension 0", 2, "dimension is 0"),
        ("--target-ridge -1", 2, "target-ridge is -1"),
        ("--source flat.csv --target flat.csv", 1, "flat.csv: every feature has the same value in every row"),
        ("--source s.csv --target t.csv --datasets .", 2, "cannot be used with"),
        ("--datasets .", 2, "--amazon"),
        ("--digits 6/8:5/9 --dimension 5", 2, "cannot be used with"),
        ("--digits 6/8:5/9 --label y", 2, "label is 'y'"),
        ("--label y", 2, "--source"),
        ("--dimension 5", 2, "--synthetic"),
        ("--source s.csv", 2, "--target"),
        ("--synthetic --digits 6/8:5/9", 2, "cannot be used with"),
    ] {
        let output = run(folder.path(), &format!("transfer {arguments} --out out.csv"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
        assert!(message.contains(word), "{arguments}: {message}");
        assert!(!folder.path().join("out.csv").exists(), "{arguments}");
    }
}

/// On the second digits the covariance law often wants nothing but the source: α is infinite, and its mean means nothing.
#[test]
fn an_infinite_alpha_is_counted_and_not_averaged() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "transfer --digits 6/8:5/9 --labels 4 --splits 11 --json";
    let outcomes = json(folder.path(), arguments);
    let choices = outcomes[0]["choices"].as_array().unwrap();
    let infinite = |m: &Value| m["alpha_infinite"].as_u64().unwrap();
    let found: Vec<&Value> = choices.iter().filter(|m| (1..5).contains(&infinite(m))).collect();
    assert!(!found.is_empty(), "{choices:?}");
    for m in &found {
        assert!(m["alpha"].as_f64().unwrap().abs() < 1000.0, "{m}");
    }
    let screen = String::from_utf8(run(folder.path(), &arguments.replace(" --json", "")).stdout).unwrap();
    assert!(screen.contains(&format!("(±∞ in {} of 11)", infinite(found[0]))), "{screen}");
    let ridges = |choice: &str| {
        let m = choices.iter().find(|m| m["choice"] == choice).unwrap();
        (m["source_ridge"].as_f64(), m["target_ridge"].as_f64())
    };
    assert_eq!(
        (ridges("source-only"), ridges("zero"), ridges("one")),
        ((Some(1.0), None), (None, Some(1.0)), (Some(1.0), Some(1.0)))
    );
    assert!(
        [1.0, 10.0, 100.0].map(|r| r * 55.0 / 64.0).iter().any(|r| (r - ridges("joint").1.unwrap()).abs() < 1e-9),
        "{:?}",
        ridges("joint")
    );
}
