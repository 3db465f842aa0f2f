//! Beyond the paper: which choice of α is best, on the Amazon transfers, and what leaks are worth.

use alpha_linear::amazon::Amazon;
use alpha_linear::study::{Choice, Measured, Outcome, Study, StudyConfig, Variant};
use alpha_store::table::Table;

use crate::chart::{Chart, Curve, Scale};
use crate::distinct::distinct;
use crate::error::Result;
use crate::paper::cells::rounded;
use crate::paper::experiments::experiment;

/// The study in every variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Selections {
    /// In the order of [`Variant::ALL`].
    pub variants: Vec<(Variant, Vec<Outcome>)>,
}

/// The built-in settings.
///
/// # Errors
/// [`crate::Error::Experiment`] if the built-in file is not valid.
pub fn built_in() -> Result<StudyConfig> {
    experiment!("selections.toml")
}

/// The numbers of labels, in the order of the outcomes.
fn labels(outcomes: &[Outcome]) -> Vec<usize> {
    distinct(outcomes.iter().map(|outcome| outcome.labels))
}

/// A choice in the heading of a table, marked if it needs labels of the test.
fn name(choice: Choice) -> String {
    format!("{}{}", choice.name(), if choice.sees_the_test() { " †" } else { "" })
}

/// Mean over the transfers at n labels; `None` if one has no value.
fn mean(outcomes: &[Outcome], labels: usize, value: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
    let values: Option<Vec<f64>> = outcomes.iter().filter(|o| o.labels == labels).map(value).collect();
    values.filter(|values| !values.is_empty()).map(|values| values.iter().sum::<f64>() / values.len() as f64)
}

/// Accuracy of a choice in percent.
fn percent(outcome: &Outcome, choice: Choice) -> Option<f64> {
    outcome.get(choice).map(|measured| 100.0 * measured.accuracy)
}

/// What a choice gains over the better of the frozen source and α = 1, in points.
fn margin(outcome: &Outcome, choice: Choice) -> Option<f64> {
    let best = percent(outcome, Choice::SourceOnly)?.max(percent(outcome, Choice::One)?);
    Some(percent(outcome, choice)? - best)
}

/// How far the prediction lies from the measurement, in points, both averaged over the splits.
fn error(measured: &Measured) -> Option<f64> {
    Some(100.0 * (measured.predicted? - measured.accuracy).abs())
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or(String::new(), |x| format!("{x:.digits$}"))
}

impl Selections {
    /// Runs the study.
    ///
    /// # Errors
    /// [`crate::Error::Linear`] if a measurement is refused.
    pub fn measure(amazon: &Amazon, config: &StudyConfig) -> Result<Self> {
        let study = Study::of_amazon(config.clone(), amazon)?;
        let run = |variant| Ok((variant, study.onto_amazon(amazon, variant)?));
        Ok(Self { variants: Variant::ALL.into_iter().map(run).collect::<Result<_>>()? })
    }

    /// The study as the paper splits its data.
    pub fn as_published(&self) -> &[Outcome] {
        self.variants.first().map_or(&[], |(_, outcomes)| outcomes)
    }

    /// Mean accuracy of every choice at every n; the last columns are about the joint choice.
    pub fn summary(&self) -> Table {
        let outcomes = self.as_published();
        let about = [
            "joint less oracle",
            "joint less max(source, α = 1), mean",
            "worst pair",
            "joint: 90 % intervals that held (%)",
        ];
        let mut table =
            Table::new(["n".to_owned()].into_iter().chain(Choice::ALL.map(name)).chain(about.map(str::to_owned)));
        for n in labels(outcomes) {
            let at = |choice| mean(outcomes, n, |o| percent(o, choice));
            let gap = at(Choice::Joint).zip(at(Choice::Oracle)).map(|(joint, oracle)| joint - oracle);
            let margins = outcomes.iter().filter(|o| o.labels == n).filter_map(|o| margin(o, Choice::Joint));
            let worst = margins.reduce(f64::min);
            let held = mean(outcomes, n, |o| Some(100.0 * o.get(Choice::Joint)?.covered?));
            let numbers = Choice::ALL.into_iter().map(at);
            let rest = [gap, mean(outcomes, n, |o| margin(o, Choice::Joint)), worst];
            let cells = numbers.chain(rest).map(|x| cell(x, 2));
            table.push(std::iter::once(n.to_string()).chain(cells).chain([cell(held, 0)]));
        }
        table
    }

    /// Mean |predicted − measured| accuracy, in points, of every choice that predicts.
    pub fn errors(&self) -> Table {
        let outcomes = self.as_published();
        let predicting: Vec<Choice> = Choice::ALL
            .into_iter()
            .filter(|choice| outcomes.first().and_then(|o| o.get(*choice)?.predicted).is_some())
            .collect();
        let mut table = Table::new(["n".to_owned()].into_iter().chain(predicting.iter().copied().map(name)));
        for n in labels(outcomes) {
            let errors = predicting.iter().map(|choice| mean(outcomes, n, |o| error(o.get(*choice)?)));
            table.push(std::iter::once(n.to_string()).chain(errors.map(|x| cell(x, 2))));
        }
        table
    }

    /// Mean accuracy of the choices that are not in hindsight, in every variant.
    pub fn leaks(&self) -> Table {
        let shown: Vec<Choice> =
            Choice::ALL.into_iter().filter(|choice| !matches!(choice, Choice::BestAlpha | Choice::BestJoint)).collect();
        let mut table =
            Table::new(["n", "variant"].map(str::to_owned).into_iter().chain(shown.iter().copied().map(name)));
        for n in labels(self.as_published()) {
            for (variant, outcomes) in &self.variants {
                let cells = shown.iter().map(|choice| cell(mean(outcomes, n, |o| percent(o, *choice)), 2));
                table.push([n.to_string(), variant.name().to_owned()].into_iter().chain(cells));
            }
        }
        table
    }

    /// Every transfer at every n in every variant, in percent.
    pub fn table(&self) -> Table {
        let about = ["joint_alpha", "joint_predicted", "joint_intervals_held", "alpha_1_by_the_law_from_all_labels"];
        let header = ["variant", "n", "source", "target"].into_iter().chain(Choice::ALL.map(Choice::name)).chain(about);
        let mut table = Table::new(header);
        let digits = |x: Option<f64>| x.map_or(String::new(), |x| rounded(x, 5));
        for (variant, outcomes) in &self.variants {
            for o in outcomes {
                let place = [variant.name().to_owned(), o.labels.to_string(), o.source.clone(), o.target.clone()];
                let accuracies = Choice::ALL.map(|choice| percent(o, choice));
                let joint = o.get(Choice::Joint);
                let rest = [
                    joint.and_then(|j| j.mean_alpha),
                    joint.and_then(|j| Some(100.0 * j.predicted?)),
                    joint.and_then(|j| Some(100.0 * j.covered?)),
                    o.get(Choice::One).and_then(|one| Some(100.0 * one.predicted?)),
                ];
                table.push(place.into_iter().chain(accuracies.into_iter().chain(rest).map(digits)));
            }
        }
        table
    }

    /// Accuracy against n.
    pub fn chart(&self) -> Chart {
        let outcomes = self.as_published();
        let curve = |(colour, (choice, label)): (usize, (Choice, &str))| Curve {
            label: label.to_owned(),
            colour: Some(colour),
            points: labels(outcomes)
                .into_iter()
                .filter_map(|n| Some((n as f64, mean(outcomes, n, |outcome| percent(outcome, choice))?)))
                .collect(),
            dashed: choice == Choice::BestJoint,
        };
        let shown = [
            (Choice::Joint, "joint choice"),
            (Choice::One, "α = 1"),
            (Choice::LeaveOneOut, "leave-one-out"),
            (Choice::Published, "α* published (knows the test labels)"),
            (Choice::SourceOnly, "frozen source"),
            (Choice::BestJoint, "best in hindsight"),
        ];
        Chart {
            title: "Twelve Amazon transfers".to_owned(),
            x_label: "target labels n".to_owned(),
            y_label: "test accuracy (%)".to_owned(),
            x_scale: Scale::Log,
            curves: shown.into_iter().enumerate().map(curve).collect(),
            ..Chart::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accuracies of the frozen source, α = 1 and the joint choice, and how often the joint choice's interval held.
    fn outcome(labels: usize, [source, one, joint]: [f64; 3], covered: Option<f64>) -> Outcome {
        let measured = |choice, accuracy, predicted, covered| Measured {
            choice,
            alpha: None,
            mean_alpha: None,
            infinite: 0,
            source_ridge: None,
            target_ridge: None,
            accuracy,
            standard_error: 0.0,
            predicted,
            covered,
        };
        Outcome {
            source: "books".to_owned(),
            target: "dvd".to_owned(),
            labels,
            choices: vec![
                measured(Choice::SourceOnly, source, None, None),
                measured(Choice::One, one, None, None),
                measured(Choice::Joint, joint, Some(0.875), covered),
            ],
        }
    }

    #[test]
    fn margins_are_over_the_better_baseline_and_coverage_is_a_mean() {
        let outcomes = vec![
            outcome(20, [0.75, 0.5, 0.8125], Some(1.0)),
            outcome(40, [0.5, 0.5, 0.5], None),
            outcome(20, [0.5, 0.875, 0.75], Some(0.5)),
        ];
        let study = Selections { variants: vec![(Variant::ALL[0], outcomes)] };
        let table = study.summary();
        let cell = |row: usize, name: &str| {
            table.rows()[row][table.header().iter().position(|known| known == name).unwrap()].clone()
        };
        assert_eq!([cell(0, "n"), cell(1, "n")], ["20", "40"], "each number of labels once");
        assert_eq!(cell(0, "joint"), "78.12");
        // 81.25 − 75 and 75 − 87.5.
        assert_eq!(cell(0, "joint less max(source, α = 1), mean"), "-3.12");
        assert_eq!(cell(0, "worst pair"), "-12.50");
        assert_eq!(cell(0, "joint: 90 % intervals that held (%)"), "75");
        assert_eq!(cell(1, "joint: 90 % intervals that held (%)"), "", "one without an interval has no mean");
        assert_eq!([cell(0, "α = 0"), cell(0, "α* published †")], ["", ""]);
        // |87.5 − 81.25| and |87.5 − 75|.
        assert_eq!(study.errors().rows()[0], ["20", "9.38"]);
    }
}
