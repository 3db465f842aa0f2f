//! The accuracy on rows without labels.

use super::{Scores, refuse_margin};
use crate::check::positive;
use crate::error::Result;

/// Halvings of the interval of k: enough for every digit.
const HALVINGS: usize = 200;

impl Scores {
    /// Test accuracy over training sets on rows without labels, given only `margin`, the mean of yᵢtᵢ > 0, which a law has as m.
    ///
    /// The rows show the shape of tᵢ, and `margin` how much of it the labels explain. Each label gets the probability
    /// P(yᵢ = 1) = 1/(1 + e^{−kzᵢ}), zᵢ = tᵢ/√Vᵢ, with the k at which yᵢtᵢ has the mean that it should:
    ///
    /// ```text
    /// meanᵢ tᵢ tanh(kzᵢ/2) = m,   accuracy = meanᵢ [P(yᵢ=1)Φ(zᵢ) + P(yᵢ=−1)Φ(−zᵢ)]
    /// ```
    ///
    /// It is exact for rows √τᵢ(yᵢμ + C^{1/2}zᵢ), two Gaussian classes of which each row is scaled as a whole, as texts are by
    /// their length: then neither the label's odds nor the decision depend on τᵢ.
    ///
    /// On Gaussian rows it is Φ(m/√q). On rows of the pool itself tᵢ has one value for either label, and both are weighed. It takes the classes to be equally frequent and mirror images of each other. Of a classifier with a negative margin
    /// take one minus the accuracy of −w.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a margin that is not positive, or as large as if every score had the right sign.
    pub fn predicted_accuracy(&self, margin: f64) -> Result<f64> {
        positive("mean margin", margin)?;
        let count = self.rows() as f64;
        let deviation = self.variance.iter().map(|v| v.sqrt()).sum::<f64>() / count;
        let rows: Vec<Row> = (0..self.rows())
            .map(|i| {
                let leverage = self.leverage[i] / (1.0 - self.leverage[i]);
                let seen = self.fitted[i] / (1.0 - self.leverage[i]);
                let scale = if self.variance[i] > 0.0 { self.variance[i].sqrt() / deviation } else { 1.0 };
                // Log odds, over k, of two normal classes of means ±m in units of the scale; a label that was fitted shows more
                // than its score.
                let evidence = seen / scale * (1.0 + leverage / (margin * scale));
                Row { evidence, plus: self.left_out(i, 1.0), minus: self.left_out(i, -1.0) }
            })
            .collect();
        let explained = |k: f64| rows.iter().map(|row| row.margin(k)).sum::<f64>() / count;
        let mut above = rows.iter().fold(0.0f64, |most, row| most.max(row.evidence.abs())).recip();
        while explained(above) < margin {
            above *= 2.0;
            if !above.is_finite() || above > f64::MAX / 4.0 {
                return Err(refuse_margin(margin, "below the mean of |score| of these rows"));
            }
        }
        let mut below = 0.0;
        for _ in 0..HALVINGS {
            let k = 0.5 * (below + above);
            if explained(k) < margin { below = k } else { above = k }
        }
        let right = rows.iter().enumerate().map(|(i, row)| {
            let plus = row.plus_probability(above);
            plus * self.right(i, row.plus, 1.0) + (1.0 - plus) * self.right(i, row.minus, -1.0)
        });
        Ok(right.sum::<f64>() / count)
    }
}

/// A row whose label is not known.
struct Row {
    /// Log odds of the label 1, over k.
    evidence: f64,
    /// Mean score if the label is 1.
    plus: f64,
    /// And if it is −1.
    minus: f64,
}

impl Row {
    fn plus_probability(&self, k: f64) -> f64 {
        1.0 / (1.0 + (-k * self.evidence).exp())
    }

    /// E y·score.
    fn margin(&self, k: f64) -> f64 {
        let plus = self.plus_probability(k);
        plus * self.plus - (1.0 - plus) * self.minus
    }
}
