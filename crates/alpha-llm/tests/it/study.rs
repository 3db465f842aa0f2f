//! Studies: plans, whole ones by the binary, tables against their runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use alpha_llm::Error;
use alpha_llm::demo;
use alpha_llm::glue::Task;
use alpha_llm::model::EncoderConfig;
use alpha_llm::splits::SplitConfig;
use alpha_llm::study::{Estimate, Plan, StudyConfig, Variant, published};
use alpha_llm::training::{RunConfig, RunRecord};

use crate::runs::kill_at;

#[test]
fn the_papers_study_has_its_settings() {
    let plan = Plan::new(&StudyConfig { selection: 0.0, ..StudyConfig::default() }).unwrap();
    assert_eq!(plan.runs.len(), 36);
    let of = |name: &str| &plan.runs.iter().find(|run| run.name == name).unwrap().config;
    let rte = of("RTE-alpha-lora-123");
    assert_eq!((rte.epochs, rte.batches.batch, rte.alpha.batch, rte.alpha.every), (40, 64, 64, 20));
    assert_eq!(rte.split, SplitConfig::Paper { alpha: 0.2, selection: 0.0 });
    assert_eq!(of("RTE-alpha-lora-5").split, SplitConfig::Paper { alpha: 0.8, selection: 0.0 });
    assert_eq!(of("RTE-lora-5").split, SplitConfig::Paper { alpha: 0.0, selection: 0.0 });
    assert_eq!((of("QQP-alpha-lora-3").alpha.every, of("QQP-alpha-lora-123").alpha.every), (1, 20));
    assert_eq!(of("MNLI-lora-1").max_length, Some(512));
    // Before the next seed, both methods; before the next task, all seeds.
    let names: Vec<_> = plan.runs[..3].iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["MNLI-lora-1", "MNLI-alpha-lora-1", "MNLI-lora-5"]);
}

#[test]
fn methods_and_scales_are_what_they_say() {
    let study = StudyConfig {
        tasks: vec![Task::Rte],
        methods: Variant::ALL.into(),
        seeds: Some(vec![7]),
        epochs_scale: 0.11,
        lora_plus: 4.0,
        settings: toml::toml! { batches.batch = 8 },
        ..StudyConfig::default()
    };
    let plan = Plan::new(&study).unwrap();
    let of = |method| &plan.runs.iter().find(|run| run.method == method).unwrap().config;
    assert!(plan.runs.iter().all(|run| (run.config.epochs, run.config.batches.batch, run.config.seed) == (5, 8, 7)));
    let (alpha, selection) = of(Variant::AlphaLora).split.shares();
    assert_eq!((alpha, selection), (0.8, 0.05));
    assert!(of(Variant::LoraEqualCost).equal_cost && !of(Variant::Lora).equal_cost);
    assert!(of(Variant::JointAlpha).alpha.joint && of(Variant::JointAlpha).adapter.has_alpha());
    assert_eq!((of(Variant::LoraPlus).lora_plus, of(Variant::Lora).lora_plus), (Some(4.0), None));
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let refused = |study: StudyConfig, word: &str| {
        let error = Plan::new(&study).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    };
    let of = StudyConfig::default;
    refused(StudyConfig { tasks: vec![], ..of() }, "tasks");
    refused(StudyConfig { tasks: vec![Task::Rte, Task::Rte], ..of() }, "[RTE, RTE]");
    refused(StudyConfig { methods: vec![Variant::Lora; 2], ..of() }, "methods");
    refused(StudyConfig { seeds: Some(vec![]), ..of() }, "seeds");
    refused(StudyConfig { seeds: Some(vec![3, 3]), ..of() }, "seeds is [3, 3]");
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(StudyConfig { epochs_scale: scale, ..of() }, "epochs-scale");
    }
    for selection in [1.0, -0.1, f64::NAN] {
        refused(StudyConfig { selection, ..of() }, "selection");
    }
    refused(StudyConfig { experiments: Some("nowhere".into()), ..of() }, "MNLI.toml");
    refused(StudyConfig { settings: toml::toml! { epoch = 3 }, ..of() }, "command line is not a valid configuration");
    for (settings, word) in [
        (toml::toml! { model = "m" }, "--set model is \"m\", but must be left to --model"),
        (toml::toml! { task = "RTE" }, "left to --tasks"),
        (toml::toml! { seed = 3 }, "left to --seeds"),
        (toml::toml! { adapter.method = "full" }, "left to --methods"),
        (toml::toml! { alpha.joint = true }, "left to --methods"),
        (toml::toml! { split.selection = 0.2 }, "left to --selection"),
    ] {
        refused(StudyConfig { settings, ..of() }, word);
    }
    let folder = tempfile::tempdir().unwrap();
    for (seeds, word) in [("", "RTE.toml is not set"), ("seeds = [3, 3]", "RTE.toml is [3, 3]"), ("seeds = 3", "is 3")]
    {
        std::fs::write(folder.path().join("RTE.toml"), format!("preset = 'paper'\n{seeds}\n")).unwrap();
        let experiments = Some(folder.path().to_owned());
        refused(StudyConfig { tasks: vec![Task::Rte], experiments: experiments.clone(), ..of() }, word);
    }
}

#[test]
fn a_plan_grows_but_loses_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let of = |seeds: &[u64]| {
        let study = StudyConfig { tasks: vec![Task::Rte], seeds: Some(seeds.into()), ..StudyConfig::default() };
        Plan::new(&study).unwrap()
    };
    of(&[1]).write(folder.path()).unwrap();
    of(&[2, 1]).write(folder.path()).unwrap();
    assert_eq!(Plan::read(folder.path()).unwrap(), of(&[2, 1]));
    let error = of(&[2]).write(folder.path()).unwrap_err();
    assert!(matches!(&error, Error::OtherPlan { run, .. } if run == "RTE-lora-1"), "{error}");
    assert_eq!(Plan::read(folder.path()).unwrap(), of(&[2, 1]));
    assert!(of(&[1]).run(0).is_err() && of(&[1]).run(3).is_err() && of(&[1]).run(2).is_ok());
}

#[test]
fn published_numbers() {
    assert_eq!(published("RTE", Variant::AlphaLora).unwrap(), Some((77.62, 0.59)));
    assert_eq!(published("SST-2", Variant::Lora).unwrap(), Some((94.00, 0.11)));
    assert_eq!(published("RTE", Variant::LoraPlus).unwrap(), None);
    for task in Task::ALL {
        for method in [Variant::Lora, Variant::AlphaLora] {
            assert!(published(task.name(), method).unwrap().is_some(), "{task}");
        }
    }
}

/// The demo's model, and its sentences as SST-2.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        demo::write(folder.path(), 1).unwrap();
        for (name, rows) in [("train", 400), ("dev", 150)] {
            let text = std::fs::read_to_string(folder.path().join(format!("demo/data/{name}.csv"))).unwrap();
            let lines = text.lines().skip(1).take(rows).map(|line| {
                let (sentence, label) = line.rsplit_once(',').unwrap();
                format!("{sentence}\t{}\n", u8::from(label == "praise"))
            });
            let tsv = "sentence\tlabel\n".to_owned() + &lines.collect::<String>();
            let place = folder.path().join(format!("datasets/glue/SST-2/{name}.tsv"));
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, tsv).unwrap();
        }
        Self { folder }
    }

    fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reproduce-table2"));
        command.args(["--out", out, "--datasets", "datasets"]).args(more);
        command.current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A study of four runs.
    fn study<'a>(more: &[&'a str]) -> Vec<&'a str> {
        Self::other_study("--model demo/model --seeds 1,3 --epochs-scale 0.2", more)
    }

    fn other_study<'a>(own: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let all = "--tasks SST-2 --lr 5e-3 --device cpu --threads 1 --selection 0.1 --set max_length=32 \
            --set batches.batch=16 --set alpha.batch=16 --set checkpoint_every=5";
        own.split_whitespace().chain(all.split_whitespace()).chain(more.iter().copied()).collect()
    }

    fn run(&self, out: &str, more: &[&str]) -> Output {
        self.command(out, more).output().unwrap()
    }

    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(path)).unwrap()
    }

    fn rows(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_path(self.folder.path().join(path)).unwrap().deserialize().map(Result::unwrap).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_study_in_pieces_is_the_study_in_one() {
    let place = Place::new();
    let whole = place.run("whole", &Place::study(&[]));
    assert!(whole.status.success(), "{}", text(&whole.stderr));

    let planned = place.run("pieces", &Place::study(&["--commands"]));
    let commands = text(&planned.stdout);
    assert_eq!(commands.lines().count(), 4);
    assert!(commands.lines().nth(2).unwrap().contains("/pieces' --run 3 --datasets '/"), "{commands}");
    assert!(planned.status.success() && !place.folder.path().join("pieces/runs").exists());
    // The last one first, killed twice on its way.
    let last = place.folder.path().join("pieces/runs/SST-2-alpha-lora-3");
    for bytes in [1, 400] {
        kill_at(&last, &mut place.command("pieces", &["--run", "4"]).spawn().unwrap(), bytes);
    }
    for number in ["4", "1"] {
        let done = place.run("pieces", &["--run", number]);
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    // As it was printed, from elsewhere.
    let line = commands.lines().nth(1).unwrap();
    let done = Command::new("bash").args(["-c", line]).current_dir("/").output().unwrap();
    assert!(done.status.success(), "{line}: {}", text(&done.stderr));
    let early = place.run("pieces", &["--collect"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(text(&early.stderr).contains("not complete: SST-2-lora-3"), "{}", text(&early.stderr));
    // What is there is in the table.
    assert_eq!(place.rows("pieces/table2.csv").iter().filter(|row| row["seeds"] == "1").count(), 3);

    let rest = place.run("pieces", &Place::study(&[]));
    assert!(rest.status.success(), "{}", text(&rest.stderr));
    assert!(text(&rest.stderr).contains("[4/4] SST-2-alpha-lora-3 is complete"), "{}", text(&rest.stderr));
    for file in ["table2.csv", "significance.csv", "plan.json", "runs/SST-2-alpha-lora-3/predictions.csv"] {
        assert_eq!(text(&place.read(&format!("pieces/{file}"))), text(&place.read(&format!("whole/{file}"))), "{file}");
    }
    tables_are_their_runs(&place, "whole");
    the_first_method_is_the_plans(&place, "whole");
    estimates_count_the_steps(&place, "whole");

    let other = Place::other_study("--model demo/model --seeds 1 --epochs-scale 0.2", &[]);
    let other = place.run("whole", &other);
    assert!(text(&other.stderr).contains("its run SST-2-lora-3 is not in this one"), "{}", text(&other.stderr));
    let config = place.folder.path().join("whole/runs/SST-2-lora-1/config.toml");
    let changed = std::fs::read_to_string(&config).unwrap().replace("epochs = 2", "epochs = 3");
    std::fs::write(&config, changed).unwrap();
    let refused = place.run("whole", &["--collect"]);
    assert!(text(&refused.stderr).contains("other settings than the plan"), "{}", text(&refused.stderr));
}

/// Means, deviations and discordant rows from the runs' files alone.
fn tables_are_their_runs(place: &Place, out: &str) {
    let runs: PathBuf = place.folder.path().join(out).join("runs");
    let record =
        |method: &str, seed: &str| RunRecord::read(&runs.join(format!("SST-2-{method}-{seed}/record.json"))).unwrap();
    let rows = place.rows(&format!("{out}/table2.csv"));
    assert_eq!(rows.len(), 6, "three readings of two methods");
    for row in &rows {
        let accuracy = |seed: &str| {
            let record = record(&row["method"], seed);
            let reading = record.readings.iter().find(|one| one.rule.name() == row["reading"]).unwrap();
            100.0 * reading.evaluations[0].scores.accuracy
        };
        let (a, b) = (accuracy("1"), accuracy("3"));
        assert_eq!(row["ours"], format!("{:.2}", (a + b) / 2.0));
        assert_eq!(row["ours_std"], format!("{:.2}", (a - b).abs() / 2.0));
        assert_eq!((row["seeds"].as_str(), row["rows"].as_str(), row["published"].as_str()), ("2", "150", ""));
    }
    let right = |method: &str, seed: &str, rule: &str| -> Vec<bool> {
        let rows = place.rows(&format!("{out}/runs/SST-2-{method}-{seed}/predictions.csv"));
        rows.iter().filter(|row| row["rule"] == rule).map(|row| row["label"] == row["prediction"]).collect()
    };
    let tests = place.rows(&format!("{out}/significance.csv"));
    assert_eq!(tests.len(), 9, "three readings of two seeds and of both");
    for test in &tests {
        let seeds = if test["seed"] == "all" { vec!["1", "3"] } else { vec![test["seed"].as_str()] };
        let (mut first, mut second, mut differences) = (0, 0, vec![0; 150]);
        for seed in &seeds {
            let [lora, alpha] = ["lora", "alpha-lora"].map(|method| right(method, seed, &test["reading"]));
            first += lora.iter().zip(&alpha).filter(|(a, b)| **a && !**b).count();
            second += lora.iter().zip(&alpha).filter(|(a, b)| **b && !**a).count();
            for (difference, (a, b)) in differences.iter_mut().zip(lora.into_iter().zip(alpha)) {
                *difference += i64::from(b) - i64::from(a);
            }
        }
        assert_eq!((&test["only_first"], &test["only_second"]), (&first.to_string(), &second.to_string()));
        assert_eq!(test["gap"], format!("{:+.2}", 100.0 * (second as f64 - first as f64) / (150 * seeds.len()) as f64));
        let (p, expected): (f64, _) = (test["p"].parse().unwrap(), flipped(&differences));
        // As many digits as are written.
        let digits = if expected < 1e-3 { 0.06 * expected } else { 0.000_501 };
        assert!((p - expected).abs() <= digits, "{test:?}: {expected}");
    }
}

/// P(|Σ ±d| ≥ |Σ d|) over fair signs: every sum with its weight.
fn flipped(differences: &[i64]) -> f64 {
    let mut law = BTreeMap::from([(0_i64, 1.0)]);
    for d in differences {
        let mut next = BTreeMap::new();
        for (sum, weight) in law {
            *next.entry(sum + d).or_insert(0.0) += weight / 2.0;
            *next.entry(sum - d).or_insert(0.0) += weight / 2.0;
        }
        law = next;
    }
    let observed = differences.iter().sum::<i64>().abs();
    law.into_iter().filter(|(sum, _)| sum.abs() >= observed).map(|(_, weight)| weight).sum()
}

/// Whatever is complete, the plan's first method is what the others stand beside.
fn the_first_method_is_the_plans(place: &Place, out: &str) {
    let record = place.folder.path().join(out).join("runs/SST-2-lora-1/record.json");
    let kept = record.with_extension("kept");
    std::fs::rename(&record, &kept).unwrap();
    let partial = place.run(out, &["--collect"]);
    assert_eq!(partial.status.code(), Some(1), "{}", text(&partial.stderr));
    let tests = place.rows(&format!("{out}/significance.csv"));
    assert_eq!(tests.len(), 6, "three readings of one seed, which is all of them too");
    assert!(tests.iter().all(|test| (test["first"].as_str(), test["second"].as_str()) == ("lora", "alpha-lora")));
    let methods: Vec<_> =
        place.rows(&format!("{out}/table2.csv")).into_iter().map(|row| row["method"].clone()).collect();
    assert_eq!(methods, ["lora", "alpha-lora"].repeat(3));
    std::fs::rename(&kept, &record).unwrap();
    let whole = place.run(out, &["--collect"]);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
}

/// `--dry-run` counts what a run then does.
fn estimates_count_the_steps(place: &Place, out: &str) {
    let out = place.folder.path().join(out);
    let encoder = EncoderConfig::read(&place.folder.path().join("demo/model/config.json")).unwrap();
    for run in Plan::read(&out).unwrap().runs {
        let record = RunRecord::read(&run.folder(&out).join("record.json")).unwrap();
        // The estimate takes the published file's rows unless told otherwise.
        let config = RunConfig { train_rows: Some(400), ..run.config };
        let estimate = Estimate::of(&config, &encoder).unwrap();
        assert_eq!((estimate.steps, estimate.alpha_steps), (record.steps, record.alpha_steps), "{}", run.name);
    }
}

#[test]
fn only_the_papers_model_stands_beside_published_numbers() {
    let place = Place::new();
    // The demo's model under the paper's name.
    std::fs::rename(place.folder.path().join("demo/model"), place.folder.path().join("roberta-base")).unwrap();
    let out = place.run("named", &Place::other_study("--model roberta-base --epochs-scale 0.1 --seeds 1", &[]));
    assert!(out.status.success(), "{}", text(&out.stderr));
    for row in place.rows("named/table2.csv") {
        let (published, std) = if row["method"] == "lora" { (94.0, "0.11") } else { (94.38, "0.01") };
        assert_eq!((row["published"].parse(), row["published_std"].as_str()), (Ok(published), std));
        let ours: f64 = row["ours"].parse().unwrap();
        let difference: f64 = row["difference"].parse().unwrap();
        assert!((difference - (ours - published)).abs() < 0.011, "{row:?}");
    }
    assert!(text(&place.read("named/table2.md")).contains("94.38 ± 0.01"));
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::new();
    let shown = place.run("nothing", &Place::study(&["--dry-run"]));
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let stdout = text(&shown.stdout);
    assert!(stdout.contains("SST-2-alpha-lora-3") && stdout.contains("Nothing was written"), "{stdout}");
    assert!(!Path::new(&place.folder.path().join("nothing")).exists());
    let missing = place.run("nothing", &["--run", "1"]);
    assert!(!missing.status.success() && text(&missing.stderr).contains("plan.json"), "{}", text(&missing.stderr));
}
