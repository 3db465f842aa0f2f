//! Whole runs of the demo by the binary: resumption to the byte, signals, refusals.

use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use alpha_llm::demo;
use alpha_llm::splits::SplitConfig;
use alpha_llm::training::{Preset, RunConfig};

use crate::{alpha_llm, output, stderr};

/// Short, with several evaluations, α passes and checkpoints.
const SHORT: [&str; 8] =
    ["--demo", "--out", "run", "--epochs", "4", "--set", "evaluate_every=30", "--set=checkpoint_every=7"];

fn train(folder: &Path, more: &[&str]) -> Output {
    output(folder, &[&["train"], &SHORT[..], more].concat())
}

/// The files that must not depend on interruptions.
fn results(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let files = ["metrics.jsonl", "predictions.csv", "adapter/alpha_lora.safetensors", "adapter/alpha_lora.json"];
    files.map(|file| (file, std::fs::read(folder.join("run").join(file)).unwrap())).into()
}

/// Waits until a file has a number of bytes, or the process ends.
fn wait_for(file: &Path, child: &mut Child, bytes: u64) {
    let deadline = Instant::now() + Duration::from_secs(300);
    while std::fs::metadata(file).map_or(0, |file| file.len()) < bytes && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the run does not go on");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Kills the process as soon as metrics.jsonl has a number of bytes, or lets it end.
pub fn kill_at(run: &Path, child: &mut Child, bytes: u64) {
    wait_for(&run.join("metrics.jsonl"), child, bytes);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    for more in
        [&["--method", "alpha-lora"][..], &["--method", "full", "--precision", "bf16", "--set", "evaluate_dev=true"]]
    {
        let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let done = train(whole.path(), more);
        assert!(done.status.success(), "{}", stderr(&done));
        let expected = results(whole.path());
        let size = expected[0].1.len() as u64;

        let args = [&["train"], &SHORT[..], more].concat();
        let mut child = alpha_llm(killed.path(), &args).spawn().unwrap();
        let mut unfinished = 0;
        for tenths in [1, 3, 4, 6, 9] {
            kill_at(&killed.path().join("run"), &mut child, size * tenths / 10);
            unfinished += usize::from(!killed.path().join("run/record.json").exists());
            child = alpha_llm(killed.path(), &["resume", "run"]).spawn().unwrap();
        }
        let done = child.wait_with_output().unwrap();
        assert!(unfinished >= 2, "killed {unfinished} times before the end");
        if unfinished == 5 {
            assert!(done.status.success(), "{}", stderr(&done));
        }
        for ((file, expected), (_, got)) in expected.iter().zip(results(killed.path())) {
            assert!(*expected == got, "{file} differs after {unfinished} kills");
        }
    }
}

#[cfg(unix)]
#[test]
fn sigterm_saves_and_resume_ends_it() {
    let (whole, stopped) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(train(whole.path(), &[]).status.success());
    let mut child = alpha_llm(stopped.path(), &[&["train"], &SHORT[..]].concat()).spawn().unwrap();
    wait_for(&stopped.path().join("run/checkpoint/state.safetensors"), &mut child, 1);
    // Twice at once, as a process gets it that Slurm and its own batch script tell to stop.
    for _ in 0..2 {
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
    let stopping = child.wait_with_output().unwrap();
    assert_eq!(stopping.status.code(), Some(1), "{}", stderr(&stopping));
    assert!(stderr(&stopping).contains("go on with: alpha-llm resume run"), "{}", stderr(&stopping));

    let resumed = alpha_llm(stopped.path(), &["resume", "run"]).output().unwrap();
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    assert!(results(whole.path()) == results(stopped.path()));

    // It is over now, and nothing overwrites it.
    let again = alpha_llm(stopped.path(), &["resume", "run"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is over"), "{}", stderr(&again));
    let again = train(stopped.path(), &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is not empty, and a run never overwrites another"), "{}", stderr(&again));

    // What it left is read back, with no training file.
    std::fs::remove_file(stopped.path().join("run/demo/data/train.csv")).unwrap();
    let scored = alpha_llm(stopped.path(), &["evaluate", "run", "--json"]).output().unwrap();
    assert!(scored.status.success(), "{}", stderr(&scored));
    let scored: serde_json::Value = serde_json::from_slice(&scored.stdout).unwrap();
    let shown = output(stopped.path(), &["evaluate", "run"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("accuracy (%)") && !shown.contains("F1"), "only MRPC and QQP report F1: {shown}");
    let record = std::fs::read(stopped.path().join("run/record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let reading = record["readings"].as_array().unwrap().iter().find(|r| r["rule"] == record["adapter"]).unwrap();
    assert_eq!(scored[0]["scores"], reading["evaluations"][0]["scores"]);
    assert_eq!(record["resumed"], 1);
    let (trainable, alpha) = (&record["parameters"]["trainable"], &record["parameters"]["alpha"]);
    // Two layers, query and value of width 64: α; A and B of rank 16; the head's two rows and biases.
    assert_eq!((trainable.as_u64(), alpha.as_u64()), (Some(256 + 4 * 2 * 16 * 64 + 2 * 64 + 2), Some(256)));
}

#[cfg(unix)]
#[test]
fn two_processes_never_share_a_run() {
    let (whole, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(train(whole.path(), &[]).status.success());
    let mut first = alpha_llm(shared.path(), &[&["train"], &SHORT[..]].concat()).spawn().unwrap();
    wait_for(&shared.path().join("run/checkpoint/state.safetensors"), &mut first, 1);
    // Held still, so that it is there all along however slow the second is.
    let signal = |name: &str| Command::new("kill").args([name, &first.id().to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    let second = output(shared.path(), &["resume", "run"]);
    assert!(signal("-CONT").success());
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("another process is at work on the run in run"), "{}", stderr(&second));
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(results(whole.path()) == results(shared.path()));
}

#[test]
fn changed_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = alpha_llm(folder.path(), &[&["train"], &SHORT[..]].concat()).spawn().unwrap();
    kill_at(&folder.path().join("run"), &mut child, 1000);
    let data = folder.path().join("run/demo/data/dev.csv");
    let text = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, text.replacen("praise", "blame", 1)).unwrap();
    let refused = output(folder.path(), &["resume", "run"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("another model or other data"), "{}", stderr(&refused));
    std::fs::write(&data, text).unwrap();
    for (file, from, to) in [
        ("demo/model/vocab.txt", "good\n", "goad\n"),
        ("demo/model/config.json", "\"hidden_dropout_prob\": 0.1", "\"hidden_dropout_prob\": 0.2"),
        ("config.toml", "checkpoint-every = 7", "checkpoint-every = 8"),
    ] {
        let path = folder.path().join("run").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let refused = output(folder.path(), &["resume", "run"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains("another config.toml, config.json or tokenizer"), "{}", stderr(&refused));
        std::fs::write(&path, text).unwrap();
    }
    // Lines that are lost are not made up.
    let metrics = folder.path().join("run/metrics.jsonl");
    std::fs::write(&metrics, "{}\n").unwrap();
    let refused = output(folder.path(), &["resume", "run"]);
    assert!(stderr(&refused).contains("has 3 bytes, but the checkpoint"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(&metrics).unwrap(), "{}\n");
}

#[test]
fn the_demo_leaves_other_folders_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    let files = ["config.json", "vocab.txt", "model.safetensors", "train.csv", "dev.csv"];
    files.iter().for_each(|name| std::fs::write(mine.join(name), "mine").unwrap());
    std::fs::write(folder.path().join("mine.toml"), "model = 'mine'\ndata = 'mine'\ntask = 'custom'\n").unwrap();
    for (more, reason) in [
        (["--set", "model=mine"], "in the demo"),
        (["--set", "data=mine"], "in the demo"),
        (["--set", "task=RTE"], "in the demo"),
        (["--config", "mine.toml"], "cannot be used with"),
        (["--model", "mine"], "cannot be used with"),
    ] {
        let refused = output(folder.path(), &[&["train", "--demo", "--out", "run"], &more[..]].concat());
        assert_eq!(refused.status.code(), Some(2), "{more:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(reason), "{more:?}: {}", stderr(&refused));
    }
    for name in files {
        assert_eq!(std::fs::read_to_string(mine.join(name)).unwrap(), "mine", "{name}");
    }
    assert!(!folder.path().join("run").exists());
}

#[test]
fn training_needs_a_training_file() {
    let folder = tempfile::tempdir().unwrap();
    demo::write(folder.path(), 1).unwrap();
    std::fs::remove_file(folder.path().join("demo/data/train.csv")).unwrap();
    let names = "columns.label_names=['praise', 'blame']";
    let args =
        ["train", "--out", "run", "--model", "demo/model", "--task", "custom", "--data", "demo/data", "--set", names];
    let refused = output(folder.path(), &args);
    assert_eq!(refused.status.code(), Some(1));
    let message = stderr(&refused);
    assert!(
        message.contains("custom has no train.csv: looked for demo/data/train.csv, demo/data/train.tsv."),
        "{message}"
    );
    assert!(message.contains("Say where it is with --data DIR") && !message.contains("fetch"), "{message}");
    assert!(!folder.path().join("run/config.toml").exists());
}

#[test]
fn the_demo_learns() {
    let folder = tempfile::tempdir().unwrap();
    let done = output(folder.path(), &["train", "--demo", "--out", "run"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let record = std::fs::read(folder.path().join("run/record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let accuracy = record["readings"][0]["evaluations"][0]["scores"]["accuracy"].as_f64().unwrap();
    // Chance is 0.5, and counting words without their negation reaches about 0.7.
    assert!(accuracy > 0.9, "accuracy {accuracy}");
}

#[test]
fn wrong_words_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |args: &[&str], code: i32, wanted: &str| {
        let output = output(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(wanted), "{args:?}: {}", stderr(&output));
        assert!(!folder.path().join("run").exists(), "{args:?} left something");
    };
    refused(&["train"], 2, "--out");
    refused(&["train", "--out", "run", "--order", "shuffled"], 2, "random, length-bucketed, sorted, as-given");
    refused(&["train", "--out", "run", "--method", "dora"], 2, "possible values: lora, alpha-lora, full");
    refused(&["train", "--out", "run"], 2, "model is not set");
    refused(
        &["train", "--out", "run", "--model", ".", "--task", "CoLA"],
        2,
        "MNLI, QNLI, MRPC, RTE, SST-2, QQP, or custom",
    );
    refused(&["train", "--out", "run", "--demo", "--epochs", "0"], 2, "epochs is 0, but must be at least 1");
    refused(&["train", "--out", "run", "--demo", "--targets", "querry"], 2, "querry");
    refused(&["train", "--out", "run", "--demo", "--rank", "65"], 2, "rank is 65, but must be between 1 and 64");
    refused(&["train", "--out", "run", "--demo", "--lr=-1"], 2, "optimiser.learning-rate is -1");
    refused(&["train", "--out", "run", "--demo", "--set", "epoch=3"], 2, "unknown key 'epoch', did you mean 'epochs'?");
    refused(&["train", "--out", "run", "--demo", "--max-length", "33"], 2, "at most 32");
    refused(&["train", "--out", "run", "--demo", "--device", "tpu"], 2, "auto, cpu, cuda, cuda:N");
    if !tch::Cuda::is_available() {
        refused(&["train", "--out", "run", "--demo", "--device", "cuda"], 1, "cuda");
    }
    refused(&["resume", "nowhere"], 1, "nowhere/config.toml");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_last_checkpoint() {
    // A file size limit stands in for a full disk: the next write fails in the same place.
    let folder = tempfile::tempdir().unwrap();
    let mut child = alpha_llm(folder.path(), &[&["train"], &SHORT[..]].concat()).spawn().unwrap();
    kill_at(&folder.path().join("run"), &mut child, 1500);
    let state = folder.path().join("run/checkpoint/state.safetensors");
    let before = std::fs::read(&state).unwrap();
    // In blocks of 1 KiB; SIGXFSZ is ignored, so that the write gives an error as a full disk does.
    let script = format!("ulimit -f 20; trap '' XFSZ; exec {} resume run", env!("CARGO_BIN_EXE_alpha-llm"));
    let failed = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    assert!(stderr(&failed).contains("cannot write"), "{}", stderr(&failed));
    assert!(before == std::fs::read(&state).unwrap(), "the checkpoint was touched");
    let resumed = output(folder.path(), &["resume", "run"]);
    assert!(resumed.status.success(), "{}", stderr(&resumed));
}

#[test]
fn every_configuration_file_is_a_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut runs = Vec::new();
    for name in ["table2", "minilm"] {
        for entry in std::fs::read_dir(folder.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let file: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            for seed in file["seeds"].as_array().unwrap() {
                for method in ["lora", "alpha-lora"] {
                    let given = format!("seed = {seed}\nmodel = 'm'\nadapter.method = '{method}'");
                    let given = toml::from_str(&given).unwrap();
                    let config = RunConfig::assemble(Some((&path, file.clone())), given).unwrap();
                    runs.push((path.file_stem().unwrap().to_string_lossy().into_owned(), config));
                }
            }
        }
    }
    // The rows of Table 2 that differ by seed: T, the rows of α, the decay of α.
    assert_eq!(runs.len(), 6 * 3 * 2 + 2 * (3 + 1));
    let alpha = |task: &str, seed: u64| {
        let wanted = |(name, config): &&(String, RunConfig)| {
            name == task && config.seed == seed && config.adapter.has_alpha() && config.preset == Preset::Paper
        };
        let (_, config) = runs.iter().find(wanted).unwrap();
        (config.alpha.every, config.split, config.alpha.optimiser.weight_decay, config.alpha.batch)
    };
    let of = |share| SplitConfig::Paper { alpha: share, selection: 0.0 };
    assert_eq!(alpha("MNLI", 5), (1, of(1.0), 0.01, 64));
    assert_eq!(alpha("RTE", 5), (20, of(0.8), 0.01, 64));
    assert_eq!(alpha("RTE", 123), (20, of(0.2), 0.01, 64));
    assert_eq!(alpha("SST-2", 3), (10, of(0.5), 0.01, 128));
    assert_eq!(alpha("SST-2", 5), (20, of(0.9), 0.01, 128));
    assert_eq!(alpha("QQP", 3), (1, of(0.8), 0.0, 64));
    assert_eq!(alpha("QQP", 123), (20, of(0.8), 0.01, 64));
}
