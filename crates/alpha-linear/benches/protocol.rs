//! Table 1 and Figure 3, from files to numbers: `cargo bench -p alpha-linear`, with the data where it is looked for.

use alpha_linear::amazon::figure3::{self, CurveConfig};
use alpha_linear::amazon::table1::{self, Table1Config};
use alpha_linear::amazon::{Amazon, Domain};
use alpha_store::datasets::Datasets;
use criterion::{Criterion, criterion_group, criterion_main};

fn protocol(c: &mut Criterion) {
    let datasets = Datasets::new(None);
    let Ok(amazon) = Amazon::load(&datasets) else {
        eprintln!("skipped: the Amazon data is missing");
        return;
    };
    let mut group = c.benchmark_group("amazon");
    group.sample_size(10);
    group.bench_function("load and standardise four domains", |b| b.iter(|| Amazon::load(&datasets)));
    group.bench_function("table 1", |b| b.iter(|| table1::on_amazon(&amazon, &Table1Config::default())));
    let protocol =
        Table1Config { source_ridge: 2.0, target_ridge: 0.1, seeds: vec![123, 404, 1337], ..Table1Config::default() };
    let config = CurveConfig { protocol, range: [-4.0, 4.0], count: 81 };
    let pairs =
        [(Domain::Dvd, Domain::Books), (Domain::Books, Domain::Kitchen), (Domain::Kitchen, Domain::Electronics)];
    group.bench_function("figure 3, three pairs of 81 scales and 30 splits", |b| {
        b.iter(|| pairs.map(|(source, target)| figure3::measure(&amazon, source, target, &config)))
    });
    group.finish();
}

criterion_group!(benches, protocol);
criterion_main!(benches);
