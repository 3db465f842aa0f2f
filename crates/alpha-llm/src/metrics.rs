//! Accuracy and F1 with intervals.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The 97.5 % point of the standard normal.
const Z: f64 = 1.959_963_984_540_054;

/// How well predictions agree with labels. All figures are finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Rows scored, at least 1.
    pub rows: usize,
    /// Rows predicted right.
    pub correct: usize,
    /// correct / rows, in [0, 1].
    pub accuracy: f64,
    /// √(accuracy (1 − accuracy) / rows); 0 if all or none are right, where the interval says more.
    pub standard_error: f64,
    /// Wilson's 95 % interval of the accuracy.
    pub interval: (f64, f64),
    /// F1 of label 1, in [0, 1], where there are two labels: 2 TP / (2 TP + FP + FN), and 0 without any of the three.
    pub f1: Option<f64>,
    /// Rows by label, then by prediction.
    pub confusion: Vec<Vec<usize>>,
}

/// Scores predictions among `classes` labels.
///
/// # Errors
/// [`Error::Parameter`] if there are no rows or fewer than two classes, if there are not as many predictions as labels,
/// or if one of either is not in `0..classes`.
///
/// ```
/// let scores = alpha_llm::metrics::score(&[1, 1, 0, 0], &[1, 0, 1, 0], 2)?;
/// assert_eq!((scores.accuracy, scores.f1), (0.5, Some(0.5)));
/// # Ok::<(), alpha_llm::Error>(())
/// ```
pub fn score(labels: &[i64], predictions: &[i64], classes: usize) -> Result<Scores> {
    same_rows(labels, predictions)?;
    if classes < 2 {
        return Err(Error::parameter("number of classes", classes, "at least 2".to_owned()));
    }
    let class = |name: &str, value: i64| {
        let class = usize::try_from(value).ok().filter(|&class| class < classes);
        class.ok_or_else(|| Error::parameter(name, value, format!("at least 0 and below {classes}")))
    };
    let mut confusion = vec![vec![0; classes]; classes];
    for (&label, &prediction) in labels.iter().zip(predictions) {
        confusion[class("label", label)?][class("prediction", prediction)?] += 1;
    }
    let rows = labels.len();
    let correct = (0..classes).map(|class| confusion[class][class]).sum::<usize>();
    let accuracy = correct as f64 / rows as f64;
    let f1 = (classes == 2).then(|| {
        let (hits, errors) = (2 * confusion[1][1], confusion[0][1] + confusion[1][0]);
        if hits + errors == 0 { 0.0 } else { hits as f64 / (hits + errors) as f64 }
    });
    Ok(Scores {
        rows,
        correct,
        accuracy,
        standard_error: (accuracy * (1.0 - accuracy) / rows as f64).sqrt(),
        interval: wilson(correct, rows),
        f1,
        confusion,
    })
}

/// Wilson's 95 % interval: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) for p = correct / n.
fn wilson(correct: usize, rows: usize) -> (f64, f64) {
    let (n, p) = (rows as f64, correct as f64 / rows as f64);
    let (centre, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

fn same_rows(labels: &[i64], predictions: &[i64]) -> Result<()> {
    if labels.is_empty() {
        return Err(Error::parameter("number of rows", 0, "at least 1".to_owned()));
    }
    if labels.len() != predictions.len() {
        return Err(Error::parameter(
            "number of predictions",
            predictions.len(),
            format!("{}, one for each label", labels.len()),
        ));
    }
    Ok(())
}
