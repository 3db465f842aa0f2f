//! The hot paths of a sweep: `cargo bench -p alpha-rmt`.

use std::hint::black_box;

use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{RidgeSource, SourceForm, Sources};
use alpha_rmt::training::Training;
use criterion::{Criterion, criterion_group, criterion_main};

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
    c.bench_function("point: best, worst, law and five accuracies", |b| {
        b.iter(|| black_box(SETTING).point(None, SourceForm::Correct))
    });
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

criterion_group!(benches, point);
criterion_main!(benches);
