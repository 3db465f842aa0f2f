//! What frozen sources contribute to the law: v = (⟨w̃ᵢ, μ_β⟩)ᵢ and G = (⟨w̃ᵢ, w̃ⱼ⟩)ᵢⱼ.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use crate::check::{self, all_representable, entries, finite, non_negative, positive, representable, require};
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::normal::normal_cdf;
use crate::training::Training;

/// Which squared norm E‖w̃‖² a ridge-trained source is given (docs/theory.md §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceForm {
    /// `(1/h̃)[‖μ‖²/λ_R² + (1−h̃)(1 − ‖μ‖²/λ_R)²]`, which agrees with simulation.
    #[default]
    Correct,
    /// `‖μ‖²/λ_R² + (1−h̃)(1 − 2‖μ‖²/λ_R)`, as in the paper: right only as p/N → 0. Needed to reproduce its figures.
    Published,
}

impl SourceForm {
    /// Its name on the command line and in a CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Published => "published",
        }
    }
}

impl FromStr for SourceForm {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "correct" => Ok(Self::Correct),
            "published" => Ok(Self::Published),
            _ => Err(Error::Unknown {
                what: "source form",
                value: word.to_owned(),
                expected: "correct or published".to_owned(),
            }),
        }
    }
}

/// A source classifier trained by ridge regression (paper, eq. 5) on C = I data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RidgeSource {
    /// p > 0, number of features; need not be whole.
    pub dimension: f64,
    /// N and γ̃.
    pub training: Training,
    /// ‖μ‖² ≥ 0, squared norm of the source mean.
    pub mean_norm_squared: f64,
    /// ⟨μ, μ_β⟩ = β‖μ‖², inner product of source and target means.
    pub target_product: f64,
}

/// k ≥ 0 frozen sources as the target sees them.
///
/// ```
/// use alpha_rmt::{source::{RidgeSource, SourceForm, Sources}, training::Training};
/// let training = Training { samples: 5000.0, ridge: 1.0 };
/// let source = RidgeSource { dimension: 400.0, training, mean_norm_squared: 2.25, target_product: 1.8 };
/// let sources = Sources::ridge(source, SourceForm::Correct)?;
/// assert!((sources.products()[0] - 0.4195022220).abs() < 1e-10);
/// assert!((sources.gram()[0] - 0.1290335559).abs() < 1e-10);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sources {
    products: SmallVec<[f64; 1]>,
    /// Symmetric, k×k by rows.
    gram: SmallVec<[f64; 1]>,
    form: SourceForm,
    /// What a single source leaves unexplained, where it is known better than from v and G.
    unexplained: Option<Unexplained>,
}

/// M − e of one target and one source, free of the cancellation between M and e = v²/G.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unexplained {
    /// M of the target that it belongs to.
    target: f64,
    /// M − e.
    rest: f64,
}

/// A target's mean as a ridge source sees it; the squared norm M is the sum of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// Squared norm of its part along the source's mean, β²‖μ‖².
    pub along: f64,
    /// Squared norm of its part across it, (1−β²)‖μ_⊥‖².
    pub across: f64,
}

impl RidgeSource {
    /// λ_R = ‖μ‖² + 1 + γ̃(1 + δ_R), with the source's fixed point.
    #[inline]
    fn lambda(&self) -> Result<(f64, FixedPoint)> {
        positive("source-samples", self.training.samples)?;
        positive("source-ridge", self.training.ridge)?;
        non_negative("squared norm of the source's mean", self.mean_norm_squared)?;
        finite("product of the means", self.target_product)?;
        let fp = FixedPoint::isotropic(self.dimension, self.training)?;
        Ok((representable("‖μ‖² + 1 + g̃", self.mean_norm_squared + 1.0 + fp.g)?, fp))
    }

    /// What λ_R²E‖w̃‖² has besides ‖μ‖² in the given form: the noise of the source's own training.
    #[inline]
    fn noise(&self, lambda: f64, fp: &FixedPoint, form: SourceForm) -> f64 {
        let t = 1.0 + fp.g;
        match form {
            // (p/N + df̃₂‖μ‖²)/h̃, p/N being df̃₂(1 + g̃)².
            SourceForm::Correct => fp.df2 * (t * t + self.mean_norm_squared) / fp.h,
            SourceForm::Published => fp.df2 * lambda * (t - self.mean_norm_squared),
        }
    }

    /// Asymptotic E‖w̃‖² in the given form.
    #[inline]
    fn norm_squared(&self, lambda: f64, fp: &FixedPoint, form: SourceForm) -> f64 {
        let over_lambda = 1.0 / lambda;
        (self.mean_norm_squared + self.noise(lambda, fp, form)) * over_lambda * over_lambda
    }

    /// Derivatives of ⟨w̃, μ_β⟩ and E‖w̃‖² (correct form) in γ̃.
    pub(crate) fn slope(&self) -> Result<[f64; 2]> {
        let (lambda, fp) = self.lambda()?;
        let w = self.norm_squared(lambda, &fp, SourceForm::Correct);
        // W = (‖μ‖² + p/N)/(λ²h̃), in g̃; dg̃/dγ̃ = 1/h̃.
        let h_slope = 2.0 * fp.df2 / (1.0 + fp.g);
        Ok([-self.target_product / (lambda * lambda * fp.h), -w * (2.0 / lambda + h_slope / fp.h) / fp.h])
    }
}

impl Sources {
    /// No source at all: the law of the classifier trained on the target alone.
    pub fn none() -> Self {
        Self { products: smallvec![], gram: smallvec![], form: SourceForm::Correct, unexplained: None }
    }

    /// Sources known by their products: `products[i]` = ⟨w̃ᵢ, μ_β⟩ and `gram` = ⟨w̃ᵢ, w̃ⱼ⟩ (symmetric, k×k by rows;
    /// paper, Appendices C and D).
    ///
    /// # Errors
    /// [`Error::Shape`] if the sizes disagree; [`Error::Parameter`] for an entry that is not finite or a diagonal entry
    /// that is not positive; [`Error::Asymmetric`], [`Error::Indefinite`] for what no vectors have as inner products, up
    /// to one part in 1e9.
    pub fn given(products: &[f64], gram: &[f64]) -> Result<Self> {
        let k = products.len();
        entries("product with the target's mean", products)?;
        check::products("Gram matrix of the sources", gram, k)?;
        for i in 0..k {
            positive("squared norm of a source", gram[i * k + i])?;
        }
        Ok(Self { products: products.into(), gram: gram.into(), form: SourceForm::Correct, unexplained: None })
    }

    /// One ridge-trained source (paper, Theorem 4.2).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value out of range, [`Error::Range`] on overflow.
    #[inline]
    pub fn ridge(source: RidgeSource, form: SourceForm) -> Result<Self> {
        let (lambda, fp) = source.lambda()?;
        Self::ridge_at(source, form, lambda, &fp)
    }

    /// [`Sources::ridge`] with the source's λ_R and fixed point.
    #[inline]
    fn ridge_at(source: RidgeSource, form: SourceForm, lambda: f64, fp: &FixedPoint) -> Result<Self> {
        let v = representable("⟨w̃, μ_β⟩", source.target_product / lambda)?;
        let w = representable("E‖w̃‖²", source.norm_squared(lambda, fp, form))?;
        Ok(Self { products: smallvec![v], gram: smallvec![w], form, unexplained: None })
    }

    /// [`Sources::ridge`] with a target of which more is known than ⟨μ, μ_β⟩. What the source leaves unexplained of it is then
    /// the share d/(‖μ‖² + d) of the part along μ, d being the noise, and all of the part across it.
    #[inline]
    pub(crate) fn ridge_towards(source: RidgeSource, form: SourceForm, seen: Seen) -> Result<Self> {
        let (lambda, fp) = source.lambda()?;
        let sources = Self::ridge_at(source, form, lambda, &fp)?;
        let noise = source.noise(lambda, &fp, form);
        let rest = seen.along * (noise / (source.mean_norm_squared + noise)) + seen.across;
        let unexplained = Unexplained { target: seen.along + seen.across, rest };
        Ok(Self { unexplained: rest.is_finite().then_some(unexplained), ..sources })
    }

    /// Several independent ridge-trained sources; `mean_products` = ⟨μᵢ, μⱼ⟩ (symmetric, k×k by rows; its diagonal is
    /// ‖μᵢ‖²).
    ///
    /// # Errors
    /// As [`Sources::ridge`]; for the mean products as for the Gram matrix of [`Sources::given`].
    ///
    /// ```
    /// use alpha_rmt::{isotropic::{Isotropic, Target}, source::{RidgeSource, Sources}, training::Training};
    /// // Two sources with orthogonal means of squared norms 2 and 1, each with a share of the target's mean.
    /// let (dimension, on) = (400.0, |samples| Training { samples, ridge: 1.0 });
    /// let one = RidgeSource { dimension, training: on(2000.0), mean_norm_squared: 2.0, target_product: 1.2 };
    /// let other = RidgeSource { dimension, training: on(800.0), mean_norm_squared: 1.0, target_product: 0.5 };
    /// let sources = Sources::ridges(&[one, other], &[2.0, 0.0, 0.0, 1.0])?;
    /// let target = Isotropic::new(Target { dimension, mean_norm_squared: 1.2, training: on(100.0) })?;
    /// let worth = target.law(&sources)?.contributions(&target.optimal_weights(&sources)?)?;
    /// assert!(worth[0].accuracy_without < worth[1].accuracy_without); // the first is worth more
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn ridges(sources: &[RidgeSource], mean_products: &[f64]) -> Result<Self> {
        let k = sources.len();
        // With them G is positive semi-definite too: nothing but squares is added to its diagonal.
        check::products("matrix of the mean products", mean_products, k)?;
        let parts = sources.iter().map(RidgeSource::lambda).collect::<Result<Vec<_>>>()?;
        for (i, source) in sources.iter().enumerate() {
            let (norm, product) = (source.mean_norm_squared, mean_products[i * k + i]);
            let same = (product - norm).abs() <= 1e-9 * norm;
            require("mean product", product, same, "on the diagonal the squared norm of the source's mean")?;
        }
        let mut gram = vec![0.0; k * k];
        for (i, (source, (lambda, fp))) in sources.iter().zip(&parts).enumerate() {
            for (j, (other, _)) in parts.iter().enumerate() {
                gram[i * k + j] = mean_products[i * k + j] / (lambda * other);
            }
            gram[i * k + i] = source.norm_squared(*lambda, fp, SourceForm::Correct);
        }
        let products: Vec<f64> = sources.iter().zip(&parts).map(|(s, (lambda, _))| s.target_product / lambda).collect();
        all_representable("⟨w̃, μ_β⟩ and ⟨w̃ᵢ, w̃ⱼ⟩", products.iter().chain(&gram))?;
        Ok(Self { products: products.into(), gram: gram.into(), form: SourceForm::Correct, unexplained: None })
    }

    /// Number of sources k.
    pub(crate) fn count(&self) -> usize {
        self.products.len()
    }

    /// v: ⟨w̃ᵢ, μ_β⟩.
    pub fn products(&self) -> &[f64] {
        &self.products
    }

    /// G: ⟨w̃ᵢ, w̃ⱼ⟩ by rows.
    pub fn gram(&self) -> &[f64] {
        &self.gram
    }

    /// M − e for a target with this M, where it is known without the cancellation.
    #[inline]
    pub(crate) fn unexplained(&self, target: f64) -> Option<f64> {
        self.unexplained.filter(|of| of.target == target).map(|of| of.rest)
    }

    /// The form in which the norms were computed.
    pub(crate) fn form(&self) -> SourceForm {
        self.form
    }

    /// Test accuracy Φ(vᵢ/√Gᵢᵢ) of source `index` on the target as it is, with no target label. `None` in the
    /// published form where that form's squared norm is not positive.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source.
    pub fn accuracy(&self, index: usize) -> Result<Option<f64>> {
        Ok(self.separation(index)?.map(normal_cdf))
    }

    /// vᵢ/√Gᵢᵢ of source `index`, of which its accuracy is Φ; `None` likewise.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source.
    pub fn separation(&self, index: usize) -> Result<Option<f64>> {
        check::index("sources", index, self.count())?;
        let norm_squared = self.gram[index * self.count() + index];
        Ok((norm_squared > 0.0).then(|| self.products[index] / norm_squared.sqrt()))
    }
}
