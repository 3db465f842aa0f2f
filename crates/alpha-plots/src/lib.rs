//! Regenerates the tables and figures of α-LoRA, and makes some beyond the paper.
//!
//! | module | holds |
//! |---|---|
//! | [`paper`] | every item, of the paper or beyond it: what it writes, how it compares |
//! | [`report`] | those items as one page, with an explorer of the theory |
//! | [`figure1`], [`figure2`], [`figure3`], [`figure6`] | the paper's figures in numbers and as charts |
//! | [`erratum`] | what the published second moment of a ridge source costs |
//! | [`phase`] | maps of α* and its gains |
//! | [`convergence`] | how fast the theory becomes exact |
//! | [`selections`] | which choice of α is best on the Amazon transfers |
//! | [`fine_tuning`] | runs of alpha-llm, read back from their records |
//! | [`contour`] | the curves on which a function of two variables vanishes |
//! | [`chart`] | a line chart as SVG, with points and error bars, on linear or logarithmic axes |
//! | [`heatmap`] | a function of two variables as SVG, in discrete levels |
//! | [`colour_map`] | the colours of those levels |
//! | [`style`] | one look for every figure |
//!
//! ```
//! use alpha_plots::figure1::{Figure1Config, chart};
//! use alpha_rmt::source::SourceForm;
//! let curves = Figure1Config::paper()?.curves(SourceForm::Correct)?;
//! assert!(chart(&curves, SourceForm::Correct).to_svg()?.starts_with("<svg"));
//! # Ok::<(), alpha_plots::Error>(())
//! ```

mod cells;
mod error;
mod experiments;

pub mod chart;
pub mod colour_map;
pub mod contour;
pub mod convergence;
pub mod erratum;
pub mod figure1;
pub mod figure2;
pub mod figure3;
pub mod figure6;
pub mod fine_tuning;
pub mod heatmap;
pub mod paper;
pub mod phase;
pub mod report;
pub mod selections;
pub mod style;

pub use error::{Error, Result};
