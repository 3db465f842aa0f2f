//! Draws of the samples themselves: Gaussian noise of any covariance, around means with the sign of a label.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::check::{entries, length};
use crate::eigenbasis::Eigenbasis;
use crate::elliptical::ScaleMixture;
use crate::error::Result;
use crate::law::Decision;
use crate::registers::clear_registers;

/// Gaussian noise C^{1/2}z of p features, z standard normal; C may be singular.
///
/// ```
/// use alpha_rmt::simulation::Noise;
/// use nalgebra::DMatrix;
/// use rand::{SeedableRng, rngs::StdRng};
/// let c = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let noise = Noise::covariance(&c)?;
/// assert!((noise.variance_along(&[1.0, -1.0])? - 2.0).abs() < 1e-12); // wᵀCw
/// let x = noise.draw(10_000, &mut StdRng::seed_from_u64(1)); // p×n, a sample a column
/// assert!((&x * x.transpose() / 10_000.0 - c).amax() < 0.1);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Noise(Root);

/// A matrix R with RRᵀ = C.
#[derive(Debug, Clone, PartialEq)]
enum Root {
    /// The square roots on the diagonal.
    Diagonal(Vec<f64>),
    /// p×r.
    Dense(DMatrix<f64>),
}

impl Noise {
    /// C = I: independent standard normal features.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] without a feature.
    pub fn identity(dimension: usize) -> Result<Self> {
        Self::diagonal(&vec![1.0; dimension])
    }

    /// A diagonal C: independent features of these variances.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] without a feature, [`crate::Error::Parameter`] for a variance that is not finite and ≥ 0.
    pub fn diagonal(variances: &[f64]) -> Result<Self> {
        Ok(Self::basis(&Eigenbasis::diagonal(variances.to_vec())?))
    }

    /// Any covariance: O(p³), once.
    ///
    /// # Errors
    /// As [`Eigenbasis::covariance`].
    pub fn covariance(c: &DMatrix<f64>) -> Result<Self> {
        Ok(Self::basis(&Eigenbasis::covariance(c)?))
    }

    /// The covariance of an eigenbasis.
    pub fn basis(basis: &Eigenbasis) -> Self {
        let Some(vectors) = basis.vectors() else {
            return Self(Root::Diagonal(basis.eigenvalues().iter().map(|s| s.sqrt()).collect()));
        };
        let mut root = vectors.clone();
        for (mut column, s) in root.column_iter_mut().zip(basis.eigenvalues()) {
            column *= s.sqrt();
        }
        Self(Root::Dense(root))
    }

    /// p.
    pub fn dimension(&self) -> usize {
        match &self.0 {
            Root::Diagonal(root) => root.len(),
            Root::Dense(root) => root.nrows(),
        }
    }

    /// `count` samples of mean zero, p×count, a sample a column. O(p·count), for a covariance with eigenvectors of its own
    /// O(pr·count) with r its rank.
    pub fn draw(&self, count: usize, rng: &mut impl Rng) -> DMatrix<f64> {
        let mut normals = |rows| DMatrix::from_fn(rows, count, |_, _| StandardNormal.sample(&mut *rng));
        match &self.0 {
            Root::Diagonal(root) => {
                let mut samples = normals(root.len());
                for mut sample in samples.column_iter_mut() {
                    sample.iter_mut().zip(root).for_each(|(x, s)| *x *= s);
                }
                samples
            }
            Root::Dense(root) => {
                let (p, r) = root.shape();
                let z = normals(r);
                let mut samples = DMatrix::zeros(p, count);
                matmul(
                    MatMut::from_column_major_slice_mut(samples.as_mut_slice(), p, count),
                    Accum::Replace,
                    MatRef::from_column_major_slice(root.as_slice(), p, r),
                    MatRef::from_column_major_slice(z.as_slice(), r, count),
                    1.0,
                    Par::Seq,
                );
                clear_registers();
                samples
            }
        }
    }

    /// wᵀCw, the variance of ⟨w, x⟩ over this noise.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] unless w has p entries.
    pub fn variance_along(&self, w: &[f64]) -> Result<f64> {
        length("classifier", w.len(), self.dimension())?;
        let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum();
        Ok(match &self.0 {
            Root::Diagonal(root) => squares(&mut w.iter().zip(root).map(|(w, s)| w * s)),
            Root::Dense(root) => {
                squares(&mut root.column_iter().map(|column| column.iter().zip(w).map(|(r, w)| r * w).sum::<f64>()))
            }
        })
    }
}

/// Two classes of samples: x = yμ + √τ C_y^{1/2}z, y = ±1, with τ = 1 and one covariance unless it is told otherwise.
///
/// ```
/// use alpha_rmt::simulation::{Mixture, Noise};
/// use rand::{SeedableRng, rngs::StdRng};
/// let mixture = Mixture::new(vec![2.0, 0.0], Noise::diagonal(&[1.0, 0.25])?)?;
/// let x = mixture.draw(&[1.0, -1.0, 1.0], &mut StdRng::seed_from_u64(1));
/// assert_eq!(x.shape(), (2, 3));
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    mean: Vec<f64>,
    noise: Noise,
    /// That of class −1, where it is another.
    negative: Option<Noise>,
    scales: Option<ScaleMixture>,
}

impl Mixture {
    /// The mixture with this mean of class +1 and this noise in either class.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] unless the mean has as many entries as the noise has features, [`crate::Error::Parameter`]
    /// for one that is not finite.
    pub fn new(mean: Vec<f64>, noise: Noise) -> Result<Self> {
        length("mean", mean.len(), noise.dimension())?;
        entries("mean", &mean)?;
        Ok(Self { mean, noise, negative: None, scales: None })
    }

    /// The same mixture with another noise in class −1.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] unless it has as many features.
    ///
    /// ```
    /// use alpha_rmt::simulation::{Mixture, Noise};
    /// let mixture = Mixture::new(vec![2.0, 0.0], Noise::diagonal(&[1.0, 0.25])?)?;
    /// let mixture = mixture.with_negative_noise(Noise::diagonal(&[0.5, 4.0])?)?;
    /// assert_eq!(mixture.class_decisions(&[1.0, 1.0])?.map(|d| d.variance), [1.25, 4.5]);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn with_negative_noise(self, negative: Noise) -> Result<Self> {
        length("noise of the class -1", negative.dimension(), self.mean.len())?;
        Ok(Self { negative: Some(negative), ..self })
    }

    /// The same mixture with elliptical noise: that of each sample is multiplied by the root of a τ of its own.
    pub fn with_scales(self, scales: ScaleMixture) -> Self {
        Self { scales: Some(scales), ..self }
    }

    /// μ.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The noise around μ, and around −μ unless that has another.
    pub fn noise(&self) -> &Noise {
        &self.noise
    }

    /// A sample a column, one for each label (±1): p×n.
    pub fn draw(&self, labels: &[f64], rng: &mut impl Rng) -> DMatrix<f64> {
        let mut samples = self.noise.draw(labels.len(), rng);
        if let Some(negative) = &self.negative {
            let others = negative.draw(labels.iter().filter(|y| **y < 0.0).count(), rng);
            let places = samples.column_iter_mut().zip(labels).filter(|(_, y)| **y < 0.0);
            places.zip(others.column_iter()).for_each(|((mut sample, _), other)| sample.copy_from(&other));
        }
        if let Some(scales) = &self.scales {
            samples.column_iter_mut().for_each(|mut sample| sample *= scales.draw(rng).sqrt());
        }
        for (mut sample, y) in samples.column_iter_mut().zip(labels) {
            sample.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += y * mean);
        }
        samples
    }

    /// The decision function of a classifier w, at τ = 1 and for the noise of class +1: mean ⟨w, μ⟩ and variance wᵀCw, exactly.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] unless w has p entries.
    pub fn decision(&self, w: &[f64]) -> Result<Decision> {
        let variance = self.noise.variance_along(w)?;
        Ok(Decision { mean: w.iter().zip(&self.mean).map(|(w, m)| w * m).sum(), variance })
    }

    /// The same for the classes +1 and −1, that of class −1 mirrored.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] unless w has p entries.
    pub fn class_decisions(&self, w: &[f64]) -> Result<[Decision; 2]> {
        let plus = self.decision(w)?;
        let variance = self.negative.as_ref().map_or(Ok(plus.variance), |negative| negative.variance_along(w))?;
        Ok([plus, Decision { variance, ..plus }])
    }
}
