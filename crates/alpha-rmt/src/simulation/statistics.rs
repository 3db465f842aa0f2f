//! What `simulate` reports: each statistic of the theory beside its mean over simulated runs.

use serde::Serialize;

use super::{Simulation, moments};
use crate::check::require;
use crate::error::{Error, Result};
use crate::source::SourceForm;

/// Running mean and sum of squares around it (Welford's recursion).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Takes in one more value.
    pub(crate) fn push(&mut self, value: f64) {
        self.merge(Self { count: 1.0, mean: value, squares: 0.0 });
    }

    /// Takes in all the values of another.
    pub(crate) fn merge(&mut self, other: Self) {
        let count = self.count + other.count;
        if count > 0.0 {
            let step = other.mean - self.mean;
            self.mean += step * other.count / count;
            self.squares += other.squares + step * step * self.count * other.count / count;
            self.count = count;
        }
    }

    /// Mean of the values; 0 before the first.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation of the values; 0 before the second.
    pub fn deviation(&self) -> f64 {
        if self.count > 1.0 { (self.squares / (self.count - 1.0)).sqrt() } else { 0.0 }
    }

    /// Standard error of the mean; 0 before the second value.
    pub fn standard_error(&self) -> f64 {
        if self.count > 1.0 { self.deviation() / self.count.sqrt() } else { 0.0 }
    }
}

/// A statistic in theory and simulation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Statistic {
    /// Its name, as in the JSON of `alpha-rmt simulate`.
    pub name: &'static str,
    /// The asymptotic theory; `None` where the published form leaves it undefined.
    pub theory: Option<f64>,
    /// Mean over the runs.
    pub mean: f64,
    /// Standard error of that mean.
    pub standard_error: f64,
    /// (mean − theory)/standard error; of order 1 as long as the finite-size bias is below the noise.
    pub z: Option<f64>,
    /// What the finite-size bias of the theory may be, [`Statistic::allowance`].
    pub bias: f64,
}

impl Statistic {
    /// Sets the moments of the simulated values beside the theory, whose finite-size bias may be `bias`.
    pub fn new(name: &'static str, theory: Option<f64>, moments: Moments, bias: f64) -> Self {
        let (mean, standard_error) = (moments.mean(), moments.standard_error());
        let z = theory.map(|theory| (mean - theory) / standard_error).filter(|z| z.is_finite());
        Self { name, theory, mean, standard_error, z, bias }
    }

    /// What the finite-size bias may be in `dimension` features, where one run has this standard deviation: twice the deviation
    /// over √p. Of whatever fluctuates a run shows a share of the order 1/√p, and the theory misses one of the order 1/p; over
    /// the settings of docs/theory.md §7 the bias was at most 1.7 times the deviation over √p.
    pub fn allowance(deviation: f64, dimension: f64) -> f64 {
        2.0 * deviation / dimension.sqrt()
    }

    /// Whether the mean is beyond its noise, |z| > 3, and the finite-size bias alone can be why: without `bias` |z| would be at
    /// most 3.
    pub fn is_finite_size(&self) -> bool {
        let off = self.theory.map_or(0.0, |theory| (self.mean - theory).abs());
        Self::is_explained(off, self.standard_error, self.bias)
    }

    /// Whether a difference is beyond three standard errors, but not when the bias is taken off it.
    pub(crate) fn is_explained(off: f64, standard_error: f64, bias: f64) -> bool {
        off > NOISE * standard_error && off <= NOISE * standard_error + bias
    }
}

/// |z| beyond which a difference is more than noise.
const NOISE: f64 = 3.0;

/// The one statistic that needs an α*.
const AT_STAR: &str = "accuracy_at_alpha_star";

/// Simulates `runs` runs and sets them beside the theory in the given form, at scale `alpha` (α* of that form if `None`).
///
/// # Errors
/// [`Error::Parameter`] for fewer than 2 runs or an α that is not finite; [`Error::Undefined`] if α* is asked for where the
/// published form has none; otherwise as [`Simulation::run`]. At a given α a missing α* only leaves out its statistic.
///
/// ```
/// use alpha_rmt::simulation::{Method, Simulation, compare};
/// # use alpha_rmt::setting::Setting;
/// # use alpha_rmt::source::SourceForm;
/// let setting = Setting {
///     source_samples: 5000.0, target_samples: 200.0, dimension: 400.0,
///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
/// };
/// let simulation = Simulation::new(setting, Method::Compressed, 1)?;
/// let statistics = compare(&simulation, 200, None, SourceForm::Correct)?;
/// assert!(statistics.iter().all(|s| s.z.unwrap().abs() < 4.0));
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
pub fn compare(simulation: &Simulation, runs: u64, alpha: Option<f64>, form: SourceForm) -> Result<Vec<Statistic>> {
    require("runs", runs as f64, runs >= 2, "at least 2")?;
    let setting = simulation.setting();
    let point = setting.point(alpha, form)?;
    let source = setting.source(form)?;
    let here = alpha.or(point.alpha_star).ok_or(Error::Undefined { quantity: "α*" })?;
    let star = point.alpha_star.unwrap_or(here);

    let theory: [(&str, Option<f64>); 10] = [
        ("source_alignment", Some(source.products()[0])),
        ("source_norm_squared", Some(source.gram()[0])),
        ("mean", point.mean),
        ("variance", point.variance),
        ("second_moment", point.second_moment),
        ("accuracy", point.accuracy),
        ("accuracy_at_0", point.accuracy_at_0),
        ("accuracy_at_1", point.accuracy_at_1),
        (AT_STAR, point.accuracy_at_alpha_star),
        ("accuracy_source_only", point.accuracy_source_only),
    ];
    let measured = moments(runs, |index| {
        let run = simulation.run(index)?;
        let at = |weight: f64| run.law.at(&[weight]);
        let decision = at(here)?;
        // A simulated source has a positive norm.
        let alone = run.source.accuracy(0)?.unwrap_or(0.5);
        Ok([
            run.source.products()[0],
            run.source.gram()[0],
            decision.mean,
            decision.variance,
            decision.second_moment(),
            decision.accuracy(),
            at(0.0)?.accuracy(),
            at(1.0)?.accuracy(),
            at(star)?.accuracy(),
            alone,
        ])
    })?;
    let defined = |(name, _): &(&str, _)| *name != AT_STAR || point.alpha_star.is_some();
    Ok(theory
        .into_iter()
        .zip(measured)
        .filter(|(theory, _)| defined(theory))
        .map(|((name, theory), moments)| {
            let bias = Statistic::allowance(moments.deviation(), setting.dimension);
            Statistic::new(name, theory, moments, bias)
        })
        .collect())
}
