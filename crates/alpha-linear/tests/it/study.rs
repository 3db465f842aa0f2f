//! The study of every choice, on repeated rows and on the reviews.

use alpha_linear::mixture::Mixture;
use alpha_linear::samples::Samples;
use alpha_linear::study::{Choice, Outcome, Study, StudyConfig, Variant};
use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn a_split_never_tests_on_what_it_has_seen() {
    // Every other row repeats one before: with the test half unseen the law from its own rows must still be finite, and
    // without repeats there are half as many rows.
    let rng = &mut StdRng::seed_from_u64(41);
    let one = Mixture { mean: DVector::repeat(5, 0.5), eigenvalues: vec![1.0; 5] }.draw(60, rng).unwrap();
    let columns: Vec<usize> = (0..60).flat_map(|i| [i, i]).collect();
    let twice = Samples { features: one.features.select_columns(&columns), labels: one.labels.select_rows(&columns) };
    let config = StudyConfig { labels: vec![20], splits: 4, ..StudyConfig::default() };
    let run = |variant, config: &StudyConfig| {
        Study::new(config.clone(), [("one".to_owned(), one.clone())])?.onto("twice", &twice, variant)
    };
    for variant in Variant::ALL {
        let outcome = run(variant, &config).unwrap().remove(0);
        let hindsight = outcome.get(Choice::BestJoint);
        assert_eq!(hindsight.is_some(), variant == Variant::AllRows);
        assert!(outcome.choices.iter().all(|m| (0.0..=1.0).contains(&m.accuracy) && m.standard_error.is_finite()));
        if let Some(best) = hindsight {
            let alone = outcome.get(Choice::BestAlpha).unwrap().accuracy;
            assert!(best.accuracy >= alone && alone >= outcome.get(Choice::Zero).unwrap().accuracy);
        }
    }
    // 120 rows, of which 60 differ and 60 are a half.
    for (variant, most) in [(Variant::AllRows, 119), (Variant::DistinctRows, 59), (Variant::HeldOut, 60)] {
        let with = |labels| StudyConfig { labels: vec![labels], splits: 1, ..StudyConfig::default() };
        assert!(run(variant, &with(most)).is_ok(), "{variant:?}");
        let message = run(variant, &with(most + 1)).unwrap_err().to_string();
        assert!(message.contains(&format!("at most {most}")), "{message}");
    }
}

#[test]
fn on_the_amazon_data_the_joint_choice_beats_the_others() {
    let Some(amazon) = crate::real_amazon() else { return };
    let config = StudyConfig { labels: vec![20, 40], splits: 8, ..StudyConfig::default() };
    let study = Study::of_amazon(config.clone(), amazon).unwrap();
    let outcomes = study.onto_amazon(amazon, Variant::AllRows).unwrap();
    assert_eq!(outcomes.len(), 24);
    let unseen = study.onto_amazon(amazon, Variant::HeldOut).unwrap();
    for labels in [20, 40] {
        let mean = |outcomes: &[Outcome], choice: Choice| {
            let at = outcomes.iter().filter(|o| o.labels == labels);
            at.map(|o| 100.0 * o.get(choice).unwrap().accuracy).sum::<f64>() / 12.0
        };
        let joint = mean(&outcomes, Choice::Joint);
        for other in
            Choice::ALL.into_iter().filter(|c| !matches!(c, Choice::Joint | Choice::Oracle | Choice::BestJoint))
        {
            assert!(joint > mean(&outcomes, other), "n = {labels}: joint {joint}, {}", other.name());
        }
        let oracle = mean(&outcomes, Choice::Oracle);
        assert!(joint > oracle - 0.5 && oracle > joint, "n = {labels}: {joint} of {oracle}");
        assert!(oracle <= mean(&outcomes, Choice::BestJoint) + 0.1);
        // It holds as well where nothing is known of the test.
        assert!(mean(&unseen, Choice::Joint) > mean(&unseen, Choice::SourceOnly), "n = {labels}");
        for o in outcomes.iter().filter(|o| o.labels == labels) {
            let best =
                [Choice::SourceOnly, Choice::One].map(|c| o.get(c).unwrap().accuracy).into_iter().fold(0.0, f64::max);
            let lost = 100.0 * (best - o.get(Choice::Joint).unwrap().accuracy);
            assert!(lost < 1.2, "{} → {}, n = {labels}: {lost} points below source-only or α = 1", o.source, o.target);
        }
        // Of accuracies near 76 %, from all the labels.
        let error = |o: &Outcome| {
            let one = o.get(Choice::One).unwrap();
            100.0 * (one.predicted.unwrap() - one.accuracy).abs()
        };
        let error = outcomes.iter().filter(|o| o.labels == labels).map(error).sum::<f64>() / 12.0;
        assert!(error < 1.7, "n = {labels}: the law from all labels is {error} points off");
    }
    for (name, bad) in [
        ("target-samples", StudyConfig { labels: vec![1], ..config.clone() }),
        ("target-samples", StudyConfig { labels: vec![2000], ..config.clone() }),
        ("target-samples", StudyConfig { labels: vec![], ..config.clone() }),
        ("splits", StudyConfig { splits: 0, ..config.clone() }),
        ("splits", StudyConfig { splits: usize::MAX, ..config.clone() }),
        ("source-ridge", StudyConfig { source_ridge: 0.0, ..config.clone() }),
        ("target-ridge", StudyConfig { target_ridge: f64::NAN, ..config.clone() }),
    ] {
        let study = Study::of_amazon(bad, amazon);
        let message = study.and_then(|study| study.onto_amazon(amazon, Variant::AllRows)).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
}
