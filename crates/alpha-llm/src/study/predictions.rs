//! predictions.csv, read back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::training::{Rule, files};

/// Which rows of each evaluation file a run gets right, under each rule.
#[derive(Debug)]
pub(super) struct Predictions {
    path: PathBuf,
    /// By rule and set: the labels, and whether they were predicted.
    of: BTreeMap<(String, String), (Vec<String>, Vec<bool>)>,
}

#[derive(Deserialize)]
struct Line {
    rule: String,
    set: String,
    label: String,
    prediction: String,
}

impl Predictions {
    /// Reads RUN/predictions.csv.
    ///
    /// # Errors
    /// [`Error::Csv`] if it is missing or damaged.
    pub fn read(run: &Path) -> Result<Self> {
        let path = run.join(files::PREDICTIONS);
        let invalid = |source| Error::Csv { path: path.clone(), source };
        let mut of: BTreeMap<_, (Vec<String>, Vec<bool>)> = BTreeMap::new();
        for line in csv::Reader::from_path(&path).map_err(invalid)?.deserialize() {
            let Line { rule, set, label, prediction } = line.map_err(invalid)?;
            let (labels, right) = of.entry((rule, set)).or_default();
            right.push(label == prediction);
            labels.push(label);
        }
        Ok(Self { path, of })
    }

    /// Which rows two runs get right; nothing where one has not this rule or set.
    ///
    /// # Errors
    /// [`Error::OtherRows`] if the rows are not the same.
    pub fn beside<'a>(&'a self, other: &'a Self, rule: Rule, set: &str) -> Result<Option<[&'a Vec<bool>; 2]>> {
        let key = (rule.name().to_owned(), set.to_owned());
        let (Some((labels, right)), Some((others, also))) = (self.of.get(&key), other.of.get(&key)) else {
            return Ok(None);
        };
        if labels != others {
            return Err(Error::OtherRows { first: self.path.clone(), second: other.path.clone() });
        }
        Ok(Some([right, also]))
    }
}
