//! Values in a problem file: numbers, words, and arrays that stand in the file or in one of their own.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use alpha_rmt::nalgebra::DMatrix;
use alpha_store::delimited::{Delimited, Options};
use alpha_store::input;
use alpha_store::message::shown;
use alpha_store::npy::{self, Npy};
use alpha_store::settings::{nearest, written};
use anyhow::{Context, Result};
use toml::Value;

/// Most bytes of an array's file.
const MOST_BYTES: u64 = 4 << 30;

/// Where values stand: the file, and the part of it that messages name.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of the file, from which paths start.
    folder: PathBuf,
    /// The file, and perhaps the source or class.
    name: String,
}

/// An array of numbers as it was given.
enum Numbers {
    List(Vec<f64>),
    /// Rows of the same length, at least one.
    Rows(Vec<Vec<f64>>),
}

impl Place {
    pub fn new(file: &Path) -> Self {
        let folder = if input::is_stdin(file) { None } else { file.parent() };
        Self { folder: folder.unwrap_or_else(|| Path::new("")).to_owned(), name: input::name(file) }
    }

    /// A part of the file, such as `source 2`.
    pub fn part(&self, part: impl Display) -> Self {
        Self { name: format!("{}, {part}", self.name), ..self.clone() }
    }

    /// What is wrong here: exit code 2.
    pub fn refuse(&self, reason: impl Display) -> anyhow::Error {
        alpha_cli::usage(format_args!("{}: {reason}", self.name))
    }

    /// What the theory cannot do with what stands here.
    pub fn failed(&self, error: alpha_rmt::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(self.name.clone())
    }

    /// What is wrong with the value of a key.
    pub fn wrong(&self, key: &str, reason: impl Display) -> anyhow::Error {
        self.refuse(format_args!("{}: {reason}", written(key)))
    }

    /// A finite number that `holds`; the error names the range `allowed`.
    pub fn number(&self, key: &str, value: &Value, holds: impl Fn(f64) -> bool, allowed: &str) -> Result<f64> {
        match scalar(value) {
            Some(number) if number.is_finite() && holds(number) => Ok(number),
            Some(number) => Err(self.wrong(key, format_args!("is {number}, but must be {allowed}"))),
            None => Err(self.wrong(key, format_args!("is {}, expected a number: {allowed}", kind(value)))),
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, key: &str, value: &Value, known: &[(&str, T)]) -> Result<T> {
        let words = || known.iter().map(|(word, _)| *word);
        let listed = words().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let Value::String(word) = value else {
            return Err(self.wrong(key, format_args!("is {}, expected one of {listed}", kind(value))));
        };
        known.iter().find(|(name, _)| name == word).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let guess = nearest(word, words()).map_or(String::new(), |word| format!(", did you mean \"{word}\"?"));
            self.wrong(key, format_args!("is \"{}\"{guess}; expected one of {listed}", shown(word)))
        })
    }

    /// A text.
    pub fn text(&self, key: &str, value: &Value) -> Result<String> {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(key, format_args!("is {}, expected a name in quotes", kind(value))))
    }

    /// A vector: a list, or a file of one row or one column.
    pub fn vector(&self, key: &str, value: &Value) -> Result<Vec<f64>> {
        let rows = match self.numbers(key, value)? {
            Numbers::List(list) => return Ok(list),
            Numbers::Rows(rows) => rows,
        };
        match (rows.len(), rows[0].len()) {
            (1, _) | (_, 1) => Ok(rows.concat()),
            (rows, columns) => {
                Err(self
                    .wrong(key, format_args!("has {rows} rows of {columns} numbers, expected one row or one column")))
            }
        }
    }

    /// A vector of a known length, which `why` explains.
    pub fn vector_of(&self, key: &str, value: &Value, length: usize, why: &str) -> Result<Vec<f64>> {
        let vector = self.vector(key, value)?;
        if vector.len() == length {
            return Ok(vector);
        }
        Err(self.wrong(key, format_args!("has {} entries, expected {length}: {why}", vector.len())))
    }

    /// A matrix, row by row as it is written.
    pub fn matrix(&self, key: &str, value: &Value) -> Result<DMatrix<f64>> {
        match self.numbers(key, value)? {
            Numbers::List(list) => Err(self.wrong(
                key,
                format_args!("is one list of {} numbers, expected a list of rows: [[…], […]]", list.len()),
            )),
            Numbers::Rows(rows) => {
                Ok(DMatrix::from_row_iterator(rows.len(), rows[0].len(), rows.into_iter().flatten()))
            }
        }
    }

    /// The numbers, all of them finite.
    fn numbers(&self, key: &str, value: &Value) -> Result<Numbers> {
        let numbers = match value {
            Value::Array(items) if items.is_empty() => return Err(self.wrong(key, "is empty, expected numbers")),
            Value::Array(items) => self.written_numbers(key, items)?,
            Value::String(path) => Self::numbers_of_file(&self.folder.join(path))
                .with_context(|| format!("{}: {} = \"{}\"", self.name, written(key), shown(path)))?,
            other => {
                let reason =
                    format!("is {}, expected a list of numbers, or the path of a .npy or .csv file", kind(other));
                return Err(self.wrong(key, reason));
            }
        };
        let wrong = |place: String, x: f64| {
            self.wrong(key, format_args!("has {x} at {place}, counted from 1; expected finite numbers"))
        };
        match &numbers {
            Numbers::List(list) => list.iter().position(|x| !x.is_finite()).map_or(Ok(()), |i| Err((i, list[i]))),
            Numbers::Rows(rows) => {
                let at = |(i, row): (usize, &Vec<f64>)| row.iter().position(|x| !x.is_finite()).map(|j| (i, j));
                if let Some((i, j)) = rows.iter().enumerate().find_map(at) {
                    return Err(wrong(format!("row {}, column {}", i + 1, j + 1), rows[i][j]));
                }
                Ok(())
            }
        }
        .map_err(|(i, x)| wrong(format!("entry {}", i + 1), x))?;
        Ok(numbers)
    }

    fn written_numbers(&self, key: &str, items: &[Value]) -> Result<Numbers> {
        let list = |items: &[Value], row: &str| -> Result<Vec<f64>> {
            let entry = |(i, item): (usize, &Value)| {
                scalar(item).ok_or_else(|| {
                    self.wrong(key, format_args!("has {} at {row}entry {}, expected a number", kind(item), i + 1))
                })
            };
            items.iter().enumerate().map(entry).collect()
        };
        if !items[0].is_array() {
            return Ok(Numbers::List(list(items, "")?));
        }
        let mut rows = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let Value::Array(row) = item else {
                let reason = format!("has {} for row {}, expected a list of numbers", kind(item), i + 1);
                return Err(self.wrong(key, reason));
            };
            rows.push(list(row, &format!("row {}, ", i + 1))?);
        }
        let columns = rows[0].len();
        if let Some(i) = rows.iter().position(|row| row.len() != columns || columns == 0) {
            let reason = format!(
                "has {} numbers in row {}, but {columns} in row 1; expected as many in each, at least one",
                rows[i].len(),
                i + 1
            );
            return Err(self.wrong(key, reason));
        }
        Ok(Numbers::Rows(rows))
    }

    /// From a NumPy array, or from delimited text with a header.
    fn numbers_of_file(path: &Path) -> Result<Numbers> {
        let content = input::read(path, MOST_BYTES)?;
        if !npy::recognises(&content) {
            let table = Delimited::parse(&input::name(path), content, &Options::default())?;
            if table.rows() == 0 {
                return Err(alpha_cli::usage(format_args!("{} has a header and no rows", path.display())));
            }
            let row = |row| (0..table.header().len()).map(|column| Ok(table.number(row, column)?.value())).collect();
            return Ok(Numbers::Rows((0..table.rows()).map(row).collect::<Result<_>>()?));
        }
        let array = Npy::open(&input::name(path), &content)?;
        let shape = array.shape.clone();
        let entries = array.numbers()?;
        match shape.as_slice() {
            [n] if *n > 0 => Ok(Numbers::List(entries)),
            [rows, columns] if *rows > 0 && *columns > 0 => {
                Ok(Numbers::Rows(entries.chunks_exact(*columns).map(<[f64]>::to_vec).collect()))
            }
            _ => Err(alpha_cli::usage(format_args!(
                "{} has the shape {shape:?}, expected one or two dimensions with entries",
                path.display()
            ))),
        }
    }
}

/// An integer or a floating-point number.
fn scalar(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
}

/// A value in words.
fn kind(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{}\"", shown(text)),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::Boolean(is) => format!("{is}"),
        Value::Datetime(date) => format!("the date {date}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    }
}
