//! Settings as tables, one over another.

use toml::{Table, Value};

use crate::error::{Error, Result};

/// Reads KEY=VALUE settings, such as `alpha.shuffle=false`; a bare word is a string.
///
/// # Errors
/// [`Error::Parameter`] for what is not KEY=VALUE with a TOML key.
pub fn parse(given: &[String]) -> Result<Table> {
    let mut table = Table::new();
    for setting in given {
        let wrong = || Error::Parameter {
            name: "--set".to_owned(),
            value: format!("'{setting}'"),
            allowed: "KEY=VALUE, such as alpha.shuffle=false".to_owned(),
        };
        let (key, value) = setting.split_once('=').ok_or_else(wrong)?;
        let bare = || toml::from_str(&format!("{key} = {value:?}"));
        let over = toml::from_str(&format!("{key} = {value}")).or_else(|_| bare()).map_err(|_| wrong())?;
        overlay(&mut table, over);
    }
    Ok(table)
}

/// Sets a key such as `adapter.rank`.
pub fn insert(table: &mut Table, key: &str, value: Value) {
    let over = key.rsplit('.').fold(value, |value, part| Value::Table(Table::from_iter([(part.to_owned(), value)])));
    if let Value::Table(over) = over {
        overlay(table, over);
    }
}

/// Writes `over`'s values into `under`, tables within tables.
pub fn overlay(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => overlay(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}
