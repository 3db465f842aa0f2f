//! Tables of numbers read back.

use crate::error::{Error, Result};

/// A table, and where it came from, for messages.
pub(crate) struct Rows {
    table: String,
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl Rows {
    pub(crate) fn of_text(table: &str, text: &str) -> Result<Self> {
        let wrong = |source| Error::Csv { table: table.to_owned(), source };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(wrong)?.clone();
        Ok(Self { table: table.to_owned(), header, rows: reader.records().collect::<Result<_, _>>().map_err(wrong)? })
    }

    /// The cells of a column, with their lines.
    pub(crate) fn words(&self, column: &'static str) -> Result<impl Iterator<Item = (u64, &str)>> {
        let place = self.header.iter().position(|name| name == column);
        let place = place.ok_or_else(|| Error::Column { table: self.table.clone(), column })?;
        // A table with a row of another length is no table for the reader above.
        let line = |row: &csv::StringRecord| row.position().map_or(0, csv::Position::line);
        Ok(self.rows.iter().map(move |row| (line(row), row.get(place).unwrap_or_default())))
    }

    /// A column of finite numbers.
    pub(crate) fn numbers(&self, column: &'static str) -> Result<Vec<f64>> {
        let number = |(line, word): (u64, &str)| match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.cell(line, column, word, "a finite number")),
        };
        self.words(column)?.map(number).collect()
    }

    pub(crate) fn cell(&self, line: u64, column: &'static str, value: &str, allowed: &'static str) -> Error {
        Error::Cell { table: self.table.clone(), line, column, value: value.to_owned(), allowed }
    }
}
