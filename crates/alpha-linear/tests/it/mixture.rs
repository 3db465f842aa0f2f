//! Gaussian mixtures, and the general-covariance law on them.

use alpha_linear::mixture::{Mixture, Spectrum, SyntheticConfig};
use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
use alpha_rmt::ridge::Ridge;
use alpha_rmt::training::Training;
use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn spectra_and_means_are_those_asked_for() {
    let values = Spectrum::Values(vec![1.0, 5.0]).eigenvalues(5).unwrap();
    assert_eq!(values, [1.0, 1.0, 1.0, 5.0, 5.0]);
    let power = Spectrum::Power(1.0).eigenvalues(4).unwrap();
    assert!((power.iter().sum::<f64>() - 4.0).abs() < 1e-14 && (power[0] / power[3] - 4.0).abs() < 1e-14);
    let (source, target) = SyntheticConfig { orthogonal_norm: 2.0, ..SyntheticConfig::default() }.mixtures().unwrap();
    let squared = target.mean.norm_squared();
    assert!((squared - (0.64 * 1.44 + 0.36 * 4.0)).abs() < 1e-12 && (source.mean.norm() - 1.2).abs() < 1e-12);
    for bad in
        [Spectrum::Values(vec![]), Spectrum::Values(vec![1.0, 0.0]), Spectrum::Power(f64::NAN), Spectrum::Power(-1.0)]
    {
        let config = SyntheticConfig { target_spectrum: bad.clone(), ..SyntheticConfig::default() };
        assert!(config.draw().unwrap_err().to_string().contains("of the spectrum"), "{bad:?}");
    }
    let mean = DVector::repeat(3, 1.0);
    for eigenvalues in [vec![1.0; 2], vec![1.0, -1.0, 1.0], vec![f64::NAN; 3]] {
        assert!(Mixture { mean: mean.clone(), eigenvalues }.draw(4, &mut StdRng::seed_from_u64(1)).is_err());
    }
}

#[test]
fn drawn_samples_have_the_covariance_asked_for() {
    let config = SyntheticConfig {
        dimension: 6,
        target_rows: 20_000,
        target_spectrum: Spectrum::Values(vec![0.5, 2.0, 4.0]),
        ..SyntheticConfig::default()
    };
    let (mixture, samples) = (config.mixtures().unwrap().1, config.draw().unwrap().1);
    for i in 0..6 {
        let noise: Vec<f64> =
            (0..20_000).map(|j| samples.labels[j] * samples.features[(i, j)] - mixture.mean[i]).collect();
        let n = noise.len() as f64;
        let (mean, variance) = (noise.iter().sum::<f64>() / n, noise.iter().map(|x| x * x).sum::<f64>() / n);
        let expected = mixture.eigenvalues[i];
        assert!((mean / (expected / n).sqrt()).abs() < 4.0, "{i}: {mean}");
        assert!(((variance / expected - 1.0) / (2.0 / n).sqrt()).abs() < 4.0, "{i}: {variance} against {expected}");
    }
}

/// The general-covariance law against classifiers that are trained and scored exactly.
#[test]
fn the_law_predicts_fine_tuning_on_a_mixture_of_any_spectrum() {
    let config = SyntheticConfig {
        dimension: 240,
        source_samples: 700,
        target_spectrum: "power:0.8".parse().unwrap(),
        ..SyntheticConfig::default()
    };
    let (source, target) = config.mixtures().unwrap();
    assert!((source.mean.dot(&target.mean) - 0.8 * 1.44).abs() < 1e-12, "⟨μ, μ_β⟩ = β‖μ‖²");
    let rng = &mut StdRng::seed_from_u64(21);
    let known = source.draw(700, rng).unwrap();
    let frozen = Ridge::new(known.features, 1.0).unwrap().classifier(&known.labels).unwrap();
    let (n, ridge) = (90, 0.5);
    let vector = |v: &DVector<f64>| v.as_slice().to_vec();
    let given = SpectralSource::given(vector(&frozen));
    let law = SpectralTarget::new(target.eigenvalues.clone(), vector(&target.mean), vec![given]).unwrap();
    let law = law.law(Training { samples: n as f64, ridge }).unwrap();
    for alpha in [0.0, 1.0, 4.0] {
        let reached: Vec<f64> = (0..60)
            .map(|_| {
                let train = target.draw(n, rng).unwrap();
                let w =
                    Ridge::new(train.features, ridge).unwrap().alpha_path(&train.labels, &frozen).unwrap().at(alpha);
                let variance: f64 = w.iter().zip(&target.eigenvalues).map(|(w, s)| w * w * s).sum();
                alpha_rmt::normal_cdf(w.dot(&target.mean) / variance.sqrt())
            })
            .collect();
        let mean = reached.iter().sum::<f64>() / 60.0;
        let variance = reached.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 59.0;
        let predicted = law.at(&[alpha]).unwrap().accuracy();
        let z = (mean - predicted) / (variance / 60.0).sqrt();
        assert!(z.abs() < 4.0, "α = {alpha}: {mean} against {predicted}, z = {z}");
    }
}
