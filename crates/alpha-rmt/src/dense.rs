//! Products and decompositions of dense matrices, by faer, with large ones shared out among the cores.
//!
//! Products are cut into blocks of a fixed size, so that they are the same to the last bit on any number of cores. The
//! eigendecomposition is not: see [`cores`].

use std::sync::OnceLock;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::evd::tridiag::{tridiag_in_place, tridiag_in_place_scratch};
use faer::linalg::evd::{
    ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch, tridiagonal_self_adjoint_evd,
};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as left_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as left,
    apply_block_householder_sequence_transpose_on_the_left_in_place_scratch as transposed_left_scratch,
    apply_block_householder_sequence_transpose_on_the_left_in_place_with_conj as transposed_left,
};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::qr::no_pivoting::factor::recommended_block_size;
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{
    Accum, Conj, Mat, MatMut, MatRef, Par,
    diag::{Diag, DiagRef},
};
use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::registers::clear_registers;
use crate::tridiagonal::Tridiagonal;

/// Multiplications below which a product is not shared out: some 20 ms on one core.
const LEAST_SHARED: f64 = 1e9;

/// Rows and columns of a block of a product that is shared out.
const BLOCK: usize = 256;

/// Columns below which a small product has nothing to gain from blocks.
const FEW: usize = 16;

/// Dimension from which an eigendecomposition is shared out.
pub(crate) const LEAST_DIMENSION: usize = 512;

/// A matrix of features, p×n.
pub(crate) fn view(matrix: &DMatrix<f64>) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(matrix.as_slice(), matrix.nrows(), matrix.ncols())
}

/// The lower triangle of AAᵀ, scaled; zeros above it.
pub(crate) fn gram(a: MatRef<'_, f64>, scale: f64) -> Mat<f64> {
    let rows = a.nrows();
    let mut product = Mat::zeros(rows, rows);
    let block = block(0.5 * rows as f64 * rows as f64 * a.ncols() as f64);
    lower(product.as_mut(), a, scale, block);
    product
}

/// AᵀB.
pub(crate) fn transposed_product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = (a.ncols(), b.ncols());
    let block = block(rows as f64 * columns as f64 * a.nrows() as f64);
    if block == usize::MAX && columns < FEW {
        return a.tr_mul(b);
    }
    let mut product = DMatrix::zeros(rows, columns);
    let target = MatMut::from_column_major_slice_mut(product.as_mut_slice(), rows, columns);
    rectangle(target, view(a).transpose(), view(b), 1.0, block);
    product
}

/// Size of the blocks of a product of so many multiplications.
fn block(multiplications: f64) -> usize {
    if multiplications < LEAST_SHARED { usize::MAX } else { BLOCK }
}

fn lower(target: MatMut<'_, f64>, a: MatRef<'_, f64>, scale: f64, block: usize) {
    let rows = a.nrows();
    if rows <= block {
        let (half, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
        triangular::matmul(target, half, Accum::Replace, a, whole, a.transpose(), whole, scale, Par::Seq);
        clear_registers();
        return;
    }
    let middle = half(rows);
    let (above, _, beside, below) = target.split_at_mut(middle, middle);
    let (first, second) = a.split_at_row(middle);
    rayon::join(
        || rectangle(beside, second, first.transpose(), scale, block),
        || rayon::join(|| lower(above, first, scale, block), || lower(below, second, scale, block)),
    );
}

/// AB, scaled.
fn rectangle(target: MatMut<'_, f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>, scale: f64, block: usize) {
    let (rows, columns) = (a.nrows(), b.ncols());
    if rows.max(columns) <= block {
        matmul(target, Accum::Replace, a, b, scale, Par::Seq);
        clear_registers();
    } else if rows >= columns {
        let middle = half(rows);
        let (above, below) = target.split_at_row_mut(middle);
        let (first, second) = a.split_at_row(middle);
        rayon::join(|| rectangle(above, first, b, scale, block), || rectangle(below, second, b, scale, block));
    } else {
        let middle = half(columns);
        let (left, right) = target.split_at_col_mut(middle);
        let (first, second) = b.split_at_col(middle);
        rayon::join(|| rectangle(left, a, first, scale, block), || rectangle(right, a, second, scale, block));
    }
}

/// About half, a multiple of what the kernels take at a time.
fn half(count: usize) -> usize {
    (count / 2).next_multiple_of(16)
}

/// All cores for an eigendecomposition that is large enough, and one within a task of rayon, where the others have tasks of
/// their own. Its last digits depend on the number of cores.
fn cores(dimension: usize) -> Par {
    #[cfg(not(target_family = "wasm"))]
    if dimension >= LEAST_DIMENSION && rayon::current_thread_index().is_none() {
        return Par::rayon(0);
    }
    Par::Seq
}

/// Cores for the reduction to a tridiagonal matrix, p steps that wait for one another: below this many features two cores take
/// longer than one (p = 1000: 0.11 s for 0.09 s), at p = 4000 they take 3.9 s for 5.8 s.
const LEAST_SHARED_REDUCTION: usize = 2048;

fn cores_to_reduce(dimension: usize) -> Par {
    if dimension >= LEAST_SHARED_REDUCTION { cores(dimension) } else { Par::Seq }
}

/// Orthonormal columns, p×r.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    /// From which the columns are formed when they are first asked for.
    factors: Option<Factors>,
    formed: OnceLock<DMatrix<f64>>,
}

/// Eigenvectors QS of a matrix that Q, a product of reflections, takes to a tridiagonal one with eigenvectors S.
#[derive(Debug, Clone, PartialEq)]
struct Factors {
    reflections: Reflections,
    inner: Mat<f64>,
}

/// Q, a product of reflections, as faer stores it.
#[derive(Debug, Clone, PartialEq)]
struct Reflections {
    vectors: Mat<f64>,
    blocks: Mat<f64>,
}

impl PartialEq for Columns {
    fn eq(&self, other: &Self) -> bool {
        match (&self.factors, &other.factors) {
            (Some(own), Some(others)) => own == others,
            _ => self.formed() == other.formed(),
        }
    }
}

impl Columns {
    /// The chosen ones of columns that are there.
    pub(crate) fn chosen(columns: MatRef<'_, f64>, chosen: &[usize]) -> Self {
        let formed = DMatrix::from_fn(columns.nrows(), chosen.len(), |i, j| columns[(i, chosen[j])]);
        Self { factors: None, formed: OnceLock::from(formed) }
    }

    /// p.
    pub(crate) fn rows(&self) -> usize {
        self.factors.as_ref().map_or_else(|| self.formed().nrows(), |factors| factors.inner.nrows())
    }

    /// The columns.
    pub(crate) fn formed(&self) -> &DMatrix<f64> {
        self.formed.get_or_init(|| self.factors.as_ref().map_or_else(|| DMatrix::zeros(0, 0), Factors::form))
    }

    /// Their inner products with the columns of another matrix.
    pub(crate) fn products(&self, vectors: &DMatrix<f64>) -> DMatrix<f64> {
        let Some(factors) = &self.factors else { return transposed_product(self.formed(), vectors) };
        let mut reflected = vectors.clone();
        factors.reflections.apply(&mut reflected, false);
        let (rows, columns) = (factors.inner.ncols(), reflected.ncols());
        let mut product = DMatrix::zeros(rows, columns);
        let target = MatMut::from_column_major_slice_mut(product.as_mut_slice(), rows, columns);
        let block = block(rows as f64 * columns as f64 * reflected.nrows() as f64);
        rectangle(target, factors.inner.transpose(), view(&reflected), 1.0, block);
        product
    }
}

impl Factors {
    /// QS.
    fn form(&self) -> DMatrix<f64> {
        let mut columns = DMatrix::from_fn(self.inner.nrows(), self.inner.ncols(), |i, j| self.inner[(i, j)]);
        self.reflections.apply(&mut columns, true);
        columns
    }
}

impl Reflections {
    /// Q and the T that QᵀCQ is, of a symmetric C of which only the lower half is read.
    fn of(matrix: MatRef<'_, f64>, par: Par) -> (Self, Tridiagonal) {
        let p = matrix.nrows();
        let mut vectors = Mat::zeros(p, p);
        vectors.copy_from_triangular_lower(matrix);
        let mut blocks = Mat::zeros(recommended_block_size::<f64>(p, p), p - 1);
        let memory = &mut MemBuffer::new(tridiag_in_place_scratch::<f64>(p, par, Default::default()));
        tridiag_in_place(vectors.as_mut(), blocks.as_mut(), par, MemStack::new(memory), Default::default());
        let diagonal = (0..p).map(|i| vectors[(i, i)]).collect();
        let beside = (0..p).map(|i| if i + 1 < p { vectors[(i + 1, i)] } else { 0.0 }).collect();
        (Self { vectors, blocks }, Tridiagonal { diagonal, beside })
    }

    /// Q or Qᵀ applied to each column, a block of columns at a time.
    fn apply(&self, columns: &mut DMatrix<f64>, forward: bool) {
        let p = columns.nrows();
        let basis = self.vectors.submatrix(1, 0, p - 1, p - 1);
        columns.as_mut_slice().par_chunks_mut(p * BLOCK).for_each(|chunk| {
            let count = chunk.len() / p;
            // The first coordinate is left alone.
            let rest = MatMut::from_column_major_slice_mut(chunk, p, count).subrows_mut(1, p - 1);
            let scratch = if forward { left_scratch::<f64> } else { transposed_left_scratch::<f64> };
            let memory = &mut MemBuffer::new(scratch(p - 1, self.blocks.nrows(), count));
            let apply = if forward { left::<f64> } else { transposed_left::<f64> };
            apply(basis, self.blocks.as_ref(), Conj::No, rest, Par::Seq, MemStack::new(memory));
            clear_registers();
        });
    }
}

/// Eigenvalues in increasing order of a symmetric matrix, of which only the lower half is read, and the eigenvectors of those that
/// are `kept`.
pub(crate) fn eigen(
    name: &'static str,
    matrix: MatRef<'_, f64>,
    kept: impl Fn(&[f64]) -> Vec<usize>,
) -> Result<(Vec<f64>, Columns)> {
    let p = matrix.nrows();
    let par = cores(p);
    let scratch = self_adjoint_evd_scratch::<f64>(p, ComputeEigenvectors::Yes, par, Default::default());
    let memory = &mut MemBuffer::new(scratch);
    let (mut vectors, mut values) = (Mat::zeros(p, p), Diag::zeros(p));
    let factors = if p < LEAST_DIMENSION {
        let stack = MemStack::new(memory);
        self_adjoint_evd(matrix, values.as_mut(), Some(vectors.as_mut()), par, stack, Default::default()).map(|()| None)
    } else {
        // Without the last step, the product QS: a quarter of the time.
        let (reflections, tridiagonal) = Reflections::of(matrix, cores_to_reduce(p));
        let [diagonal, beside] = [&tridiagonal.diagonal, &tridiagonal.beside].map(|x| DiagRef::from_slice(x));
        let vectors = Some(vectors.as_mut());
        let stack = MemStack::new(memory);
        tridiagonal_self_adjoint_evd(diagonal, beside, values.as_mut(), vectors, par, stack, Default::default())
            .map(|()| Some(reflections))
    };
    clear_all_registers(par);
    let factors = factors.map_err(|_| Error::Decomposition { name })?;
    let values: Vec<f64> = (0..p).map(|i| values[i]).collect();
    let chosen = kept(&values);
    let columns = match factors {
        None => Columns::chosen(vectors.as_ref(), &chosen),
        Some(reflections) => {
            let inner =
                if chosen.len() == p { vectors } else { Mat::from_fn(p, chosen.len(), |i, j| vectors[(i, chosen[j])]) };
            Columns { factors: Some(Factors { reflections, inner }), formed: OnceLock::new() }
        }
    };
    Ok((values, columns))
}

/// Eigenvalues in increasing order of a symmetric matrix, p > 1, of which only the lower half is read, and the coordinates of the
/// columns along the eigenvectors, which are not formed: [`Tridiagonal::coordinates`].
pub(crate) fn coordinates(
    name: &'static str,
    matrix: MatRef<'_, f64>,
    mut columns: DMatrix<f64>,
) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let par = cores_to_reduce(matrix.nrows());
    let (reflections, tridiagonal) = Reflections::of(matrix, par);
    clear_all_registers(par);
    reflections.apply(&mut columns, false);
    tridiagonal.coordinates(name, &columns)
}

/// After faer has been at work.
fn clear_all_registers(par: Par) {
    clear_registers();
    if par != Par::Seq {
        // On the other cores too, which need not be waited for.
        rayon::spawn_broadcast(|_| clear_registers());
    }
}

/// Singular values and left singular vectors of a p×m matrix, m < p of them.
pub(crate) fn left_singular(name: &'static str, matrix: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let (p, m) = matrix.shape();
    let (mut left, mut right, mut values) = (Mat::zeros(p, m), Mat::zeros(m, m), Diag::zeros(m));
    let thin = ComputeSvdVectors::Thin;
    let scratch = svd_scratch::<f64>(p, m, thin, thin, Par::Seq, Default::default());
    let done = svd(
        matrix,
        values.as_mut(),
        Some(left.as_mut()),
        Some(right.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    clear_registers();
    done.map_err(|_| Error::Decomposition { name })?;
    Ok(((0..m).map(|i| values[i]).collect(), left))
}

/// Cholesky's factor of a positive definite matrix.
pub(crate) struct Cholesky {
    factor: Mat<f64>,
}

impl Cholesky {
    /// Of a matrix of which only the lower half is read.
    pub(crate) fn new(name: &'static str, mut matrix: Mat<f64>) -> Result<Self> {
        let scratch = llt::factor::cholesky_in_place_scratch::<f64>(matrix.nrows(), Par::Seq, Default::default());
        let done = llt::factor::cholesky_in_place(
            matrix.as_mut(),
            Default::default(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
            Default::default(),
        );
        clear_registers();
        done.map_err(|_| Error::Singular { name })?;
        Ok(Self { factor: matrix })
    }

    /// The matrix's inverse applied to each column.
    pub(crate) fn solve(&self, mut right: DMatrix<f64>) -> DMatrix<f64> {
        let (rows, columns) = right.shape();
        let scratch = llt::solve::solve_in_place_scratch::<f64>(rows, columns, Par::Seq);
        llt::solve::solve_in_place(
            self.factor.as_ref(),
            MatMut::from_column_major_slice_mut(right.as_mut_slice(), rows, columns),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
        clear_registers();
        right
    }
}
