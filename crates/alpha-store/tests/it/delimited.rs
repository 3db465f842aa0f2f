//! Delimited text: what is read, and what is refused by name.

use std::io::Write;

use alpha_store::delimited::{Delimited, Options};

fn parse(content: &[u8], options: &Options) -> Result<Delimited, String> {
    Delimited::parse("f.csv", content.to_vec(), options).map_err(|e| e.to_string())
}

fn read(content: impl AsRef<[u8]>) -> Delimited {
    parse(content.as_ref(), &Options::default()).unwrap()
}

fn refused(content: impl AsRef<[u8]>) -> String {
    parse(content.as_ref(), &Options::default()).expect_err(&String::from_utf8_lossy(content.as_ref()))
}

/// Header and rows, with a bar between cells.
fn cells(table: &Delimited) -> Vec<String> {
    let row = |row: usize| (0..table.header().len()).map(|c| table.cell(row, c)).collect::<Vec<_>>().join("|");
    std::iter::once(table.header().join("|")).chain((0..table.rows()).map(row)).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_common_is_read() {
    let utf16 = |to: fn(u16) -> [u8; 2]| "\u{feff}a;ü\n1;2\n".encode_utf16().flat_map(to).collect::<Vec<u8>>();
    for (content, delimiter, expected) in [
        ("a,b\n1,2\n".into(), b',', vec!["a|b", "1|2"]),
        ("a;b\n1,5;2\n".into(), b';', vec!["a|b", "1,5|2"]),
        ("a\tb\n1\t2".into(), b'\t', vec!["a|b", "1|2"]),
        ("a|b\r\n1|2\r\n".into(), b'|', vec!["a|b", "1|2"]),
        ("a,b\r1,2\r3,4".into(), b',', vec!["a|b", "1|2", "3|4"]),
        ("a\n1\n2\n".into(), b',', vec!["a", "1", "2"]),
        ("\u{feff}a,b\n1,2\n".into(), b',', vec!["a|b", "1|2"]),
        ("\u{feff}\"a\",b\n1,2\n".into(), b',', vec!["a|b", "1|2"]),
        (utf16(u16::to_le_bytes), b';', vec!["a|ü", "1|2"]),
        (utf16(u16::to_be_bytes), b';', vec!["a|ü", "1|2"]),
        (gzip(b"a,b\n1,2\n"), b',', vec!["a|b", "1|2"]),
        // Two members, as `cat one.gz two.gz` makes them.
        ([gzip(b"a,b\n1,2\n"), gzip(b"3,4\n")].concat(), b',', vec!["a|b", "1|2", "3|4"]),
        ("sep=;\r\na;b,c\r\n1;2\r\n".into(), b';', vec!["a|b,c", "1|2"]),
        // Either could be meant by the header, only one by the rows.
        ("q;a,b\n1;1,2\n2;,3\nx,4\n".into(), b',', vec!["q;a|b", "1;1|2", "2;|3", "x|4"]),
        ("\"x;y\",b\n1,2\n".into(), b',', vec!["x;y|b", "1|2"]),
        (" a , \"b\" \n 1 ,\t\"2\"\t\n".into(), b',', vec!["a|b", "1|2"]),
        ("a,b\n\"say \"\"hi\"\", he\",\"\"\n\"\"\"\",x\n".into(), b',', vec!["a|b", "say \"hi\", he|", "\"|x"]),
        ("a\tb\n\t2\n1\t\n".into(), b'\t', vec!["a|b", "|2", "1|"]),
        (",f\n0,1\n".into(), b',', vec!["|f", "0|1"]),
        ("0,1\n7,8\n".into(), b',', vec!["0|1", "7|8"]),
        ("a,b\n".into(), b',', vec!["a|b"]),
    ] {
        let table = read(&content);
        assert_eq!(cells(&table), expected, "{}", String::from_utf8_lossy(&content));
        assert_eq!((table.delimiter(), table.warnings()), (delimiter, &[][..]));
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let table = read("a,b\r\n\"x\r\ny\",1\r\n2,\"\n\n\"\r3,4\n");
    assert_eq!([0, 1, 2].map(|row| table.line(row)), [2, 4, 7]);
    assert_eq!(table.cell(1, 1), "");
    let table = read("sep=,\na\n1");
    assert_eq!(table.line(0), 3);
}

#[test]
fn options_are_followed() {
    let untrimmed = Options { trim: false, ..Options::default() };
    let table = parse(b"a,b\n x ,\"\ty \"\n", &untrimmed).unwrap();
    assert_eq!(cells(&table), ["a|b", " x |\ty "]);
    // A blank before the quote makes it text.
    let table = parse(b"a,b\n \"x\",y\n", &untrimmed).unwrap();
    assert_eq!(table.cell(0, 0), " \"x\"");
    assert_eq!(table.warnings().len(), 1);
    let unquoted = Options { quoting: false, delimiter: Some(b'\t'), ..Options::default() };
    let table = parse(b"a\tb\n\"x\ty\"\n\"open\tz\n", &unquoted).unwrap();
    assert_eq!((cells(&table), table.warnings()), (vec!["a|b".into(), "\"x|y\"".into(), "\"open|z".into()], &[][..]));
    let given = |delimiter: u8| Options { delimiter: Some(delimiter), ..Options::default() };
    assert_eq!(cells(&parse(b"a;b,c\n1;2,3\n", &given(b';')).unwrap()), ["a|b,c", "1|2,3"]);
    assert_eq!(cells(&parse(b"a:b\n1:2\n", &given(b':')).unwrap()), ["a|b", "1|2"]);
    for wrong in [b'"', b'\n', b'\r', 0, 0xe9] {
        assert!(parse(b"a:b\n1:2\n", &given(wrong)).unwrap_err().contains("is not allowed"));
    }
}

#[test]
fn what_may_be_meant_is_said() {
    for (content, line, words) in [
        ("a,b\n1,2\n\n\n3,4\n\n", 3, "an empty line between rows was left out (2 in all)"),
        ("a,b\nit's 5\" long,2\nx \"y\",1\n", 2, "is text (2 in all)"),
        // Three rows swallowed, then two, in the first column and the last.
        ("text,label\nx,0\n\"open,1\nb,0\nc\",0\nd,1\n", 3, "looks like several rows"),
        ("text,label\nx,0\n\"open,1\nc\",0\n", 3, "looks like several rows"),
        ("n,label,text\n1,0,\"open\n2,1,b\n3,1,c\"\n", 2, "looks like several rows"),
        ("#a,b\n1,2\n", 1, "'#a', with the '#'"),
    ] {
        let warnings = read(content).warnings().to_vec();
        let [warning] = warnings.as_slice() else { panic!("{content}: {warnings:?}") };
        assert!(warning.starts_with(&format!("f.csv, line {line}: ")) && warning.contains(words), "{warning}");
    }
    // Paragraphs are none of that.
    let quiet = "text,label\n\"first\nsecond, with a comma, and another\nthird\",1\n\"a\n\nb\",0\n";
    assert_eq!(read(quiet).warnings(), &[] as &[String]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    let long = format!("a,b\n1,2\n\"{}", "x,\n".repeat(20_000_000 / 3));
    for (content, line, words) in [
        ("a,b\n1,2\n\"open,3\n4,5\n", 3, "a quote opens here and is not closed"),
        (&long, 3, "not closed"),
        ("a,b\n1,2\n3,4\n5,\"", 4, "not closed"),
        ("a,\"b\n1,2\n", 1, "not closed"),
        ("a,b\n\"x\"y,2\n", 2, "'y,2' follows a closing quote"),
        ("a,b\n\"he said \"hi\" to me\",2\n", 2, "written twice"),
        ("a,b\n\"he said \\\"hi\\\"\",2\n", 2, "without a backslash"),
        // Swallows two rows, and then the opening quote of the fourth is taken for a closing one.
        ("a,b\n\"open,1\nx,2\n\"y\",3\n", 4, "the cell began on line 2"),
        ("a,b\n1,2\n3\n4,5\n", 3, "1 cell, expected 2 as in the header"),
        ("a,b\n1,2\n3\n", 3, "the file may be cut off"),
        ("a,b\n1,2,3\n4,5\n", 2, "must stand in quotes"),
        ("a,b\n1,2,\n4,5,\n", 2, "ends with a delimiter"),
        ("a,b\nr1,0.5,2\nr2,4,5\n", 2, "row.names = FALSE"),
        ("a,b\n1,5,2,25\n1,2\n", 2, "decimal comma"),
        ("a;b,c\n1;2,3\n", 1, "--delimiter"),
        ("a,b\tc\nx,y\tz\n", 1, "its header has commas and tabs"),
        ("\"a,b\"\n\"1,2\"\n", 1, "every line were quoted whole"),
        ("a b c\n1 2 3\n", 2, "have blanks between them"),
        ("x,y,x\n1,2,3\n", 1, "columns 1 and 3 are both named 'x'"),
        ("# a,b\n1,2\n", 1, "comments=''"),
        ("0.5,1.5\n1,2\n", 1, "holds numbers"),
        ("3,1\n1,2\n", 1, "holds numbers"),
        (",,\n1,2,3\n", 1, "no names"),
        ("a,b\n1,\0\n", 2, "NUL"),
    ] {
        let message = refused(content);
        assert!(message.starts_with(&format!("f.csv, line {line}: ")) && message.contains(words), "{message}");
        assert!(message.len() < 500, "{} bytes", message.len());
    }
}

#[test]
fn other_encodings_are_named() {
    let without_mark = |to: fn(u16) -> [u8; 2]| "a,b\n1,2\n".encode_utf16().flat_map(to).collect::<Vec<u8>>();
    for (content, words) in [
        (without_mark(u16::to_le_bytes), "-f UTF-16LE"),
        (without_mark(u16::to_be_bytes), "-f UTF-16BE"),
        (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], "UTF-32"),
        (vec![0xff, 0xfe, b'a', 0, b'b'], "damaged UTF-16"),
        (vec![0xff, 0xfe, 0, 0xd8, b'b', 0], "damaged UTF-16"),
    ] {
        let message = refused(content);
        assert!(message.contains(words), "{message}");
    }
    let message = refused(b"name,label\nAnna,1\nZo\xeb,0\n");
    assert!(message.starts_with("f.csv, line 3: the byte 0xeb in column 1") && message.contains("WINDOWS-1252"));
    assert!(refused(b"n\xe4me,label\nAnna,1\n").starts_with("f.csv, line 1: "));
}

#[test]
fn files_of_other_kinds_are_named() {
    let tar = [vec![b'a'; 257], b"ustar\x0000".to_vec(), vec![0; 250]].concat();
    let safetensors = [&30u64.to_le_bytes()[..], b"{\"w\":{\"dtype\":\"F32\"}}"].concat();
    for (content, name) in [
        (&b"PAR1\x15\x04"[..], "Parquet file"),
        (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", ".xlsx"),
        (b"PK\x03\x04\x14\0\0\0X.npy", ".npz"),
        (b"PK\x03\x04\x14\0\0\0data.csv", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"\x89HDF\r\n\x1a\n\0", "HDF5"),
        (b"MATLAB 7.3 MAT-file, Platform", "MATLAB 7.3"),
        (b"\x93NUMPY\x01\0v\0{'descr'", ".npy"),
        (b"\x80\x04\x95\x10\0\0", "pickle"),
        (b"\x80\x02csklearn", "pickle"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"\x28\xb5\x2f\xfd\x04", "Zstandard"),
        (b"\x1f\x9d\x90", "compress"),
        (b"ARROW1\0\0", "Arrow"),
        (b"SQLite format 3\0", "SQLite"),
        (b"{\"text\": \"x\", \"label\": 1}\n{\"text\": \"y\", \"label\": 0}\n", "JSON lines"),
        (b"{\n \"a\": [1]\n}", "JSON file"),
        (b"[{\"a\": 1}, {\"a\": 2}]", "JSON file"),
        (b"\n[[1, 2], [3, 4]]", "JSON file"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"1 3:0.5 7:1 # comment\n-1 2:1\n", "svmlight"),
        (b"+1 qid:3 1:0.25\n", "svmlight"),
        (b"@RELATION iris\n", "ARFF"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (b"%%MatrixMarket matrix", "Matrix Market"),
        (&tar, "tar"),
        (&safetensors, "safetensors"),
    ] {
        let message = refused(content);
        assert!(message.starts_with("f.csv: ") && message.contains(name), "{message}");
        // The same within gzip.
        assert_eq!(refused(gzip(content)), message);
    }
    for table in ["[x],b\n1,2\n", "1x,b:c\n1,2\n", "PKid,b\n1,2\n"] {
        assert_eq!(read(table).rows(), 1);
    }
    assert!(refused("").contains("empty file"));
    assert!(refused("\n\n").contains("empty file"));
}

#[test]
fn packed_files_are_bounded_and_whole() {
    let packed = gzip("a,b\n1,2\n".repeat(1000).as_bytes());
    assert!(refused(&packed[..packed.len() - 6]).contains("damaged gzip file"));
    assert!(refused([&packed[..], b"rest"].concat()).contains("damaged gzip file"));
    let mut flipped = packed.clone();
    let middle = flipped.len() - 7;
    flipped[middle] ^= 1;
    assert!(refused(&flipped).contains("damaged gzip file"));
    let small = Options { at_most: 5000, ..Options::default() };
    assert!(parse(&packed, &small).unwrap_err().contains("more than 5000 bytes"));
    // One that unpacks to a thousand times its size.
    let bomb = gzip(&vec![b'0'; 100 << 20]);
    assert!(refused(&bomb).contains(&format!("more than {} bytes unpacked", 64 << 20)));
}

#[test]
fn rows_agree_with_the_csv_crate() {
    let content = "a,b\n\"x, \"\"y\"\"\",1\n,\n\"\r\n\",\"z\"\r\n\n 7,8 ";
    let table = parse(content.as_bytes(), &Options { trim: false, ..Options::default() }).unwrap();
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(table.rows(), rows.len());
    for (i, row) in rows.iter().enumerate() {
        assert_eq!([table.cell(i, 0), table.cell(i, 1)], [&row[0], &row[1]]);
    }
}

#[test]
fn errors_name_a_cell() {
    let table = read("a,,b\n1,2,x%\n\n7%,1,2\n");
    let message = |row, column| table.number(row, column).unwrap_err().to_string();
    assert!(message(0, 2).starts_with("f.csv, line 2, column b: 'x%', expected a finite number"));
    assert!(message(1, 0).starts_with("f.csv, line 4, column a: '7%', expected a finite number: write it without"));
    assert!(table.error(0, 1, "odd").to_string().contains("column 2 (without a name): odd"));
    assert_eq!(table.unnamed(), [1]);
}

#[test]
fn random_edits_of_a_file_are_read_as_the_csv_crate_reads_them() {
    let good = b"id,text,\"n\"\n1,\"a, \"\"b\"\"\nc\",0.5\r\n2,it's,-1\r\n\n3,\"\",1e3\n";
    let signs = b"\",\n\r x1;|\t\xc3\xa9\0";
    let mut state = 1_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let mut both = 0;
    for _ in 0..20_000 {
        let mut content = good.to_vec();
        for _ in 0..1 + below(4) {
            let (at, sign) = (below(content.len()), signs[below(signs.len())]);
            match below(3) {
                0 => content[at] = sign,
                1 => content.insert(at, sign),
                _ => drop(content.remove(at)),
            }
        }
        let Ok(table) = parse(&content, &Options { trim: false, ..Options::default() }) else { continue };
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(table.delimiter()).terminator(csv::Terminator::CRLF);
        let rows: Vec<csv::StringRecord> =
            reader.from_reader(content.as_slice()).into_records().map(|row| row.unwrap()).collect();
        let shown = String::from_utf8_lossy(&content);
        assert_eq!(rows.len(), table.rows(), "{shown:?}");
        for (i, row) in rows.iter().enumerate() {
            assert!(row.iter().enumerate().all(|(column, cell)| cell == table.cell(i, column)), "{shown:?}");
            both += 1;
        }
    }
    assert!(both > 1000, "{both}");
}

#[test]
fn halves_of_a_character_in_two_cells_are_no_text() {
    // Without the delimiter between them 0xc3 and 0xbc are one character.
    let message = refused(b"a,b\n1,2\n\xc3,\xbc\n");
    assert!(message.contains("line 3") && message.contains("0xc3 in column 1 is not UTF-8"), "{message}");
}
