//! Every item that this build can make, of the paper and beyond it: what it writes, and how it compares with what was
//! published.

pub mod report;

mod beyond;
mod cells;
mod contour;
mod convergence;
mod erratum;
mod experiments;
mod figure1;
mod figure2;
mod figure3;
mod figure6;
mod fine_tuning;
mod item;
mod language;
mod linear;
mod outcome;
mod phase;
mod record;
mod selections;
mod table2;
mod training_curves;

use std::path::Path;
use std::time::Instant;

use alpha_linear::amazon::Amazon;

use crate::error::Result;
use experiments::experiment;
pub use item::Item;
pub use outcome::{Comparison, Outcome, Settings};
pub use record::{ItemRecord, MadeFrom, PaperRecord};

/// What items are made from, and where they go.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The Amazon data. Without them Table 1 is made on its Gaussian stand-in, named so in the file, and Figure 3, half of
    /// Figure 6 and the study of selections are left out.
    pub amazon: Option<&'a Amazon>,
    /// Folder with the runs of alpha-llm, which this build cannot make itself: those of `scripts/study minilm` and of
    /// `reproduce-table2`.
    pub results: &'a Path,
    /// Folder that gets `tables` and `figures`.
    pub out: &'a Path,
}

/// Makes an item and writes it.
///
/// # Errors
/// [`crate::Error`] if a measurement fails, or a file cannot be read or written.
pub fn make(item: Item, at: &Context<'_>) -> Result<Outcome> {
    let start = Instant::now();
    let mut outcome = Outcome::new(item);
    if let (true, Some(amazon)) = (item.needs_amazon(), at.amazon) {
        outcome.data = amazon.files.clone();
    }
    let made = &mut outcome;
    match item {
        Item::Table1 => linear::make_table1(made, &experiment!("table1.toml")?, "table1", at)?,
        Item::Table1N20 => linear::make_table1(made, &experiment!("table1_n20.toml")?, "table1_n20", at)?,
        Item::Figure1 => linear::make_figure1(made, at)?,
        Item::Figure2 => linear::make_figure2(made, at)?,
        Item::Figure3 => linear::make_figure3(made, at)?,
        Item::Figure4 => language::make_figure4(made, at)?,
        Item::Figure5 => language::make_figure5(made, at)?,
        Item::Figure6 => linear::make_figure6(made, at)?,
        Item::Table2 => table2::make(made, at)?,
        Item::Table2Small => table2::make_small(made, at)?,
        Item::AppendixE2 => language::make_appendix_e2(made, at)?,
        Item::Erratum => beyond::make_erratum(made, at)?,
        Item::Phase => beyond::make_phase(made, at)?,
        Item::Convergence => beyond::make_convergence(made, at)?,
        Item::Selections => beyond::make_selections(made, at)?,
        Item::Minilm => beyond::make_minilm(made, at)?,
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

/// What an item that is about the reviews says without them.
const NEEDS_AMAZON: &str = "it needs the Amazon data";
