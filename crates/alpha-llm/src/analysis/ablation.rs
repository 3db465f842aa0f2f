//! What the α of each module is worth: the accuracy with it back at 1.

use std::collections::BTreeMap;

use serde::Serialize;
use tch::Tensor;

use crate::error::{Error, Result};
use crate::metrics::Scores;
use crate::paired;
use crate::training::{Encoded, OpenRun, Predictions, predict};

/// The run with one α, or all of them, back at 1 and the rest as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ablated {
    /// Rows predicted right.
    pub correct: usize,
    /// Their share.
    pub accuracy: f64,
    /// How much that is above the run's own accuracy.
    pub change: f64,
    /// Two-sided p of McNemar's test against the run's own predictions: how far the change is beyond chance.
    pub p: f64,
}

/// The run as it is, and with α back at 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ablation {
    /// The evaluation file.
    pub set: String,
    /// The run as it is.
    pub baseline: Scores,
    /// By module, in the order of [`super::alphas_of`], then all at once.
    pub ablated: Vec<Ablated>,
}

/// Sets each module's α back to 1, alone and then all together, on the last evaluation file. `modules` are the paths of
/// the modules; `done` is called after each prediction. The model is left as it was.
///
/// # Errors
/// Those of [`predict`].
pub fn ablate(run: &OpenRun, modules: &[String], done: &mut dyn FnMut()) -> Result<Ablation> {
    let set = reported(run)?;
    let alphas = run.model.alphas();
    let learnt = alphas.values();
    let mut with = |values: &BTreeMap<String, Tensor>| {
        alphas.assign(values);
        let predictions = predict(&run.model, set, &set.indices(), run.batch);
        alphas.assign(&learnt);
        done();
        predictions
    };
    let baseline = with(&learnt)?;
    let right = |predictions: &Predictions| {
        predictions.predicted.iter().zip(&set.labels).map(|(label, wanted)| label == wanted).collect::<Vec<bool>>()
    };
    let compared = |predictions: Predictions| -> Result<Ablated> {
        Ok(Ablated {
            correct: predictions.scores.correct,
            accuracy: predictions.scores.accuracy,
            change: predictions.scores.accuracy - baseline.scores.accuracy,
            p: paired::compare(&[right(&baseline)], &[right(&predictions)])?.p,
        })
    };
    let at_1 = |chosen: &dyn Fn(&str) -> bool| -> BTreeMap<String, Tensor> {
        let value = |(name, alpha): (&String, &Tensor)| {
            (name.clone(), if chosen(name) { alpha.ones_like() } else { alpha.shallow_clone() })
        };
        learnt.iter().map(value).collect()
    };
    let mut ablated = Vec::new();
    for module in modules {
        let name = format!("{module}.alpha");
        ablated.push(compared(with(&at_1(&|known| known == name))?)?);
    }
    ablated.push(compared(with(&at_1(&|_| true))?)?);
    Ok(Ablation { set: set.name.clone(), baseline: baseline.scores.clone(), ablated })
}

/// The evaluation file that is reported: the last one, MNLI's mismatched.
pub(super) fn reported(run: &OpenRun) -> Result<&Encoded> {
    run.sets.last().ok_or_else(|| Error::parameter("number of evaluation files", 0, "at least 1"))
}
