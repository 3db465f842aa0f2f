//! The quantities of the theory, measured on simulated data, and how far they lie from it.

mod compressed;
mod dense;
mod mixture;
mod statistics;

use std::str::FromStr;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::check::require;
use crate::error::{Error, Result};
use crate::law::DecisionLaw;
use crate::setting::Setting;
use crate::source::Sources;

pub use mixture::{Mixture, Noise};
pub use statistics::{Moments, Statistic, compare};

/// How a run is drawn; both draw from the same law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// By the book: draw the samples, train the classifiers. O(Np·min(N, p) + np·min(n, p)) per run.
    Dense,
    /// The same law from a random block-bidiagonal matrix: O(p) per run, and less where the far blocks are below
    /// rounding.
    Compressed,
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "dense" => Ok(Self::Dense),
            "compressed" => Ok(Self::Compressed),
            _ => Err(Error::Unknown {
                what: "simulation method",
                value: word.to_owned(),
                expected: "dense or compressed".to_owned(),
            }),
        }
    }
}

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

/// Simulations of a [`Setting`], reproducible run by run.
///
/// ```
/// use alpha_rmt::simulation::{Method, Simulation};
/// # use alpha_rmt::setting::Setting;
/// # use alpha_rmt::source::SourceForm;
/// let setting = Setting {
///     source_samples: 2e6, target_samples: 2e6, dimension: 1e6,
///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
/// };
/// let run = Simulation::new(setting, Method::Compressed, 1)?.run(0)?;
/// let theory = setting.point(None, SourceForm::Correct)?;
/// assert!((run.law.at(&[1.0])?.accuracy() - theory.accuracy_at_1.unwrap()).abs() < 5e-3);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulation {
    setting: Setting,
    method: Method,
    seed: u64,
    counts: Counts,
}

/// The counts of a setting as whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Counts {
    dimension: usize,
    source_samples: usize,
    target_samples: usize,
}

/// Entries of a matrix of samples that is drawn, at most: 16 GiB.
const MOST_ENTRIES: usize = 1 << 31;
/// Runs that one task draws at most.
const CHUNK: u64 = 16;
/// Tasks that even a few runs are shared out among; fixed, so that the sums do not depend on the number of cores.
const TASKS: u64 = 32;

impl Simulation {
    /// A simulation whose run i is drawn from a stream of its own, keyed by the seed and i.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a setting out of range, or whose counts are not whole numbers, or with a dimension
    /// below 2, or with more than 2³¹ features of all samples together to draw by the book.
    pub fn new(setting: Setting, method: Method, seed: u64) -> Result<Self> {
        setting.isotropic()?;
        setting.source(crate::source::SourceForm::Correct)?;
        let counts = Counts {
            dimension: whole("dimension", setting.dimension, 2)?,
            source_samples: whole("source-samples", setting.source_samples, 1)?,
            target_samples: whole("target-samples", setting.target_samples, 1)?,
        };
        if method == Method::Dense {
            for samples in [counts.source_samples, counts.target_samples] {
                let possible = counts.dimension.checked_mul(samples).is_some_and(|entries| entries <= MOST_ENTRIES);
                let entries = counts.dimension as f64 * samples as f64;
                require("features times samples", entries, possible, "at most 2^31 in a dense simulation")?;
            }
        }
        Ok(Self { setting, method, seed, counts })
    }

    /// The setting.
    pub(crate) fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Run number `index`.
    ///
    /// # Errors
    /// [`Error::Singular`] if a Gram matrix is not positive definite in floating point (a ridge far below rounding).
    pub fn run(&self, index: u64) -> Result<Run> {
        let rng = &mut self.stream(index);
        match self.method {
            Method::Dense => dense::run(&self.setting, self.counts, rng),
            Method::Compressed => compressed::run(&self.setting, self.counts, rng, 1.0),
        }
    }

    /// Run number `index` and its mirror image, each with the law of a run (compressed, whatever the method). The average
    /// of a statistic over the two has the same mean as over one, with a deviation of order 1/p instead of 1/√p.
    ///
    /// # Errors
    /// As [`Simulation::run`].
    ///
    /// ```
    /// # use alpha_rmt::{setting::Setting, simulation::{Method, Simulation}, source::SourceForm};
    /// let setting = Setting {
    ///     source_samples: 5e4, target_samples: 2e4, dimension: 1e4,
    ///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
    /// };
    /// let [one, other] = Simulation::new(setting, Method::Compressed, 1)?.mirrored(0)?.map(|run| run.source.gram()[0]);
    /// let theory = setting.source(SourceForm::Correct)?.gram()[0];
    /// assert!((0.5 * (one + other) - theory).abs() < 0.1 * (one - theory).abs());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn mirrored(&self, index: u64) -> Result<[Run; 2]> {
        let run = |sign| compressed::run(&self.setting, self.counts, &mut self.stream(index), sign);
        Ok([run(1.0)?, run(-1.0)?])
    }

    fn stream(&self, index: u64) -> StdRng {
        stream(self.seed, index)
    }
}

/// The random numbers of run `index`.
pub(crate) fn stream(seed: u64, index: u64) -> StdRng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&index.to_le_bytes());
    StdRng::from_seed(key)
}

/// Moments of K statistics over draws 0, 1, … `draws` − 1, on all cores; the same on any number of them.
///
/// # Errors
/// Whatever `statistics` returns.
///
/// ```
/// use alpha_rmt::simulation::moments;
/// let [index, square] = moments(101, |i| Ok([i as f64, (i * i) as f64]))?;
/// assert!((index.mean() - 50.0).abs() < 1e-12 && (square.mean() - 3350.0).abs() < 1e-9);
/// assert!((index.deviation() - 858.5f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
pub fn moments<const K: usize>(
    draws: u64,
    statistics: impl Fn(u64) -> Result<[f64; K]> + Sync,
) -> Result<[Moments; K]> {
    let mut all = [Moments::default(); K];
    all.copy_from_slice(&moments_of(draws, K, statistics)?);
    Ok(all)
}

/// [`moments`] of `count` statistics, a number that only the call knows.
pub(crate) fn moments_of<S: AsRef<[f64]>>(
    draws: u64,
    count: usize,
    statistics: impl Fn(u64) -> Result<S> + Sync,
) -> Result<Vec<Moments>> {
    let size = (draws / TASKS).clamp(1, CHUNK);
    let chunk = |start: u64| {
        let mut moments = vec![Moments::default(); count];
        for index in start..draws.min(start + size) {
            moments.iter_mut().zip(statistics(index)?.as_ref()).for_each(|(m, x)| m.push(*x));
        }
        Ok(moments)
    };
    let chunks: Vec<Vec<Moments>> =
        (0..draws.div_ceil(size)).into_par_iter().map(|i| chunk(i * size)).collect::<Result<_>>()?;
    Ok(chunks.into_iter().fold(vec![Moments::default(); count], |mut all, chunk| {
        all.iter_mut().zip(chunk).for_each(|(m, other)| m.merge(other));
        all
    }))
}

/// A count of things, which a simulation cannot have a fraction of.
pub(crate) fn whole(name: &'static str, value: f64, least: usize) -> Result<usize> {
    let allowed =
        if least == 2 { "a whole number >= 2 in a simulation" } else { "a whole number >= 1 in a simulation" };
    if value.fract() == 0.0 && value >= least as f64 && value < 1e15 {
        Ok(value as usize)
    } else {
        Err(Error::Parameter { name, value, allowed })
    }
}
