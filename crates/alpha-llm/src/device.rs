//! Where to compute.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use tch::{Cuda, Device, Kind, Tensor};

use crate::error::{Error, Result};
use crate::system;

/// The device asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum DeviceChoice {
    /// The first GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU by number; an error where there is none, never the CPU instead.
    Cuda(usize),
}

/// What there is of CUDA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum CudaState {
    /// libtorch has no CUDA library.
    NotInstalled,
    /// The CUDA library of libtorch cannot be loaded.
    NotLoaded {
        /// The library.
        library: PathBuf,
        /// What the loader says.
        reason: String,
    },
    /// CUDA is there, but no GPU.
    NoDevice,
    /// There are GPUs.
    Devices {
        /// How many.
        count: usize,
    },
}

/// Numbers as a tensor on the device. To a GPU they go through pinned memory, so that the host does not wait until all that
/// was asked of the GPU before is done.
pub(crate) fn upload(values: &[i64], device: Device) -> Tensor {
    let host = Tensor::from_slice(values);
    if device.is_cuda() { host.pin_memory(device).to_device_(device, Kind::Int64, true, false) } else { host }
}

impl fmt::Display for CudaState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => {
                write!(out, "this libtorch is for the CPU only; `scripts/setup-libtorch --cuda` gets the one with CUDA")
            }
            Self::NotLoaded { library, reason } => write!(out, "{} cannot be loaded: {reason}", library.display()),
            Self::NoDevice => {
                let driver = std::path::Path::new("/proc/driver/nvidia/version").exists();
                let why = if driver { "the NVIDIA driver shows none" } else { "no NVIDIA driver is loaded" };
                write!(out, "CUDA built in, no device: {why}")
            }
            Self::Devices { count: 1 } => write!(out, "1 GPU"),
            Self::Devices { count } => write!(out, "{count} GPUs"),
        }
    }
}

/// The libtorch that the running binary has loaded, as far as the system tells (Linux).
pub(crate) fn loaded_libtorch() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        // Five fields, then the path, which may hold spaces.
        let path = &line[line.find('/')?..];
        path.ends_with("/libtorch_cpu.so").then(|| PathBuf::from(path))
    })
}

/// What there is of CUDA. The first call loads libtorch's CUDA library, from the folder that libtorch itself came from;
/// that has to be before libtorch is first asked for a GPU, so binaries call this when they start.
pub fn cuda() -> &'static CudaState {
    static STATE: OnceLock<CudaState> = OnceLock::new();
    STATE.get_or_init(|| {
        let library = loaded_libtorch().map(|path| path.with_file_name("libtorch_cuda.so"));
        match library.filter(|path| path.exists()) {
            // On other systems it may have been linked.
            None if tch::utils::has_cuda() => {}
            None => return CudaState::NotInstalled,
            Some(library) => {
                if let Err(reason) = system::load(&library) {
                    return CudaState::NotLoaded { library, reason };
                }
            }
        }
        match usize::try_from(Cuda::device_count()) {
            Ok(count) if count > 0 => CudaState::Devices { count },
            _ => CudaState::NoDevice,
        }
    })
}

impl DeviceChoice {
    /// The device itself.
    ///
    /// # Errors
    /// [`Error::NoCuda`] for a GPU that is not there.
    pub fn open(self) -> Result<Device> {
        let count = match cuda() {
            CudaState::Devices { count } => *count,
            _ => 0,
        };
        match self {
            Self::Auto if count > 0 => Ok(Device::Cuda(0)),
            Self::Auto | Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(index) if index < count => Ok(Device::Cuda(index)),
            Self::Cuda(_) => Err(Error::NoCuda { wanted: self.to_string(), reason: cuda().to_string() }),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => out.write_str("auto"),
            Self::Cpu => out.write_str("cpu"),
            Self::Cuda(index) => write!(out, "cuda:{index}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |index: &str| index.parse().ok().filter(|_| index.bytes().all(|byte| byte.is_ascii_digit()));
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            other => other.strip_prefix("cuda:").and_then(number).map(Self::Cuda).ok_or_else(|| Error::Word {
                what: "device",
                word: text.to_owned(),
                allowed: "auto, cpu, cuda, cuda:N".to_owned(),
            }),
        }
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, choice) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("cuda", DeviceChoice::Cuda(0)),
            ("cuda:3", DeviceChoice::Cuda(3)),
        ] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap(), choice);
            assert_eq!(choice.to_string().parse::<DeviceChoice>().unwrap(), choice);
        }
        for wrong in ["", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:+1", "cuda:x", "cuda:99999999999999999999"] {
            assert!(matches!(wrong.parse::<DeviceChoice>(), Err(Error::Word { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_gpu_that_is_not_there_is_an_error() {
        assert_eq!(DeviceChoice::Cpu.open().unwrap(), Device::Cpu);
        let count = if let CudaState::Devices { count } = cuda() { *count } else { 0 };
        assert!(matches!(DeviceChoice::Cuda(count).open(), Err(Error::NoCuda { .. })));
        assert_eq!(DeviceChoice::Auto.open().unwrap().is_cuda(), count > 0);
    }

    #[test]
    fn libtorch_is_found() {
        // Something of libtorch has to be called, or the linker leaves it out.
        assert!(tch::get_num_threads() > 0);
        if cfg!(target_os = "linux") {
            assert!(loaded_libtorch().unwrap().is_file());
        }
    }
}
