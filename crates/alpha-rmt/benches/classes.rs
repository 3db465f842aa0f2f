//! The law of K classes at one more ridge, beside that of two balanced ones, and an accuracy.

use alpha_rmt::classes::{Classes, Intercept, Rule, Source, Target};
use alpha_rmt::covariance;
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::nalgebra::DMatrix;
use alpha_rmt::training::Training;
use criterion::{Criterion, criterion_group, criterion_main};

fn classes(criterion: &mut Criterion) {
    let p = 1000;
    let wave = |i: usize, c: usize| 0.05 * ((7 * i + 3 * c * i + c) as f64).sin();
    let training = Training { samples: 500.0, ridge: 0.5 };
    let basis = Eigenbasis::diagonal((0..p).map(|i| 3.0 / (1.0 + i as f64 / 80.0)).collect()).unwrap();
    let (mean, source) = (DMatrix::from_fn(p, 1, wave), DMatrix::from_fn(p, 1, |i, c| wave(i, c + 20)));
    let sources = [covariance::Source::Given(source.as_slice())];
    let binary = basis.target(mean.as_slice(), &sources).unwrap();
    criterion.bench_function("law of two balanced classes, p = 1000", |b| b.iter(|| binary.law(training).unwrap()));
    for count in [2, 10] {
        let classes = Classes::one_hot(DMatrix::from_fn(p, count, wave), vec![1.0 / count as f64; count]).unwrap();
        let source = Source::given(DMatrix::from_fn(p, count, |i, c| wave(i, c + 20)));
        let target = Target::new(&basis, &classes, &[source], Intercept::Fitted, Rule::NearestTarget).unwrap();
        criterion
            .bench_function(&format!("law of {count} classes, p = 1000"), |b| b.iter(|| target.law(training).unwrap()));
        let decision = target.law(training).unwrap().at(&[1.0]).unwrap();
        criterion.bench_function(&format!("accuracy on {count} classes"), |b| b.iter(|| decision.accuracy().unwrap()));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = classes
}
criterion_main!(benches);
