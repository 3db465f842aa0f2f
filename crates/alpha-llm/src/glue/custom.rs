//! Tables of one's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use alpha_store::delimited::{Delimited, Options};
use alpha_store::message::{folded, shown};
use alpha_store::{checksum, input, number};
use serde::{Deserialize, Serialize};

use super::task::recognise;
use super::{Dataset, Example, TaskData};
use crate::error::{Error, Result};

/// More classes than this need at least two rows each on average, and names that are no decimal fractions.
const FEW_CLASSES: usize = 10;

/// Where texts and labels stand in a table of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomConfig {
    /// Column of the text, or of the first of two.
    pub text: String,
    /// Column of the second text of a pair.
    pub second_text: Option<String>,
    /// Column of the label.
    pub label: String,
    /// The labels' names, which fix their numbers; if `None`, those of the training file, sorted (as numbers if they all
    /// are integers).
    pub label_names: Option<Vec<String>>,
}

impl Default for CustomConfig {
    /// Columns "text" and "label".
    fn default() -> Self {
        Self { text: "text".to_owned(), second_text: None, label: "label".to_owned(), label_names: None }
    }
}

/// Reads a training and an evaluation file with a header; `.csv` with quoting, `.tsv` with tabs and without.
/// Evaluation needs no training file, where the labels' names are given.
///
/// # Errors
/// [`Error::Parameter`] for another extension, a training file without a label, or label names that are fewer than two,
/// repeated or not known; [`Error::Columns`]; [`Error::Row`] for a row that has no label or one that is not known;
/// [`Error::OneClass`] if the labels are inferred and there is only one; [`Error::Store`] for a file that cannot be read or
/// taken apart, and for inferred labels that differ in case, blanks or form only, or look like the numbers of a regression.
pub fn load_custom(train: Option<&Path>, evaluation: &Path, config: &CustomConfig) -> Result<TaskData> {
    let open = |path: &Path| OwnTable::open(path, config);
    let (train, evaluation) = (train.map(open).transpose()?, open(evaluation)?);
    let label_names = match (&config.label_names, &train) {
        (Some(names), _) => names.clone(),
        (None, Some(table)) => table.infer()?,
        (None, None) => {
            return Err(Error::parameter("label_names", "not set", "given where there is no training file"));
        }
    };
    if label_names.len() < 2 || label_names.iter().collect::<BTreeSet<_>>().len() < label_names.len() {
        return Err(Error::parameter("label_names", label_names.join(", "), "at least two different names"));
    }
    Ok(TaskData {
        task: None,
        evaluations: vec![evaluation.dataset("evaluation", &label_names)?],
        train_places: train.iter().map(|table| table.path.clone()).collect(),
        train: train.map(|table| table.dataset("train", &label_names)).transpose()?,
        label_names,
    })
}

/// A table with the places of its columns.
struct OwnTable {
    path: PathBuf,
    sha256: String,
    cells: Delimited,
    text: usize,
    second: Option<usize>,
    label: usize,
    quoting: bool,
}

impl OwnTable {
    fn open(path: &Path, config: &CustomConfig) -> Result<Self> {
        let options = options(path)?;
        let content = input::read(path, options.at_most)?;
        let sha256 = checksum::sha256(&content);
        let cells = Delimited::parse(&path.display().to_string(), content, &options)?;
        let place = |name: &String| cells.header().iter().position(|column| column == name);
        let wanted: Vec<&String> = [&config.text, &config.label].into_iter().chain(&config.second_text).collect();
        let missing: Vec<String> = wanted.into_iter().filter(|name| place(name).is_none()).cloned().collect();
        let (Some(text), Some(label), true) = (place(&config.text), place(&config.label), missing.is_empty()) else {
            return Err(Error::Columns {
                path: path.to_owned(),
                wanted: "texts and labels with these columns".to_owned(),
                missing,
                found: cells.header().to_vec(),
                looks_like: recognise(cells.header()),
            });
        };
        let second = config.second_text.as_ref().and_then(place);
        Ok(Self { path: path.to_owned(), sha256, cells, text, second, label, quoting: options.quoting })
    }

    /// The labels' names: those in the file, sorted, as numbers if all are integers.
    fn infer(&self) -> Result<Vec<String>> {
        let mut found: BTreeMap<&str, Rows> = BTreeMap::new();
        for row in 0..self.cells.rows() {
            let word = self.cells.cell(row, self.label);
            if word.trim().is_empty() {
                return Err(self.row_error(row, "the name of a label".to_owned()));
            }
            found.entry(word).or_insert(Rows { first: row, count: 0 }).count += 1;
        }
        let mut names: Vec<String> = found.keys().map(|&name| name.to_owned()).collect();
        if names.is_empty() {
            let rows = format!("number of labelled rows of {}", self.path.display());
            return Err(Error::parameter(rows, 0, "at least 2"));
        }
        self.check_regression(&found)?;
        self.check_alike(&found)?;
        if names.len() == 1 {
            return Err(Error::OneClass { path: self.path.clone(), label: names.remove(0), rows: self.cells.rows() });
        }
        if let Ok(mut numbers) =
            names.iter().map(|name| name.parse::<i64>().map(|n| (n, name.clone()))).collect::<Result<Vec<_>, _>>()
        {
            numbers.sort();
            names = numbers.into_iter().map(|(_, name)| name).collect();
        }
        Ok(names)
    }

    /// Refuses labels that are one and the same but for case, blanks around them, or the form of a number.
    fn check_alike(&self, found: &BTreeMap<&str, Rows>) -> Result<()> {
        let mut alike: BTreeMap<String, Vec<(&str, Rows)>> = BTreeMap::new();
        for (&name, &rows) in found {
            let plain = folded(name);
            let plain = plain.parse::<f64>().map_or(plain, |x| (x + 0.0).to_string());
            alike.entry(plain).or_default().push((name, rows));
        }
        let Some(mut group) = alike.into_values().find(|group| group.len() > 1) else { return Ok(()) };
        group.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.count));
        let listed: Vec<String> =
            group.iter().take(5).map(|(name, rows)| format!("'{}' ({})", shown(name), counted(rows.count))).collect();
        let reason = format!(
            "the labels {} differ in case, blanks or form only; write one of them everywhere (in pandas: df.label = \
             df.label.str.strip().str.lower()), or name every class in label_names",
            listed.join(", ")
        );
        let rare = group.last().map_or(0, |(_, rows)| rows.first);
        Err(self.cells.error(rare, self.label, reason).into())
    }

    /// Refuses a column of scores or of texts: one with nearly as many different entries as rows, or many decimal fractions.
    fn check_regression(&self, found: &BTreeMap<&str, Rows>) -> Result<()> {
        let (classes, rows) = (found.len(), self.cells.rows());
        if classes <= FEW_CLASSES {
            return Ok(());
        }
        let is_number = |name: &&str| number::parse(name.trim()).is_ok();
        let numbers = found.keys().all(is_number);
        let fractions = numbers && found.keys().any(|name| name.trim().parse::<i64>().is_err());
        if 2 * classes <= rows && !fractions {
            return Ok(());
        }
        let what = if numbers {
            "it looks like a score, and regression is not supported: make classes of it, for example with pandas.cut"
        } else {
            "it looks like no column of labels: choose another"
        };
        let (first, count) = (shown(self.cells.cell(0, self.label)), counted(rows));
        let reason = format!(
            "{classes} different labels in {count}, '{first}' and others; {what}, or name every class in label_names"
        );
        Err(self.cells.error(0, self.label, reason).into())
    }

    fn row_error(&self, row: usize, allowed: String) -> Error {
        Error::Row {
            path: self.path.clone(),
            line: self.cells.line(row),
            column: shown(&self.cells.header()[self.label]),
            value: shown(self.cells.cell(row, self.label)),
            allowed,
        }
    }

    fn dataset(&self, name: &str, label_names: &[String]) -> Result<Dataset> {
        let places: BTreeMap<&str, i64> = label_names.iter().map(String::as_str).zip(0..).collect();
        let mut examples = Vec::with_capacity(self.cells.rows());
        let mut quoted = 0;
        for row in 0..self.cells.rows() {
            let text = |column: usize| self.cells.cell(row, column).to_owned();
            let &label = places.get(self.cells.cell(row, self.label)).ok_or_else(|| {
                let some: Vec<String> = label_names.iter().take(20).map(|name| shown(name)).collect();
                self.row_error(row, format!("one of {}", some.join(", ")))
            })?;
            let first = text(self.text);
            quoted += usize::from(!self.quoting && first.len() > 1 && first.starts_with('"') && first.ends_with('"'));
            examples.push(Example { first, second: self.second.map(text), label });
        }
        let mut warnings = self.cells.warnings().to_vec();
        if quoted > 0 {
            warnings.push(format!(
                "{}: {} a quote at either end, which is text in a .tsv file; if the quotes hold cells together, as \
                 pandas writes them, save the table as .csv",
                self.path.display(),
                if quoted == 1 { "1 text has".to_owned() } else { format!("{quoted} texts have") }
            ));
        }
        Ok(Dataset { name: name.to_owned(), path: self.path.clone(), sha256: self.sha256.clone(), examples, warnings })
    }
}

/// Where a label occurs.
#[derive(Clone, Copy)]
struct Rows {
    first: usize,
    count: usize,
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// Texts stay as they are, with the blanks around them.
fn options(path: &Path) -> Result<Options> {
    let base = Options { trim: false, ..Options::default() };
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(base),
        Some("tsv") => Ok(Options { delimiter: Some(b'\t'), quoting: false, ..base }),
        _ => Err(Error::parameter("data file", path.display(), "a .csv or .tsv file")),
    }
}
