//! Simulation by the book: draw the samples, train the classifiers, take their exact accuracy.

use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use crate::law::DecisionLaw;
use crate::ridge::Ridge;
use crate::setting::Setting;
use crate::source::Sources;

/// One simulated pair of source and fine-tuned classifier at a [`Setting`].
///
/// Given the classifiers the test accuracy is exactly Φ(⟨w, μ_β⟩/‖w‖): no test sample is drawn, and because w_α is
/// affine in α one run holds the accuracy at every α.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// ⟨w̃, μ_β⟩ and ‖w̃‖² of the simulated source.
    pub source: Sources,
    /// Mean and variance of the simulated decision function, as a law in α.
    pub law: DecisionLaw,
}

/// Simulates one run: O(Np·min(N, p) + np·min(n, p)).
///
/// The means are put along the first two axes, which the rotation-invariant noise does not notice; the labels are all
/// +1, since X enters only through XXᵀ and Xy.
///
/// # Errors
/// [`Error::Parameter`] for a setting out of range, or whose counts are not whole numbers, or with a dimension below 2.
pub fn run(setting: &Setting, rng: &mut impl Rng) -> Result<Run> {
    setting.isotropic()?;
    let p = whole("dimension", setting.dimension, 2)?;
    let source_samples = whole("source-samples", setting.source_samples, 1)?;
    let target_samples = whole("target-samples", setting.target_samples, 1)?;

    let mut source_mean = DVector::zeros(p);
    source_mean[0] = setting.source_norm;
    let mut target_mean = &source_mean * setting.alignment;
    target_mean[1] = (1.0 - setting.alignment * setting.alignment).sqrt() * setting.orthogonal_norm;

    let source = Ridge::new(positives(&source_mean, source_samples, rng), setting.source_ridge)?
        .classifier(&DVector::repeat(source_samples, 1.0))?;
    let path = Ridge::new(positives(&target_mean, target_samples, rng), setting.target_ridge)?
        .alpha_path(&DVector::repeat(target_samples, 1.0), &source)?;

    let columns = DMatrix::from_columns(&[path.intercept, path.slope]);
    Ok(Run {
        source: Sources::given(&[source.dot(&target_mean)], &[source.norm_squared()])?,
        law: DecisionLaw::new(columns.tr_mul(&target_mean).as_slice(), columns.tr_mul(&columns).as_slice())?,
    })
}

/// `count` samples of class +1: mean plus standard normal noise, a sample a column.
fn positives(mean: &DVector<f64>, count: usize, rng: &mut impl Rng) -> DMatrix<f64> {
    DMatrix::from_fn(mean.len(), count, |i, _| {
        let noise: f64 = StandardNormal.sample(rng);
        mean[i] + noise
    })
}

/// A count of things, which a simulation cannot have a fraction of.
fn whole(name: &'static str, value: f64, least: usize) -> Result<usize> {
    let allowed =
        if least == 2 { "a whole number >= 2 in a simulation" } else { "a whole number >= 1 in a simulation" };
    if value.fract() == 0.0 && value >= least as f64 && value < 1e15 {
        Ok(value as usize)
    } else {
        Err(Error::Parameter { name, value, allowed })
    }
}
