//! Losses that are not logged yet.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// The losses of the steps since the last line of metrics.jsonl, left on the device: reading one would make it wait.
#[derive(Debug, Default)]
pub(super) struct Losses {
    of: BTreeMap<&'static str, Vec<Tensor>>,
    /// The last step, from 0.
    step: u64,
}

const KINDS: [&str; 2] = ["updates", "alphas"];

impl Losses {
    pub fn push(&mut self, of: &'static str, loss: Tensor, step: u64) {
        self.of.entry(of).or_default().push(loss);
        self.step = step;
    }

    /// The mean since the last call, if there was a step.
    ///
    /// # Errors
    /// [`Error::Diverged`] if it is not finite.
    pub fn take(&mut self, of: &'static str) -> Result<Option<f64>> {
        let Some(losses) = self.of.remove(of) else { return Ok(None) };
        let mean = Tensor::stack(&losses, 0).mean(Kind::Double).double_value(&[]);
        match mean.is_finite() {
            true => Ok(Some(mean)),
            false => Err(Error::Diverged { what: format!("the loss of the {of}"), step: Some(self.step + 1) }),
        }
    }

    /// For a checkpoint.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        self.of.iter().map(|(&of, losses)| (of.to_owned(), Tensor::stack(losses, 0).to_kind(Kind::Float))).collect()
    }

    /// From a checkpoint.
    pub fn restore(&mut self, tensors: &BTreeMap<String, Tensor>, device: Device) {
        let list = |of: &str| tensors.get(of).filter(|list| list.dim() == 1);
        let unbound = |of: &'static str| Some((of, list(of)?.to_device(device).unbind(0)));
        self.of = KINDS.into_iter().filter_map(unbound).collect();
    }
}
