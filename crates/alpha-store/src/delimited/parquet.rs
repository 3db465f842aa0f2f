//! Parquet: its columns as text cells.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::Fault;
use super::split::{Row, Split};
use super::unpack::bound;
use crate::message::shown;

/// The cells of a file, those of its names first; a row's line is its number from 1.
pub(super) fn read(content: Vec<u8>, at_most: u64) -> Result<Split, Fault> {
    // The library checks much of what a damaged file can say, but not all.
    catch_unwind(AssertUnwindSafe(|| cells(content, at_most)))
        .unwrap_or_else(|_| Err(Fault::whole("not a readable Parquet file: it is damaged")))
}

fn cells(content: Vec<u8>, at_most: u64) -> Result<Split, Fault> {
    let damaged = |e: parquet::errors::ParquetError| {
        let reason =
            format!("not a readable Parquet file ({}); another way: {}", shown(&e.to_string()), super::kind::PARQUET);
        Fault::whole(reason)
    };
    let bound = bound(content.len() as u64, at_most);
    let reader = SerializedFileReader::new(bytes::Bytes::from(content)).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let columns = metadata.schema().get_fields();
    if let Some(column) = columns.iter().find(|column| !column.is_primitive()) {
        let reason =
            format!("the column '{}' holds lists or structures, expected one value a row", shown(column.name()));
        return Err(Fault::whole(reason));
    }
    let (width, count) = (columns.len(), u64::try_from(metadata.num_rows()).unwrap_or_default());
    if count.saturating_mul(8 * width as u64) > bound {
        let reason = format!("{count} rows of {width} columns, more than is right for a file of its size");
        return Err(Fault::whole(reason));
    }
    let (mut text, mut ends) = (String::new(), Vec::new());
    for column in columns {
        text.push_str(column.name());
        ends.push(text.len());
    }
    let mut rows = vec![Row { line: 1, cells: width }];
    for (row, line) in reader.get_row_iter(None).map_err(damaged)?.zip(1..) {
        for (name, field) in row.map_err(damaged)?.get_column_iter() {
            push(&mut text, field).ok_or_else(|| {
                Fault::on(line, format!("'{}' holds bytes, expected numbers, truth values or text", shown(name)))
            })?;
            ends.push(text.len());
        }
        rows.push(Row { line, cells: width });
    }
    Ok(Split { text: text.into_bytes(), ends, rows, warnings: Vec::new() })
}

/// Adds a value as a cell that reads as the same number.
fn push(text: &mut String, field: &Field) -> Option<()> {
    let written = match field {
        Field::Null => Ok(()),
        Field::Bool(is) => text.write_str(if *is { "True" } else { "False" }),
        Field::Float16(x) => write!(text, "{:?}", x.to_f64()),
        Field::Float(x) => write!(text, "{:?}", f64::from(*x)),
        Field::Double(x) => write!(text, "{x:?}"),
        Field::Str(word) => text.write_str(word),
        Field::Bytes(bytes) => text.write_str(bytes.as_utf8().ok()?),
        other => write!(text, "{other}"),
    };
    written.ok()
}
