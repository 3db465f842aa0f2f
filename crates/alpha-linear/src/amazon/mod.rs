//! The Amazon reviews: their files, and what the paper measures on them.
//!
//! | module | holds |
//! |---|---|
//! | [`table1`] | Table 1: twelve transfers at α = 0, 1 and α\*, as a table, beside the published numbers |
//! | [`figure3`] | Figure 3: accuracy against α, measured and by theory |
//! | [`figure6`] | Figure 6: the decision function on either class |
//! | [`score_law`] | the accuracy of draws of n rows by the score law, beside the same measured |
//!
//! The published splits and their accuracies are in `protocol`. The files are MATLAB 5, `fts` (reviews × 400 real numbers, full or
//! sparse) and `labels` (reviews × 1, 0 or 1).

mod protocol;

pub mod figure3;
pub mod figure6;
pub mod score_law;
pub mod table1;

use std::path::Path;

use alpha_store::datasets::Datasets;
use alpha_store::manifest::{DatasetFile, Manifest};
use alpha_store::progress;
use alpha_store::record::DataUsed;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::mat;
use crate::samples::Samples;

/// Most bytes of a file; the published ones have less than 10 MB.
const MOST_BYTES: u64 = 256 << 20;

/// Number of features of every domain.
pub const FEATURES: usize = 400;

/// A product category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Domain {
    /// Books.
    Books,
    /// DVDs.
    Dvd,
    /// Electronics.
    Electronics,
    /// Kitchen appliances.
    Kitchen,
}

impl Domain {
    /// All domains, in the order of the paper.
    pub const ALL: [Self; 4] = [Self::Books, Self::Dvd, Self::Electronics, Self::Kitchen];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Books => "books",
            Self::Dvd => "dvd",
            Self::Electronics => "electronics",
            Self::Kitchen => "kitchen",
        }
    }

    /// Its file below a datasets folder.
    pub fn path(self) -> &'static str {
        match self {
            Self::Books => "amazon/books.mat",
            Self::Dvd => "amazon/dvd.mat",
            Self::Electronics => "amazon/elec.mat",
            Self::Kitchen => "amazon/kitchen.mat",
        }
    }

    /// Every ordered pair of different domains, in the order of Table 1.
    pub fn pairs() -> impl Iterator<Item = (Self, Self)> {
        Self::ALL.into_iter().flat_map(|s| Self::ALL.into_iter().filter(move |t| *t != s).map(move |t| (s, t)))
    }
}

/// The four domains, standardised, and the files they came from.
#[derive(Debug, Clone)]
pub struct Amazon {
    /// One per [`Domain::ALL`].
    samples: Vec<Samples>,
    /// The files read.
    pub files: Vec<DataUsed>,
}

impl Amazon {
    /// The files of the four domains.
    ///
    /// # Errors
    /// [`Error::Store`] if the manifest does not list one.
    pub fn files(manifest: &Manifest) -> Result<Vec<&DatasetFile>> {
        Ok(Domain::ALL.iter().map(|domain| manifest.file(domain.path())).collect::<Result<_, _>>()?)
    }

    /// Reads and standardises the four domains.
    ///
    /// # Errors
    /// [`Error::Store`] if a file is missing, [`Error::Dataset`] if one is not an Amazon file.
    pub fn load(datasets: &Datasets) -> Result<Self> {
        let manifest = Manifest::builtin();
        // Each file is read once, so that the checksum is of the very bytes that the numbers come from.
        let read = Self::files(&manifest)?.into_iter().map(|f| datasets.read(f)).collect::<Result<Vec<_>, _>>()?;
        let samples = read
            .par_iter()
            .map(|(located, content)| {
                let mut samples = parse(&located.path, content).map_err(|error| match error {
                    // What is wrong within is then of little interest.
                    Error::Dataset { path, reason } if !located.checksum.is_right() => Error::Dataset {
                        path,
                        reason: format!("{reason}; it is not the published file: its sha256 is {}", located.sha256),
                    },
                    error => error,
                })?;
                samples.standardise();
                Ok(samples)
            })
            .collect::<Result<_>>()?;
        let files = Domain::ALL.iter().zip(&read).map(|(d, (l, _))| DataUsed::new(d.path(), l)).collect();
        Ok(Self { samples, files })
    }

    /// As [`Amazon::load`], after the files that are missing have been downloaded, unless `offline`; `told` hears of each before.
    ///
    /// # Errors
    /// As [`Amazon::load`] and [`Datasets::fetch`].
    pub fn obtain(datasets: &Datasets, offline: bool, mut told: impl FnMut(&DatasetFile)) -> Result<Self> {
        for file in Self::files(&Manifest::builtin())? {
            if !offline && datasets.path(file).is_none() {
                told(file);
                progress::fetch(datasets, file)?;
            }
        }
        Self::load(datasets)
    }

    /// What a user should know before trusting a number: files that are not the published ones, sources of one class.
    pub fn warnings(&self, source_samples: usize) -> Vec<String> {
        let mut warnings = Vec::new();
        for file in &self.files {
            if let Some(expected) = file.checksum.wrong() {
                let (path, got) = (&file.path, &file.sha256);
                warnings.push(format!("{path} is not the published file: its sha256 is {got}, expected {expected}"));
            }
        }
        for (domain, samples) in Domain::ALL.iter().zip(&self.samples) {
            let labels = samples.labels.rows(0, source_samples.min(samples.rows()));
            if labels.iter().all(|y| *y == labels[0]) {
                let count = labels.len();
                warnings.push(format!(
                    "the first {count} rows of {} are of one class (its rows are sorted by label): this source knows nothing",
                    domain.name()
                ));
            }
        }
        warnings
    }

    /// The standardised samples of a domain.
    pub fn samples(&self, domain: Domain) -> &Samples {
        &self.samples[domain as usize]
    }
}

/// Reads one file, as it is: features not standardised, y = 1 − 2·label.
///
/// # Errors
/// [`Error::Store`] if the file cannot be read; [`Error::Dataset`] if it is damaged, or its variables, shapes, types,
/// values or labels are not those of an Amazon review file.
pub fn read(path: &Path) -> Result<Samples> {
    parse(path, &alpha_store::input::read(path, MOST_BYTES)?)
}

/// As [`read`], from the content of a file; `path` is for messages.
fn parse(path: &Path, content: &[u8]) -> Result<Samples> {
    let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
    let [fts, labels] = mat::read(content, ["fts", "labels"]).map_err(refuse)?;
    let &[rows, FEATURES] = fts.size.as_slice() else {
        return Err(refuse(format!("fts is {:?}, expected reviews × {FEATURES}", fts.size)));
    };
    if labels.size != [rows, 1] {
        return Err(refuse(format!("labels is {:?}, expected {:?} to match fts", labels.size, [rows, 1])));
    }
    let (values, classes) = (fts.values, labels.values);
    if let Some(i) = values.iter().position(|x| !x.is_finite()) {
        return Err(refuse(format!(
            "fts({}, {}) = {}, expected a finite number",
            i % rows + 1,
            i / rows + 1,
            values[i]
        )));
    }
    if let Some(i) = classes.iter().position(|c| *c != 0.0 && *c != 1.0) {
        let signs = classes.iter().all(|c| c.abs() == 1.0);
        let hint = if signs { "; from -1 and 1, save labels = (1 - labels) / 2" } else { "" };
        return Err(refuse(format!("labels({}) = {}, expected 0 or 1{hint}", i + 1, classes[i])));
    }
    if !(classes.contains(&0.0) && classes.contains(&1.0)) {
        return Err(refuse("labels has one class only, expected both 0 and 1".to_owned()));
    }
    Ok(Samples {
        features: DMatrix::from_vec(rows, FEATURES, values).transpose(),
        labels: DVector::from_iterator(rows, classes.iter().map(|c| 1.0 - 2.0 * c)),
    })
}
