//! What is wrong with a file, or with a pair of them, before one trusts a number.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use crate::error::Result;
use crate::sample_file::{NamedSamples, some};
use crate::samples::{Samples, constant, key};

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
    /// Features with one value in every row.
    pub constant_features: Vec<String>,
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
    fn of(named: &NamedSamples) -> Self {
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
        for (x, y) in features.column_iter().zip(labels) {
            let label = first.entry(key(x.as_slice())).or_insert((*y, 0));
            repeated_rows += usize::from(label.1 > 0);
            contradicting_rows += usize::from(label.1 > 0 && label.0 != *y);
            label.1 += 1;
        }
        let gaps: Vec<usize> = (0..features.len()).filter(|i| features[*i].is_nan()).collect();
        Self {
            name: named.path.display().to_string(),
            rows: n,
            features: p,
            aspect_ratio: p as f64 / n as f64,
            positive,
            label_changes,
            expected_label_changes: expected,
            first_of_one_class: labels.iter().take_while(|y| **y == labels[0]).count(),
            ordered_by_label: far || (label_changes == 1 && n >= 8),
            repeated_rows,
            contradicting_rows,
            constant_features: constant(features).into_iter().map(|i| named.names[i].clone()).collect(),
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
            warn(format!(
                "{} columns have the same value in every row: {}",
                self.constant_features.len(),
                some(&self.constant_features)
            ));
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
    pub fn of(train: &NamedSamples, test: Option<&NamedSamples>) -> Result<Self> {
        let own = FileAudit::of(train);
        let mut warnings = own.warnings();
        let mut audit = Self { train: own, test: None, shared_rows: None, warnings: Vec::new() };
        if let Some(test) = test {
            let ordered =
                NamedSamples { names: train.names.clone(), samples: test.ordered(&train.names)?, ..test.clone() };
            let other = FileAudit::of(&ordered);
            warnings.extend(other.warnings());
            let seen: std::collections::HashSet<_> =
                train.samples.features.column_iter().map(|x| key(x.as_slice())).collect();
            let shared = ordered.samples.features.column_iter().filter(|x| seen.contains(&key(x.as_slice()))).count();
            if shared > 0 {
                warnings.push(format!(
                    "{shared} rows of {} are also in {}: the test measures memory as well",
                    other.name, audit.train.name
                ));
            }
            warnings.extend(test.other_classes(train));
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

    /// Audits CSV files.
    ///
    /// # Errors
    /// As [`NamedSamples::read`], but that a missing value is counted instead of refused; as [`Audit::of`].
    pub fn of_files(train: &Path, test: Option<&Path>, label: &str) -> Result<Self> {
        let train = NamedSamples::read_with_gaps(train, label)?;
        let test = test.map(|path| NamedSamples::read_with_gaps(path, label)).transpose()?;
        Self::of(&train, test.as_ref())
    }
}
