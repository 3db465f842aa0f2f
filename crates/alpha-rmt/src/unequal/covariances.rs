//! The two covariances, and the traces and forms of R₀ = (κ₊C₊ + κ₋C₋ + γI)⁻¹ that the law needs.

use faer::linalg::solvers::DenseSolveCore;
use faer::{MatRef, Side};
use nalgebra::DMatrix;

use crate::check::{self, entries, length, non_negative, not_empty};
use crate::error::{Error, Result};
use crate::registers::clear_registers;
use crate::sums::{sums, weighted};

/// The covariances C₊ and C₋ of the two classes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCovariances(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// The eigenvalues in common eigenvectors.
    Commuting([Vec<f64>; 2]),
    Dense([DMatrix<f64>; 2]),
}

impl ClassCovariances {
    /// Two covariances with the same eigenvectors, by their eigenvalues in that order: each ridge costs O(p).
    ///
    /// # Errors
    /// [`Error::Shape`] for lists of different lengths or empty ones, [`Error::Parameter`] for an eigenvalue that is negative or
    /// not finite.
    pub fn commuting(plus: Vec<f64>, minus: Vec<f64>) -> Result<Self> {
        not_empty("eigenvalues of the class +1", plus.len())?;
        length("eigenvalues of the class -1", minus.len(), plus.len())?;
        plus.iter().chain(&minus).try_for_each(|s| non_negative("eigenvalue", *s).map(|_| ()))?;
        Ok(Self(Kind::Commuting([plus, minus])))
    }

    /// Any two covariances, p×p, which need not commute: each ridge costs some ten factorisations of p×p matrices.
    ///
    /// # Errors
    /// [`Error::Shape`] for matrices that are empty, not square or of different sizes; [`Error::Parameter`] for an entry that is
    /// not finite; [`Error::Asymmetric`]; [`Error::Indefinite`] for an eigenvalue that is negative beyond rounding.
    pub fn dense(plus: DMatrix<f64>, minus: DMatrix<f64>) -> Result<Self> {
        let p = plus.nrows();
        not_empty("covariance of the class +1", plus.len())?;
        length("rows of the covariance of the class -1", minus.nrows(), p)?;
        for (name, matrix) in [("covariance of the class +1", &plus), ("covariance of the class -1", &minus)] {
            length(name, matrix.ncols(), p)?;
            entries(name, matrix.as_slice())?;
            check::symmetric(name, p, |row, column| matrix[(row, column)])?;
            let eigenvalues = view(matrix).self_adjoint_eigenvalues(Side::Lower);
            clear_registers();
            let eigenvalues = eigenvalues.map_err(|_| Error::Decomposition { name })?;
            let (least, most) = (eigenvalues[0], eigenvalues[p - 1]);
            if least < -4.0 * p as f64 * f64::EPSILON * most.max(0.0) {
                return Err(Error::Indefinite { name, least, most });
            }
        }
        Ok(Self(Kind::Dense([plus, minus])))
    }

    /// p.
    pub fn dimension(&self) -> usize {
        match &self.0 {
            Kind::Commuting([plus, _]) => plus.len(),
            Kind::Dense([plus, _]) => plus.nrows(),
        }
    }

    /// tr C₊ and tr C₋.
    pub(super) fn traces(&self) -> [f64; 2] {
        match &self.0 {
            Kind::Commuting(eigenvalues) => [0, 1].map(|a| eigenvalues[a].iter().sum()),
            Kind::Dense(matrices) => [0, 1].map(|a| matrices[a].trace()),
        }
    }

    /// bᵢᵀC_abⱼ for each pair of vectors, by rows.
    pub(super) fn products(&self, class: usize, b: &[Vec<f64>]) -> Vec<f64> {
        let size = b.len();
        let mut products = vec![0.0; size * size];
        for j in 0..size {
            let image: Vec<f64> = match &self.0 {
                Kind::Commuting(eigenvalues) => eigenvalues[class].iter().zip(&b[j]).map(|(s, x)| s * x).collect(),
                Kind::Dense(matrices) => apply(&matrices[class], &b[j]),
            };
            for i in 0..=j {
                products[i * size + j] = b[i].iter().zip(&image).map(|(x, y)| x * y).sum();
                products[j * size + i] = products[i * size + j];
            }
        }
        products
    }

    /// R₀ at these κ₊ and κ₋.
    pub(super) fn forms(&self, kappas: [f64; 2], gamma: f64) -> Result<Forms> {
        Ok(match &self.0 {
            Kind::Commuting([plus, minus]) => {
                let resolvent: Vec<f64> =
                    plus.iter().zip(minus).map(|(p, m)| 1.0 / (kappas[0] * p + kappas[1] * m + gamma)).collect();
                let [plus, minus] = [plus, minus].map(|s| s.iter().zip(&resolvent).map(|(s, r)| s * r).collect());
                Forms(Resolvent::Diagonal { resolvent, images: [plus, minus] })
            }
            Kind::Dense([plus, minus]) => {
                let p = plus.nrows();
                let mut matrix = plus * kappas[0] + minus * kappas[1];
                (0..p).for_each(|i| matrix[(i, i)] += gamma);
                let factor =
                    view(&matrix).llt(Side::Lower).map_err(|_| Error::Singular { name: "ridge plus covariances" });
                let resolvent = factor.map(|factor| factor.inverse());
                clear_registers();
                let resolvent = resolvent?;
                let images = [plus, minus].map(|c| &resolvent * view(c));
                clear_registers();
                let own = |m: &faer::Mat<f64>| DMatrix::from_fn(p, p, |i, j| m[(i, j)]);
                Forms(Resolvent::Dense { images: [own(&images[0]), own(&images[1])], resolvent: own(&resolvent) })
            }
        })
    }
}

/// R₀ and its products R₀C₊, R₀C₋.
pub(super) struct Forms(Resolvent);

enum Resolvent {
    Diagonal { resolvent: Vec<f64>, images: [Vec<f64>; 2] },
    Dense { resolvent: DMatrix<f64>, images: [DMatrix<f64>; 2] },
}

/// Traces for the two classes.
pub(super) struct Traces {
    /// tr C_aR₀.
    pub(super) first: [f64; 2],
    /// tr C_aR₀C_bR₀.
    pub(super) mixed: [[f64; 2]; 2],
    /// tr C_aR₀².
    pub(super) squared: [f64; 2],
}

impl Forms {
    pub(super) fn traces(&self) -> Traces {
        match &self.0 {
            Resolvent::Diagonal { resolvent, images: [plus, minus] } => {
                let [pp, pm, mm, p, m, ps, ms] = sums(resolvent.len(), |i| {
                    let (x, y, r) = (plus[i], minus[i], resolvent[i]);
                    [x * x, x * y, y * y, x, y, x * r, y * r]
                });
                Traces { first: [p, m], mixed: [[pp, pm], [pm, mm]], squared: [ps, ms] }
            }
            Resolvent::Dense { resolvent, images: [plus, minus] } => {
                // tr XY = Σ XᵢⱼYⱼᵢ.
                let (plus_t, minus_t) = (plus.transpose(), minus.transpose());
                let pm = plus.dot(&minus_t);
                let mixed = [[plus.dot(&plus_t), pm], [pm, minus.dot(&minus_t)]];
                let squared = [plus.dot(resolvent), minus.dot(resolvent)];
                Traces { first: [plus.trace(), minus.trace()], mixed, squared }
            }
        }
    }

    /// R₀v for each vector.
    pub(super) fn resolve<'a>(&self, vectors: impl Iterator<Item = &'a Vec<f64>>) -> Vec<Vec<f64>> {
        vectors
            .map(|v| match &self.0 {
                Resolvent::Diagonal { resolvent, .. } => resolvent.iter().zip(v).map(|(r, x)| r * x).collect(),
                Resolvent::Dense { resolvent, .. } => apply(resolvent, v),
            })
            .collect()
    }

    /// tr(C_aR₀VR₀) for a diagonal V.
    pub(super) fn noise(&self, class: usize, variance: &[f64]) -> f64 {
        match &self.0 {
            Resolvent::Diagonal { resolvent, images } => weighted(&images[class], resolvent, variance),
            Resolvent::Dense { resolvent, images } => {
                // (R₀C_aR₀)ᵢᵢ, row i of R₀C_a times column i of R₀.
                let diagonal = (0..variance.len()).map(|i| images[class].row(i).tr_dot(&resolvent.column(i)));
                diagonal.zip(variance).map(|(x, v)| x * v).sum()
            }
        }
    }
}

/// A matrix times a vector, one column after the other.
fn apply(matrix: &DMatrix<f64>, vector: &[f64]) -> Vec<f64> {
    let mut image = vec![0.0; matrix.nrows()];
    for (column, x) in matrix.column_iter().zip(vector) {
        image.iter_mut().zip(column.iter()).for_each(|(sum, entry)| *sum += entry * x);
    }
    image
}

fn view(matrix: &DMatrix<f64>) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(matrix.as_slice(), matrix.nrows(), matrix.ncols())
}
