//! Settings as tables, one over another.

use toml::{Table, Value};

use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::training::Precision;

/// Options of a command line that say where and how to compute.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ComputeArgs {
    /// cpu, cuda, cuda:N, or auto: a GPU if there is one [default: auto]
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Format of matrix products; `alpha-llm doctor` says which is fast here [default: fp32]
    #[arg(long)]
    pub precision: Option<Precision>,
    /// Threads of the CPU [default: libtorch's choice]
    #[arg(long, value_name = "N")]
    pub threads: Option<i64>,
}

impl ComputeArgs {
    /// As settings, for [`insert`].
    ///
    /// # Errors
    /// [`Error::Settings`] never in practice.
    pub fn given(&self) -> Result<[(&'static str, Option<Value>); 3]> {
        let invalid = |source| Error::Settings { source };
        Ok([
            ("device", self.device.map(Value::try_from).transpose().map_err(invalid)?),
            ("precision", self.precision.map(Value::try_from).transpose().map_err(invalid)?),
            ("threads", self.threads.map(Value::from)),
        ])
    }
}

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

/// Sets keys such as `adapter.rank`, those that have a value.
pub fn insert<'a>(table: &mut Table, given: impl IntoIterator<Item = (&'a str, Option<Value>)>) {
    for (key, value) in given {
        let within = |value, part: &str| Value::Table(Table::from_iter([(part.to_owned(), value)]));
        if let Some(Value::Table(over)) = value.map(|value| key.rsplit('.').fold(value, within)) {
            overlay(table, over);
        }
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
