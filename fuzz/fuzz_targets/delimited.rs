//! Delimited text: what is read is what the csv crate reads.
#![no_main]

use alpha_store::Error;
use alpha_store::delimited::{Delimited, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for trim in [true, false] {
        let options = Options { trim, at_most: 1 << 24, ..Options::default() };
        match Delimited::parse("file", bytes.to_vec(), &options) {
            Ok(table) => {
                for row in 0..table.rows() {
                    assert!(row == 0 || table.line(row) > table.line(row - 1));
                    for column in 0..table.header().len() {
                        let _ = table.number(row, column);
                    }
                }
                if !trim {
                    compare(bytes, &table);
                }
            }
            Err(Error::Table { place, reason, .. }) => assert!(place == "file" && reason.len() < 1000, "{reason}"),
            Err(error) => panic!("{error}"),
        }
    }
});

fn compare(bytes: &[u8], table: &Delimited) {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let elsewhere = [&b"\x1f\x8b"[..], b"\xff\xfe", b"\xfe\xff", b"sep=", b"\"sep="];
    if elsewhere.iter().any(|start| text.starts_with(start)) {
        return;
    }
    let mut reader = csv::ReaderBuilder::new();
    let rows = reader.delimiter(table.delimiter()).terminator(csv::Terminator::CRLF).from_reader(text).into_records();
    let rows: Vec<csv::StringRecord> = rows.map(|row| row.expect("a row that both read")).collect();
    assert_eq!(rows.len(), table.rows());
    for (i, row) in rows.iter().enumerate() {
        assert!(row.iter().enumerate().all(|(column, cell)| cell == table.cell(i, column)));
    }
}
