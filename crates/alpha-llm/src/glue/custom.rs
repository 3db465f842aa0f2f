//! Tables of one's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::table::{Format, Table};
use super::{Reading, TaskData};
use crate::error::{Error, Result};

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

/// Reads a training and an evaluation file with a header; `.csv` with commas and quoting, `.tsv` with tabs and without.
/// Evaluation needs no training file, where the labels' names are given.
///
/// # Errors
/// [`Error::Parameter`] for another extension, a training file without a label, or label names that are fewer than two,
/// repeated or not known;
/// [`Error::Columns`]; [`Error::Row`] for a row that is too short, or has no label or one that is not known;
/// [`Error::OneClass`] if the labels are inferred and there is only one; [`Error::Read`], [`Error::Csv`].
pub fn load_custom(train: Option<&Path>, evaluation: &Path, config: &CustomConfig) -> Result<TaskData> {
    let names: Vec<_> =
        [&config.text, &config.label].into_iter().chain(&config.second_text).map(String::as_str).collect();
    let open = |path: &Path| -> Result<(Table, PathBuf, Vec<usize>)> {
        let table = Table::open(path, format(path)?)?;
        let columns = table.columns(&names, "texts and labels with these columns")?;
        Ok((table, path.to_owned(), columns))
    };
    let (train, evaluation) = (train.map(open).transpose()?, open(evaluation)?);
    let label_names = match (&config.label_names, &train) {
        (Some(names), _) => names.clone(),
        (None, Some((table, path, columns))) => infer(table, path, columns[1])?,
        (None, None) => {
            return Err(Error::parameter("label_names", "not set", "given where there is no training file"));
        }
    };
    if label_names.len() < 2 || label_names.iter().collect::<BTreeSet<_>>().len() < label_names.len() {
        return Err(Error::parameter("label_names", label_names.join(", "), "at least two different names"));
    }
    let read = |(table, path, columns): &(Table, PathBuf, Vec<usize>), name: &str| {
        let place = |word: &str| label_names.iter().position(|name| name == word);
        Reading { table, columns, drop_short: false }
            .examples(name, path, place, || format!("one of {}", label_names.join(", ")))
    };
    Ok(TaskData {
        task: None,
        evaluations: vec![read(&evaluation, "evaluation")?],
        train_places: train.iter().map(|(_, path, _)| path.clone()).collect(),
        train: train.iter().map(|file| read(file, "train")).next().transpose()?,
        label_names: label_names.clone(),
    })
}

fn format(path: &Path) -> Result<Format> {
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("tsv") => Ok(Format::Tsv),
        _ => Err(Error::parameter("data file", path.display(), "a .csv or .tsv file")),
    }
}

fn infer(table: &Table, path: &Path, label: usize) -> Result<Vec<String>> {
    let (mut found, mut rows) = (BTreeSet::new(), 0);
    table.rows(&[label], |row| {
        rows += 1;
        // A row that ends before its label is reported when its example is read.
        let Some(word) = row.fields.into_iter().flatten().next() else { return Ok(()) };
        if word.trim().is_empty() {
            return Err(table.error(row.start, label, &word, "the name of a label".to_owned()));
        }
        found.insert(word);
        Ok(())
    })?;
    let mut names: Vec<_> = found.into_iter().collect();
    if names.is_empty() {
        return Err(Error::parameter(format!("number of labelled rows of {}", path.display()), 0, "at least 2"));
    }
    if names.len() == 1 {
        return Err(Error::OneClass { path: path.to_owned(), label: names.remove(0), rows });
    }
    if let Ok(mut numbers) =
        names.iter().map(|name| name.parse::<i64>().map(|n| (n, name.clone()))).collect::<Result<Vec<_>, _>>()
    {
        numbers.sort();
        names = numbers.into_iter().map(|(_, name)| name).collect();
    }
    Ok(names)
}
