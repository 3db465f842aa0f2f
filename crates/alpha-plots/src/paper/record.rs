//! The record of a results folder: what each of its items was made from, and by which run.

use std::path::Path;
use std::time::Instant;

use alpha_linear::amazon::Amazon;
use alpha_store::record::{DataUsed, Record};
use alpha_store::{input, output};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::paper::{Item, Outcome};

/// The record's file in the results folder.
const FILE: &str = "record.json";
/// The most that a record can have.
const MOST_BYTES: u64 = 16 << 20;
/// The program that writes it.
const PROGRAM: &str = "reproduce-paper";

/// What an item was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeFrom {
    /// The published Amazon files.
    RealData,
    /// Amazon files of which at least one is not the published one.
    OtherData,
    /// Simulated data in the place of the missing Amazon files, or the part that needs no files.
    StandIn,
    /// Nothing that has to be downloaded.
    NoDownload,
    /// Nothing: it was not made.
    LeftOut,
}

/// One item of a results folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Its name.
    pub item: String,
    /// What it was made from.
    pub made_from: MadeFrom,
    /// What to know of it, such as why it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it was made by an earlier run than the one that the record is of.
    pub earlier_run: bool,
    /// The version of the program that made it.
    pub version: String,
}

/// The record of a results folder. Its `config` names the items that the last run was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaperRecord {
    /// The last run.
    #[serde(flatten)]
    pub run: Record<Vec<String>>,
    /// Whether that run made only some of the items (`--only`).
    #[serde(default)]
    pub partial: bool,
    /// Whether `report.html` and `report.md` tell of an earlier run, because this one made fewer items.
    #[serde(default)]
    pub report_of_earlier_run: bool,
    /// Every item of the folder. Absent in records of version 0.1.
    #[serde(default)]
    pub items: Vec<ItemRecord>,
}

impl MadeFrom {
    /// What an item is made from when the Amazon data is as given.
    fn of(item: Item, amazon: Option<&Amazon>) -> Self {
        match amazon {
            _ if !item.needs_amazon() => Self::NoDownload,
            None => Self::StandIn,
            Some(amazon) => Self::of_files(&amazon.files),
        }
    }

    fn of_files(files: &[DataUsed]) -> Self {
        if files.iter().all(|file| file.checksum.is_right()) { Self::RealData } else { Self::OtherData }
    }
}

impl PaperRecord {
    /// Reads the record of a folder; `None` if the folder has none that this program wrote.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = input::read(&folder.join(FILE), MOST_BYTES).ok()?;
        let mut record: Self = serde_json::from_slice(&text).ok()?;
        if record.run.command != PROGRAM {
            return None;
        }
        if record.items.is_empty() {
            record.items = record.items_of_version_0_1();
        }
        Some(record)
    }

    /// The items of a record that does not list them: it names what was asked for, and the dataset files.
    fn items_of_version_0_1(&self) -> Vec<ItemRecord> {
        let data = if self.run.data.is_empty() { MadeFrom::StandIn } else { MadeFrom::of_files(&self.run.data) };
        let items = Item::ALL.into_iter().filter(|item| self.run.config.iter().any(|name| name == item.name()));
        let record = |item: Item| ItemRecord {
            item: item.name().to_owned(),
            made_from: if item.needs_amazon() { data } else { MadeFrom::NoDownload },
            note: None,
            earlier_run: false,
            version: self.run.version.clone(),
        };
        items.map(record).collect()
    }

    /// Refuses to replace what was made on the published Amazon files by something that is not. `earlier` is the folder's record,
    /// `amazon` the data at hand.
    ///
    /// # Errors
    /// [`Error::RealDataAtStake`] naming the items and the ways out.
    pub fn check_replacement(
        folder: &Path,
        earlier: Option<&Self>,
        wanted: &[Item],
        amazon: Option<&Amazon>,
    ) -> Result<()> {
        let at_stake: Vec<Item> = wanted
            .iter()
            .copied()
            .filter(|item| item.needs_amazon() && MadeFrom::of(*item, amazon) != MadeFrom::RealData)
            .collect();
        let lost: Vec<Item> = match earlier {
            Some(record) => {
                let real = |item: &Item| {
                    let made = record.items.iter().find(|made| made.item == item.name());
                    made.is_some_and(|made| made.made_from == MadeFrom::RealData)
                };
                at_stake.into_iter().filter(real).collect()
            }
            // A run that was killed has written no record, but these files it writes only where it has the data.
            None => at_stake
                .into_iter()
                .filter(|item| only_of_amazon(*item).is_some_and(|f| folder.join(f).exists()))
                .collect(),
        };
        if lost.is_empty() {
            return Ok(());
        }
        let safe = wanted.iter().filter(|item| !lost.contains(item)).map(|item| item.name()).collect::<Vec<_>>();
        Err(Error::RealDataAtStake {
            folder: folder.to_owned(),
            items: lost.iter().map(|item| item.name()).collect::<Vec<_>>().join(", "),
            instead: if amazon.is_some() { "files that are not the published ones" } else { "simulated data" },
            safe: if safe.is_empty() {
                String::new()
            } else {
                format!(", make only the rest (--only {})", safe.join(","))
            },
        })
    }

    /// The record of a run that began at `start` and is now over, with the items of earlier runs that the folder keeps.
    pub fn new(outcomes: &[Outcome], amazon: Option<&Amazon>, earlier: Option<Self>, start: Instant) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let made = |outcome: &Outcome| ItemRecord {
            item: outcome.item.name().to_owned(),
            made_from: if outcome.files.is_empty() { MadeFrom::LeftOut } else { MadeFrom::of(outcome.item, amazon) },
            note: outcome.note.clone(),
            earlier_run: false,
            version: version.to_owned(),
        };
        let mut items: Vec<ItemRecord> = outcomes.iter().map(made).collect();
        let mut data = amazon.map(|amazon| amazon.files.clone()).unwrap_or_default();
        let mut report_of_earlier_run = false;
        if let Some(earlier) = earlier {
            let kept = earlier.items.into_iter().filter(|old| !items.iter().any(|new| new.item == old.item));
            let kept: Vec<ItemRecord> = kept.map(|old| ItemRecord { earlier_run: true, ..old }).collect();
            report_of_earlier_run = !kept.is_empty();
            if data.is_empty() && kept.iter().any(|old| old.made_from != MadeFrom::NoDownload) {
                data = earlier.run.data;
            }
            items.extend(kept);
        }
        let place = |record: &ItemRecord| Item::ALL.iter().position(|item| item.name() == record.item);
        items.sort_by_key(place);
        let asked = outcomes.iter().map(|outcome| outcome.item.name().to_owned()).collect();
        Self {
            run: Record::new(PROGRAM, version, asked, data, start),
            partial: outcomes.len() < Item::ALL.len(),
            report_of_earlier_run,
            items,
        }
    }

    /// Writes the record into its folder.
    ///
    /// # Errors
    /// [`Error::Store`] if it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|source| alpha_store::Error::Format {
            what: "the record of a results folder",
            source: source.into(),
        })?;
        Ok(output::write(&folder.join(FILE), |out| writeln!(out, "{text}"))?)
    }
}

/// A file of an item that is written only where the Amazon data is at hand.
fn only_of_amazon(item: Item) -> Option<&'static str> {
    match item {
        Item::Table1 => Some("tables/table1.csv"),
        Item::Table1N20 => Some("tables/table1_n20.csv"),
        Item::Figure3 => Some("figures/figure3.csv"),
        Item::Figure6 => Some("figures/figure6_amazon.svg"),
        Item::Selections => Some("tables/selections.csv"),
        _ => None,
    }
}
