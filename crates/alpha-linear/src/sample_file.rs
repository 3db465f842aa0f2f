//! Samples from CSV files: a header, a row per sample, numbers, and a column of labels.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};
use crate::samples::{Samples, constant, joined};

/// Features of some rows, with their names.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFeatures {
    /// The file.
    pub path: PathBuf,
    /// Names of the features, p entries.
    pub names: Vec<String>,
    /// p×rows.
    pub features: DMatrix<f64>,
}

/// Labelled samples with the names of their features.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSamples {
    /// The file.
    pub path: PathBuf,
    /// Names of the features, p entries.
    pub names: Vec<String>,
    /// The samples.
    pub samples: Samples,
    /// What stands in the file for −1 and for +1.
    pub words: [String; 2],
}

/// A file's header and cells.
struct Table {
    path: PathBuf,
    header: Vec<String>,
    /// Line number and cells of every row.
    rows: Vec<(u64, csv::StringRecord)>,
}

impl NamedSamples {
    /// Reads a file with a column named `label` of exactly two different values, −1/1, 0/1 or words; of two numbers the
    /// larger is +1, of two words the later in the alphabet, except that "no", "false" and "neg…" are always −1.
    ///
    /// # Errors
    /// [`Error::Cell`] for a cell that is not a finite number, a ragged row, a label that is missing or a third one; [`Error::Dataset`] for a file
    /// without rows, without that column, of one class, or of one number written in two ways; [`Error::Store`] if it cannot be read.
    pub fn read(path: &Path, label: &str) -> Result<Self> {
        Self::read_by(path, label, Table::number)
    }

    /// The same with NaN for a cell that is empty or says that its number is missing.
    pub(crate) fn read_with_gaps(path: &Path, label: &str) -> Result<Self> {
        Self::read_by(path, label, Table::number_or_gap)
    }

    fn read_by(path: &Path, label: &str, number: fn(&Table, usize, usize) -> Result<f64>) -> Result<Self> {
        let table = Table::read(path)?;
        let column = table.header.iter().position(|name| name == label).ok_or_else(|| Error::Dataset {
            path: path.to_owned(),
            reason: format!("no column '{label}'; it has {}", some(&table.header)),
        })?;
        let words = table.classes(column)?;
        let labels = table.rows.iter().map(|(_, row)| if row[column] == words[1] { 1.0 } else { -1.0 });
        let labels = DVector::from_iterator(table.rows.len(), labels);
        let (names, features) = table.features(Some(column), number)?;
        Ok(Self { path: path.to_owned(), names, samples: Samples { features, labels }, words })
    }

    /// Reads another file of samples with these features, in the same order, and says so if its classes have other names.
    ///
    /// # Errors
    /// As [`NamedSamples::read`] and [`NamedSamples::ordered`].
    pub fn beside(&self, path: &Path, label: &str) -> Result<(Samples, Option<String>)> {
        let other = Self::read(path, label)?;
        Ok((other.ordered(&self.names)?, other.other_classes(self)))
    }

    /// What to know if the classes have other names than those of the samples they are to be used with.
    pub(crate) fn other_classes(&self, target: &Self) -> Option<String> {
        let same = |one: &str, other: &str| match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => one == other,
            _ => one == other,
        };
        let named = |file: &Self| format!("{} are '{}' and '{}'", file.path.display(), file.words[0], file.words[1]);
        let agree = self.words.iter().zip(&target.words).all(|(one, other)| same(one, other));
        (!agree).then(|| format!("the classes of {}, those of {}: matched in this order", named(self), named(target)))
    }

    /// The samples with the features in the order of `names`.
    ///
    /// # Errors
    /// [`Error::Dataset`] naming the features that are missing or not expected.
    pub fn ordered(&self, names: &[String]) -> Result<Samples> {
        let features = ordered(&self.path, &self.names, &self.samples.features, names)?;
        Ok(Samples { features, labels: self.samples.labels.clone() })
    }
}

/// Refuses features without variance over all of some rows and, perhaps, more of them: p×m each, with these names.
///
/// # Errors
/// [`Error::Dataset`] naming them.
pub fn check_variance(
    path: &Path,
    names: &[String],
    features: &DMatrix<f64>,
    more: Option<&DMatrix<f64>>,
) -> Result<()> {
    let refuse = |reason: String| Err(Error::Dataset { path: path.to_owned(), reason });
    if let Some(other) = [Some(features), more].into_iter().flatten().find(|x| x.nrows() != names.len()) {
        return refuse(format!("{} features for {} names", other.nrows(), names.len()));
    }
    let constant: Vec<String> = constant(&joined(features, more)).into_iter().map(|i| names[i].clone()).collect();
    if constant.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{} of its {} columns have the same value in every row: {}. Leave them out with --drop-constant, or drop them from the \
         files",
        constant.len(),
        names.len(),
        some(&constant)
    );
    refuse(reason)
}

impl NamedFeatures {
    /// Reads a file of features; a column named `ignored` is left out.
    ///
    /// # Errors
    /// As [`NamedSamples::read`].
    pub fn read(path: &Path, ignored: &str) -> Result<Self> {
        let table = Table::read(path)?;
        let column = table.header.iter().position(|name| name == ignored);
        let (names, features) = table.features(column, Table::number)?;
        Ok(Self { path: path.to_owned(), names, features })
    }

    /// The features in the order of `names`.
    ///
    /// # Errors
    /// As [`NamedSamples::ordered`].
    pub fn ordered(&self, names: &[String]) -> Result<DMatrix<f64>> {
        ordered(&self.path, &self.names, &self.features, names)
    }
}

/// Reads a linear model: a header of feature names, among them perhaps `intercept`, and one row.
///
/// # Errors
/// As [`NamedSamples::read`].
pub(crate) fn read_model(path: &Path, names: &[String]) -> Result<(DVector<f64>, Option<f64>)> {
    const INTERCEPT: &str = "intercept";
    let table = Table::read(path)?;
    if table.rows.len() != 1 {
        let reason = format!("{} rows of weights, expected one below the names of the features", table.rows.len());
        return Err(Error::Dataset { path: path.to_owned(), reason });
    }
    let column = table.header.iter().position(|name| name == INTERCEPT);
    let intercept = column.map(|column| table.number(0, column)).transpose()?;
    let (own, weights) = table.features(column, Table::number)?;
    Ok((ordered(path, &own, &weights, names)?.column(0).into_owned(), intercept))
}

impl Table {
    fn read(path: &Path) -> Result<Self> {
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let text = std::fs::read(path).map_err(|source| alpha_store::Error::Read { path: path.to_owned(), source })?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let damaged = |error: csv::Error| match error.kind() {
            csv::ErrorKind::UnequalLengths { pos, expected_len, len } => Error::Cell {
                path: path.to_owned(),
                line: pos.as_ref().map_or(0, csv::Position::line),
                column: "(row)".to_owned(),
                reason: format!("{len} cells, expected {expected_len} as in the header"),
            },
            _ => refuse(format!("not a readable CSV file ({error})")),
        };
        let header: Vec<String> = reader.headers().map_err(damaged)?.iter().map(str::to_owned).collect();
        let mut seen = HashMap::new();
        for (i, name) in header.iter().enumerate() {
            if let Some(first) = seen.insert(name, i) {
                return Err(refuse(format!("columns {} and {} are both named '{name}'", first + 1, i + 1)));
            }
        }
        let rows = reader.into_records().map(|row| {
            let row = row.map_err(damaged)?;
            Ok((row.position().map_or(0, csv::Position::line), row))
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Err(refuse("no rows below the header".to_owned()));
        }
        Ok(Self { path: path.to_owned(), header, rows })
    }

    fn cell_error(&self, row: usize, column: usize, reason: String) -> Error {
        Error::Cell { path: self.path.clone(), line: self.rows[row].0, column: self.header[column].clone(), reason }
    }

    fn number(&self, row: usize, column: usize) -> Result<f64> {
        let cell = &self.rows[row].1[column];
        cell.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| {
            let what = if cell.is_empty() { "an empty cell".to_owned() } else { format!("'{cell}'") };
            self.cell_error(row, column, format!("{what}, expected a finite number"))
        })
    }

    /// A number, or NaN where there is none.
    fn number_or_gap(&self, row: usize, column: usize) -> Result<f64> {
        if is_gap(&self.rows[row].1[column]) {
            return Ok(f64::NAN);
        }
        self.number(row, column)
    }

    /// Every column but one as numbers: names, and p×rows.
    fn features(
        &self,
        without: Option<usize>,
        number: fn(&Self, usize, usize) -> Result<f64>,
    ) -> Result<(Vec<String>, DMatrix<f64>)> {
        let columns: Vec<usize> = (0..self.header.len()).filter(|column| Some(*column) != without).collect();
        if columns.is_empty() {
            return Err(Error::Dataset { path: self.path.clone(), reason: "no column of features".to_owned() });
        }
        let mut features = DMatrix::zeros(columns.len(), self.rows.len());
        for row in 0..self.rows.len() {
            for (i, &column) in columns.iter().enumerate() {
                features[(i, row)] = number(self, row, column)?;
            }
        }
        Ok((columns.iter().map(|column| self.header[*column].clone()).collect(), features))
    }

    /// The two values of a label column, −1's first.
    fn classes(&self, column: usize) -> Result<[String; 2]> {
        let mut words: Vec<&str> = Vec::new();
        for (i, (_, row)) in self.rows.iter().enumerate() {
            let word = &row[column];
            if is_gap(word) {
                let what = if word.is_empty() { "an empty cell".to_owned() } else { format!("'{word}'") };
                return Err(self.cell_error(i, column, format!("{what}, expected a label")));
            }
            if !words.contains(&word) {
                words.push(word);
            }
            if words.len() > 2 {
                let reason = format!("'{word}' is a third label after '{}' and '{}'", words[0], words[1]);
                return Err(self.cell_error(i, column, reason));
            }
        }
        let [one, other] = words[..] else {
            let reason = format!("every label is '{}', expected two classes", words.join(""));
            return Err(Error::Dataset { path: self.path.clone(), reason });
        };
        let negative = |word: &str| {
            let word = word.to_lowercase();
            word == "no" || word == "false" || word.starts_with("neg")
        };
        let in_order = match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(a), Ok(b)) if a == b => {
                let reason = format!("the labels '{one}' and '{other}' are the same number, expected two classes");
                return Err(Error::Dataset { path: self.path.clone(), reason });
            }
            (Ok(one), Ok(other)) => one < other,
            _ if negative(one) != negative(other) => negative(one),
            _ => one < other,
        };
        Ok(if in_order { [one, other] } else { [other, one] }.map(str::to_owned))
    }
}

fn ordered(path: &Path, own: &[String], features: &DMatrix<f64>, names: &[String]) -> Result<DMatrix<f64>> {
    let position: HashMap<&String, usize> = own.iter().enumerate().map(|(i, name)| (name, i)).collect();
    let missing: Vec<String> = names.iter().filter(|name| !position.contains_key(name)).cloned().collect();
    let extra: Vec<String> = own.iter().filter(|name| !names.contains(name)).cloned().collect();
    if !missing.is_empty() || !extra.is_empty() {
        let part = |what: &str, names: &[String]| {
            if names.is_empty() { String::new() } else { format!("; {what}: {}", some(names)) }
        };
        let reason =
            format!("its features are not those of the target{}{}", part("missing", &missing), part("unknown", &extra));
        return Err(Error::Dataset { path: path.to_owned(), reason });
    }
    let rows: Vec<usize> = names.iter().map(|name| position[name]).collect();
    Ok(features.select_rows(&rows))
}

/// Whether a cell is empty or says that something is missing.
fn is_gap(cell: &str) -> bool {
    ["", "na", "n/a", "nan", "null", "none", "?"].contains(&cell.to_lowercase().as_str())
}

/// The first names of a list.
pub(crate) fn some(names: &[String]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("'{name}'")).collect();
    let more = names.len().saturating_sub(MOST);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
