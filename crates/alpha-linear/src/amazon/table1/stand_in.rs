//! A Gaussian stand-in for the Amazon data: the paper's mixture with the twelve pairs' published statistics.

use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::amazon::{Domain, FEATURES};
use crate::error::Result;
use crate::mixture::Mixture;
use crate::samples::{PublishedStatistics, Samples};

/// One pair of domains in numbers.
pub(super) struct Pair {
    pub source: Domain,
    pub target: Domain,
    /// Its published statistics.
    pub statistics: PublishedStatistics,
}

/// Rows drawn for either side of a pair, as many as the real files have.
const ROWS: usize = 2000;

/// ‖μ‖, β and ‖μ_⊥‖ of the real files in the order of Table 1, to four digits. A test recomputes them where the data is.
const STATISTICS: [[f64; 3]; 12] = [
    [1.1953, 0.7970, 0.7382],
    [1.1953, 0.7070, 1.1313],
    [1.1953, 0.7917, 1.1262],
    [1.2051, 0.7840, 0.7322],
    [1.2051, 0.7087, 1.1245],
    [1.2051, 0.7827, 1.1288],
    [1.4121, 0.5066, 0.9576],
    [1.4121, 0.5162, 0.9597],
    [1.4121, 0.8954, 0.7518],
    [1.4710, 0.5227, 0.9151],
    [1.4710, 0.5253, 0.9248],
    [1.4710, 0.8251, 0.7216],
];

/// The twelve pairs with the statistics of the real files.
pub(super) fn amazon_pairs() -> Vec<Pair> {
    Domain::pairs()
        .zip(STATISTICS)
        .map(|((source, target), [source_norm, alignment, orthogonal_norm])| {
            let statistics = PublishedStatistics { source_norm, alignment, orthogonal_norm };
            Pair { source, target, statistics }
        })
        .collect()
}

impl Pair {
    /// Draws source and target samples of the mixture: μ_β = βμ + √(1−β²) μ_⊥, unit noise, alternating labels. The
    /// same pair always gives the same samples.
    pub fn draw(&self) -> Result<(Samples, Samples)> {
        let PublishedStatistics { source_norm, alignment, orthogonal_norm } = self.statistics;
        let seed = 4 * self.source as u64 + self.target as u64;
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut mean = DVector::zeros(FEATURES);
        mean[0] = source_norm;
        let draw = |mean: &DVector<f64>, rng: &mut StdRng| {
            Mixture { mean: mean.clone(), eigenvalues: vec![1.0; FEATURES] }.draw(ROWS, rng)
        };
        let source = draw(&mean, rng)?;
        mean *= alignment;
        mean[1] = (1.0 - alignment * alignment).sqrt() * orthogonal_norm;
        Ok((source, draw(&mean, rng)?))
    }
}
