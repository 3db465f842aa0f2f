#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | `paper` | every item, of the paper or beyond it: what it writes, how it compares |
//! | `report` | those items as one page, with an explorer of the theory |
//! | `figure1`, `figure2`, `figure3`, `figure6` | the paper's figures in numbers and as charts |
//! | `erratum` | what the published second moment of a ridge source costs |
//! | `phase` | maps of α* and its gains |
//! | `convergence` | how fast the theory becomes exact |
//! | `selections` | which choice of α is best on the Amazon transfers |
//! | `fine_tuning` | runs of alpha-llm, read back from their records |
//! | `training_curves` | Figure 4: accuracy against step |
//! | [`neighbourhood`] | Figure 5: accuracy around the learnt α |
//! | [`alphas`] | Appendix E.2: the learnt α, layer by layer |
//! | [`contour`] | the curves on which a function of two variables vanishes |
//! | [`chart`] | a line chart as SVG, with bands, points and error bars, on linear or logarithmic axes |
//! | [`heatmap`] | a function of two variables as SVG, in discrete levels |
//! | [`colour_map`] | the colours of those levels |
//! | [`style`] | one look for every figure |
//!
//! The modules without a link need the feature `paper`.

#[cfg(feature = "paper")]
mod cells;
mod csv_file;
mod error;
#[cfg(feature = "paper")]
mod experiments;

pub mod alphas;
pub mod chart;
pub mod colour_map;
pub mod contour;
pub mod heatmap;
pub mod neighbourhood;
pub mod style;

#[cfg(feature = "paper")]
pub mod convergence;
#[cfg(feature = "paper")]
pub mod erratum;
#[cfg(feature = "paper")]
pub mod figure1;
#[cfg(feature = "paper")]
pub mod figure2;
#[cfg(feature = "paper")]
pub mod figure3;
#[cfg(feature = "paper")]
pub mod figure6;
#[cfg(feature = "paper")]
pub mod fine_tuning;
#[cfg(feature = "paper")]
pub mod paper;
#[cfg(feature = "paper")]
pub mod phase;
#[cfg(feature = "paper")]
pub mod report;
#[cfg(feature = "paper")]
pub mod selections;
#[cfg(feature = "paper")]
pub mod training_curves;

pub use error::{Error, Result};
