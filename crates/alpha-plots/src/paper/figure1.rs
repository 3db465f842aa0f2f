//! Figure 1: theoretical test accuracy Φ(|m|/√q) against α, one curve per alignment β.

use alpha_rmt::Error::Variance;
use alpha_rmt::setting::{Point, Setting};
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Chart, Curve, Key, Level, Marker, Shape};
use crate::error::Result;
use crate::paper::cells::exact;
use crate::paper::experiments::experiment;

/// The settings of Figure 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure1Config {
    /// Everything but the alignment.
    pub setting: Setting,
    /// β, one per curve.
    pub alignments: Vec<f64>,
    /// First and last α.
    pub range: [f64; 2],
    /// Number of α, at least 2.
    pub count: usize,
}

/// One curve in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyCurve {
    /// β.
    pub alignment: f64,
    /// α*, ᾱ and the accuracies there.
    pub point: Point,
    /// α and Φ(|m|/√q); NaN where the published form has no law.
    pub points: Vec<(f64, f64)>,
}

impl Figure1Config {
    /// The paper's settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn paper() -> Result<Self> {
        experiment!("figure1.toml")
    }

    /// The curves in one form of the source's second moment.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a setting out of range.
    pub fn curves(&self, form: SourceForm) -> Result<Vec<AccuracyCurve>> {
        self.alignments
            .iter()
            .map(|&alignment| {
                let setting = Setting { alignment, ..self.setting };
                let law = setting.isotropic()?.law(&setting.source(form)?)?;
                let points =
                    spaced(self.range, self.count, Spacing::Linear).into_iter().map(|alpha| match law.at(&[alpha]) {
                        Ok(decision) => Ok((alpha, decision.accuracy().max(1.0 - decision.accuracy()))),
                        Err(Variance { .. }) => Ok((alpha, f64::NAN)),
                        Err(error) => Err(error.into()),
                    });
                Ok(AccuracyCurve {
                    alignment,
                    point: setting.point(None, form)?,
                    points: points.collect::<Result<_>>()?,
                })
            })
            .collect()
    }
}

/// The figure.
pub fn chart(curves: &[AccuracyCurve], form: SourceForm) -> Chart {
    let mut chart = Chart {
        title: match form {
            SourceForm::Correct => "Theoretical accuracy",
            SourceForm::Published => "Theoretical accuracy, as published",
        }
        .to_owned(),
        x_label: "scale α of the frozen source".to_owned(),
        y_label: "test accuracy (%)".to_owned(),
        notes: marker_notes(),
        ..Chart::default()
    };
    for (colour, curve) in curves.iter().enumerate() {
        chart.curves.push(Curve {
            label: format!("β = {}", curve.alignment),
            colour: Some(colour),
            points: curve.points.iter().map(|(alpha, accuracy)| (*alpha, 100.0 * accuracy)).collect(),
            ..Curve::default()
        });
        let p = &curve.point;
        for (alpha, accuracy, shape) in [
            (p.alpha_star, p.accuracy_at_alpha_star, Shape::Diamond),
            (p.alpha_worst, Some(0.5), Shape::Cross),
            (Some(1.0), p.accuracy_at_1, Shape::OpenDiamond),
        ] {
            if let (Some(alpha), Some(accuracy)) = (alpha, accuracy) {
                chart.markers.push(Marker { at: (alpha, 100.0 * accuracy), colour: Some(colour), shape });
            }
        }
    }
    // α = 0 depends on β only through ‖μ_β‖, which may be the same for all.
    let mut levels: Vec<f64> = curves.iter().filter_map(|c| c.point.accuracy_at_0).collect();
    levels.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    let shared = levels.len() == 1;
    chart.levels = (0..levels.len()).map(|i| Level { y: 100.0 * levels[i], colour: (!shared).then_some(i) }).collect();
    chart
}

/// Legend entries of the markers that every accuracy figure has.
pub fn marker_notes() -> Vec<(Key, String)> {
    let markers = [(Shape::Diamond, "α*"), (Shape::OpenDiamond, "α = 1"), (Shape::Cross, "ᾱ")];
    let markers = markers.into_iter().map(|(shape, words)| (Key::Marker(shape), words.to_owned()));
    markers.chain([(Key::Level, "α = 0".to_owned())]).collect()
}

/// The numbers behind the figure, both forms.
///
/// # Errors
/// As [`Figure1Config::curves`].
pub fn table(config: &Figure1Config) -> Result<Table> {
    let mut table = Table::new(["form", "beta", "alpha", "accuracy"]);
    for (name, form) in [("correct", SourceForm::Correct), ("published", SourceForm::Published)] {
        for curve in config.curves(form)? {
            for (alpha, accuracy) in curve.points {
                table.push([name.to_owned(), curve.alignment.to_string(), alpha.to_string(), exact(accuracy)]);
            }
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_on_the_curves() {
        let config = Figure1Config::paper().unwrap();
        for form in [SourceForm::Correct, SourceForm::Published] {
            let curves = config.curves(form).unwrap();
            assert_eq!(curves.iter().map(|c| c.alignment).collect::<Vec<_>>(), [0.2, 0.5, 0.9]);
            for curve in &curves {
                assert_eq!(curve.points.len(), 1000);
                let (best, highest) = *curve.points.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                let (worst, lowest) = *curve.points.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                let step = 20.0 / 999.0;
                assert!((best - curve.point.alpha_star.unwrap()).abs() <= step, "β = {}", curve.alignment);
                assert!((worst - curve.point.alpha_worst.unwrap()).abs() <= step, "β = {}", curve.alignment);
                assert!(highest <= curve.point.accuracy_at_alpha_star.unwrap());
                assert!((0.5..0.51).contains(&lowest));
            }
            let chart = chart(&curves, form);
            assert_eq!((chart.curves.len(), chart.markers.len(), chart.levels.len()), (3, 9, 1));
        }
    }
}
