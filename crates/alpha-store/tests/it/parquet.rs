//! Parquet files as tables.

use std::sync::Arc;

use alpha_store::delimited::{Delimited, Options};
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn parse(content: &[u8]) -> Result<Delimited, String> {
    Delimited::parse("f.parquet", content.to_vec(), &Options::default()).map_err(|e| e.to_string())
}

/// Three rows of every kind of column.
fn table(compression: Compression) -> Vec<u8> {
    let schema = "message m { required double a; required float s; optional int64 n; required boolean b; required binary label (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    macro_rules! column {
        ($kind:ty, $values:expr, $levels:expr) => {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<$kind>().write_batch($values, $levels, None).unwrap();
            column.close().unwrap();
        };
    }
    column!(DoubleType, &[0.1 + 0.2, 1e300, -0.5], None);
    column!(FloatType, &[0.1, 2.0, 3.0], None);
    column!(Int64Type, &[7, 9], Some(&[1, 0, 1]));
    column!(BoolType, &[true, false, true], None);
    column!(ByteArrayType, &["né,\"g".into(), "pos".into(), "".into()], None);
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn columns_are_read() {
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(Default::default())] {
        let table = parse(&table(compression)).unwrap();
        assert_eq!(table.header(), ["a", "s", "n", "b", "label"]);
        assert_eq!((table.rows(), table.line(2)), (3, 3));
        let numbers = |column: usize| [0, 1, 2].map(|row| table.number(row, column).unwrap().value());
        assert_eq!(numbers(0), [0.1 + 0.2, 1e300, -0.5]);
        assert_eq!(numbers(1), [f64::from(0.1_f32), 2.0, 3.0]);
        assert_eq!(numbers(3), [1.0, 0.0, 1.0]);
        assert_eq!([0, 1, 2].map(|row| table.cell(row, 2)), ["7", "", "9"]);
        assert_eq!([0, 1, 2].map(|row| table.cell(row, 4)), ["né,\"g", "pos", ""]);
    }
}

#[test]
fn damage_never_panics() {
    let good = table(Compression::SNAPPY);
    for cut in 4..good.len() {
        assert!(parse(&good[..cut]).unwrap_err().contains("not a readable Parquet file"));
    }
    // Quietly: the library below may panic, which is caught.
    std::panic::set_hook(Box::new(|_| {}));
    for i in 4..good.len() {
        let mut damaged = good.clone();
        damaged[i] ^= 0x10;
        let _ = parse(&damaged);
    }
    let _ = std::panic::take_hook();
}
