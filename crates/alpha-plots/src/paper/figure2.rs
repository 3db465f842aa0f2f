//! Figure 2: the best scale α* against the alignment, for a ridge source and for an arbitrary one.

use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{SourceForm, Sources};
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::training::Training;
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Chart, Curve};
use crate::error::Result;
use crate::paper::cells::exact;
use crate::paper::experiments::experiment;

/// The settings of Figure 2 and its companion.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure2Config {
    /// A ridge source.
    pub ridge: RidgeFigure,
    /// An arbitrary source.
    pub given: GivenFigure,
}

/// α* against β for a ridge source, one line per dimension.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RidgeFigure {
    /// Everything but the dimension and the alignment.
    pub setting: Setting,
    /// p, one per line.
    pub dimensions: Vec<f64>,
    /// Number of β in [0, 1], at least 2.
    pub count: usize,
}

/// α* against ⟨w̃, μ_β⟩ for an arbitrary source, one line per ridge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenFigure {
    /// η = p/n.
    pub aspect_ratio: f64,
    /// ‖μ_β‖.
    pub target_norm: f64,
    /// ‖w̃‖.
    pub source_norm: f64,
    /// γ, one per line.
    pub ridges: Vec<f64>,
    /// First and last ⟨w̃, μ_β⟩.
    pub range: [f64; 2],
    /// Number of them, at least 2.
    pub count: usize,
}

/// A line of α*.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// η or γ.
    pub parameter: f64,
    /// β or ⟨w̃, μ_β⟩, and α* there; NaN where the published form has none.
    pub points: Vec<(f64, f64)>,
}

impl Figure2Config {
    /// The paper's settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn paper() -> Result<Self> {
        experiment!("figure2.toml")
    }
}

impl RidgeFigure {
    /// The lines in one form of the source's second moment.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a setting out of range.
    pub fn lines(&self, form: SourceForm) -> Result<Vec<Line>> {
        let line = |dimension: f64| {
            let points = spaced([0.0, 1.0], self.count, Spacing::Linear).into_iter().map(|alignment| {
                let point = Setting { dimension, alignment, ..self.setting }.point(None, form)?;
                Ok((alignment, point.alpha_star.unwrap_or(f64::NAN)))
            });
            let parameter = dimension / self.setting.target_samples;
            Ok(Line { parameter, points: points.collect::<Result<_>>()? })
        };
        self.dimensions.iter().copied().map(line).collect()
    }
}

impl GivenFigure {
    /// The lines.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a value out of range.
    pub fn lines(&self) -> Result<Vec<Line>> {
        let line = |ridge: f64| {
            let mean_norm_squared = self.target_norm * self.target_norm;
            // Only the ratio of the two counts.
            let (dimension, training) = (self.aspect_ratio, Training { samples: 1.0, ridge });
            let target = Isotropic::new(Target { dimension, mean_norm_squared, training })?;
            let points = spaced(self.range, self.count, Spacing::Linear).into_iter().map(|product| {
                let source = Sources::given(&[product], &[self.source_norm * self.source_norm])?;
                Ok((product, target.optimal_weights(&source)?[0]))
            });
            Ok(Line { parameter: ridge, points: points.collect::<Result<_>>()? })
        };
        self.ridges.iter().copied().map(line).collect()
    }
}

fn chart(title: &str, x_label: &str, symbol: &str, lines: &[Line]) -> Chart {
    let curves = lines.iter().enumerate().map(|(colour, line)| Curve {
        label: format!("{symbol} = {}", line.parameter),
        colour: Some(colour),
        points: line.points.clone(),
        ..Curve::default()
    });
    Chart {
        title: title.to_owned(),
        x_label: x_label.to_owned(),
        y_label: "best scale α*".to_owned(),
        curves: curves.collect(),
        ..Chart::default()
    }
}

/// The figure for a ridge source.
pub fn ridge_chart(lines: &[Line], form: SourceForm) -> Chart {
    let title = match form {
        SourceForm::Correct => "Best scale, ridge source",
        SourceForm::Published => "Best scale, ridge source, as published",
    };
    chart(title, "alignment β", "η", lines)
}

/// The figure for an arbitrary source.
pub fn given_chart(lines: &[Line]) -> Chart {
    chart("Best scale, arbitrary source of unit norm", "alignment ⟨w̃, μᵦ⟩", "γ", lines)
}

/// The numbers behind both figures.
///
/// # Errors
/// As the lines.
pub fn table(config: &Figure2Config) -> Result<Table> {
    let mut table = Table::new(["source", "eta", "ridge", "x", "alpha_star"]);
    let mut add = |source: &str, eta: f64, ridge: f64, line: &Line| {
        for (x, star) in &line.points {
            table.push([source.to_owned(), eta.to_string(), ridge.to_string(), x.to_string(), exact(*star)]);
        }
    };
    for (name, form) in [("ridge, correct", SourceForm::Correct), ("ridge, published", SourceForm::Published)] {
        for line in config.ridge.lines(form)? {
            add(name, line.parameter, config.ridge.setting.target_ridge, &line);
        }
    }
    for line in config.given.lines()? {
        add("given", config.given.aspect_ratio, line.parameter, &line);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_star_rises_with_the_alignment_from_zero() {
        let config = Figure2Config::paper().unwrap();
        let correct = config.ridge.lines(SourceForm::Correct).unwrap();
        assert_eq!(correct.iter().map(|line| line.parameter).collect::<Vec<_>>(), [0.01, 0.1, 1.0, 10.0]);
        for line in correct.iter().chain(&config.ridge.lines(SourceForm::Published).unwrap()) {
            assert_eq!(line.points.len(), 200);
            assert_eq!(line.points[0], (0.0, 0.0));
            assert!(line.points.windows(2).all(|w| w[0].1 < w[1].1), "η = {}", line.parameter);
        }
        let given = config.given.lines().unwrap();
        assert_eq!(given.len(), 6);
        for (weak, strong) in given.iter().zip(&given[1..]) {
            assert!(weak.points.iter().zip(&strong.points).all(|(a, b)| a.1 > b.1), "a larger ridge needs less source");
        }
        // At x = 1 the source is μ_β itself; with λ = 2 + g the closed form is η(1+g)/(g[λ − (λ−η)]) = (1+g)/g at η = 1.
        let ridge = given[3].parameter;
        let g = (ridge + (ridge * ridge + 4.0 * ridge).sqrt()) / 2.0;
        assert!((given[3].points[199].1 - (1.0 + g) / g).abs() < 1e-12);
    }
}
