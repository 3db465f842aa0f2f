//! The classifiers solve the problems they are defined by, whichever Gram matrix is factorised.

use alpha_rmt::Error;
use alpha_rmt::ridge::Ridge;
use nalgebra::{DMatrix, DVector};

use crate::normals;

#[test]
fn fine_tuned_classifier_minimises_its_objective() {
    // More features than samples, fewer, and as many.
    for (p, n) in [(11, 5), (4, 9), (6, 6)] {
        let (x, source, gamma) = (normals(p, n, 1), normals(p, 1, 2).column(0).into_owned(), 0.3);
        let y = DVector::from_fn(n, |i, _| if i % 3 == 0 { 1.0 } else { -1.0 });
        let path = Ridge::new(x.clone(), gamma).unwrap().alpha_path(&y, &source).unwrap();
        for alpha in [0.0, 1.0, -2.5] {
            // a = w_α − αw̃ minimises (1/n)‖Xᵀ(αw̃ + a) − y‖² + γ‖a‖²: its gradient vanishes.
            let adapter = path.at(alpha) - &source * alpha;
            let gradient = &x * (x.tr_mul(&path.at(alpha)) - &y) / n as f64 + adapter * gamma;
            assert!(gradient.amax() < 1e-13, "p = {p}, n = {n}, α = {alpha}: gradient {}", gradient.amax());
        }
    }
}

#[test]
fn large_problems_are_the_same_on_any_number_of_cores() {
    // 0.5·640²·5000 multiplications are enough to share out; the Gram matrix is that of the features, then of the samples.
    for (p, n) in [(640, 5000), (5000, 640)] {
        let (x, gamma, y) = (normals(p, n, 6), 0.3, DVector::repeat(n, 1.0));
        let trained = || Ridge::new(x.clone(), gamma).unwrap().classifier(&y).unwrap();
        let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(trained);
        let w = trained();
        assert!(w == on(1) && w == on(3), "p = {p}, n = {n}");
        let gradient = &x * (x.tr_mul(&w) - &y) / n as f64 + &w * gamma;
        assert!(gradient.amax() < 1e-13, "p = {p}, n = {n}: gradient {}", gradient.amax());
    }
}

#[test]
fn bad_problems_are_refused() {
    let x = normals(3, 2, 3);
    assert!(matches!(Ridge::new(x.clone(), 0.0), Err(Error::Parameter { name: "ridge", value: 0.0, .. })));
    assert!(matches!(Ridge::new(x.clone(), f64::NAN), Err(Error::Parameter { name: "ridge", .. })));
    assert!(matches!(Ridge::new(DMatrix::zeros(3, 0), 1.0), Err(Error::Shape { name: "samples", .. })));
    for bad in [f64::NAN, f64::INFINITY] {
        let mut spoilt = x.clone();
        spoilt[(1, 1)] = bad;
        assert!(matches!(Ridge::new(spoilt, 1.0), Err(Error::Parameter { .. })));
    }
    // Two samples in one feature: their squares less than the rounding of 1e20.
    let equal = Ridge::new(DMatrix::from_element(2, 3, 1e10), 1e-300);
    assert!(matches!(equal.err(), Some(Error::Singular { .. })));
    let ridge = Ridge::new(x, 1.0).unwrap();
    assert!(matches!(ridge.classifier(&DVector::zeros(3)), Err(Error::Shape { name: "labels", expected: 2, got: 3 })));
    assert!(matches!(ridge.shrink(&DMatrix::zeros(2, 1)), Err(Error::Shape { name: "source", expected: 3, got: 2 })));
    for bad in [f64::NAN, f64::NEG_INFINITY] {
        let (labels, source) = (DVector::from_vec(vec![1.0, bad]), DVector::from_vec(vec![0.1, bad, 0.2]));
        assert!(matches!(ridge.classifier(&labels), Err(Error::Parameter { name: "labels", .. })));
        assert!(matches!(ridge.alpha_path(&labels, &DVector::zeros(3)), Err(Error::Parameter { name: "labels", .. })));
        let path = ridge.alpha_path(&DVector::zeros(2), &source);
        assert!(matches!(path, Err(Error::Parameter { name: "source", .. })), "{path:?}");
    }
    let huge = ridge.classifier(&DVector::repeat(2, f64::MAX));
    assert!(huge.as_ref().map_or_else(|e| matches!(e, Error::Range { .. }), |w| w.iter().all(|x| x.is_finite())));
}
