//! Draws of samples: their mean, their covariance, and what is refused.

use alpha_rmt::Error;
use alpha_rmt::simulation::{Mixture, Noise};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::{assert_close, normals};

/// Every entry of the sample covariance about the truth lies within 5 standard errors, √((cᵢᵢcⱼⱼ + cᵢⱼ²)/n).
#[track_caller]
fn assert_covariance(noise: &Noise, c: &DMatrix<f64>) {
    let n = 20_000;
    let x = noise.draw(n, &mut StdRng::seed_from_u64(7));
    assert_eq!(x.shape(), (c.nrows(), n));
    let sample = &x * x.transpose() / n as f64;
    for i in 0..c.nrows() {
        for j in 0..c.nrows() {
            let error = ((c[(i, i)] * c[(j, j)] + c[(i, j)].powi(2)) / n as f64).sqrt();
            let gap = (sample[(i, j)] - c[(i, j)]).abs();
            assert!(gap <= 5.0 * error + 1e-12, "({i}, {j}): {} for {}", sample[(i, j)], c[(i, j)]);
        }
    }
    let w = DVector::from_fn(c.nrows(), |i, _| 1.0 / (i as f64 + 0.7));
    assert_close("wᵀCw", noise.variance_along(w.as_slice()).unwrap(), (w.transpose() * c * &w)[0], 1e-12);
}

#[test]
fn noise_has_its_covariance() {
    assert_covariance(&Noise::identity(3).unwrap(), &DMatrix::identity(3, 3));
    let variances = [4.0, 0.0, 0.25];
    assert_covariance(
        &Noise::diagonal(&variances).unwrap(),
        &DMatrix::from_diagonal(&DVector::from_row_slice(&variances)),
    );
    // Of full rank, and of rank 2 of 4.
    for columns in [9, 2] {
        let root = normals(4, columns, 3);
        let c = &root * root.transpose();
        assert_covariance(&Noise::covariance(&c).unwrap(), &c);
    }
}

#[test]
fn samples_lie_around_the_mean_of_their_label() {
    let mean = vec![3.0, -1.0];
    let noise = Noise::covariance(&DMatrix::from_row_slice(2, 2, &[1.0, 0.5, 0.5, 1.0])).unwrap();
    let mixture = Mixture::new(mean.clone(), noise.clone()).unwrap();
    let labels: Vec<f64> = (0..100).map(|i| if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let x = mixture.draw(&labels, &mut StdRng::seed_from_u64(1));
    let z = noise.draw(100, &mut StdRng::seed_from_u64(1));
    for (j, y) in labels.iter().enumerate() {
        for i in 0..2 {
            assert_eq!(x[(i, j)], z[(i, j)] + y * mean[i]);
        }
    }
    let decision = mixture.decision(&[2.0, 1.0]).unwrap();
    assert_close("mean", decision.mean, 5.0, 1e-15);
    assert_close("variance", decision.variance, 7.0, 1e-14);
}

#[test]
fn impossible_mixtures_are_refused() {
    assert!(matches!(Noise::identity(0), Err(Error::Shape { .. })));
    assert!(matches!(Noise::diagonal(&[1.0, -1.0]), Err(Error::Parameter { value: -1.0, .. })));
    assert!(matches!(Noise::diagonal(&[f64::NAN]), Err(Error::Parameter { .. })));
    let indefinite = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
    assert!(matches!(Noise::covariance(&indefinite), Err(Error::Indefinite { .. })));
    let noise = Noise::identity(2).unwrap();
    assert!(matches!(noise.variance_along(&[1.0]), Err(Error::Shape { expected: 2, got: 1, .. })));
    assert!(matches!(Mixture::new(vec![1.0], noise.clone()), Err(Error::Shape { .. })));
    assert!(matches!(Mixture::new(vec![1.0, f64::INFINITY], noise), Err(Error::Parameter { .. })));
}
