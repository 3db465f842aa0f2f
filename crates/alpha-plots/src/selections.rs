//! Beyond the paper: which choice of α is best, on the Amazon transfers.

use alpha_linear::study::{Choice, Outcome, StudyConfig};
use alpha_store::table::Table;

use crate::cells::rounded;
use crate::chart::{Chart, Curve, Scale};
use crate::error::Result;
use crate::experiments::experiment;

/// The built-in settings.
///
/// # Errors
/// [`crate::Error::Experiment`] if the built-in file is not valid.
pub fn built_in() -> Result<StudyConfig> {
    experiment!("selections.toml")
}

/// The numbers of labels, in the order of the outcomes.
fn labels(outcomes: &[Outcome]) -> Vec<usize> {
    let mut labels: Vec<usize> = outcomes.iter().map(|outcome| outcome.labels).collect();
    labels.dedup();
    labels
}

/// Mean over the transfers at n labels.
fn mean(outcomes: &[Outcome], labels: usize, value: impl Fn(&Outcome) -> f64) -> f64 {
    let values: Vec<f64> = outcomes.iter().filter(|o| o.labels == labels).map(value).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Accuracy of a choice in percent.
fn percent(outcome: &Outcome, choice: Choice) -> f64 {
    let accuracy = Choice::ALL.iter().position(|other| *other == choice).map(|i| outcome.accuracies[i]);
    100.0 * accuracy.unwrap_or(f64::NAN)
}

/// Mean accuracy of every choice at every n; the last columns are about the joint choice.
pub fn summary(outcomes: &[Outcome]) -> Table {
    let about = [
        "joint less max(source, α = 1), worst pair",
        "joint: error of the prediction",
        "joint: intervals that held (%)",
    ];
    let header = std::iter::once("n").chain(Choice::ALL.map(Choice::name)).chain(about);
    let mut table = Table::new(header);
    for n in labels(outcomes) {
        let at = outcomes.iter().filter(|outcome| outcome.labels == n);
        let margin =
            |o: &Outcome| percent(o, Choice::Joint) - percent(o, Choice::SourceOnly).max(percent(o, Choice::One));
        let worst = at.map(margin).fold(f64::INFINITY, f64::min);
        let error = mean(outcomes, n, |o| (100.0 * o.joint_predicted - percent(o, Choice::Joint)).abs());
        let held = mean(outcomes, n, |o| 100.0 * o.joint_covered);
        let accuracies = Choice::ALL.map(|choice| mean(outcomes, n, |o| percent(o, choice)));
        let numbers = accuracies.into_iter().chain([worst, error]).map(|x| format!("{x:.2}"));
        table.push(std::iter::once(n.to_string()).chain(numbers).chain([format!("{held:.0}")]));
    }
    table
}

/// Every transfer at every n, in percent.
pub fn table(outcomes: &[Outcome]) -> Table {
    let about = ["joint alpha", "joint predicted", "joint intervals that held", "α = 1 by the law from all labels"];
    let mut table = Table::new(["n", "source", "target"].into_iter().chain(Choice::ALL.map(Choice::name)).chain(about));
    for o in outcomes {
        let place = [o.labels.to_string(), o.source.name().to_owned(), o.target.name().to_owned()];
        let accuracies = Choice::ALL.map(|choice| percent(o, choice));
        let rest = [o.joint_alpha, 100.0 * o.joint_predicted, 100.0 * o.joint_covered, 100.0 * o.oracle_at_1];
        table.push(place.into_iter().chain(accuracies.into_iter().chain(rest).map(|x| rounded(x, 5))));
    }
    table
}

/// Accuracy against n.
pub fn chart(outcomes: &[Outcome]) -> Chart {
    let curve = |(colour, (choice, label)): (usize, (Choice, &str))| Curve {
        label: label.to_owned(),
        colour: Some(colour),
        points: labels(outcomes)
            .into_iter()
            .map(|n| (n as f64, mean(outcomes, n, |outcome| percent(outcome, choice))))
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
