//! The command line as a user runs it.

use std::process::{Command, Output, Stdio};

use crate::assert_close;

fn alpha_rmt(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alpha-rmt")).args(arguments.split_whitespace()).output().unwrap()
}

const SETTING: &str = "--source-samples 5000 --target-samples 200 --dimension 400 --source-norm 1.5 --orthogonal-norm 1 \
                       --alignment 0.8 --source-ridge 1 --target-ridge 1";

#[test]
fn point_prints_json() {
    let output = alpha_rmt(&format!("point {SETTING} --json"));
    assert!(output.status.success());
    let point: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let get = |key: &str| point[key].as_f64().unwrap_or_else(|| panic!("no {key} in {point}"));
    assert_close("alpha_star", get("alpha_star"), 1.8384115479, 5e-11);
    assert_close("accuracy_at_0", get("accuracy_at_0"), 0.79966976, 1e-8);
    assert_close("accuracy_at_1", get("accuracy_at_1"), 0.85591226, 1e-8);
    assert_close("accuracy_at_alpha_star", get("accuracy_at_alpha_star"), 0.86279183, 1e-8);
    assert_close("accuracy", get("accuracy"), get("accuracy_at_alpha_star"), 0.0);
    assert_close("q + m²", get("second_moment"), get("variance") + get("mean").powi(2), 1e-15);
    assert!(get("alpha_worst") < 0.0 && get("accuracy_source_only") > 0.8);
    for other in ["0", "1", "source_only"] {
        let gain = get("accuracy_at_alpha_star")
            - get(&format!("accuracy_{}{other}", if other.len() == 1 { "at_" } else { "" }));
        assert_close("gain", get(&format!("gain_over_{other}")), gain, 1e-13);
    }
    for place in ["", "_at_0", "_at_1", "_at_alpha_star", "_source_only"] {
        let [accuracy, separation, error] =
            ["accuracy", "separation", "error_rate"].map(|name| get(&format!("{name}{place}")));
        assert_close("Φ(m/√q)", accuracy, alpha_rmt::normal_cdf(separation), 0.0);
        assert_close("Φ(−m/√q)", error, alpha_rmt::normal_cdf(-separation), 0.0);
    }
}

#[test]
fn point_prints_a_table() {
    let output = alpha_rmt(&format!("point {SETTING} --alpha 1"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1.838412"), "{text}");
    assert!(
        text.contains("at α = 1 (usual fine-tuning)                0.855912      1.062133    1.44088e-1"),
        "{text}"
    );
    assert!(text.contains("chance scale ᾱ (accuracy 1/2)"), "{text}");
}

#[test]
fn an_accuracy_of_1_has_an_error_rate() {
    let setting = "--source-samples 1e8 --target-samples 1e4 --dimension 10 --source-norm 12 --orthogonal-norm 12 \
                   --alignment 0.9 --source-ridge 1 --target-ridge 1";
    let text = String::from_utf8(alpha_rmt(&format!("point {setting}")).stdout).unwrap();
    let row = text.lines().find(|line| line.starts_with("at α = α*")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[cells.len() - 3], "1.000000", "{text}");
    let error: f64 = cells[cells.len() - 1].parse().unwrap();
    assert!(error > 0.0 && error < 1e-20, "{text}");
}

#[test]
fn point_says_each_thing_once() {
    let lines = |arguments: &str| {
        let text = String::from_utf8(alpha_rmt(&format!("point {SETTING} {arguments}")).stdout).unwrap();
        let labels = text.lines().map(|line| line.chars().take(38).collect::<String>().trim().to_owned());
        labels.collect::<Vec<_>>()
    };
    for (arguments, own) in [("", 0), ("--alpha 1", 0), ("--alpha 0", 0), ("--alpha -0.5", 1)] {
        let labels = lines(arguments);
        let mut once = labels.clone();
        once.dedup();
        once.sort();
        once.dedup();
        assert_eq!((labels.len(), once.len()), (13 + own, 13 + own), "{arguments}: {labels:?}");
    }
    assert!(lines("--alpha -0.5").contains(&"at α = -0.5".to_owned()));
}

#[test]
fn options_go_over_a_file_over_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    // Both spellings of a key.
    std::fs::write(&file, "target-ridge = 0.3\nsource_ridge = 0.7\nform = 'published'\n").unwrap();
    let figure1 = "--source-samples 5000 --target-samples 40 --dimension 1000 --source-norm 0.8 --orthogonal-norm 0.8";
    let text = |arguments: String| {
        let output = alpha_rmt(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let written =
        text(format!("point {figure1} --alignment 0.9 --source-ridge 0.7 --target-ridge 0.3 --form published --json"));
    let taken = text(format!("point --example figure1 --setting {} --alignment 0.9 --json", file.display()));
    assert_eq!(taken, written);
    assert_ne!(text("point --example figure1 --json".to_owned()), written);
    let swept =
        text(format!("sweep --example figure1 --vary alignment=0.9:0.9:1 --setting {} --out -", file.display()));
    let cell = |name: &str| {
        let column = swept.lines().next().unwrap().split(',').position(|column| column == name).unwrap();
        swept.lines().nth(1).unwrap().split(',').nth(column).unwrap()
    };
    assert_eq!([cell("source-ridge"), cell("target-ridge"), cell("form")], ["0.7", "0.3", "published"]);
    let point: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_close("alpha_star", cell("alpha_star").parse().unwrap(), point["alpha_star"].as_f64().unwrap(), 1e-14);
    // The theory knows no seed, so the same column whatever is drawn.
    text(format!("simulate --example figure1 --setting {} --runs 2 --method compressed", file.display()));

    std::fs::write(&file, "target-rigde = 0.3\n").unwrap();
    for (arguments, words) in [
        (format!("point --setting {}", file.display()), vec!["own.toml", "did you mean 'target-ridge'?"]),
        ("point --example figure7".to_owned(), vec!["figure1, figure2, erratum"]),
        ("point --example fig1".to_owned(), vec!["'figure1'"]),
    ] {
        let output = alpha_rmt(&arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        words.iter().for_each(|word| assert!(message.contains(word), "no {word} in {message}"));
    }
}

/// A copy of what the figures are drawn at, which the crate carries with it.
#[test]
fn examples_are_the_experiments() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: std::path::PathBuf| -> toml::Table { std::fs::read_to_string(path).unwrap().parse().unwrap() };
    for (name, place) in [
        ("figure1", "setting"),
        ("figure2", "ridge"),
        ("erratum", "setting"),
        ("phase", "alignment"),
        ("convergence", "setting"),
    ] {
        let experiment = read(root.join(format!("../../experiments/{name}.toml")));
        let mut wanted = experiment[place].as_table().unwrap().clone();
        if let Some(inner) = wanted.get("setting") {
            wanted = inner.as_table().unwrap().clone();
        }
        wanted.extend(experiment.get("alpha").map(|alpha| ("alpha".to_owned(), alpha.clone())));
        let ours = read(root.join(format!("settings/{name}.toml")));
        let number = |value: &toml::Value| value.as_float().or(value.as_integer().map(|n| n as f64)).unwrap();
        let numbers = |table: &toml::Table| table.iter().map(|(k, v)| (k.clone(), number(v))).collect::<Vec<_>>();
        assert_eq!(numbers(&ours), numbers(&wanted), "{name}");
    }
}

#[test]
fn sweep_writes_to_standard_output() {
    let output = alpha_rmt(&format!("sweep --vary alpha=0:1:2 {SETTING} --out -"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.starts_with("alpha,source-samples,target-samples,"), "{text}");
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn undefined_values_are_null() {
    let row = "--source-samples 1200 --target-samples 400 --dimension 800 --source-norm 1.5 --orthogonal-norm 1 \
               --alignment 0.8 --source-ridge 0.05 --target-ridge 0.5 --form published --json";
    let output = alpha_rmt(&format!("point {row}"));
    let point: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(point["accuracy_at_alpha_star"].is_null());
    assert!(point["accuracy_at_0"].is_number());
}

#[test]
fn sweep_writes_the_grid() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("grid.csv");
    let fixed =
        "--source-samples 5000 --dimension 400 --source-norm 1.5 --orthogonal-norm 1 --source-ridge 1 --target-ridge 1";
    let output = alpha_rmt(&format!(
        "sweep --vary alignment=-0.8:0.8:3 --vary aspect-ratio=0.5:2:2 {fixed} --out {}",
        out.display()
    ));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..2], ["alignment", "aspect-ratio"]);
    // The other columns are the keys of `point` in their order.
    let point = String::from_utf8(alpha_rmt(&format!("point {SETTING} --json")).stdout).unwrap();
    let keys: Vec<&str> = point.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
    let fixed =
        ["source-samples", "dimension", "source-norm", "orthogonal-norm", "source-ridge", "target-ridge", "form"];
    assert_eq!(header[2..9], fixed);
    assert_eq!(header[9..], keys);
    let rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    let coordinates: Vec<[&str; 2]> = rows.iter().map(|r| [r[0].as_str(), r[1].as_str()]).collect();
    assert_eq!(
        coordinates,
        [["-0.8", "0.5"], ["-0.8", "2.0"], ["0.0", "0.5"], ["0.0", "2.0"], ["0.8", "0.5"], ["0.8", "2.0"]]
    );
    assert!(rows.iter().all(|row| row[2..9] == ["5000.0", "400.0", "1.5", "1.0", "1.0", "1.0", "correct"]));
    // β = 0 has no chance scale; β = 0.8, c = 2 is the setting of `point_prints_json`.
    assert_eq!(rows[2][10], "");
    assert_close("alpha_star", rows[5][9].parse().unwrap(), 1.8384115479, 5e-11);
    // Each row is what `point` says, to the bit but for the last digits.
    let point: serde_json::Value =
        serde_json::from_slice(&alpha_rmt(&format!("point {SETTING} --json")).stdout).unwrap();
    for (key, cell) in keys.iter().zip(&rows[5][9..]) {
        assert_close(key, cell.parse().unwrap(), point[*key].as_f64().unwrap(), 1e-12);
    }
}

#[test]
fn a_fixed_alpha_and_the_form_are_columns() {
    let rest = SETTING.replace("--target-ridge 1", "");
    let sweep = |arguments: &str| {
        let output = alpha_rmt(&format!("sweep --vary target-ridge=1:2:2 {rest} {arguments} --out -"));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = sweep("--alpha -0.5 --form published");
    let expected = "target-ridge,source-samples,target-samples,dimension,source-norm,orthogonal-norm,alignment,source-ridge,\
                    alpha,form,alpha_star,";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.lines().nth(2).unwrap().starts_with("2.0,5000.0,200.0,400.0,1.5,1.0,0.8,1.0,-0.5,published,"),
        "{text}"
    );
    assert!(!sweep("").contains(",alpha,"));
}

#[test]
fn one_point_that_overflows_leaves_the_others_in_place() {
    let rest = SETTING.replace("--source-norm 1.5", "");
    for (axis, overflowing, said) in [
        ("source-norm=1:1e300:3:log", 1, "1 of 3 points have empty cells, the first at source-norm = 1e300: "),
        ("source-norm=1e180:1e200:2:log", 2, "2 of 2 points"),
        ("source-norm=1:2:2", 0, ""),
    ] {
        let output = alpha_rmt(&format!("sweep --vary {axis} {rest} --out -"));
        let note = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && note.contains(said), "{note}");
        assert!(overflowing > 0 || note.is_empty(), "{note}");
        assert!(overflowing == 0 || note.contains("overflows or underflows"), "{note}");
        let text = String::from_utf8(output.stdout).unwrap();
        let empty = text.lines().filter(|line| line.ends_with(&",".repeat(23))).count();
        assert_eq!(empty, overflowing, "{text}");
        assert!(text.lines().all(|line| line.split(',').count() == 32), "{text}");
    }
}

#[test]
fn sweep_over_alpha_meets_its_own_optimum() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("alpha.csv");
    let output = alpha_rmt(&format!("sweep --vary alpha=-10:10:2001 {SETTING} --out {}", out.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let best = csv::Reader::from_path(&out)
        .unwrap()
        .deserialize()
        .map(|row| row.unwrap())
        .map(|row: std::collections::HashMap<String, String>| {
            ["accuracy", "alpha"].map(|column| row[column].parse::<f64>().unwrap())
        })
        .max_by(|a, b| a[0].total_cmp(&b[0]))
        .unwrap();
    assert!((best[1] - 1.8384).abs() <= 0.01, "best α of the grid: {}", best[1]);
}

#[test]
fn wrong_usage_is_told_and_leaves_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("kept.csv");
    std::fs::write(&out, "precious").unwrap();
    let sweep = |rest: &str| alpha_rmt(&format!("sweep {rest} --out {}", out.display()));
    for (output, code, words) in [
        (
            alpha_rmt(
                &SETTING
                    .replace("--alignment 0.8", "--alignment 1.5")
                    .replace("--source-samples", "point --source-samples"),
            ),
            2,
            vec!["alignment is 1.5", "between -1 and 1"],
        ),
        (alpha_rmt(&format!("point {SETTING} --alpha NaN")), 2, vec!["alpha is NaN", "finite"]),
        (alpha_rmt(&format!("point {SETTING} --form printed")), 2, vec!["correct or published"]),
        (sweep(&format!("--vary alpha=0:1:9000000000000000000 {SETTING}")), 2, vec!["count is 9", "between 1 and 1e8"]),
        (sweep(&format!("--vary alpha=0:1:1 {SETTING}")), 2, vec!["count is 1", "at least 2"]),
        (alpha_rmt("point --dimension 3"), 2, vec!["missing --source-samples", "--target-ridge"]),
        (alpha_rmt("point --beta 3"), 2, vec!["--beta"]),
        (sweep(&format!("--vary beta=0:1:3 {SETTING}")), 2, vec!["beta", "alignment"]),
        (sweep(&format!("--vary alignment=0:2:5 {SETTING}")), 2, vec!["alignment is 1.5", "between -1 and 1"]),
        (
            alpha_rmt(&format!(
                "sweep --vary alignment=0:1:5 {SETTING} --out {}/kept.csv/x.csv",
                folder.path().display()
            )),
            1,
            vec!["cannot write", "kept.csv/x.csv"],
        ),
    ] {
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{message}");
        for word in words {
            assert!(message.contains(word), "no '{word}' in: {message}");
        }
    }
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file was left behind");
}

#[test]
fn simulate_sets_the_theory_beside_its_runs() {
    let run = |arguments: &str| {
        let output = alpha_rmt(&format!("simulate {SETTING} --json {arguments}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["statistics"].as_array().unwrap().clone()
    };
    let names = [
        "source_alignment",
        "source_norm_squared",
        "mean",
        "variance",
        "second_moment",
        "accuracy",
        "accuracy_at_0",
        "accuracy_at_1",
        "accuracy_at_alpha_star",
        "accuracy_source_only",
    ];
    for arguments in ["--runs 400 --seed 3", "--runs 12 --seed 3 --method dense", "--runs 400 --seed 5 --alpha -1"] {
        let statistics = run(arguments);
        assert_eq!(statistics.iter().map(|s| s["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
        for statistic in &statistics {
            let get = |key: &str| statistic[key].as_f64().unwrap();
            assert!(get("z").abs() < crate::simulation::LIMIT, "{arguments}: {statistic}");
            assert_close("z", get("z"), (get("mean") - get("theory")) / get("standard_error"), 1e-12);
            // Twice the deviation of a run over √400.
            let runs: f64 = if arguments.contains("dense") { 12.0 } else { 400.0 };
            assert_close("bias", get("bias"), 0.1 * runs.sqrt() * get("standard_error"), 1e-12);
        }
    }
    assert_eq!(run("--runs 40 --seed 3"), run("--runs 40 --seed 3"));
    assert_ne!(run("--runs 40 --seed 3"), run("--runs 40 --seed 4"));
    // The published form misses ‖w̃‖² by far.
    let published = run("--runs 400 --seed 3 --form published");
    assert!(published[1]["z"].as_f64().unwrap().abs() > 20.0, "{}", published[1]);
}

#[test]
fn a_z_score_that_is_the_finite_size_bias_is_called_so() {
    let run = |arguments: &str| {
        let output = alpha_rmt(&format!("simulate {arguments}"));
        String::from_utf8(output.stdout).unwrap()
    };
    // Two features: the theory, exact as p grows, is off by half of what the accuracy is below its supremum, or 3e-11.
    let two = "--source-samples 1e10 --target-samples 1e10 --dimension 2 --source-norm 1 --orthogonal-norm 1.5 --alignment 0.3 \
               --source-ridge 1 --target-ridge 1 --runs 400 --seed 1";
    let text = run(two);
    let note = text.lines().last().unwrap();
    assert!(note.starts_with("z beyond 3 that the finite-size bias") && note.contains("accuracy_at_0"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&run(&format!("{two} --json"))).unwrap();
    let at_0 = json["statistics"].as_array().unwrap().iter().find(|s| s["name"] == "accuracy_at_0").unwrap();
    assert!(at_0["z"].as_f64().unwrap() > 8.0 && at_0["bias"].as_f64().unwrap() < 1e-9, "{at_0}");
    // What is noise is not, and what is a wrong formula is not either.
    assert!(!run(&format!("{SETTING} --runs 100 --seed 3")).contains("z beyond 3"));
    let published = run(&format!("{SETTING} --runs 400 --seed 3 --form published"));
    let said = published.lines().find(|line| line.starts_with("z beyond 3")).unwrap_or("");
    assert!(!said.contains("source_norm_squared"), "{published}");
}

#[test]
fn simulate_refuses_what_it_cannot_do() {
    for (arguments, word) in [
        ("--runs 1", "runs is 1"),
        ("--method quantum", "expected dense or compressed"),
        ("--runs 10 --target-samples 20.5", "target-samples is 20.5"),
    ] {
        let setting =
            if arguments.contains("target") { SETTING.replace("--target-samples 200", "") } else { SETTING.to_owned() };
        let output = alpha_rmt(&format!("simulate {setting} {arguments}"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains(word), "{arguments}: {message}");
    }
}

#[test]
fn the_contract_of_all_programs_holds() {
    alpha_cli::contract::Contract {
        name: "alpha-rmt",
        path: env!("CARGO_BIN_EXE_alpha-rmt"),
        runs: &[
            "point --example figure1",
            "point --example figure2 --json",
            "simulate --example figure1 --runs 2",
            "simulate --example figure1 --runs 2 --json",
            "sweep --example figure1 --vary alpha=0:1:500 --out -",
            concat!("law ", env!("CARGO_MANIFEST_DIR"), "/../../examples/law/labels.toml"),
            concat!("classes ", env!("CARGO_MANIFEST_DIR"), "/../../examples/classes/three.toml"),
            concat!("law ", env!("CARGO_MANIFEST_DIR"), "/../../examples/law/mixed.toml --json --tune --simulate 2"),
        ],
        not_run: &[],
    }
    .check();
}

// It needs the option of GNU's env.
#[cfg(target_os = "linux")]
#[test]
fn signals_remove_the_temporary_file() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("grid.csv");
        // 10⁸ points: far from done when the first of them are there.
        let arguments = "sweep --example phase --vary alignment=0:1:1000 --vary aspect-ratio=0.01:10:100000:log --out";
        // What a job in the background inherits ignores SIGINT, and so would the program.
        let child = Command::new("env")
            .args(["--default-signal=INT,TERM", env!("CARGO_BIN_EXE_alpha-rmt")])
            .args(arguments.split_whitespace())
            .arg(&out)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = || {
            let files = std::fs::read_dir(folder.path()).unwrap();
            files.flatten().any(|file| file.metadata().is_ok_and(|file| file.len() > 0))
        };
        let start = std::time::Instant::now();
        while !begun() {
            assert!(start.elapsed().as_secs() < 120, "nothing is written");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains("alpha-rmt: note: 100000000 points will take about"), "{stderr}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a temporary file is left");
    }
}

#[test]
fn a_path_does_not_command_the_terminal() {
    let output = Command::new(env!("CARGO_BIN_EXE_alpha-rmt"))
        .args(["point", "--setting", "\u{1b}[2J\u{202e}.toml"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains(r"\x1b[2J\u{202e}.toml") && !said.contains(['\u{1b}', '\u{202e}']), "{said}");
}
