//! Which rows of a target are labelled, which are seen, and which are tested on.

use crate::error::{Error, Result};
use crate::numpy_rng::NumpyRng;
use crate::samples::{Samples, Standardisation};
use crate::study::StudyConfig;

/// What the classifier and its choices may see of the target besides the labelled rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As in the paper: features are standardised over all rows, and their covariance is known from all rows, those of the
    /// test included. Every row that is not labelled is tested on.
    AllRows,
    /// The same without the target's repeated rows.
    DistinctRows,
    /// Half of the rows are kept for the test and nothing is known of them: standardisation and covariance are those of
    /// the other half, from which the labelled rows come. The halves change places for the second half of the splits.
    HeldOut,
    /// The labelled rows and tests of [`Variant::HeldOut`], standardised over all rows, with the covariance of all rows: the
    /// difference is what the leak is worth.
    HeldOutLeaked,
}

impl Variant {
    /// All, in the order of the tables.
    pub const ALL: [Self; 4] = [Self::AllRows, Self::DistinctRows, Self::HeldOut, Self::HeldOutLeaked];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllRows => "as published",
            Self::DistinctRows => "repeated rows removed",
            Self::HeldOut => "test half unseen",
            Self::HeldOutLeaked => "test half seen, without labels",
        }
    }
}

/// A target as one or more splits meet it.
pub(super) struct Scene {
    /// Standardised by the rows that are seen, unless its units are kept.
    pub target: Samples,
    /// Rows seen without their labels.
    pub seen: Vec<usize>,
    /// For each split: rows in the order in which they are labelled, and rows kept for the test besides what is then left.
    pub orders: Vec<(Vec<usize>, Vec<usize>)>,
}

impl Scene {
    /// Labelled rows and test rows of a split.
    pub fn split(&self, split: usize, labels: usize) -> (&[usize], &[usize]) {
        let (order, test) = &self.orders[split];
        let (train, rest) = order.split_at(labels);
        (train, if test.is_empty() { rest } else { test })
    }
}

/// The scenes of a variant.
pub(super) fn scenes(target: &Samples, variant: Variant, config: &StudyConfig) -> Result<Vec<Scene>> {
    let target = if variant == Variant::DistinctRows { target.distinct() } else { target.clone() };
    let rows = target.rows();
    let halves = matches!(variant, Variant::HeldOut | Variant::HeldOutLeaked);
    let most = config.labels.iter().copied().max().unwrap_or(0);
    let available = if halves { rows / 2 } else { rows.saturating_sub(1) };
    if most > available {
        let allowed = format!("at most {available}, of the target's {rows} rows");
        return Err(Error::parameter("target-samples", most, allowed));
    }
    u32::try_from(rows).map_err(|_| Error::parameter("target rows", rows, "below 2³²"))?;
    let mut rng = NumpyRng::seed(config.seed);
    let mut permutation =
        |of: &[usize]| -> Vec<usize> { rng.permutation(of.len() as u32).into_iter().map(|i| of[i]).collect() };
    let all: Vec<usize> = (0..rows).collect();
    let standardised = |target: &Samples, rows: &[usize]| {
        if config.keep_units { target.clone() } else { standardised(target, rows) }
    };
    if !halves {
        let orders = (0..config.splits).map(|_| (permutation(&all), Vec::new())).collect();
        return Ok(vec![Scene { target: standardised(&target, &all), seen: all, orders }]);
    }
    let shuffled = permutation(&all);
    let (one, other) = shuffled.split_at(rows / 2);
    let mut scenes = Vec::new();
    for (pool, test, splits) in [(one, other, config.splits.div_ceil(2)), (other, one, config.splits / 2)] {
        if splits == 0 {
            continue;
        }
        let orders = (0..splits).map(|_| (permutation(pool), test.to_vec())).collect();
        let seen = if variant == Variant::HeldOut { pool.to_vec() } else { all.clone() };
        scenes.push(Scene { target: standardised(&target, &seen), seen, orders });
    }
    Ok(scenes)
}

/// The samples with the mean and variance of some rows at 0 and 1.
fn standardised(target: &Samples, rows: &[usize]) -> Samples {
    let units = Standardisation::of(&target.features.select_columns(rows));
    let mut target = target.clone();
    units.apply(&mut target.features);
    target
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;

    /// Mean over some rows of the first feature.
    fn mean(scene: &Scene, rows: &[usize]) -> f64 {
        rows.iter().map(|i| scene.target.features[(0, *i)]).sum::<f64>() / rows.len() as f64
    }

    #[test]
    fn nothing_is_seen_of_a_half_that_is_held_out() {
        let features = DMatrix::from_fn(2, 41, |i, j| ((j * j * (i + 3)) % 29) as f64);
        let target = Samples { features, labels: DVector::from_fn(41, |j, _| if j % 3 == 0 { 1.0 } else { -1.0 }) };
        let config = StudyConfig { labels: vec![5, 20], splits: 3, ..StudyConfig::default() };
        let (unseen, leaked) = (Variant::HeldOut, Variant::HeldOutLeaked);
        let [unseen, leaked] = [unseen, leaked].map(|variant| scenes(&target, variant, &config).unwrap());
        assert_eq!(unseen.iter().map(|scene| scene.orders.len()).collect::<Vec<_>>(), [2, 1]);
        for (scene, other) in unseen.iter().zip(&leaked) {
            assert_eq!(scene.orders, other.orders);
            for split in 0..scene.orders.len() {
                let (train, test) = scene.split(split, 5);
                assert_eq!((train.len(), test.len() + scene.seen.len()), (5, 41));
                assert!(train.iter().all(|row| scene.seen.contains(row)));
                assert!(test.iter().all(|row| !scene.seen.contains(row)));
                assert!(mean(scene, test).abs() > 1e-3, "the test's own mean is not 0");
            }
            assert!(mean(scene, &scene.seen).abs() < 1e-12);
            let all: Vec<usize> = (0..41).collect();
            assert_eq!(other.seen, all);
            assert!(mean(other, &all).abs() < 1e-12 && mean(scene, &all).abs() > 1e-3);
        }
        let kept = StudyConfig { keep_units: true, ..config.clone() };
        for variant in [Variant::AllRows, Variant::HeldOut] {
            assert!(scenes(&target, variant, &kept).unwrap().iter().all(|scene| scene.target == target));
        }
        // Where all rows are seen, all that are not labelled are tested on.
        let scene = scenes(&target, Variant::AllRows, &config).unwrap().remove(0);
        let (train, test) = scene.split(1, 20);
        let mut rows: Vec<usize> = train.iter().chain(test).copied().collect();
        rows.sort_unstable();
        assert_eq!((train.len(), rows), (20, (0..41).collect()));
    }
}
