//! What came of an item.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use alpha_linear::amazon::table1;
use alpha_store::output;
use alpha_store::record::DataUsed;
use alpha_store::table::Table;

use crate::chart::Chart;
use crate::error::Result;
use crate::paper::Item;

/// What came of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The item.
    pub item: Item,
    /// Two numbers and their difference, one line each.
    pub comparisons: Vec<Comparison>,
    /// What the two numbers are.
    pub compared: [&'static str; 2],
    /// How many published numbers ours were held against, digit by digit.
    pub checked: usize,
    /// Published digits that were not met, in words.
    pub misses: Vec<String>,
    /// Whether it shows published data redrawn, nothing of its own.
    pub redrawn: bool,
    /// Files written; none if the item was left out.
    pub files: Vec<PathBuf>,
    /// Something to read on the terminal, where numbers say more than a line.
    pub details: Option<Table>,
    /// More of it with captions, for the report only.
    pub tables: Vec<(String, Table)>,
    /// Why it was not made, or not from the real data.
    pub note: Option<String>,
    /// What decided it.
    pub settings: Vec<Settings>,
    /// The dataset files behind it.
    pub data: Vec<DataUsed>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Settings in TOML.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The file that they are in.
    pub name: Cow<'static, str>,
    /// Their text.
    pub text: Cow<'static, str>,
}

/// A number beside the published one, or beside another one that its outcome names.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What it is.
    pub quantity: String,
    /// The published number, if there is one.
    pub published: Option<f64>,
    /// Ours.
    pub ours: f64,
}

impl Outcome {
    /// Of an item of which nothing is made yet.
    pub fn new(item: Item) -> Self {
        let settings =
            item.settings().iter().map(|(name, text)| Settings { name: (*name).into(), text: (*text).into() });
        Self {
            item,
            comparisons: Vec::new(),
            compared: ["published", "ours"],
            checked: 0,
            misses: Vec::new(),
            redrawn: false,
            files: Vec::new(),
            details: None,
            tables: Vec::new(),
            note: None,
            settings: settings.collect(),
            data: Vec::new(),
            seconds: 0.0,
        }
    }

    /// The comparisons as a table; `None` if there are none.
    pub fn comparison(&self) -> Option<Table> {
        let published = self.comparisons.iter().any(|c| c.published.is_some());
        let mut table = match published {
            true => Table::new(["quantity", self.compared[0], self.compared[1], "difference"]),
            false => Table::new(["quantity", "value"]),
        };
        for c in &self.comparisons {
            let ours = format!("{:.2}", c.ours);
            match (published, c.published) {
                (true, Some(x)) => {
                    table.push([c.quantity.clone(), format!("{x:.2}"), ours, table1::difference(c.ours - x)])
                }
                (true, None) => table.push([c.quantity.clone(), String::new(), ours]),
                (false, _) => table.push([c.quantity.clone(), ours]),
            }
        }
        (!self.comparisons.is_empty()).then_some(table)
    }

    /// Writes a file below a folder and remembers it.
    pub(super) fn write(&mut self, out: &Path, name: &str, content: &str) -> Result<()> {
        let path = out.join(name);
        output::write(&path, |file| file.write_all(content.as_bytes()))?;
        self.files.push(path);
        Ok(())
    }

    pub(super) fn figure(&mut self, out: &Path, name: &str, chart: &Chart) -> Result<()> {
        self.write(out, &format!("figures/{name}.svg"), &chart.to_svg()?)
    }

    pub(super) fn compare(&mut self, quantity: impl Into<String>, published: Option<f64>, ours: f64) {
        self.comparisons.push(Comparison { quantity: quantity.into(), published, ours });
    }

    /// Adds to the note.
    pub(super) fn remark(&mut self, words: impl Into<String>) {
        let words = words.into();
        self.note = Some(match self.note.take() {
            Some(note) => format!("{note}; {words}"),
            None => words,
        });
    }
}
