//! κ, δ, df₂ and h against roots of polynomials at 60 digits, over γ ∈ [1e-12, 1e6] and η ∈ [1e-3, 1e3].

use alpha_rmt::Error;
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::training::Training;

use crate::assert_close;

/// Relative error allowed to κ; the others inherit it.
const PRECISION: f64 = 1e-12;

#[derive(serde::Deserialize)]
struct Row {
    spectrum: String,
    p: usize,
    n: f64,
    ridge: f64,
    kappa: f64,
    delta: f64,
    df2: f64,
    h: f64,
}

impl Row {
    fn training(&self) -> Training {
        Training { samples: self.n, ridge: self.ridge }
    }
}

// Made by scripts/fixtures/fixed_point.py.
fn rows() -> Vec<Row> {
    let rows: Vec<Row> = csv::Reader::from_reader(&include_bytes!("../fixtures/fixed_point.csv")[..])
        .deserialize()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 162);
    rows
}

fn check(row: &Row, got: FixedPoint, solver: &str) {
    let place = format!("{solver}, {} at p = {}, n = {}, γ = {:e}", row.spectrum, row.p, row.n, row.ridge);
    for (name, got, expected) in
        [("κ", got.kappa, row.kappa), ("δ", got.delta, row.delta), ("df₂", got.df2, row.df2), ("h", got.h, row.h)]
    {
        assert_close(&format!("{name} by {place}"), got, expected, PRECISION);
    }
}

#[test]
fn newton_reaches_twelve_digits_everywhere() {
    for row in rows() {
        let eigenvalues: Vec<f64> =
            (0..row.p).map(|i| if row.spectrum == "two" && i >= row.p / 2 { 5.0 } else { 1.0 }).collect();
        let fp = FixedPoint::spectrum(&eigenvalues, row.training()).unwrap();
        check(&row, fp, "Newton");
    }
}

#[test]
fn isotropic_closed_form_reaches_twelve_digits_everywhere() {
    for row in rows().into_iter().filter(|row| row.spectrum == "one") {
        check(&row, FixedPoint::isotropic(row.p as f64, row.training()).unwrap(), "closed form");
    }
}

#[test]
fn near_as_many_features_as_samples_the_rounding_of_their_ratio_does_not_count() {
    // The root of g² + (1 − η − γ)g − γ = 0 at 50 digits. p/n − 1 is 1e-7 to one part in 1e9 only.
    let fp = FixedPoint::isotropic(10_000_001.0, Training { samples: 10_000_000.0, ridge: 1e-20 }).unwrap();
    assert_close("g", fp.g, 1.0000009999991e-07, 4e-16);
    assert_close("κ", fp.kappa, 9.999990000018999e-14, 4e-16);
}

#[test]
fn zero_eigenvalues_do_not_count() {
    let at = |eigenvalues: &[f64]| FixedPoint::spectrum(eigenvalues, Training { samples: 2.0, ridge: 0.3 }).unwrap();
    assert_eq!(at(&[2.0, 0.0, 3.0, 0.0]), at(&[2.0, 3.0]));
    let flat = at(&[0.0]);
    assert_eq!([flat.kappa, flat.delta, flat.df2, flat.h], [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn an_overflow_is_told_as_one() {
    // s/γ = 1e310 at κ = 0.
    let overflow = FixedPoint::spectrum(&[1e10; 3], Training { samples: 1.0, ridge: 1e-300 });
    assert!(matches!(overflow, Err(Error::Range { .. })), "{overflow:?}");
}
