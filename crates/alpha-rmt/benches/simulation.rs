//! One simulated run, by the book and compressed.

use alpha_rmt::setting::Setting;
use alpha_rmt::simulation::{Method, Simulation};
use criterion::{Criterion, criterion_group, criterion_main};

fn setting(samples: f64, dimension: f64, ridge: f64) -> Setting {
    Setting {
        source_samples: samples,
        target_samples: samples,
        dimension,
        source_norm: 1.5,
        orthogonal_norm: 1.0,
        alignment: 0.8,
        source_ridge: ridge,
        target_ridge: ridge,
    }
}

fn simulation(c: &mut Criterion) {
    let mut group = c.benchmark_group("one run");
    group.sample_size(10);
    for (name, method, setting) in [
        ("dense, p = 1000, N = n = 5000", Method::Dense, setting(5e3, 1e3, 1.0)),
        ("compressed, p = 1000, N = n = 5000", Method::Compressed, setting(5e3, 1e3, 1.0)),
        ("compressed, p = 1e6, N = n = 2e6", Method::Compressed, setting(2e6, 1e6, 1.0)),
        ("compressed, p = N = n = 1e6, ridges 1e-6: every block matters", Method::Compressed, setting(1e6, 1e6, 1e-6)),
    ] {
        let simulation = Simulation::new(setting, method, 1).unwrap();
        let mut index = 0;
        group.bench_function(name, |b| {
            b.iter(|| {
                index += 1;
                simulation.run(index)
            })
        });
    }
    group.finish();
}

criterion_group!(benches, simulation);
criterion_main!(benches);
