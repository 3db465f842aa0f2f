//! Joint choice of the ridges and the weights: (γ, α) for given sources, (γ̃, γ, α) for a ridge-trained one; and the
//! accuracy's derivatives in them.
//!
//! For any weights and ridges the best α is in closed form, so that γ remains, and γ̃ outside it: one-dimensional
//! searches over ln γ with analytic derivatives (the best weights' own motion does not count, by the envelope theorem).
//! At C = I nothing is left to search: see [`Isotropic::best_separation`](crate::isotropic::Isotropic::best_separation).

use crate::check::{positive, representable, require};
use crate::covariance::{RidgeTraining, SpectralSource, SpectralTarget, Tangent};
use crate::error::Result;
use crate::labels::Labels;
use crate::law::Optimum;
use crate::setting::Setting;
use crate::source::SourceForm;
use crate::training::Training;

/// Derivatives of the test accuracy in the hyper-parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gradient {
    /// ∂/∂α.
    pub alpha: f64,
    /// ∂/∂γ̃.
    pub source_ridge: f64,
    /// ∂/∂γ.
    pub target_ridge: f64,
}

impl Gradient {
    /// Refuses a derivative that over- or underflowed.
    fn checked(self) -> Result<Self> {
        representable("the derivative in α", self.alpha)?;
        representable("the derivative in γ̃", self.source_ridge)?;
        representable("the derivative in γ", self.target_ridge)?;
        Ok(self)
    }
}

/// The best choice found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// γ.
    pub target_ridge: f64,
    /// γ̃, if it was searched.
    pub source_ridge: Option<f64>,
    /// α.
    pub optimum: Optimum,
    /// Test accuracy there.
    pub accuracy: f64,
}

/// A target and the data of its ridge-trained source, in one eigenbasis, with nothing chosen yet.
///
/// ```
/// use alpha_rmt::{training::Training, tuning::{RidgeRange, Transfer}};
/// let eigenvalues: Vec<f64> = (1..=20).map(|i| 2.0 / f64::from(i)).collect();
/// let mean: Vec<f64> = eigenvalues.iter().map(|s| 0.3 * s).collect();
/// let transfer = Transfer {
///     eigenvalues: &eigenvalues, mean: &mean, samples: 10.0,
///     source_eigenvalues: &[1.0; 20], source_mean: &mean, source_samples: 50.0,
/// };
/// let range = RidgeRange { least: 1e-3, most: 1e3 };
/// let best = transfer.best_ridges(range, range)?;
/// let law = transfer.target(1.0)?.law(Training { samples: 10.0, ridge: 1.0 })?; // γ̃ = γ = 1
/// assert!(best.accuracy > law.at_optimum(&law.optimum()?)?.accuracy());
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transfer<'a> {
    /// Eigenvalues of the target's covariance, p of them, each ≥ 0.
    pub eigenvalues: &'a [f64],
    /// μ_β, p entries.
    pub mean: &'a [f64],
    /// n > 0.
    pub samples: f64,
    /// Eigenvalues of the source's covariance, p of them, each ≥ 0, in the order of the same eigenvectors.
    pub source_eigenvalues: &'a [f64],
    /// μ, p entries.
    pub source_mean: &'a [f64],
    /// N > 0.
    pub source_samples: f64,
}

/// A range of ridges to search, both ends positive and included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RidgeRange {
    /// The least ridge.
    pub least: f64,
    /// The largest ridge, at least the least.
    pub most: f64,
}

impl Setting {
    /// Derivatives of the accuracy at scale α in α, γ̃ and γ, correct form.
    ///
    /// # Errors
    /// As [`Setting::point`].
    ///
    /// ```
    /// # use alpha_rmt::setting::Setting;
    /// let setting = Setting {
    ///     source_samples: 5000.0, target_samples: 200.0, dimension: 400.0,
    ///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
    /// };
    /// let gradient = setting.gradient(1.8384115479)?; // at α*
    /// assert!(gradient.alpha.abs() < 1e-10 && gradient.target_ridge > 0.0);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn gradient(&self, alpha: f64) -> Result<Gradient> {
        let (target, sources) = (self.isotropic()?, self.source(SourceForm::Correct)?);
        let law = target.law(&sources)?;
        let decision = law.at(&[alpha])?;
        let [by_target, by_source] =
            [target.slope(&sources, &law)?, target.slope_in_source(&self.source_slope()?, &law)?]
                .map(|slope| slope.forms(|i| if i == 0 { 1.0 } else { alpha }));
        Gradient {
            alpha: law.gradient(&[alpha])?[0],
            source_ridge: decision.accuracy_slope(by_source.0, by_source.1),
            target_ridge: decision.accuracy_slope(by_target.0, by_target.1),
        }
        .checked()
    }
}

impl SpectralTarget {
    /// The best (γ, α) after fine-tuning on n samples.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a range that is not positive or not in order; otherwise as [`SpectralTarget::law`].
    ///
    /// ```
    /// use alpha_rmt::covariance::Source;
    /// use alpha_rmt::{eigenbasis::Eigenbasis, training::Training, tuning::RidgeRange};
    /// let eigenvalues: Vec<f64> = (1..=20).map(|i| 2.0 / f64::from(i)).collect();
    /// let mean: Vec<f64> = eigenvalues.iter().map(|s| 0.3 * s).collect();
    /// let target = Eigenbasis::diagonal(eigenvalues)?.target(&mean, &[Source::Given(&[0.1; 20])])?;
    /// let best = target.best_ridge(10.0, RidgeRange { least: 1e-3, most: 1e3 })?;
    /// let law = target.law(Training { samples: 10.0, ridge: 1.0 })?;
    /// assert!(best.accuracy >= law.at_optimum(&law.optimum()?)?.accuracy());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn best_ridge(&self, samples: f64, range: RidgeRange) -> Result<Tuned> {
        self.best_ridge_with_labels(samples, Labels::default(), range)
    }

    /// The best (γ, α) after fine-tuning on n labels of this kind.
    ///
    /// # Errors
    /// As [`SpectralTarget::best_ridge`]; [`crate::Error::Parameter`] for labels out of range.
    ///
    /// ```
    /// use alpha_rmt::covariance::Source;
    /// use alpha_rmt::labels::Labels;
    /// use alpha_rmt::{eigenbasis::Eigenbasis, tuning::RidgeRange};
    /// let eigenvalues: Vec<f64> = (1..=20).map(|i| 2.0 / f64::from(i)).collect();
    /// let mean: Vec<f64> = eigenvalues.iter().map(|s| 0.3 * s).collect();
    /// let target = Eigenbasis::diagonal(eigenvalues)?.target(&mean, &[Source::Given(&[0.1; 20])])?;
    /// let range = RidgeRange { least: 1e-3, most: 1e3 };
    /// let noisy = target.best_ridge_with_labels(10.0, Labels { noise: 0.2, ..Labels::default() }, range)?;
    /// assert!(noisy.accuracy < target.best_ridge(10.0, range)?.accuracy);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn best_ridge_with_labels(&self, samples: f64, labels: Labels, range: RidgeRange) -> Result<Tuned> {
        let unit = [Tangent { ridge: 1.0, ..Tangent::default() }];
        let target_ridge = maximise(range, "target-ridge", |ridge| {
            let (law, slopes) = self.labelled_law_and_slopes(Training { samples, ridge }, labels, &unit)?;
            law.merit_and_slope(&law.optimum()?, &slopes[0])
        })?;
        let law = self.law_with_labels(Training { samples, ridge: target_ridge }, labels)?;
        let optimum = law.optimum()?;
        let accuracy = law.at_optimum(&optimum)?.accuracy();
        Ok(Tuned { target_ridge, source_ridge: None, optimum, accuracy })
    }
}

impl Transfer<'_> {
    /// The source's data at ridge γ̃.
    fn source(&self, ridge: f64) -> RidgeTraining<'_> {
        RidgeTraining {
            eigenvalues: self.source_eigenvalues,
            mean: self.source_mean,
            training: Training { samples: self.source_samples, ridge },
        }
    }

    /// The target with its source trained at ridge γ̃.
    ///
    /// # Errors
    /// As [`SpectralSource::ridge`] and [`SpectralTarget::new`].
    ///
    /// ```
    /// # use alpha_rmt::{training::Training, tuning::Transfer};
    /// let transfer = Transfer {
    ///     eigenvalues: &[2.0, 1.0], mean: &[1.0, 0.5], samples: 4.0,
    ///     source_eigenvalues: &[1.0, 1.0], source_mean: &[0.8, 0.4], source_samples: 8.0,
    /// };
    /// let training = Training { samples: 4.0, ridge: 1.0 };
    /// // A source trained with a huge ridge is a short vector and hardly moves the mean.
    /// let share = |ridge| transfer.target(ridge)?.law(training).map(|law| law.mean_coefficients()[1]);
    /// assert!(share(1e3)? < 0.01 * share(1e-3)?);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn target(&self, source_ridge: f64) -> Result<SpectralTarget> {
        let source = SpectralSource::ridge(self.source(source_ridge))?;
        SpectralTarget::new(self.eigenvalues.to_vec(), self.mean.to_vec(), vec![source])
    }

    /// n and γ.
    fn training(&self, ridge: f64) -> Training {
        Training { samples: self.samples, ridge }
    }

    /// Motion of the source while γ̃ grows at unit rate.
    fn source_tangent(&self, source_ridge: f64) -> Result<Tangent> {
        Ok(Tangent { ridge: 0.0, sources: vec![SpectralSource::ridge_slope(self.source(source_ridge))?] })
    }

    /// Derivatives of the accuracy in α, γ̃ and γ.
    ///
    /// # Errors
    /// As [`SpectralTarget::law`] and [`crate::law::DecisionLaw::at`].
    ///
    /// ```
    /// # use alpha_rmt::{training::Training, tuning::Transfer};
    /// let transfer = Transfer {
    ///     eigenvalues: &[2.0, 1.0], mean: &[1.0, 0.5], samples: 4.0,
    ///     source_eigenvalues: &[1.0, 1.0], source_mean: &[0.8, 0.4], source_samples: 8.0,
    /// };
    /// let accuracy = |ridge| transfer.target(1.0)?.law(Training { samples: 4.0, ridge })?.at(&[1.0]).map(|at| at.accuracy());
    /// let slope = (accuracy(1.0 + 1e-5)? - accuracy(1.0 - 1e-5)?) / 2e-5;
    /// assert!((transfer.gradient(1.0, 1.0, 1.0)?.target_ridge - slope).abs() < 1e-9);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn gradient(&self, alpha: f64, source_ridge: f64, target_ridge: f64) -> Result<Gradient> {
        let tangents = [self.source_tangent(source_ridge)?, Tangent { ridge: 1.0, ..Tangent::default() }];
        let training = self.training(target_ridge);
        let (law, slopes) = self.target(source_ridge)?.law_and_slopes(training, Labels::default(), &tangents)?;
        let decision = law.at(&[alpha])?;
        let along = |slope: usize| {
            let (mean, variance) = slopes[slope].forms(|i| if i == 0 { 1.0 } else { alpha });
            decision.accuracy_slope(mean, variance)
        };
        Gradient { alpha: law.gradient(&[alpha])?[0], source_ridge: along(0), target_ridge: along(1) }.checked()
    }

    /// The best (γ̃, γ, α).
    ///
    /// # Errors
    /// As [`SpectralTarget::best_ridge`].
    ///
    /// ```
    /// # use alpha_rmt::{training::Training, tuning::{RidgeRange, Transfer}};
    /// let transfer = Transfer {
    ///     eigenvalues: &[2.0, 1.0], mean: &[1.0, 0.5], samples: 4.0,
    ///     source_eigenvalues: &[1.0, 1.0], source_mean: &[0.8, 0.4], source_samples: 8.0,
    /// };
    /// let range = RidgeRange { least: 0.01, most: 10.0 };
    /// let best = transfer.best_ridges(range, range)?;
    /// let fixed = transfer.target(1.0)?.best_ridge(4.0, range)?; // γ̃ = 1
    /// assert!(best.accuracy >= fixed.accuracy && best.source_ridge.is_some());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn best_ridges(&self, source_range: RidgeRange, target_range: RidgeRange) -> Result<Tuned> {
        let source_ridge = maximise(source_range, "source-ridge", |source_ridge| {
            let target = self.target(source_ridge)?;
            let best = target.best_ridge(self.samples, target_range)?;
            let tangent = [self.source_tangent(source_ridge)?];
            let training = self.training(best.target_ridge);
            let (law, slopes) = target.labelled_law_and_slopes(training, Labels::default(), &tangent)?;
            law.merit_and_slope(&best.optimum, &slopes[0])
        })?;
        let best = self.target(source_ridge)?.best_ridge(self.samples, target_range)?;
        Ok(Tuned { source_ridge: Some(source_ridge), ..best })
    }
}

/// Values of ln γ that a search looks at first, per factor e.
const DENSITY: f64 = 1.5;
/// Steps of the search between two of them; each at least halves the bracket every other step.
const MAX_STEPS: usize = 60;

/// The ridge in `range` at which `f` is largest; `f` gives its value and its derivative in the ridge. A grid over ln γ
/// finds the right hill, and the derivative's zero its top.
fn maximise(range: RidgeRange, name: &'static str, mut f: impl FnMut(f64) -> Result<(f64, f64)>) -> Result<f64> {
    let RidgeRange { least, most } = range;
    positive(name, least)?;
    positive(name, most)?;
    require(name, most, most >= least, "at least the other end of the range")?;
    // Not the logarithm of a quotient, which may overflow; nor the other way round below.
    let (start, width) = (least.ln(), most.ln() - least.ln());
    let last = (width * DENSITY).ceil().max(2.0) as usize;
    let at = |x: f64| match x {
        x if x <= 0.0 => least,
        x if x >= width => most,
        x => (start + x).exp().clamp(least, most),
    };
    // Derivative in x = ln(γ/least).
    let mut value_and_slope = |x: f64| f(at(x)).map(|(value, slope)| (value, slope * at(x)));

    let grid: Vec<f64> = (0..=last).map(|i| width * i as f64 / last as f64).collect();
    let values = grid.iter().map(|x| value_and_slope(*x)).collect::<Result<Vec<_>>>()?;
    let top = (0..=last).max_by(|i, j| values[*i].0.total_cmp(&values[*j].0)).unwrap_or(0);
    let slope = values[top].1;
    let next = match slope {
        s if s > 0.0 && top < last => top + 1,
        s if s < 0.0 && top > 0 => top - 1,
        _ => return Ok(at(grid[top])),
    };
    let (mut a, mut b) = ((grid[top], slope), (grid[next], values[next].1));
    if a.1 * b.1 > 0.0 {
        // Another hill between two grid points: its top is beyond the finer of what the grid promises.
        return Ok(at(grid[top]));
    }
    let mut best = (values[top].0, grid[top]);
    for step in 0..MAX_STEPS {
        // Regula falsi, with a bisection every third step.
        let secant = (a.0 * b.1 - b.0 * a.1) / (b.1 - a.1);
        let x = if step % 3 == 2 || !secant.is_finite() { 0.5 * (a.0 + b.0) } else { secant };
        let (value, slope) = value_and_slope(x)?;
        if value >= best.0 {
            best = (value, x);
        }
        if slope == 0.0 || (a.0 - b.0).abs() < 1e-9 {
            break;
        }
        if slope * a.1 > 0.0 { a = (x, slope) } else { b = (x, slope) }
    }
    Ok(at(best.1))
}
