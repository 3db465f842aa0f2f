//! Gaussian mixtures of any covariance: x = yμ + C^{1/2}z, C diagonal.

use std::str::FromStr;

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result, at_least, positive, within};
use crate::samples::Samples;

/// Eigenvalues of a covariance for any number of features; their mean is 1, but for [`Spectrum::Values`].
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Spectrum {
    /// All 1.
    #[default]
    Identity,
    /// sᵢ ∝ i^(−exponent).
    Power(f64),
    /// These, in equal shares, as they are.
    Values(Vec<f64>),
}

impl FromStr for Spectrum {
    type Err = Error;

    /// From `identity`, `power:EXPONENT`, or numbers separated by commas.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = || Error::Parameter {
            name: "spectrum",
            value: format!("'{text}'"),
            allowed: "identity, power:EXPONENT with an exponent ≥ 0, or positive numbers separated by commas"
                .to_owned(),
        };
        let number = |word: &str| word.trim().parse::<f64>().ok().filter(|x| x.is_finite());
        if text == "identity" {
            return Ok(Self::Identity);
        }
        if let Some(exponent) = text.strip_prefix("power:") {
            return number(exponent).filter(|x| *x >= 0.0).map(Self::Power).ok_or_else(refuse);
        }
        let values: Option<Vec<f64>> = text.split(',').map(|word| number(word).filter(|x| *x > 0.0)).collect();
        values.map(Self::Values).ok_or_else(refuse)
    }
}

impl Spectrum {
    /// The eigenvalues of p features.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an exponent or a value out of range, or no values.
    pub fn eigenvalues(&self, p: usize) -> Result<Vec<f64>> {
        match self {
            Self::Power(exponent) => {
                within("exponent of the spectrum", *exponent, *exponent >= 0.0, "finite and ≥ 0")?;
            }
            Self::Values(values) => {
                at_least("values of the spectrum", 1, values.len())?;
                values.iter().try_for_each(|value| positive("value of the spectrum", *value))?;
            }
            Self::Identity => {}
        }
        Ok(match self {
            Self::Identity => vec![1.0; p],
            Self::Power(exponent) => {
                let powers: Vec<f64> = (1..=p).map(|i| (i as f64).powf(-exponent)).collect();
                let mean = powers.iter().sum::<f64>() / p as f64;
                powers.into_iter().map(|s| s / mean).collect()
            }
            Self::Values(values) => (0..p).map(|i| values[i * values.len() / p]).collect(),
        })
    }
}

/// A class mean and the eigenvalues of the covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// μ, the mean of class +1.
    pub mean: DVector<f64>,
    /// Eigenvalues of C, along the features.
    pub eigenvalues: Vec<f64>,
}

impl Mixture {
    /// Draws rows with alternating labels.
    ///
    /// # Errors
    /// [`Error::Data`] for a mean and eigenvalues that do not go together, or an eigenvalue that is not ≥ 0.
    pub fn draw(&self, rows: usize, rng: &mut impl Rng) -> Result<Samples> {
        let refuse = |reason: String| Err(Error::Data { what: "mixture", reason });
        if self.eigenvalues.len() != self.mean.len() {
            return refuse(format!("{} eigenvalues for {} features", self.eigenvalues.len(), self.mean.len()));
        }
        if let Some(value) = self.mean.iter().find(|x| !x.is_finite()) {
            return refuse(format!("{value} in its mean, expected finite numbers"));
        }
        if let Some(value) = self.eigenvalues.iter().find(|s| !(s.is_finite() && **s >= 0.0)) {
            return refuse(format!("eigenvalue {value}, expected finite numbers ≥ 0"));
        }
        let labels = DVector::from_fn(rows, |i, _| if i % 2 == 0 { 1.0 } else { -1.0 });
        let scale: Vec<f64> = self.eigenvalues.iter().map(|s| s.sqrt()).collect();
        let features = DMatrix::from_fn(self.mean.len(), rows, |i, j| {
            let noise: f64 = StandardNormal.sample(rng);
            labels[j] * self.mean[i] + scale[i] * noise
        });
        Ok(Samples { features, labels })
    }
}

/// The most that the features of a source and a target may take.
const MOST_BYTES: f64 = 8e9;

/// Source and target of the paper's synthetic setting, for any covariance: μ_β = βμ + √(1−β²) μ_⊥, both directions drawn at
/// random.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticConfig {
    /// p.
    pub dimension: usize,
    /// N.
    pub source_samples: usize,
    /// Rows of the target, labelled and tested on.
    pub target_rows: usize,
    /// ‖μ‖.
    pub source_norm: f64,
    /// ‖μ_⊥‖.
    pub orthogonal_norm: f64,
    /// β.
    pub alignment: f64,
    /// Of the source's covariance.
    pub source_spectrum: Spectrum,
    /// Of the target's covariance.
    pub target_spectrum: Spectrum,
    /// Seed of means and samples.
    pub seed: u64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self {
            dimension: 400,
            source_samples: 2000,
            target_rows: 2000,
            source_norm: 1.2,
            orthogonal_norm: 0.75,
            alignment: 0.8,
            source_spectrum: Spectrum::Identity,
            target_spectrum: Spectrum::Identity,
            seed: 1,
        }
    }
}

impl SyntheticConfig {
    /// The two mixtures.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value out of range.
    pub fn mixtures(&self) -> Result<(Mixture, Mixture)> {
        for (name, count) in
            [("dimension", self.dimension), ("source-samples", self.source_samples), ("target-rows", self.target_rows)]
        {
            at_least(name, 2, count)?;
        }
        let bytes = self.dimension as f64 * (self.source_samples as f64 + self.target_rows as f64) * 8.0;
        if bytes > MOST_BYTES {
            let [gb, most] = [bytes, MOST_BYTES].map(|bytes| bytes / 1e9);
            let rule = format!(
                "smaller: {} features of {} source samples and {} target rows take {gb:.0} GB, and at most {most:.0} GB are drawn",
                self.dimension, self.source_samples, self.target_rows
            );
            let (name, largest) = [("source-samples", self.source_samples), ("target-rows", self.target_rows)]
                .into_iter()
                .fold(("dimension", self.dimension), |most, one| if one.1 > most.1 { one } else { most });
            return Err(Error::parameter(name, largest, rule));
        }
        for (name, norm) in [("source-norm", self.source_norm), ("orthogonal-norm", self.orthogonal_norm)] {
            within(name, norm, norm >= 0.0, "finite and ≥ 0")?;
        }
        within("alignment", self.alignment, self.alignment.abs() <= 1.0, "between -1 and 1")?;
        let p = self.dimension;
        let rng = &mut StdRng::seed_from_u64(self.seed);
        let mut direction = || DVector::<f64>::from_fn(p, |_, _| StandardNormal.sample(rng)).normalize();
        let (one, other) = (direction(), direction());
        let across = (&other - &one * one.dot(&other)).normalize();
        let mean = one * self.source_norm;
        let rest = (1.0 - self.alignment * self.alignment).sqrt() * self.orthogonal_norm;
        let target = &mean * self.alignment + across * rest;
        Ok((
            Mixture { mean, eigenvalues: self.source_spectrum.eigenvalues(p)? },
            Mixture { mean: target, eigenvalues: self.target_spectrum.eigenvalues(p)? },
        ))
    }

    /// Draws source and target.
    ///
    /// # Errors
    /// As [`SyntheticConfig::mixtures`].
    pub fn draw(&self) -> Result<(Samples, Samples)> {
        let (source, target) = self.mixtures()?;
        let rng = &mut StdRng::seed_from_u64(self.seed ^ 0x5eed);
        Ok((source.draw(self.source_samples, rng)?, target.draw(self.target_rows, rng)?))
    }
}
