//! A whole problem in the coordinates of the features: the target, its labels, its loss and its frozen sources; what the
//! theory says of it, and what a simulation by the book measures.
//!
//! `alpha-rmt law` reads one from a file.

mod compare;
mod report;
mod simulation;
mod theory;

use std::sync::Arc;

use crate::covariance::{Source, SpectralTarget, TrainedSource};
use crate::eigenbasis::Eigenbasis;
use crate::error::Result;
use crate::labels::Labels;
use crate::training::Training;

pub use compare::Compared;
pub use report::{Best, Report, SourceReport, TunedReport, Worth};
pub use simulation::{Measured, Run, Simulation, Weights};

/// What the target is trained to make small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Loss {
    /// (1 − y⟨w, x⟩)²: ridge regression.
    #[default]
    Squared,
    /// ln(1 + exp(−y⟨w, x⟩)), with the penalty γ‖w − Wα‖²/2.
    Logistic,
}

/// A target and its frozen sources, in the coordinates of the p features.
///
/// ```
/// use std::sync::Arc;
/// use alpha_rmt::eigenbasis::Eigenbasis;
/// use alpha_rmt::problem::{FrozenSource, Problem};
/// use alpha_rmt::training::Training;
/// let problem = Problem {
///     mean: vec![1.0, 0.5, 0.0],
///     covariance: Arc::new(Eigenbasis::diagonal(vec![1.0, 0.5, 2.0])?),
///     training: Training { samples: 20.0, ridge: 1.0 },
///     labels: Default::default(),
///     loss: Default::default(),
///     sources: vec![FrozenSource::Given(vec![0.5, 0.5, 0.1])],
/// };
/// let report = problem.report(None)?;
/// assert!(Some(report.accuracy) > report.accuracy_at_0);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// μ_β, the mean of class +1; p entries.
    pub mean: Vec<f64>,
    /// C, the covariance within either class.
    pub covariance: Arc<Eigenbasis>,
    /// n and γ.
    pub training: Training,
    /// Noise, shares and threshold of the target's labels.
    pub labels: Labels,
    /// The loss of the target; sources are trained by ridge regression.
    pub loss: Loss,
    /// The sources w̃ᵢ.
    pub sources: Vec<FrozenSource>,
}

/// A frozen source that owns its vectors; see [`Source`].
#[derive(Debug, Clone, PartialEq)]
pub enum FrozenSource {
    /// A vector that is known.
    Given(Vec<f64>),
    /// Independent entries with these means and variances.
    Random {
        /// E w̃.
        mean: Vec<f64>,
        /// Variance of each entry.
        variances: Vec<f64>,
    },
    /// Trained by ridge regression on labels without noise.
    Trained {
        /// μ.
        mean: Vec<f64>,
        /// C̃.
        covariance: Arc<Eigenbasis>,
        /// N and γ̃.
        training: Training,
        /// Name of the samples; sources of the same name share them.
        data: Option<String>,
    },
}

impl FrozenSource {
    fn borrowed(&self) -> Source<'_> {
        match self {
            Self::Given(vector) => Source::Given(vector),
            Self::Random { mean, variances } => Source::Random { mean, variances },
            Self::Trained { mean, covariance, training, data } => {
                Source::Trained(TrainedSource { mean, covariance, training: *training, data: data.as_deref() })
            }
        }
    }
}

impl Problem {
    /// p.
    pub fn dimension(&self) -> usize {
        self.covariance.dimension()
    }

    /// The target and its sources along the eigenvectors of C.
    ///
    /// # Errors
    /// As [`Eigenbasis::target`].
    pub fn target(&self) -> Result<SpectralTarget> {
        let sources: Vec<Source<'_>> = self.sources.iter().map(FrozenSource::borrowed).collect();
        self.covariance.target(&self.mean, &sources)
    }
}
