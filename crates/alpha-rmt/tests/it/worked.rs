//! The worked example of docs/theory.md: every number that the page gives is computed here.

use alpha_rmt::covariance::{Source, TrainedSource};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::isotropic::{Isotropic, Target};
use alpha_rmt::labels::{Intercept, Labels};
use alpha_rmt::normal_cdf;
use alpha_rmt::resolvent::Equivalent;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::{SourceForm, Sources};
use alpha_rmt::training::Training;

use crate::setting;

/// The page, where the repository is at hand.
fn page() -> Option<String> {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/theory.md")).ok()
}

/// Asserts that the page's example of a section gives these numbers, in words such as "df₂ = 0.171573", to six decimals.
#[track_caller]
fn assert_given(section: &str, numbers: &[(&str, f64)]) {
    let Some(page) = page() else { return };
    let start = page.find(&format!("\n## {section} ")).expect("a section of that name");
    let text = &page[start + 1..];
    let text = &text[..text.find("\n## ").unwrap_or(text.len())];
    let example = &text[text.find("*Example:*").expect("a worked example")..];
    let example = example[..example.find("\n\n").unwrap_or(example.len())].replace('\n', " ");
    for (words, value) in numbers {
        let written = format!("{words}{value:.6}").replace('-', "−");
        assert!(example.contains(&written), "{section}: '{written}' is not in: {example}");
    }
}

/// N = 5000, n = 200, p = 400, ‖μ‖ = 1.5, ‖μ_⊥‖ = 1, β = 0.8, γ̃ = γ = 1.
const EXAMPLE: [f64; 8] = [5000.0, 200.0, 400.0, 1.5, 1.0, 0.8, 1.0, 1.0];

fn example() -> (Setting, Isotropic, Sources) {
    let setting = setting(EXAMPLE);
    (setting, setting.isotropic().unwrap(), setting.source(SourceForm::Correct).unwrap())
}

#[test]
fn setting_and_fixed_point() {
    let (setting, target, _) = example();
    let norm_squared = setting.target_norm_squared().unwrap();
    assert_given("§1", &[("accuracy of ", normal_cdf(norm_squared.sqrt()))]);
    assert!((norm_squared - 1.8).abs() < 1e-15);
    let fp = target.fixed_point();
    assert_given("§2", &[("= ", fp.g), ("κ = ", fp.kappa), ("df₂ = ", fp.df2), ("h = ", fp.h)]);
}

#[test]
fn law_and_closed_form() {
    let (setting, target, source) = example();
    let law = target.law(&source).unwrap();
    let strength = 1.8 / (1.0 + target.fixed_point().g);
    let (m, one) = (law.mean_coefficients(), law.at(&[1.0]).unwrap());
    assert_given(
        "§3",
        &[
            ("A = ", strength),
            ("M = (", m[0]),
            (", ", m[1]),
            ("m = ", one.mean),
            ("q = ", one.variance),
            ("accuracy ", one.accuracy()),
        ],
    );
    let point = setting.point(None, SourceForm::Correct).unwrap();
    let explained = source.products()[0].powi(2) / source.gram()[0];
    assert_given(
        "§4",
        &[
            ("λ = ", 1.8 + 1.0 + target.fixed_point().g),
            ("e = ", explained),
            ("α\\* = ", point.alpha_star.unwrap()),
            ("accuracy ", point.accuracy_at_alpha_star.unwrap()),
            ("ᾱ = ", point.alpha_worst.unwrap()),
        ],
    );
    let best = target.best_separation(&source).unwrap();
    assert_given(
        "§8",
        &[
            ("e = ", explained),
            ("ρ = ", best * best / target.fixed_point().h),
            ("√(hρ)) = ", normal_cdf(best)),
            ("ridges is ", setting.supremum_accuracy().unwrap()),
        ],
    );
}

#[test]
fn source_and_erratum() {
    let (setting, ..) = example();
    let [correct, published] =
        [SourceForm::Correct, SourceForm::Published].map(|form| setting.point(None, form).unwrap());
    let [norm, published_norm] =
        [SourceForm::Correct, SourceForm::Published].map(|form| setting.source(form).unwrap().gram()[0]);
    let own = Isotropic::new(Target {
        dimension: 400.0,
        mean_norm_squared: 2.25,
        training: Training { samples: 5000.0, ridge: 1.0 },
    })
    .unwrap()
    .fixed_point();
    assert_given(
        "§5",
        &[
            ("g̃ = ", own.g),
            ("h̃ = ", own.h),
            ("λ_R = ", 2.25 + 1.0 + own.g),
            ("s = ", setting.source(SourceForm::Correct).unwrap().products()[0]),
            ("W = ", norm),
            ("(published ", published_norm),
            ("α\\* is ", correct.alpha_star.unwrap()),
            ("(published ", published.alpha_star.unwrap()),
            ("Φ(s/√W) = ", correct.accuracy_source_only.unwrap()),
        ],
    );
}

#[test]
fn lemmas() {
    let mut mean = vec![0.0; 400];
    (mean[0], mean[1]) = (0.8 * 1.5, 0.6);
    let spectrum = vec![1.0; 400];
    let own = Equivalent::new(&spectrum, &mean, Training { samples: 200.0, ridge: 1.0 }).unwrap();
    let form = own.fixed_point().kappa * own.bilinear(&mean, &mean).unwrap();
    assert_given("§6", &[("A/(1+A) = ", form), ("tr Q̄ = ", own.stieltjes().unwrap())]);
}

#[test]
fn noisy_and_lopsided_labels() {
    let identity = Eigenbasis::identity(400).unwrap();
    let (mut mean, mut source_mean) = (vec![0.0; 400], vec![0.0; 400]);
    (mean[0], mean[1], source_mean[0]) = (0.8 * 1.5, 0.6, 1.5);
    let training = Training { samples: 5000.0, ridge: 1.0 };
    let source = Source::Trained(TrainedSource { mean: &source_mean, covariance: &identity, training, data: None });
    let target = identity.target(&mean, &[source]).unwrap();
    let accuracy = |labels| {
        let law = target.law_with_labels(Training { samples: 200.0, ridge: 1.0 }, labels).unwrap();
        law.at(&[1.0]).unwrap().accuracy()
    };
    let noisy = accuracy(Labels { noise: 0.1, ..Labels::default() });
    let lopsided = accuracy(Labels { positive_share: 0.8, intercept: Intercept::Fitted, ..Labels::default() });
    assert_given("§9", &[("at α = 1 is ", noisy), ("intercept it is ", lopsided)]);
}
