//! Frozen sources in the coordinates of the features, and the target that they make with an eigenbasis.

use std::ptr;

use nalgebra::{DMatrix, DVector};

use super::trained::Trained;
use super::{RidgeTraining, SpectralSource, SpectralTarget};
use crate::check::{self, length, non_negative};
use crate::dense;
use crate::eigenbasis::Eigenbasis;
use crate::error::{Error, Result};
use crate::training::Training;

/// A frozen source w̃ in the coordinates of the p features, for [`Eigenbasis::target`]. Sources of all kinds can be mixed;
/// they are independent of one another unless they share their samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// A vector that is known.
    Given(&'a [f64]),
    /// A vector known in law: independent entries (paper, Appendix C).
    Random {
        /// E w̃.
        mean: &'a [f64],
        /// Variance of each entry, of order 1/p, all ≥ 0. Only their parts along C's eigenvectors matter,
        /// Σⱼ Vⱼᵢ² varⱼ along vector i.
        variances: &'a [f64],
    },
    /// A classifier trained by ridge regression (paper, eq. 5).
    Trained(TrainedSource<'a>),
}

/// A source trained by ridge regression on N samples with mean μ and a covariance C̃ of its own, which need not commute with
/// the target's.
///
/// ```text
/// E w̃ = D̃μ/(1+Ã),   covariance r̃ D̃C̃D̃/N,   r̃ = [bᵀC̃b + (1−m̃)²]/h̃ its own squared risk
/// ```
///
/// Of the covariance the law needs the diagonal along C's eigenvectors V, that of VᵀD̃C̃D̃V. If the two covariances have the same
/// eigenvectors, or one is a multiple of the identity, it costs O(p); if one is diagonal O(p²); otherwise one product of p×p
/// matrices.
///
/// Two sources of the same `data` have the covariance r̃₁₂ D̃₁C̃D̃₂/N with r̃₁₂ = [b₁ᵀC̃b₂ + (1−m̃₁)(1−m̃₂)]/h̃₁₂ and
/// h̃₁₂ = 1 − tr(C̃D̃₁C̃D̃₂)/N.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainedSource<'a> {
    /// μ, p entries.
    pub mean: &'a [f64],
    /// C̃.
    pub covariance: &'a Eigenbasis,
    /// N and γ̃.
    pub training: Training,
    /// Name of the samples. Sources of the same name were trained on the very same samples, with ridges of their own; `None`
    /// stands for samples that no other source has.
    pub data: Option<&'a str>,
}

impl<'a> Source<'a> {
    /// Refuses vectors of the wrong length or with entries that are out of range.
    pub(super) fn check(&self, p: usize) -> Result<()> {
        match self {
            Self::Given(vector) => check::vector("source", vector, p),
            Self::Random { mean, variances } => {
                check::vector("source's mean weights", mean, p)?;
                length("source's variances", variances.len(), p)?;
                variances.iter().try_for_each(|v| non_negative("source variance", *v).map(|_| ()))
            }
            Self::Trained(source) => {
                check::vector("source's mean", source.mean, p)?;
                length("source's covariance", source.covariance.dimension(), p)?;
                source.covariance.rows().map_or(Ok(()), |rows| Err(Error::SampledSource { rows }))
            }
        }
    }

    fn trained(&self) -> Option<&TrainedSource<'a>> {
        match self {
            Self::Trained(source) => Some(source),
            _ => None,
        }
    }
}

impl TrainedSource<'_> {
    /// The first of what two sources of the same samples cannot differ in.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.mean != other.mean {
            Some("mean")
        } else if self.training.samples != other.training.samples {
            Some("number of samples")
        } else if !same(self.covariance, other.covariance) {
            Some("covariance")
        } else {
            None
        }
    }
}

impl Eigenbasis {
    /// A target with mean μ_β and frozen sources w̃ᵢ, all in the coordinates of the p features.
    ///
    /// Where C is singular the vectors' parts in its null space are kept as at most k + 1 further coordinates of eigenvalue 0,
    /// in which they have the same inner products. What varies of a source there does not change the law.
    ///
    /// # Errors
    /// [`Error::Shape`] for vectors or a source's covariance of the wrong size, [`Error::Parameter`] for an entry that is not
    /// finite, a negative variance, or samples and ridges out of range; [`Error::SharedSamples`] for sources of the same data
    /// that differ in more than their ridge; [`Error::SampledSource`] for a source's covariance from [`Eigenbasis::samples`];
    /// [`Error::Range`] on overflow.
    ///
    /// ```
    /// use alpha_rmt::covariance::{Source, TrainedSource};
    /// use alpha_rmt::{eigenbasis::Eigenbasis, nalgebra::DMatrix, training::Training};
    /// let target = Eigenbasis::covariance(&DMatrix::from_row_slice(3, 3, &[2.0, 1.0, 0.0, 1.0, 2.0, 0.5, 0.0, 0.5, 1.0]))?;
    /// // A vector, one that is known up to its noise, and two ridges on the same 40 samples with independent features.
    /// let own = Eigenbasis::diagonal(vec![0.5, 1.0, 2.0])?;
    /// let trained = |ridge| {
    ///     let training = Training { samples: 40.0, ridge };
    ///     Source::Trained(TrainedSource { mean: &[0.9, 0.2, 0.1], covariance: &own, training, data: Some("reviews") })
    /// };
    /// let random = Source::Random { mean: &[0.2, 0.0, 0.0], variances: &[0.01, 0.02, 0.02] };
    /// let sources = [Source::Given(&[0.4, 0.4, 0.0]), random, trained(0.1), trained(1.0)];
    /// let law = target.target(&[1.0, 0.5, 0.0], &sources)?.law(Training { samples: 10.0, ridge: 1.0 })?;
    /// assert!(law.at_optimum(&law.optimum()?)?.accuracy() > law.at(&[0.0; 4])?.accuracy());
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn target(&self, mean: &[f64], sources: &[Source<'_>]) -> Result<SpectralTarget> {
        let p = self.dimension();
        check::vector("mean", mean, p)?;
        sources.iter().try_for_each(|source| source.check(p))?;
        let pairs = shared(sources)?;
        let own: Vec<Option<OwnBasis>> =
            sources.iter().map(|source| source.trained().map(OwnBasis::new).transpose()).collect::<Result<_>>()?;
        let trained: Vec<Option<Trained>> =
            own.iter().map(|own| own.as_ref().map(OwnBasis::trained).transpose()).collect::<Result<_>>()?;

        let mut columns = vec![DVector::from_column_slice(mean)];
        for ((source, own), trained) in sources.iter().zip(&own).zip(&trained) {
            columns.push(match (source, own, trained) {
                (Source::Trained(_), Some(own), Some(trained)) => own.features(trained),
                (Source::Given(w) | Source::Random { mean: w, .. }, ..) => DVector::from_column_slice(w),
                (Source::Trained(source), ..) => DVector::zeros(source.mean.len()),
            });
        }
        let (eigenvalues, coordinates) = self.coordinates(DMatrix::from_columns(&columns))?;
        let mut diagonals = Diagonals { target: self, length: eigenvalues.len(), known: Vec::new() };
        let mut spectral = Vec::with_capacity(sources.len());
        for (i, source) in sources.iter().enumerate() {
            let variance = match (source, &trained[i]) {
                (Source::Random { variances, .. }, _) => diagonals.of_features(variances),
                (Source::Trained(source), Some(trained)) => {
                    diagonals.of_source(source.covariance, &trained.covariance(trained)?)
                }
                _ => Vec::new(),
            };
            spectral.push(SpectralSource { mean: coordinates.column(i + 1).as_slice().to_vec(), variance });
        }
        let mut target = SpectralTarget::new(eigenvalues, coordinates.column(0).as_slice().to_vec(), spectral)?;
        for (i, j) in pairs {
            if let (Some(source), Some(first), Some(second)) = (sources[i].trained(), &trained[i], &trained[j]) {
                let along = diagonals.of_source(source.covariance, &first.covariance(second)?);
                target = target.with_covariance(i, j, along)?;
            }
        }
        Ok(target.sampled(self.rows()))
    }

    /// Coordinates of the columns along the eigenvectors and, where those are fewer than p, along as many further axes as it
    /// takes to keep the inner products; with the eigenvalues of them all.
    pub(crate) fn coordinates(&self, vectors: DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>)> {
        let mut coordinates = self.rotate(&vectors)?;
        let mut eigenvalues = self.eigenvalues().to_vec();
        if eigenvalues.len() < self.dimension()
            && let Some(own) = self.vectors()
        {
            let rest = (vectors - own * &coordinates).qr().r();
            let seen = coordinates.nrows();
            eigenvalues.resize(seen + rest.nrows(), 0.0);
            coordinates = coordinates.resize_vertically(seen + rest.nrows(), 0.0);
            coordinates.rows_mut(seen, rest.nrows()).copy_from(&rest);
        }
        Ok((eigenvalues, coordinates))
    }

    /// The diagonal, along the eigenvectors of this one, of the matrix with these eigenvalues and the eigenvectors of `other`.
    pub(crate) fn diagonal_of(&self, other: &Self, entries: &[f64]) -> Vec<f64> {
        Diagonals { target: self, length: self.eigenvalues().len(), known: Vec::new() }.of_source(other, entries)
    }

    /// Whether every direction has the same variance.
    fn is_scalar(&self) -> bool {
        self.is_diagonal() && self.eigenvalues().iter().all(|s| *s == self.eigenvalues()[0])
    }
}

/// The pairs of sources that share their samples.
fn shared(sources: &[Source<'_>]) -> Result<Vec<(usize, usize)>> {
    let mut pairs = Vec::new();
    for (j, second) in sources.iter().enumerate() {
        for (i, first) in sources[..j].iter().enumerate() {
            let (Some(first), Some(second)) = (first.trained(), second.trained()) else { continue };
            let Some(data) = first.data.filter(|_| first.data == second.data) else { continue };
            if let Some(quantity) = first.difference(second) {
                return Err(Error::SharedSamples { data: data.to_owned(), first: i, second: j, quantity });
            }
            pairs.push((i, j));
        }
    }
    Ok(pairs)
}

/// Whether two covariances are the same.
fn same(one: &Eigenbasis, other: &Eigenbasis) -> bool {
    ptr::eq(one, other) || one == other
}

/// A source's mean in the eigenbasis of its own covariance.
struct OwnBasis<'a> {
    source: &'a TrainedSource<'a>,
    eigenvalues: Vec<f64>,
    mean: Vec<f64>,
}

impl<'a> OwnBasis<'a> {
    fn new(source: &'a TrainedSource<'a>) -> Result<Self> {
        let mean = DMatrix::from_column_slice(source.mean.len(), 1, source.mean);
        let (eigenvalues, mean) = source.covariance.coordinates(mean)?;
        Ok(Self { source, eigenvalues, mean: mean.as_slice().to_vec() })
    }

    fn trained(&self) -> Result<Trained<'_>> {
        let Self { source, eigenvalues, mean } = self;
        Trained::new(RidgeTraining { eigenvalues, mean, training: source.training })
    }

    /// E w̃ in the coordinates of the features.
    fn features(&self, trained: &Trained<'_>) -> DVector<f64> {
        let mean = DVector::from_vec(trained.mean());
        let Some(vectors) = self.source.covariance.vectors() else { return mean };
        let rank = vectors.ncols();
        let seen = vectors * mean.rows(0, rank);
        if rank == vectors.nrows() {
            return seen;
        }
        let whole = DVector::from_column_slice(self.source.mean);
        let null = whole - vectors * DVector::from_column_slice(&self.mean[..rank]);
        seen + null * trained.null_factor()
    }
}

/// Diagonals, along the target's eigenvectors, of matrices that are diagonal in other bases.
struct Diagonals<'a> {
    target: &'a Eigenbasis,
    /// Number of coordinates, those of the null space included, along which nothing is needed.
    length: usize,
    /// Squares of the eigenvectors' inner products with those of a source's covariance.
    known: Vec<(&'a Eigenbasis, DMatrix<f64>)>,
}

impl<'a> Diagonals<'a> {
    /// Of a matrix that is diagonal in the coordinates of the features.
    fn of_features(&self, entries: &[f64]) -> Vec<f64> {
        let Some(vectors) = self.target.vectors() else { return entries.to_vec() };
        let along = |i: usize| vectors.column(i).iter().zip(entries).map(|(v, x)| v * v * x).sum();
        self.padded((0..vectors.ncols()).map(along).collect())
    }

    /// Of a matrix that is diagonal in the eigenbasis of a source's covariance; entries beyond its rank are 0.
    fn of_source(&mut self, source: &'a Eigenbasis, entries: &[f64]) -> Vec<f64> {
        if source.is_scalar() {
            return self.padded(vec![entries[0]; self.target.eigenvalues().len()]);
        }
        if same(self.target, source) {
            return self.padded(entries[..source.eigenvalues().len()].to_vec());
        }
        match (self.target.vectors(), source.vectors()) {
            (_, None) => self.of_features(entries),
            (None, Some(own)) => combined(own.column_iter().zip(entries), own.nrows(), |v| v * v),
            (Some(left), Some(right)) => {
                let squares = self.squares(source, left, right);
                let along = combined(squares.column_iter().zip(entries), squares.nrows(), |square| square);
                self.padded(along)
            }
        }
    }

    /// (VᵀṼ)² entry by entry, from V and Ṽ.
    fn squares(&mut self, source: &'a Eigenbasis, left: &DMatrix<f64>, right: &DMatrix<f64>) -> &DMatrix<f64> {
        let place = self.known.iter().position(|(basis, _)| ptr::eq(*basis, source)).unwrap_or_else(|| {
            let mut squares = dense::transposed_product(left, right);
            squares.apply(|x| *x *= *x);
            self.known.push((source, squares));
            self.known.len() - 1
        });
        &self.known[place].1
    }

    /// With zeros in the null space.
    fn padded(&self, mut along: Vec<f64>) -> Vec<f64> {
        along.resize(self.length, 0.0);
        along
    }
}

/// Σⱼ f(Aᵢⱼ) xⱼ for each of the rows i, from pairs of a column and its x.
fn combined<'m>(
    columns: impl Iterator<Item = (nalgebra::DVectorView<'m, f64>, &'m f64)>,
    rows: usize,
    f: impl Fn(f64) -> f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; rows];
    for (column, x) in columns {
        for (sum, entry) in sums.iter_mut().zip(column.iter()) {
            *sum += f(*entry) * x;
        }
    }
    sums
}
