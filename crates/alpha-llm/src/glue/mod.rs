//! The GLUE tasks and tables of one's own: reading, checking, fetching.
//!
//! The files are the official TSVs: tabs, no quoting (a quote is text), columns found by their header names, labels as
//! words or digits, CR, LF or both at the end of a line. A row that cannot be used is an error that names file, line,
//! value and what was allowed; only rows of QQP that miss a field are dropped and counted, as Hugging Face's loader does.
//!
//! ```no_run
//! use alpha_llm::glue::{self, Task};
//! let task: Task = "SST-2".parse()?;
//! let data = glue::load(task, std::path::Path::new("datasets/glue"))?;
//! println!("{} examples, {:?}", data.train()?.examples.len(), glue::audit(&data)?);
//! # Ok::<(), alpha_llm::Error>(())
//! ```

mod audit;
mod custom;
mod fetch;
mod table;
mod task;

use std::path::{Path, PathBuf};

use alpha_store::datasets::Datasets;

pub use audit::audit;
pub use custom::{CustomConfig, load_custom};
pub use fetch::{Fetched, fetch};
pub use task::{Columns, Task, TaskFile};

use self::table::{Row, Table};
use crate::error::{Error, Result};

/// The word for tables of one's own.
pub(crate) const CUSTOM: &str = "custom";

/// A text or a pair of texts with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text, or the first of two; verbatim, with any blanks around it.
    pub first: String,
    /// The second text of a pair.
    pub second: Option<String>,
    /// The label's number, below the number of label names.
    pub label: i64,
}

/// One file of examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// "train", "dev", "dev_matched", "dev_mismatched", or "evaluation" for a table of one's own.
    pub name: String,
    /// Where it was read.
    pub path: PathBuf,
    /// The file's SHA-256.
    pub sha256: String,
    /// The examples in the file's order.
    pub examples: Vec<Example>,
    /// What is odd, one sentence each: another number of rows than published, rows left out, rows with extra fields.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// The labels in order.
    pub fn labels(&self) -> Vec<i64> {
        self.examples.iter().map(|example| example.label).collect()
    }
}

/// What a task is trained and evaluated on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskData {
    /// The GLUE task; `None` for a table of one's own.
    pub task: Option<Task>,
    /// The training file, if there is one: evaluation works without.
    pub train: Option<Dataset>,
    /// Where the training file was looked for.
    pub(crate) train_places: Vec<PathBuf>,
    /// The evaluation files: one; for MNLI matched, then mismatched.
    pub evaluations: Vec<Dataset>,
    /// The labels' names: a label is a place in this list.
    pub label_names: Vec<String>,
}

impl TaskData {
    /// The training file.
    ///
    /// # Errors
    /// [`Error::MissingData`] if there is none, with the places searched.
    pub fn train(&self) -> Result<&Dataset> {
        self.train.as_ref().ok_or_else(|| Error::MissingData {
            task: self.name().to_owned(),
            file: if self.task.is_some() { "train.tsv" } else { "train.csv" }.to_owned(),
            searched: self.train_places.clone(),
        })
    }

    /// The task's name, "custom" for a table of one's own.
    pub fn name(&self) -> &'static str {
        self.task.map_or(CUSTOM, Task::name)
    }
}

/// Reads a task's files from `folder/<TASK>/` or, if that is no folder, from `folder` itself.
///
/// A missing training file is not an error here, see [`TaskData::train`].
///
/// # Errors
/// [`Error::MissingData`] without an evaluation file; [`Error::Columns`] if the header is another task's (QQP and STS-B
/// are swapped in NYU's download script); [`Error::Row`] for a row that cannot be used; [`Error::Read`], [`Error::Csv`].
pub fn load(task: Task, folder: &Path) -> Result<TaskData> {
    let own = folder.join(task.name());
    load_from(task, &[if own.is_dir() { own } else { folder.to_owned() }])
}

/// Reads a task's files from `data` as [`load`] does, if given (`--data`), else each from the first of the datasets
/// folders that has it at `glue/<TASK>/`.
///
/// # Errors
/// As [`load`].
pub fn find(task: Task, data: Option<&Path>, datasets: &Datasets) -> Result<TaskData> {
    match data {
        Some(folder) => load(task, folder),
        None => {
            let folders: Vec<_> = datasets.folders().iter().map(|f| f.join("glue").join(task.name())).collect();
            load_from(task, &folders)
        }
    }
}

fn load_from(task: Task, folders: &[PathBuf]) -> Result<TaskData> {
    let places = |file: TaskFile| folders.iter().map(move |f| f.join(file.name).with_extension("tsv"));
    let read = |file: TaskFile| places(file).find(|p| p.is_file()).map(|path| read(task, file, &path)).transpose();
    let evaluations = task.evaluation_files().iter().map(|&file| {
        read(file)?.ok_or_else(|| Error::MissingData {
            task: task.name().to_owned(),
            file: format!("{}.tsv", file.name),
            searched: places(file).collect(),
        })
    });
    Ok(TaskData {
        task: Some(task),
        evaluations: evaluations.collect::<Result<_>>()?,
        train: read(task.train_file())?,
        train_places: places(task.train_file()).collect(),
        label_names: task.label_names().iter().map(|&name| name.to_owned()).collect(),
    })
}

/// Reads one file of a task.
///
/// # Errors
/// As [`load`].
pub fn read(task: Task, file: TaskFile, path: &Path) -> Result<Dataset> {
    read_table(task, file, &Table::open(path)?, path)
}

fn read_table(task: Task, file: TaskFile, table: &Table, path: &Path) -> Result<Dataset> {
    let Columns { first, second, label } = task.columns();
    let names: Vec<_> = [first, label].into_iter().chain(second).collect();
    let columns = table.columns(&names, task.name())?;
    let reading = Reading { table, columns: &columns, drop_short: task.drops_short_rows() };
    let mut data = reading.examples(
        file.name,
        path,
        |word| {
            let names = task.label_names();
            // Words or digits.
            names.iter().position(|name| *name == word).or_else(|| (0..names.len()).find(|i| i.to_string() == word))
        },
        || {
            let names = task.label_names().iter().enumerate();
            names.map(|(i, name)| format!("{name} ({i})")).collect::<Vec<_>>().join(" or ")
        },
    )?;
    if data.examples.len() != file.rows {
        let rows = data.examples.len();
        data.warnings.insert(0, format!("{}: {rows} rows, the published file has {}", path.display(), file.rows));
    }
    Ok(data)
}

/// How examples are taken from a table.
struct Reading<'a> {
    table: &'a Table,
    /// The places of first text, label and, for pairs, second text.
    columns: &'a [usize],
    /// Rows that miss a field are left out.
    drop_short: bool,
}

impl Reading<'_> {
    fn examples(
        &self,
        name: &str,
        path: &Path,
        label: impl Fn(&str) -> Option<usize>,
        allowed: impl Fn() -> String,
    ) -> Result<Dataset> {
        let (mut examples, mut dropped, mut long) = (Vec::new(), 0, 0);
        self.table.rows(self.columns, |row| {
            long += usize::from(row.long);
            let Row { start, fields, .. } = row;
            if let Some(missing) = fields.iter().position(Option::is_none) {
                if self.drop_short {
                    dropped += 1;
                    return Ok(());
                }
                return Err(self.table.error(start, self.columns[missing], "", "present: the row is too short".into()));
            }
            let mut fields = fields.into_iter().flatten();
            let (first, word) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let label = label(&word).ok_or_else(|| self.table.error(start, self.columns[1], &word, allowed()))?;
            examples.push(Example { first, second: fields.next(), label: label as i64 });
            Ok(())
        })?;
        let mut warnings = Vec::new();
        if dropped > 0 {
            warnings.push(format!("{}: {dropped} rows miss a field and were left out", path.display()));
        }
        if long > 0 {
            warnings.push(format!("{}: {long} rows have more fields than the header", path.display()));
        }
        Ok(Dataset {
            name: name.to_owned(),
            path: path.to_owned(),
            sha256: self.table.sha256.clone(),
            examples,
            warnings,
        })
    }
}
