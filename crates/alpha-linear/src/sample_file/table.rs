//! A file's columns by name, as numbers and as labels.

use std::path::{Path, PathBuf};

use alpha_store::delimited::{Delimited, Options};
use alpha_store::input;
use alpha_store::number::{self, FaultKind, Number, NumberFault};
use nalgebra::DMatrix;

use super::{NamedFeatures, SampleOptions, some};
use crate::array_file::Gaps;
use crate::error::{Error, Result};

/// A table with at least one row, whose columns all have names.
pub(super) struct Table {
    path: PathBuf,
    cells: Delimited,
    /// Columns that are left out.
    dropped: Vec<usize>,
}

impl Table {
    pub fn parse(path: &Path, content: Vec<u8>, options: &SampleOptions) -> Result<Self> {
        let form = Options { delimiter: options.delimiter, ..Options::default() };
        let cells = Delimited::parse(&input::name(path), content, &form)?;
        let dropped = (0..cells.header().len()).filter(|column| options.drop.contains(&cells.header()[*column]));
        let table = Self { path: path.to_owned(), dropped: dropped.collect(), cells };
        if let Some(column) = table.cells.unnamed().first() {
            return Err(table.refuse(table.unnamed(*column)));
        }
        if table.rows() == 0 {
            return Err(table.refuse("no rows below the header".to_owned()));
        }
        Ok(table)
    }

    /// What to do about a column without a name.
    fn unnamed(&self, column: usize) -> String {
        let place = column + 1;
        let whole = |row| number::parse(self.cells.cell(row, column)).is_ok_and(|x| x.value().fract() == 0.0);
        let empty = |row| self.cells.cell(row, column).is_empty();
        let rows = 0..self.rows();
        let way_out = if self.rows() > 0 && rows.clone().all(empty) {
            "and no cells: is there a delimiter at the end of every line? Leave it out"
        } else if rows.clone().all(whole) {
            "and holds whole numbers: it looks like an index, as pandas' to_csv(path) writes it. Write the file with \
             to_csv(path, index=False), or give the column a name"
        } else {
            "(an index of pandas? write the file with to_csv(path, index=False)): leave it out, or give it a name"
        };
        format!("column {place} has no name {way_out}")
    }

    pub fn rows(&self) -> usize {
        self.cells.rows()
    }

    pub fn refuse(&self, reason: String) -> Error {
        Error::Dataset { path: self.path.clone(), reason }
    }

    /// The place of a column.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.cells.header().iter().position(|own| own == name)
    }

    /// The place of the label column.
    pub fn label(&self, name: &str) -> Result<usize> {
        let column = self.place(name).ok_or_else(|| {
            self.refuse(format!("no column '{name}'; it has {} (--label names another)", some(self.cells.header())))
        })?;
        if self.dropped.contains(&column) {
            return Err(Error::parameter("drop", name, "another column than that of the labels"));
        }
        Ok(column)
    }

    pub fn labels(&self, column: usize) -> Result<Vec<String>> {
        let label = |row: usize| {
            let word = self.cells.cell(row, column);
            // A sign stands for a class, with the other sign for the other.
            if number::is_missing(word) && !matches!(word, "-" | ".") {
                let what = if word.is_empty() { "an empty cell".to_owned() } else { format!("'{word}'") };
                return Err(self.cells.error(row, column, format!("{what}, expected a label")).into());
            }
            Ok(word.to_owned())
        };
        (0..self.rows()).map(label).collect()
    }

    pub fn number(&self, row: usize, column: usize) -> Result<f64> {
        Ok(number::parse(self.cells.cell(row, column)).map_err(|fault| self.fault(row, column, &fault))?.value())
    }

    fn fault(&self, row: usize, column: usize, fault: &NumberFault) -> Error {
        let way_out = match fault.kind {
            FaultKind::Word | FaultKind::Date => " (--drop leaves a column out)",
            _ => "",
        };
        self.cells.error(row, column, format!("{fault}{way_out}")).into()
    }

    /// Every column but one, and those that are left out, as numbers.
    pub fn features(&self, without: Option<usize>, gaps: Gaps) -> Result<NamedFeatures> {
        let header = self.cells.header();
        let mut kept = vec![true; header.len()];
        self.dropped.iter().chain(&without).for_each(|column| kept[*column] = false);
        let columns: Vec<usize> = (0..header.len()).filter(|column| kept[*column]).collect();
        if columns.is_empty() {
            return Err(self.refuse("no column of features".to_owned()));
        }
        let mut features = DMatrix::zeros(columns.len(), self.rows());
        let mut booleans = vec![false; columns.len()];
        for (row, mut sample) in features.column_iter_mut().enumerate() {
            for (i, &column) in columns.iter().enumerate() {
                let cell = self.cells.cell(row, column);
                sample[i] = match number::parse(cell) {
                    Ok(Number::Real(x)) => x,
                    Ok(number) => {
                        booleans[i] = true;
                        number.value()
                    }
                    Err(_) if gaps == Gaps::Kept && number::is_missing(cell) => f64::NAN,
                    Err(fault) => return Err(self.fault(row, column, &fault)),
                };
            }
        }
        let name = |column: &usize| header[*column].clone();
        let names: Vec<String> = columns.iter().map(name).collect();
        let mut warnings = self.cells.warnings().to_vec();
        let booleans: Vec<&String> = names.iter().zip(&booleans).filter(|(_, is)| **is).map(|(name, _)| name).collect();
        if !booleans.is_empty() {
            warnings.push(format!(
                "{}: true and false are read as 1 and 0 in {}",
                self.path.display(),
                some(&booleans)
            ));
        }
        let dropped = self.dropped.iter().map(name).collect();
        Ok(NamedFeatures { path: self.path.clone(), names, features, dropped, warnings })
    }
}
