//! How long the theory takes, for scripts/compare/theory.py to set beside NumPy: one line of JSON per call, seconds, the best of
//! several.
//!
//!     RAYON_NUM_THREADS=2 cargo run --release -p alpha-rmt --example timings [-- --large]

use std::hint::black_box;
use std::time::Instant;

use alpha_rmt::Result;
use alpha_rmt::covariance::{Source, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::nalgebra::DMatrix;
use alpha_rmt::points::Points;
use alpha_rmt::setting::Setting;
use alpha_rmt::simulation::{Method, Simulation};
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Spacing, Sweep, spaced};
use alpha_rmt::training::Training;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Prints the time of a call, the best of `rounds` of `calls` each.
fn timed<T>(name: &str, rounds: usize, calls: usize, mut call: impl FnMut() -> Result<T>) -> Result<()> {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call()?);
        }
        best = best.min(start.elapsed().as_secs_f64() / calls as f64);
    }
    println!("{{\"name\": \"{name}\", \"seconds\": {best:e}}}");
    Ok(())
}

/// 2p samples of p features, and their covariance.
fn features(p: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let rng = &mut StdRng::seed_from_u64(1);
    let x = DMatrix::from_fn(p, 2 * p, |i, _| {
        let noise: f64 = StandardNormal.sample(rng);
        noise * (1.0 + i as f64 / 50.0).sqrt().recip()
    });
    let covariance = &x * x.transpose() / (2 * p) as f64;
    (x, covariance)
}

fn best_accuracy(target: &SpectralTarget, ridge: f64) -> Result<f64> {
    let law = target.law(Training { samples: 200.0, ridge })?;
    Ok(law.at_optimum(&law.optimum()?)?.accuracy())
}

/// The decomposition, and the best accuracy at each of 100 ridges.
fn path(covariance: &DMatrix<f64>) -> Result<f64> {
    let mean: Vec<f64> = (0..covariance.nrows()).map(|i| 1.5 / (1.0 + i as f64 / 10.0)).collect();
    let source: Vec<f64> = mean.iter().map(|m| 0.3 * m + 0.01).collect();
    let target = SpectralTarget::from_covariance(covariance, &mean, &[Source::Given(&source)])?;
    let ridges = spaced([1e-3, 1e3], 100, Spacing::Log);
    Ok(ridges.par_iter().map(|ridge| best_accuracy(&target, *ridge)).collect::<Result<Vec<_>>>()?.iter().sum())
}

/// Points that one task computes.
const CHUNK: usize = 1024;

/// Every quantity at 10⁶ points over c = p/n and β, the grid of scripts/compare/theory.py, as columns that are kept.
fn grid() -> Result<(Sweep, Vec<Points>)> {
    let base = Setting {
        source_samples: 2000.0,
        target_samples: 400.0,
        dimension: 400.0,
        source_norm: 1.0,
        orthogonal_norm: 1.0,
        alignment: 0.5,
        source_ridge: 1.0,
        target_ridge: 1.0,
    };
    let axes = vec!["aspect-ratio=0.01:10:1000:log".parse()?, "alignment=0:1:1000".parse()?];
    let sweep = Sweep::new(base, None, SourceForm::Correct, axes)?;
    let chunks = vec![Points::default(); sweep.len().div_ceil(CHUNK)];
    Ok((sweep, chunks))
}

/// Computes the points of the grid, in the memory of those before.
fn points(sweep: &Sweep, chunks: &mut [Points]) -> Result<()> {
    chunks.par_iter_mut().enumerate().try_for_each(|(i, points)| {
        let start = i * CHUNK;
        sweep.points(start..sweep.len().min(start + CHUNK), points)
    })
}

fn main() -> Result<()> {
    let setting = Setting {
        source_samples: 5000.0,
        target_samples: 40.0,
        dimension: 1000.0,
        source_norm: 0.8,
        orthogonal_norm: 0.8,
        alignment: 0.5,
        source_ridge: 5.0,
        target_ridge: 0.1,
    };
    timed("point", 3, 20_000, || black_box(setting).point(None, SourceForm::Correct))?;

    let (sweep, mut chunks) = grid()?;
    timed("points", 20, 1, || points(&sweep, &mut chunks))?;
    drop(chunks);

    let (x, covariance) = features(1000);
    timed("gram", 5, 1, || Eigenbasis::sample_covariance(&x, 2000.0))?;
    timed("path", 5, 1, || path(&covariance))?;
    let mean: Vec<f64> = (0..1000).map(|i| 1.5 / (1.0 + i as f64 / 10.0)).collect();
    let target = Eigenbasis::covariance(&covariance)?.target(&mean, &[Source::Given(&mean)])?;
    timed("law", 5, 200, || target.law(Training { samples: 200.0, ridge: black_box(0.1) }))?;

    let setting = Setting { source_samples: 5e3, target_samples: 5e3, source_norm: 1.5, ..setting };
    let simulation = Simulation::new(setting, Method::Dense, 1)?;
    timed("run", 5, 1, || simulation.run(0))?;
    timed("ten runs", 1, 1, || (0..10u64).into_par_iter().map(|i| simulation.run(i)).collect::<Result<Vec<_>>>())?;
    if std::env::args().any(|argument| argument == "--large") {
        let (_, covariance) = features(4000);
        timed("large path", 1, 1, || path(&covariance))?;
    }
    Ok(())
}
