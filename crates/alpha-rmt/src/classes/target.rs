//! The law of the scores, in the eigenbasis of the target's covariance.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::decision::{ClassDecision, Rule};
use super::groups::{Classes, Intercept};
use super::law::ClassLaw;
use super::source::{Frozen, Source};
use crate::check::{self, all_representable, length};
use crate::eigenbasis::Eigenbasis;
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::registers::clear_registers;
use crate::sums::{sums, weighted};
use crate::training::Training;

/// K classes to be learnt, and k ≥ 0 frozen sources, in the eigenbasis of the covariance C.
///
/// Each number of samples and ridge costs the fixed point and O(p(K + (k+1)d)²).
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    eigenvalues: Vec<f64>,
    /// With the means' coordinates.
    classes: Classes,
    /// With the coordinates of E W̃.
    sources: Vec<Frozen>,
    intercept: Intercept,
    rule: Rule,
    /// Degrees of freedom of the sample that the covariance is known from, if it is.
    rows: Option<f64>,
}

impl Target {
    /// The target in the eigenbasis of its covariance.
    ///
    /// # Errors
    /// [`Error::Shape`] for means or sources of other numbers of features or scores, [`Error::Parameter`] for an entry that is not
    /// finite; [`Error::Shape`] for [`Rule::LargestScore`] with other than K scores; for a trained source as [`Target::law`].
    pub fn new(
        covariance: &Eigenbasis,
        classes: &Classes,
        sources: &[Source],
        intercept: Intercept,
        rule: Rule,
    ) -> Result<Self> {
        length("features of the classes", classes.dimension(), covariance.dimension())?;
        if rule == Rule::LargestScore {
            length("columns of targets", classes.outputs(), classes.count())?;
        }
        let mut sources: Vec<Frozen> =
            sources.iter().map(|source| source.frozen(covariance, classes.outputs())).collect::<Result<_>>()?;
        let columns = std::iter::once(classes.means()).chain(sources.iter().map(|source| &source.mean));
        let columns: Vec<DVector<f64>> =
            columns.flat_map(|matrix| matrix.column_iter().map(|c| c.into_owned()).collect::<Vec<_>>()).collect();
        let (eigenvalues, coordinates) = covariance.coordinates(DMatrix::from_columns(&columns))?;
        let mut first = classes.count();
        let classes = classes.with_means(coordinates.columns(0, first).into_owned());
        for source in &mut sources {
            source.mean = coordinates.columns(first, classes.outputs()).into_owned();
            first += classes.outputs();
        }
        Ok(Self { eigenvalues, classes, sources, intercept, rule, rows: covariance.rows() })
    }

    /// The law of the scores after fine-tuning.
    ///
    /// # Errors
    /// [`Error::Parameter`] for samples or a ridge that is not finite and positive, [`Error::FewRows`] where the covariance is known
    /// from too small a sample, [`Error::Range`] on overflow.
    pub fn law(&self, training: Training) -> Result<ClassLaw> {
        let means: Vec<&DMatrix<f64>> = self.sources.iter().map(|source| &source.mean).collect();
        let (told, fixed_point) = match self.rows {
            None => (None, FixedPoint::spectrum(&self.eigenvalues, training)?),
            Some(rows) => {
                let (eigenvalues, fixed_point) = FixedPoint::told_by(&self.eigenvalues, rows, training)?;
                (Some(eigenvalues), fixed_point)
            }
        };
        let eigenvalues = told.as_deref().unwrap_or(&self.eigenvalues);
        let fit = Fit::new(eigenvalues, &self.classes, &means, fixed_point, self.intercept)?;
        let noise: Vec<f64> = self.sources.iter().map(|source| fit.noise(&source.variances)).collect();
        let d = self.classes.outputs();
        let mut covariance = fit.covariance(self.classes.shares());
        for (i, source) in self.sources.iter().enumerate() {
            let mut own = covariance.view_mut(((i + 1) * d, (i + 1) * d), (d, d));
            own += &source.outputs * noise[i];
        }
        all_representable("the law of the scores", fit.scores.iter().flatten().chain(&covariance))?;
        Ok(ClassLaw::from_parts(fit.scores, covariance, self.classes.clone(), self.rule))
    }

    /// The scores of source `index` on the target's classes, as it is.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such source, [`Error::Range`] on overflow.
    pub fn source(&self, index: usize) -> Result<ClassDecision> {
        check::index("sources", index, self.sources.len())?;
        let Frozen { mean, variances, outputs, intercept } = &self.sources[index];
        let d = self.classes.outputs();
        let mut scores = self.classes.means().tr_mul(mean);
        scores.row_iter_mut().for_each(|mut row| row.iter_mut().zip(intercept).for_each(|(x, b)| *x += b));
        let spread: f64 = self.eigenvalues.iter().zip(variances).map(|(s, v)| s * v).sum();
        let column = |j: usize| &mean.as_slice()[j * mean.nrows()..(j + 1) * mean.nrows()];
        let covariance =
            symmetric(d, |i, j| weighted(&self.eigenvalues, column(i), column(j)) + spread * outputs[(i, j)]);
        all_representable("the scores of the source", scores.iter().chain(&covariance))?;
        Ok(ClassDecision::new(scores, covariance, 1.0, &self.classes, self.rule))
    }
}

/// Ridge regression on the classes in law, in the eigenbasis of their covariance: the target's, or that of a trained source.
pub(super) struct Fit<'a> {
    eigenvalues: &'a [f64],
    fixed_point: FixedPoint,
    /// The diagonal of D.
    shrunk: Vec<f64>,
    /// Mean scores for each entry of u = (1, α), K×d.
    pub(super) scores: Vec<DMatrix<f64>>,
    /// E = T − MᵀB for each entry of u, K×d.
    misses: Vec<DMatrix<f64>>,
    /// B for each entry of u, p×d.
    b: Vec<DMatrix<f64>>,
}

impl<'a> Fit<'a> {
    /// The regression on `classes` from the sources with these E W̃.
    ///
    /// (I + NΠ)E = T − gMᵀDW̃α with N = MᵀDM, solved as a positive definite system in Π^½E.
    pub(super) fn new(
        eigenvalues: &'a [f64],
        classes: &Classes,
        sources: &[&DMatrix<f64>],
        fixed_point: FixedPoint,
        intercept: Intercept,
    ) -> Result<Self> {
        let shrunk: Vec<f64> = eigenvalues.iter().map(|s| (s + fixed_point.g).recip()).collect();
        let (means, targets, average) = classes.seen(intercept);
        let count = classes.count();
        let roots: Vec<f64> = classes.shares().iter().map(|share| share.sqrt()).collect();

        // DM, p×K, serves the products and B.
        let mut shrunk_means = means.clone();
        for mut column in shrunk_means.column_iter_mut() {
            column.iter_mut().zip(&shrunk).for_each(|(x, d)| *x *= d);
        }
        let between = products(&means, &shrunk_means);
        let system =
            DMatrix::from_fn(count, count, |i, j| f64::from(u8::from(i == j)) + roots[i] * between[(i, j)] * roots[j]);
        let system = system.cholesky().ok_or(Error::Range { quantity: "the resolvent at the means" })?;
        let solve = |right: &DMatrix<f64>| solve(&system, &roots, right);

        let miss = solve(&targets);
        let weighted =
            |miss: &DMatrix<f64>| DMatrix::from_fn(count, miss.ncols(), |c, j| classes.shares()[c] * miss[(c, j)]);
        let mut own = &between * weighted(&miss);
        own.row_iter_mut().for_each(|mut row| row.iter_mut().zip(&average).for_each(|(x, t)| *x += t));
        let mut fit = Self {
            eigenvalues,
            fixed_point,
            b: vec![&shrunk_means * weighted(&miss)],
            shrunk,
            scores: vec![own],
            misses: vec![miss],
        };
        for source in sources {
            let score = solve(&(products(&shrunk_means, source) * fixed_point.g));
            let mut b = &shrunk_means * weighted(&-&score);
            for (mut b, w) in b.column_iter_mut().zip(source.column_iter()) {
                for ((b, w), d) in b.iter_mut().zip(&w).zip(&fit.shrunk) {
                    *b += fixed_point.g * d * w;
                }
            }
            fit.b.push(b);
            fit.misses.push(-&score);
            fit.scores.push(score);
        }
        Ok(fit)
    }

    pub(super) fn fixed_point(&self) -> FixedPoint {
        self.fixed_point
    }

    /// ΠE of the target part.
    pub(super) fn weighted_miss(&self, shares: &[f64]) -> DMatrix<f64> {
        let miss = &self.misses[0];
        DMatrix::from_fn(miss.nrows(), miss.ncols(), |c, j| shares[c] * miss[(c, j)])
    }

    /// S without the noise of random sources, for all pairs of entries of u, (k+1)d × (k+1)d: the products of the columns of C^½B above
    /// those of (df₂Π)^½E, over h.
    fn covariance(&self, shares: &[f64]) -> DMatrix<f64> {
        let FixedPoint { df2, h, .. } = self.fixed_point;
        let weights = self.eigenvalues.iter().copied().chain(shares.iter().map(|share| df2 * share));
        let roots: Vec<f64> = weights.map(|weight| (weight / h).sqrt()).collect();
        let d = self.b[0].ncols();
        let mut columns = DMatrix::zeros(roots.len(), self.b.len() * d);
        for (j, mut column) in columns.column_iter_mut().enumerate() {
            let (b, miss) = (self.b[j / d].column(j % d), self.misses[j / d].column(j % d));
            let entries = b.iter().chain(miss.iter()).zip(&roots);
            column.iter_mut().zip(entries).for_each(|(x, (entry, root))| *x = entry * root);
        }
        let mut covariance = products(&columns, &columns);
        covariance.fill_lower_triangle_with_upper_triangle();
        covariance
    }

    /// R = EᵀΠE + S: the mean products of what the scores miss on test points, without sources.
    pub(super) fn risk(&self, shares: &[f64]) -> Result<DMatrix<f64>> {
        let miss = &self.misses[0];
        let risk = self.covariance(shares) + miss.tr_mul(&self.weighted_miss(shares));
        all_representable("the risk of a trained source", &risk)?;
        Ok(risk)
    }

    /// g²Σ sᵢvᵢ/(sᵢ+g)² /h over the variances of a random source.
    fn noise(&self, variances: &[f64]) -> f64 {
        let FixedPoint { g, h, .. } = self.fixed_point;
        let terms = variances.iter().zip(&self.shrunk).zip(self.eigenvalues);
        terms.map(|((v, d), s)| v * s * (g * d).powi(2)).sum::<f64>() / h
    }
}

/// X of (I + NΠ)X = `right`, from the Cholesky factor of I + Π^½NΠ^½.
fn solve(system: &Cholesky<f64, Dyn>, roots: &[f64], right: &DMatrix<f64>) -> DMatrix<f64> {
    let mut x = right.clone();
    x.row_iter_mut().zip(roots).for_each(|(mut row, root)| row *= *root);
    system.solve_mut(&mut x);
    x.row_iter_mut().zip(roots).for_each(|(mut row, root)| row /= *root);
    x
}

/// Entries of a product up to which sums are faster than a matrix product's blocks.
const FEW: usize = 16;

/// AᵀB of matrices of many rows.
fn products(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    if a.ncols() * b.ncols() <= FEW {
        let column = |matrix: &'_ DMatrix<f64>, j: usize| j * matrix.nrows()..(j + 1) * matrix.nrows();
        return DMatrix::from_fn(a.ncols(), b.ncols(), |i, j| {
            let (x, y) = (&a.as_slice()[column(a, i)], &b.as_slice()[column(b, j)]);
            sums(x.len(), |l| [x[l] * y[l]])[0]
        });
    }
    let mut product = DMatrix::zeros(a.ncols(), b.ncols());
    let (rows, columns) = product.shape();
    matmul(
        MatMut::from_column_major_slice_mut(product.as_mut_slice(), rows, columns),
        Accum::Replace,
        MatRef::from_column_major_slice(a.as_slice(), a.nrows(), rows).transpose(),
        MatRef::from_column_major_slice(b.as_slice(), b.nrows(), columns),
        1.0,
        Par::Seq,
    );
    clear_registers();
    product
}

/// A symmetric matrix from its lower half.
fn symmetric(size: usize, entry: impl Fn(usize, usize) -> f64) -> DMatrix<f64> {
    let mut matrix = DMatrix::from_fn(size, size, |i, j| if i >= j { entry(i, j) } else { 0.0 });
    matrix.fill_upper_triangle_with_lower_triangle();
    matrix
}
