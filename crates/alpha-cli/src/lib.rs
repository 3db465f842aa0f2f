#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`console`] | errors, warnings, notes and progress on stderr |
//! | [`signals`] | what Ctrl-C and SIGTERM do |
//! | `contract` | with the feature of that name: the test that every program passes |

mod arguments;
pub mod console;
#[cfg(feature = "contract")]
pub mod contract;
mod documents;
mod program;
pub mod signals;
mod stdout;

pub use program::{Done, Program, usage};
pub use stdout::Stdout;
