//! How far the predicted accuracy is off when C is known from m rows of features: the table in the documentation of
//! `Eigenbasis::samples`.
//!
//!     cargo run --release -p alpha-rmt --example covariance_from_samples

use alpha_rmt::covariance::{Source, SpectralSource, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::nalgebra::DMatrix;
use alpha_rmt::training::Training;
use alpha_rmt::{Error, Result};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

const P: usize = 200;
const ROWS: [usize; 7] = [40, 100, 200, 400, 1000, 2000, 4000];
const DRAWS: u64 = 200;
const TRAINING: Training = Training { samples: 100.0, ridge: 1.0 };

fn normals(rng: &mut StdRng) -> Vec<f64> {
    (0..P).map(|_| StandardNormal.sample(rng)).collect()
}

fn best_accuracy(target: &SpectralTarget) -> Result<f64> {
    let law = target.law(TRAINING)?;
    Ok(law.at_optimum(&law.optimum()?)?.accuracy())
}

/// Mean and standard deviation of the errors in points, or a word if any was refused.
fn summary(errors: &[Result<f64>]) -> String {
    if errors.iter().any(|e| matches!(e, Err(Error::FewRows { .. }))) {
        return "refused".to_owned();
    }
    let points: Vec<f64> = errors.iter().flatten().map(|e| 100.0 * e).collect();
    let mean = points.iter().sum::<f64>() / points.len() as f64;
    let variance = points.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (points.len() - 1) as f64;
    format!("{mean:+.1} ± {:.1}", variance.sqrt())
}

fn main() -> Result<()> {
    let spectra: [(&str, Vec<f64>); 3] = [
        ("flat: 1", vec![1.0; P]),
        ("decaying: 4/(1 + i/10)", (0..P).map(|i| 4.0 / (1.0 + i as f64 / 10.0)).collect()),
        ("spiked: five of 25, then 1", (0..P).map(|i| if i < 5 { 25.0 } else { 1.0 }).collect()),
    ];
    println!("| C | truth | taken as | {} |", ROWS.map(|m| format!("m = {m}")).join(" | "));
    println!("|---|---:|---|{}", "---:|".repeat(ROWS.len()));
    for (name, eigenvalues) in spectra {
        let rng = &mut StdRng::seed_from_u64(1);
        let scale = 1.2 / (P as f64).sqrt();
        let mean: Vec<f64> =
            normals(rng).iter().enumerate().map(|(i, x)| scale * x + if i < 5 { 0.3 } else { 0.0 }).collect();
        let source: Vec<f64> = normals(rng).iter().zip(&mean).map(|(x, m)| 0.5 * m + 0.4 * scale * x).collect();
        let known = vec![SpectralSource::given(source.clone())];
        let truth = best_accuracy(&SpectralTarget::new(eigenvalues.clone(), mean.clone(), known)?)?;
        let mut columns = [Vec::new(), Vec::new()];
        for rows in ROWS {
            let errors: Vec<[Result<f64>; 2]> = (0..DRAWS)
                .into_par_iter()
                .map(|draw| {
                    let rng = &mut StdRng::seed_from_u64(100 + draw);
                    let x = DMatrix::from_fn(P, rows, |i, _| {
                        let noise: f64 = StandardNormal.sample(rng);
                        eigenvalues[i].sqrt() * noise
                    });
                    [Eigenbasis::samples, Eigenbasis::sample_covariance].map(|basis| {
                        Ok(best_accuracy(&basis(&x, rows as f64)?.target(&mean, &[Source::Given(&source)])?)? - truth)
                    })
                })
                .collect();
            for (i, column) in columns.iter_mut().enumerate() {
                column.push(summary(&errors.iter().map(|e| e[i].clone()).collect::<Vec<_>>()));
            }
        }
        let [told, plain] = columns.map(|column| column.join(" | "));
        println!("| {name} | {truth:.3} | `samples` | {told} |");
        println!("| | | `sample_covariance` | {plain} |");
    }
    Ok(())
}
