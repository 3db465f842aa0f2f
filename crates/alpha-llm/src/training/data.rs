//! The task's texts as token ids, and which rows do what.

use std::path::Path;
use std::sync::Arc;

use alpha_store::checksum::Checksum;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use alpha_store::message::shown;
use alpha_store::record::DataUsed;

use crate::error::{Error, Result};
use crate::glue::{self, CUSTOM, Dataset, Task, TaskData};
use crate::model::EncoderConfig;
use crate::splits::Splits;
use crate::tokens::Tokenizer;
use crate::training::{Encoded, RunConfig};

/// Everything that a run reads, ready for batches.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The training file.
    pub train: Arc<Encoded>,
    /// The evaluation files.
    pub evaluations: Vec<Encoded>,
    /// Which rows of the training file train, move α and select.
    pub splits: Splits,
    /// Names of the labels, in the order of the logits.
    pub label_names: Vec<String>,
    /// The longest input in tokens.
    pub max_length: usize,
    /// The files read.
    pub used: Vec<DataUsed>,
    /// What to know before trusting a number.
    pub warnings: Vec<String>,
    /// The rows of each class in every file, as `train: 40 rows, of them no 20, yes 20`.
    pub classes: Vec<String>,
}

/// Finds the task's files. The training file may be missing, of a custom task if its labels' names are given: see
/// [`TaskData::train`].
///
/// # Errors
/// Those of [`glue::find`] and [`glue::load_custom`]; [`Error::Parameter`] for a custom task without a folder.
pub fn find(config: &RunConfig, datasets: &Datasets) -> Result<TaskData> {
    if config.task != CUSTOM {
        return glue::find(config.task.parse::<Task>()?, config.data.as_deref(), datasets);
    }
    let folder = config.data.as_deref().ok_or_else(|| {
        Error::parameter("data", "not set", "the folder of train.csv and dev.csv (or .tsv), for a custom task")
    })?;
    let places = |name: &str| ["csv", "tsv"].map(|extension| folder.join(name).with_extension(extension));
    let place = |name: &str| {
        let places = places(name);
        if let Some(path) = places.iter().find(|path| path.is_file()) {
            return Ok(path.clone());
        }
        let other = |extension: &&str| folder.join(name).with_extension(extension).is_file();
        if let Some(extension) = ["jsonl", "json", "parquet", "xlsx", "txt", "arrow"].iter().find(|e| other(e)) {
            let file = folder.join(name).with_extension(extension);
            let allowed = "a .csv or .tsv file (in pandas: df.to_csv(path, index=False))";
            return Err(Error::parameter("data file", file.display(), allowed));
        }
        let (task, searched) = (CUSTOM.to_owned(), places.to_vec());
        Err(Error::MissingData { task, file: format!("{name}.csv"), searched })
    };
    let columns = config.columns.clone().unwrap_or_default();
    let dev = place("dev")?;
    let train = match place("train") {
        // The training file is where the labels' names come from, unless they are given.
        Err(Error::MissingData { .. }) if columns.label_names.is_some() => None,
        train => Some(train?),
    };
    let mut data = glue::load_custom(train.as_deref(), &dev, &columns)?;
    data.train_places = places("train").to_vec();
    Ok(data)
}

/// Reads, checks and tokenises what a run needs; `folder` holds the model's tokenizer.
///
/// # Errors
/// Those of [`glue::find`], [`glue::load_custom`], [`glue::audit`], [`Tokenizer::open`] and [`Splits::new`];
/// [`Error::Parameter`] for a length that the model has no positions for, or a tokenizer with more words than the model.
pub(super) fn prepare(
    config: &RunConfig,
    folder: &Path,
    encoder: &EncoderConfig,
    datasets: &Datasets,
) -> Result<Prepared> {
    let mut data = find(config, datasets)?;
    data.train()?;
    if let (Some(rows), Some(train)) = (config.train_rows, &mut data.train) {
        train.examples.truncate(rows);
    }
    let audit = glue::audit(&data)?;
    let tokenizer = open_tokenizer(config, data.task, folder, encoder)?;
    // In the words of the manifest: a record should not name this machine's folders.
    let place = |set: &Dataset| {
        let file = set.path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let folder = format!("{}{}", if data.task.is_some() { "glue/" } else { "" }, data.name());
        (folder, file)
    };
    let sets: Vec<&Dataset> = data.train.iter().chain(&data.evaluations).collect();
    let placed = |warning: String| {
        sets.iter().fold(warning, |warning, set| {
            let (folder, file) = place(set);
            warning.replace(&set.path.display().to_string(), &format!("{folder}/{file}"))
        })
    };
    let mut warnings: Vec<String> = audit.into_iter().map(placed).collect();
    let mut encode = |set: &Dataset| -> Result<Encoded> {
        let encoded = encode(&tokenizer, set)?;
        let cut = encoded.tokens.iter().filter(|tokens| tokens.truncated).count();
        if cut * 10 > encoded.tokens.len() {
            let (all, most) = (encoded.tokens.len(), tokenizer.max_length());
            warnings.push(format!("{}: {cut} of {all} texts are cut to {most} tokens", set.name));
        }
        Ok(encoded)
    };
    let train = encode(data.train()?)?;
    let evaluations = data.evaluations.iter().map(&mut encode).collect::<Result<Vec<_>>>()?;
    let used = |set: &Dataset| {
        let (folder, file) = place(set);
        let checksum = checksum(&folder, &file, &set.sha256);
        DataUsed { path: format!("{folder}/{file}"), sha256: set.sha256.clone(), checksum }
    };
    let used: Vec<DataUsed> = [data.train()?].into_iter().chain(&data.evaluations).map(used).collect();
    for DataUsed { path, sha256, checksum } in &used {
        if let Some(expected) = checksum.wrong() {
            warnings.push(format!("{path} is not the published file: its sha256 is {sha256}, expected {expected}"));
        }
    }
    Ok(Prepared {
        splits: Splits::new(train.tokens.len(), &config.split, config.seed)?,
        used,
        label_names: data.label_names.clone(),
        train: Arc::new(train),
        evaluations,
        max_length: tokenizer.max_length(),
        warnings,
        classes: [data.train()?]
            .into_iter()
            .chain(&data.evaluations)
            .map(|set| classes(set, &data.label_names))
            .collect(),
    })
}

/// The classes of a file, each with its number of rows.
fn classes(set: &Dataset, names: &[String]) -> String {
    let mut counts = vec![0_usize; names.len()];
    set.examples.iter().filter_map(|e| usize::try_from(e.label).ok()).for_each(|label| counts[label] += 1);
    let each: Vec<String> = names.iter().zip(&counts).map(|(name, count)| format!("{} {count}", shown(name))).collect();
    format!("{}: {} rows, of them {}", set.name, set.examples.len(), each.join(", "))
}

/// The evaluation files alone, as token ids.
///
/// # Errors
/// As [`prepare`], but the training file may be missing, of a custom task if its labels' names are given.
pub(super) fn prepare_evaluations(
    config: &RunConfig,
    folder: &Path,
    encoder: &EncoderConfig,
    datasets: &Datasets,
) -> Result<Vec<Encoded>> {
    let data = find(config, datasets)?;
    let tokenizer = open_tokenizer(config, data.task, folder, encoder)?;
    data.evaluations.iter().map(|set| encode(&tokenizer, set)).collect()
}

/// The model's tokenizer, checked against the model.
fn open_tokenizer(config: &RunConfig, task: Option<Task>, folder: &Path, encoder: &EncoderConfig) -> Result<Tokenizer> {
    let longest = encoder.max_length() as usize;
    let usual = task.map_or(128, Task::max_length).min(longest);
    let max_length = config.max_length.unwrap_or(usual);
    if max_length > longest {
        return Err(Error::parameter("max_length", max_length, format!("at most {longest}, the model's positions")));
    }
    let tokenizer = Tokenizer::open(folder, max_length)?;
    let words = tokenizer.vocabulary_size();
    if words as i64 > encoder.vocab_size {
        return Err(Error::parameter(
            "words of the tokenizer",
            words,
            format!("at most {}, the model's", encoder.vocab_size),
        ));
    }
    if tokenizer.pad_id() != encoder.pad_token_id {
        let allowed = format!("{}, as config.json has it", encoder.pad_token_id);
        return Err(Error::parameter("padding id of the tokenizer", tokenizer.pad_id(), allowed));
    }
    Ok(tokenizer)
}

fn encode(tokenizer: &Tokenizer, set: &Dataset) -> Result<Encoded> {
    Ok(Encoded { name: set.name.clone(), labels: set.labels(), tokens: tokenizer.encode(&set.examples)? })
}

/// Whether a file is the one in the manifest.
fn checksum(folder: &str, file: &str, sha256: &str) -> Checksum {
    let manifest = Manifest::builtin();
    let mut members = manifest.sources(folder).flat_map(|source| &source.members);
    let member = members.find(|member| member.name == file);
    Checksum::compare(sha256, member.and_then(|member| member.sha256.as_deref()))
}
