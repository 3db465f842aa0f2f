//! The report of a problem beside simulated classifiers.

use serde::Serialize;

use super::theory::Theory;
use super::{Loss, Measured, Problem, Report, Run, Simulation, Weights};
use crate::check::require;
use crate::error::Result;
use crate::labels::Intercept;
use crate::simulation::{Moments, Statistic, moments_of};

/// A value of a [`Report`] beside its mean over simulated runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Where it stands in the report: `accuracy`, `sources[0].accuracy`, …
    pub name: String,
    /// The asymptotic theory.
    pub theory: f64,
    /// Mean over the runs.
    pub mean: f64,
    /// Standard error of that mean.
    pub standard_error: f64,
    /// (mean − theory)/standard error; of order 1 as long as the finite-size bias is below the noise. `None` for what does not
    /// vary.
    pub z: Option<f64>,
    /// What the finite-size bias of the theory may be: [`Statistic::allowance`], and, for an accuracy with a fitted threshold, what
    /// the threshold's own fluctuation takes from it.
    pub bias: f64,
}

impl Compared {
    /// The moments of a value's runs in `dimension` features beside the theory.
    pub(crate) fn new(name: String, theory: f64, moments: Moments, dimension: usize) -> Self {
        let (mean, standard_error) = (moments.mean(), moments.standard_error());
        // What is the same in every run has no error but rounding.
        let varies = standard_error > 1e-13 * mean.abs();
        let z = varies.then_some((mean - theory) / standard_error);
        let bias = Statistic::allowance(moments.deviation(), dimension as f64);
        Self { name, theory, mean, standard_error, z, bias }
    }

    /// Whether the value is a share of test samples.
    fn is_share(&self) -> bool {
        self.name.contains("accuracy") || self.name == "error_rate"
    }

    /// Whether the mean is beyond its noise, |z| > 3, and the finite-size bias alone can be why: without `bias` |z| would be at
    /// most 3.
    pub fn is_finite_size(&self) -> bool {
        let off = (self.mean - self.theory).abs();
        self.z.is_some() && Statistic::is_explained(off, self.standard_error, self.bias)
    }
}

/// One value of a run.
type Value = fn(&Measured) -> f64;

/// A value to compare: its name, the theory, which classifier and which of its values.
struct Row {
    name: String,
    theory: f64,
    which: Which,
    value: Value,
}

#[derive(Clone, Copy)]
enum Which {
    Source(usize),
    Classifier(usize),
}

impl Problem {
    /// Simulates `runs` runs and sets them beside the values of a report of this problem that a run has: mean, variance,
    /// separation, error rate and accuracy at its weights, the accuracies at 0, 1 and the optimum, those of the sources, and those
    /// at the weights without one source. What the report leaves undefined is left out.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for fewer than 2 runs; otherwise as [`Simulation::new`] and [`Simulation::run`].
    pub fn compare(&self, report: &Report, runs: u64, seed: u64) -> Result<Vec<Compared>> {
        require("runs", runs as f64, runs >= 2, "at least 2")?;
        let simulation = Simulation::new(self, seed)?;
        let (rows, at) = self.rows(report);
        let moments = moments_of(runs, rows.len(), |index| {
            let run = simulation.run(index, &at)?;
            Ok(rows.iter().map(|row| (row.value)(row.which.of(&run))).collect::<Vec<f64>>())
        })?;
        let losses = self.threshold_losses(&at)?;
        let compared = |(row, moments): (Row, _)| {
            let mut compared = Compared::new(row.name, row.theory, moments, self.dimension());
            match row.which {
                Which::Classifier(place) if compared.is_share() => compared.bias += losses[place],
                _ => {}
            }
            compared
        };
        Ok(rows.into_iter().zip(moments).map(compared).collect())
    }

    /// What the fluctuation of a fitted threshold takes from the accuracy at each of the weights. With another threshold it is 0, and
    /// the target is not made again.
    fn threshold_losses(&self, at: &[Weights]) -> Result<Vec<f64>> {
        if self.labels.intercept != Intercept::Fitted {
            return Ok(vec![0.0; at.len()]);
        }
        let target = self.target()?;
        let theory = Theory::new(self, &target)?;
        at.iter().map(|weights| theory.threshold_loss(weights, self.training.samples)).collect()
    }

    /// What to compare, and the weights to train at.
    fn rows(&self, report: &Report) -> (Vec<Row>, Vec<Weights>) {
        let best = Weights { target: report.optimum.target, sources: report.optimum.weights.clone() };
        let here = report.weights.as_deref().map_or_else(|| best.clone(), Weights::new);
        let k = self.sources.len();
        let accuracy: Value = |measured| measured.accuracy;
        let mut rows = Vec::new();
        let mut at: Vec<Weights> = Vec::new();
        let mut add = |weights: &Weights, values: Vec<(String, Option<f64>, Value)>| {
            // A law at infinity is not known for the logistic loss.
            let possible = weights.target == 1.0 || self.loss == Loss::Squared;
            let known: Vec<_> =
                values.into_iter().filter_map(|(name, theory, value)| Some((name, theory?, value))).collect();
            if !possible || known.is_empty() {
                return;
            }
            let place = at.iter().position(|other| other == weights).unwrap_or(at.len());
            if place == at.len() {
                at.push(weights.clone());
            }
            let which = Which::Classifier(place);
            rows.extend(known.into_iter().map(|(name, theory, value)| Row { name, theory, which, value }));
        };
        add(
            &here,
            vec![
                ("mean".to_owned(), report.mean, |measured| measured.decision.mean),
                ("variance".to_owned(), report.variance, |measured| measured.decision.variance),
                ("separation".to_owned(), report.separation, |measured| measured.decision.separation()),
                ("error_rate".to_owned(), Some(report.error_rate), |measured| measured.error_rate),
                ("accuracy".to_owned(), Some(report.accuracy), accuracy),
            ],
        );
        let all = |weight: f64| Weights::new(&vec![weight; k]);
        add(&all(0.0), vec![("accuracy_at_0".to_owned(), report.accuracy_at_0, accuracy)]);
        add(&all(1.0), vec![("accuracy_at_1".to_owned(), report.accuracy_at_1, accuracy)]);
        add(&best, vec![("accuracy_at_optimum".to_owned(), Some(report.accuracy_at_optimum), accuracy)]);
        for (i, worth) in report.contributions.iter().enumerate() {
            let mut without = here.clone();
            without.sources[i] = 0.0;
            add(&without, vec![(format!("contributions[{i}].accuracy_without"), worth.accuracy_without, accuracy)]);
        }
        for (i, source) in report.sources.iter().enumerate() {
            let name = format!("sources[{i}].accuracy");
            rows.extend(source.accuracy.map(|theory| Row { name, theory, which: Which::Source(i), value: accuracy }));
        }
        (rows, at)
    }
}

impl Which {
    fn of(self, run: &Run) -> &Measured {
        match self {
            Self::Source(i) => &run.sources[i],
            Self::Classifier(i) => &run.classifiers[i],
        }
    }
}
