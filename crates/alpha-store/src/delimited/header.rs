//! Names of columns.

use std::collections::HashMap;

use super::Fault;
use crate::message::shown;
use crate::number;

/// Refuses names that are given twice, numbers for names, and a line of comment for a header.
pub(super) fn check(header: &[String], line: u64) -> Result<(), Fault> {
    if header.is_empty() {
        return Err(Fault::whole("an empty file, expected a header and rows"));
    }
    if header.iter().all(String::is_empty) {
        return Err(Fault::on(line, "the header has no names"));
    }
    if header[0].starts_with("# ") || header[0] == "#" && header.len() == 1 {
        let reason =
            "the header begins with '#', so it is a comment; write the names alone (in NumPy: savetxt(…, comments=''))";
        return Err(Fault::on(line, reason));
    }
    if header.iter().all(|name| number::parse(name).is_ok()) && !count_up(header) {
        let reason = format!(
            "the first line holds numbers ('{}'), expected names of columns: add a header (in pandas: to_csv(path, \
             index=False) without header=False)",
            shown(&header[0])
        );
        return Err(Fault::on(line, reason));
    }
    let mut seen = HashMap::new();
    for (i, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if let Some(first) = seen.insert(name, i) {
            let (first, second) = (first + 1, i + 1);
            let reason = format!(
                "columns {first} and {second} are both named '{}'; rename one of them or leave it out",
                shown(name)
            );
            return Err(Fault::on(line, reason));
        }
    }
    Ok(())
}

/// What is odd about the names.
pub(super) fn warning(header: &[String], line: u64) -> Option<Fault> {
    let hash = header[0].len() > 1 && header[0].starts_with('#');
    let reason = || format!("the first column's name is taken to be '{}', with the '#'", shown(&header[0]));
    hash.then(|| Fault::on(line, reason()))
}

/// Whether names are different whole numbers that count up from 0 or 1, as pandas numbers columns without names.
fn count_up(header: &[String]) -> bool {
    let first = &header[0];
    (first == "0" || first == "1")
        && header.iter().enumerate().all(|(i, name)| *name == (i + usize::from(first == "1")).to_string())
        && header.len() > 1
}

/// A column in words.
pub(super) fn named(header: &[String], column: usize) -> String {
    match header[column].as_str() {
        "" => format!("{} (without a name)", column + 1),
        name => shown(name),
    }
}
