//! The six GLUE tasks of the paper, as data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A GLUE task of the paper; read from and written as its name, in any case ("SST-2", "sst-2", "SST2").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Task {
    /// Does the premise entail the hypothesis, contradict it, or neither?
    Mnli,
    /// Does the sentence answer the question?
    Qnli,
    /// Do the two sentences say the same?
    Mrpc,
    /// Does the first sentence entail the second?
    Rte,
    /// Is the sentence positive?
    Sst2,
    /// Do the two questions ask the same?
    Qqp,
}

/// A file of a task: its name without `.tsv`, and the rows that it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskFile {
    /// The name, such as "dev_matched".
    pub name: &'static str,
    /// The rows of the published file, after dropping those of QQP that miss a field.
    pub rows: usize,
}

/// The columns of a task's files, by header name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// The text, or the first of two.
    pub first: &'static str,
    /// The second text of a pair.
    pub second: Option<&'static str>,
    /// The label.
    pub label: &'static str,
}

impl Task {
    /// All tasks, in the paper's order.
    pub const ALL: [Self; 6] = [Self::Mnli, Self::Qnli, Self::Mrpc, Self::Rte, Self::Sst2, Self::Qqp];

    /// The name, which is also the name of the folder: "MNLI", "QNLI", "MRPC", "RTE", "SST-2" or "QQP".
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnli => "MNLI",
            Self::Qnli => "QNLI",
            Self::Mrpc => "MRPC",
            Self::Rte => "RTE",
            Self::Sst2 => "SST-2",
            Self::Qqp => "QQP",
        }
    }

    /// The labels' names in Hugging Face's order: a label's place is its number.
    pub fn label_names(self) -> &'static [&'static str] {
        match self {
            Self::Mnli => &["entailment", "neutral", "contradiction"],
            Self::Qnli | Self::Rte => &["entailment", "not_entailment"],
            Self::Mrpc => &["not_equivalent", "equivalent"],
            Self::Sst2 => &["negative", "positive"],
            Self::Qqp => &["not_duplicate", "duplicate"],
        }
    }

    /// Where texts and label stand.
    pub fn columns(self) -> Columns {
        let (first, second, label) = match self {
            Self::Mnli => ("sentence1", Some("sentence2"), "gold_label"),
            Self::Qnli => ("question", Some("sentence"), "label"),
            Self::Mrpc => ("#1 String", Some("#2 String"), "Quality"),
            Self::Rte => ("sentence1", Some("sentence2"), "label"),
            Self::Sst2 => ("sentence", None, "label"),
            Self::Qqp => ("question1", Some("question2"), "is_duplicate"),
        };
        Columns { first, second, label }
    }

    /// The training file.
    pub fn train_file(self) -> TaskFile {
        let rows = match self {
            Self::Mnli => 392_702,
            Self::Qnli => 104_743,
            Self::Mrpc => 3_668,
            Self::Rte => 2_490,
            Self::Sst2 => 67_349,
            Self::Qqp => 363_846,
        };
        TaskFile { name: "train", rows }
    }

    /// The evaluation files: one, for MNLI matched and mismatched.
    pub fn evaluation_files(self) -> &'static [TaskFile] {
        match self {
            Self::Mnli => {
                &[TaskFile { name: "dev_matched", rows: 9_815 }, TaskFile { name: "dev_mismatched", rows: 9_832 }]
            }
            Self::Qnli => &[TaskFile { name: "dev", rows: 5_463 }],
            Self::Mrpc => &[TaskFile { name: "dev", rows: 408 }],
            Self::Rte => &[TaskFile { name: "dev", rows: 277 }],
            Self::Sst2 => &[TaskFile { name: "dev", rows: 872 }],
            Self::Qqp => &[TaskFile { name: "dev", rows: 40_430 }],
        }
    }

    /// Whether F1 (of label 1) is reported beside accuracy: MRPC and QQP.
    pub fn reports_f1(self) -> bool {
        matches!(self, Self::Mrpc | Self::Qqp)
    }

    /// The paper's longest input in tokens: 512 for MNLI and QNLI, 128 otherwise.
    pub fn max_length(self) -> usize {
        if matches!(self, Self::Mnli | Self::Qnli) { 512 } else { 128 }
    }

    /// Whether published rows that miss a field are dropped, as Hugging Face's loader does, and not an error: QQP.
    pub(crate) fn drops_short_rows(self) -> bool {
        self == Self::Qqp
    }
}

/// The task whose header this is, also of those that are not among the six; RTE and WNLI have the same header.
pub(super) fn recognise(header: &[String]) -> Option<&'static str> {
    let has = |name: &str| header.iter().any(|column| column == name);
    let task = Task::ALL.into_iter().find(|task| {
        let Columns { first, second, label } = task.columns();
        has(first) && has(label) && second.is_none_or(has)
    });
    match task {
        Some(task) => Some(task.name()),
        None if has("score") && has("sentence1") && has("sentence2") => Some("STS-B"),
        None => None,
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let plain = |name: &str| name.to_ascii_lowercase().replace('-', "");
        Self::ALL.into_iter().find(|task| plain(task.name()) == plain(word)).ok_or_else(|| Error::Word {
            what: "task",
            word: word.to_owned(),
            allowed: Self::ALL.map(Self::name).join(", "),
        })
    }
}

impl TryFrom<String> for Task {
    type Error = Error;

    fn try_from(word: String) -> Result<Self> {
        word.parse()
    }
}

impl From<Task> for String {
    fn from(task: Task) -> Self {
        task.name().to_owned()
    }
}
