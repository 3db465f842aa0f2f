//! Figure 3: measured test accuracy against α on Amazon transfers.

use alpha_linear::amazon::figure3::{self, Curve as Measured, CurveConfig, Theory};
use alpha_linear::amazon::{Amazon, Domain};
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Chart, Curve, Key, Level, Marker, Shape};
use crate::error::Result;
use crate::paper::experiments::experiment;
use crate::paper::figure1::marker_notes;

/// The settings of Figure 3.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure3Config {
    /// Source and target, one pair per curve.
    pub pairs: Vec<(Domain, Domain)>,
    /// How each is measured.
    pub curve: CurveConfig,
}

impl Figure3Config {
    /// The paper's settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn paper() -> Result<Self> {
        experiment!("figure3.toml")
    }

    /// Measures the curves.
    ///
    /// # Errors
    /// [`crate::Error::Linear`] if a measurement is refused.
    pub fn measure(&self, amazon: &Amazon) -> Result<Vec<Measured>> {
        let measure = |&(source, target): &(Domain, Domain)| figure3::measure(amazon, source, target, &self.curve);
        Ok(self.pairs.iter().map(measure).collect::<Result<_, _>>()?)
    }

    /// The theory of the same curves.
    ///
    /// # Errors
    /// [`crate::Error::Linear`] if the theory refuses its numbers.
    pub fn theory(&self, amazon: &Amazon) -> Result<Vec<Theory>> {
        let theory = |&(source, target): &(Domain, Domain)| figure3::theory(amazon, source, target, &self.curve);
        Ok(self.pairs.iter().map(theory).collect::<Result<_, _>>()?)
    }
}

/// The value of a measured curve between its points.
fn interpolate(points: &[(f64, f64)], x: f64) -> Option<f64> {
    points.windows(2).find(|w| (w[0].0..=w[1].0).contains(&x)).map(|w| {
        let t = (x - w[0].0) / (w[1].0 - w[0].0);
        w[0].1 * (1.0 - t) + w[1].1 * t
    })
}

/// The figure: accuracy as published, max(acc, 1 − acc), and the published α*.
pub fn chart(measured: &[Measured]) -> Chart {
    let mut chart = Chart {
        title: "Measured accuracy, Amazon reviews".to_owned(),
        x_label: "scale α of the frozen source".to_owned(),
        y_label: "test accuracy (%)".to_owned(),
        notes: marker_notes(),
        ..Chart::default()
    };
    for (colour, transfer) in measured.iter().enumerate() {
        let points: Vec<(f64, f64)> = transfer.points.iter().map(|(alpha, cell)| (*alpha, cell.mean)).collect();
        let places = [
            (Some(transfer.alpha_star), Shape::Diamond),
            (Some(1.0), Shape::OpenDiamond),
            (transfer.alpha_worst, Shape::Cross),
        ];
        for (alpha, shape) in places {
            if let Some((alpha, y)) = alpha.and_then(|alpha| Some((alpha, interpolate(&points, alpha)?))) {
                chart.markers.push(Marker { at: (alpha, y), colour: Some(colour), shape });
            }
        }
        if let Some(y) = interpolate(&points, 0.0) {
            chart.levels.push(Level { y, colour: Some(colour) });
        }
        let label = format!("{} → {}", transfer.source.name(), transfer.target.name());
        chart.curves.push(Curve { label, colour: Some(colour), points, ..Curve::default() });
    }
    chart
}

/// The theory laid over the measurement, one chart for each pair: the published α* and the honest one are marked.
pub fn theory_charts(measured: &[Measured], theory: &[Theory]) -> Vec<Chart> {
    let charts = measured.iter().zip(theory).map(|(transfer, theory)| {
        let points: Vec<(f64, f64)> = transfer.points.iter().map(|(alpha, cell)| (*alpha, cell.mean)).collect();
        let marked = [(transfer.alpha_star, Shape::Diamond), (theory.honest_alpha, Shape::Circle)];
        let markers = marked.into_iter().filter_map(|(alpha, shape)| {
            Some(Marker { at: (alpha, interpolate(&points, alpha)?), colour: None, shape })
        });
        let curve = |label: &str, colour, points: &[(f64, f64)], dashed| Curve {
            label: label.to_owned(),
            colour: Some(colour),
            points: points.to_vec(),
            dashed,
        };
        Chart {
            title: format!("{} → {}", transfer.source.name(), transfer.target.name()),
            x_label: "scale α of the frozen source".to_owned(),
            y_label: "test accuracy (%)".to_owned(),
            markers: markers.collect(),
            curves: vec![
                curve("measured", 0, &points, false),
                curve("general covariance", 1, &theory.covariance, false),
                curve("C = I", 2, &theory.isotropic, true),
            ],
            notes: vec![
                (Key::Marker(Shape::Diamond), "α* published".to_owned()),
                (Key::Marker(Shape::Circle), "from 40 labels".to_owned()),
            ],
            ..Chart::default()
        }
    });
    charts.collect()
}

/// The numbers behind the figures, in percent.
pub fn table(measured: &[Measured], theory: &[Theory]) -> Table {
    let mut table = Table::new([
        "source",
        "target",
        "alpha",
        "accuracy",
        "deviation",
        "plain_accuracy",
        "isotropic_theory",
        "covariance_theory",
    ]);
    for (transfer, theory) in measured.iter().zip(theory) {
        for (i, (alpha, cell)) in transfer.points.iter().enumerate() {
            let names = [transfer.source, transfer.target].map(|domain| domain.name().to_owned());
            let numbers =
                [*alpha, cell.mean, cell.deviation, cell.plain, theory.isotropic[i].1, theory.covariance[i].1]
                    .map(|x| format!("{x:.4}"));
            table.push(names.into_iter().chain(numbers));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_are_the_papers_settings() {
        let config = Figure3Config::paper().unwrap();
        let protocol = &config.curve.protocol;
        assert_eq!((config.pairs.len(), config.curve.count, config.curve.range), (3, 81, [-4.0, 4.0]));
        assert_eq!((protocol.source_ridge, protocol.target_ridge, protocol.splits), (2.0, 0.1, 10));
        assert_eq!(protocol.seeds, [123, 404, 1337]);
    }
}
