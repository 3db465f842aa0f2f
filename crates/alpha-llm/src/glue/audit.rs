//! What may be wrong with a task's data although every row can be read.

use std::collections::HashSet;

use super::{Dataset, Example, TaskData};
use crate::error::{Error, Result};

/// Looks through a task's data: what may be wrong, one sentence each, those of the readers first.
///
/// # Errors
/// [`Error::OneClass`] if all rows of the training file have the same label; [`Error::Parameter`] if a file has no rows.
pub fn audit(data: &TaskData) -> Result<Vec<String>> {
    let files: Vec<_> = data.train.iter().chain(&data.evaluations).collect();
    let mut warnings: Vec<_> = files.iter().flat_map(|file| file.warnings.clone()).collect();
    for file in files {
        if file.examples.is_empty() {
            return Err(Error::parameter(format!("number of rows of {}", file.path.display()), 0, "at least 1"));
        }
        let blank = |text: &String| text.trim().is_empty();
        let count = file.examples.iter().filter(|e| blank(&e.first) || e.second.as_ref().is_some_and(blank)).count();
        if count > 0 {
            warnings.push(format!("{}: {count} rows have an empty text", file.path.display()));
        }
    }
    if let Some(train) = &data.train {
        one_class(train, &data.label_names)?;
        let seen: HashSet<_> = train.examples.iter().map(texts).collect();
        for file in &data.evaluations {
            let count = file.examples.iter().filter(|example| seen.contains(&texts(example))).count();
            if count > 0 {
                warnings.push(format!("{count} rows of {} are in {} too", file.path.display(), train.path.display()));
            }
        }
    }
    Ok(warnings)
}

fn texts(example: &Example) -> (&str, Option<&str>) {
    (&example.first, example.second.as_deref())
}

fn one_class(train: &Dataset, label_names: &[String]) -> Result<()> {
    let first = train.examples.first().map_or(0, |example| example.label);
    match usize::try_from(first).ok().and_then(|label| label_names.get(label)) {
        Some(label) if train.examples.iter().all(|example| example.label == first) => {
            Err(Error::OneClass { path: train.path.clone(), label: label.clone(), rows: train.examples.len() })
        }
        _ => Ok(()),
    }
}
