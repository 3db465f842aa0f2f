//! The target's features as the theory sees them: their total covariance Σ = C + μμᵀ, which no label is needed for.
//!
//! With D = (Σ + gI)⁻¹ and F = DΣD, and C = Σ − μμᵀ eliminated from the law (theory §3) by Sherman–Morrison,
//!
//! ```text
//! b = D(gw̃α + μ),   m = μᵀb,   q = [bᵀΣb − m² + df₂(1−m)²]/(1 − df₂)
//! ```
//!
//! so that the law needs Σ and five forms of μ and w̃.

use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::fixed_point::FixedPoint;
use alpha_rmt::law::DecisionLaw;
use alpha_rmt::normal_cdf;
use alpha_rmt::training::Training;
use nalgebra::DMatrix;

use crate::error::{Error, Result};

/// Total covariance of a target's features, by its eigendecomposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    basis: Eigenbasis,
}

/// The most features that a covariance is taken of: 2 GiB of numbers.
const MOST_FEATURES: usize = 1 << 14;

/// D and F at one number of labels and one ridge, as diagonals in the eigenbasis of Σ.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    fixed_point: FixedPoint,
    /// D.
    pub shrunk: Vec<f64>,
    /// F = DΣD.
    pub spread: Vec<f64>,
}

/// The most of Σ along any direction that may be the mean's: a separation of √(0.95/0.05), an accuracy of 0.99999.
pub const MOST_EXPLAINED: f64 = 0.95;

/// What the law needs to know of the target's mean μ and of one source w̃.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forms {
    /// A = μᵀDμ, in [0, 1).
    pub strength: f64,
    /// μᵀFμ.
    pub mean_spread: f64,
    /// μᵀDw̃.
    pub product: f64,
    /// μᵀFw̃.
    pub product_spread: f64,
    /// w̃ᵀFw̃.
    pub source_spread: f64,
}

impl Geometry {
    /// From centred features, p×m, labelled and unlabelled alike. With fewer of them than
    /// features Σ is shrunk towards a multiple of the identity (oracle-approximating shrinkage, Chen et al. 2010, without the
    /// terms in 2/p, as scikit-learn has it).
    ///
    /// # Errors
    /// [`Error::Theory`] for features that are empty or not finite; [`Error::Data`] for more than 16384 of them.
    pub fn new(features: &DMatrix<f64>) -> Result<Self> {
        let (p, m) = features.shape();
        if p > MOST_FEATURES {
            let reason = format!(
                "{p}, but their covariance is only taken of up to {MOST_FEATURES}: choose some, or take their first principal components"
            );
            return Err(Error::Data { what: "features", reason });
        }
        let mut covariance = features * features.transpose() / m.max(1) as f64;
        if m < p {
            let (trace, squared) = (covariance.trace(), covariance.norm_squared());
            let scale = trace / p as f64;
            let excess = (m as f64 + 1.0) * (squared - trace * scale);
            let share = if excess > 0.0 { ((squared + trace * trace) / excess).min(1.0) } else { 1.0 };
            covariance *= 1.0 - share;
            for i in 0..p {
                covariance[(i, i)] += share * scale;
            }
        }
        Ok(Self { basis: Eigenbasis::covariance(&covariance)? })
    }

    /// Eigenvalues of Σ.
    pub fn eigenvalues(&self) -> &[f64] {
        self.basis.eigenvalues()
    }

    /// Mean variance of a feature, tr Σ/p.
    pub fn scale(&self) -> f64 {
        self.eigenvalues().iter().sum::<f64>() / self.basis.dimension() as f64
    }

    /// Coordinates of the columns of a p×k matrix.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for the wrong number of rows.
    pub fn rotate(&self, vectors: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        Ok(self.basis.rotate(vectors)?)
    }

    /// D and F for n labels and ridge γ.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a count or a ridge that is not positive.
    pub fn metric(&self, labels: f64, ridge: f64) -> Result<Metric> {
        let eigenvalues = self.eigenvalues();
        let fixed_point = FixedPoint::spectrum(eigenvalues, Training { samples: labels, ridge })?;
        let shrunk: Vec<f64> = eigenvalues.iter().map(|s| (s + fixed_point.g).recip()).collect();
        let spread = shrunk.iter().zip(eigenvalues).map(|(d, s)| d * s * d).collect();
        Ok(Metric { fixed_point, shrunk, spread })
    }
}

impl Metric {
    /// The law of the fine-tuned decision function.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] if a form is not finite.
    pub fn law(&self, forms: &Forms) -> Result<DecisionLaw> {
        let FixedPoint { g, df2, h, .. } = self.fixed_point;
        let mean = [forms.strength, g * forms.product];
        let total = [forms.mean_spread, g * forms.product_spread, g * g * forms.source_spread];
        let miss = [1.0 - mean[0], -mean[1]];
        // μᵀ(bᵀΣb)⁻¹μ over both vectors b; C ≥ 0 keeps it below 1, estimated or averaged forms need not.
        let determinant = total[0] * total[2] - total[1] * total[1];
        let fraction = (mean[0] * mean[0] * total[2] - 2.0 * mean[0] * mean[1] * total[1]
            + mean[1] * mean[1] * total[0])
            / determinant;
        let share = if fraction > MOST_EXPLAINED { MOST_EXPLAINED / fraction } else { 1.0 };
        let entry = |i: usize, j: usize| (total[i + j] - share * mean[i] * mean[j] + df2 * miss[i] * miss[j]) / h;
        Ok(DecisionLaw::new(&mean, &[entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)])?)
    }
}

/// Accuracy of a frozen w̃, of which ⟨w̃, μ⟩ and w̃ᵀΣw̃ are known.
pub fn frozen_accuracy(product: f64, total: f64) -> f64 {
    normal_cdf(product / (total - product * product).max(f64::MIN_POSITIVE).sqrt())
}

/// Σ fᵢxᵢ: a diagonal form, from the products of its two vectors' coordinates.
pub fn form(diagonal: &[f64], products: &[f64]) -> f64 {
    debug_assert_eq!(diagonal.len(), products.len());
    diagonal.iter().zip(products).map(|(f, x)| f * x).sum()
}

#[cfg(test)]
mod tests {
    use nalgebra::DVector;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::assertions::assert_close;
    use crate::mixture::Mixture;

    #[test]
    fn a_covariance_beyond_memory_is_refused() {
        let message = Geometry::new(&DMatrix::zeros(MOST_FEATURES + 1, 1)).unwrap_err().to_string();
        assert!(
            message.starts_with("features: 16385, but") && message.contains("up to 16384: choose some"),
            "{message}"
        );
    }

    #[test]
    fn the_law_in_the_total_covariance_is_that_in_the_covariance() {
        let rng = &mut StdRng::seed_from_u64(4);
        let p = 8;
        let mean = DVector::from_fn(p, |i, _| 0.5 / (1.0 + i as f64));
        let source = DVector::<f64>::from_fn(p, |_, _| StandardNormal.sample(rng));
        let eigenvalues = (0..p).map(|i| (1.0 + i as f64 / 3.0).powi(-2)).collect();
        let features = Mixture { mean: mean.clone(), eigenvalues }.draw(60, rng).unwrap().features;
        let total = &features * features.transpose() / 60.0;
        let geometry = Geometry::new(&features).unwrap();
        let (n, ridge) = (9.0, 0.3);
        let metric = geometry.metric(n, ridge).unwrap();
        let coordinates = geometry.rotate(&DMatrix::from_columns(&[mean.clone(), source.clone()])).unwrap();
        let form = |d: &[f64], i: usize, j: usize| -> f64 {
            (0..p).map(|l| d[l] * coordinates[(l, i)] * coordinates[(l, j)]).sum()
        };
        let forms = Forms {
            strength: form(&metric.shrunk, 0, 0),
            mean_spread: form(&metric.spread, 0, 0),
            product: form(&metric.shrunk, 0, 1),
            product_spread: form(&metric.spread, 0, 1),
            source_spread: form(&metric.spread, 1, 1),
        };
        let law = metric.law(&forms).unwrap();

        // Theory §3 with C = Σ − μμᵀ, densely, at the same g and df₂.
        let fp = FixedPoint::spectrum(geometry.eigenvalues(), Training { samples: n, ridge }).unwrap();
        let c = &total - &mean * mean.transpose();
        let d = (&c + DMatrix::identity(p, p) * fp.g).try_inverse().unwrap();
        let a = mean.dot(&(&d * &mean));
        for alpha in [0.0, 0.8, -1.5] {
            let m = (a + fp.g * alpha * mean.dot(&(&d * &source))) / (1.0 + a);
            let b = &d * (&source * (fp.g * alpha) + &mean * (1.0 - m));
            let q = (b.dot(&(&c * &b)) + fp.df2 * (1.0 - m) * (1.0 - m)) / fp.h;
            let got = law.at(&[alpha]).unwrap();
            assert_close("m", got.mean, m, 1e-10);
            assert_close("q", got.variance, q, 1e-9);
        }
    }

    #[test]
    fn few_samples_are_shrunk_as_by_hand() {
        // Three times (2, 1, 0, 0): tr S = 5, ‖S‖² = 25, so a share of (25 + 25)/(4·(25 − 25/4)) = 2/3 goes to 5/4.
        let features = DMatrix::from_fn(4, 3, |i, _| [2.0, 1.0, 0.0, 0.0][i]);
        let geometry = Geometry::new(&features).unwrap();
        for (got, expected) in geometry.eigenvalues().iter().zip([5.0 / 6.0, 5.0 / 6.0, 5.0 / 6.0, 5.0 / 2.0]) {
            assert_close("eigenvalue", *got, expected, 1e-14);
        }
        assert_close("scale", geometry.scale(), 1.25, 1e-14);
        // One sample says nothing of directions: (25 + 25)/(2·(25 − 25/2)) is beyond 1.
        let geometry = Geometry::new(&DMatrix::from_column_slice(2, 1, &[2.0, 1.0])).unwrap();
        geometry.eigenvalues().iter().for_each(|s| assert_close("eigenvalue", *s, 2.5, 1e-14));
        // As many samples as features are not shrunk.
        let geometry = Geometry::new(&DMatrix::from_row_slice(2, 2, &[2.0, 0.0, 0.0, 1.0])).unwrap();
        assert_close("eigenvalue", geometry.eigenvalues()[0], 0.5, 1e-14);
    }
}
