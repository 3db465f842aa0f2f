//! Deterministic equivalents of the resolvent `Q = (XXᵀ/n + γI)⁻¹`, as bilinear forms (paper, Lemmas 3.5 and A.3–A.9).

use nalgebra::DMatrix;

use crate::check::{self, entries, length, representable};
use crate::error::Result;
use crate::fixed_point::FixedPoint;
use crate::sums::{dot, weighted};
use crate::training::Training;

/// Equivalents at one ridge of samples `X = μyᵀ + C^{1/2}Z`, in the eigenbasis of C.
///
/// With g = γ/κ and D = (C + gI)⁻¹, so that D/κ = R₀ = (κC + γI)⁻¹, and A = μᵀDμ:
///
/// ```text
/// Q̄ = (κ(μμᵀ + C) + γI)⁻¹ = (D − Dμ μᵀD/(1 + A))/κ
/// ```
///
/// The equivalent R̄ of a source is the same with the source's eigenvalues, mean and training. Vectors have one entry
/// per eigenvalue.
///
/// ```
/// use alpha_rmt::{resolvent::Equivalent, training::Training};
/// let training = Training { samples: 8.0, ridge: 1.0 };
/// let q = Equivalent::new(&[1.0, 1.0, 5.0, 5.0], &[1.0, 0.0, 0.0, 0.0], training)?;
/// // Lemma A.5: Q̄μ = (1+δ)μ/λ, here for the eigenvector μ = e₁ with C e₁ = e₁.
/// let fp = q.fixed_point();
/// let lambda = 1.0 + 1.0 + fp.g;
/// assert!((q.bilinear(&[1.0, 0.0, 0.0, 0.0], &[1.0, 0.0, 0.0, 0.0])? - (1.0 + fp.delta) / lambda).abs() < 1e-15);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Equivalent<'a> {
    eigenvalues: &'a [f64],
    mean: &'a [f64],
    samples: f64,
    fixed_point: FixedPoint,
    shrunk: Vec<f64>,
    strength: f64,
}

impl<'a> Equivalent<'a> {
    /// Solves the fixed point; `eigenvalues` are those of C and `mean` is μ in its eigenbasis, p entries each.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for a mean of the wrong length, [`crate::Error::Parameter`] for a value that is not finite or out of
    /// range, [`crate::Error::Range`] on overflow.
    pub fn new(eigenvalues: &'a [f64], mean: &'a [f64], training: Training) -> Result<Self> {
        Self::at(eigenvalues, mean, training.samples, FixedPoint::spectrum(eigenvalues, training)?)
    }

    /// As [`Equivalent::new`], at a fixed point that is known.
    pub(crate) fn at(eigenvalues: &'a [f64], mean: &'a [f64], samples: f64, fixed_point: FixedPoint) -> Result<Self> {
        check::vector("mean", mean, eigenvalues.len())?;
        let shrunk: Vec<f64> = eigenvalues.iter().map(|s| (s + fixed_point.g).recip()).collect();
        let strength = weighted(&shrunk, mean, mean);
        representable("the resolvent at the mean", strength)?;
        Ok(Self { eigenvalues, mean, samples, fixed_point, shrunk, strength })
    }

    /// n.
    pub(crate) fn samples(&self) -> f64 {
        self.samples
    }

    /// κ, δ, g, df₂ and h.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((q.fixed_point().g - (1.0 + 2.0_f64.sqrt())).abs() < 1e-14);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn fixed_point(&self) -> FixedPoint {
        self.fixed_point
    }

    /// The diagonal of D = (C + gI)⁻¹ = κR₀.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((q.shrunk()[0] - 1.0 / (1.0 + q.fixed_point().g)).abs() < 1e-15);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn shrunk(&self) -> &[f64] {
        &self.shrunk
    }

    /// A = μᵀDμ ≥ 0; at C = I it is ‖μ‖²/(1+g), and 1/(1+A) = (1+g)/λ.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((q.strength() - 0.527208).abs() < 1e-6);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// xᵀQ̄y (Lemma 3.5).
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for vectors of the wrong length, [`crate::Error::Parameter`] for an entry that is not finite,
    /// [`crate::Error::Range`] on overflow.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// // Lemma A.5: κμᵀQ̄μ = A/(1+A).
    /// assert!((q.fixed_point().kappa * q.bilinear(&mean, &mean)? - 0.345210).abs() < 1e-6);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn bilinear(&self, x: &[f64], y: &[f64]) -> Result<f64> {
        self.check(x)?;
        self.check(y)?;
        let through_mean = weighted(&self.shrunk, x, self.mean) * weighted(&self.shrunk, self.mean, y);
        let form = (weighted(&self.shrunk, x, y) - through_mean / (1.0 + self.strength)) / self.fixed_point.kappa;
        representable("xᵀQ̄y", form)
    }

    /// (1/p) tr Q̄: the Stieltjes transform of the spectrum of XXᵀ/n at −γ, Marchenko–Pastur's at C = I (Lemma A.4).
    ///
    /// # Errors
    /// [`crate::Error::Range`] on overflow.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// // With few features the mean shows: without it the transform is (1+δ)/(1+g).
    /// let bare = Equivalent::new(&[1.0, 1.0], &[0.0, 0.0], Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((bare.stieltjes()? - 0.5_f64.sqrt()).abs() < 1e-14);
    /// assert!(q.stieltjes()? < bare.stieltjes()?);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn stieltjes(&self) -> Result<f64> {
        let squared: f64 = self.shrunk.iter().zip(self.mean).map(|(d, m)| d * d * m * m).sum();
        let trace = self.shrunk.iter().sum::<f64>() - squared / (1.0 + self.strength);
        representable("the Stieltjes transform", trace / (self.fixed_point.kappa * self.shrunk.len() as f64))
    }

    /// xᵀ E\[QAQ\] y ↔ xᵀQ̄AQ̄y + (1/n) tr(A R₀CR₀) (κ²/h) xᵀQ̄(C + μμᵀ)Q̄y for a symmetric A of bounded norm, p×p in
    /// the eigenbasis (Lemma A.7).
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for vectors or a matrix of the wrong size, [`crate::Error::Parameter`] for an entry that is not finite,
    /// [`crate::Error::Range`] on overflow.
    ///
    /// ```
    /// # use alpha_rmt::{nalgebra::DMatrix, resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// // E[Q²] is minus the derivative of E[Q] in γ.
    /// let at = |ridge| Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge })?.bilinear(&mean, &mean);
    /// let slope = (at(1.0 + 1e-5)? - at(1.0 - 1e-5)?) / 2e-5;
    /// assert!((q.sandwich(&DMatrix::identity(2, 2), &mean, &mean)? + slope).abs() < 1e-8);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn sandwich(&self, a: &DMatrix<f64>, x: &[f64], y: &[f64]) -> Result<f64> {
        let [x, y] = [self.apply(x)?, self.apply(y)?];
        let second_moment = weighted(self.eigenvalues, &x, &y) + dot(self.mean, &x) * dot(self.mean, &y);
        let inflation = self.trace(a)? / self.fixed_point.h;
        representable("xᵀE[QAQ]y", form(a, &x, &y) + inflation * second_moment)
    }

    /// E⟨w₀, x⟩ ↔ κ xᵀQ̄μ for the ridge classifier w₀ = QXy/n (Lemma A.6).
    ///
    /// # Errors
    /// As [`Equivalent::bilinear`].
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((q.classifier_mean(&mean)? - 0.345210).abs() < 1e-6); // m at α = 0
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn classifier_mean(&self, x: &[f64]) -> Result<f64> {
        self.check(x)?;
        representable("⟨w₀, x⟩", weighted(&self.shrunk, x, self.mean) / (1.0 + self.strength))
    }

    /// E\[w₀ᵀAw₀\] ↔ bᵀAb + r · (1/n) tr(A DCD), with b = Dμ/(1+A) the mean of w₀ and r = E(⟨w₀, x⟩ − y)² its squared
    /// test risk (Lemma A.8); A symmetric, p×p in the eigenbasis. At A = C it is the variance of the decision function.
    ///
    /// # Errors
    /// As [`Equivalent::sandwich`].
    ///
    /// ```
    /// # use alpha_rmt::{nalgebra::DMatrix, resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// // The variance of the decision function at C = I and α = 0.
    /// assert!((q.classifier_form(&DMatrix::identity(2, 2))? - 0.168714).abs() < 1e-6);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn classifier_form(&self, a: &DMatrix<f64>) -> Result<f64> {
        let b = self.classifier();
        let trace = self.trace(a)?;
        representable("w₀ᵀAw₀", form(a, &b, &b) + self.risk()? * trace)
    }

    /// Mean of w₀, Dμ/(1+A).
    pub(crate) fn classifier(&self) -> Vec<f64> {
        let miss = 1.0 / (1.0 + self.strength);
        self.shrunk.iter().zip(self.mean).map(|(d, m)| d * m * miss).collect()
    }

    /// E(⟨w₀, x⟩ − y)² = [bᵀCb + (1−m)²]/h, the squared test risk of the ridge classifier; 1 − m = 1/(1+A).
    ///
    /// # Errors
    /// [`crate::Error::Range`] on overflow.
    ///
    /// ```
    /// # use alpha_rmt::{resolvent::Equivalent, training::Training};
    /// // The example of docs/theory.md: η = 2, ‖μ‖² = 1.8.
    /// let mean = [1.8_f64.sqrt(), 0.0];
    /// let q = Equivalent::new(&[1.0, 1.0], &mean, Training { samples: 1.0, ridge: 1.0 })?;
    /// assert!((q.risk()? - 0.597464).abs() < 1e-6); // (1 − m)² + q
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn risk(&self) -> Result<f64> {
        let b = self.classifier();
        let miss = 1.0 / (1.0 + self.strength);
        let spread = weighted(self.eigenvalues, &b, &b);
        representable("the risk of w₀", (spread + miss * miss) / self.fixed_point.h)
    }

    /// Q̄x.
    fn apply(&self, x: &[f64]) -> Result<Vec<f64>> {
        self.check(x)?;
        let along = weighted(&self.shrunk, x, self.mean) / (1.0 + self.strength);
        let entry = |((d, x), m): ((&f64, &f64), &f64)| d * (x - along * m) / self.fixed_point.kappa;
        Ok(self.shrunk.iter().zip(x).zip(self.mean).map(entry).collect())
    }

    /// (1/n) tr(A DCD).
    fn trace(&self, a: &DMatrix<f64>) -> Result<f64> {
        let p = self.shrunk.len();
        length("matrix rows", a.nrows(), p)?;
        length("matrix columns", a.ncols(), p)?;
        entries("matrix", a.as_slice())?;
        let terms = self.shrunk.iter().zip(self.eigenvalues).enumerate();
        Ok(terms.map(|(i, (d, s))| a[(i, i)] * s * d * d).sum::<f64>() / self.samples)
    }

    fn check(&self, x: &[f64]) -> Result<()> {
        check::vector("vector", x, self.shrunk.len())
    }
}

/// xᵀAy.
fn form(a: &DMatrix<f64>, x: &[f64], y: &[f64]) -> f64 {
    a.column_iter().zip(y).map(|(column, y)| y * dot(column.as_slice(), x)).sum()
}
