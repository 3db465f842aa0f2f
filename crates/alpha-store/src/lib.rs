#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`input`] | files read whole, within a bound |
//! | [`checksum`] | SHA-256 in hexadecimal |
//! | [`delimited`] | tables from delimited text |
//! | [`number`] | numbers as tables hold them, and what is wrong with others |
//! | [`output`] | files written whole or not at all |
//! | [`table`] | tables as CSV, Markdown and for a terminal |
//! | [`record`] | what was run, on what, and how long it took |
//! | [`message`] | text from outside, made fit for an error message |
//! | [`progress`] | progress bars |
//!
//! With the feature `download`, which is on unless it is turned off:
//!
//! | module | holds |
//! |---|---|
//! | `manifest` | the list of dataset files: place, address, size, checksum |
//! | `datasets` | where they are looked for, and their download |
//!
//! With the feature `settings`, which is on as well:
//!
//! | module | holds |
//! |---|---|
//! | `settings` | TOML with keys in kebab-case or snake_case |
//!
//! With the feature `npy`:
//!
//! | module | holds |
//! |---|---|
//! | `npy` | NumPy arrays |

#[cfg(feature = "download")]
mod download;
mod error;

pub mod checksum;
#[cfg(feature = "download")]
pub mod datasets;
pub mod delimited;
pub mod input;
#[cfg(feature = "download")]
pub mod manifest;
pub mod message;
#[cfg(feature = "npy")]
pub mod npy;
pub mod number;
pub mod output;
pub mod progress;
pub mod record;
#[cfg(feature = "settings")]
pub mod settings;
pub mod table;

pub use error::{Error, Result};
