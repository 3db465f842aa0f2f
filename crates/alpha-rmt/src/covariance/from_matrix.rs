//! A target from a matrix of covariances and vectors, without eigenvectors.

use nalgebra::DMatrix;

use super::{Source, SpectralSource, SpectralTarget};
use crate::check;
use crate::dense::{self, LEAST_DIMENSION};
use crate::eigenbasis::{Eigenbasis, check_covariance, not_indefinite, null};
use crate::error::Result;

impl SpectralTarget {
    /// A target with covariance C, mean μ_β and frozen sources w̃ᵢ, all in the coordinates of the p features: the law of
    /// `Eigenbasis::covariance(c)?.target(mean, sources)?`.
    ///
    /// From p = 512, where every source is [`Source::Given`], no eigenvectors are formed, and it takes about half the time. The
    /// coordinates are then along eigenvectors of this target's own, with other signs than those of an [`Eigenbasis`] (and other
    /// axes within the space of a repeated eigenvalue): for what is to be used with [`Eigenbasis::rotate`], such as
    /// [`SpectralTarget::classifier`] on rows of features, take [`Eigenbasis::target`].
    ///
    /// # Errors
    /// As [`Eigenbasis::covariance`] and [`Eigenbasis::target`].
    ///
    /// ```
    /// use alpha_rmt::covariance::{Source, SpectralTarget};
    /// use alpha_rmt::{nalgebra::DMatrix, training::Training};
    /// let c = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
    /// let target = SpectralTarget::from_covariance(&c, &[1.0, 0.5], &[Source::Given(&[0.4, 0.4])])?;
    /// let law = target.law(Training { samples: 5.0, ridge: 1.0 })?;
    /// assert!(law.at_optimum(&law.optimum()?)?.accuracy() >= law.at(&[1.0])?.accuracy());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    ///
    /// Source: B. Parlett, The Symmetric Eigenvalue Problem, ch. 8 (implicit QL).
    pub fn from_covariance(c: &DMatrix<f64>, mean: &[f64], sources: &[Source<'_>]) -> Result<Self> {
        let given: Option<Vec<&[f64]>> = sources
            .iter()
            .map(|source| match source {
                Source::Given(vector) => Some(*vector),
                _ => None,
            })
            .collect();
        let p = c.nrows();
        let Some(given) = given.filter(|_| p >= LEAST_DIMENSION) else {
            return Eigenbasis::covariance(c)?.target(mean, sources);
        };
        check_covariance(c)?;
        check::vector("mean", mean, p)?;
        sources.iter().try_for_each(|source| source.check(p))?;
        let mut columns = mean.to_vec();
        given.iter().for_each(|vector| columns.extend_from_slice(vector));
        let columns = DMatrix::from_vec(p, 1 + given.len(), columns);
        let (mut eigenvalues, coordinates) = dense::coordinates("covariance", dense::view(c), columns)?;
        not_indefinite("covariance", &eigenvalues)?;
        let null = null(&eigenvalues);
        eigenvalues.iter_mut().filter(|s| **s <= null).for_each(|s| *s = 0.0);
        let column = |i: usize| coordinates.column(i).as_slice().to_vec();
        Self::new(eigenvalues, column(0), (1..=given.len()).map(|i| SpectralSource::given(column(i))).collect())
    }
}
