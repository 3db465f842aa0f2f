//! What the experiments read from disk and write to it.
//!
//! | module | holds |
//! |---|---|
//! | [`manifest`] | the list of dataset files: place, address, size, checksum |
//! | [`datasets`] | where they are looked for, and their download |
//! | [`output`] | files written whole or not at all |
//! | [`table`] | tables as CSV, Markdown and for a terminal |
//! | [`record`] | what was run, on what, and how long it took |
//! | [`progress`] | progress bars |
//!
//! ```no_run
//! use alpha_store::{datasets::Datasets, manifest::Manifest};
//! let manifest = Manifest::builtin();
//! let books = Datasets::new(None).locate(manifest.file("amazon/books.mat")?)?;
//! println!("{} (as published: {})", books.path.display(), books.verified);
//! # Ok::<(), alpha_store::Error>(())
//! ```

mod error;

pub mod datasets;
pub mod manifest;
pub mod output;
pub mod progress;
pub mod record;
pub mod table;

pub use error::{Error, Result};
