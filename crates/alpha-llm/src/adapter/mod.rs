//! LoRA, α-LoRA and the full-rank form.

mod config;
mod parameters;
mod set;
mod site;

pub use config::{AdapterConfig, AlphaShape, Init, Method};
pub use parameters::Parameters;
pub use set::{Adapters, Pass};
pub(crate) use set::{ModuleAdapter, Update};
pub use site::Site;
