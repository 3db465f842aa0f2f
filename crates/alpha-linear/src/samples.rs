//! Labelled samples, their standardisation, and the class statistics that the published α* is computed from.

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};

/// Labelled samples of one domain: as many labels as columns of features, which whatever takes them checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Features, p×rows: a sample a column.
    pub features: DMatrix<f64>,
    /// Labels, ±1, one per sample.
    pub labels: DVector<f64>,
}

/// Mean and inverse standard deviation of every feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standardisation {
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

    /// Refuses samples that are none: no feature, labels that are not ±1 or not as many as there are columns.
    pub(crate) fn check(&self, what: &'static str) -> Result<()> {
        let refuse = |reason: String| Err(Error::Data { what, reason });
        let (p, columns) = self.features.shape();
        if p == 0 || columns == 0 {
            return refuse(format!("{columns} samples of {p} features, expected some"));
        }
        if self.rows() != columns {
            return refuse(format!("{} labels for {columns} samples", self.rows()));
        }
        match self.labels.iter().position(|y| y.abs() != 1.0) {
            Some(i) => refuse(format!("label {} is {}, expected -1 or 1", i + 1, self.labels[i])),
            None => Ok(()),
        }
    }

    /// [`Samples::check`], and that both classes are there.
    pub(crate) fn check_classes(&self, what: &'static str) -> Result<()> {
        self.check(what)?;
        match [-1.0, 1.0].into_iter().find(|class| !self.labels.iter().any(|y| y == class)) {
            Some(class) => {
                Err(Error::Data { what, reason: format!("no sample of class {class}, both classes must be present") })
            }
            None => Ok(()),
        }
    }

    /// Some of the samples, in the order of `rows`.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self { features: self.features.select_columns(rows), labels: self.labels.select_rows(rows) }
    }

    /// The first `count` samples, or all if there are fewer.
    pub(crate) fn head(&self, count: usize) -> Self {
        let count = count.min(self.rows());
        Self { features: self.features.columns(0, count).into_owned(), labels: self.labels.rows(0, count).into_owned() }
    }

    /// For each sample, whether a sample before it has the same features.
    pub(crate) fn repeats(&self) -> Vec<bool> {
        let mut seen = std::collections::HashSet::new();
        self.features.column_iter().map(|x| !seen.insert(key(x.as_slice()))).collect()
    }

    /// The samples without those that [`Samples::repeats`] another.
    pub(crate) fn distinct(&self) -> Self {
        let repeats = self.repeats();
        self.select(&(0..self.rows()).filter(|i| !repeats[*i]).collect::<Vec<_>>())
    }

    /// Share of samples that sign(⟨w, x⟩) labels correctly.
    pub(crate) fn accuracy(&self, classifier: &DVector<f64>) -> f64 {
        let scores = self.features.tr_mul(classifier);
        share_right(scores.iter().copied().zip(self.labels.iter().copied()))
    }

    fn class_means(&self, what: &'static str) -> Result<ClassMeans> {
        self.check_classes(what)?;
        let mean = |sign: f64| {
            let count = self.labels.iter().filter(|y| **y == sign).count();
            &self.features * self.labels.map(|y| if y == sign { 1.0 / count as f64 } else { 0.0 })
        };
        Ok(ClassMeans { minus: mean(-1.0), plus: mean(1.0) })
    }
}

/// Share of scores that have the sign of their labels; a score of 0 has none.
pub(crate) fn share_right(scored: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (mut right, mut count) = (0_usize, 0_usize);
    for (score, label) in scored {
        right += usize::from(score * label > 0.0);
        count += 1;
    }
    right as f64 / count as f64
}

/// Features with, perhaps, more of them beside.
pub(crate) fn joined(features: &DMatrix<f64>, more: Option<&DMatrix<f64>>) -> DMatrix<f64> {
    let columns = features.column_iter().chain(more.into_iter().flat_map(DMatrix::column_iter));
    DMatrix::from_columns(&columns.collect::<Vec<_>>())
}

/// Equal for equal numbers: −0 is 0, and one NaN is like another.
pub(crate) fn key(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { (x + 0.0).to_bits() }).collect()
}

/// Features with the same value in every row (p×m).
pub(crate) fn constant(features: &DMatrix<f64>) -> Vec<usize> {
    let scale = Standardisation::of(features).scale;
    (0..scale.len()).filter(|i| scale[*i] == 0.0).collect()
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
            let variance = variance[i] / rows;
            if constant[i] {
                0.0
            } else if variance.is_normal() {
                variance.sqrt().recip()
            } else {
                // Squares that do not fit in an f64.
                let centred = features.row(i).add_scalar(-mean[i]);
                let largest = centred.amax();
                ((centred / largest).norm() / rows.sqrt()).recip() / largest
            }
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
    /// [`Error::Data`] if a class is missing, labels are not ±1 or the two have not the same features.
    pub fn new(source: &Samples, target: &Samples) -> Result<Self> {
        if source.dimension() != target.dimension() {
            let reason = format!("{} features, expected the target's {}", source.dimension(), target.dimension());
            return Err(Error::Data { what: "source", reason });
        }
        let (source, target) = (source.class_means("source")?, target.class_means("target")?);
        let half = |means: &ClassMeans| (&means.plus - &means.minus) / 2.0;
        let (mu_source, mu_target) = (half(&source), half(&target));
        let norm_squared = source.minus.dot(&source.plus).abs();
        let alignment = mu_source.dot(&mu_target) / norm_squared;
        let orthogonal = mu_target - mu_source * alignment;
        let orthogonal_norm = orthogonal.norm();
        if !orthogonal_norm.is_finite() {
            return Err(Error::range("the source's alignment, its class means being at right angles or 0,"));
        }
        Ok(Self { source_norm: norm_squared.sqrt(), alignment, orthogonal_norm })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_rows_are_left_out() {
        let features = DMatrix::from_row_slice(2, 5, &[1.0, 2.0, 1.0, 0.0, -0.0, 3.0, 3.0, 3.0, 4.0, 4.0]);
        let samples = Samples { features, labels: DVector::from_vec(vec![1.0, -1.0, -1.0, 1.0, 1.0]) };
        assert_eq!(samples.repeats(), [false, false, true, false, true]);
        assert_eq!(samples.distinct(), samples.select(&[0, 1, 3]));
    }

    #[test]
    fn features_of_any_size_are_standardised() {
        // Their squares overflow, underflow, or do neither.
        for scale in [1e200, 1e-200, 1e-165, 1.0] {
            let mut features = DMatrix::from_row_slice(2, 4, &[1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0]) * scale;
            assert_eq!(constant(&features), [1]);
            Standardisation::of(&features).apply(&mut features);
            for (i, x) in [-1.5, -0.5, 0.5, 1.5].into_iter().enumerate() {
                assert!((features[(0, i)] - x / 1.25f64.sqrt()).abs() < 1e-14, "{scale}: {features}");
                assert_eq!(features[(1, i)], 0.0);
            }
        }
    }

    #[test]
    fn what_are_no_samples_is_refused() {
        let samples = |p: usize, columns: usize, labels: &[f64]| Samples {
            features: DMatrix::repeat(p, columns, 1.0),
            labels: DVector::from_column_slice(labels),
        };
        for (samples, reason) in [
            (samples(0, 2, &[1.0, -1.0]), "2 samples of 0 features"),
            (samples(3, 0, &[]), "0 samples of 3 features"),
            (samples(3, 2, &[1.0, -1.0, 1.0]), "3 labels for 2 samples"),
            (samples(3, 2, &[1.0, 0.0]), "label 2 is 0, expected -1 or 1"),
            (samples(3, 2, &[1.0, f64::NAN]), "label 2 is NaN"),
            (samples(3, 2, &[1.0, 1.0]), "no sample of class -1"),
            (samples(3, 2, &[-1.0, -1.0]), "no sample of class 1"),
        ] {
            let message = samples.check_classes("target").unwrap_err().to_string();
            assert!(message.starts_with("target: ") && message.contains(reason), "{message}");
        }
    }
}
