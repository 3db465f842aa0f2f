//! Which rows of the training file train, which move α, which select: disjoint, or as the authors have it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::keyed::Key;

/// How the training file is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "protocol")]
pub enum SplitConfig {
    /// Three sets that share no row; training has what the other two leave.
    Clean {
        /// Share of the rows that move α, in [0, 1); 0 for methods without α.
        alpha: f64,
        /// Share of the rows that select, in [0, 1).
        selection: f64,
    },
    /// The authors': α moves on a share drawn from the training rows, which **all** train too.
    Paper {
        /// Share of the training rows that move α, in [0, 1]; their `val_split`. 1 means all of them.
        alpha: f64,
        /// Share of the rows that select and do not train, in [0, 1); the authors have none.
        #[serde(default)]
        selection: f64,
    },
}

impl SplitConfig {
    /// The share of α and of selection.
    pub fn shares(&self) -> (f64, f64) {
        match *self {
            Self::Clean { alpha, selection } | Self::Paper { alpha, selection } => (alpha, selection),
        }
    }

    /// The same with another share of α.
    pub(crate) fn with_alpha(self, alpha: f64) -> Self {
        match self {
            Self::Clean { selection, .. } => Self::Clean { alpha, selection },
            Self::Paper { selection, .. } => Self::Paper { alpha, selection },
        }
    }

    /// The same with another share of selection.
    pub(crate) fn with_selection(self, selection: f64) -> Self {
        match self {
            Self::Clean { alpha, .. } => Self::Clean { alpha, selection },
            Self::Paper { alpha, .. } => Self::Paper { alpha, selection },
        }
    }

    /// Whether the sets share no row.
    fn disjoint(&self) -> bool {
        matches!(self, Self::Clean { .. })
    }

    /// How many of `rows` train, move α and select. A share is rounded up, and above 0 it is at least one row.
    pub(crate) fn counts(&self, rows: usize) -> (usize, usize, usize) {
        // 0.2 of 15 rows is 3, although 0.2 · 15 is a little more in floating point.
        let count = |share: f64, rows: usize| {
            let rounded = (share * rows as f64 - 1e-9).ceil().max(0.0) as usize;
            rounded.max(usize::from(share > 0.0)).min(rows)
        };
        let (alpha, selection) = self.shares();
        let selection = count(selection, rows);
        // Of all rows where they leave training, of the training rows where they do not.
        let alpha = count(alpha, if self.disjoint() { rows } else { rows - selection });
        (rows.saturating_sub(selection + if self.disjoint() { alpha } else { 0 }), alpha, selection)
    }
}

/// Places in the training file, each list rising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    /// Rows for adapters and head.
    pub train: Vec<usize>,
    /// Rows for α.
    pub alpha: Vec<usize>,
    /// Rows for choosing a step or a setting.
    pub selection: Vec<usize>,
    /// SHA-256 over the three lists, in hexadecimal: runs with the same digest saw the same rows.
    pub digest: String,
}

impl Splits {
    /// Shares out `rows` rows. A share is rounded up, as transformers' and scikit-learn's splits do, and above 0 it is at
    /// least one row; it depends on the rows' number and the seed alone.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a share that is not a number in its range, or if no row is left to train on.
    pub fn new(rows: usize, config: &SplitConfig, seed: u64) -> Result<Self> {
        let refuse = |name: &str, value: String, allowed: &str| Err(Error::parameter(name, value, allowed));
        let (alpha, selection) = config.shares();
        for (name, share, may_be_1) in
            [("share of α", alpha, !config.disjoint()), ("share of selection", selection, false)]
        {
            if !(0.0..=1.0).contains(&share) || (share == 1.0 && !may_be_1) {
                return refuse(name, share.to_string(), if may_be_1 { "in [0, 1]" } else { "in [0, 1)" });
            }
        }
        let (left, alpha, selection) = config.counts(rows);
        if left == 0 {
            return refuse("number of rows to train on", format!("0 of {rows}"), "at least 1");
        }
        let order = Key { seed, stream: "splits", count: 0 }.shuffle(&(0..rows).collect::<Vec<_>>());
        let sorted = |part: &[usize]| {
            let mut part = part.to_vec();
            part.sort_unstable();
            part
        };
        let (train, alpha, selection) = if config.disjoint() {
            let (alpha, rest) = order.split_at(alpha);
            let (selection, train) = rest.split_at(selection);
            (sorted(train), sorted(alpha), sorted(selection))
        } else {
            // From the end, so that methods with and without α select on the same rows.
            let (train, selection) = order.split_at(rows - selection);
            (sorted(train), sorted(&train[..alpha]), sorted(selection))
        };
        let digest = digest(&[("train", &train), ("alpha", &alpha), ("selection", &selection)]);
        let splits = Self { train, alpha, selection, digest };
        if config.disjoint() && splits.shared_rows() > 0 {
            return refuse("number of rows in two sets", splits.shared_rows().to_string(), "0");
        }
        Ok(splits)
    }

    /// How many rows are in more than one set: 0 for the clean protocol.
    pub fn shared_rows(&self) -> usize {
        let mut all: Vec<_> = [&self.train, &self.alpha, &self.selection].into_iter().flatten().collect();
        let total = all.len();
        all.sort_unstable();
        all.dedup();
        total - all.len()
    }
}

fn digest(parts: &[(&str, &Vec<usize>)]) -> String {
    let mut hash = Sha256::new();
    for (name, rows) in parts {
        hash.update(name.as_bytes());
        hash.update((rows.len() as u64).to_le_bytes());
        rows.iter().for_each(|&row| hash.update((row as u64).to_le_bytes()));
    }
    alpha_store::checksum::hexadecimal(&hash.finalize())
}
