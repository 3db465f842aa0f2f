//! The reference values of docs/theory.md, to the digits given there.

use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::normal_cdf;
use alpha_rmt::source::{SourceForm, Sources};
use alpha_rmt::training::Training;

use crate::{assert_close, setting};

#[test]
fn marchenko_pastur() {
    // (η, γ) → δ, κ, df₂
    for (eta, gamma, delta, kappa, df2) in [
        (0.5, 1.0, 0.28077640640442, 0.78077640640442, 0.096117967977924),
        (1.0, 0.1, 2.7015621187164, 0.27015621187164, 0.53267195506955),
        (2.0, 1.0, std::f64::consts::SQRT_2, 0.4142135623731, 0.17157287525381),
        (10.0, 1.0, 9.0990195135928, 0.099019513592785, 0.081176583688658),
        (10.0, 0.1, 90.109757727925, 0.010975772792484, 0.097816892200342),
    ] {
        let fp = FixedPoint::isotropic(eta * 200.0, Training { samples: 200.0, ridge: gamma }).unwrap();
        assert_close("δ", fp.delta, delta, 5e-14);
        assert_close("κ", fp.kappa, kappa, 5e-13);
        assert_close("df₂", fp.df2, df2, 5e-14);
    }
}

#[test]
fn two_atoms() {
    for (samples, gamma, delta, df2) in
        [(4.0, 1.0, 0.42393872734594, 0.19400249849825), (1.0, 0.1, 23.595210340897, 0.53283522707126)]
    {
        let fp = FixedPoint::spectrum(&[1.0, 5.0], Training { samples, ridge: gamma }).unwrap();
        assert_close("δ", fp.delta, delta, 5e-14);
        assert_close("df₂", fp.df2, df2, 5e-14);
    }
}

fn target_only_accuracy(samples: f64, dimension: f64, norm: f64, ridge: f64) -> f64 {
    let target = Target { dimension, mean_norm_squared: norm * norm, training: Training { samples, ridge } };
    Isotropic::new(target).unwrap().law(&Sources::none()).unwrap().at(&[]).unwrap().accuracy()
}

#[test]
fn target_only_error() {
    for (n, p, norm, gamma, error) in [
        (200.0, 400.0, 1.2, 1.0, 0.23988894),
        (400.0, 200.0, 1.5, 0.1, 0.13936546),
        (1000.0, 1000.0, 2.0, 0.01, 0.22318684),
        (100.0, 1000.0, 0.8, 5.0, 0.42387304),
    ] {
        let got = 1.0 - target_only_accuracy(n, p, norm, gamma);
        assert!((got - error).abs() <= 5e-9, "{got} is not {error}");
    }
}

#[test]
fn limits_of_the_ridge_without_source() {
    let (p, n, norm) = (60.0, 100.0, 1.3);
    let (m, eta): (f64, f64) = (norm * norm, p / n);
    let small = normal_cdf(m * (1.0 - eta).sqrt() / (m + eta).sqrt());
    let large = normal_cdf(m / (m + eta).sqrt());
    assert_close("γ → 0", target_only_accuracy(n, p, norm, 1e-12), small, 1e-11);
    assert_close("γ → ∞", target_only_accuracy(n, p, norm, 1e12), large, 1e-11);
}

#[test]
fn without_a_ridge_the_source_survives_where_the_samples_say_nothing() {
    // Remark 3.2: γQ → 0 with n > p, and the projector off the samples, of rank p − n, with n < p.
    let (norm, product) = (1.3f64, 0.7);
    let slope = |eta: f64| {
        let training = Training { samples: 50.0, ridge: 1e-13 };
        let target = Target { dimension: eta * 50.0, mean_norm_squared: norm * norm, training };
        let law = Isotropic::new(target).unwrap().law(&Sources::given(&[product], &[1.0]).unwrap()).unwrap();
        law.mean_coefficients()[1]
    };
    assert!(slope(0.6).abs() < 1e-12);
    assert_close("γ → 0, p > n", slope(3.0), 2.0 * product / (norm * norm + 3.0), 1e-11);
}

#[test]
fn ridge_source() {
    // (N, n, p, ‖μ‖, ‖μ_⊥‖, β, γ̃, γ) → s, W, α*, accuracy at 0, 1, α*
    for (row, s, w, alpha_star, at_0, at_1, at_star) in [
        (
            [5000.0, 200.0, 400.0, 1.5, 1.0, 0.8, 1.0, 1.0],
            0.4195022220,
            0.1290335559,
            1.8384115479,
            0.79966976,
            0.85591226,
            0.86279183,
        ),
        (
            [1000.0, 200.0, 100.0, 1.0, 1.5, 0.3, 1.0, 1.0],
            0.0983203857,
            0.1210273614,
            0.0792166307,
            0.89458975,
            0.87295311,
            0.89478449,
        ),
        (
            [5000.0, 40.0, 1000.0, 0.8, 0.8, 0.5, 5.0, 0.1],
            0.0470064782,
            0.0182215032,
            4.0991501384,
            0.54928698,
            0.61282692,
            0.63899755,
        ),
    ] {
        let setting = setting(row);
        let source = setting.source(SourceForm::Correct).unwrap();
        let point = setting.point(None, SourceForm::Correct).unwrap();
        for (name, got, expected, half_a_digit) in [
            ("s", source.products()[0], s, 5e-11),
            ("W", source.gram()[0], w, 5e-11),
            ("α*", point.alpha_star.unwrap(), alpha_star, 5e-11),
            ("accuracy at 0", point.accuracy_at_0.unwrap(), at_0, 5e-9),
            ("accuracy at 1", point.accuracy_at_1.unwrap(), at_1, 5e-9),
            ("accuracy at α*", point.accuracy_at_alpha_star.unwrap(), at_star, 5e-9),
        ] {
            assert!((got - expected).abs() <= half_a_digit, "{name} at {row:?}: {got} is not {expected}");
        }
    }
}

#[test]
fn erratum_table() {
    // setting, α → E₂ correct, published; α* correct, published
    for (row, alpha, second, alpha_star) in [
        ([2000.0, 40.0, 400.0, 1.2, 0.74, 0.8, 1.0, 1.0], 3.0, [1.933, 1.822], [2.186, 2.467]),
        ([400.0, 800.0, 400.0, 1.5, 1.0, 0.3, 0.5, 2.0], 3.0, [1.504, 0.902], [0.1037, 0.2541]),
        ([1200.0, 400.0, 800.0, 1.5, 1.0, 0.8, 0.05, 0.5], 2.0, [2.008, 0.851], [0.4446, -2.97]),
    ] {
        for (i, form) in [SourceForm::Correct, SourceForm::Published].into_iter().enumerate() {
            let point = setting(row).point(Some(alpha), form).unwrap();
            let got = point.second_moment.unwrap();
            assert!((got - second[i]).abs() <= 1e-3, "E₂ {form:?} at {row:?}: {got} is not {}", second[i]);
            assert_close(&format!("α* {form:?} at {row:?}"), point.alpha_star.unwrap(), alpha_star[i], 2e-3);
        }
    }
}
