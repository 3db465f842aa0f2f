//! UTF-8, and UTF-16 that says so.

use super::Fault;

const TO_UTF8: &str = "save it as UTF-8, for example with iconv";

/// UTF-8 without a byte order mark; whether all of it is valid, [`checked`] says.
pub(super) fn to_utf8(content: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = content[2..].as_chunks::<2>();
        let text = char::decode_utf16(pairs.iter().copied().map(unit)).collect::<Result<String, _>>();
        match text {
            Ok(text) if rest.is_empty() => without_nul(text.into_bytes()),
            _ => Err(Fault::whole(format!("damaged UTF-16 text; {TO_UTF8} -f UTF-16 -t UTF-8"))),
        }
    };
    match content.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err(Fault::whole(format!("UTF-32 text; {TO_UTF8} -f UTF-32 -t UTF-8")))
        }
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => without_nul(rest.to_vec()),
        _ => without_nul(content),
    }
}

fn without_nul(content: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let Some(first) = content.iter().position(|byte| *byte == 0) else { return Ok(content) };
    let head = &content[..content.len().min(64)];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let reason = match [zeros(0), zeros(1)].map(|count| 4 * count > head.len()) {
        [false, true] => format!("UTF-16 text without a byte order mark; {TO_UTF8} -f UTF-16LE -t UTF-8"),
        [true, false] => format!("UTF-16 text without a byte order mark; {TO_UTF8} -f UTF-16BE -t UTF-8"),
        _ => "a NUL byte, so this is no text: the file is damaged, or of another kind than delimited text".to_owned(),
    };
    Err(Fault::on(1 + content[..first].iter().filter(|byte| **byte == b'\n').count() as u64, reason))
}

/// Text, if each of its cells is valid UTF-8; `ends` are those of the cells, and `cell` finds line and column of a byte.
pub(super) fn checked(text: Vec<u8>, ends: &[usize], cell: impl Fn(usize) -> (u64, usize)) -> Result<String, Fault> {
    let refuse = |at: usize, byte: u8| {
        let (line, column) = cell(at);
        let reason = format!(
            "the byte 0x{byte:02x} in column {} is not UTF-8; if the file is Latin-1 or Windows-1252, {TO_UTF8} -f \
             WINDOWS-1252 -t UTF-8",
            column + 1
        );
        Fault::on(line, reason)
    };
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refuse(at, error.as_bytes()[at])
    })?;
    // The text has no delimiters, so the halves of one character may come from two cells.
    match ends.iter().find(|end| !text.is_char_boundary(**end)) {
        Some(end) => Err(refuse(end - 1, text.as_bytes()[end - 1])),
        None => Ok(text),
    }
}
