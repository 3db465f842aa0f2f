//! The report: what a run of `reproduce-paper` made, as one page and as Markdown.
//!
//! `report.html` needs nothing beside it: figures, style and the explorer (the theory compiled to WebAssembly from
//! `crates/alpha-explorer`) are inside, and a content policy forbids the page to load anything. `report.md` has the same
//! items and shows the figures that lie beside it.
//!
//! Two runs of the same code on the same data give the same report, but for seconds, machine and commit. In the page those
//! stand in `<span class="run">`, in the Markdown below the heading "This run"; `scripts/compare-results` passes them over.

mod explorer;
mod figure;
mod html;
mod markdown;
mod words;

use std::path::Path;

use alpha_store::output;
use alpha_store::record::Record;

use crate::error::Result;
use crate::paper::{Item, Outcome, Settings, experiments};
use figure::Figure;

/// A run, to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What it made, in the order of [`Item::ALL`].
    pub outcomes: &'a [Outcome],
    /// The record of the run.
    pub record: &'a Record<Vec<String>>,
    /// The commit of the sources, if known.
    pub commit: Option<&'a str>,
}

/// An item with its figures and the names of its files below the folder of the run.
struct Entry<'a> {
    outcome: &'a Outcome,
    figures: Vec<Figure>,
    files: Vec<String>,
}

impl Report<'_> {
    /// Writes `report.html` and `report.md` into the folder that the run wrote to.
    ///
    /// # Errors
    /// [`crate::Error::Store`] if a figure cannot be read back or a report cannot be written; [`crate::Error::Experiment`]
    /// if a built-in settings file is not valid; [`crate::Error::Theory`] if the explorer's settings are out of range.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let entries: Vec<Entry> =
            self.outcomes.iter().map(|outcome| Entry::new(outcome, folder)).collect::<Result<_>>()?;
        let page = html::page(self, &entries)?;
        let text = markdown::text(self, &entries)?;
        output::write(&folder.join("report.html"), |out| out.write_all(page.as_bytes()))?;
        output::write(&folder.join("report.md"), |out| out.write_all(text.as_bytes()))?;
        Ok(())
    }

    /// Items that were not asked for.
    fn not_asked(&self) -> Vec<Item> {
        let made = |item: &Item| self.outcomes.iter().any(|outcome| outcome.item == *item);
        Item::ALL.into_iter().filter(|item| !made(item)).collect()
    }

    /// "192 of 192", and of what: the published numbers that were met; `None` if none were checked.
    fn met(&self) -> Option<(String, String)> {
        let checked = self.outcomes.iter().filter(|outcome| outcome.checked > 0);
        let all = checked.clone().map(|outcome| outcome.checked).sum::<usize>();
        let missed = checked.clone().map(|outcome| outcome.misses.len()).sum::<usize>();
        let names: Vec<&str> = checked.map(|outcome| outcome.item.name()).collect();
        let of = format!("published numbers of {} met to the last printed digit", names.join(" and "));
        (all > 0).then(|| (format!("{} of {all}", all.saturating_sub(missed)), of))
    }

    /// "linux x86_64, 2 cores; 33 s; commit 0123456789ab".
    fn circumstances(&self) -> String {
        let Record { machine, seconds, .. } = self.record;
        format!("{machine}; {seconds:.0} s; commit {}", self.commit.unwrap_or("unknown"))
    }
}

impl<'a> Entry<'a> {
    fn new(outcome: &'a Outcome, folder: &Path) -> Result<Self> {
        let name = |path: &std::path::PathBuf| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let svg = outcome.files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "svg"));
        Ok(Self {
            outcome,
            figures: svg.map(|path| Figure::read(outcome.item, path, name(path))).collect::<Result<_>>()?,
            files: outcome.files.iter().map(name).collect(),
        })
    }

    /// Whether there is anything to show.
    fn is_made(&self) -> bool {
        !self.files.is_empty()
    }

    /// What came of it, in few words.
    fn verdict(&self) -> String {
        let Outcome { checked, misses, .. } = self.outcome;
        match (self.is_made(), misses.len(), *checked) {
            (false, ..) => "left out".to_owned(),
            (true, 0, 0) if self.outcome.redrawn => "published data, redrawn".to_owned(),
            (true, 0, 0) => "made".to_owned(),
            (true, 0, checked) => format!("all {checked} published numbers met"),
            (true, missed, checked) => format!("{missed} of {checked} published numbers missed"),
        }
    }

    /// The shell command that makes just this item.
    fn command(&self) -> String {
        format!("cargo run --release --bin reproduce-paper -- --only {}", self.outcome.item.name())
    }

    /// Every seed in its settings, with their file's name.
    fn seeds(&self) -> Result<Vec<(&str, String)>> {
        let mut seeds = Vec::new();
        for Settings { name, text } in &self.outcome.settings {
            let table: toml::Table = experiments::parse(name, text)?;
            collect_seeds(&table, "", &mut |found| seeds.push((name.as_ref(), found)));
        }
        Ok(seeds)
    }
}

fn collect_seeds(table: &toml::Table, above: &str, found: &mut impl FnMut(String)) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => collect_seeds(inner, &format!("{above}{key}."), found),
            value if key == "seed" || key == "seeds" => found(format!("{above}{key} = {value}")),
            _ => {}
        }
    }
}
