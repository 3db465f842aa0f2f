//! The batches of an epoch, from a seed; padding.
//!
//! A [`Plan`] depends on the examples' lengths, the settings and a [`Key`] only, so a run is resumed at any step by
//! making the plan of its epoch again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::tokens::Tokens;

/// To which length a batch is padded; written "longest" or "fixed:128".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Padding {
    /// To the longest example of the batch.
    #[default]
    Longest,
    /// Always to this length, as the authors do.
    Fixed(usize),
}

/// In which order an epoch takes the examples; written "random", "length-bucketed", "sorted" or "as-given".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Any order is equally likely.
    Random,
    /// Examples of like length share a batch.
    ///
    /// As transformers' LengthGroupedSampler has it, a random order is cut into pieces of m = min(n / (4·batch), 50) batches (at least 1), each piece is sorted by length, the longest first, and
    /// cut into batches. Then, unlike there, the batches are put into a random order, for else lengths would fall
    /// steadily through each piece; only the batch with the longest example of all is moved to the front, so that
    /// memory runs out at once if at all. Which examples share
    /// a batch stays random through the pieces, of which there are at least 4 (if n ≥ 4·batch): two examples of like
    /// length are in the same piece in one epoch out of as many.
    #[default]
    LengthBucketed,
    /// By length, the longest first, ties by place; for evaluation, where the order does not matter.
    Sorted,
    /// As the indices stand, as a loader without shuffling does.
    AsGiven,
}

/// Settings of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanConfig {
    /// Examples in a batch, at least 1; the last may have fewer.
    pub batch: usize,
    /// The order.
    pub order: Order,
    /// The padding.
    pub padding: Padding,
}

impl Default for PlanConfig {
    /// 64 examples, length-bucketed, padded to the longest.
    fn default() -> Self {
        Self { batch: 64, order: Order::default(), padding: Padding::default() }
    }
}

/// Some examples that are computed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Their places in the whole list of examples.
    pub indices: Vec<usize>,
    /// To how many tokens each is padded.
    pub length: usize,
}

/// The batches of one epoch: each example is in exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The batches in order.
    pub batches: Vec<Batch>,
}

impl Plan {
    /// Plans an epoch over the examples at the places `indices`; `lengths` are the token counts of *all* examples.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the batch size is 0, there are no indices, one lies outside `lengths`, or an example is
    /// longer than a fixed padding.
    pub fn new(indices: &[usize], lengths: &[usize], config: &PlanConfig, key: Key<'_>) -> Result<Self> {
        check(indices, lengths, config)?;
        let size = config.batch;
        let longest_first = |order: &mut [usize]| order.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));
        let mut order = match config.order {
            Order::Sorted | Order::AsGiven => indices.to_vec(),
            Order::Random | Order::LengthBucketed => key.shuffle(indices),
        };
        match config.order {
            Order::Random | Order::AsGiven => {}
            Order::Sorted => longest_first(&mut order),
            Order::LengthBucketed => {
                let batches = (order.len() / (4 * size)).clamp(1, 50);
                order.chunks_mut(batches * size).for_each(longest_first);
            }
        }
        let length = |batch: &[usize]| match config.padding {
            Padding::Longest => batch.iter().map(|&i| lengths[i]).max().unwrap_or(0),
            Padding::Fixed(length) => length,
        };
        let mut batches: Vec<&[usize]> = order.chunks(size).collect();
        if config.order == Order::LengthBucketed {
            batches = Key { stream: &format!("{}/batches", key.stream), ..key }.shuffle(&batches);
            let longest = |batch: &&[usize]| batch.iter().map(|&i| lengths[i]).max();
            if let Some((place, _)) = batches.iter().enumerate().max_by_key(|(_, batch)| longest(batch)) {
                batches.swap(0, place);
            }
        }
        let batches = batches.into_iter().map(|b| Batch { indices: b.to_vec(), length: length(b) }).collect();
        Ok(Self { batches })
    }
}

fn check(indices: &[usize], lengths: &[usize], config: &PlanConfig) -> Result<()> {
    let refuse = |name: &str, value: usize, allowed: String| Err(Error::parameter(name, value, allowed));
    if config.batch == 0 {
        return refuse("batch", 0, "at least 1".to_owned());
    }
    if indices.is_empty() {
        return refuse("number of examples", 0, "at least 1".to_owned());
    }
    for &index in indices {
        match (lengths.get(index), config.padding) {
            (None, _) => return refuse("index of an example", index, format!("below {}", lengths.len())),
            (Some(&length), Padding::Fixed(fixed)) if length > fixed => {
                return refuse("length of an example", length, format!("at most {fixed}, the fixed padding"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A batch as the model reads it: matrices of `rows × length`, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collated {
    /// Token ids, padded on the right.
    pub ids: Vec<i64>,
    /// 1 for a token, 0 for padding.
    pub mask: Vec<i64>,
    /// Token types, 0 for padding.
    pub type_ids: Vec<i64>,
    /// One label for each row.
    pub labels: Vec<i64>,
    /// Examples.
    pub rows: usize,
    /// Tokens of each.
    pub length: usize,
    /// Whether any row is padded: if not, the mask is all 1 and need not be used.
    pub padded: bool,
}

/// Pads a batch; `tokens` and `labels` are those of all examples.
///
/// # Errors
/// [`Error::Parameter`] if an index of the batch lies outside them, or an example is longer than the batch.
pub fn collate(tokens: &[Tokens], labels: &[i64], batch: &Batch, pad_id: i64) -> Result<Collated> {
    let (rows, length) = (batch.indices.len(), batch.length);
    let size = rows * length;
    let filled = |value| {
        let mut values = Vec::with_capacity(size);
        values.resize(size, value);
        values
    };
    let mut out = Collated {
        ids: filled(pad_id),
        mask: filled(0),
        type_ids: filled(0),
        labels: Vec::with_capacity(rows),
        rows,
        length,
        padded: false,
    };
    for (row, &index) in batch.indices.iter().enumerate() {
        let (Some(one), Some(&label)) = (tokens.get(index), labels.get(index)) else {
            let allowed = format!("below {}", tokens.len().min(labels.len()));
            return Err(Error::parameter("index of an example", index, allowed));
        };
        if one.len() > length {
            return Err(Error::parameter("length of an example", one.len(), format!("at most {length}, the batch's")));
        }
        let place = row * length..row * length + one.len();
        out.ids[place.clone()].copy_from_slice(&one.ids);
        out.type_ids[place.clone()].copy_from_slice(&one.type_ids);
        out.mask[place].fill(1);
        out.labels.push(label);
        out.padded |= one.len() < length;
    }
    Ok(out)
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Longest => f.write_str("longest"),
            Self::Fixed(length) => write!(f, "fixed:{length}"),
        }
    }
}

impl FromStr for Padding {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let fixed = || word.strip_prefix("fixed:")?.parse().ok().filter(|&length| length > 0).map(Self::Fixed);
        if word == "longest" { Some(Self::Longest) } else { fixed() }.ok_or_else(|| Error::Word {
            what: "padding",
            word: word.to_owned(),
            allowed: "longest, fixed:LENGTH (such as fixed:128)".to_owned(),
        })
    }
}

impl TryFrom<String> for Padding {
    type Error = Error;

    fn try_from(word: String) -> Result<Self> {
        word.parse()
    }
}

impl From<Padding> for String {
    fn from(padding: Padding) -> Self {
        padding.to_string()
    }
}
