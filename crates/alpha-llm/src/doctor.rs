//! What this machine has for fine-tuning, and what is amiss.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tch::{Cuda, Device, Kind, Tensor};

use crate::device::{CudaState, cuda, loaded_libtorch};

/// The libtorch that this crate is built for.
pub const LIBTORCH_VERSION: &str = "2.11.0";

/// The product that is timed: 32 rows of 128 tokens through the widest layer of MiniLM.
const PRODUCT: [i64; 3] = [4096, 384, 1536];

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// libtorch_cpu.so as loaded, where the system tells.
    pub libtorch: Option<PathBuf>,
    /// Its version, where its folder says.
    pub libtorch_version: Option<String>,
    /// What there is of CUDA.
    pub cuda: CudaState,
    /// The devices that `--device` takes.
    pub devices: Vec<String>,
    /// Threads of one operation.
    pub threads: i32,
    /// Processors that this process may use.
    pub processors: usize,
    /// Settings in the environment that change results or speed.
    pub environment: Vec<Variable>,
    /// Instructions for matrix products that the processor has, of those that matter.
    pub processor_features: Vec<String>,
    /// Measured matrix products.
    pub rates: Vec<Rate>,
    /// What is wrong, if anything.
    pub problems: Vec<String>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value, if it is set.
    pub value: Option<String>,
    /// What it does.
    pub meaning: &'static str,
}

/// Speed of a matrix product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// The device.
    pub device: String,
    /// `fp32` or `bf16`.
    pub precision: &'static str,
    /// 10⁹ additions and multiplications a second, the best of several runs.
    pub gigaflops: f64,
}

impl Report {
    /// Looks around, and times some products for about a second.
    pub fn new() -> Self {
        let libtorch = loaded_libtorch();
        let libtorch_version = libtorch.as_deref().and_then(version);
        let cuda = cuda().clone();
        let gpus = if let CudaState::Devices { count } = cuda { count } else { 0 };
        let mut devices = vec!["cpu".to_owned()];
        devices.extend((0..gpus).map(|index| format!("cuda:{index}")));
        let variable = |name, meaning| Variable { name, value: std::env::var(name).ok(), meaning };
        let environment = vec![
            variable("OMP_NUM_THREADS", "threads of one operation on the CPU"),
            variable("CUBLAS_WORKSPACE_CONFIG", ":4096:8 makes matrix products on a GPU repeatable"),
            variable("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1 rounds fp32 products on a GPU to TF32 (10 bits)"),
            variable("NVIDIA_TF32_OVERRIDE", "0 forbids TF32 on a GPU"),
            variable("CUDA_VISIBLE_DEVICES", "the GPUs that are shown"),
        ];
        let mut problems = Vec::new();
        match &libtorch_version {
            Some(found) if found != LIBTORCH_VERSION => {
                problems.push(format!("libtorch is {found}, but alpha-llm is built for {LIBTORCH_VERSION}"));
            }
            _ => {}
        }
        if let CudaState::NotLoaded { .. } = cuda {
            problems.push(cuda.to_string());
        }
        let mut rates = measure(Device::Cpu);
        if gpus > 0 {
            rates.extend(measure(Device::Cuda(0)));
        }
        Self {
            libtorch,
            libtorch_version,
            cuda,
            devices,
            threads: tch::get_num_threads(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            environment,
            processor_features: processor_features(),
            rates,
            problems,
        }
    }

    /// The precision whose products are faster on a device by at least a fifth: casts cost something.
    pub fn fast_precision(&self, device: &str) -> Option<&'static str> {
        let rate = |precision: &str| {
            let found = self.rates.iter().find(|rate| rate.device == device && rate.precision == precision);
            found.map(|rate| rate.gigaflops)
        };
        Some(if rate("bf16")? > 1.2 * rate("fp32")? { "bf16" } else { "fp32" })
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// The version written beside a libtorch: `build-version`, or version.py of a Python package, without `+cu130`.
fn version(library: &Path) -> Option<String> {
    let root = library.parent()?.parent()?;
    let read = |name: &str| std::fs::read_to_string(root.join(name)).ok();
    let text = read("build-version").or_else(|| {
        let python = read("version.py")?;
        let line = python.lines().find(|line| line.starts_with("__version__ ="))?;
        Some(line.split(['\'', '"']).nth(1)?.to_owned())
    })?;
    Some(text.trim().split('+').next()?.to_owned())
}

/// What /proc/cpuinfo names of these.
fn processor_features() -> Vec<String> {
    const KNOWN: [&str; 7] = ["avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16", "bf16", "sve"];
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("flags") || line.starts_with("Features"));
    let words: Vec<_> = line.unwrap_or_default().split_whitespace().collect();
    KNOWN.into_iter().filter(|known| words.contains(known)).map(str::to_owned).collect()
}

/// The rates of one product in both precisions.
fn measure(device: Device) -> Vec<Rate> {
    let name = match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".to_owned(),
    };
    let rate = |(precision, kind)| Rate { device: name.clone(), precision, gigaflops: product_rate(device, kind) };
    [("fp32", Kind::Float), ("bf16", Kind::BFloat16)].map(rate).into()
}

/// 10⁹ additions and multiplications a second in a product of the size of a training step's: the best of some.
pub(crate) fn product_rate(device: Device, kind: Kind) -> f64 {
    let _guard = tch::no_grad_guard();
    let [rows, inner, columns] = PRODUCT;
    let x = Tensor::ones([rows, inner], (kind, device));
    let weight = Tensor::ones([columns, inner], (kind, device));
    let run = || {
        let start = Instant::now();
        let _ = x.linear(&weight, None::<&Tensor>);
        if let Device::Cuda(index) = device {
            Cuda::synchronize(index as i64);
        }
        start.elapsed().as_secs_f64()
    };
    // The first run also sets things up.
    run();
    let best = (0..8).map(|_| run()).fold(f64::INFINITY, f64::min);
    2e-9 * (rows * inner * columns) as f64 / best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("lib/libtorch_cpu.so");
        assert_eq!(version(&library), None);
        std::fs::write(folder.path().join("version.py"), "from x import y\n__version__ = '2.11.0+cu130'\n").unwrap();
        assert_eq!(version(&library).unwrap(), "2.11.0");
        std::fs::write(folder.path().join("build-version"), "2.10.0\n").unwrap();
        assert_eq!(version(&library).unwrap(), "2.10.0");
    }

    #[test]
    fn the_faster_precision() {
        let rates = |fp32, bf16| {
            let rate = |precision, gigaflops| Rate { device: "cpu".to_owned(), precision, gigaflops };
            vec![rate("fp32", fp32), rate("bf16", bf16)]
        };
        let mut report = Report::new();
        for (fp32, bf16, fast) in [(100.0, 500.0, "bf16"), (100.0, 115.0, "fp32"), (100.0, 3.0, "fp32")] {
            report.rates = rates(fp32, bf16);
            assert_eq!(report.fast_precision("cpu"), Some(fast));
        }
        assert_eq!(report.fast_precision("cuda:7"), None);
    }
}
