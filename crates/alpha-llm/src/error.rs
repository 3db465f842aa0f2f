//! What can go wrong when fine-tuning.

use std::path::{Path, PathBuf};

use alpha_store::settings::written;
use thiserror::Error;

use crate::glue::CUSTOM;

/// Errors of `alpha-llm`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the stores could not be found, read, downloaded or written.
    #[error(transparent)]
    Store(#[from] alpha_store::Error),
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A parameter has a value that is not allowed.
    #[error("{name} is {value}, but must be {allowed}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// The value given.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A JSON file is not what it should be.
    #[error("{} is not valid", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A field of a model's config.json has a value that this crate cannot follow.
    #[error("{}: {field} is {value}, but must be {allowed}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A safetensors file is damaged.
    #[error("{} is not a whole safetensors file", path.display())]
    SafeTensors {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A model file lacks tensors, or has some that the model does not know.
    #[error("{} does not fit the model: missing [{}], unexpected [{}]", path.display(), missing.join(", "), unexpected.join(", "))]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Names of the model that the file lacks.
        missing: Vec<String>,
        /// Names of the file that the model does not know.
        unexpected: Vec<String>,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: {name} has shape {got:?}, expected {expected:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<i64>,
        /// The shape found.
        got: Vec<i64>,
    },
    /// A tensor is stored in a number format that no model weight has.
    #[error("{}: {name} is stored as {found}, but must be F32, F16 or BF16", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its format.
        found: String,
    },
    /// A tensor holds NaN or infinity.
    #[error("{}: {name} holds NaN or infinity", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// An adapter was trained on another base model than the one at hand.
    #[error("the adapter was trained on {name}, whose model.safetensors has sha256 {expected}; this one has {got}")]
    Base {
        /// What the base was called then.
        name: String,
        /// The checksum of the base's model.safetensors.
        expected: String,
        /// The checksum of the file given.
        got: String,
    },
    /// Something is in the place of an output.
    #[error("{} already exists, and is not overwritten: give another --out, or remove it", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// PEFT's LoRA has no place for a whole matrix.
    #[error("a PEFT adapter cannot hold the whole matrices of method full: use --format hf")]
    FullRank,
    /// PEFT's DoRA divides by α.
    #[error(
        "a PEFT adapter divides by α, so that |α| must be at least {smallest:e}, but row {row} of {module} has {alpha:e}: use --format hf"
    )]
    SmallAlpha {
        /// The module.
        module: String,
        /// The row of its weight, from 0.
        row: i64,
        /// α there.
        alpha: f64,
        /// The smallest |α| that is written.
        smallest: f64,
    },
    /// PEFT's DoRA divides by the norm of a row, and this one is 0.
    #[error("a PEFT adapter divides by the norm of every row, but row {row} of {module} is 0: use --format hf")]
    ZeroRow {
        /// The module.
        module: String,
        /// The row of its weight, from 0.
        row: i64,
    },
    /// An export does not compute what the adapter does.
    #[error(
        "{} was not written: read back, its logits differ by {difference:.1e} (allowed {allowed:.0e}); use --format hf, or \
         report this", path.display()
    )]
    Differs {
        /// The place of the export.
        path: PathBuf,
        /// The largest difference of a logit.
        difference: f64,
        /// The largest difference allowed.
        allowed: f64,
    },
    /// A run of plain LoRA was asked for its α.
    #[error("{} has no α: it was trained with method lora; alpha-lora and full have one", path.display())]
    NoAlpha {
        /// The run.
        path: PathBuf,
    },
    /// A GPU was asked for, and there is none.
    #[error("there is no device {wanted}: {reason}")]
    NoCuda {
        /// The device.
        wanted: String,
        /// Why it is not there.
        reason: String,
    },
    /// The hub's files are not in the cache and cannot be had.
    #[error(
        "the model '{model}' is neither a folder nor in the cache, and cannot be downloaded ({reason}). Get its files \
         config.json, model.safetensors and tokenizer.json (or vocab.json and merges.txt, or vocab.txt) elsewhere and pass \
         the folder with --model, or put the hub's cache, with its folder {}, where HF_HOME says",
        cache.display()
    )]
    Hub {
        /// The model.
        model: String,
        /// Its folder in the cache.
        cache: PathBuf,
        /// Why it cannot be downloaded.
        reason: &'static str,
        /// The failure, if it was tried.
        #[source]
        source: Option<Box<hf_hub::api::sync::ApiError>>,
    },
    /// A word that is none of those known.
    #[error("unknown {what} '{word}': expected {allowed}")]
    Word {
        /// What was to be named, such as "task".
        what: &'static str,
        /// The word given.
        word: String,
        /// The words known.
        allowed: String,
    },
    /// A row of a data file cannot be used.
    #[error("{}, line {line}: {column} is '{value}', but must be {allowed}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A data file lacks columns.
    #[error(
        "{} has no column {} (it has {}), so it is not a file of {wanted}{}", path.display(), missing.join(", "),
        found.join(", "), looks_like.map(|task| format!("; its columns are those of {task}")).unwrap_or_default()
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// What the file was read as.
        wanted: String,
        /// The columns that it lacks.
        missing: Vec<String>,
        /// The columns that it has.
        found: Vec<String>,
        /// The task whose columns these are, if one is known; NYU's download script swapped QQP and STS-B.
        looks_like: Option<&'static str>,
    },
    /// A CSV or TSV file cannot be taken apart.
    #[error("{} is not a valid table", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// A task's file is nowhere to be found.
    #[error(
        "{task} has no {file}: looked for {}. {}ay where it is with --data DIR",
        searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
        if task == CUSTOM { "S".to_owned() } else { format!("Run `alpha-llm fetch {task}`, or s") }
    )]
    MissingData {
        /// The task's name.
        task: String,
        /// The file's name.
        file: String,
        /// The places searched.
        searched: Vec<PathBuf>,
    },
    /// A downloaded file without a known checksum has not the published number of rows; it was not kept.
    #[error("{url} gave {file} with {rows} rows, the published file has {expected}; not kept")]
    Rows {
        /// The address.
        url: String,
        /// The file's name.
        file: String,
        /// Its rows.
        rows: usize,
        /// The published number.
        expected: usize,
    },
    /// All rows to train on have one label, so there is nothing to learn.
    #[error("{}: all {rows} rows have the label '{label}'; training needs at least two labels", path.display())]
    OneClass {
        /// The file.
        path: PathBuf,
        /// The only label.
        label: String,
        /// How many rows there are.
        rows: usize,
    },
    /// A model folder has no tokenizer.
    #[error("{} has no tokenizer: neither tokenizer.json, nor vocab.json with merges.txt, nor vocab.txt", folder.display())]
    NoTokenizer {
        /// The folder.
        folder: PathBuf,
    },
    /// A tokenizer's files are not what they should be.
    #[error("{} is not a tokenizer", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: tokenizers::Error,
    },
    /// A text could not be turned into tokens.
    #[error("text {index} cannot be turned into tokens")]
    Encode {
        /// The example's place in the list given.
        index: usize,
        /// Why.
        #[source]
        source: tokenizers::Error,
    },
    /// A configuration file has an unknown key, or a value of the wrong type.
    #[error("{} is not a valid configuration", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Settings cannot be written as TOML.
    #[error("the settings cannot be written as TOML")]
    Settings {
        /// Why.
        #[source]
        source: toml::ser::Error,
    },
    /// The folder for a new run holds something.
    #[error("{} is not empty, and a run never overwrites another: give a new folder, or go on with `alpha-llm resume`", path.display())]
    RunExists {
        /// The folder.
        path: PathBuf,
    },
    /// A run that is to go on is over.
    #[error("the run in {} is over: it has its record", path.display())]
    Finished {
        /// The folder.
        path: PathBuf,
    },
    /// A run is being worked on already.
    #[error("another process is at work on the run in {}", path.display())]
    Busy {
        /// The folder of the run.
        path: PathBuf,
    },
    /// A run was begun with other files.
    #[error("the run in {} was begun with {what} than there are now", path.display())]
    Inputs {
        /// The folder of the run.
        path: PathBuf,
        /// What has changed, such as "another model".
        what: &'static str,
    },
    /// A run's metrics.jsonl is shorter than it was when the checkpoint was written.
    #[error(
        "{} has {found} bytes, but the checkpoint was written when it had {expected}: its lines are lost", path.display()
    )]
    Metrics {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// Its length when the checkpoint was written.
        expected: u64,
    },
    /// The thread that pads batches gave none, although the pass over the rows is not over.
    #[error("a batch is missing: the thread that pads them has ended early")]
    NoBatch,
    /// A study's folder holds another plan.
    #[error("{} is of another study: its run {run} is not in this one, or has other settings; give another --out", path.display())]
    OtherPlan {
        /// The plan that is there.
        path: PathBuf,
        /// A run of it that the new plan lacks.
        run: String,
    },
    /// A run of a study was made with other settings than the plan has.
    #[error("the run in {} has other settings than the plan: move it away, and it is made again", path.display())]
    OtherSettings {
        /// The folder of the run.
        path: PathBuf,
    },
    /// The predictions of two runs are not on the same rows.
    #[error("{} and {} have not the same rows and labels", first.display(), second.display())]
    OtherRows {
        /// A file of predictions.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A number that should be finite is not.
    #[error(
        "{what} is not finite{}",
        step.map_or(String::new(), |step| format!(" at step {step}: lower the learning rate, or set clip"))
    )]
    Diverged {
        /// What is not finite.
        what: String,
        /// The step, from 1, if it is in training.
        step: Option<u64>,
    },
    /// A tensor that is to be trained has no gradient.
    #[error("{name} has no gradient at step {step}, so it would never be trained")]
    NoGradient {
        /// The tensor.
        name: String,
        /// The step, from 1.
        step: u64,
    },
    /// libtorch refused an operation.
    #[error("libtorch cannot {doing}")]
    Torch {
        /// What was being done.
        doing: &'static str,
        /// Its message.
        #[source]
        source: tch::TchError,
    },
}

impl Error {
    /// [`Error::Parameter`]; a key of the settings is named as it is written.
    pub(crate) fn parameter(name: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        let name = name.into();
        let name = if is_key(&name) { written(&name) } else { name };
        Self::Parameter { name, value: value.to_string(), allowed: allowed.into() }
    }

    /// Whether the command line or its settings are at fault: an option or key out of its range, an unknown word.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Parameter { name, .. } => is_key(name) || name.starts_with("--"),
            Self::Word { .. } => true,
            Self::Toml { path, .. } => path.as_path() == Path::new(COMMAND_LINE),
            _ => false,
        }
    }

    /// [`Error::is_usage`] of an error that may be of another type.
    pub fn caused_by_usage(error: &(dyn std::error::Error + 'static)) -> bool {
        error.downcast_ref().is_some_and(Self::is_usage)
    }
}

/// Where settings of the command line are said to be from.
pub(crate) const COMMAND_LINE: &str = "command line";

/// Whether a parameter is an option or a key, and not something found in a file, whose name has blanks.
fn is_key(name: &str) -> bool {
    !name.contains(char::is_whitespace)
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
