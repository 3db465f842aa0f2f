//! What may be wrong with a task's data although every row can be read.

use std::collections::HashSet;

use serde::Serialize;

use super::{Dataset, Example, TaskData};
use crate::error::{Error, Result};

/// Counts of what may be wrong; all zero is best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Rows of each label in the training file, in the order of the label names; empty without a training file.
    pub train_classes: Vec<usize>,
    /// Rows of the training file whose texts stand there before.
    pub repeated: usize,
    /// For each evaluation file: its name and its rows whose texts are in the training file too.
    pub shared: Vec<(String, usize)>,
    /// Rows with an empty or blank text, over all files.
    pub empty: usize,
    /// One sentence each, those of the readers first.
    pub warnings: Vec<String>,
}

/// Looks through a task's data.
///
/// # Errors
/// [`Error::OneClass`] if all rows of the training file have the same label; [`Error::Parameter`] if a file has no rows.
pub fn audit(data: &TaskData) -> Result<Audit> {
    let files: Vec<_> = data.train.iter().chain(&data.evaluations).collect();
    let mut warnings: Vec<_> = files.iter().flat_map(|file| file.warnings.clone()).collect();
    let mut empty = 0;
    for file in files {
        if file.examples.is_empty() {
            return Err(Error::Parameter {
                name: format!("number of rows of {}", file.path.display()),
                value: "0".to_owned(),
                allowed: "at least 1".to_owned(),
            });
        }
        let blank = |text: &String| text.trim().is_empty();
        let count = file.examples.iter().filter(|e| blank(&e.first) || e.second.as_ref().is_some_and(blank)).count();
        if count > 0 {
            warnings.push(format!("{}: {count} rows have an empty text", file.path.display()));
        }
        empty += count;
    }
    let mut audit = Audit { train_classes: Vec::new(), repeated: 0, shared: Vec::new(), empty, warnings };
    if let Some(train) = &data.train {
        audit.train_classes = classes(train, &data.label_names)?;
        let mut seen = HashSet::with_capacity(train.examples.len());
        audit.repeated = train.examples.iter().filter(|example| !seen.insert(texts(example))).count();
        for file in &data.evaluations {
            let count = file.examples.iter().filter(|example| seen.contains(&texts(example))).count();
            if count > 0 {
                audit.warnings.push(format!(
                    "{count} rows of {} are in {} too",
                    file.path.display(),
                    train.path.display()
                ));
            }
            audit.shared.push((file.name.clone(), count));
        }
    }
    Ok(audit)
}

fn texts(example: &Example) -> (&str, Option<&str>) {
    (&example.first, example.second.as_deref())
}

fn classes(train: &Dataset, label_names: &[String]) -> Result<Vec<usize>> {
    let mut counts = vec![0; label_names.len()];
    for example in &train.examples {
        if let Some(count) = usize::try_from(example.label).ok().and_then(|label| counts.get_mut(label)) {
            *count += 1;
        }
    }
    match counts.iter().position(|&count| count == train.examples.len()) {
        Some(only) => Err(Error::OneClass {
            path: train.path.clone(),
            label: label_names[only].clone(),
            rows: train.examples.len(),
        }),
        None => Ok(counts),
    }
}
