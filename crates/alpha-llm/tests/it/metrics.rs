//! Scores against numbers from elsewhere.

use alpha_llm::Error;
use alpha_llm::metrics::score;

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-11 * expected.abs(), "{got}, expected {expected}");
}

#[test]
fn scores_of_a_table_by_hand() {
    // TP 3, FN 1, FP 2, TN 4.
    let labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    let predictions = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
    let scores = score(&labels, &predictions, 2).unwrap();
    assert_eq!(scores.confusion, [[4, 2], [1, 3]]);
    assert_eq!((scores.rows, scores.correct), (10, 7));
    close(scores.accuracy, 0.7);
    close(scores.f1.unwrap(), 2.0 / 3.0);
    close(scores.standard_error, (0.7_f64 * 0.3 / 10.0).sqrt());
    // Wilson's interval of 7 in 10 at 40 digits (mpmath).
    close(scores.interval.0, WILSON_7_10.0);
    close(scores.interval.1, WILSON_7_10.1);
    let three = score(&[0, 1, 2, 2], &[0, 2, 2, 1], 3).unwrap();
    assert_eq!((three.f1, three.accuracy), (None, 0.5));
    assert_eq!(three.confusion, [[1, 0, 0], [0, 0, 1], [0, 1, 1]]);
}
const WILSON_7_10: (f64, f64) = (0.396_778_147_461_145_3, 0.892_208_732_593_699);

#[test]
fn nothing_over_nothing_is_0_and_the_edges_are_finite() {
    let none = score(&[0, 0], &[0, 0], 2).unwrap();
    assert_eq!((none.accuracy, none.f1, none.standard_error, none.interval.1), (1.0, Some(0.0), 0.0, 1.0));
    let wrong = score(&[1], &[0], 2).unwrap();
    assert_eq!((wrong.accuracy, wrong.f1, wrong.interval.0), (0.0, Some(0.0), 0.0));
    assert!(wrong.interval.1 > 0.7 && wrong.interval.1 < 0.8);
}

#[test]
fn bad_predictions_are_refused() {
    for (labels, predictions, classes) in [
        (&[][..], &[][..], 2),
        (&[0, 1], &[0], 2),
        (&[0, 2], &[0, 1], 2),
        (&[0, 1], &[0, -1], 2),
        (&[0, 1], &[0, i64::MAX], 2),
        (&[0, 0], &[0, 0], 1),
    ] {
        let error = score(labels, predictions, classes).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
}
