//! Downloading the tasks.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use alpha_store::checksum::{Checksum, sha256};
use alpha_store::datasets::{Datasets, unpack};
use alpha_store::manifest::{Manifest, Member, Source};
use alpha_store::output;

use super::table::Table;
use super::{Task, TaskFile, read_table};
use crate::error::{Error, Result};

/// A task's file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether that is the checksum in the manifest. Where that has none, columns and rows were checked, and no more is known.
    pub checksum: Checksum,
    /// Whether it was downloaded now.
    pub downloaded: bool,
    /// Its rows.
    pub rows: usize,
    /// What the reader found odd.
    pub warnings: Vec<String>,
}

/// Downloads a task's files into the first datasets folder, below `glue/<TASK>/`, unless some folder has them already;
/// `progress` is told what is downloaded and the bytes so far.
///
/// A file from an archive must have the checksum in the manifest, where that has one, else the columns and the number of
/// rows that are published. MRPC's files are made from the corpus and a list of ids: they must have the number of rows,
/// and their checksum is told. A file that was there is read and reported as it is.
///
/// # Errors
/// [`alpha_store::Error`] for failed downloads, damaged archives, wrong checksums and files that cannot be written;
/// [`Error::Rows`], [`Error::Columns`], [`Error::Row`], [`Error::Csv`] for a file that is not the task's. Nothing that
/// came is kept then, but files finished before are.
pub fn fetch(
    task: Task,
    datasets: &Datasets,
    manifest: &Manifest,
    mut progress: impl FnMut(&str, u64),
) -> Result<Vec<Fetched>> {
    let folder = format!("glue/{task}");
    let files: Vec<_> = [task.train_file()].into_iter().chain(task.evaluation_files().iter().copied()).collect();
    let unlisted = |name: &str| alpha_store::Error::Unlisted(format!("{folder}/{name}"));
    let mut ids = None;
    let mut fetched = Vec::new();
    for source in manifest.sources(&folder).filter(|source| !source.members.is_empty()) {
        let mut download = None;
        for member in &source.members {
            let file = files.iter().copied().find(|file| member.name.strip_suffix(".tsv") == Some(file.name));
            let file = file.ok_or_else(|| unlisted(&member.name))?;
            if let Some(path) = datasets.find(source, member) {
                fetched.push(report(task, file, member, Table::open(&path)?, path, false)?.0);
                continue;
            }
            let mut get = |source: &Source| datasets.download(source, |bytes| progress(source.name(), bytes));
            if download.is_none() {
                download = Some(get(source)?);
            }
            let Some(archive) = &download else { continue };
            let content = if task == Task::Mrpc {
                if ids.is_none() {
                    let list = manifest.sources(&folder).find(|source| source.members.is_empty());
                    let list = list.ok_or_else(|| unlisted("mrpc_dev_ids.tsv"))?;
                    ids = Some(whole(&get(list)?, list)?);
                }
                select(&whole(archive, source)?, ids.as_deref().unwrap_or_default(), file.name == "dev")
            } else {
                // Text shrinks to a third or so; ten times is not text.
                unpack(archive, &source.url, &member.name, source.at_most.saturating_mul(10))?
            };
            fetched.push(keep(task, file, source, member, datasets, content)?);
        }
    }
    Ok(fetched)
}

/// Checks what came and writes it.
fn keep(
    task: Task,
    file: TaskFile,
    source: &Source,
    member: &Member,
    datasets: &Datasets,
    content: Vec<u8>,
) -> Result<Fetched> {
    if let (Some(expected), true) = (&member.sha256, task != Task::Mrpc) {
        let got = sha256(&content);
        if got != *expected {
            return Err(Error::Store(alpha_store::Error::Member {
                url: source.url.clone(),
                file: member.name.clone(),
                expected: expected.clone(),
                got,
            }));
        }
    }
    let path = datasets.place(source, member);
    let (found, content) = report(task, file, member, Table::new(&path, content)?, path, true)?;
    if found.rows != file.rows && !found.checksum.is_right() {
        return Err(Error::Rows {
            url: source.url.clone(),
            file: member.name.clone(),
            rows: found.rows,
            expected: file.rows,
        });
    }
    output::write(&found.path, |out| out.write_all(&content))?;
    Ok(found)
}

fn report(
    task: Task,
    file: TaskFile,
    member: &Member,
    table: Table,
    path: PathBuf,
    downloaded: bool,
) -> Result<(Fetched, Vec<u8>)> {
    let data = read_table(task, file, &table, &path)?;
    let checksum = Checksum::compare(&data.sha256, member.sha256.as_deref());
    let (rows, warnings) = (data.examples.len(), data.warnings);
    Ok((Fetched { path, sha256: data.sha256, checksum, downloaded, rows, warnings }, table.into_content()))
}

fn whole(mut file: &File, source: &Source) -> Result<String> {
    let read = |source_of| Error::Read { path: PathBuf::from(&source.url), source: source_of };
    std::io::Seek::rewind(&mut file).map_err(read)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(read)?;
    Ok(text)
}

/// The header and the rows of the corpus whose two ids are in the list, or are not, as NYU's script writes them.
fn select(corpus: &str, ids: &str, listed: bool) -> Vec<u8> {
    let pair = |line: &str, from: usize| {
        let mut fields = line.split('\t').skip(from).map(|id| id.trim().to_owned());
        fields.next().zip(fields.next())
    };
    let dev: HashSet<_> = ids.lines().filter_map(|line| pair(line, 0)).collect();
    let mut out = String::with_capacity(corpus.len());
    for (i, line) in corpus.lines().enumerate() {
        let is_dev = pair(line, 1).is_some_and(|pair| dev.contains(&pair));
        if i == 0 || is_dev == listed {
            out.push_str(line.trim());
            out.push('\n');
        }
    }
    out.into_bytes()
}
