#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`manifest`] | the list of dataset files: place, address, size, checksum |
//! | [`datasets`] | where they are looked for, and their download |
//! | [`checksum`] | SHA-256 in hexadecimal |
//! | [`output`] | files written whole or not at all |
//! | [`table`] | tables as CSV, Markdown and for a terminal |
//! | [`record`] | what was run, on what, and how long it took |
//! | [`progress`] | progress bars |

mod error;

pub mod checksum;
pub mod datasets;
pub mod manifest;
pub mod output;
pub mod progress;
pub mod record;
pub mod table;

pub use error::{Error, Result};
