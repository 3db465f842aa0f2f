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
