//! Where a model computes.

use tch::{Cuda, Device};

use crate::error::{Error, Result};

/// Reads `cpu`, `cuda`, `cuda:1` or `auto`.
///
/// # Errors
/// [`Error::Word`] for another word, [`Error::Parameter`] for a GPU that is not there: never a silent CPU.
pub fn parse(text: &str) -> Result<Device> {
    let number = match text {
        "cpu" => return Ok(Device::Cpu),
        "auto" => return Ok(if Cuda::is_available() { Device::Cuda(0) } else { Device::Cpu }),
        "cuda" => Some(0),
        _ => text.strip_prefix("cuda:").and_then(|number| number.parse().ok()),
    };
    let Some(number) = number else {
        let allowed = "cpu, cuda, cuda:N and auto".to_owned();
        return Err(Error::Word { what: "device", word: text.to_owned(), allowed });
    };
    if !Cuda::is_available() || number as i64 >= Cuda::device_count() {
        let allowed = format!("one of the {} GPUs that libtorch finds (see `alpha-llm doctor`)", Cuda::device_count());
        return Err(Error::Parameter { name: "device".to_owned(), value: text.to_owned(), allowed });
    }
    Ok(Device::Cuda(number))
}
