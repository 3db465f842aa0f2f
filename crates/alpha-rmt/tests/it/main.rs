//! Integration tests of `alpha-rmt`: reference values, properties, Monte Carlo, errors, and the command line.

mod classes;
mod classes_command;
mod cli;
mod compressed;
mod covariance;
mod elliptical;
mod errors;
mod fixed_point;
mod from_covariance;
mod labels;
mod law_command;
mod law_refusals;
mod loss;
mod mixture;
mod normal;
mod optimum;
mod points;
mod properties;
mod reference;
mod regression;
mod resolvent;
mod ridge;
mod sampled;
mod score;
mod simulation;
mod sources;
mod sweep;
mod target;
mod total_covariance;
mod tuning;
mod unequal;
mod worked;

use alpha_rmt::setting::Setting;
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

/// A setting from (N, n, p, ‖μ‖, ‖μ_⊥‖, β, γ̃, γ), the order of the tables of docs/theory.md.
fn setting(row: [f64; 8]) -> Setting {
    let [
        source_samples,
        target_samples,
        dimension,
        source_norm,
        orthogonal_norm,
        alignment,
        source_ridge,
        target_ridge,
    ] = row;
    Setting {
        source_samples,
        target_samples,
        dimension,
        source_norm,
        orthogonal_norm,
        alignment,
        source_ridge,
        target_ridge,
    }
}

/// A matrix of standard normal entries.
fn normals(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let rng = &mut StdRng::seed_from_u64(seed);
    DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(rng))
}

/// Asserts equality up to a relative error.
#[track_caller]
fn assert_close(what: &str, got: f64, expected: f64, relative: f64) {
    let error = (got - expected).abs() / expected.abs();
    assert!(error <= relative, "{what}: got {got:e}, expected {expected:e}, relative error {error:e} > {relative:e}");
}
