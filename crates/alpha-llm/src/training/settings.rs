//! Settings as tables, one over another.

use std::path::Path;

use alpha_store::settings::normal;
use toml::{Table, Value};

use crate::error::{Error, Result};

/// Reads KEY=VALUE settings, such as `alpha.shuffle=false`; a bare word is a string.
///
/// # Errors
/// [`Error::Parameter`] for what is not KEY=VALUE with a TOML key.
pub fn parse(given: &[String]) -> Result<Table> {
    let mut table = Table::new();
    for setting in given {
        let wrong = || Error::parameter("--set", format!("'{setting}'"), "KEY=VALUE, such as alpha.shuffle=false");
        let (key, value) = setting.split_once('=').ok_or_else(wrong)?;
        let bare = || toml::from_str(&format!("{key} = {value:?}"));
        let over = toml::from_str(&format!("{key} = {value}")).or_else(|_| bare()).map_err(|_| wrong())?;
        overlay(&mut table, normal(over).map_err(|_| wrong())?);
    }
    Ok(table)
}

/// Sets keys such as `adapter.rank`, those that have a value.
pub fn insert<'a>(table: &mut Table, given: impl IntoIterator<Item = (&'a str, Option<Value>)>) {
    for (key, value) in given {
        let within = |value, part: &str| Value::Table(Table::from_iter([(part.to_owned(), value)]));
        if let Some(Value::Table(over)) = value.map(|value| key.rsplit('.').fold(value, within)) {
            overlay(table, over);
        }
    }
}

/// The value of a key such as `adapter.rank`.
pub fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((first, rest)) => get(table.get(first)?.as_table()?, rest),
    }
}

/// The seeds that a configuration file lists, if it does; `path` is for messages.
///
/// # Errors
/// [`Error::Parameter`] for what is not a list of seeds, each once.
pub(crate) fn seeds(path: &Path, file: &Table) -> Result<Option<Vec<u64>>> {
    let Some(listed) = file.get("seeds") else { return Ok(None) };
    let seeds = listed.clone().try_into::<Vec<u64>>().ok().filter(|seeds| {
        let mut once = seeds.clone();
        once.sort_unstable();
        once.dedup();
        !seeds.is_empty() && once.len() == seeds.len()
    });
    let name = || format!("seeds of {}", path.display());
    seeds.map(Some).ok_or_else(|| Error::parameter(name(), listed, "a list of at least one, each once"))
}

/// Takes the tables `for_seed` out of a configuration file: what differs for this seed; `path` is for messages.
///
/// # Errors
/// [`Error::Parameter`] for what is not a table of tables by seed.
pub(crate) fn take_seed(path: &Path, file: &mut Table, seed: Option<&str>) -> Result<Option<Table>> {
    let Some(tables) = file.remove("for_seed") else { return Ok(None) };
    let shown = tables.to_string();
    let wrong = || Error::parameter(format!("for-seed of {}", path.display()), &shown, "tables such as [for-seed.3]");
    let Value::Table(tables) = tables else { return Err(wrong()) };
    let mut wanted = None;
    for (of, table) in tables {
        let (Ok(_), Value::Table(table)) = (of.parse::<u64>(), table) else { return Err(wrong()) };
        if seed == Some(of.as_str()) {
            wanted = Some(table);
        }
    }
    Ok(wanted)
}

/// Writes `over`'s values into `under`, tables within tables.
pub(crate) fn overlay(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => overlay(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}
