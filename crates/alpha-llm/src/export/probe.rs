//! Random inputs on which two forms of a classifier are compared.

use std::collections::BTreeMap;
use std::path::Path;

use rand::RngExt;
use tch::Tensor;

use crate::adapter::Pass;
use crate::classifier::Classifier;
use crate::dropout::Dropout;
use crate::error::Result;
use crate::keyed::Key;
use crate::model::write_tensors;

/// Rows in all, and in one batch.
const ROWS: usize = 12;
const BATCH: usize = 4;
/// Tokens of the longest row, where the model takes as many.
const LENGTH: usize = 48;

/// Random token ids with padding, and what a classifier makes of them.
#[derive(Debug)]
pub struct Probe {
    length: usize,
    ids: Vec<i64>,
    mask: Vec<i64>,
    /// Where the model has more than one token type.
    types: Option<Vec<i64>>,
    logits: Tensor,
}

impl Probe {
    /// Draws rows of 1 to 48 tokens, always the same for a model, and computes their logits in passes of this kind.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a model that takes no such input.
    pub(super) fn new(classifier: &Classifier, max_length: usize, pass: Pass) -> Result<Self> {
        let config = classifier.encoder().config();
        let length = LENGTH.min(max_length).min(config.max_length() as usize).max(1);
        let mut rng = Key { seed: 0, stream: "probe", count: 0 }.generator();
        let (mut ids, mut mask, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..ROWS {
            // Every batch has a row without padding.
            let tokens = if row % BATCH == 0 { length } else { rng.random_range(1..=length) };
            for at in 0..length {
                let real = at < tokens;
                let id = rng.random_range(0..config.vocab_size - 1);
                // Any id but the padding's.
                let id = id + i64::from(id >= config.pad_token_id);
                ids.push(if real { id } else { config.pad_token_id });
                mask.push(i64::from(real));
                types.push(i64::from(real && at > tokens / 2));
            }
        }
        let types = (config.type_vocab_size > 1).then_some(types);
        let mut probe = Self { length, ids, mask, types, logits: Tensor::new() };
        probe.logits = probe.compute(classifier, pass)?;
        Ok(probe)
    }

    fn compute(&self, classifier: &Classifier, pass: Pass) -> Result<Tensor> {
        let _guard = tch::no_grad_guard();
        let folded = classifier.fold(pass);
        let mut parts = Vec::new();
        for start in (0..ROWS).step_by(BATCH) {
            let cut = |values: &[i64]| values[start * self.length..(start + BATCH) * self.length].to_vec();
            let types = self.types.as_deref().map(cut);
            let mask = cut(&self.mask);
            let batch =
                classifier.encoder().batch(&cut(&self.ids), types.as_deref(), Some(&mask), self.length as i64)?;
            parts.push(classifier.logits(&batch, &folded, &mut Dropout::off()));
        }
        Ok(Tensor::cat(&parts, 0))
    }

    /// The largest difference between a logit here and one that a classifier, in evaluation, computes; NaN or infinite
    /// where one is.
    ///
    /// # Errors
    /// As [`Probe::new`].
    pub(super) fn difference(&self, classifier: &Classifier) -> Result<f64> {
        let again = self.compute(classifier, Pass::Evaluate)?;
        Ok((again - &self.logits).abs().max().double_value(&[]))
    }

    /// The number of inputs.
    pub(super) fn rows(&self) -> usize {
        ROWS
    }

    /// The largest logit in absolute value.
    pub(super) fn largest_logit(&self) -> f64 {
        self.logits.abs().max().double_value(&[])
    }

    /// Writes `input_ids`, `attention_mask`, perhaps `token_type_ids`, and `logits` to a safetensors file, as
    /// scripts/check-exports reads them.
    ///
    /// # Errors
    /// [`crate::Error::Store`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let tensor = |values: &[i64]| Tensor::from_slice(values).view([ROWS as i64, self.length as i64]);
        let mut tensors = BTreeMap::from([
            ("input_ids".to_owned(), tensor(&self.ids)),
            ("attention_mask".to_owned(), tensor(&self.mask)),
            ("logits".to_owned(), self.logits.shallow_clone()),
        ]);
        tensors.extend(self.types.as_deref().map(|types| ("token_type_ids".to_owned(), tensor(types))));
        write_tensors(path, &tensors, [("format".to_owned(), "pt".to_owned())])
    }
}
