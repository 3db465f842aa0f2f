//! The compressed simulation against the one by the book, and against the theory where only it can go.

use alpha_rmt::simulation::{Method, Run, Simulation, moments};
use alpha_rmt::source::SourceForm;
use rayon::prelude::*;

use crate::setting;
use crate::simulation::LIMIT;

/// Everything a run holds: s, W, M and K.
fn statistics(run: &Run) -> [f64; 7] {
    let (m, k) = (run.law.mean_coefficients(), run.law.variance_coefficients());
    [run.source.products()[0], run.source.gram()[0], m[0], m[1], k[0], k[1], k[3]]
}

const NAMES: [&str; 7] = ["s", "W", "M₀", "M₁", "K₀₀", "K₀₁", "K₁₁"];

/// Two-sample Kolmogorov–Smirnov statistic √(nm/(n+m)) sup|F − G|; its 1e-4 quantile is 2.225.
fn kolmogorov_smirnov(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let [n, m] = [a.len() as f64, b.len() as f64];
    let below = |sorted: &[f64], x: f64| sorted.partition_point(|y| *y <= x) as f64;
    let gap = a.iter().chain(&b).map(|x| (below(&a, *x) / n - below(&b, *x) / m).abs()).fold(0.0, f64::max);
    gap * (n * m / (n + m)).sqrt()
}

#[test]
fn compressed_and_dense_have_one_law() {
    // (N, n, p): p below and above both sample sizes, p = n, a dimension that is no multiple of the block, p = 2, n = 1.
    let sizes = [(90.0, 60.0, 40.0), (25.0, 20.0, 60.0), (31.0, 30.0, 30.0), (7.0, 4.0, 2.0), (2.0, 1.0, 5.0)];
    let runs = 4000;
    for (source_samples, target_samples, p) in sizes {
        for ridges in [[0.5, 0.2], [0.01, 0.003], [1e-8, 1e-8]] {
            let setting = setting([source_samples, target_samples, p, 1.2, 0.9, 0.6, ridges[0], ridges[1]]);
            let draw = |method, seed| -> Vec<[f64; 7]> {
                let simulation = Simulation::new(setting, method, seed).unwrap();
                (0..runs).into_par_iter().map(|i| statistics(&simulation.run(i).unwrap())).collect()
            };
            let (dense, compressed) = (draw(Method::Dense, 1), draw(Method::Compressed, 2));
            let column = |runs: &[[f64; 7]], i: usize| runs.iter().map(|run| run[i]).collect();
            for (i, name) in NAMES.iter().enumerate() {
                let distance = kolmogorov_smirnov(column(&dense, i), column(&compressed, i));
                println!(
                    "{name} at N, n, p = {source_samples}, {target_samples}, {p}: Kolmogorov–Smirnov {distance:.3}"
                );
                assert!(distance < 2.225, "{name} at {setting:?}: Kolmogorov–Smirnov {distance}");
            }
        }
    }
}

#[test]
fn small_ridges_give_the_limit_of_no_ridge() {
    // Fewer rows than features on one side or on both: subtracting numbers of size 1/γ² used to leave no digit of K.
    for (source_samples, target_samples, p) in [(2000.0, 40.0, 400.0), (300.0, 100.0, 200.0), (100.0, 60.0, 200.0)] {
        let draw = |ridge: f64| -> Vec<[f64; 7]> {
            let setting = setting([source_samples, target_samples, p, 1.2, 0.9, 0.6, ridge, ridge]);
            let simulation = Simulation::new(setting, Method::Compressed, 7).unwrap();
            (0..200).map(|i| statistics(&simulation.run(i).unwrap())).collect()
        };
        // All of these draw the same blocks in the same order.
        let limit = draw(1e-9);
        for ridge in [1e-7, 1e-12] {
            for (run, limit) in draw(ridge).iter().zip(&limit) {
                let [.., k00, k01, k11] = *run;
                assert!(k00 > 0.0 && k11 > 0.0 && k01 * k01 <= k00 * k11 * (1.0 + 1e-12), "γ = {ridge}: {run:?}");
                for ((x, limit), name) in run.iter().zip(limit).zip(NAMES) {
                    let error = (x - limit).abs() / limit.abs().max(k00.max(k11));
                    assert!(error <= 1e2 * ridge.max(1e-9), "{name} at γ = {ridge}: {x} against {limit}");
                }
            }
        }
    }
}

#[test]
fn the_whole_recursion_and_its_first_blocks_meet_the_theory() {
    // Slow decay: only the full recursion is left; fast decay: the first blocks settle it. Both meet the theory.
    for (ridge, n) in [(1e-4, 30_000.0), (1.0, 60_000.0)] {
        let setting = setting([n, n, 30_000.0, 1.5, 1.0, 0.8, ridge, ridge]);
        let simulation = Simulation::new(setting, Method::Compressed, 5).unwrap();
        let law = setting.isotropic().unwrap().law(&setting.source(SourceForm::Correct).unwrap()).unwrap();
        let source = setting.source(SourceForm::Correct).unwrap();
        let (m, k) = (law.mean_coefficients(), law.variance_coefficients());
        let theory = [source.products()[0], source.gram()[0], m[0], m[1], k[0], k[1], k[3]];
        let measured = moments(60, |i| Ok(statistics(&simulation.run(i)?))).unwrap();
        for ((name, theory), measured) in NAMES.iter().zip(theory).zip(measured) {
            let z = (measured.mean() - theory) / measured.standard_error();
            assert!(z.abs() < LIMIT, "{name} at γ = {ridge}: {measured:?} against {theory}, z = {z}");
        }
    }
}

#[test]
fn mirror_images_have_the_law_of_a_run_and_cancel_its_noise() {
    let setting = setting([3000.0, 1500.0, 1000.0, 1.2, 0.9, 0.6, 0.5, 0.2]);
    let simulation = Simulation::new(setting, Method::Compressed, 3).unwrap();
    let pairs: Vec<[[f64; 7]; 2]> =
        (0..2000).into_par_iter().map(|i| simulation.mirrored(i).unwrap().map(|run| statistics(&run))).collect();
    let other = Simulation::new(setting, Method::Compressed, 4).unwrap();
    let plain: Vec<[f64; 7]> = (0..2000).into_par_iter().map(|i| statistics(&other.run(i).unwrap())).collect();
    for (i, name) in NAMES.iter().enumerate() {
        let images = pairs.iter().map(|pair| pair[1][i]).collect();
        let distance = kolmogorov_smirnov(images, plain.iter().map(|run| run[i]).collect());
        assert!(distance < 2.225, "{name}: Kolmogorov–Smirnov {distance}");
        let deviation = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
        };
        let [one, two] = [
            deviation(pairs.iter().map(|pair| pair[0][i]).collect()),
            deviation(pairs.iter().map(|pair| 0.5 * (pair[0][i] + pair[1][i])).collect()),
        ];
        assert!(two < 0.25 * one, "{name}: {two} for the average of a pair, {one} for a run");
    }
}

#[test]
fn runs_do_not_depend_on_their_number_or_order() {
    let simulation =
        |seed| Simulation::new(setting([60.0, 40.0, 50.0, 1.0, 0.8, 0.5, 1.0, 0.1]), Method::Compressed, seed);
    let run = |seed, index| statistics(&simulation(seed).unwrap().run(index).unwrap());
    assert_eq!(run(1, 7), run(1, 7));
    assert_ne!(run(1, 7), run(1, 8));
    assert_ne!(run(1, 7), run(2, 7));
}
