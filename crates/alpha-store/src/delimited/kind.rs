//! Files of other kinds, recognised by their first bytes.

use super::Fault;

const FRAME: &str = "in pandas: df.to_csv(path, index=False)";
pub(super) const PARQUET: &str = "in pandas: read_parquet(path).to_csv('file.csv', index=False)";
const UNPACK: &str = "unpack it first";
const ARRAYS: &str =
    "in NumPy: np.savez(path, X=X, y=y) or np.savetxt(path, X, delimiter=',', header=names, comments='')";
const MATLAB: &str = "in MATLAB: writetable(array2table(X), 'file.csv')";

/// First bytes, what they stand for, and the way out.
const KINDS: [(&[u8], &str, &str); 30] = [
    (b"PAR1", "a Parquet file", PARQUET),
    (b"ARROW1", "a Feather or Arrow file", "in pandas: read_feather(path).to_csv('file.csv', index=False)"),
    (b"FEA1", "a Feather file", "in pandas: read_feather(path).to_csv('file.csv', index=False)"),
    (b"ORC", "an ORC file", FRAME),
    (b"Obj\x01", "an Avro file", FRAME),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls)", "in Excel: save it as CSV UTF-8"),
    (b"\x93NUMPY", "a NumPy array (.npy)", "give it the extension .npy where arrays are taken, or write CSV"),
    (b"MATLAB 7.3 MAT-file", "a MATLAB 7.3 file (HDF5)", MATLAB),
    (b"MATLAB 5.0 MAT-file", "a MATLAB 5 file", MATLAB),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "in pandas: read_hdf(path).to_csv('file.csv', index=False)"),
    (b"CDF\x01", "a NetCDF file", FRAME),
    (b"SQLite format 3\0", "an SQLite database", "in sqlite3: .mode csv, .headers on, .output file.csv, SELECT …"),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xfd7zXZ\0", "an xz file", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file", UNPACK),
    (b"Rar!\x1a\x07", "a RAR file", UNPACK),
    (b"\x1f\x9d", "a file packed by compress (.Z)", UNPACK),
    (b"RDX2\n", "an R data file", "in R: write.csv(df, 'file.csv', row.names = FALSE)"),
    (b"RDX3\n", "an R data file", "in R: write.csv(df, 'file.csv', row.names = FALSE)"),
    (b"X\n\0\0\0", "an R object (.rds)", "in R: write.csv(df, 'file.csv', row.names = FALSE)"),
    (b"$FL2", "an SPSS file", FRAME),
    (b"<stata_dta>", "a Stata file", FRAME),
    (b"%PDF-", "a PDF file", "export its table as CSV"),
    (b"%%MatrixMarket", "a Matrix Market file", "in Python: scipy.io.mmread(path).toarray(), then np.savez"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch it with git lfs pull"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "give a table"),
    (b"GIF8", "a GIF image", "give a table"),
    (b"\xff\xd8\xff", "a JPEG image", "give a table"),
];

/// Refuses what is no delimited text, by its name.
pub(super) fn check(content: &[u8]) -> Result<(), Fault> {
    let refuse = |what: &str, way: &str| Err(Fault::whole(format!("{what}, expected delimited text; {way}")));
    if let Some((_, what, way)) = KINDS.iter().find(|(magic, ..)| content.starts_with(magic)) {
        return refuse(what, way);
    }
    match content {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return zip(content),
        // A pickle of protocol 2 to 5: an opcode, the version, and a frame or the beginning of an object.
        [0x80, 2..=5, b'\x95' | b'c' | b'}' | b']' | b'(' | b'K' | b'X', ..] => {
            return refuse("a Python pickle, which could run code and is never read", FRAME);
        }
        _ => {}
    }
    if content.get(257..262) == Some(b"ustar") {
        return refuse("a tar archive", UNPACK);
    }
    if content.len() > 9 && content[8] == b'{' && content[9] == b'"' && content[4..8] == [0; 4] {
        return refuse("a safetensors file", "write its tensors as CSV or NumPy arrays");
    }
    let text = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).trim_ascii_start();
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let line = &line[..line.len().min(1 << 16)];
    let lower = line[..line.len().min(64)].to_ascii_lowercase();
    if text.starts_with(b"{") {
        let way = "in pandas: read_json(path, lines=True).to_csv('file.csv', index=False)";
        let lines = line.ends_with(b"}");
        return refuse(if lines { "JSON lines" } else { "a JSON file" }, way);
    }
    if text.starts_with(b"[")
        && matches!(text[1..].trim_ascii_start().first(), Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-'))
    {
        return refuse("a JSON file", "in pandas: read_json(path).to_csv('file.csv', index=False)");
    }
    if [&b"<!doctype"[..], b"<html", b"<?xml", b"<head"].iter().any(|tag| lower.starts_with(tag)) {
        return refuse("a web page or XML file", "what was downloaded may be an error page in place of the file");
    }
    if lower.starts_with(b"@relation") {
        return refuse("an ARFF file", "in Python: scipy.io.arff.loadarff, then to_csv");
    }
    if is_svmlight(line) {
        let way =
            format!("in Python: X, y = sklearn.datasets.load_svmlight_file(path), X = X.toarray(); then {ARRAYS}");
        return refuse("an svmlight (libsvm) file", &way);
    }
    Ok(())
}

/// A zip archive, by the names of the files in its beginning.
fn zip(content: &[u8]) -> Result<(), Fault> {
    let head = &content[..content.len().min(1 << 12)];
    let holds = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    let (what, way) = if holds(b"xl/") || holds(b"[Content_Types].xml") {
        (
            "an Excel file (.xlsx)",
            "in Excel: save it as CSV UTF-8; in pandas: read_excel(path).to_csv('file.csv', index=False)",
        )
    } else if holds(b"opendocument.spreadsheet") {
        ("an OpenDocument spreadsheet", "save it as CSV, UTF-8")
    } else if holds(b".npy") {
        ("NumPy arrays (.npz)", "give it the extension .npz where arrays are taken, or write CSV")
    } else if holds(b"data.pkl") {
        ("a PyTorch file", "write its tensors as CSV or NumPy arrays")
    } else {
        ("a zip archive", UNPACK)
    };
    Err(Fault::whole(format!("{what}, expected delimited text; {way}")))
}

/// Whether a line is a label and at least one `index:value`, with blanks between them.
fn is_svmlight(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let label = words.next().is_some_and(|word| word.parse::<f64>().is_ok());
    let pair = |word: &str| {
        let pair = word.split_once(':');
        pair.is_some_and(|(i, x)| (i == "qid" || i.parse::<u64>().is_ok()) && x.parse::<f64>().is_ok())
    };
    // The cut at the end of a long line may fall into a word.
    let mut pairs = words.take(100).peekable();
    label && pairs.peek().is_some() && pairs.all(pair)
}
