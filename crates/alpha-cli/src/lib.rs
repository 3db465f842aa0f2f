#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`console`] | errors, warnings, notes and progress on stderr |
//! | [`signals`] | what Ctrl-C and SIGTERM do |

mod arguments;
pub mod console;
mod documents;
mod program;
pub mod signals;
mod stdout;

pub use program::{Done, Program, usage};
pub use stdout::Stdout;
