//! A frozen source in the target's coordinates, with what is known of its own mean.

use alpha_rmt::ridge::Ridge;
use nalgebra::{DMatrix, DVector};

use crate::error::Result;
use crate::evidence::Evidence;
use crate::geometry::{Geometry, Metric, form};
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
    /// discriminant of data with this covariance, and as long as the labels' own estimate makes it at this correlation.
    pub fn from_weights(
        weights: Vec<f64>,
        geometry: &Geometry,
        metric: &Metric,
        evidence: &Evidence,
        correlation: f64,
    ) -> Self {
        let direction: Vec<f64> = weights.iter().zip(geometry.eigenvalues()).map(|(w, s)| w * s).collect();
        let products = |x: &[f64]| direction.iter().zip(x).map(|(a, b)| a * b).collect::<Vec<f64>>();
        let [seen, own] = [&evidence.mean, &direction].map(|x| form(&metric.resolvent, &products(x)));
        // Labels that contradict the source leave it a small strength instead of none.
        let length = (seen / (correlation * own)).max(0.1 / own.sqrt());
        let mean: Vec<f64> = direction.iter().map(|x| length * x).collect();
        let square = mean.iter().map(|m| m * m).collect();
        let product = mean.iter().zip(&weights).map(|(m, w)| m * w).collect();
        Self { weights, mean, square, product }
    }
}

impl TrainedSource {
    /// Trains on standardised samples.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] if the ridge or the samples are refused.
    pub fn new(samples: &Samples, ridge: f64) -> Result<Self> {
        let Samples { features, labels } = samples;
        let n = labels.len() as f64;
        let solver = Ridge::new(features.clone(), ridge)?;
        let weights = solver.classifier(labels)?;
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
    /// As [`TrainedSource::new`]; no ridge at all is refused.
    pub fn best(samples: &Samples, ridges: &[f64]) -> Result<Self> {
        let mut trained = ridges.iter().map(|ridge| Self::new(samples, *ridge)).collect::<Result<Vec<_>>>()?;
        trained.sort_by(|a, b| b.ridge.total_cmp(&a.ridge));
        let best = trained.iter().map(|t| t.separation).fold(f64::NEG_INFINITY, f64::max);
        let slack = (samples.rows() as f64).sqrt().recip();
        trained.into_iter().find(|t| t.separation >= best - slack).ok_or_else(|| crate::Error::Parameter {
            name: "source-ridge",
            value: "none".to_owned(),
            allowed: "at least one".to_owned(),
        })
    }

    /// The source as a target with this geometry meets it; `samples` are those it was trained on.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] if the target has another number of features.
    pub fn view(&self, samples: &Samples, geometry: &Geometry) -> Result<SourceView> {
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
