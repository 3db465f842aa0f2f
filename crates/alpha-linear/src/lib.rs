#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`amazon`] | the Amazon review files |
//! | [`sample_file`] | samples from CSV files |
//! | [`model_file`] | linear models from CSV, NumPy and safetensors files |
//! | [`digits`] | handwritten digits that come with the crate |
//! | [`mixture`] | Gaussian mixtures of any covariance |
//! | [`audit`] | what is wrong with a file, or a pair of them, before one trusts a number |
//! | [`samples`] | labelled samples, standardisation, the statistics behind the published α* |
//! | [`numpy_rng`] | NumPy's legacy permutations, which the published splits come from |
//! | [`protocol`] | splits, fine-tuned classifiers and their test accuracy |
//! | [`table1`] | Table 1 of the paper |
//! | [`recommend`] | which α for these data, and the classifier that follows |
//! | [`select`] | choices of α from n labels |
//! | [`geometry`], [`evidence`], [`source_view`], [`belief`] | what they rest on: Σ, unbiased forms, the source, the expected accuracy |
//! | [`kernel`], [`study`] | which choice is best, measured on the Amazon transfers |
//! | [`curve`] | Figure 3: accuracy against α, measured and by theory |
//! | [`scores`] | Figure 6: the decision function on either class |
//! | [`stand_in`] | Gaussian data with the same statistics, for want of the files |
//! | [`report`] | Table 1 as a table, and beside the published numbers |

mod error;

pub mod amazon;
pub mod audit;
pub mod belief;
pub mod curve;
pub mod digits;
pub mod evidence;
pub mod geometry;
pub mod kernel;
pub mod mixture;
pub mod model_file;
pub mod numpy_rng;
pub mod protocol;
pub mod recommend;
pub mod report;
pub mod sample_file;
pub mod samples;
pub mod scores;
pub mod select;
pub mod source_view;
pub mod stand_in;
pub mod study;
pub mod table1;

pub use error::{Error, Result};
