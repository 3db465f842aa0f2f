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
///
/// # Errors
/// [`Error::Parameter`] for another extension or fewer than two or repeated label names; [`Error::Columns`];
/// [`Error::Row`] for a row that is too short or has a label that is not known; [`Error::OneClass`] if the labels are
/// inferred and there is only one; [`Error::Read`], [`Error::Csv`].
pub fn load_custom(train: &Path, evaluation: &Path, config: &CustomConfig) -> Result<TaskData> {
    let open = |path: &Path| Ok::<_, Error>((Table::open(path, format(path)?)?, path.to_owned()));
    let (train, evaluation) = (open(train)?, open(evaluation)?);
    let names: Vec<_> =
        [&config.text, &config.label].into_iter().chain(&config.second_text).map(String::as_str).collect();
    let columns = |table: &Table| table.columns(&names, "texts and labels with these columns");
    let places = (columns(&train.0)?, columns(&evaluation.0)?);
    let label_names = match &config.label_names {
        Some(names) => names.clone(),
        None => infer(&train.0, &train.1, places.0[1])?,
    };
    if label_names.len() < 2 || label_names.iter().collect::<BTreeSet<_>>().len() < label_names.len() {
        return Err(Error::Parameter {
            name: "label_names".to_owned(),
            value: label_names.join(", "),
            allowed: "at least two different names".to_owned(),
        });
    }
    let read = |(table, path): &(Table, PathBuf), columns: &[usize], name: &str| {
        let place = |word: &str| label_names.iter().position(|name| name == word);
        Reading { table, columns, drop_short: false }
            .examples(name, path, place, || format!("one of {}", label_names.join(", ")))
    };
    Ok(TaskData {
        task: None,
        evaluations: vec![read(&evaluation, &places.1, "evaluation")?],
        train_places: vec![train.1.clone()],
        train: Some(read(&train, &places.0, "train")?),
        label_names: label_names.clone(),
    })
}

fn format(path: &Path) -> Result<Format> {
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("tsv") => Ok(Format::Tsv),
        _ => Err(Error::Parameter {
            name: "data file".to_owned(),
            value: path.display().to_string(),
            allowed: "a .csv or .tsv file".to_owned(),
        }),
    }
}

fn infer(table: &Table, path: &Path, label: usize) -> Result<Vec<String>> {
    let (mut found, mut rows) = (BTreeSet::new(), 0);
    table.rows(&[label], |row| {
        rows += 1;
        // A row without a label is reported when its example is read.
        found.extend(row.fields.into_iter().flatten());
        Ok(())
    })?;
    let mut names: Vec<_> = found.into_iter().collect();
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
