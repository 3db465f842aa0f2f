//! The hot paths of a sweep: `cargo bench -p alpha-rmt`.

use std::hint::black_box;

use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::points::Points;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{RidgeSource, SourceForm, Sources};
use alpha_rmt::sweep::Sweep;
use alpha_rmt::training::Training;
use criterion::{Criterion, criterion_group, criterion_main};
use rayon::prelude::*;

const SETTING: Setting = Setting {
    source_samples: 5000.0,
    target_samples: 40.0,
    dimension: 1000.0,
    source_norm: 0.8,
    orthogonal_norm: 0.8,
    alignment: 0.5,
    source_ridge: 5.0,
    target_ridge: 0.1,
};

/// Points that one task computes, as in `alpha-rmt sweep`.
const CHUNK: usize = 1024;

/// 10⁶ points over c = p/n and β with every quantity, the setting of scripts/compare/theory.py.
fn million(c: &mut Criterion) {
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
    let axes = ["aspect-ratio=0.01:10:1000:log", "alignment=0:1:1000"].map(|axis| axis.parse().unwrap());
    let sweep = |form| Sweep::new(base, None, form, axes.to_vec()).unwrap();
    let (correct, published) = (sweep(SourceForm::Correct), sweep(SourceForm::Published));
    let starts: Vec<usize> = (0..correct.len()).step_by(CHUNK).collect();
    let chunk = |sweep: &Sweep, start: usize, points: &mut Points| {
        sweep.points(start..sweep.len().min(start + CHUNK), points).unwrap();
        black_box(&points);
    };
    let mut group = c.benchmark_group("10^6 points, every quantity");
    group.sample_size(20);
    for (name, sweep) in [("one core", &correct), ("one core, published form", &published)] {
        group.bench_function(name, |b| {
            let mut points = Points::default();
            b.iter(|| starts.iter().for_each(|start| chunk(sweep, *start, &mut points)))
        });
    }
    group.bench_function("all cores", |b| {
        b.iter(|| starts.par_iter().for_each_init(Points::default, |points, start| chunk(&correct, *start, points)))
    });
    group.bench_function("one core, one at a time (10^5)", |b| {
        b.iter(|| (0..100_000).for_each(|index| drop(black_box(correct.point(10 * index)))))
    });
    group.finish();
}

fn point(c: &mut Criterion) {
    c.bench_function("law and accuracy at one alpha", |b| {
        b.iter(|| {
            let setting = black_box(SETTING);
            let law = setting.isotropic()?.law(&setting.source(SourceForm::Correct)?)?;
            alpha_rmt::Result::<f64>::Ok(law.at(&[black_box(1.0)])?.accuracy())
        })
    });
    c.bench_function("accuracy of a law at one more alpha", |b| {
        let law = SETTING.isotropic().unwrap().law(&SETTING.source(SourceForm::Correct).unwrap()).unwrap();
        b.iter(|| law.at(&[black_box(1.0)]).unwrap().accuracy())
    });
    c.bench_function("point: every quantity", |b| b.iter(|| black_box(SETTING).point(None, SourceForm::Correct)));
    c.bench_function("gradient in alpha and both ridges", |b| b.iter(|| black_box(SETTING).gradient(black_box(1.0))));
    // Three ridge sources whose means have squared norm 1 and inner products 0.3, and 0.5 with the target's.
    let (dimension, on) = (400.0, |samples, ridge| Training { samples, ridge });
    let source = RidgeSource { dimension, training: on(2000.0, 1.0), mean_norm_squared: 1.0, target_product: 0.5 };
    let products = [1.0, 0.3, 0.3, 0.3, 1.0, 0.3, 0.3, 0.3, 1.0];
    c.bench_function("three ridge sources: law and best weights", |b| {
        b.iter(|| {
            let sources = Sources::ridges(&[black_box(source); 3], &products)?;
            let target = Isotropic::new(Target { dimension, mean_norm_squared: 1.0, training: on(200.0, 0.7) })?;
            Ok::<_, alpha_rmt::Error>((target.law(&sources)?, target.optimal_weights(&sources)?))
        })
    });
    c.bench_function("newton, 1000 eigenvalues", |b| {
        let eigenvalues: Vec<f64> = (1..=1000).map(|i| 4.0 / f64::from(i)).collect();
        b.iter(|| FixedPoint::spectrum(black_box(&eigenvalues), Training { samples: 500.0, ridge: 0.01 }))
    });
}

criterion_group!(benches, million, point);
criterion_main!(benches);
