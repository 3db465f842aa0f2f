//! Beyond the paper: what the published second moment of a ridge source costs, against source samples per dimension.
//!
//! Three figures: E⟨w_α, x⟩² at one α, α*, and the accuracy really reached at the α* of either form. A simulation stands
//! beside all of them.

use alpha_rmt::law::DecisionLaw;
use alpha_rmt::setting::Setting;
use alpha_rmt::simulation::{Method, Moments, Simulation, moments};
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Axis, Parameter, Spacing};
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Chart, Curve, ErrorPoint, ErrorPoints, Scale};
use crate::error::Result;
use crate::paper::cells::rounded;
use crate::paper::experiments::experiment;

/// The settings of the erratum's figures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErratumConfig {
    /// Everything but the source samples.
    pub setting: Setting,
    /// α of the second moment.
    pub alpha: f64,
    /// First and last N/p of the curves.
    pub range: [f64; 2],
    /// Number of N/p, in equal ratios.
    pub count: usize,
    /// The simulation.
    pub simulation: SimulationConfig,
}

/// The simulation's part of [`ErratumConfig`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SimulationConfig {
    /// N, one per point.
    pub source_samples: Vec<f64>,
    /// Runs per point, at least 2.
    pub runs: u64,
    /// Seed of the first point; the others count up from it.
    pub seed: u64,
}

/// What one form of the second moment says; NaN where it is undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// E⟨w_α, x⟩².
    pub second_moment: f64,
    /// α*.
    pub alpha_star: f64,
    /// The accuracy really reached at that α*: by the correct law, whatever the form.
    pub accuracy: f64,
}

/// The theory at one N.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theory {
    /// N/p.
    pub ratio: f64,
    /// The correct form.
    pub correct: Claim,
    /// The form in print.
    pub published: Claim,
}

/// The simulation at one N.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The theory there.
    pub theory: Theory,
    /// ⟨w_α, x⟩², averaged over test points in every run.
    pub second_moment: Moments,
    /// The best α of the law averaged over the runs; NaN if the source should stand alone.
    pub alpha_star: f64,
    /// Accuracy at the correct form's α*.
    pub at_correct: Moments,
    /// Accuracy at the published form's α*; of NaN where it has none.
    pub at_published: Moments,
}

impl ErratumConfig {
    /// The built-in settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn built_in() -> Result<Self> {
        experiment!("erratum.toml")
    }

    fn at(&self, source_samples: f64) -> Setting {
        Setting { source_samples, ..self.setting }
    }

    fn theory(&self, source_samples: f64) -> Result<Theory> {
        let setting = self.at(source_samples);
        let law = setting.isotropic()?.law(&setting.source(SourceForm::Correct)?)?;
        let claim = |form| -> Result<Claim> {
            let point = setting.point(Some(self.alpha), form)?;
            let accuracy = point.alpha_star.map(|star| law.at(&[star])).transpose()?.map(|here| here.accuracy());
            Ok(Claim {
                second_moment: point.second_moment.unwrap_or(f64::NAN),
                alpha_star: point.alpha_star.unwrap_or(f64::NAN),
                accuracy: accuracy.unwrap_or(f64::NAN),
            })
        };
        Ok(Theory {
            ratio: source_samples / setting.dimension,
            correct: claim(SourceForm::Correct)?,
            published: claim(SourceForm::Published)?,
        })
    }

    /// The curves.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a setting or range out of range.
    pub fn curves(&self) -> Result<Vec<Theory>> {
        let samples = self.range.map(|ratio| ratio * self.setting.dimension);
        let axis = Axis::new(Parameter::SourceSamples, samples, self.count, Spacing::Log)?;
        axis.values().iter().map(|n| self.theory(*n)).collect()
    }

    /// The simulation.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a setting out of range or counts that are not whole.
    pub fn simulate(&self) -> Result<Vec<Simulated>> {
        let points = self.simulation.source_samples.iter().zip(self.simulation.seed..);
        points.map(|(n, seed)| self.simulate_at(*n, seed)).collect()
    }

    fn simulate_at(&self, source_samples: f64, seed: u64) -> Result<Simulated> {
        let theory = self.theory(source_samples)?;
        let simulation = Simulation::new(self.at(source_samples), Method::Compressed, seed)?;
        let [second_moment, at_correct, at_published, m0, m1, k00, k01, k11] =
            moments(self.simulation.runs, |index| {
                let law = simulation.run(index)?.law;
                let accuracy = |star: f64| match star.is_nan() {
                    true => Ok(star),
                    false => law.at(&[star]).map(|here| here.accuracy()),
                };
                let (m, k) = (law.mean_coefficients(), law.variance_coefficients());
                Ok([
                    law.at(&[self.alpha])?.second_moment(),
                    accuracy(theory.correct.alpha_star)?,
                    accuracy(theory.published.alpha_star)?,
                    m[0],
                    m[1],
                    k[0],
                    k[1],
                    k[3],
                ])
            })?;
        let average = DecisionLaw::new(
            &[m0, m1].map(|moments| moments.mean()),
            &[k00, k01, k01, k11].map(|moments| moments.mean()),
        )?;
        let alpha_star = average.optimum()?.finite().map_or(f64::NAN, |weights| weights[0]);
        Ok(Simulated { theory, second_moment, alpha_star, at_correct, at_published })
    }
}

/// A point with a bar of one standard error.
fn measured(ratio: f64, scale: f64, moments: &Moments) -> ErrorPoint {
    ErrorPoint::with_error((ratio, scale * moments.mean()), scale * moments.standard_error())
}

/// What the three figures share: both forms against N/p.
fn chart(title: String, y_label: &str, curves: &[Theory], value: impl Fn(&Claim) -> f64) -> Chart {
    let curve = |label: &str, colour: usize, claim: fn(&Theory) -> &Claim| Curve {
        label: label.to_owned(),
        colour: Some(colour),
        points: curves.iter().map(|theory| (theory.ratio, value(claim(theory)))).collect(),
        ..Curve::default()
    };
    Chart {
        title,
        x_label: "source samples per dimension, N/p".to_owned(),
        y_label: y_label.to_owned(),
        x_scale: Scale::Log,
        curves: vec![curve("correct", 0, |t| &t.correct), curve("published", 1, |t| &t.published)],
        ..Chart::default()
    }
}

fn simulation(label: &str, colour: Option<usize>, points: Vec<ErrorPoint>) -> ErrorPoints {
    ErrorPoints { label: label.to_owned(), colour, points }
}

/// The figure of the second moment.
pub fn second_moment_chart(config: &ErratumConfig, curves: &[Theory], simulated: &[Simulated]) -> Chart {
    let title = format!("E⟨w, x⟩² at α = {}, by either form of E‖w̃‖²", config.alpha);
    let points = simulated.iter().map(|s| measured(s.theory.ratio, 1.0, &s.second_moment)).collect();
    Chart {
        points: vec![simulation("simulation", None, points)],
        ..chart(title, "second moment E⟨w, x⟩²", curves, |claim| claim.second_moment)
    }
}

/// The figure of α*.
pub fn alpha_chart(curves: &[Theory], simulated: &[Simulated]) -> Chart {
    let points = simulated.iter().map(|s| ErrorPoint::with_error((s.theory.ratio, s.alpha_star), 0.0)).collect();
    Chart {
        y_scale: Scale::Log,
        points: vec![simulation("best in simulation", None, points)],
        ..chart("Best scale by either form of E‖w̃‖²".to_owned(), "best scale α*", curves, |claim| {
            claim.alpha_star
        })
    }
}

/// The figure of the accuracy really reached.
pub fn accuracy_chart(curves: &[Theory], simulated: &[Simulated]) -> Chart {
    let points = |of: fn(&Simulated) -> &Moments| {
        simulated.iter().map(|s| measured(s.theory.ratio, 100.0, of(s))).collect::<Vec<_>>()
    };
    let title = "Accuracy really reached at the α* of either form".to_owned();
    let mut chart = chart(title, "test accuracy (%)", curves, |claim| 100.0 * claim.accuracy);
    chart.curves.iter_mut().for_each(|curve| curve.label = format!("at {} α*", curve.label));
    chart.points =
        vec![simulation("", Some(0), points(|s| &s.at_correct)), simulation("", Some(1), points(|s| &s.at_published))];
    chart
}

/// The numbers behind the figures: the curves, then the simulated points.
pub fn table(curves: &[Theory], simulated: &[Simulated]) -> Table {
    let claims = ["second_moment", "alpha_star", "accuracy"];
    let theory = ["correct", "published"].map(|form| claims.map(|claim| format!("{claim}_{form}"))).concat();
    let simulation = [
        "second_moment_simulated",
        "second_moment_error",
        "alpha_star_simulated",
        "accuracy_at_correct_simulated",
        "accuracy_at_correct_error",
        "accuracy_at_published_simulated",
        "accuracy_at_published_error",
    ];
    let header = std::iter::once("samples_per_dimension".to_owned()).chain(theory);
    let mut table = Table::new(header.chain(simulation.map(str::to_owned)));
    let row = |theory: &Theory| {
        let claim = |claim: &Claim| [claim.second_moment, claim.alpha_star, claim.accuracy];
        let numbers = [theory.ratio].into_iter().chain(claim(&theory.correct)).chain(claim(&theory.published));
        numbers.map(|x| rounded(x, 6)).collect::<Vec<_>>()
    };
    curves.iter().for_each(|theory| table.push(row(theory)));
    for s in simulated {
        let measured = |moments: &Moments| [rounded(moments.mean(), 6), rounded(moments.standard_error(), 4)];
        let mut cells = row(&s.theory);
        cells.extend(measured(&s.second_moment));
        cells.push(rounded(s.alpha_star, 6));
        cells.extend(measured(&s.at_correct));
        cells.extend(measured(&s.at_published));
        table.push(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulation_sides_with_the_correct_form() {
        let mut config = ErratumConfig::built_in().unwrap();
        config.simulation.source_samples = vec![200.0, 400.0, 1200.0, 12_000.0];
        let simulated = config.simulate().unwrap();
        for s in &simulated {
            let z = |theory: f64| (s.second_moment.mean() - theory) / s.second_moment.standard_error();
            assert!(z(s.theory.correct.second_moment).abs() < 4.2, "correct at N/p = {}: {s:?}", s.theory.ratio);
            assert!(z(s.theory.published.second_moment) > 4.2, "published at N/p = {}: {s:?}", s.theory.ratio);
            assert!((s.alpha_star / s.theory.correct.alpha_star - 1.0).abs() < 0.02, "{s:?}");
            let reached =
                |moments: Moments, theory: f64| (moments.mean() - theory).abs() < 4.2 * moments.standard_error();
            assert!(reached(s.at_correct, s.theory.correct.accuracy), "{s:?}");
            assert!(reached(s.at_published, s.theory.published.accuracy), "{s:?}");
            assert!(s.theory.published.accuracy < s.theory.correct.accuracy);
        }
        let curves = config.curves().unwrap();
        let csv = table(&curves, &simulated).to_csv().unwrap();
        assert_eq!(csv.lines().count(), 1 + curves.len() + simulated.len());
        assert!(accuracy_chart(&curves, &simulated).to_svg().unwrap().contains("published"));
    }
}
