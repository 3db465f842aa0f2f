//! Delimited text: a header line, then one row a line, with commas, semicolons, tabs or bars between the cells.
//!
//! | in the file | what happens |
//! |---|---|
//! | `,` `;` tab or bar in the header | found, or given in [`Options::delimiter`]; a header that allows two readings is refused |
//! | gzip, by its first bytes | unpacked, up to a bound |
//! | a byte order mark | dropped; UTF-16 with one is read |
//! | line ends LF, CR LF, CR | read; lines without a character are left out, with a warning if rows follow |
//! | a quoted cell | may hold delimiters and line breaks, and quotes written twice |
//! | a quote that never closes, text after a closing quote | refused, with the line |
//! | a quoted cell whose lines look like rows | kept, with a warning |
//! | a row with more or fewer cells than the header, or the header once more | refused, with the line |
//! | Parquet, with the feature `parquet` | read; a row's line is its number |
//! | another kind of file (Excel, NumPy, JSON, …) | refused by its name, with a way to convert it |
//!
//! ```
//! use alpha_store::delimited::{Delimited, Options};
//! let table = Delimited::parse("scores.csv", b"name;score\n\"a; b\";1.5\n".to_vec(), &Options::default())?;
//! assert_eq!(table.header(), ["name", "score"]);
//! assert_eq!((table.rows(), table.cell(0, 0), table.number(0, 1)?.value()), (1, "a; b", 1.5));
//! # Ok::<(), alpha_store::Error>(())
//! ```

mod delimiter;
mod encoding;
mod header;
mod kind;
#[cfg(feature = "parquet")]
mod parquet;
mod split;
mod unpack;

use std::path::Path;

use crate::error::{Error, Result};
use crate::input;
use crate::message::shown;
use crate::number::{self, Number};

use self::split::Split;

/// How delimited text is read.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `delimiter` | `None` | the byte between cells: any ASCII character but a quote or a line end; found from the header if `None` |
/// | `trim` | `true` | whether blanks around a cell are dropped |
/// | `quoting` | `true` | whether `"` holds a cell together; if not, it is text |
/// | `at_most` | 4 GiB | the most bytes of a file, packed or not |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The byte between cells, `None` to find it from the header.
    pub delimiter: Option<u8>,
    /// Whether blanks around a cell are dropped.
    pub trim: bool,
    /// Whether `"` holds a cell together.
    pub quoting: bool,
    /// The most bytes of a file, packed or not.
    pub at_most: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { delimiter: None, trim: true, quoting: true, at_most: 4 << 30 }
    }
}

/// A table of text cells: as many in every row as there are names in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimited {
    place: String,
    header: Vec<String>,
    delimiter: u8,
    trim: bool,
    /// All cells, one after the other.
    text: String,
    /// Where each cell ends in `text`, those of the header first.
    ends: Vec<usize>,
    /// The line on which each row begins.
    lines: Vec<u64>,
    warnings: Vec<String>,
}

impl Delimited {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// As [`Delimited::parse`]; [`Error::Read`], [`Error::NotRegular`] or [`Error::TooLarge`] if it cannot be read.
    pub fn read(path: &Path, options: &Options) -> Result<Self> {
        Self::parse(&input::name(path), input::read_or_stdin(path, options.at_most)?, options)
    }

    /// Reads the content of a file; `place` is its name in messages.
    ///
    /// # Errors
    /// [`Error::Table`] with the line, for whatever the table in the module's description refuses, for text that is not
    /// UTF-8, for a header with one name twice or with numbers for names, and for a file without a header.
    pub fn parse(place: &str, content: Vec<u8>, options: &Options) -> Result<Self> {
        let refuse = |fault: Fault| fault.at(place);
        let content = unpack::unpack(content, options.at_most).map_err(refuse)?;
        #[cfg(feature = "parquet")]
        if content.starts_with(b"PAR1") {
            let split = parquet::read(content, options.at_most).map_err(refuse)?;
            return Self::from_split(place, split, b',', options.trim);
        }
        kind::check(&content).map_err(refuse)?;
        let content = encoding::to_utf8(content).map_err(refuse)?;
        let found = delimiter::find(&content, options).map_err(refuse)?;
        let split = split::split(content, found.start, found.delimiter, options).map_err(refuse)?;
        split::check_widths(&split, found.delimiter).map_err(refuse)?;
        Self::from_split(place, split, found.delimiter, options.trim)
    }

    fn from_split(place: &str, split: Split, delimiter: u8, trim: bool) -> Result<Self> {
        let refuse = |fault: Fault| fault.at(place);
        let Split { text, ends, rows, warnings } = split;
        let width = rows.first().map_or(0, |row| row.cells);
        let lines: Vec<u64> = rows.iter().skip(1).map(|row| row.line).collect();
        let first_line = rows.first().map_or(1, |row| row.line);
        let text = encoding::checked(text, &ends, |byte| {
            let cell = ends.partition_point(|end| *end <= byte);
            (rows.get(cell / width.max(1)).map_or(first_line, |row| row.line), cell % width.max(1))
        })
        .map_err(refuse)?;
        let mut table = Self {
            place: place.to_owned(),
            header: Vec::new(),
            delimiter,
            trim,
            text,
            ends,
            lines,
            warnings: warnings.into_iter().map(|warning| warning.text(place)).collect(),
        };
        table.header = (0..width).map(|column| table.at(column).to_owned()).collect();
        header::check(&table.header, first_line).map_err(refuse)?;
        if let Some(warning) = header::warning(&table.header, first_line) {
            table.warnings.push(warning.text(place));
        }
        table.check_blanks()?;
        table.check_second_header()?;
        Ok(table)
    }

    /// Names of the columns; one that is empty has no name.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Places of the columns without a name, as pandas' `to_csv()` writes one for the index.
    pub fn unnamed(&self) -> Vec<usize> {
        (0..self.header.len()).filter(|column| self.header[*column].is_empty()).collect()
    }

    /// Number of rows below the header.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// A cell's text.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        assert!(column < self.header.len(), "column {column} of {}", self.header.len());
        self.at((row + 1) * self.header.len() + column)
    }

    /// The line of the file, from 1, on which a row begins.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// A cell as a finite number.
    ///
    /// # Errors
    /// [`Error::Table`] with line and column, what the cell looks like, and how to write it instead.
    pub fn number(&self, row: usize, column: usize) -> Result<Number> {
        number::parse(self.cell(row, column)).map_err(|fault| self.error(row, column, fault))
    }

    /// An error that names a cell.
    pub fn error(&self, row: usize, column: usize, reason: impl ToString) -> Error {
        Error::Table {
            place: self.place.clone(),
            line: Some(self.line(row)),
            column: Some(header::named(&self.header, column)),
            reason: reason.to_string(),
        }
    }

    /// The byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The file's name in messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What was read though it may not have been meant, a sentence each, with the file's name and the line.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn at(&self, cell: usize) -> &str {
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] };
        let text = &self.text[start..self.ends[cell]];
        if self.trim { text.trim() } else { text }
    }

    /// Refuses a row that is the header once more, as two files put together have one.
    fn check_second_header(&self) -> Result<()> {
        // Columns may be numbered, and a row may have their numbers.
        if self.header.len() < 2 || self.header.iter().all(|name| number::parse(name).is_ok()) {
            return Ok(());
        }
        let is_header =
            |row: &usize| (0..self.header.len()).all(|column| self.cell(*row, column) == self.header[column]);
        let Some(row) = (0..self.rows()).find(is_header) else { return Ok(()) };
        let reason = "the header once more, as if two files were put together; leave this line out";
        Err(Fault::on(self.line(row), reason).at(&self.place))
    }

    /// Refuses one column of cells that blanks part into as many numbers as the header has words.
    fn check_blanks(&self) -> Result<()> {
        if self.header.len() != 1 || self.rows() == 0 {
            return Ok(());
        }
        let words = self.header[0].split_whitespace().count();
        let cells: Vec<&str> = self.cell(0, 0).split_whitespace().collect();
        if words > 1 && cells.len() == words && cells.iter().filter(|cell| number::parse(cell).is_ok()).count() > 1 {
            let reason = format!(
                "the {words} cells '{}' have blanks between them; write commas, semicolons or tabs instead (in pandas: \
                 read_csv(path, sep=r'\\s+').to_csv(path, index=False))",
                shown(self.cell(0, 0))
            );
            return Err(Fault::on(self.line(0), reason).at(&self.place));
        }
        Ok(())
    }
}

/// What is wrong, or odd, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    line: Option<u64>,
    reason: String,
}

impl Fault {
    fn on(line: u64, reason: impl Into<String>) -> Self {
        Self { line: Some(line), reason: reason.into() }
    }

    fn whole(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }

    fn at(self, place: &str) -> Error {
        Error::Table { place: place.to_owned(), line: self.line, column: None, reason: self.reason }
    }

    fn text(self, place: &str) -> String {
        self.at(place).to_string()
    }
}

/// A delimiter in words.
fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "bars".to_owned(),
        b' ' => "blanks".to_owned(),
        other => format!("'{}'", shown(&char::from(other).to_string())),
    }
}
