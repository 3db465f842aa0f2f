//! `alpha-linear audit`.

use std::io::Write;
use std::path::PathBuf;

use alpha_linear::audit::{Audit, FileAudit};
use alpha_store::message::{harmless, shown};
use alpha_store::table::Table;
use anyhow::Result;
use clap::Args;

use super::ColumnArgs;

#[derive(Args)]
#[command(after_help = "Example:\n  alpha-linear audit --train old.csv --test new.csv\n\n\
    Reads what `recommend` reads, but counts missing values (empty, NA, NaN, null, ?) instead of refusing them.")]
pub struct AuditArgs {
    /// Labelled samples to train on
    #[arg(long, value_name = "FILE.csv")]
    train: PathBuf,
    /// Labelled samples to test on
    #[arg(long, value_name = "FILE.csv")]
    test: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(args: &AuditArgs, out: &mut dyn Write) -> Result<()> {
    let audit = Audit::of_files(&args.train, args.test.as_deref(), &args.columns.options()?)?;
    if args.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&audit)?)?);
    }
    let files: Vec<&FileAudit> = std::iter::once(&audit.train).chain(&audit.test).collect();
    let mut table = Table::new(std::iter::once("").chain(files.iter().map(|file| file.name.as_str())));
    let mut row = |name: &str, value: &dyn Fn(&FileAudit) -> String| {
        table.push(std::iter::once(name.to_owned()).chain(files.iter().map(|file| value(file))));
    };
    row("rows", &|f| f.rows.to_string());
    row("features", &|f| f.features.to_string());
    row("p/n", &|f| format!("{:.3}", f.aspect_ratio));
    row("label of −1", &|f| shown(&f.words[0]));
    row("label of +1", &|f| shown(&f.words[1]));
    row("positive (%)", &|f| format!("{:.1}", 100.0 * f.positive as f64 / f.rows as f64));
    row("changes of label", &|f| format!("{} of {:.0} expected", f.label_changes, f.expected_label_changes));
    row("first rows of one class", &|f| f.first_of_one_class.to_string());
    row("repeated rows", &|f| f.repeated_rows.to_string());
    row("of these, with the other label", &|f| f.contradicting_rows.to_string());
    row("columns that number the rows", &|f| f.row_numbers.len().to_string());
    row("columns that tell the label", &|f| f.label_copies.len().to_string());
    row("columns like another", &|f| f.duplicate_features.len().to_string());
    row("constant columns", &|f| f.constant_features.len().to_string());
    row("missing values", &|f| f.missing.to_string());
    writeln!(out, "{}", table.to_terminal())?;
    if let Some(shared) = audit.shared_rows {
        writeln!(out, "Rows of the test that are also in the training file: {shared}.")?;
    }
    if audit.warnings.is_empty() {
        writeln!(out, "Nothing to object to.")?;
    }
    Ok(audit.warnings.iter().try_for_each(|warning| writeln!(out, "- {}.", harmless(warning)))?)
}
