//! Labelled samples, their standardisation, and the class statistics that the published α* is computed from.

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};

/// Labelled samples of one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Features, p×rows: a sample a column.
    pub features: DMatrix<f64>,
    /// Labels, ±1, one per sample.
    pub labels: DVector<f64>,
}

/// Mean and inverse standard deviation of every feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardisation {
    /// Mean, p entries.
    pub mean: DVector<f64>,
    /// 1/deviation, p entries; 0 for a constant feature.
    pub scale: DVector<f64>,
}

/// What Table 1 of the paper feeds into the formula for α*. It uses every label, those of the test rows included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedStatistics {
    /// ‖μ‖ = √|⟨μ̂₋, μ̂₊⟩| of the source's class means.
    pub source_norm: f64,
    /// β = ⟨μ̂_s, μ̂_t⟩/‖μ‖², with μ̂ = (μ̂₊ − μ̂₋)/2.
    pub alignment: f64,
    /// ‖μ_⊥‖ = ‖μ̂_t − βμ̂_s‖.
    pub orthogonal_norm: f64,
}

/// Means of the two classes, p entries each.
struct ClassMeans {
    minus: DVector<f64>,
    plus: DVector<f64>,
}

impl Samples {
    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Number of features p.
    pub fn dimension(&self) -> usize {
        self.features.nrows()
    }

    /// Shifts and scales every feature to mean 0 and population variance 1 over all rows; a constant one becomes 0.
    pub fn standardise(&mut self) {
        Standardisation::of(&self.features).apply(&mut self.features);
    }

    /// The first `count` samples, or all if there are fewer.
    pub fn head(&self, count: usize) -> Self {
        let count = count.min(self.rows());
        Self { features: self.features.columns(0, count).into_owned(), labels: self.labels.rows(0, count).into_owned() }
    }

    /// For each sample, whether a sample before it has the same features.
    pub fn repeats(&self) -> Vec<bool> {
        let mut seen = std::collections::HashSet::new();
        self.features.column_iter().map(|x| !seen.insert(key(x.as_slice()))).collect()
    }

    /// The samples without those that [`Samples::repeats`] another.
    pub fn distinct(&self) -> Self {
        let rows: Vec<usize> =
            self.repeats().iter().enumerate().filter(|(_, repeated)| !**repeated).map(|(i, _)| i).collect();
        Self { features: self.features.select_columns(&rows), labels: self.labels.select_rows(&rows) }
    }

    /// Share of samples that sign(⟨w, x⟩) labels correctly.
    pub fn accuracy(&self, classifier: &DVector<f64>) -> f64 {
        let scores = self.features.tr_mul(classifier);
        let correct = scores.iter().zip(&self.labels).filter(|(score, label)| *score * *label > 0.0).count();
        correct as f64 / self.rows() as f64
    }

    fn class_means(&self) -> Result<ClassMeans> {
        let mean = |sign: f64| {
            let count = self.labels.iter().filter(|y| **y == sign).count();
            if count == 0 {
                return Err(Error::Parameter {
                    name: "labels",
                    value: format!("no sample with label {sign}"),
                    allowed: "both classes must be present".to_owned(),
                });
            }
            let weights = self.labels.map(|y| if y == sign { 1.0 / count as f64 } else { 0.0 });
            Ok(&self.features * weights)
        };
        Ok(ClassMeans { minus: mean(-1.0)?, plus: mean(1.0)? })
    }
}

/// Equal for equal numbers: −0 is 0, and one NaN is like another.
pub(crate) fn key(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { (x + 0.0).to_bits() }).collect()
}

impl Standardisation {
    /// Of the features of some rows (p×rows).
    pub fn of(features: &DMatrix<f64>) -> Self {
        let (p, rows) = features.shape();
        let rows = rows as f64;
        let mut constant = vec![true; p];
        let mut mean = DVector::zeros(p);
        for column in features.column_iter() {
            mean += column;
            for (i, same) in constant.iter_mut().enumerate() {
                *same &= column[i] == features[(i, 0)];
            }
        }
        mean /= rows;
        let mut variance: DVector<f64> = DVector::zeros(p);
        for column in features.column_iter() {
            for i in 0..p {
                let centred = column[i] - mean[i];
                variance[i] += centred * centred;
            }
        }
        let scale = DVector::from_fn(p, |i, _| {
            let deviation = (variance[i] / rows).sqrt();
            if constant[i] { 0.0 } else { deviation.recip() }
        });
        Self { mean, scale }
    }

    /// Standardises rows of the same features.
    pub fn apply(&self, features: &mut DMatrix<f64>) {
        for mut column in features.column_iter_mut() {
            column -= &self.mean;
            column.component_mul_assign(&self.scale);
        }
    }
}

impl PublishedStatistics {
    /// The published statistics of a pair of standardised domains (theory §5, second inconsistency).
    ///
    /// # Errors
    /// [`Error::Parameter`] if a class is missing.
    pub fn new(source: &Samples, target: &Samples) -> Result<Self> {
        let (source, target) = (source.class_means()?, target.class_means()?);
        let half = |means: &ClassMeans| (&means.plus - &means.minus) / 2.0;
        let (mu_source, mu_target) = (half(&source), half(&target));
        let norm_squared = source.minus.dot(&source.plus).abs();
        let alignment = mu_source.dot(&mu_target) / norm_squared;
        let orthogonal = mu_target - mu_source * alignment;
        Ok(Self { source_norm: norm_squared.sqrt(), alignment, orthogonal_norm: orthogonal.norm() })
    }
}
