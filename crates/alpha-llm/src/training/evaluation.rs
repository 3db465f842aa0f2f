//! Predictions and scores.

use serde::{Deserialize, Serialize};

use crate::adapter::Pass;
use crate::batches::{Batch, Collated, Order, Padding, Plan, PlanConfig, collate};
use crate::classifier::Classifier;
use crate::dropout::Dropout;
use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::metrics::{Scores, score};
use crate::model;
use crate::tokens::Tokens;

/// Labelled texts as token ids.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// What they are, such as "dev".
    pub name: String,
    /// One entry per text.
    pub tokens: Vec<Tokens>,
    /// Its label.
    pub labels: Vec<i64>,
}

impl Encoded {
    /// Lengths in tokens.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        self.tokens.iter().map(Tokens::len).collect()
    }

    /// All places.
    pub fn indices(&self) -> Vec<usize> {
        (0..self.tokens.len()).collect()
    }

    /// Pads a batch of its texts.
    ///
    /// # Errors
    /// As [`collate`].
    pub(crate) fn collate(&self, batch: &Batch, pad_id: i64) -> Result<Collated> {
        collate(&self.tokens, &self.labels, batch, pad_id)
    }
}

/// Takes a batch to the model's device.
///
/// # Errors
/// As [`model::Encoder::batch`].
pub(crate) fn to_device(model: &Classifier, host: &Collated) -> Result<model::Batch> {
    let encoder = model.encoder();
    let types = (encoder.config().type_vocab_size > 1).then_some(host.type_ids.as_slice());
    let mask = host.padded.then_some(host.mask.as_slice());
    encoder.batch(&host.ids, types, mask, host.length as i64)
}

/// Predictions on a set, in its order.
#[derive(Debug, Clone)]
pub struct Predictions {
    /// Places within the set.
    pub indices: Vec<usize>,
    /// Labels predicted.
    pub predicted: Vec<i64>,
    /// Logits, one row each.
    pub logits: Vec<Vec<f32>>,
    /// Mean cross-entropy.
    pub loss: f64,
    /// How good they are.
    pub scores: Scores,
}

impl Predictions {
    /// The scores alone.
    pub(crate) fn evaluation(&self, set: &str, step: u64) -> Evaluation {
        Evaluation { set: set.to_owned(), step, loss: self.loss, scores: self.scores.clone() }
    }
}

/// The scores of one set at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The set.
    pub set: String,
    /// Updates of the adapters so far.
    pub step: u64,
    /// Mean cross-entropy.
    pub loss: f64,
    /// Accuracy, F1, confusion.
    pub scores: Scores,
}

/// Scores the rows at `indices` of a set, in batches of like length.
///
/// # Errors
/// [`Error::Diverged`] where a logit is not finite; errors of the batches.
pub fn predict(model: &Classifier, set: &Encoded, indices: &[usize], batch: usize) -> Result<Predictions> {
    let _guard = tch::no_grad_guard();
    let plan = plan(set, indices, batch)?;
    let folded = model.fold(Pass::Evaluate);
    let mut logits = std::collections::BTreeMap::new();
    for batch in &plan.batches {
        let tokens = to_device(model, &set.collate(batch, model.encoder().config().pad_token_id)?)?;
        let rows = rows_of(&model.logits(&tokens, &folded, &mut Dropout::off()), &set.name)?;
        logits.extend(batch.indices.iter().copied().zip(rows));
    }
    let (indices, logits): (Vec<_>, Vec<_>) = logits.into_iter().unzip();
    let labels: Vec<_> = indices.iter().map(|&index| set.labels[index]).collect();
    let classes = logits.first().map_or(0, Vec::len);
    let predicted: Vec<_> = logits.iter().map(|row| largest(row)).collect();
    let scores = score(&labels, &predicted, classes)?;
    let loss = mean_cross_entropy(&logits, &labels);
    Ok(Predictions { indices, predicted, logits, loss, scores })
}

/// Batches of like length.
pub(crate) fn plan(set: &Encoded, indices: &[usize], batch: usize) -> Result<Plan> {
    let plan = PlanConfig { batch, order: Order::Sorted, padding: Padding::Longest };
    Plan::new(indices, &set.lengths(), &plan, Key { seed: 0, stream: "evaluation", count: 0 })
}

/// Logits, one list per row; all finite.
pub(crate) fn rows_of(logits: &tch::Tensor, set: &str) -> Result<Vec<Vec<f32>>> {
    let classes = logits.size()[1] as usize;
    let flat: Vec<f32> = Vec::try_from(logits.to_device(tch::Device::Cpu).contiguous().view([-1]))
        .map_err(|source| Error::Torch { doing: "read logits", source })?;
    if !flat.iter().all(|logit| logit.is_finite()) {
        return Err(Error::Diverged { what: format!("a logit on {set}"), step: None });
    }
    Ok(flat.chunks(classes).map(<[f32]>::to_vec).collect())
}

/// The label with the largest logit, the last of equals.
pub(crate) fn largest(row: &[f32]) -> i64 {
    (0..row.len()).max_by(|&i, &j| row[i].total_cmp(&row[j])).unwrap_or(0) as i64
}

/// In f64, which a mean over a large set needs.
fn mean_cross_entropy(logits: &[Vec<f32>], labels: &[i64]) -> f64 {
    let row = |(row, &label): (&Vec<f32>, &i64)| {
        let largest = row.iter().copied().fold(f32::MIN, f32::max);
        let sum: f64 = row.iter().map(|&logit| f64::from(logit - largest).exp()).sum();
        sum.ln() - f64::from(row[label as usize] - largest)
    };
    logits.iter().zip(labels).map(row).sum::<f64>() / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_by_hand() {
        // −ln(1/3) and −ln(e/(e+2)).
        let got = mean_cross_entropy(&[vec![5.0, 5.0, 5.0], vec![1.0, 0.0, 0.0]], &[2, 0]);
        let e = std::f64::consts::E;
        assert!((got - (3.0_f64.ln() - (e / (e + 2.0)).ln()) / 2.0).abs() < 1e-12, "{got}");
    }
}
