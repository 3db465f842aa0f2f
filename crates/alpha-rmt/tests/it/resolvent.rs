//! Each lemma: the deterministic equivalent against a simulated resolvent.

use alpha_rmt::Error;
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::resolvent::Equivalent;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::assert_close;
use crate::simulation::{LIMIT, samples, z_score};

const P: usize = 200;
const N: usize = 320;
const RIDGE: f64 = 0.3;

struct Case {
    eigenvalues: Vec<f64>,
    mean: DVector<f64>,
    x: DVector<f64>,
    y: DVector<f64>,
    /// A symmetric matrix that commutes with nothing.
    a: DMatrix<f64>,
}

fn case() -> Case {
    let mean = DVector::from_fn(P, |i, _| if i < 30 { 0.25 } else { 0.02 });
    Case {
        eigenvalues: (0..P).map(|i| 0.2 + 2.0 / (1.0 + i as f64 / 30.0)).collect(),
        x: DVector::from_fn(P, |i, _| 0.5 * mean[i] + ((i % 7) as f64 - 2.0) / 30.0),
        y: DVector::from_fn(P, |i, _| ((i % 5) as f64 - 1.0) / 20.0),
        a: DMatrix::from_fn(P, P, |i, j| {
            if i == j {
                1.0 + (i % 3) as f64
            } else if i.abs_diff(j) == 1 {
                0.5
            } else {
                0.0
            }
        }),
        mean,
    }
}

#[test]
fn lemmas_agree_with_simulated_resolvents() {
    let Case { eigenvalues, mean, x, y, a } = case();
    let q = Equivalent::new(&eigenvalues, mean.as_slice(), Training { samples: N as f64, ridge: RIDGE }).unwrap();
    let names =
        ["xᵀQ̄y (3.5)", "(1/p)tr Q̄ (A.4)", "(1/n)tr CQ̄ = δ (A.4)", "⟨w₀, y⟩ (A.6)", "xᵀE[QAQ]y (A.7)", "w₀ᵀAw₀ (A.8)"];
    let theory = [
        q.bilinear(x.as_slice(), y.as_slice()).unwrap(),
        q.stieltjes().unwrap(),
        q.fixed_point().delta,
        q.classifier_mean(y.as_slice()).unwrap(),
        q.sandwich(&a, x.as_slice(), y.as_slice()).unwrap(),
        q.classifier_form(&a).unwrap(),
    ];
    let simulated: Vec<[f64; 6]> = (0..160u64)
        .into_par_iter()
        .map(|seed| {
            let data = samples(&mean, &eigenvalues, N, &mut StdRng::seed_from_u64(7000 + seed));
            let gram = &data * data.transpose() / N as f64 + DMatrix::identity(P, P) * RIDGE;
            let resolvent = gram.cholesky().unwrap().inverse();
            let w = &resolvent * data.column_sum() / N as f64;
            let (qx, qy) = (&resolvent * &x, &resolvent * &y);
            [
                x.dot(&qy),
                resolvent.trace() / P as f64,
                (0..P).map(|i| eigenvalues[i] * resolvent[(i, i)]).sum::<f64>() / N as f64,
                w.dot(&y),
                (qx.transpose() * &a * &qy)[0],
                (w.transpose() * &a * &w)[0],
            ]
        })
        .collect();
    for (i, (name, theory)) in names.iter().zip(theory).enumerate() {
        let values: Vec<f64> = simulated.iter().map(|s| s[i]).collect();
        if name.contains("tr") {
            // Traces fluctuate by O(1/p) from run to run, as little as they are biased: many runs tell the bias from 0,
            // so the deviation of a single run is the measure.
            let z = z_score(&values, theory) / (values.len() as f64).sqrt();
            println!("{name}: {theory:.5}, z of one run = {z:.2}");
            assert!(z.abs() < 1.0, "{name}: z = {z} against {theory}");
        } else {
            let z = z_score(&values, theory);
            println!("{name}: {theory:.5}, z = {z:.2}");
            assert!(z.abs() < LIMIT, "{name}: z = {z} against {theory}");
        }
    }
}

#[test]
fn identities_hold_exactly() {
    let Case { eigenvalues, mean, x, y, a } = case();
    let q = Equivalent::new(&eigenvalues, mean.as_slice(), Training { samples: N as f64, ridge: RIDGE }).unwrap();
    let fp = q.fixed_point();
    let (x, y) = (x.as_slice(), y.as_slice());

    // Q̄ is the inverse of what Lemma 3.5 says.
    let c = DMatrix::from_diagonal(&DVector::from_column_slice(&eigenvalues));
    let second_moment = &mean * mean.transpose() + &c;
    let dense = (&second_moment * fp.kappa + DMatrix::identity(P, P) * RIDGE).cholesky().unwrap().inverse();
    let (vx, vy) = (DVector::from_column_slice(x), DVector::from_column_slice(y));
    assert_close("bilinear", q.bilinear(x, y).unwrap(), vx.dot(&(&dense * &vy)), 1e-12);
    assert_close("trace", q.stieltjes().unwrap(), dense.trace() / P as f64, 1e-12);

    // A.5: κ μᵀQ̄μ is the mean of the decision function, A/(1+A).
    let along = q.bilinear(mean.as_slice(), mean.as_slice()).unwrap();
    assert_close("A.5", fp.kappa * along, q.strength() / (1.0 + q.strength()), 1e-13);
    assert_close("A.6", q.classifier_mean(x).unwrap(), fp.kappa * q.bilinear(x, mean.as_slice()).unwrap(), 1e-13);
    // A.9: Q̄ commutes with C + μμᵀ.
    let moved = |v: &DVector<f64>| (&second_moment * v).as_slice().to_vec();
    assert_close("A.9", q.bilinear(&moved(&vx), y).unwrap(), q.bilinear(x, &moved(&vy)).unwrap(), 1e-11);
    // A.8 at A = C is the variance of the decision function, the squared risk less (1 − m)².
    assert_close(
        "A.8 at A = C",
        q.classifier_form(&c).unwrap(),
        q.risk().unwrap() - (1.0 + q.strength()).powi(-2),
        1e-12,
    );
    let r0 = (&c * fp.kappa + DMatrix::identity(P, P) * RIDGE).cholesky().unwrap().inverse();
    let inflation = (&a * &r0 * &c * &r0).trace() / N as f64 * fp.kappa * fp.kappa / fp.h;
    let sandwich = &dense * &a * &dense + &dense * &second_moment * &dense * inflation;
    assert_close("A.7", q.sandwich(&a, x, y).unwrap(), vx.dot(&(sandwich * &vy)), 1e-11);
}

#[test]
fn second_order_equivalent_is_the_derivative_of_the_first() {
    // E[Q²] = −∂γ E[Q], which Lemma A.7 must give at A = I.
    let Case { eigenvalues, mean, x, y, .. } = case();
    let at = |ridge: f64| {
        let q = Equivalent::new(&eigenvalues, mean.as_slice(), Training { samples: N as f64, ridge }).unwrap();
        (
            q.bilinear(x.as_slice(), y.as_slice()).unwrap(),
            q.sandwich(&DMatrix::identity(P, P), x.as_slice(), y.as_slice()),
        )
    };
    let step = 1e-4;
    let slope = (at(RIDGE - step).0 - at(RIDGE + step).0) / (2.0 * step);
    assert_close("−∂γ xᵀQ̄y", at(RIDGE).1.unwrap(), slope, 1e-6);
}

#[test]
fn without_a_mean_it_is_marchenko_pastur() {
    // −1/m = γ-equation at C = I: η γ m² + (γ + 1 − η) m − 1 = 0 for m = (1/p) tr Q̄.
    for (p, n, ridge) in [(100, 200.0, 1.0), (300, 100.0, 0.1), (64, 64.0, 1e-3)] {
        let (ones, zeros) = (vec![1.0; p], vec![0.0; p]);
        let training = Training { samples: n, ridge };
        let q = Equivalent::new(&ones, &zeros, training).unwrap();
        let (m, eta) = (q.stieltjes().unwrap(), p as f64 / n);
        let b = ridge + 1.0 - eta;
        let root = (-b + (b * b + 4.0 * eta * ridge).sqrt()) / (2.0 * eta * ridge);
        assert_close("Stieltjes transform", m, root, 1e-11);
        let closed = FixedPoint::isotropic(p as f64, training).unwrap();
        assert_close("δ", q.fixed_point().delta, closed.delta, 1e-12);
    }
}

#[test]
fn bad_vectors_and_matrices_are_refused() {
    let of = |mean| Equivalent::new(&[1.0, 2.0, 3.0], mean, Training { samples: 4.0, ridge: 1.0 });
    let short = of(&[1.0]).unwrap_err();
    assert_eq!(short, Error::Shape { name: "mean", expected: 3, got: 1 });
    let spoilt = of(&[1.0, f64::NAN, 0.0]).unwrap_err();
    assert!(matches!(spoilt, Error::Parameter { name: "mean", .. }), "{spoilt}");
    let q = of(&[1.0, 0.0, 0.0]).unwrap();
    let short = q.bilinear(&[1.0; 2], &[1.0; 3]).unwrap_err();
    assert_eq!(short, Error::Shape { name: "vector", expected: 3, got: 2 });
    let infinite = q.bilinear(&[1.0; 3], &[f64::INFINITY; 3]).unwrap_err();
    assert!(matches!(infinite, Error::Parameter { name: "vector", .. }), "{infinite}");
    let flat = q.sandwich(&DMatrix::zeros(2, 3), &[1.0; 3], &[1.0; 3]).unwrap_err();
    assert_eq!(flat, Error::Shape { name: "matrix rows", expected: 3, got: 2 });
    let spoilt = q.classifier_form(&DMatrix::from_element(3, 3, f64::NAN)).unwrap_err();
    assert!(matches!(spoilt, Error::Parameter { name: "matrix", .. }), "{spoilt}");
}

#[test]
fn overflow_is_refused() {
    let training = Training { samples: 4.0, ridge: 1e-3 };
    let q = Equivalent::new(&[1.0, 2.0, 3.0], &[1.0, 0.5, 0.0], training).unwrap();
    let (large, huge) = ([1e200; 3], DMatrix::from_element(3, 3, f64::MAX));
    for (what, result) in [
        ("bilinear", q.bilinear(&large, &large)),
        ("classifier_mean", q.classifier_mean(&[f64::MAX; 3])),
        ("sandwich", q.sandwich(&DMatrix::identity(3, 3), &large, &large)),
        ("classifier_form", q.classifier_form(&huge)),
    ] {
        assert!(matches!(result, Err(Error::Range { .. })), "{what}: {result:?}");
    }
}
