//! Text into cells, with an eye on its quotes.

use super::{Fault, Options, delimiter_name};
use crate::message::shown;

/// A row's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Its first line.
    pub line: u64,
    /// Number of its cells.
    pub cells: usize,
}

/// The cells of a file, the header's among them.
pub(super) struct Split {
    /// All cells, one after the other.
    pub text: Vec<u8>,
    /// Where each cell ends.
    pub ends: Vec<usize>,
    /// Every row.
    pub rows: Vec<Row>,
    /// What is odd.
    pub warnings: Vec<Fault>,
}

/// Something that happens more than once: its first line, and how often.
#[derive(Default)]
struct Counted {
    first: Option<u64>,
    count: usize,
}

struct Splitter<'a> {
    /// Cells are moved to the front of the text, so that it is held once.
    text: Vec<u8>,
    read: usize,
    written: usize,
    line: u64,
    ends: Vec<usize>,
    rows: Vec<Row>,
    delimiter: u8,
    options: &'a Options,
    blank_lines: Counted,
    blank_before: Counted,
    bare_quotes: Counted,
    like_rows: Counted,
}

/// What stands after a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Cell,
    Row,
}

/// Takes text apart from the byte `start` on.
pub(super) fn split(text: Vec<u8>, start: usize, delimiter: u8, options: &Options) -> Result<Split, Fault> {
    let lines = line_ends(&text[..start]);
    let mut splitter = Splitter {
        text,
        read: start,
        written: 0,
        line: 1 + lines,
        ends: Vec::new(),
        rows: Vec::new(),
        delimiter,
        options,
        blank_lines: Counted::default(),
        blank_before: Counted::default(),
        bare_quotes: Counted::default(),
        like_rows: Counted::default(),
    };
    while splitter.read < splitter.text.len() {
        splitter.row()?;
    }
    let mut warnings = Vec::new();
    let mut warn = |counted: Counted, what: &str| {
        if let Some(line) = counted.first {
            warnings.push(Fault::on(line, format!("{what} ({} in all)", counted.count)));
        }
    };
    warn(splitter.blank_lines, "an empty line between rows was left out");
    warn(splitter.bare_quotes, "a quote within a cell that does not begin with one is text");
    warn(
        splitter.like_rows,
        "a quoted cell holds line breaks and looks like several rows, as if a closing quote were missing",
    );
    splitter.text.truncate(splitter.written);
    Ok(Split { text: splitter.text, ends: splitter.ends, rows: splitter.rows, warnings })
}

impl Splitter<'_> {
    fn row(&mut self) -> Result<(), Fault> {
        let (line, first) = (self.line, self.ends.len());
        if self.skip_blank_line() {
            return Ok(());
        }
        while self.cell(self.ends.len() - first)? == After::Cell {}
        if !self.rows.is_empty() {
            self.blank_lines.take(std::mem::take(&mut self.blank_before));
        }
        self.blank_before = Counted::default();
        self.rows.push(Row { line, cells: self.ends.len() - first });
        Ok(())
    }

    /// Passes over a line that holds nothing, or blanks only if they are dropped anyway.
    fn skip_blank_line(&mut self) -> bool {
        let blanks = if self.options.trim { self.blanks(self.read) } else { 0 };
        if !matches!(self.text.get(self.read + blanks), None | Some(b'\r' | b'\n')) {
            return false;
        }
        self.blank_before.add(self.line);
        self.read += blanks;
        self.line_end();
        true
    }

    fn cell(&mut self, column: usize) -> Result<After, Fault> {
        let blanks = if self.options.trim { self.blanks(self.read) } else { 0 };
        if self.options.quoting && self.text.get(self.read + blanks) == Some(&b'"') {
            self.read += blanks + 1;
            self.quoted(column)?;
        } else {
            self.plain();
        }
        self.ends.push(self.written);
        Ok(match self.text.get(self.read) {
            Some(byte) if *byte == self.delimiter => {
                self.read += 1;
                After::Cell
            }
            _ => {
                self.line_end();
                After::Row
            }
        })
    }

    fn plain(&mut self) {
        let (delimiter, rest) = (self.delimiter, &self.text[self.read..]);
        let mut quote = false;
        let length = rest.iter().position(|byte| {
            quote |= *byte == b'"';
            *byte == delimiter || *byte == b'\n' || *byte == b'\r'
        });
        let end = self.read + length.unwrap_or(rest.len());
        if quote && self.options.quoting {
            self.bare_quotes.add(self.line);
        }
        self.keep(end);
    }

    /// A cell after its opening quote, up to the delimiter or line end after the closing one.
    fn quoted(&mut self, column: usize) -> Result<(), Fault> {
        let (opened, start) = (self.line, self.written);
        loop {
            let Some(length) = self.text[self.read..].iter().position(|byte| *byte == b'"') else {
                let reason = "a quote opens here and is not closed by the end of the file; close it, or write a quote that \
                              is text twice within a quoted cell";
                return Err(Fault::on(opened, reason));
            };
            let end = self.read + length;
            self.line += line_ends(&self.text[self.read..end]);
            self.keep(end);
            self.read += 1;
            if self.text.get(self.read) != Some(&b'"') {
                break;
            }
            self.keep(self.read + 1);
        }
        if self.options.trim {
            self.read += self.blanks(self.read);
        }
        match self.text.get(self.read) {
            None | Some(b'\r' | b'\n') => {}
            Some(byte) if *byte == self.delimiter => {}
            Some(_) => return Err(self.after_quote(opened, start)),
        }
        if self.line > opened
            && let Some(header) = self.rows.first()
            && looks_like_rows(&self.text[start..self.written], self.delimiter, column, header.cells)
        {
            self.like_rows.add(opened);
        }
        Ok(())
    }

    fn after_quote(&self, opened: u64, start: usize) -> Fault {
        let rest = &self.text[self.read..self.text.len().min(self.read + 400)];
        let rest = rest.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        let mut reason = format!("'{}' follows a closing quote", shown(&String::from_utf8_lossy(rest)));
        if opened < self.line {
            reason += &format!("; the cell began on line {opened}, where a quote may be missing");
        }
        reason += if self.text[start..self.written].ends_with(b"\\") {
            "; a quote within a quoted cell is written twice, without a backslash"
        } else {
            "; a quote within a quoted cell is written twice"
        };
        Fault::on(self.line, reason)
    }

    /// Moves the text up to `end` behind what is kept.
    fn keep(&mut self, end: usize) {
        self.text.copy_within(self.read..end, self.written);
        self.written += end - self.read;
        self.read = end;
    }

    /// Passes over one line end, if there is one.
    fn line_end(&mut self) {
        let length = match self.text.get(self.read..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => return,
        };
        self.read += length;
        self.line += 1;
    }

    /// Number of blanks from a byte on.
    fn blanks(&self, from: usize) -> usize {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t') && **byte != self.delimiter;
        self.text[from..].iter().take_while(blank).count()
    }
}

impl Counted {
    fn add(&mut self, line: u64) {
        self.first.get_or_insert(line);
        self.count += 1;
    }

    fn take(&mut self, other: Self) {
        self.first = self.first.or(other.first);
        self.count += other.count;
    }
}

/// Number of line ends: CR LF, LF and CR count as one each.
fn line_ends(text: &[u8]) -> u64 {
    let (mut count, mut after_cr) = (0, false);
    for byte in text {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && !after_cr));
        after_cr = *byte == b'\r';
    }
    count
}

/// Whether a cell that holds line breaks would be the end of a row, rows, and the beginning of one, if its quotes were
/// text.
fn looks_like_rows(cell: &[u8], delimiter: u8, column: usize, columns: usize) -> bool {
    if columns < 2 {
        return false;
    }
    let lines: Vec<usize> = cell
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| !line.is_empty())
        .map(|line| line.iter().filter(|byte| **byte == delimiter).count())
        .collect();
    let [first, middle @ .., last] = lines.as_slice() else { return false };
    middle.contains(&(columns - 1)) || (first + column + 1 == columns && *first > 0 && *last == column)
}

/// Refuses the first row that has not as many cells as the header.
pub(super) fn check_widths(split: &Split, delimiter: u8) -> Result<(), Fault> {
    let Split { text, ends, rows, .. } = split;
    let Some((header, below)) = rows.split_first() else { return Ok(()) };
    let Some(i) = below.iter().position(|row| row.cells != header.cells) else { return Ok(()) };
    let (row, width) = (below[i], header.cells);
    let after = header.cells + below[..=i].iter().map(|row| row.cells).sum::<usize>();
    let cell = |back: usize| &text[if after > back { ends[after - back - 1] } else { 0 }..ends[after - back]];
    let every = below.iter().all(|other| other.cells == row.cells);
    let numbers = |count: usize| (1..=count.min(row.cells)).all(|back| cell(back).iter().all(u8::is_ascii_digit));
    let hint = if row.cells == width + 1 && cell(1).trim_ascii().is_empty() {
        "the row ends with a delimiter"
    } else if row.cells == width + 1 && every {
        "every row has one more, perhaps its name, as R's write.table writes it: use row.names = FALSE"
    } else if row.cells > width && delimiter == b',' && numbers(2) {
        "a cell that holds the delimiter must stand in quotes, and a decimal comma must be a point"
    } else if row.cells > width {
        "a cell that holds the delimiter must stand in quotes"
    } else if i + 1 == below.len() {
        "the file may be cut off"
    } else {
        "empty cells need their delimiters too"
    };
    let cells = if row.cells == 1 { "cell" } else { "cells" };
    let reason = format!(
        "{} {cells}, expected {width} as in the header, with {} between them; {hint}",
        row.cells,
        delimiter_name(delimiter)
    );
    Err(Fault::on(row.line, reason))
}
