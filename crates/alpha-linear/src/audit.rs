//! What is wrong with a file, or with a pair of them, before one trusts a number.

use std::collections::HashMap;
use std::path::Path;

use alpha_store::input;
use nalgebra::DMatrix;
use serde::Serialize;

use crate::error::Result;
use crate::sample_file::{NamedSamples, SampleOptions, some};
use crate::samples::{Samples, is_rounding, key};
use crate::suspects::{Suspect, Suspicion};
use crate::transfer_files::{Suspected, is_constant};

/// What was found in one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileAudit {
    /// The file.
    pub name: String,
    /// Rows n.
    pub rows: usize,
    /// Features p.
    pub features: usize,
    /// p/n.
    pub aspect_ratio: f64,
    /// What stands in the file for −1 and for +1.
    pub words: [String; 2],
    /// Rows of class +1.
    pub positive: usize,
    /// Rows whose label differs from that of the row before.
    pub label_changes: usize,
    /// How many of those are expected of rows in random order.
    pub expected_label_changes: f64,
    /// Rows at the start that are of one class.
    pub first_of_one_class: usize,
    /// Whether the rows are ordered by label: far fewer changes than expected, by more than three standard deviations.
    pub ordered_by_label: bool,
    /// Rows with the features of a row before.
    pub repeated_rows: usize,
    /// Those of them with the other label.
    pub contradicting_rows: usize,
    /// Features with one value in every row, up to rounding.
    pub constant_features: Vec<String>,
    /// Features that count or number the rows: rows are compared without them.
    pub row_numbers: Vec<String>,
    /// Features that tell the label alone.
    pub label_copies: Vec<String>,
    /// Features with the values of one before them, and that one: the copy first.
    pub duplicate_features: Vec<[String; 2]>,
    /// Missing values.
    pub missing: usize,
    /// Row, from 1, of the first missing value, and its feature.
    pub first_missing: Option<(usize, String)>,
}

/// What was found in a file or a pair of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The file to train on.
    pub train: FileAudit,
    /// The file to test on.
    pub test: Option<FileAudit>,
    /// Rows of the test with the features of a row of the training file.
    pub shared_rows: Option<usize>,
    /// In words, what to mend or to bear in mind.
    pub warnings: Vec<String>,
}

impl FileAudit {
    /// Audits a file; rows are compared by the features that `compared` keeps.
    fn of(named: &NamedSamples, suspects: &[Suspect], compared: &DMatrix<f64>) -> Self {
        let Samples { features, labels } = &named.samples;
        let (p, n) = features.shape();
        let positive = labels.iter().filter(|y| **y > 0.0).count();
        let label_changes = labels.as_slice().windows(2).filter(|pair| pair[0] != pair[1]).count();
        // Wald and Wolfowitz: changes of a random order of as many of either class.
        let (total, product) = (n as f64, 2.0 * positive as f64 * (n - positive) as f64);
        let expected = product / total;
        let variance = product * (product - total) / (total * total * (total - 1.0));
        let far = label_changes as f64 - expected < -3.0 * variance.max(0.0).sqrt();
        let mut first = HashMap::new();
        let (mut repeated_rows, mut contradicting_rows) = (0, 0);
        for (x, y) in compared.column_iter().zip(labels) {
            let label = first.entry(key(x.as_slice())).or_insert((*y, 0));
            repeated_rows += usize::from(label.1 > 0);
            contradicting_rows += usize::from(label.1 > 0 && label.0 != *y);
            label.1 += 1;
        }
        let gaps: Vec<usize> = (0..features.len()).filter(|i| features[*i].is_nan()).collect();
        let constant = constant_so_far(features);
        let name = |i: usize| named.names[i].clone();
        let because = |is_meant: fn(Suspicion) -> bool| {
            suspects.iter().filter(|s| is_meant(s.why)).map(|s| name(s.feature)).collect::<Vec<_>>()
        };
        Self {
            name: input::name(&named.path),
            rows: n,
            features: p,
            aspect_ratio: p as f64 / n as f64,
            words: named.words.clone(),
            positive,
            label_changes,
            expected_label_changes: expected,
            first_of_one_class: labels.iter().take_while(|y| **y == labels[0]).count(),
            ordered_by_label: far || (label_changes == 1 && n >= 8),
            repeated_rows,
            contradicting_rows,
            row_numbers: because(Suspicion::is_of_rows),
            label_copies: because(|why| why == Suspicion::TellsTheLabel),
            duplicate_features: duplicates(features, &constant).into_iter().map(|[i, j]| [name(i), name(j)]).collect(),
            constant_features: constant.into_iter().map(name).collect(),
            missing: gaps.len(),
            first_missing: gaps.first().map(|i| (i / p + 1, named.names[i % p].clone())),
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |text: String| warnings.push(format!("{}: {text}", self.name));
        if self.ordered_by_label {
            warn(format!(
                "the rows are ordered by label ({} changes of label from row to row, {:.0} expected): shuffle them before you \
                 take the first ones; the first {} are of one class",
                self.label_changes, self.expected_label_changes, self.first_of_one_class
            ));
        }
        if self.missing > 0
            && let Some((row, feature)) = &self.first_missing
        {
            warn(format!(
                "{} values are missing, the first in row {row}, column '{feature}': fill them in or drop their rows",
                self.missing
            ));
        }
        if self.repeated_rows > 0 {
            let contradicting = match self.contradicting_rows {
                0 => String::new(),
                count => format!(", {count} of them with the other label"),
            };
            warn(format!(
                "{} rows repeat an earlier one{contradicting}: split at random, some are trained and tested on",
                self.repeated_rows
            ));
        }
        if !self.constant_features.is_empty() {
            warn(format!("{} in every row", is_constant(&self.constant_features)));
        }
        if let Some([copy, first]) = self.duplicate_features.first() {
            let more = match self.duplicate_features.len() - 1 {
                0 => String::new(),
                more => format!(", and {more} more columns those of others"),
            };
            warn(format!("column {} has the values of {}{more}", some(&[copy]), some(&[first])));
        }
        if 4 * self.positive.min(self.rows - self.positive) < self.rows {
            warn(format!(
                "{} of {} labels are positive: the theory assumes balanced classes, and accuracy says little",
                self.positive, self.rows
            ));
        }
        if self.aspect_ratio > 1.0 {
            warn(format!(
                "p/n = {:.1}, more features than rows: without a ridge a classifier fits these rows whatever their labels",
                self.aspect_ratio
            ));
        }
        warnings
    }
}

impl Audit {
    /// Audits a file and perhaps the one to test on; features that are NaN count as missing.
    ///
    /// # Errors
    /// [`crate::Error::Dataset`] if the two do not have the same features.
    pub fn of(train: &NamedSamples, test: Option<&NamedSamples>, options: &SampleOptions) -> Result<Self> {
        let ordered = test.map(|test| -> Result<NamedSamples> {
            let samples = test.ordered(&train.names)?;
            Ok(NamedSamples { names: train.names.clone(), samples, ..test.clone() })
        });
        let ordered = ordered.transpose()?;
        let mut suspected = Suspected::new(options);
        let mut look =
            |file: &NamedSamples| suspected.look(&file.path, &file.names, &file.samples.features, Some(&file.samples));
        let (suspects, others) = (look(train), ordered.as_ref().map(look).unwrap_or_default());
        let mut numbered: Vec<usize> =
            suspects.iter().chain(&others).filter(|s| s.why.is_of_rows()).map(|s| s.feature).collect();
        numbered.sort_unstable();
        // Where nothing is left to compare by, rows are compared as they are.
        let kept: Vec<usize> = (0..train.names.len()).filter(|i| numbered.binary_search(i).is_err()).collect();
        let compared = |file: &NamedSamples| {
            let features = &file.samples.features;
            if kept.is_empty() || kept.len() == features.nrows() {
                features.clone()
            } else {
                features.select_rows(&kept)
            }
        };
        let rows = compared(train);
        let own = FileAudit::of(train, &suspects, &rows);
        let mut warnings = train.warnings.clone();
        warnings.extend(test.iter().flat_map(|test| test.warnings.clone()));
        warnings.extend(suspected.warnings(&[]));
        warnings.extend(own.warnings());
        let mut audit = Self { train: own, test: None, shared_rows: None, warnings: Vec::new() };
        if let Some(ordered) = ordered {
            let others_rows = compared(&ordered);
            let other = FileAudit::of(&ordered, &others, &others_rows);
            warnings.extend(other.warnings());
            let seen: std::collections::HashSet<_> = rows.column_iter().map(|x| key(x.as_slice())).collect();
            let shared = others_rows.column_iter().filter(|x| seen.contains(&key(x.as_slice()))).count();
            if shared > 0 {
                warnings.push(format!(
                    "{shared} rows of {} are also in {}: the test measures memory as well",
                    other.name, audit.train.name
                ));
            }
            let small = other.rows < 100;
            if small {
                warnings.push(format!(
                    "{} has {} rows: an accuracy near 80 % has a standard error of {:.1} points",
                    other.name,
                    other.rows,
                    100.0 * (0.16 / other.rows as f64).sqrt()
                ));
            }
            (audit.test, audit.shared_rows) = (Some(other), Some(shared));
        }
        audit.warnings = warnings;
        Ok(audit)
    }

    /// Audits files.
    ///
    /// # Errors
    /// As [`NamedSamples::read`], but that a missing value is counted instead of refused; as [`Audit::of`];
    /// [`crate::Error::Dataset`] for classes of different names, [`crate::Error::Parameter`] for a column to leave out that neither
    /// file has.
    pub fn of_files(train: &Path, test: Option<&Path>, options: &SampleOptions) -> Result<Self> {
        let train = NamedSamples::read_with_gaps(train, options)?;
        let test =
            test.map(|path| NamedSamples::read_with_gaps(path, options)?.with_classes_of(&train, &options.positive));
        let (test, told) = test.transpose()?.unzip();
        let dropped = || [Some(&train), test.as_ref()].into_iter().flatten().flat_map(|file| &file.dropped);
        if let Some(name) = options.drop.iter().find(|name| !dropped().any(|own| own == *name)) {
            let allowed = format!("a column of one of the files; {} has {}", train.path.display(), some(&train.names));
            return Err(crate::Error::parameter("drop", name, allowed));
        }
        let mut audit = Self::of(&train, test.as_ref(), options)?;
        audit.warnings.extend(told.flatten());
        Ok(audit)
    }
}

/// Features whose values, those that are there, are the same up to rounding.
fn constant_so_far(features: &DMatrix<f64>) -> Vec<usize> {
    let is_constant = |i: &usize| {
        let there = || (0..features.ncols()).map(|j| features[(*i, j)]).filter(|x| !x.is_nan());
        let ends = there().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
        there().next().is_none() || is_rounding(ends, there)
    };
    (0..features.nrows()).filter(is_constant).collect()
}

/// Features with the values of an earlier one, and that one, apart from constant ones.
fn duplicates(features: &DMatrix<f64>, constant: &[usize]) -> Vec<[usize; 2]> {
    let row = |i: usize| -> Vec<f64> { (0..features.ncols()).map(|j| features[(i, j)]).collect() };
    let mut first: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut found = Vec::new();
    for i in (0..features.nrows()).filter(|i| constant.binary_search(i).is_err()) {
        let before = *first.entry(key(&row(i))).or_insert(i);
        if before != i {
            found.push([i, before]);
        }
    }
    found
}
