//! The same on a GPU as on the CPU. Skipped where there is none.

use std::process::Command;

use alpha_llm::adapter::Pass;
use alpha_llm::classifier::Classifier;
use alpha_llm::device::{CudaState, cuda};
use alpha_llm::training::{Precision, RunRecord};
use tch::Device;

use crate::tiny::{LABELS, Tiny, adapters, difference, logits};

fn gpu() -> Option<Device> {
    if let CudaState::Devices { .. } = cuda() {
        return Some(Device::Cuda(0));
    }
    eprintln!("skipped: needs a GPU");
    None
}

#[test]
fn logits_are_the_cpus() {
    let Some(device) = gpu() else { return };
    for tiny in Tiny::both() {
        for adapter in adapters() {
            let here = tiny.adapted(&adapter);
            let place = Precision::Fp32.place(device).unwrap();
            let there =
                Classifier::new(&tiny.config, &tiny.checkpoint, &adapter, LABELS.len() as i64, 5, place).unwrap();
            there.updates().assign(&here.updates().values());
            there.alphas().assign(&here.alphas().values());
            for pass in [Pass::Evaluate, Pass::Adapters, Pass::Alphas] {
                let ours = logits(&there, &tiny.batch(&there, 1), pass).to_device(Device::Cpu);
                let apart = difference(&logits(&here, &tiny.batch(&here, 1), pass), &ours);
                assert!(apart < 1e-4, "{}, {:?}, {pass:?}: {apart:e}", tiny.name, adapter.method);
            }
        }
    }
}

#[test]
fn bf16_learns_the_demo_as_well_as_fp32_on_the_cpu() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let accuracy = |out: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alpha-llm"));
        let done =
            command.args(["train", "--demo", "--out", out]).args(more).current_dir(folder.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let record = RunRecord::read(&folder.path().join(out).join("record.json")).unwrap();
        record.chosen().unwrap().evaluations[0].scores.clone()
    };
    let cpu = accuracy("cpu", &["--device", "cpu"]);
    let gpu = accuracy("gpu", &["--device", "cuda", "--precision", "bf16"]);
    assert!((cpu.accuracy - gpu.accuracy).abs() < 3.0 * cpu.standard_error.max(0.01), "{cpu:?} and {gpu:?}");
}
