//! Regression against simulation, and its bad input.

use alpha_rmt::Error;
use alpha_rmt::regression::Regression;
use alpha_rmt::training::Training;
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::assert_close;
use crate::simulation::{LIMIT, z_score};

#[test]
fn risk_agrees_with_simulation() {
    for (p, n, ridge) in [(150, 300, 0.5), (240, 120, 0.1)] {
        let (d, sigma) = (3, 0.6);
        let target = DMatrix::from_fn(d, p, |i, j| ((i + 2 * j) % 5) as f64 / 20.0 - 0.08);
        let source = DMatrix::from_fn(d, p, |i, j| 0.7 * target[(i, j)] + ((i * 3 + j) % 7) as f64 / 90.0 - 0.03);
        let theory = Regression {
            dimension: p as f64,
            training: Training { samples: n as f64, ridge },
            target_norm_squared: target.norm_squared(),
            source_norm_squared: source.norm_squared(),
            product: target.dot(&source),
            noise: sigma * sigma * d as f64,
        };
        let star = theory.optimal_weight().unwrap();
        let alphas = [0.0, 1.0, star];
        let risks: Vec<[f64; 3]> = (0..200u64)
            .into_par_iter()
            .map(|seed| {
                let rng = &mut StdRng::seed_from_u64(9000 + seed);
                let mut normals =
                    |rows, columns| DMatrix::<f64>::from_fn(rows, columns, |_, _| StandardNormal.sample(rng));
                let x = normals(p, n);
                let y = &target * &x + normals(d, n) * sigma;
                let q = (&x * x.transpose() / n as f64 + DMatrix::identity(p, p) * ridge).cholesky().unwrap().inverse();
                alphas.map(|alpha| {
                    let w = (&y * x.transpose() / n as f64 + &source * (alpha * ridge)) * &q;
                    (&w - &target).norm_squared() + theory.noise
                })
            })
            .collect();
        for (i, alpha) in alphas.into_iter().enumerate() {
            let z = z_score(&risks.iter().map(|r| r[i]).collect::<Vec<_>>(), theory.risk(alpha).unwrap());
            assert!(z.abs() < LIMIT, "p = {p}, α = {alpha}: z = {z}");
        }
        for step in [-0.3, -0.01, 0.01, 0.3] {
            assert!(theory.risk(star + step).unwrap() > theory.risk(star).unwrap());
        }
        assert_close(
            "α* forgets γ",
            Regression { training: Training { ridge: 50.0, ..theory.training }, ..theory }.optimal_weight().unwrap(),
            star,
            0.0,
        );
    }
}

#[test]
fn bad_values_are_refused() {
    let good = Regression {
        dimension: 4.0,
        training: Training { samples: 8.0, ridge: 1.0 },
        target_norm_squared: 1.0,
        source_norm_squared: 1.0,
        product: 0.5,
        noise: 0.1,
    };
    assert!(good.risk(1.0).is_ok());
    for bad in [
        Regression { dimension: 0.0, ..good },
        Regression { training: Training { samples: 0.0, ..good.training }, ..good },
        Regression { training: Training { ridge: -1.0, ..good.training }, ..good },
        Regression { target_norm_squared: f64::NAN, ..good },
        Regression { product: 1.5, ..good },
        Regression { noise: -0.1, ..good },
    ] {
        assert!(matches!(bad.risk(1.0), Err(Error::Parameter { .. })), "{bad:?}");
    }
    assert!(matches!(good.risk(f64::NAN), Err(Error::Parameter { name: "alpha", .. })));
    // α(α‖W_s‖² − 2⟨W_t, W_s⟩) is ∞ − ∞, and no distance of 0.
    let far = Regression { source_norm_squared: 1e-300, product: 1e-150, ..good };
    let far = Regression { target_norm_squared: 1e300, source_norm_squared: 1e300, product: 1e300, ..far }.risk(1e200);
    assert!(matches!(far, Err(Error::Range { .. })), "{far:?}");
    assert_eq!(Regression { source_norm_squared: 0.0, product: 0.0, ..good }.optimal_weight(), Ok(0.0));
}
