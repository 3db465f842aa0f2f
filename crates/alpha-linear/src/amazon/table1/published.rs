//! The published numbers, and those that are missed.

use super::tables::{PUBLISHED_COLUMNS, table};
use super::{Table1Config, Transfer};

/// How many columns of the published tables are numbers.
pub const PUBLISHED_NUMBERS: usize = 8;

/// A published number that was not met.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// Source and target.
    pub pair: String,
    /// Column.
    pub column: &'static str,
    /// The published number.
    pub published: String,
    /// Ours.
    pub ours: String,
}

impl std::fmt::Display for Miss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pair, column, published, ours } = self;
        write!(f, "{pair}, {column}: published {published}, ours {ours}")
    }
}

/// The published Table 1 at this configuration, if there is one (n = 40 or 20, everything else at its default).
pub fn published(config: &Table1Config) -> Option<Vec<Vec<String>>> {
    let text = match config.target_samples {
        40 => include_str!("../../../published/table1_published_n40.csv"),
        20 => include_str!("../../../published/table1_published_n20.csv"),
        _ => return None,
    };
    let at_default = Table1Config { target_samples: 40, ..config.clone() } == Table1Config::default();
    at_default.then(|| text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

/// Every published number that `transfers` does not meet to the last printed digit.
pub fn misses(transfers: &[Transfer], published: &[Vec<String>]) -> Vec<Miss> {
    let ours = table(transfers);
    let mut misses = Vec::new();
    for (i, published) in published.iter().enumerate() {
        for (c, column) in PUBLISHED_COLUMNS.into_iter().enumerate() {
            let ours = ours.rows().get(i).map_or("", |row| row[c].as_str());
            let same = ours == published[c]
                || matches!((ours.parse(), published[c].parse()), (Ok::<f64, _>(a), Ok::<f64, _>(b)) if a == b);
            if !same {
                misses.push(Miss {
                    pair: format!("{} → {}", published[0], published[1]),
                    column,
                    published: published[c].clone(),
                    ours: ours.to_owned(),
                });
            }
        }
    }
    misses
}
