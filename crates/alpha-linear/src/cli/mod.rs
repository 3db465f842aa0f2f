//! The words of the command line.

pub mod audit;
pub mod fetch;
pub mod recommend;
pub mod transfer;

use alpha_cli::console;
use alpha_linear::Error;
use alpha_linear::sample_file::SampleOptions;
use alpha_linear::transfer_files::ClassRows;
use alpha_store::message::shown;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// α-LoRA on linear models: which scale for a frozen source, on your data.
#[derive(Parser)]
#[command(name = "alpha-linear", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Which α, and what accuracy to expect, from a frozen source and a few labelled samples.
    Recommend(recommend::RecommendArgs),
    /// Measure every choice of α on a source and a target whose labels are all known.
    Transfer(transfer::TransferArgs),
    /// What is wrong with a file, or a pair of them, before you trust a number.
    Audit(audit::AuditArgs),
    /// Download the Amazon review files that are missing, and check them.
    Fetch(fetch::FetchArgs),
}

/// An option's value that is not allowed.
fn refuse(name: &'static str, value: impl ToString, allowed: impl Into<String>) -> anyhow::Error {
    Error::Parameter { name, value: value.to_string(), allowed: allowed.into() }.into()
}

/// How the columns of files are read.
#[derive(Args)]
pub struct ColumnArgs {
    /// Name of the label column [default: label]
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// The label that is +1; several, where files name their classes differently [default: the larger of two numbers, the last
    /// of two words as scikit-learn sorts them]
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', allow_hyphen_values = true)]
    positive: Vec<String>,
    /// Columns to leave out, an index or an id for example
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// Columns that are features though they count the rows
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    keep: Vec<String>,
    /// Character between the cells, or `tab` [default: found from the header]
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<String>,
}

impl ColumnArgs {
    pub fn options(&self) -> Result<SampleOptions> {
        let delimiter = self.delimiter.as_deref().map(|text| match text.as_bytes() {
            b"tab" | b"\\t" => Ok(b'\t'),
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(byte),
            _ => Err(refuse("delimiter", format!("'{text}'"), "one ASCII character, or `tab`")),
        });
        Ok(SampleOptions {
            positive: self.positive.clone(),
            drop: self.drop.clone(),
            keep: self.keep.clone(),
            delimiter: delimiter.transpose()?,
            ..SampleOptions::new(self.label.as_deref().unwrap_or("label"))
        })
    }

    /// Refuses these options where no file is read.
    pub fn refuse_without_files(&self) -> Result<()> {
        let given = [
            ("label", self.label.as_deref()),
            ("positive", self.positive.first().map(String::as_str)),
            ("drop", self.drop.first().map(String::as_str)),
            ("keep", self.keep.first().map(String::as_str)),
            ("delimiter", self.delimiter.as_deref()),
        ];
        match given.into_iter().find_map(|(name, value)| Some((name, value?))) {
            Some((name, value)) => Err(refuse(name, format!("'{value}'"), "given with files, --source and --target")),
            None => Ok(()),
        }
    }
}

/// Why a feature is left out without being asked.
const CONSTANT: &str = "one value in every row of the target";

/// Says what may not have been meant.
fn warn(warnings: &[String]) {
    for warning in warnings {
        console::warning(warning);
    }
}

/// Which word is +1, and how many rows of each class there are in each file.
fn classes(words: &[String; 2], rows: &[ClassRows]) -> String {
    let [minus, plus] = [&words[0], &words[1]].map(|word| shown(word));
    let each = rows.iter().map(|file| {
        let called = if file.negative == words[0] && file.positive == words[1] {
            String::new()
        } else {
            format!(" ('{}' and '{}')", shown(&file.negative), shown(&file.positive))
        };
        format!("{} {} and {}{called}", file.role, file.negative_rows, file.positive_rows)
    });
    format!("Classes: −1 is '{minus}', +1 is '{plus}'; rows of each: {}.", each.collect::<Vec<_>>().join(", "))
}
