//! Samples from files: a header, a row per sample, numbers, and a column of labels.

mod classes;
mod table;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use alpha_store::input;
use alpha_store::message::shown;
use nalgebra::{DMatrix, DVector};

use crate::array_file::{self, Arrays, Gaps};
use crate::error::{Error, Result};
use crate::samples::Samples;
use crate::suspects;
use classes::Same;
use table::Table;

/// How files of samples are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Name of the label column.
    pub label: String,
    /// Labels that stand for +1: one for each way in which files name their classes. Without any, the larger of two numbers or
    /// the last of two words in the order of code points, as scikit-learn sorts them.
    pub positive: Vec<String>,
    /// Names of columns that are left out.
    pub drop: Vec<String>,
    /// Names of columns that are features whatever they look like ([`crate::suspects`]).
    pub keep: Vec<String>,
    /// The character between cells, found from the header if `None`.
    pub delimiter: Option<u8>,
}

impl SampleOptions {
    /// The label column, and nothing else said.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), positive: Vec::new(), drop: Vec::new(), keep: Vec::new(), delimiter: None }
    }
}

/// Features of some rows, with their names.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFeatures {
    /// The file.
    pub path: PathBuf,
    /// Names of the features, p entries.
    pub names: Vec<String>,
    /// p×rows.
    pub features: DMatrix<f64>,
    /// Columns of the file that are left out as asked.
    pub dropped: Vec<String>,
    /// What was read though it may not have been meant.
    pub warnings: Vec<String>,
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
    /// Columns of the file that are left out as asked.
    pub dropped: Vec<String>,
    /// What was read though it may not have been meant.
    pub warnings: Vec<String>,
}

impl NamedSamples {
    /// Reads a file with a column of labels of exactly two different values: −1/1, 0/1, or words.
    ///
    /// # Errors
    /// [`Error::Store`] for a file that cannot be read, or for a cell that is no finite number or no label; [`Error::Dataset`] for
    /// a file without rows, without that column, with a column that has no name, or whose labels are not two classes.
    /// A file of arrays is read as [`crate::array_file`] says; `options.label` and `options.delimiter` do not count there.
    pub fn read(path: &Path, options: &SampleOptions) -> Result<Self> {
        Self::read_by(path, options, Gaps::Refused)
    }

    /// The same with NaN for a cell that is empty or says that its number is missing.
    pub(crate) fn read_with_gaps(path: &Path, options: &SampleOptions) -> Result<Self> {
        Self::read_by(path, options, Gaps::Kept)
    }

    fn read_by(path: &Path, options: &SampleOptions, gaps: Gaps) -> Result<Self> {
        let Content { features, labels } = Content::read(path, options, gaps, true)?;
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let words = classes::find(labels.iter().map(String::as_str), &options.positive)
            .map_err(|reason| refuse(format!("column {}: {reason}", shown(&options.label))))?;
        let signs = labels.iter().map(|word| if *word == words[1] { 1.0 } else { -1.0 });
        let labels = DVector::from_iterator(labels.len(), signs);
        let NamedFeatures { path, names, features, dropped, warnings } = features;
        Ok(Self { path, names, samples: Samples { features, labels }, words, dropped, warnings })
    }

    /// Gives the samples the classes of others, whose words are equal, equal numbers, or differ in case only; what is told of the last.
    ///
    /// # Errors
    /// [`Error::Dataset`] for other words, unless `positive` says which of them is +1.
    pub(crate) fn with_classes_of(mut self, other: &Self, positive: &[String]) -> Result<(Self, Option<String>)> {
        let same = |i: usize, j: usize| classes::same(&self.words[i], &other.words[j]);
        let straight = same(0, 0).zip(same(1, 1));
        let crossed = same(0, 1).zip(same(1, 0));
        let Some((one, another)) = straight.or(crossed) else {
            if !positive.is_empty() {
                return Ok((self, None));
            }
            let [own, others] = [&self.words[1], &other.words[1]].map(|word| shown(word));
            // One word may be +1 here and −1 there, and then no list of words tells them apart.
            let is_crossed = classes::same(&self.words[1], &other.words[0]).is_some()
                || classes::same(&self.words[0], &other.words[1]).is_some();
            let cure = if is_crossed {
                "write the labels of both files with the same two words".to_owned()
            } else {
                format!(
                    "say in which order with --positive, which names what is +1 in either file, as in --positive '{others},{own}'"
                )
            };
            let reason = format!(
                "its classes are {}, those of {} are {}: {cure}",
                self.listed(),
                other.path.display(),
                other.listed()
            );
            return Err(Error::Dataset { path: self.path, reason });
        };
        let loosely = (one == Same::Loosely || another == Same::Loosely).then(|| {
            format!(
                "the classes of {} are {}, those of {} are {}: taken for the same",
                self.path.display(),
                self.listed(),
                other.path.display(),
                other.listed()
            )
        });
        if straight.is_none() {
            self.samples.labels.neg_mut();
            self.words.reverse();
        }
        Ok((self, loosely))
    }

    fn listed(&self) -> String {
        format!("'{}' and '{}'", shown(&self.words[0]), shown(&self.words[1]))
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

/// What a file of samples holds.
struct Content {
    features: NamedFeatures,
    /// A word a row; none where they are not asked for.
    labels: Vec<String>,
}

impl Content {
    /// Reads a delimited file, or one of arrays.
    fn read(path: &Path, options: &SampleOptions, gaps: Gaps, labelled: bool) -> Result<Self> {
        let bytes = input::read_or_stdin(path, array_file::MOST_BYTES)?;
        let place = input::name(path);
        if !array_file::recognises(&bytes) {
            let table = Table::parse(path, bytes, options)?;
            let column = if labelled { Some(table.label(&options.label)?) } else { table.place(&options.label) };
            let labels = if labelled { column.map(|column| table.labels(column)).transpose()? } else { None };
            return Ok(Self { features: table.features(column, gaps)?, labels: labels.unwrap_or_default() });
        }
        let Arrays { names, features, labels, warnings } = Arrays::parse(&place, &bytes, gaps)?;
        let labels = match labels {
            _ if !labelled => Vec::new(),
            Some(labels) => labels,
            None => {
                let reason = "no labels: save them beside the features with numpy.savez(path, X=X, y=y)".to_owned();
                return Err(Error::Dataset { path: path.to_owned(), reason });
            }
        };
        let (dropped, kept): (Vec<usize>, Vec<usize>) =
            (0..names.len()).partition(|i| options.drop.contains(&names[*i]));
        let name = |i: usize| names[i].clone();
        let features = NamedFeatures {
            path: path.to_owned(),
            features: if dropped.is_empty() { features } else { features.select_rows(&kept) },
            names: kept.into_iter().map(name).collect(),
            dropped: dropped.into_iter().map(name).collect(),
            warnings,
        };
        if features.names.is_empty() {
            return Err(Error::Dataset { path: path.to_owned(), reason: "no column of features".to_owned() });
        }
        Ok(Self { features, labels })
    }
}

impl NamedFeatures {
    /// Reads a file of features; the label column, if there is one, is left out.
    ///
    /// # Errors
    /// As [`NamedSamples::read`].
    pub fn read(path: &Path, options: &SampleOptions) -> Result<Self> {
        Ok(Content::read(path, options, Gaps::Refused, false)?.features)
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
    let bytes = input::read_or_stdin(path, array_file::MOST_BYTES)?;
    let table = Table::parse(path, bytes, &SampleOptions::new(INTERCEPT))?;
    if table.rows() != 1 {
        let reason = format!(
            "{} rows of weights, expected one below the names of the features (the mean and scale of a scaler go into a file of \
             their own: --source-scaler)",
            table.rows()
        );
        return Err(table.refuse(reason));
    }
    let column = table.place(INTERCEPT);
    let intercept = column.map(|column| table.number(0, column)).transpose()?;
    let own = table.features(column, Gaps::Refused)?;
    Ok((own.ordered(names)?.column(0).into_owned(), intercept))
}

/// Whether one of two files has as many features as the other, and no names for them.
pub(crate) fn by_place(own: &[String], names: &[String]) -> bool {
    own != names && own.len() == names.len() && (array_file::are_invented(own) || array_file::are_invented(names))
}

/// Puts rows of features, p×m with their own names, into the order of `names`.
fn ordered(path: &Path, own: &[String], features: &DMatrix<f64>, names: &[String]) -> Result<DMatrix<f64>> {
    if own == names || by_place(own, names) {
        return Ok(features.clone());
    }
    let position: HashMap<&String, usize> = own.iter().enumerate().map(|(i, name)| (name, i)).collect();
    let expected: std::collections::HashSet<&String> = names.iter().collect();
    let missing: Vec<&String> = names.iter().filter(|name| !position.contains_key(name)).collect();
    let extra: Vec<&String> = own.iter().filter(|name| !expected.contains(name)).collect();
    if !missing.is_empty() || !extra.is_empty() {
        let part = |what: &str, names: &[&String]| {
            if names.is_empty() { String::new() } else { format!("; {what}: {}", some(names)) }
        };
        let index = missing.iter().chain(&extra).find(|name| suspects::is_index(name));
        let index = index.map_or(String::new(), |name| format!("; '{}' looks like an index", shown(name)));
        let way_out = format!("{index} (--drop leaves columns out)");
        let reason = format!(
            "its features are not those of the target{}{}{way_out}",
            part("missing", &missing),
            part("unknown", &extra)
        );
        return Err(Error::Dataset { path: path.to_owned(), reason });
    }
    let rows: Vec<usize> = names.iter().map(|name| position[name]).collect();
    Ok(features.select_rows(&rows))
}

/// Whether two labels are the same class: equal, equal as numbers, or but for case.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    classes::same(one, other).is_some()
}

/// The first names of a list.
pub(crate) fn some(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 5;
    let listed: Vec<String> = names.iter().take(MOST).map(|name| format!("'{}'", shown(name.as_ref()))).collect();
    let more = names.len().saturating_sub(MOST);
    if more > 0 { format!("{} and {more} more", listed.join(", ")) } else { listed.join(", ") }
}
