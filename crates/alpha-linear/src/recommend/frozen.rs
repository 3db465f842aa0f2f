//! The source of a recommendation, as the target sees it.

use alpha_rmt::total_covariance::TotalCovariance;
use alpha_rmt::training::Training;
use nalgebra::{DMatrix, DVector};

use super::{RecommendConfig, Source};
use crate::belief::{Prior, Scenarios};
use crate::error::Result;
use crate::evidence::Evidence;
use crate::samples::{Samples, Standardisation};
use crate::select::{JOINT_SOURCE_RIDGES, Selection};
use crate::source_view::{SourceView, TrainedSource};

/// The source as the target sees it.
pub(super) struct Frozen {
    /// w̃ in the units of the standardised target.
    pub weights: DVector<f64>,
    /// w̃ in the eigenbasis of Σ.
    pub coordinates: Vec<f64>,
    /// Its samples, standardised by their own rows, and what they say of its mean; `None` for given weights.
    pub samples: Option<(Samples, SourceView)>,
    pub ridge: Option<f64>,
    pub prior: Prior,
}

impl Frozen {
    /// Trains the source, or takes its weights, in the target's units.
    pub fn new(
        source: Source<'_>,
        units: &Standardisation,
        geometry: &TotalCovariance,
        config: &RecommendConfig,
    ) -> Result<Self> {
        match source {
            Source::Samples(samples) => {
                let mut samples = samples.clone();
                samples.standardise();
                let trained = match config.select {
                    Selection::Joint => TrainedSource::best(&samples, &JOINT_SOURCE_RIDGES)?,
                    _ => TrainedSource::new(&samples, config.source_ridge)?,
                };
                let view = trained.view(&samples, geometry)?;
                Ok(Self {
                    coordinates: view.weights.clone(),
                    weights: trained.weights,
                    samples: Some((samples, view)),
                    ridge: Some(trained.ridge),
                    prior: config.prior,
                })
            }
            Source::Model(model) => {
                let weights = model.weights.component_div(&units.scale);
                let coordinates = geometry.rotate(&DMatrix::from_columns(std::slice::from_ref(&weights)))?;
                let coordinates = coordinates.as_slice().to_vec();
                // Its strength is known from the labels only.
                let prior = Prior { log_strength_deviation: 1.0, ..config.prior };
                Ok(Self { weights, coordinates, samples: None, ridge: None, prior })
            }
        }
    }

    /// What is expected at a ridge before the labels.
    pub fn scenarios(&self, geometry: &TotalCovariance, evidence: &Evidence, ridge: f64) -> Result<Scenarios> {
        match &self.samples {
            Some((_, view)) => Scenarios::new(geometry, view, evidence.count, ridge, &self.prior),
            None => {
                let metric = geometry.at(Training { samples: evidence.count, ridge })?;
                let weights = self.coordinates.clone();
                let view = SourceView::from_weights(weights, geometry, &metric, evidence, &self.prior)?;
                Scenarios::new(geometry, &view, evidence.count, ridge, &self.prior)
            }
        }
    }
}
