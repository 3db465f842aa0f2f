#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | `paper` | every item, of the paper or beyond it: what it writes, how it compares |
//! | `paper::report` | those items as one page, with an explorer of the theory |
//! | [`neighbourhood`] | Figure 5: accuracy around the learnt α |
//! | [`alphas`] | Appendix E.2: the learnt α, layer by layer |
//! | [`chart`] | a line chart as SVG, with bands, points and error bars, on linear or logarithmic axes |
//! | [`heatmap`] | a function of two variables as SVG, in discrete levels |
//! | [`colour_map`] | the colours of those levels |
//!
//! The modules without a link need the feature `paper`.

mod csv_file;
mod distinct;
mod error;
mod style;

pub mod alphas;
pub mod chart;
pub mod colour_map;
pub mod heatmap;
pub mod neighbourhood;
#[cfg(feature = "paper")]
pub mod paper;

pub use error::{Error, Result};
