//! Number format of the computation.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Number format of matrix products and hidden states; adapters, α, head, loss and optimiser are fp32 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    Fp32,
    /// 32 bits, but on a GPU the factors of products are rounded to 10 bits of mantissa.
    Tf32,
    /// bfloat16: 8 bits of mantissa, about five times as fast where the processor multiplies it.
    Bf16,
}

impl Precision {
    /// Format and device of the computation, made ready.
    ///
    /// # Errors
    /// [`Error::Parameter`] for TF32 on a CPU.
    pub fn place(self, device: tch::Device) -> Result<(tch::Kind, tch::Device)> {
        let wrong = |allowed: String| Error::parameter("precision", "tf32", allowed);
        match self {
            Self::Tf32 if !device.is_cuda() => return Err(wrong("fp32 or bf16 on a CPU".to_owned())),
            Self::Tf32 => crate::system::allow_tf32(true).map_err(|reason| wrong(format!("fp32 or bf16: {reason}")))?,
            Self::Fp32 | Self::Bf16 => {}
        }
        let kind = if self == Self::Bf16 { tch::Kind::BFloat16 } else { tch::Kind::Float };
        Ok((kind, device))
    }
}
