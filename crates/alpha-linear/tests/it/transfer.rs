//! `alpha-linear transfer`, and `recommend` without files.

use std::path::Path;
use std::process::{Command, Output};

use alpha_linear::mixture::{Spectrum, SyntheticConfig};
use serde_json::Value;

fn run(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alpha-linear"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_remove("ALPHA_DATASETS")
        .output()
        .unwrap()
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
    let screen = String::from_utf8(run(folder.path(), "transfer --labels 40 --splits 2 --unseen").stdout).unwrap();
    assert!(screen.contains("joint, oracle †") && !screen.contains("best α"), "{screen}");

    let answer = json(folder.path(), "recommend --json --apply out");
    assert!(answer["test_accuracy"].as_f64().unwrap() > 0.95, "{answer}");
    // The labels are clear about the ridge here, and it is not the large one.
    assert!(answer["target_ridge"].as_f64().unwrap() < 2.0, "{answer}");
    let predictions = std::fs::read_to_string(folder.path().join("out/predictions.csv")).unwrap();
    assert_eq!(predictions.lines().count(), 1 + 161);
    assert!(predictions.lines().skip(1).all(|line| ["5", "9"].contains(&line.split(',').nth(2).unwrap())));
}

#[test]
fn a_mixture_of_any_spectrum() {
    let folder = tempfile::tempdir().unwrap();
    let fixed =
        "transfer --synthetic --dimension 80 --source-samples 400 --target-rows 3000 --labels 60 --splits 20 --json";
    for (spectrum, alignment) in [("identity", 0.8), ("power:1", 0.5), ("1,5", -0.6)] {
        let outcomes = json(folder.path(), &format!("{fixed} --target-spectrum {spectrum} --alignment {alignment}"));
        let choices = outcomes[0]["choices"].as_array().unwrap();
        for choice in ["source-only", "zero", "one"] {
            let found = choices.iter().find(|m| m["choice"] == choice).unwrap();
            let gap = found["accuracy"].as_f64().unwrap() - found["predicted"].as_f64().unwrap();
            // Beside the splits' error that of 3000 test rows, and of the mean that the prediction takes from them.
            let error = found["standard_error"].as_f64().unwrap().hypot((0.25_f64 / 3000.0).sqrt());
            assert!(gap.abs() < 4.0 * error, "{spectrum}, {choice}: {found}");
        }
    }
    let values = Spectrum::Values(vec![1.0, 5.0]).eigenvalues(5);
    assert_eq!(values, [1.0, 1.0, 1.0, 5.0, 5.0]);
    let power = Spectrum::Power(1.0).eigenvalues(4);
    assert!((power.iter().sum::<f64>() - 4.0).abs() < 1e-14 && (power[0] / power[3] - 4.0).abs() < 1e-14);
    let (source, target) = SyntheticConfig { orthogonal_norm: 2.0, ..SyntheticConfig::default() }.mixtures().unwrap();
    let squared = target.mean.norm_squared();
    assert!((squared - (0.64 * 1.44 + 0.36 * 4.0)).abs() < 1e-12 && (source.mean.norm() - 1.2).abs() < 1e-12);
}

#[test]
fn drawn_samples_have_the_covariance_asked_for() {
    let config = SyntheticConfig {
        dimension: 6,
        target_rows: 20_000,
        target_spectrum: Spectrum::Values(vec![0.5, 2.0, 4.0]),
        ..SyntheticConfig::default()
    };
    let (mixture, samples) = (config.mixtures().unwrap().1, config.draw().unwrap().1);
    for i in 0..6 {
        let noise: Vec<f64> =
            (0..20_000).map(|j| samples.labels[j] * samples.features[(i, j)] - mixture.mean[i]).collect();
        let n = noise.len() as f64;
        let (mean, variance) = (noise.iter().sum::<f64>() / n, noise.iter().map(|x| x * x).sum::<f64>() / n);
        let expected = mixture.eigenvalues[i];
        assert!((mean / (expected / n).sqrt()).abs() < 4.0, "{i}: {mean}");
        assert!(((variance / expected - 1.0) / (2.0 / n).sqrt()).abs() < 4.0, "{i}: {variance} against {expected}");
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
    let outcomes = json(folder.path(), "transfer --source s.csv --target t.csv --labels 10,30 --splits 5 --json");
    assert_eq!(outcomes.as_array().unwrap().len(), 2);
    assert!(accuracy(&outcomes[1], "source-only") > 0.6);
    for (arguments, code, word) in [
        ("--source s.csv --target t.csv --labels 120", 1, "labels = 120 is not allowed: at most 119"),
        ("--source s.csv --target none.csv", 1, "none.csv"),
        ("--labels 1", 1, "labels = 1"),
        ("--splits 0", 1, "splits = 0"),
        ("--target-ridge 0", 1, "target-ridge = 0"),
        ("--digits 1/2", 1, "digits = '1/2'"),
        ("--amazon books:books", 1, "amazon = 'books:books'"),
        ("--amazon books:dvd", 1, "amazon/books.mat is missing"),
        ("--synthetic --target-spectrum flat", 1, "spectrum = 'flat'"),
        ("--synthetic --target-spectrum power:-1", 1, "spectrum = 'power:-1'"),
        ("--synthetic --target-spectrum 1,0", 1, "spectrum = '1,0'"),
        ("--synthetic --alignment 2", 1, "alignment = 2"),
        ("--synthetic --source-norm NaN", 1, "source-norm = NaN"),
        ("--synthetic --dimension 0", 1, "dimension = 0"),
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
