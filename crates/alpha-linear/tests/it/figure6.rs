//! Figure 6: the decision function, drawn and by theory.

use alpha_linear::amazon::Domain;
use alpha_linear::amazon::figure6::{self, Draws};
use alpha_linear::amazon::table1::Table1Config;
use alpha_rmt::setting::Setting;

const SETTING: Setting = Setting {
    source_samples: 1500.0,
    target_samples: 100.0,
    dimension: 150.0,
    source_norm: 1.5,
    orthogonal_norm: 1.0,
    alignment: 0.6,
    source_ridge: 1.0,
    target_ridge: 0.7,
};

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n)
}

#[test]
fn drawn_scores_have_the_law_of_the_theory() {
    let alphas = [0.0, 0.1, 1.0, 10.0];
    // A set's mean and variance fluctuate with its source and its training samples: 40 draws of both.
    let draws: Vec<_> = (0..40)
        .map(|seed| figure6::synthetic(&SETTING, &alphas, Draws { sets: 1, tests: 400, seed }).unwrap())
        .collect();
    for (a, alpha) in alphas.iter().enumerate() {
        let theory = draws[0][a].isotropic;
        for (class, sign) in [-1.0, 1.0].into_iter().enumerate() {
            let (means, variances): (Vec<f64>, Vec<f64>) = draws.iter().map(|d| moments(&d[a].classes[class])).unzip();
            for (what, values, expected) in
                [("mean", means, sign * theory.mean), ("variance", variances, theory.variance)]
            {
                let (mean, variance) = moments(&values);
                let z = (mean - expected) / (variance / 39.0).sqrt();
                assert!(z.abs() < 4.0, "{what} of class {sign} at α = {alpha}: {mean} against {expected}, z = {z}");
            }
        }
    }
    assert!(figure6::synthetic(&SETTING, &alphas, Draws { sets: 0, tests: 400, seed: 1 }).is_err());
    assert!(
        figure6::synthetic(&Setting { target_ridge: 0.0, ..SETTING }, &alphas, Draws { sets: 1, tests: 400, seed: 1 })
            .is_err()
    );
    let fraction = Setting { source_samples: 1500.5, ..SETTING };
    let message =
        figure6::synthetic(&fraction, &alphas, Draws { sets: 1, tests: 400, seed: 1 }).unwrap_err().to_string();
    assert!(message.contains("source-samples is 1500.5, but must be"), "{message}");
}

#[test]
fn on_the_reviews_the_general_covariance_is_nearer() {
    let Some(amazon) = crate::real_amazon() else { return };
    let protocol = Table1Config { target_samples: 100, seeds: vec![1], ..Table1Config::default() };
    let alphas = [1.0, 10.0];
    for pair in [(Domain::Books, Domain::Dvd), (Domain::Electronics, Domain::Kitchen)] {
        for scores in figure6::on_amazon(amazon, pair, &protocol, &alphas).unwrap() {
            assert_eq!(scores.classes.iter().map(Vec::len).sum::<usize>() / 10, amazon.samples(pair.1).rows() - 100);
            // Both classes as one: the reviews' own skewness is not the theory's.
            let margins = scores.classes[0].iter().map(|x| -x).chain(scores.classes[1].iter().copied());
            let (mean, variance) = moments(&margins.collect::<Vec<_>>());
            let (near, far) = (scores.covariance.unwrap(), scores.isotropic);
            let place = format!("{pair:?}, α = {}", scores.alpha);
            assert!((near.mean / mean - 1.0).abs() < 0.05, "{place}: {mean} against {}", near.mean);
            assert!((far.mean - mean).abs() > (near.mean - mean).abs(), "{place}: {mean}, {near:?}, {far:?}");
            let deviation = variance.sqrt();
            assert!((near.variance.sqrt() / deviation - 1.0).abs() < 0.06, "{place}: {deviation} against {near:?}");
        }
    }
    let none = Table1Config { splits: 0, ..protocol };
    assert!(figure6::on_amazon(amazon, (Domain::Books, Domain::Dvd), &none, &alphas).is_err());
}
