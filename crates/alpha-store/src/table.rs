//! Tables: one content, three looks.

use comfy_table::{CellAlignment, ContentArrangement, presets};

use crate::error::{Error, Result};
use crate::message::harmless;

/// A table of text cells, to be written as CSV, Markdown or for a terminal.
///
/// ```
/// use alpha_store::table::Table;
/// let mut table = Table::new(["source", "accuracy"]);
/// table.push(["books".to_owned(), "77.35".to_owned()]);
/// assert_eq!(table.to_csv()?, "source,accuracy\nbooks,77.35\n");
/// assert_eq!(table.to_markdown(), "| source | accuracy |\n|---|---:|\n| books | 77.35 |\n");
/// # Ok::<(), alpha_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these column names.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells stay empty, and cells beyond the header get columns without a name.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
        let width = self.rows.last().map_or(0, Vec::len).max(self.header.len());
        if width > self.header.len() {
            self.header.resize(width, String::new());
            self.rows.iter_mut().for_each(|row| row.resize(width, String::new()));
        } else if let Some(row) = self.rows.last_mut() {
            row.resize(width, String::new());
        }
    }

    /// Adds a last column with the same value in every row.
    pub fn add_column(&mut self, name: &str, value: &str) {
        self.header.push(name.to_owned());
        self.rows.iter_mut().for_each(|row| row.push(value.to_owned()));
    }

    /// Column names.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows of cells.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Comma-separated values with a header line.
    ///
    /// # Errors
    /// [`Error::Format`] if the CSV writer fails.
    pub fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let failed = |source| Error::Format { what: "a table as CSV", source };
        for row in std::iter::once(&self.header).chain(&self.rows) {
            writer.write_record(row).map_err(|e| failed(e.into()))?;
        }
        let bytes = writer.into_inner().map_err(|e| failed(e.to_string().into()))?;
        String::from_utf8(bytes).map_err(|e| failed(e.into()))
    }

    /// A Markdown table; columns of numbers are aligned to the right.
    pub fn to_markdown(&self) -> String {
        // What would end a cell or its row.
        let cell = |text: &String| text.replace('|', "\\|").replace("\r\n", "<br>").replace(['\n', '\r'], "<br>");
        let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
        let rule: String = (0..self.header.len()).map(|c| if self.is_numeric(c) { "---:|" } else { "---|" }).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}|{rule}\n{rows}", line(&self.header))
    }

    /// A table for the terminal, as wide as its content; what a terminal would obey is escaped.
    pub fn to_terminal(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
        let cells = |row: &[String]| row.iter().map(|cell| harmless(cell)).collect::<Vec<_>>();
        table.set_header(cells(&self.header));
        table.add_rows(self.rows.iter().map(|row| cells(row)));
        for c in 0..self.header.len() {
            if let (true, Some(column)) = (self.is_numeric(c), table.column_mut(c)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.to_string()
    }

    /// Whether every filled cell of a column starts with a number.
    pub fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| &row[column]).filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some()
            && cells.all(|cell| cell.split(' ').next().is_some_and(|word| word.parse::<f64>().is_ok()))
    }
}
