//! A GLUE file, taken apart row by row: tabs, and quotes are text.

use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::task::recognise;
use crate::error::{Error, Result};
use crate::input;

/// A file in memory, with its header read.
pub(super) struct Table {
    path: PathBuf,
    content: Vec<u8>,
    header: Vec<String>,
    pub sha256: String,
}

/// A row: the wanted columns in the order wanted, `None` where the row ends before.
pub(super) struct Row {
    /// Where the row begins, in bytes.
    pub start: u64,
    pub fields: Vec<Option<String>>,
    /// Whether it has more fields than the header.
    pub long: bool,
}

impl Table {
    pub fn open(path: &Path) -> Result<Self> {
        let content = input::bytes(path)?;
        Self::new(path, content)
    }

    /// A table with the content that the file at `path` has, or will have.
    pub fn new(path: &Path, content: Vec<u8>) -> Result<Self> {
        let sha256 = alpha_store::checksum::sha256(&content);
        let mut table = Self { path: path.to_owned(), content, header: Vec::new(), sha256 };
        let mut reader = table.reader();
        let mut first = ByteRecord::new();
        reader.read_byte_record(&mut first).map_err(|source| table.broken(source))?;
        table.header = first.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        Ok(table)
    }

    /// The places of columns; `wanted` says in an error what the file was read as.
    pub fn columns(&self, names: &[&str], wanted: &str) -> Result<Vec<usize>> {
        let place = |name: &&str| self.header.iter().position(|column| column == name);
        let missing: Vec<_> = names.iter().filter(|name| place(name).is_none()).map(|&n| n.to_owned()).collect();
        if missing.is_empty() {
            return Ok(names.iter().filter_map(place).collect());
        }
        Err(Error::Columns {
            path: self.path.clone(),
            wanted: wanted.to_owned(),
            missing,
            found: self.header.clone(),
            looks_like: recognise(&self.header),
        })
    }

    /// Hands each row below the header to `take`.
    pub fn rows(&self, columns: &[usize], mut take: impl FnMut(Row) -> Result<()>) -> Result<()> {
        let mut reader = self.reader();
        let mut record = ByteRecord::new();
        let mut header = true;
        while reader.read_byte_record(&mut record).map_err(|source| self.broken(source))? {
            if std::mem::take(&mut header) {
                continue;
            }
            let start = record.position().map_or(0, |position| position.byte());
            let fields =
                columns.iter().map(|&column| record.get(column).map(|f| self.text(f, column, start)).transpose());
            take(Row { start, fields: fields.collect::<Result<_>>()?, long: record.len() > self.header.len() })?;
        }
        Ok(())
    }

    /// The file's content.
    pub fn into_content(self) -> Vec<u8> {
        self.content
    }

    /// What is wrong with the row that begins at a byte.
    pub fn error(&self, start: u64, column: usize, value: &str, allowed: String) -> Error {
        Error::Row {
            path: self.path.clone(),
            line: self.line(start),
            column: self.header[column].clone(),
            value: value.chars().take(80).collect(),
            allowed,
        }
    }

    fn text(&self, field: &[u8], column: usize, start: u64) -> Result<String> {
        match std::str::from_utf8(field) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.error(start, column, &String::from_utf8_lossy(field), "valid UTF-8".to_owned())),
        }
    }

    /// The line of a row, counted by line feeds; the reader's own count lags by one after CR LF.
    fn line(&self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(self.content.len());
        let blank = self.content[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + self.content[..start + blank].iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    /// The terminator CRLF means CR, LF or both, as in Python's text mode; the reader skips empty lines and the BOM.
    fn reader(&self) -> csv::Reader<&[u8]> {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).terminator(Terminator::CRLF).delimiter(b'\t').quoting(false);
        builder.from_reader(&self.content)
    }

    fn broken(&self, source: csv::Error) -> Error {
        Error::Csv { path: self.path.clone(), source }
    }
}
