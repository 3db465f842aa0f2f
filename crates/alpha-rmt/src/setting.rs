//! The paper's setting in numbers, and everything the theory says at one point of it.

use serde::{Deserialize, Serialize};

use crate::check::representable;
use crate::error::{Error, Result};
use crate::isotropic::{Isotropic, Target};
use crate::law::Decision;
use crate::normal::normal_cdf;
use crate::point::Rates;
use crate::source::{RidgeSource, Seen, SourceForm, Sources};
use crate::sweep::Parameter;
use crate::training::Training;

pub use crate::point::Point;

/// A ridge source and a target at C = I, aligned as in the paper's synthetic experiments (eq. 6):
/// μ_β = βμ + √(1−β²) μ_⊥ with μ_⊥ ⊥ μ.
///
/// | field | symbol | range |
/// |---|---|---|
/// | `source_samples` | N | > 0 |
/// | `target_samples` | n | > 0 |
/// | `dimension` | p | > 0 |
/// | `source_norm` | ‖μ‖ | ≥ 0 |
/// | `orthogonal_norm` | ‖μ_⊥‖ | ≥ 0 |
/// | `alignment` | β | [−1, 1] |
/// | `source_ridge` | γ̃ | > 0 |
/// | `target_ridge` | γ | > 0 |
///
/// Only the ratios p/N and p/n enter the theory, so the three counts need not be whole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    /// N, number of source samples.
    pub source_samples: f64,
    /// n, number of target samples.
    pub target_samples: f64,
    /// p, number of features.
    pub dimension: f64,
    /// ‖μ‖, norm of the source mean.
    pub source_norm: f64,
    /// ‖μ_⊥‖, norm of the part of the target mean orthogonal to μ, before its weight √(1−β²).
    pub orthogonal_norm: f64,
    /// β, alignment of the means: ⟨μ, μ_β⟩ = β‖μ‖².
    pub alignment: f64,
    /// γ̃, ridge of the source classifier.
    pub source_ridge: f64,
    /// γ, ridge of the fine-tuning.
    pub target_ridge: f64,
}

impl Setting {
    /// ‖μ_β‖² = β²‖μ‖² + (1−β²)‖μ_⊥‖².
    ///
    /// # Errors
    /// As [`Setting::isotropic`].
    pub fn target_norm_squared(&self) -> Result<f64> {
        self.check()?;
        self.checked_norm_squared()
    }

    /// ‖μ_β‖² of parameters known to be in range.
    #[inline]
    fn checked_norm_squared(&self) -> Result<f64> {
        let Seen { along, across } = self.seen();
        representable("‖μ_β‖²", along + across)
    }

    /// The target's mean along and across the source's.
    #[inline]
    fn seen(&self) -> Seen {
        let Self { source_norm, orthogonal_norm, alignment: b, .. } = *self;
        // 1 − β² would lose its digits near β = ±1.
        Seen {
            along: b * b * (source_norm * source_norm),
            across: (1.0 - b) * (1.0 + b) * (orthogonal_norm * orthogonal_norm),
        }
    }

    /// N and γ̃.
    #[inline]
    fn source_training(&self) -> Training {
        Training { samples: self.source_samples, ridge: self.source_ridge }
    }

    /// n and γ.
    #[inline]
    fn target_training(&self) -> Training {
        Training { samples: self.target_samples, ridge: self.target_ridge }
    }

    /// The source's part of the setting.
    ///
    /// # Errors
    /// As [`Setting::isotropic`].
    #[inline]
    pub fn source(&self, form: SourceForm) -> Result<Sources> {
        Sources::ridge_towards(self.ridge_source()?, form, self.seen())
    }

    /// Derivatives of ⟨w̃, μ_β⟩ and E‖w̃‖² in γ̃.
    pub(crate) fn source_slope(&self) -> Result<[f64; 2]> {
        self.ridge_source()?.slope()
    }

    #[inline]
    fn ridge_source(&self) -> Result<RidgeSource> {
        self.check()?;
        let mean_norm_squared = representable("‖μ‖²", self.source_norm * self.source_norm)?;
        Ok(RidgeSource {
            dimension: self.dimension,
            training: self.source_training(),
            mean_norm_squared,
            target_product: self.alignment * mean_norm_squared,
        })
    }

    /// The target's part of the setting.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first field out of range, [`Error::Range`] on overflow.
    #[inline]
    pub fn isotropic(&self) -> Result<Isotropic> {
        self.check()?;
        Isotropic::new(Target {
            dimension: self.dimension,
            mean_norm_squared: self.checked_norm_squared()?,
            training: self.target_training(),
        })
    }

    /// α*, ᾱ, the law at `alpha` (at α* if `None`) and the accuracies to compare it with.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first parameter out of range, [`Error::Range`] on overflow.
    ///
    /// ```
    /// use alpha_rmt::{setting::Setting, source::SourceForm};
    /// let setting = Setting {
    ///     source_samples: 5000.0, target_samples: 200.0, dimension: 400.0,
    ///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
    /// };
    /// let point = setting.point(None, SourceForm::Correct)?;
    /// assert!((point.alpha_star.unwrap() - 1.8384115479).abs() < 1e-10);
    /// assert!((point.accuracy.unwrap() - 0.86279183).abs() < 5e-9);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn point(&self, alpha: Option<f64>, form: SourceForm) -> Result<Point> {
        let target = self.isotropic()?;
        let source = self.source(form)?;
        let law = target.law(&source)?;
        let defined = |result: Result<Decision>| match result {
            Ok(decision) => Ok(Some(decision)),
            Err(Error::Variance { .. }) if form == SourceForm::Published => Ok(None),
            Err(error) => Err(error),
        };
        let alpha_star = match target.optimal_weights(&source) {
            Ok(weights) => Some(weights[0]),
            Err(Error::Undefined { .. }) => None,
            Err(error) => return Err(error),
        };
        let at = |weight: f64| defined(law.at(&[weight]));
        let at_star = alpha_star.map(at).transpose()?.flatten();
        let here = match alpha {
            Some(weight) => at(weight)?,
            None => at_star,
        };
        let correct = if form == SourceForm::Correct { source } else { self.source(SourceForm::Correct)? };
        let separation = |decision: Option<Decision>| decision.map(|decision| decision.separation());
        let [at_0, at_1] = [at(0.0)?, at(1.0)?];
        let [chosen, at_0, at_1, star] = [here, at_0, at_1, at_star].map(separation);
        let [chosen, at_0, at_1, star, alone] = Rates::of([chosen, at_0, at_1, star, correct.separation(0)?]);
        let gain = |other: Rates| star.gain_over(other);
        Ok(Point {
            alpha_star,
            alpha_worst: law.chance_weight()?,
            mean: here.map(|d| d.mean),
            variance: here.map(|d| d.variance),
            second_moment: here.map(|d| d.second_moment()),
            accuracy: chosen.accuracy,
            separation: chosen.separation,
            error_rate: chosen.error_rate,
            accuracy_at_0: at_0.accuracy,
            separation_at_0: at_0.separation,
            error_rate_at_0: at_0.error_rate,
            accuracy_at_1: at_1.accuracy,
            separation_at_1: at_1.separation,
            error_rate_at_1: at_1.error_rate,
            accuracy_at_alpha_star: star.accuracy,
            separation_at_alpha_star: star.separation,
            error_rate_at_alpha_star: star.error_rate,
            accuracy_source_only: alone.accuracy,
            separation_source_only: alone.separation,
            error_rate_source_only: alone.error_rate,
            gain_over_0: gain(at_0),
            gain_over_1: gain(at_1),
            gain_over_source_only: gain(alone),
        })
    }

    /// Supremum of the accuracy over (γ̃, γ, α), which is approached as both ridges go to infinity with αγ/γ̃ held at its
    /// best: at C = I no finite ridge is optimal.
    ///
    /// # Errors
    /// As [`Setting::point`].
    ///
    /// ```
    /// # use alpha_rmt::{setting::Setting, source::SourceForm};
    /// let setting = Setting {
    ///     source_samples: 5000.0, target_samples: 200.0, dimension: 400.0,
    ///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
    /// };
    /// let best_here = setting.point(None, SourceForm::Correct)?.accuracy_at_alpha_star.unwrap();
    /// assert!(setting.supremum_accuracy()? > best_here);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn supremum_accuracy(&self) -> Result<f64> {
        self.check()?;
        // ρ of `Isotropic::best_separation` at h̃ = h = 1, with M − e and M written without cancellation.
        let (m, eta) = (self.checked_norm_squared()?, self.target_training().aspect_ratio(self.dimension)?);
        let source = self.source_norm * self.source_norm;
        let noise = self.source_training().aspect_ratio(self.dimension)?;
        let Seen { along, across } = self.seen();
        let (explained, rest) = (along * source, m * noise + across * source);
        let missing = if rest > 0.0 { eta * rest / (eta * explained + m * rest) } else { 0.0 };
        Ok(normal_cdf(representable("the supremum", (m / (1.0 + missing)).sqrt())?))
    }

    /// Refuses a parameter that is out of range, NaN or infinite.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        Parameter::SourceSamples.check(self.source_samples)?;
        Parameter::TargetSamples.check(self.target_samples)?;
        Parameter::Dimension.check(self.dimension)?;
        Parameter::SourceNorm.check(self.source_norm)?;
        Parameter::OrthogonalNorm.check(self.orthogonal_norm)?;
        Parameter::Alignment.check(self.alignment)?;
        Parameter::SourceRidge.check(self.source_ridge)?;
        Parameter::TargetRidge.check(self.target_ridge)
    }
}
