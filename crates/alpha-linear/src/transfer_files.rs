//! The files of a transfer, read together: a target, perhaps a source, unlabelled rows, rows to test on.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alpha_store::input;
use alpha_store::message::harmless;
use nalgebra::DMatrix;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::sample_file::{self, NamedFeatures, NamedSamples, SampleOptions, some};
use crate::samples::{Samples, constant, joined};
use crate::shared_rows;
use crate::suspects::{self, Suspect, Suspicion};

/// Where the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferPaths<'a> {
    /// Labelled target samples.
    pub target: &'a Path,
    /// Labelled source samples.
    pub source: Option<&'a Path>,
    /// Target samples whose labels are not looked at.
    pub unlabelled: Option<&'a Path>,
    /// Labelled target samples to test on.
    pub test: Option<&'a Path>,
    /// Whether the source is a model of these features, none of which can then be left out unasked.
    pub has_model: bool,
}

/// A column that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The column.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Rows of each class in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassRows {
    /// Which file: `source`, `target` or `test`.
    pub role: &'static str,
    /// Its label for −1.
    pub negative: String,
    /// Its label for +1.
    pub positive: String,
    /// Rows of −1.
    pub negative_rows: usize,
    /// Rows of +1.
    pub positive_rows: usize,
}

/// What was read: all of it with the same features, in the target's order, and with the target's classes.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferFiles {
    /// Names of the features, p entries.
    pub names: Vec<String>,
    /// What the target's labels are called for −1 and for +1.
    pub words: [String; 2],
    /// The target.
    pub target: Samples,
    /// The source.
    pub source: Option<Samples>,
    /// Further target features, p×m.
    pub unlabelled: Option<DMatrix<f64>>,
    /// The rows to test on.
    pub test: Option<Samples>,
    /// Columns that are left out: those that count the rows, and those of [`SampleOptions::drop`].
    pub left_out: Vec<LeftOut>,
    /// Rows of each class, the source's first.
    pub rows: Vec<ClassRows>,
    /// What was read or taken though it may not have been meant.
    pub warnings: Vec<String>,
}

impl LeftOut {
    /// A line for each reason, with the columns left out for it.
    pub fn lines(columns: &[Self]) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for Self { name, reason } in columns {
            match reasons.iter_mut().find(|(other, _)| other == reason) {
                Some((_, names)) => names.push(name),
                None => reasons.push((reason, vec![name])),
            }
        }
        reasons.iter().map(|(reason, names)| format!("Left out ({reason}): {}.", some(names))).collect()
    }
}

impl ClassRows {
    /// Counts the rows of samples.
    pub fn of(role: &'static str, words: &[String; 2], samples: &Samples) -> Self {
        let positive_rows = samples.labels.iter().filter(|y| **y > 0.0).count();
        let [negative, positive] = words.clone();
        Self { role, negative, positive, negative_rows: samples.rows() - positive_rows, positive_rows }
    }
}

impl TransferFiles {
    /// Reads them.
    ///
    /// # Errors
    /// As [`NamedSamples::read`] and [`NamedSamples::ordered`]; [`Error::Dataset`] for classes with other words than the target's;
    /// [`Error::Parameter`] for a column to leave out, or a word for +1, that no file has.
    pub fn read(paths: &TransferPaths<'_>, options: &SampleOptions) -> Result<Self> {
        let target = NamedSamples::read(paths.target, options)?;
        let mut suspected = Suspected::new(options);
        suspected.look(&target.path, &target.names, &target.samples.features, Some(&target.samples));
        let mut warnings = target.warnings.clone();
        let mut dropped = target.dropped.clone();
        let mut beside = |path: &Path| -> Result<([String; 2], Samples)> {
            let (other, told) = NamedSamples::read(path, options)?.with_classes_of(&target, &options.positive)?;
            suspected.look(path, &other.names, &other.samples.features, Some(&other.samples));
            warnings.extend(other.warnings.iter().cloned().chain(told).chain(without_names(
                path,
                &other.names,
                &target.names,
            )));
            dropped.extend(other.dropped.iter().cloned());
            Ok((other.words.clone(), other.ordered(&target.names)?))
        };
        let source = paths.source.map(&mut beside).transpose()?;
        let test = paths.test.map(&mut beside).transpose()?;
        let unlabelled = paths.unlabelled.map(|path| NamedFeatures::read(path, options)).transpose()?;
        if let Some(more) = &unlabelled {
            suspected.look(&more.path, &more.names, &more.features, None);
            warnings.extend(more.warnings.iter().cloned().chain(without_names(&more.path, &more.names, &target.names)));
            dropped.extend(more.dropped.iter().cloned());
        }
        let unlabelled = unlabelled.map(|more| more.ordered(&target.names)).transpose()?;
        if let Some(name) = options.drop.iter().find(|name| !dropped.contains(name)) {
            let allowed =
                format!("a column of one of the files; {} has {}", target.path.display(), some(&target.names));
            return Err(Error::parameter("drop", name, allowed));
        }
        let counters = if paths.has_model { Vec::new() } else { suspected.counters(&target.names) };
        warnings.extend(suspected.warnings(&counters));
        let compared = |path, samples| (path, suspected.without_counts(&target.names, samples));
        warnings.extend(shared_rows::warnings(
            &compared(paths.target, &target.samples.features),
            paths.source.zip(source.as_ref()).map(|(path, (_, samples))| compared(path, &samples.features)).as_ref(),
            paths.test.zip(test.as_ref()).map(|(path, (_, samples))| compared(path, &samples.features)).as_ref(),
        ));
        if let Some((_, source)) = &source {
            let varying = constant(&joined(&target.samples.features, unlabelled.as_ref()));
            let alone: Vec<&String> = constant(&source.features)
                .into_iter()
                .filter(|i| varying.binary_search(i).is_err())
                .map(|i| &target.names[i])
                .collect();
            if !alone.is_empty() {
                warnings.push(format!(
                    "{} in every row of the source, and not in the target: the source has no weight for {}",
                    is_constant(&alone),
                    if alone.len() == 1 { "it" } else { "them" }
                ));
            }
        }
        let mut rows = Vec::new();
        rows.extend(source.as_ref().map(|(words, samples)| ClassRows::of("source", words, samples)));
        rows.push(ClassRows::of("target", &target.words, &target.samples));
        rows.extend(test.as_ref().map(|(words, samples)| ClassRows::of("test", words, samples)));
        let left =
            |reason: &'static str| move |name: &String| LeftOut { name: name.clone(), reason: reason.to_owned() };
        let left_out =
            counters.iter().map(left("counts the rows")).chain(options.drop.iter().map(left("--drop"))).collect();
        let mut files = Self {
            names: target.names,
            words: target.words,
            target: target.samples,
            source: source.map(|(_, samples)| samples),
            unlabelled,
            test: test.map(|(_, samples)| samples),
            left_out,
            rows,
            warnings,
        };
        if !counters.is_empty() {
            let kept: Vec<usize> = (0..files.names.len()).filter(|i| !counters.contains(&files.names[*i])).collect();
            files.select(&kept);
        }
        Ok(files)
    }

    /// Keeps some of the features.
    fn select(&mut self, kept: &[usize]) {
        for samples in [Some(&mut self.target), self.source.as_mut(), self.test.as_mut()].into_iter().flatten() {
            samples.features = samples.features.select_rows(kept);
        }
        self.unlabelled = self.unlabelled.as_ref().map(|features| features.select_rows(kept));
        self.names = kept.iter().map(|i| self.names[*i].clone()).collect();
    }
}

/// What to know of features that are matched by their places.
fn without_names(path: &Path, own: &[String], names: &[String]) -> Option<String> {
    let by_place = sample_file::by_place(own, names);
    by_place.then(|| {
        format!(
            "{}: its features and the target's are matched by their places, as one of the files has no names",
            path.display()
        )
    })
}

impl TransferFiles {
    /// Takes the order of classes that a model's file gives, −1's first.
    ///
    /// # Errors
    /// [`Error::Data`] if they are not the target's classes.
    pub fn order_classes(&mut self, classes: &[String; 2]) -> Result<()> {
        let matches = |i: usize, j: usize| sample_file::is_same(&classes[i], &self.words[j]);
        if matches(0, 0) && matches(1, 1) {
            return Ok(());
        }
        if !(matches(0, 1) && matches(1, 0)) {
            let reason = format!(
                "its classes are {}, those of the target are {}: say which of these is +1 with --positive",
                some(classes),
                some(&self.words)
            );
            return Err(Error::Data { what: "source weights", reason });
        }
        self.words.reverse();
        for samples in [Some(&mut self.target), self.source.as_mut(), self.test.as_mut()].into_iter().flatten() {
            samples.labels.neg_mut();
        }
        for rows in &mut self.rows {
            std::mem::swap(&mut rows.negative, &mut rows.positive);
            std::mem::swap(&mut rows.negative_rows, &mut rows.positive_rows);
        }
        Ok(())
    }
}

/// Columns that have one value, in words.
pub(crate) fn is_constant(names: &[impl AsRef<str>]) -> String {
    match names.len() {
        1 => format!("column {} has the same value", some(names)),
        count => format!("{count} columns have the same value: {}", some(names)),
    }
}

/// Suspects of several files.
pub(crate) struct Suspected<'a> {
    /// Columns that are none.
    keep: &'a [String],
    /// A suspicion, the columns it is about, and the files.
    found: Vec<(Suspicion, Vec<String>, Vec<PathBuf>)>,
    /// Columns that can hardly be features.
    certain: BTreeSet<String>,
}

impl<'a> Suspected<'a> {
    /// Nothing yet.
    pub fn new(options: &'a SampleOptions) -> Self {
        Self { keep: &options.keep, found: Vec::new(), certain: BTreeSet::new() }
    }

    /// Looks through a file, and says which of its features are suspects.
    pub fn look(
        &mut self,
        path: &Path,
        names: &[String],
        features: &DMatrix<f64>,
        labelled: Option<&Samples>,
    ) -> Vec<Suspect> {
        let mut suspects = suspects::find(names, features, labelled.map(|samples| &samples.labels));
        suspects.retain(|suspect| !self.keep.contains(&names[suspect.feature]));
        for why in Suspicion::ALL {
            let of = suspects.iter().filter(|suspect| suspect.why == why).map(|suspect| names[suspect.feature].clone());
            let columns: Vec<String> = of.collect();
            if columns.is_empty() {
                continue;
            }
            if why.is_certain(features.ncols()) {
                self.certain.extend(columns.iter().cloned());
            }
            match self.found.iter_mut().find(|(w, c, _)| *w == why && *c == columns) {
                Some((_, _, files)) => files.push(path.to_owned()),
                None => self.found.push((why, columns, vec![path.to_owned()])),
            }
        }
        suspects
    }

    /// The features that are not about the order or the number of the rows in any file; all, if there are no others.
    pub fn without_counts<'b>(&self, names: &[String], features: &'b DMatrix<f64>) -> Cow<'b, DMatrix<f64>> {
        let counts: BTreeSet<&String> =
            self.found.iter().filter(|(why, ..)| why.is_of_rows()).flat_map(|(_, columns, _)| columns).collect();
        let kept: Vec<usize> = (0..names.len()).filter(|i| !counts.contains(&names[*i])).collect();
        if kept.is_empty() || kept.len() == names.len() {
            Cow::Borrowed(features)
        } else {
            Cow::Owned(features.select_rows(&kept))
        }
    }

    /// The features that count the rows in some file; none where that is said of half of them, which are ranks then.
    pub fn counters(&self, names: &[String]) -> Vec<String> {
        let counters: Vec<String> = names.iter().filter(|name| self.certain.contains(*name)).cloned().collect();
        if 2 * counters.len() < names.len() { counters } else { Vec::new() }
    }

    /// A sentence for each suspicion about the same columns, of which some are left out.
    pub fn warnings(&self, left_out: &[String]) -> Vec<String> {
        let sentence = |(why, columns, files): &(Suspicion, Vec<String>, Vec<PathBuf>)| {
            let one = columns.len() == 1;
            let files: Vec<String> = files.iter().map(|path| input::name(path)).collect();
            let these =
                if columns.len() > 5 { "NAME,…".to_owned() } else { format!("'{}'", harmless(&columns.join(","))) };
            let [it, is, feature, uses] =
                if one { ["it", "is", "a feature", "it"] } else { ["them", "are", "features", "them"] };
            let cure = if *why == Suspicion::TellsTheLabel {
                format!(
                    "a copy of the label, or made from it? What is not known of a new row is left out with --drop {these}"
                )
            } else if columns.iter().all(|name| left_out.contains(name)) {
                format!("{} left out (--keep {these} uses {uses})", if one { "it is" } else { "they are" })
            } else {
                format!(
                    "leave {it} out with --drop {these} unless {} {feature}",
                    if one { format!("it {is}") } else { format!("they {is}") }
                )
            };
            let columns =
                format!("{} {} {}", if one { "column" } else { "columns" }, some(columns), why.says(columns.len()));
            format!("{}: {columns}; {cure}", files.join(", "))
        };
        self.found.iter().map(sentence).collect()
    }
}
