//! The command line.

use std::path::Path;
use std::process::{Command, Output};

use alpha_llm::adapter::AdapterConfig;

use crate::fixture;
use crate::native::native;
use crate::tiny::Tiny;

fn alpha_llm(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alpha-llm"));
    // No model is downloaded here.
    command.args(arguments).env("HF_HUB_OFFLINE", "1").env("HF_HOME", "no-such-cache");
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn export() {
    let [tiny, _] = Tiny::both();
    let work = tempfile::tempdir().unwrap();
    let place = |name: &str| work.path().join(name).display().to_string();
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    let mut native = native(&tiny, &adapter, &tiny.adapted(&adapter));
    native.write(Path::new(&place("run/adapter"))).unwrap();
    let (run, out, probe) = (place("run"), place("out"), place("probe.safetensors"));

    let (code, stdout, stderr) = alpha_llm(&["export", &run, "--format", "hf", "--out", &out, "--probe", &probe]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("largest difference"), "{stdout}");
    assert!(Path::new(&out).join("model.safetensors").exists() && Path::new(&probe).exists());
    let (code, _, stderr) = alpha_llm(&["export", &run, "--format", "hf", "--out", &out]);
    assert!(code == 1 && stderr.contains("already exists"), "{stderr}");
    let (code, _, stderr) = alpha_llm(&["export", &run, "--format", "gguf", "--out", &place("new")]);
    assert!(code == 2 && ["hf", "peft", "native"].iter().all(|word| stderr.contains(word)), "{stderr}");
    let (code, _, stderr) = alpha_llm(&["export", &place("none"), "--format", "hf", "--out", &place("new")]);
    assert!(code == 1 && stderr.contains("alpha_lora.json"), "{stderr}");

    // The adapter's own folder, whose base has moved.
    native.base.name = "owner/gone".to_owned();
    native.write(Path::new(&place("moved"))).unwrap();
    let (code, _, stderr) = alpha_llm(&["export", &place("moved"), "--format", "peft", "--out", &place("new")]);
    assert!(code == 1 && stderr.contains("--model") && stderr.contains("owner/gone"), "{stderr}");
    let base = fixture(tiny.name).display().to_string();
    let (code, _, stderr) =
        alpha_llm(&["export", &place("moved"), "--format", "peft", "--out", &place("new"), "--model", &base]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let config = std::fs::read_to_string(work.path().join("new/adapter_config.json")).unwrap();
    assert!(config.contains(&base), "{config}");
}

#[test]
fn doctor() {
    let (code, stdout, stderr) = alpha_llm(&["doctor", "--json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["libtorch_version"], alpha_llm::doctor::LIBTORCH_VERSION);
    assert_eq!(report["devices"][0], "cpu");
    assert!(report["rates"].as_array().unwrap().iter().all(|rate| rate["gigaflops"].as_f64().unwrap() > 0.0));
    // More GPUs than any machine has: never the CPU instead.
    let (code, _, stderr) = alpha_llm(&["doctor", "--device", "cuda:99"]);
    assert!(code == 1 && stderr.contains("no device cuda:99"), "{stderr}");
    let (code, _, stderr) = alpha_llm(&["doctor", "--device", "gpu"]);
    assert!(code == 2 && stderr.contains("auto, cpu, cuda, cuda:N"), "{stderr}");
}

/// Nothing waits for whoever may one day write to a named pipe, nor reads a device without end.
#[test]
fn what_is_no_regular_file_is_not_read() {
    let work = tempfile::tempdir().unwrap();
    let place = |name: &str| work.path().join(name).display().to_string();
    std::fs::create_dir_all(place("run/adapter")).unwrap();
    std::fs::create_dir_all(place("model")).unwrap();
    std::fs::create_dir_all(place("experiments")).unwrap();
    let pipes = ["run/config.toml", "run/adapter/alpha_lora.json", "model/config.json", "experiments/MNLI.toml"];
    assert!(Command::new("mkfifo").args(pipes.map(place)).status().unwrap().success());
    let (llm, table2) = (env!("CARGO_BIN_EXE_alpha-llm"), env!("CARGO_BIN_EXE_reproduce-table2"));
    let cases = [
        (llm, "train --print-config --config run/config.toml", "it is a named pipe"),
        (llm, "train --print-config --config /dev/zero", "it is a device"),
        (llm, "train --task RTE --out new --model model", "it is a named pipe"),
        (llm, "resume run", "it is a named pipe"),
        (llm, "evaluate run", "it is a named pipe"),
        (llm, "alphas run", "it is a named pipe"),
        (table2, "--dry-run --out study --experiments experiments", "it is a named pipe"),
    ];
    for (program, arguments, expected) in cases {
        let mut command = Command::new("timeout");
        let command = command.args(["20", program]).args(arguments.split(' ')).current_dir(work.path());
        let output = command.env("HF_HUB_OFFLINE", "1").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(expected), "{arguments}: {} {said}", output.status);
    }
}
