//! Standardisation and the published statistics.

use alpha_linear::amazon::table1::{Table1Config, on_stand_in};
use alpha_linear::samples::{PublishedStatistics, Samples};
use nalgebra::{DMatrix, DVector};

#[test]
fn standardised_features_have_mean_0_and_variance_1() {
    // Three features over four samples; the second is constant at a value that does not sum exactly.
    let rows = [[1.0, 2.0, 4.0, 9.0], [0.1, 0.1, 0.1, 0.1], [-3.0, 3.0, 5.0, 7.0]];
    let features = DMatrix::from_row_slice(3, 4, rows.as_flattened());
    let mut samples = Samples { features, labels: DVector::from_column_slice(&[1.0, 1.0, -1.0, -1.0]) };
    samples.standardise();
    for i in [0, 2] {
        let row = samples.features.row(i);
        assert!(row.sum().abs() < 1e-14);
        assert!((row.norm_squared() / 4.0 - 1.0).abs() < 1e-14);
    }
    assert_eq!(samples.features.row(1).amax(), 0.0);
    // (9 − 4)/√(9.5), by hand: mean 4, squares 9 + 4 + 0 + 25 = 38.
    assert!((samples.features[(0, 3)] - 5.0 / 9.5f64.sqrt()).abs() < 1e-14);
}

#[test]
fn statistics_of_a_pair_by_hand() {
    // Source classes at (2, 1) and (-2, -1); target classes at (2, 4) and (0, 0), so μ̂_t = (1, 2).
    let samples = |columns: [f64; 8]| Samples {
        features: DMatrix::from_column_slice(2, 4, &columns),
        labels: DVector::from_column_slice(&[1.0, 1.0, -1.0, -1.0]),
    };
    let source = samples([1.0, 1.0, 3.0, 1.0, -2.0, 0.0, -2.0, -2.0]);
    let target = samples([2.0, 4.0, 2.0, 4.0, 1.0, -1.0, -1.0, 1.0]);
    let got = PublishedStatistics::new(&source, &target).unwrap();
    // ‖μ‖² = |⟨(−2, −1), (2, 1)⟩| = 5, β = ⟨(2, 1), (1, 2)⟩/5, μ_⊥ = (1, 2) − 0.8 (2, 1) = (−0.6, 1.2).
    assert!((got.source_norm - 5f64.sqrt()).abs() < 1e-15);
    assert!((got.alignment - 0.8).abs() < 1e-15);
    assert!((got.orthogonal_norm - 1.8f64.sqrt()).abs() < 1e-15);
    let one_class = Samples { labels: DVector::repeat(4, 1.0), ..source };
    assert!(PublishedStatistics::new(&one_class, &target).is_err());
    // Class means at right angles: β would be infinite.
    let across = samples([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    assert!(PublishedStatistics::new(&across, &target).is_err());
    let narrow = Samples { features: across.features.rows(0, 1).into_owned(), ..across };
    assert!(PublishedStatistics::new(&narrow, &target).unwrap_err().to_string().contains("1 features"));
}

#[test]
fn stand_in_has_the_statistics_of_the_real_files() {
    let Some(amazon) = crate::real_amazon() else { return };
    let pairs = on_stand_in(&Table1Config { splits: 1, ..Table1Config::default() }).unwrap();
    assert_eq!(pairs.len(), 12);
    for pair in pairs {
        let real = PublishedStatistics::new(amazon.samples(pair.source), amazon.samples(pair.target)).unwrap();
        for (ours, real) in [
            (pair.statistics.source_norm, real.source_norm),
            (pair.statistics.alignment, real.alignment),
            (pair.statistics.orthogonal_norm, real.orthogonal_norm),
        ] {
            assert!((ours - real).abs() <= 0.500001e-4, "{:?} → {:?}: {ours} against {real}", pair.source, pair.target);
        }
    }
}
