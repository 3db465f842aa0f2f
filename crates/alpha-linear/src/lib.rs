#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`amazon`] | the Amazon review files, and Table 1, Figures 3 and 6 and the score law on them |
//! | [`sample_file`] | samples from files |
//! | [`array_file`] | samples from NumPy files |
//! | [`transfer_files`] | the files of a transfer, read together |
//! | [`suspects`] | columns that are perhaps no features |
//! | [`model_file`] | linear models from CSV, NumPy and safetensors files |
//! | [`digits`] | handwritten digits that come with the crate |
//! | [`mixture`] | Gaussian mixtures of any covariance |
//! | [`audit`] | what is wrong with a file, or a pair of them, before one trusts a number |
//! | [`samples`] | labelled samples, standardisation, the statistics behind the published α* |
//! | [`numpy_rng`] | NumPy's legacy permutations, which the published splits come from |
//! | [`recommend`] | which α for these data, and the classifier that follows |
//! | [`select`] | the choices of α from n labels, by name |
//! | [`study`] | which choice is best, measured on any source and target |
//!
//! What they rest on is not public: `gram_solver`, the scores of many fine-tuned classifiers from one Gram matrix; `geometry`,
//! the target's Σ; `evidence`, unbiased forms of a mean; `source_view`, a frozen source in the target's coordinates; `belief`, the
//! accuracy to expect after the labels.

#[cfg(test)]
mod assertions;
mod belief;
mod error;
mod evidence;
mod geometry;
mod gram_solver;
mod mat;
mod shared_rows;
mod source_view;

pub mod amazon;
pub mod array_file;
pub mod audit;
pub mod digits;
pub mod mixture;
pub mod model_file;
pub mod numpy_rng;
pub mod recommend;
pub mod sample_file;
pub mod samples;
pub mod select;
pub mod study;
pub mod suspects;
pub mod transfer_files;

pub use error::{Error, Result};
