//! κ, δ, df₂ and h against roots of polynomials at 60 digits, over γ ∈ [1e-12, 1e6] and η ∈ [1e-3, 1e3].

use alpha_rmt::Error;
use alpha_rmt::fixed_point::{FixedPoint, IsotropicSpectrum, Spectrum};

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
        let fp =
            FixedPoint::spectrum(Spectrum { eigenvalues: &eigenvalues, samples: row.n, ridge: row.ridge }).unwrap();
        check(&row, fp, "Newton");
    }
}

#[test]
fn isotropic_closed_form_reaches_twelve_digits_everywhere() {
    for row in rows().into_iter().filter(|row| row.spectrum == "one") {
        let spectrum = IsotropicSpectrum { aspect_ratio: row.p as f64 / row.n, ridge: row.ridge };
        check(&row, FixedPoint::isotropic(spectrum).unwrap(), "closed form");
    }
}

#[test]
fn zero_eigenvalues_do_not_count() {
    let at = |eigenvalues: &[f64]| FixedPoint::spectrum(Spectrum { eigenvalues, samples: 2.0, ridge: 0.3 }).unwrap();
    assert_eq!(at(&[2.0, 0.0, 3.0, 0.0]), at(&[2.0, 3.0]));
    let flat = at(&[0.0]);
    assert_eq!([flat.kappa, flat.delta, flat.df2, flat.h], [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn an_overflow_is_told_as_one() {
    // s/γ = 1e310 at κ = 0.
    let overflow = FixedPoint::spectrum(Spectrum { eigenvalues: &[1e10; 3], samples: 1.0, ridge: 1e-300 });
    assert!(matches!(overflow, Err(Error::Range { .. })), "{overflow:?}");
}
