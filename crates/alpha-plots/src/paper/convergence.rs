//! Beyond the paper: how fast the theory becomes exact as p grows at fixed p/N and p/n.

use alpha_rmt::setting::Setting;
use alpha_rmt::simulation::{Method, Run, Simulation, Statistic, moments};
use alpha_rmt::source::SourceForm;
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Chart, Curve, ErrorPoint, ErrorPoints, Scale};
use crate::error::Result;
use crate::paper::cells::rounded;
use crate::paper::experiments::experiment;

/// Standard errors by which a bias must differ from 0 to count as resolved.
const RESOLVED: f64 = 2.0;

/// The statistics: names in the CSV, names in the figures.
const STATISTICS: [(&str, &str); 4] =
    [("mean", "m"), ("variance", "q"), ("source_norm_squared", "‖w̃‖²"), ("accuracy", "accuracy")];

/// The settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvergenceConfig {
    /// Everything but the dimension, in proportion to which the samples grow.
    pub setting: Setting,
    /// α of mean, variance and accuracy.
    pub alpha: f64,
    /// p; p, N and n must be whole at each of them.
    pub dimensions: Vec<f64>,
    /// Pairs of mirror images at each p, at least 2.
    pub pairs: u64,
    /// Seed of the first p; the others count up from it.
    pub seed: u64,
}

/// A statistic at one p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// p.
    pub dimension: f64,
    /// Theory, the mean over all runs, and its standard error.
    pub statistic: Statistic,
    /// Standard deviation of one run.
    pub deviation: f64,
}

/// A statistic at every p.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the CSV.
    pub name: &'static str,
    /// Its name in the figures.
    pub label: &'static str,
    /// One for each p.
    pub points: Vec<Deviation>,
}

impl Deviation {
    /// Mean less theory.
    pub fn bias(&self) -> f64 {
        self.statistic.mean - self.statistic.theory.unwrap_or(f64::NAN)
    }

    /// Whether the bias differs from 0 by at least two standard errors.
    fn is_resolved(&self) -> bool {
        self.bias().abs() >= RESOLVED * self.statistic.standard_error
    }
}

impl Series {
    /// Slope of log |bias| on log p over the resolved points, each weighted by its precision; none with fewer than two.
    pub fn bias_slope(&self) -> Option<f64> {
        let resolved = self.points.iter().filter(|point| point.is_resolved());
        // The standard error of log |b| is that of b over |b|.
        let weighted = resolved.map(|p| (p.dimension, p.bias().abs(), (p.bias() / p.statistic.standard_error).powi(2)));
        log_slope(&weighted.collect::<Vec<_>>())
    }

    /// Slope of the logarithm of one run's deviation on log p.
    pub fn deviation_slope(&self) -> Option<f64> {
        let points = self.points.iter().map(|point| (point.dimension, point.deviation, 1.0));
        log_slope(&points.collect::<Vec<_>>())
    }
}

/// Slope of log y on log x by least squares, from x, y and weight; none with fewer than two points.
fn log_slope(points: &[(f64, f64, f64)]) -> Option<f64> {
    let total: f64 = points.iter().map(|p| p.2).sum();
    let mean = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(|p| p.2 * of(p).ln()).sum::<f64>() / total;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let product: f64 = points.iter().map(|p| p.2 * (p.0.ln() - x) * (p.1.ln() - y)).sum();
    let square: f64 = points.iter().map(|p| p.2 * (p.0.ln() - x).powi(2)).sum();
    (points.len() > 1).then(|| product / square).filter(|slope| slope.is_finite())
}

impl ConvergenceConfig {
    /// The built-in settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn built_in() -> Result<Self> {
        experiment!("convergence.toml")
    }

    /// Simulates every statistic at every p.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a setting out of range or counts that are not whole.
    pub fn measure(&self) -> Result<Vec<Series>> {
        let mut series = STATISTICS.map(|(name, label)| Series { name, label, points: Vec::new() });
        for (dimension, seed) in self.dimensions.iter().zip(self.seed..) {
            for (series, point) in series.iter_mut().zip(self.measure_at(*dimension, seed)?) {
                series.points.push(point);
            }
        }
        Ok(series.into())
    }

    fn measure_at(&self, dimension: f64, seed: u64) -> Result<[Deviation; 4]> {
        let scale = dimension / self.setting.dimension;
        let setting = Setting {
            dimension,
            source_samples: scale * self.setting.source_samples,
            target_samples: scale * self.setting.target_samples,
            ..self.setting
        };
        let source = setting.source(SourceForm::Correct)?;
        let theory = self.statistics(&Run { law: setting.isotropic()?.law(&source)?, source })?;
        let simulation = Simulation::new(setting, Method::Compressed, seed)?;
        // Means over the two images, which have deviations of order 1/p and so resolve a bias of order 1/p with the same
        // number of pairs at every p; then the first images alone.
        let [m, q, norm, accuracy, deviations @ ..]: [_; 8] = moments(self.pairs, |index| {
            let [[m, q, norm, accuracy], other] = {
                let [run, image] = simulation.mirrored(index)?;
                [self.statistics(&run)?, self.statistics(&image)?]
            };
            let both = |one: f64, i: usize| 0.5 * (one + other[i]);
            Ok([both(m, 0), both(q, 1), both(norm, 2), both(accuracy, 3), m, q, norm, accuracy])
        })?;
        let means = [m, q, norm, accuracy];
        Ok([0, 1, 2, 3].map(|i| {
            let bias = Statistic::allowance(deviations[i].deviation(), dimension);
            let statistic = Statistic::new(STATISTICS[i].0, Some(theory[i]), means[i], bias);
            Deviation { dimension, statistic, deviation: deviations[i].deviation() }
        }))
    }

    /// The statistics of one run, or of the theory in the form of one.
    fn statistics(&self, run: &Run) -> alpha_rmt::Result<[f64; 4]> {
        let here = run.law.at(&[self.alpha])?;
        Ok([here.mean, here.variance, run.source.gram()[0], here.accuracy()])
    }
}

/// What both figures share; `guide` is a power of p and its name.
fn chart(title: &str, y_label: &str, guide: (i32, &str), points: Vec<ErrorPoints>) -> Chart {
    let exponent = f64::from(guide.0) / 2.0;
    let all = || points.iter().flat_map(|series| &series.points).map(|point| point.at);
    let ends = all().fold([f64::INFINITY, 0.0], |[low, high], (p, _)| [low.min(p), high.max(p)]);
    // Just above all points.
    let height = 2.0 * all().map(|(p, y)| y / p.powf(exponent)).fold(0.0, f64::max);
    Chart {
        title: title.to_owned(),
        x_label: "dimension p".to_owned(),
        y_label: y_label.to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        curves: vec![Curve {
            label: guide.1.to_owned(),
            points: ends.map(|p| (p, height * p.powf(exponent))).to_vec(),
            dashed: true,
            ..Curve::default()
        }],
        points,
        ..Chart::default()
    }
}

/// A series as points.
fn points(series: &[Series], point: impl Fn(&Deviation) -> ErrorPoint) -> Vec<ErrorPoints> {
    let of = |(colour, series): (usize, &Series)| ErrorPoints {
        label: series.label.to_owned(),
        colour: Some(colour),
        points: series.points.iter().map(&point).collect(),
    };
    series.iter().enumerate().map(of).collect()
}

/// The figure of the bias.
pub fn bias_chart(series: &[Series]) -> Chart {
    let points = points(series, |point| ErrorPoint {
        open: !point.is_resolved(),
        ..ErrorPoint::with_error((point.dimension, point.bias().abs()), point.statistic.standard_error)
    });
    chart("Finite-size bias |mean − theory|", "|bias|", (-2, "slope −1"), points)
}

/// The figure of one run's deviation.
pub fn deviation_chart(series: &[Series]) -> Chart {
    let points = points(series, |point| ErrorPoint::with_error((point.dimension, point.deviation), 0.0));
    chart("Standard deviation of one run", "standard deviation", (-1, "slope −1/2"), points)
}

/// The numbers behind the figures.
pub fn table(series: &[Series]) -> Table {
    let mut table = Table::new(["p", "statistic", "theory", "mean", "standard_error", "bias", "z", "deviation"]);
    for series in series {
        for point in &series.points {
            let s = &point.statistic;
            let head = [point.dimension.to_string(), s.name.to_owned(), rounded(s.theory.unwrap_or(f64::NAN), 10)];
            let measured = [rounded(s.mean, 6)];
            let rest = [s.standard_error, point.bias(), s.z.unwrap_or(f64::NAN), point.deviation];
            table.push(head.into_iter().chain(measured).chain(rest.map(|x| rounded(x, 4))));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bias_falls_as_one_over_the_dimension() {
        let mut config = ConvergenceConfig::built_in().unwrap();
        config.dimensions = vec![100.0, 1000.0, 20_000.0, 1_000_000.0];
        config.pairs = 3000;
        let series = config.measure().unwrap();
        for s in series.iter().filter(|s| s.name != "source_norm_squared") {
            let slope = s.bias_slope().unwrap();
            assert!((slope + 1.0).abs() < 0.05, "bias of {}: slope {slope}", s.name);
        }
        for s in &series {
            let slope = s.deviation_slope().unwrap();
            assert!((slope + 0.5).abs() < 0.02, "deviation of {}: slope {slope}", s.name);
        }
        let csv = table(&series).to_csv().unwrap();
        assert_eq!(csv.lines().count(), 1 + 4 * 4);
        assert!(bias_chart(&series).to_svg().unwrap().contains("slope −1"));
    }
}
