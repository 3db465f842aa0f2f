//! A frozen source in the target's coordinates, with what is known of its own mean.

use alpha_rmt::ridge::Ridge;
use alpha_rmt::total_covariance::{MOST_EXPLAINED, TotalCovariance, TotalEquivalent};
use nalgebra::{DMatrix, DVector};

use crate::belief::Prior;
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::geometry::form;
use crate::samples::Samples;

/// A ridge-trained source: its classifier, and what leaving each of its samples out says.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedSource {
    /// γ̃.
    pub ridge: f64,
    /// w̃.
    pub weights: DVector<f64>,
    /// Mean over standard deviation of the margins y⟨w̃₋ᵢ, x⟩ of its own samples, each left out in turn.
    pub separation: f64,
    /// For each sample, R x times (1 − y⟨w̃, x⟩)/(1 − h): N times what leaving it out takes from yw̃.
    influence: DMatrix<f64>,
}

/// A frozen source as a target meets it: diagonal products in the eigenbasis of the target's Σ.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceView {
    /// w̃.
    pub weights: Vec<f64>,
    /// μ, the source's mean, as estimated.
    pub mean: Vec<f64>,
    /// μ², without the bias of the estimate.
    pub square: Vec<f64>,
    /// μ·w̃, without the bias of both coming from the same samples.
    pub product: Vec<f64>,
}

impl SourceView {
    /// A source of which only the weights are known, in the eigenbasis of Σ. Its mean is taken along Σw̃, as for any
    /// discriminant of data with this covariance, and as long as the labels' own estimate makes it at the most likely correlation.
    ///
    /// # Errors
    /// [`Error::Data`] for weights that no target sample sees.
    pub fn from_weights(
        weights: Vec<f64>,
        geometry: &TotalCovariance,
        metric: &TotalEquivalent,
        evidence: &Evidence,
        prior: &Prior,
    ) -> Result<Self> {
        let direction: Vec<f64> = weights.iter().zip(geometry.eigenvalues()).map(|(w, s)| w * s).collect();
        let products = |x: &[f64]| direction.iter().zip(x).map(|(a, b)| a * b).collect::<Vec<f64>>();
        let [seen, own] = [&evidence.mean, &direction].map(|x| form(metric.shrunk(), &products(x)));
        if own.is_nan() || own <= 0.0 {
            let reason = "they are 0 on every feature that varies in the target".to_owned();
            return Err(Error::Data { what: "source weights", reason });
        }
        // Labels that contradict the source say as much of the length, a correlation that may as well be 0 says nothing; and a
        // small share of Σ along w̃ is left to the source in any case.
        let correlation = prior.correlation.abs().max(prior.correlation_deviation);
        let total: f64 = weights.iter().zip(&direction).map(|(w, a)| w * a).sum();
        let length = (seen.abs() / (correlation * own)).clamp((0.01 / total).sqrt(), (MOST_EXPLAINED / total).sqrt());
        let mean: Vec<f64> = direction.iter().map(|x| length * x).collect();
        let square = mean.iter().map(|m| m * m).collect();
        let product = mean.iter().zip(&weights).map(|(m, w)| m * w).collect();
        Ok(Self { weights, mean, square, product })
    }
}

impl TrainedSource {
    /// Trains on standardised samples.
    ///
    /// # Errors
    /// [`Error::Theory`] if the ridge or the samples are refused, [`Error::Data`] if their classifier is 0.
    pub fn new(samples: &Samples, ridge: f64) -> Result<Self> {
        let Samples { features, labels } = samples;
        let n = labels.len() as f64;
        let solver = Ridge::new(features.clone(), ridge)?;
        let weights = solver.classifier(labels)?;
        if weights.amax() == 0.0 {
            let reason = "its classifier is 0: no feature varies, or both classes have the same mean".to_owned();
            return Err(Error::Data { what: "source", reason });
        }
        // γR applied to every sample.
        let mut influence = solver.shrink(features)? / ridge;
        let (mut sum, mut squares) = (0.0, 0.0);
        for (i, x) in features.column_iter().enumerate() {
            let leverage = x.dot(&influence.column(i)) / n;
            let miss = (1.0 - labels[i] * weights.dot(&x)) / (1.0 - leverage);
            influence.column_mut(i).scale_mut(miss);
            let margin = 1.0 - miss;
            sum += margin;
            squares += margin * margin;
        }
        let mean = sum / n;
        let separation = mean / (squares / n - mean * mean).max(f64::MIN_POSITIVE).sqrt();
        Ok(Self { ridge, weights, separation, influence })
    }

    /// The best of several ridges for use elsewhere: the largest whose separation on the source's own samples is within one
    /// standard error, 1/√N, of the best.
    ///
    /// # Errors
    /// As [`TrainedSource::new`].
    pub fn best(samples: &Samples, ridges: &[f64]) -> Result<Self> {
        let mut trained = ridges.iter().map(|ridge| Self::new(samples, *ridge)).collect::<Result<Vec<_>>>()?;
        trained.sort_by(|a, b| b.ridge.total_cmp(&a.ridge));
        let best = trained.iter().map(|t| t.separation).fold(f64::NEG_INFINITY, f64::max);
        let slack = (samples.rows() as f64).sqrt().recip();
        let chosen = trained.into_iter().find(|t| t.separation >= best - slack);
        chosen.ok_or_else(|| Error::range("the separation of the source's classes"))
    }

    /// The source as a target with this geometry meets it; `samples` are those it was trained on.
    ///
    /// # Errors
    /// [`Error::Theory`] if the target has another number of features.
    pub fn view(&self, samples: &Samples, geometry: &TotalCovariance) -> Result<SourceView> {
        let coordinates = geometry.rotate(&samples.features)?;
        let influence = geometry.rotate(&self.influence)?;
        let weights = geometry.rotate(&DMatrix::from_columns(std::slice::from_ref(&self.weights)))?;
        let Evidence { count, mean, square } = Evidence::new(&coordinates, samples.labels.as_slice())?;
        let mut product: Vec<f64> = mean.iter().zip(weights.iter()).map(|(m, w)| m * w).collect();
        for (x, r) in coordinates.column_iter().zip(influence.column_iter()) {
            for (l, product) in product.iter_mut().enumerate() {
                *product -= x[l] * r[l] / (count * count);
            }
        }
        Ok(SourceView { weights: weights.as_slice().to_vec(), mean, square, product })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::assertions::assert_close;
    use crate::geometry::total_covariance;
    use crate::mixture::Mixture;

    #[test]
    fn a_source_left_out_sample_by_sample_is_refitted() {
        let rng = &mut StdRng::seed_from_u64(2);
        let (p, n) = (6, 15);
        let mean = DVector::from_fn(p, |i, _| 0.6 / (1.0 + i as f64));
        let samples = Mixture { mean, eigenvalues: vec![1.0; p] }.draw(n, rng).unwrap();
        let trained = TrainedSource::new(&samples, 0.7).unwrap();
        // A geometry of other data, so that nothing is diagonal by accident.
        let geometry = total_covariance(&DMatrix::from_fn(p, 40, |_, _| StandardNormal.sample(rng))).unwrap();
        let view = trained.view(&samples, &geometry).unwrap();
        let mut product = DVector::<f64>::zeros(p);
        let mut margins = Vec::new();
        for i in 0..n {
            let rest = samples.select(&(0..n).filter(|j| *j != i).collect::<Vec<_>>());
            // (1/N) over all N, as if sample i were there with weight 0.
            let gram = &rest.features * rest.features.transpose() / n as f64 + DMatrix::identity(p, p) * 0.7;
            let w = gram.try_inverse().unwrap() * (&rest.features * &rest.labels) / n as f64;
            let x = samples.features.column(i) * samples.labels[i];
            margins.push(w.dot(&x));
            let [x, w] = [x, w].map(|v| geometry.rotate(&DMatrix::from_columns(&[v])).unwrap());
            product += x.component_mul(&w).column(0) / n as f64;
        }
        for l in 0..p {
            assert_close("product", view.product[l], product[l], 1e-10);
        }
        let mean = margins.iter().sum::<f64>() / n as f64;
        let variance = margins.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n as f64;
        assert_close("separation", trained.separation, mean / variance.sqrt(), 1e-10);
    }

    #[test]
    fn a_source_that_knows_nothing_is_refused() {
        let constant =
            Samples { features: DMatrix::zeros(3, 4), labels: DVector::from_vec(vec![1.0, -1.0, 1.0, -1.0]) };
        let message = TrainedSource::new(&constant, 1.0).unwrap_err().to_string();
        assert!(message.starts_with("source: its classifier is 0"), "{message}");
    }
}
