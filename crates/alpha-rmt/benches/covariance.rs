//! General covariance: the decomposition once, then laws and searches over ridges.

use std::hint::black_box;

use alpha_rmt::covariance::{Source, SpectralTarget, TrainedSource};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::labels::{Intercept, Labels};
use alpha_rmt::sweep::{Spacing, spaced};
use alpha_rmt::training::Training;
use alpha_rmt::tuning::{RidgeRange, Transfer};
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

const P: usize = 1000;
const RANGE: RidgeRange = RidgeRange { least: 1e-3, most: 1e3 };

fn features(samples: usize) -> DMatrix<f64> {
    let rng = &mut StdRng::seed_from_u64(1);
    DMatrix::from_fn(P, samples, |i, _| {
        let noise: f64 = StandardNormal.sample(rng);
        noise * (1.0 + i as f64 / 50.0).sqrt().recip()
    })
}

fn covariance(c: &mut Criterion) {
    let x = features(2000);
    let matrix = &x * x.transpose() / 2000.0;
    let mean: Vec<f64> = (0..P).map(|i| 1.5 / (1.0 + i as f64 / 10.0)).collect();
    let source: Vec<f64> = mean.iter().map(|m| 0.3 * m + 0.01).collect();
    let ridges = spaced([RANGE.least, RANGE.most], 100, Spacing::Log);
    let best = |target: &SpectralTarget, ridge: f64| {
        let law = target.law(Training { samples: 200.0, ridge }).unwrap();
        law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy()
    };
    let target = Eigenbasis::covariance(&matrix).unwrap().target(&mean, &[Source::Given(&source)]).unwrap();

    let mut slow = c.benchmark_group("p = 1000");
    slow.sample_size(10);
    slow.bench_function("eigenbasis of a matrix (faer)", |b| b.iter(|| Eigenbasis::covariance(black_box(&matrix))));
    slow.bench_function("eigenvectors of a matrix (nalgebra, for comparison)", |b| {
        b.iter(|| black_box(&matrix).clone().symmetric_eigen())
    });
    let few = features(200);
    slow.bench_function("eigenbasis of 200 samples", |b| {
        b.iter(|| Eigenbasis::sample_covariance(black_box(&few), 200.0))
    });
    slow.bench_function("path of 100 ridges, decomposition included", |b| {
        b.iter(|| {
            let target =
                Eigenbasis::covariance(black_box(&matrix)).unwrap().target(&mean, &[Source::Given(&source)]).unwrap();
            ridges.iter().map(|ridge| best(&target, *ridge)).sum::<f64>()
        })
    });
    slow.finish();
    c.bench_function("p = 1000, law at one more ridge", |b| {
        b.iter(|| target.law(Training { samples: 200.0, ridge: black_box(0.1) }))
    });
    let own = Eigenbasis::covariance(&{
        let x = features(1500) * 0.8;
        &x * x.transpose() / 1500.0
    })
    .unwrap();
    let trained = |ridge| {
        let training = Training { samples: 500.0, ridge };
        Source::Trained(TrainedSource { mean: &source, covariance: &own, training, data: Some("shared") })
    };
    let variances = vec![1e-3; P];
    let random = Source::Random { mean: &source, variances: &variances };
    let mixed = [trained(0.1), trained(1.0), random];
    let basis = Eigenbasis::covariance(&matrix).unwrap();
    c.bench_function("p = 1000, target with two ridges on the same samples, non-commuting", |b| {
        b.iter(|| basis.target(&mean, black_box(&mixed)))
    });
    let several = basis.target(&mean, &mixed).unwrap();
    c.bench_function("p = 1000, three sources, two of the same samples: law at one more ridge", |b| {
        b.iter(|| several.law(Training { samples: 200.0, ridge: black_box(0.1) }))
    });
    let labels = Labels { noise: 0.1, positive_share: 0.7, intercept: Intercept::Fitted };
    c.bench_function("p = 1000, noisy unequal labels, fitted intercept: law at one more ridge", |b| {
        b.iter(|| target.law_with_labels(Training { samples: 200.0, ridge: black_box(0.1) }, labels))
    });
    let law = target.law_with_labels(Training { samples: 200.0, ridge: 0.1 }, labels).unwrap();
    c.bench_function("best weight with a fitted intercept", |b| b.iter(|| black_box(&law).optimum()));
    c.bench_function("p = 1000, best (ridge, alpha)", |b| b.iter(|| target.best_ridge(200.0, black_box(RANGE))));
    let source_mean: Vec<f64> = target.mean().iter().map(|m| 0.8 * m).collect();
    let transfer = Transfer {
        eigenvalues: target.eigenvalues(),
        mean: target.mean(),
        samples: 200.0,
        source_eigenvalues: target.eigenvalues(),
        source_mean: &source_mean,
        source_samples: 2000.0,
    };
    c.bench_function("p = 1000, best (source ridge, ridge, alpha)", |b| {
        b.iter(|| transfer.best_ridges(black_box(RANGE), RANGE))
    });
}

criterion_group!(benches, covariance);
criterion_main!(benches);
