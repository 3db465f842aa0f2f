//! The fine-tuned classifier itself, over training sets.

use super::{Parts, SpectralTarget};
use crate::check::all_representable;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::score::ClassifierLaw;
use crate::training::Training;

impl SpectralTarget {
    /// The law of the fine-tuned classifier w_α over training sets, at weights α (one per source): its mean
    /// b = D(gWα + (1−m)μ_β) and, along each eigenvector, its variance rsᵢ/(n(sᵢ+g)²), r = (1−m)² + q being its squared risk. A
    /// random source adds g²Var(Wα)ᵢ/(sᵢ+g)².
    ///
    /// # Errors
    /// As [`SpectralTarget::law`] and [`crate::law::DecisionLaw::at`]; [`Error::Conflict`] for a covariance that is known from a
    /// sample of features only.
    ///
    /// ```
    /// use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
    /// use alpha_rmt::training::Training;
    /// let source = SpectralSource::given(vec![0.5, 0.5]);
    /// let target = SpectralTarget::new(vec![1.0, 5.0], vec![1.0, 0.5], vec![source])?;
    /// let training = Training { samples: 4.0, ridge: 1.0 };
    /// let decision = target.law(training)?.at(&[0.8])?;
    /// let w = target.classifier(training, &[0.8])?;
    /// // ⟨b, μ_β⟩ = m and bᵀCb + tr(C Cov w) = q.
    /// let m = w.mean()[0] + 0.5 * w.mean()[1];
    /// let q = w.mean()[0].powi(2) + w.variance()[0] + 5.0 * (w.mean()[1].powi(2) + w.variance()[1]);
    /// assert!((m - decision.mean).abs() < 1e-14 && (q - decision.variance).abs() < 1e-14);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn classifier(&self, training: Training, weights: &[f64]) -> Result<ClassifierLaw> {
        if self.rows.is_some() {
            let names = ["the law of a classifier", "a covariance from a sample of features"].map(str::to_owned);
            let [first, second] = names;
            return Err(Error::Conflict(first, second, "its variance along the sample's eigenvectors is not known"));
        }
        let parts = Parts::new(self, training, Labels::default())?;
        let (law, b) = parts.law()?;
        let risk = law.at(weights)?.risk();
        let g = parts.own.fixed_point().g;
        let mut mean = b[0].clone();
        for (weight, b) in weights.iter().zip(&b[1..]) {
            mean.iter_mut().zip(b).for_each(|(sum, b)| *sum += weight * b);
        }
        let drawn = self.eigenvalues.iter().zip(parts.own.shrunk()).map(|(s, d)| risk / training.samples * s * d * d);
        let mut variance: Vec<f64> = drawn.collect();
        for ((variance, v), d) in variance.iter_mut().zip(self.variance_along(weights)).zip(parts.own.shrunk()) {
            *variance += (g * d).powi(2) * v;
        }
        all_representable("the law of the classifier", mean.iter().chain(&variance))?;
        Ok(ClassifierLaw::from_finite(mean, variance))
    }
}
