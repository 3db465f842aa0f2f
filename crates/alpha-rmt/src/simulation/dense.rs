//! Simulation by the book: draw the samples, train the classifiers, take their exact accuracy.

use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{Counts, Run};
use crate::error::Result;
use crate::law::DecisionLaw;
use crate::ridge::Ridge;
use crate::setting::Setting;
use crate::source::Sources;

/// Simulates one run.
///
/// The means are put along the first two axes, which the rotation-invariant noise does not notice; the labels are all
/// +1, since X enters only through XXᵀ and Xy.
pub(super) fn run(setting: &Setting, counts: Counts, rng: &mut (impl Rng + Send)) -> Result<Run> {
    let mut source_mean = DVector::zeros(counts.dimension);
    source_mean[0] = setting.source_norm;
    let mut target_mean = &source_mean * setting.alignment;
    target_mean[1] = (1.0 - setting.alignment * setting.alignment).sqrt() * setting.orthogonal_norm;

    let known = positives(&source_mean, counts.source_samples, rng);
    // The source is trained while the target's samples are drawn, after its own from the same stream.
    let (source, own) = rayon::join(
        || Ridge::new(known, setting.source_ridge)?.classifier(&DVector::repeat(counts.source_samples, 1.0)),
        || positives(&target_mean, counts.target_samples, rng),
    );
    let source = source?;
    let path =
        Ridge::new(own, setting.target_ridge)?.alpha_path(&DVector::repeat(counts.target_samples, 1.0), &source)?;

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
