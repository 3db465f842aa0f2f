//! Targets from a matrix without its eigenvectors, against those with them.

use alpha_rmt::Error;
use alpha_rmt::covariance::{Source, SpectralTarget};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::training::Training;
use nalgebra::DMatrix;

use crate::{assert_close, normals};

/// The law of both, with a mean and two sources that have parts along every eigenvector.
fn assert_same_law(what: &str, c: &DMatrix<f64>) {
    let p = c.nrows();
    let vectors = normals(p, 3, 71) * (p as f64).sqrt().recip();
    let [mean, first, second] = [0, 1, 2].map(|i| vectors.column(i).as_slice().to_vec());
    let second: Vec<f64> = second.iter().zip(&mean).map(|(w, m)| 0.5 * w + m).collect();
    let sources = [Source::Given(&first), Source::Given(&second)];
    let formed = Eigenbasis::covariance(c).unwrap().target(&mean, &sources).unwrap();
    let target = SpectralTarget::from_covariance(c, &mean, &sources).unwrap();
    assert_eq!(target.eigenvalues().len(), p, "{what}");
    assert!(target.eigenvalues().is_sorted(), "{what}");
    let trace: f64 = target.eigenvalues().iter().sum();
    assert_close(&format!("{what}: trace"), trace, c.trace(), 1e-12);
    for (samples, ridge) in [(0.4 * p as f64, 1.0), (3.0 * p as f64, 0.3), (0.1 * p as f64, 10.0)] {
        let laws = [&target, &formed].map(|target| target.law(Training { samples, ridge }).unwrap());
        let numbers = laws.map(|law| {
            let best = law.at_optimum(&law.optimum().unwrap()).unwrap().accuracy();
            let mut numbers = vec![best, law.at(&[1.0, -0.5]).unwrap().accuracy()];
            numbers.extend_from_slice(law.mean_coefficients());
            // Entries relative to the diagonal: one that is nearly 0 has fewer digits.
            let k = law.variance_coefficients();
            numbers.extend((0..9).map(|i| k[i] / (k[i / 3 * 4] * k[i % 3 * 4]).sqrt() + 2.0));
            numbers.extend([k[0], k[4], k[8]]);
            numbers
        });
        for (got, expected) in numbers[0].iter().zip(&numbers[1]) {
            assert!(
                (got - expected).abs() <= 1e-11 * expected.abs().max(1e-2),
                "{what}, {samples} samples: {got} against {expected}"
            );
        }
    }
}

#[test]
fn the_law_is_that_of_the_eigenvectors() {
    let x = normals(512, 1024, 72);
    assert_same_law("regular", &(&x * x.transpose() / 1024.0));
    let x = normals(600, 200, 73);
    assert_same_law("rank 200 of 600", &(&x * x.transpose() / 200.0));
    // Decaying over eight powers of ten.
    let mut x = normals(530, 1060, 74);
    x.row_iter_mut().enumerate().for_each(|(i, mut row)| row *= 10f64.powf(-4.0 * i as f64 / 530.0));
    assert_same_law("graded", &(&x * x.transpose() / 1060.0));
}

#[test]
fn repeated_eigenvalues_give_the_same_law() {
    let p = 700;
    let u = normals(p, 5, 75) * (p as f64).sqrt().recip();
    let spiked = DMatrix::identity(p, p) + &u * u.transpose() * 20.0;
    assert_same_law("five spikes over one value", &spiked);
    assert_same_law("five spikes over nothing", &(&u * u.transpose() * 20.0));
    let steps = DMatrix::from_fn(p, p, |i, j| if i == j { [2.0, 0.5, 1.0, 0.0][i % 4] } else { 0.0 });
    assert_same_law("diagonal, four values", &steps);
    assert_same_law("identity", &DMatrix::identity(513, 513));
    // Two blocks that are the same: every eigenvalue twice.
    let x = normals(300, 400, 76);
    let block = &x * x.transpose() / 400.0;
    let mut twice = DMatrix::zeros(600, 600);
    twice.view_mut((0, 0), (300, 300)).copy_from(&block);
    twice.view_mut((300, 300), (300, 300)).copy_from(&block);
    assert_same_law("every value twice", &twice);
}

#[test]
fn scales_do_not_matter_and_small_ones_are_exactly_the_eigenbasis() {
    let x = normals(520, 800, 77);
    let c = &x * x.transpose() / 800.0;
    let mean = vec![0.05; 520];
    let eigenvalues = |c: &DMatrix<f64>| SpectralTarget::from_covariance(c, &mean, &[]).unwrap().eigenvalues().to_vec();
    let plain = eigenvalues(&c);
    for scale in [1e-120, 1e120] {
        for (got, expected) in eigenvalues(&(&c * scale)).iter().zip(&plain) {
            assert_close("scaled eigenvalue", *got, expected * scale, 1e-11);
        }
    }
    let small = c.view((0, 0), (40, 40)).into_owned();
    let [whole, formed] = [
        SpectralTarget::from_covariance(&small, &mean[..40], &[]),
        Eigenbasis::covariance(&small).unwrap().target(&mean[..40], &[]),
    ];
    assert!(whole.unwrap() == formed.unwrap());
    // A source that varies needs the eigenvectors.
    let source = Source::Random { mean: &mean, variances: &mean };
    let formed = Eigenbasis::covariance(&c).unwrap().target(&mean, &[source]).unwrap();
    assert!(SpectralTarget::from_covariance(&c, &mean, &[source]).unwrap() == formed);
}

#[test]
fn what_is_no_covariance_is_refused() {
    let mean = vec![0.1; 512];
    let from = |c: &DMatrix<f64>| SpectralTarget::from_covariance(c, &mean, &[]);
    let mut c = DMatrix::<f64>::identity(512, 512);
    c[(7, 7)] = -0.5;
    assert!(matches!(from(&c), Err(Error::Indefinite { least, .. }) if (least + 0.5).abs() < 1e-12));
    c[(7, 7)] = f64::NAN;
    assert!(matches!(from(&c), Err(Error::Parameter { .. })));
    c[(7, 7)] = 1.0;
    c[(3, 4)] = 0.5;
    assert!(matches!(from(&c), Err(Error::Asymmetric { .. })));
    let c = DMatrix::identity(512, 512);
    assert!(matches!(SpectralTarget::from_covariance(&c, &mean[..511], &[]), Err(Error::Shape { .. })));
    let short = Source::Given(&mean[..511]);
    assert!(matches!(SpectralTarget::from_covariance(&c, &mean, &[short]), Err(Error::Shape { .. })));
}
