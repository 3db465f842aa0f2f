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
    /// 1/deviation, p entries; 0 for a feature that is constant up to rounding.
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

    /// Shifts and scales every feature to mean 0 and population variance 1 over all rows; one that is constant
    /// up to rounding becomes 0.
    pub fn standardise(&mut self) {
        Standardisation::of(&self.features).apply(&mut self.features);
    }

    /// Places of the features with the same value in every row, up to rounding.
    pub fn constant(&self) -> Vec<usize> {
        constant(&self.features)
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

/// Features with the same value in every row (p×m), up to rounding.
pub(crate) fn constant(features: &DMatrix<f64>) -> Vec<usize> {
    let scale = Standardisation::of(features).scale;
    (0..scale.len()).filter(|i| scale[*i] == 0.0).collect()
}

/// The largest difference between two values that counts as rounding, in units of the larger: 1024 ε = 2.3e-13.
///
/// Two sums of the same k terms, taken in different orders, differ by at most (k − 1)ε of their size where the terms have one
/// sign, and by about √k ε for random errors. This is the worst case of a thousand terms, and the usual one of a million. A
/// value of 1e6 that varies by 1e-6 is above it, 0.3 beside 0.1 + 0.2 and 1.7e9 ± 2.4e-7 are below.
const ROUNDING: f64 = 1024.0 * f64::EPSILON;

/// The same for numbers of single precision, which keep fewer of them: 8 ε.
const SINGLE_ROUNDING: f64 = 8.0 * f32::EPSILON as f64;

/// Whether all that lies between the smallest and the largest of some values is rounding.
pub(crate) fn is_rounding<V: Iterator<Item = f64>>([low, high]: [f64; 2], values: impl Fn() -> V) -> bool {
    let (range, largest) = (high - low, low.abs().max(high.abs()));
    if range > SINGLE_ROUNDING * largest || !largest.is_finite() || values().any(f64::is_nan) {
        return false;
    }
    // Whole numbers are exact in either precision.
    range <= ROUNDING * largest || values().all(is_single) && !values().all(|x| x.fract() == 0.0)
}

/// Whether values vary, but by no more than rounding them to single precision would make them, and are not all whole.
pub(crate) fn barely_vary(values: &[f64]) -> bool {
    let [low, high] =
        values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(*x), high.max(*x)]);
    high - low <= SINGLE_ROUNDING * low.abs().max(high.abs())
        && !values.iter().all(|x| x.fract() == 0.0)
        && !is_rounding([low, high], || values.iter().copied())
}

/// Whether a number is one of single precision, as it is or in its shortest decimal form.
fn is_single(x: f64) -> bool {
    let single = x as f32;
    f64::from(single) == x || single.to_string().parse() == Ok(x)
}

impl Standardisation {
    /// Of the features of some rows (p×rows).
    pub fn of(features: &DMatrix<f64>) -> Self {
        let (p, rows) = features.shape();
        let rows = rows as f64;
        let mut ends = vec![[f64::INFINITY, f64::NEG_INFINITY]; p];
        let mut mean = DVector::zeros(p);
        for column in features.column_iter() {
            mean += column;
            for ([low, high], x) in ends.iter_mut().zip(column) {
                *low = low.min(*x);
                *high = high.max(*x);
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
            if is_rounding(ends[i], || (0..features.ncols()).map(move |j| features[(i, j)])) {
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
    fn rounding_is_no_variation() {
        let ordered: f64 = (1..=1000).map(|i| 1.0 / f64::from(i)).sum();
        let reversed: f64 = (1..=1000).rev().map(|i| 1.0 / f64::from(i)).sum();
        assert_ne!(ordered, reversed);
        for (values, is_constant) in [
            ([0.3, 0.1 + 0.2, 0.3], true),
            ([-0.3, -0.1 - 0.2, -0.3], true),
            ([1.7e9, 1.7e9 + 2.4e-7, 1.7e9 - 2.4e-7], true),
            ([ordered, reversed, ordered], true),
            ([1.0, 1.0 + 1000.0 * f64::EPSILON, 1.0], true),
            ([0.1_f32 + 0.2, 0.3, 0.3].map(f64::from), true),
            ([0.3, 0.30000004, 0.29999998], true),
            ([0.0, 0.0, -0.0], true),
            ([1.0, 1.0 + 1100.0 * f64::EPSILON, 1.0], false),
            ([1e6, 1e6 + 1e-3, 1e6 - 1e-3], false),
            ([1e6, 1e6 + 1e-6, 1e6], false),
            ([0.3, 0.3000000017, 0.2999999983], false),
            ([16777214.0, 16777215.0, 16777216.0], false),
            ([0.0, 1e-300, 0.0], false),
            ([1e-12, 2e-12, 1e-12], false),
            ([f64::NAN, 1.0, 1.0], false),
            ([f64::INFINITY, 1.0, 1.0], false),
        ] {
            let features = DMatrix::from_row_slice(1, 3, &values);
            assert_eq!(constant(&features) == [0], is_constant, "{values:?}");
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
