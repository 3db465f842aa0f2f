//! Figure 6: histograms of the decision function on either class, and the Gaussians of Theorem 4.2.

use alpha_linear::amazon::figure6::{self, Draws, Scores};
use alpha_linear::amazon::table1::Table1Config;
use alpha_linear::amazon::{Amazon, Domain};
use alpha_rmt::law::Decision;
use alpha_rmt::setting::Setting;
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Bars, Chart, Curve};
use crate::error::Result;
use crate::paper::cells::rounded;
use crate::paper::experiments::experiment;

/// The settings of Figure 6.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure6Config {
    /// α, one per column.
    pub alphas: Vec<f64>,
    /// β, one per row of the synthetic half.
    pub alignments: Vec<f64>,
    /// Training sets for each β.
    pub sets: usize,
    /// Test samples for each training set.
    pub tests: usize,
    /// Seed of the synthetic half.
    pub seed: u64,
    /// Source and target, one pair per row of the half on the reviews.
    pub pairs: Vec<(Domain, Domain)>,
    /// Everything but β of the synthetic half.
    pub setting: Setting,
    /// How the half on the reviews is measured.
    pub protocol: Table1Config,
}

/// One chart in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What the data are.
    pub data: String,
    /// The decision function at one α.
    pub scores: Scores,
}

impl Figure6Config {
    /// The paper's settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn paper() -> Result<Self> {
        experiment!("figure6.toml")
    }

    /// The synthetic half: β by rows, α by columns.
    ///
    /// # Errors
    /// [`crate::Error::Linear`] for a setting out of range.
    pub fn synthetic(&self) -> Result<Vec<Panel>> {
        let mut panels = Vec::new();
        for &alignment in &self.alignments {
            let setting = Setting { alignment, ..self.setting };
            let draws = Draws { sets: self.sets, tests: self.tests, seed: self.seed };
            let data = format!("β = {alignment}");
            let all = figure6::synthetic(&setting, &self.alphas, draws)?;
            panels.extend(all.into_iter().map(|scores| Panel { data: data.clone(), scores }));
        }
        Ok(panels)
    }

    /// The half on the reviews: pairs by rows, α by columns.
    ///
    /// # Errors
    /// [`crate::Error::Linear`] if a measurement is refused.
    pub fn on_amazon(&self, amazon: &Amazon) -> Result<Vec<Panel>> {
        let mut panels = Vec::new();
        for &(source, target) in &self.pairs {
            let data = format!("{} → {}", source.name(), target.name());
            let all = figure6::on_amazon(amazon, (source, target), &self.protocol, &self.alphas)?;
            panels.extend(all.into_iter().map(|scores| Panel { data: data.clone(), scores }));
        }
        Ok(panels)
    }
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    [mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt()]
}

/// The chart: a histogram for either class, and the Gaussians.
pub fn chart(panel: &Panel) -> Chart {
    const BARS: usize = 48;
    const POINTS: usize = 241;
    let Scores { alpha, classes, isotropic, covariance } = &panel.scores;
    // Four standard deviations of either class, by the measurement.
    let ends = classes.iter().map(|values| moments(values));
    let reach = ends.map(|[mean, deviation]| mean.abs() + 4.0 * deviation).fold(0.0, f64::max);
    let gaussian = |decision: &Decision, sign: f64| -> Vec<(f64, f64)> {
        let deviation = decision.variance.sqrt();
        let density = |x: f64| {
            let t = (x - sign * decision.mean) / deviation;
            (x, (-0.5 * t * t).exp() / (deviation * std::f64::consts::TAU.sqrt()))
        };
        spaced([-reach, reach], POINTS, Spacing::Linear).into_iter().map(density).collect()
    };
    let mut curves = Vec::new();
    for (class, sign) in [-1.0, 1.0].into_iter().enumerate() {
        let name = ["class −1", "class +1"][class].to_owned();
        let best = covariance.as_ref().unwrap_or(isotropic);
        curves.push(Curve { label: name, colour: Some(class), points: gaussian(best, sign), dashed: false });
    }
    if covariance.is_some() {
        for (sign, label) in [(-1.0, "C = I"), (1.0, "")] {
            let label = label.to_owned();
            curves.push(Curve { label, colour: None, points: gaussian(isotropic, sign), dashed: true });
        }
    }
    let bars = classes.iter().enumerate();
    Chart {
        title: format!("{}, α = {alpha}", panel.data),
        x_label: "decision function ⟨w, x⟩".to_owned(),
        y_label: "density".to_owned(),
        bars: bars.map(|(class, values)| Bars::density(values, [-reach, reach], BARS, Some(class))).collect(),
        curves,
        ..Chart::default()
    }
}

/// Mean and standard deviation of either class, measured and by theory.
pub fn table(panels: &[Panel]) -> Table {
    let mut table = Table::new([
        "data",
        "alpha",
        "class",
        "mean",
        "deviation",
        "isotropic_mean",
        "isotropic_deviation",
        "covariance_mean",
        "covariance_deviation",
    ]);
    for Panel { data, scores } in panels {
        for (values, sign) in scores.classes.iter().zip([-1.0, 1.0]) {
            let decision = |d: &Decision| [sign * d.mean, d.variance.sqrt()];
            let theory = [Some(scores.isotropic), scores.covariance].map(|d| d.as_ref().map(decision));
            let cells = [Some(moments(values))].into_iter().chain(theory).flat_map(|pair| match pair {
                Some(pair) => pair.map(|x| rounded(x, 5)),
                None => [String::new(), String::new()],
            });
            let place = [data.clone(), scores.alpha.to_string(), format!("{sign:+}")];
            table.push(place.into_iter().chain(cells));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_of_both_classes_lie_under_the_gaussians() {
        let config = Figure6Config::paper().unwrap();
        let s = config.setting;
        assert_eq!((s.source_samples, s.target_samples, s.dimension), (5000.0, 200.0, 400.0));
        assert_eq!((s.source_norm, s.orthogonal_norm, s.source_ridge, s.target_ridge), (1.5, 1.0, 1.0, 1.0));
        assert_eq!((config.alphas.as_slice(), config.alignments.as_slice()), (&[0.1, 1.0, 10.0][..], &[0.3, 0.8][..]));
        assert_eq!((config.protocol.source_samples, config.protocol.target_samples), (2000, 100));
        let panels = Figure6Config { sets: 2, alignments: vec![0.8], ..config }.synthetic().unwrap();
        assert_eq!(panels.len(), 3);
        for panel in &panels {
            let chart = chart(panel);
            assert_eq!((chart.bars.len(), chart.curves.len()), (2, 2));
            for (bars, curve) in chart.bars.iter().zip(&chart.curves) {
                let area: f64 =
                    bars.edges.windows(2).zip(&bars.heights).map(|(ends, height)| (ends[1] - ends[0]) * height).sum();
                assert!((0.99..=1.0 + 1e-12).contains(&area), "{area}");
                let gaussian: f64 = curve.points.windows(2).map(|ends| (ends[1].0 - ends[0].0) * ends[0].1).sum();
                assert!((gaussian - 1.0).abs() < 0.01, "{gaussian}");
                // Where one is high, so is the other.
                let top =
                    |points: &mut dyn Iterator<Item = (f64, f64)>| points.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                let measured = top(&mut bars.edges.iter().copied().zip(bars.heights.iter().copied()));
                let expected = top(&mut curve.points.iter().copied());
                assert!((measured.1 / expected.1 - 1.0).abs() < 0.15, "{measured:?} against {expected:?}");
            }
        }
        assert_eq!(table(&panels).rows().len(), 6);
    }
}
