//! The delimiter, from the header.

use super::{Fault, Options, delimiter_name};

/// What is found at a file's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The byte between cells.
    pub delimiter: u8,
    /// Where the header begins.
    pub start: usize,
}

const KNOWN: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that settle which of several delimiters is meant.
const ROWS: usize = 20;

/// The delimiter that is given, or the one in Excel's line `sep=`, or the only one in the header, or the only one of
/// those in the header by which the first rows have as many cells as the header; a comma for one column.
pub(super) fn find(content: &[u8], options: &Options) -> Result<Found, Fault> {
    let directive = directive(content);
    let start = directive.map_or(0, |(_, start)| start);
    if let Some(delimiter) = options.delimiter {
        if !delimiter.is_ascii() || delimiter == 0 || (options.quoting && delimiter == b'"') || is_end(&delimiter) {
            let reason = format!(
                "the delimiter {} is not allowed: it must be one ASCII character other than a quote and a line end",
                delimiter_name(delimiter)
            );
            return Err(Fault::whole(reason));
        }
        return Ok(Found { delimiter, start });
    }
    if let Some((delimiter, _)) = directive {
        return Ok(Found { delimiter, start });
    }
    let content = &content[content.iter().take_while(|byte| byte.is_ascii_whitespace() && **byte != b'\t').count()..];
    let header = count(content, options.quoting, 1).pop().unwrap_or_default();
    let found: Vec<usize> = (0..KNOWN.len()).filter(|i| header[*i] > 0).collect();
    let delimiter = match found[..] {
        [] => {
            check_quoted_lines(content, options)?;
            b','
        }
        [only] => KNOWN[only],
        _ => {
            let rows = count(content, options.quoting, 1 + ROWS);
            let fits = |i: &usize| rows.len() > 1 && rows.iter().all(|row| row[*i] == header[*i]);
            let fitting: Vec<usize> = found.iter().copied().filter(fits).collect();
            let &[only] = fitting.as_slice() else {
                let names: Vec<String> = found.iter().map(|i| delimiter_name(KNOWN[*i])).collect();
                let reason = format!(
                    "its header has {}: either may stand between the cells. Say which with --delimiter",
                    names.join(" and ")
                );
                return Err(Fault::on(1, reason));
            };
            KNOWN[only]
        }
    };
    Ok(Found { delimiter, start })
}

/// The delimiter of a first line `sep=;`, and where the next begins.
fn directive(content: &[u8]) -> Option<(u8, usize)> {
    let rest = content.strip_prefix(b"sep=").or_else(|| content.strip_prefix(b"\"sep="))?;
    let (&delimiter, rest) = rest.split_first()?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let ends = rest.iter().take_while(|byte| is_end(byte)).count();
    (KNOWN.contains(&delimiter) && ends > 0).then(|| (delimiter, content.len() - rest.len() + ends))
}

fn is_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// How often each known delimiter stands outside quotes, in each of the first rows.
fn count(content: &[u8], quoting: bool, rows: usize) -> Vec<[usize; KNOWN.len()]> {
    let mut counts = Vec::new();
    let (mut row, mut any, mut quoted) = ([0; KNOWN.len()], false, false);
    for byte in content {
        if is_end(byte) && !quoted {
            if std::mem::take(&mut any) {
                counts.push(std::mem::take(&mut row));
                if counts.len() == rows {
                    return counts;
                }
            }
            continue;
        }
        any = true;
        quoted ^= quoting && *byte == b'"';
        if let (false, Some(i)) = (quoted, KNOWN.iter().position(|known| known == byte)) {
            row[i] += 1;
        }
    }
    if any {
        counts.push(row);
    }
    counts
}

/// Refuses a file whose lines are quoted whole: its header is one cell that holds delimiters.
fn check_quoted_lines(content: &[u8], options: &Options) -> Result<(), Fault> {
    let line = content.split(is_end).next().unwrap_or_default();
    let inner = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\""));
    if options.quoting && inner.is_some_and(|inner| inner.iter().any(|byte| KNOWN.contains(byte))) {
        let reason = "the header is one quoted cell with delimiters in it, as if every line were quoted whole; drop the \
                      quotes around the lines";
        return Err(Fault::on(1, reason));
    }
    Ok(())
}
