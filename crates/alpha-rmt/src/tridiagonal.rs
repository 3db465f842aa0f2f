//! The spectrum of a symmetric tridiagonal matrix with the coordinates of a few vectors, without its eigenvectors: O(p²).

use nalgebra::DMatrix;

use crate::error::{Error, Result};

/// Steps after which an eigenvalue is given up; two or three are usual.
const STEPS: usize = 80;

/// Relative to the largest entry, far below the rounding of any of them.
const NOTHING: f64 = 1e-100;

/// A symmetric tridiagonal matrix: p entries on the diagonal, and beside it p − 1 and a 0.
#[derive(Debug, Clone)]
pub(crate) struct Tridiagonal {
    pub(crate) diagonal: Vec<f64>,
    pub(crate) beside: Vec<f64>,
}

impl Tridiagonal {
    /// Eigenvalues in increasing order, and the coordinates along their eigenvectors of the columns of a p×k matrix: implicit QL
    /// steps with Wilkinson's shift, whose rotations are applied to the k vectors alone.
    ///
    /// Signs, and axes within the space of an eigenvalue that is repeated, are this call's own.
    pub(crate) fn coordinates(
        mut self,
        name: &'static str,
        vectors: &DMatrix<f64>,
    ) -> Result<(Vec<f64>, DMatrix<f64>)> {
        let failed = || Error::Decomposition { name };
        let (p, count) = vectors.shape();
        let scale = self.diagonal.iter().chain(&self.beside).fold(0.0, |most: f64, x| most.max(x.abs()));
        let finite = self.diagonal.iter().chain(&self.beside).all(|x| x.is_finite());
        if !finite {
            return Err(failed());
        }
        if scale > 0.0 {
            self.diagonal.iter_mut().chain(&mut self.beside).for_each(|x| *x /= scale);
        }
        // A row of k numbers for each of the p axes, side by side.
        let mut rows = vectors.transpose();
        let left = self.diagonalise(rows.as_mut_slice(), count);
        left.ok_or_else(failed)?;
        let values = self.diagonal;
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
        let coordinates = DMatrix::from_fn(p, count, |i, j| rows[(j, order[i])]);
        Ok((order.into_iter().map(|i| values[i] * scale).collect(), coordinates))
    }

    /// Brings the diagonal to the eigenvalues; `None` if it does not get there.
    fn diagonalise(&mut self, rows: &mut [f64], count: usize) -> Option<()> {
        for first in 0..self.diagonal.len() {
            let mut steps = 0;
            loop {
                let last = self.end_of_block(first);
                if last == first {
                    break;
                }
                if steps == STEPS {
                    return None;
                }
                steps += 1;
                self.step(first, last, rows, count);
            }
        }
        Some(())
    }

    /// The last row that hangs together with the first.
    fn end_of_block(&self, first: usize) -> usize {
        let (d, e) = (&self.diagonal, &self.beside);
        let parts = |i: usize| {
            // Of the largest entry, which is 1: the rotations leave as much on small entries, which get no smaller.
            e[i].abs() <= f64::EPSILON * (d[i] * d[i + 1]).abs().sqrt().max(1.0)
        };
        (first..d.len() - 1).find(|i| parts(*i)).unwrap_or(d.len() - 1)
    }

    /// One QL step on a block of at least two rows, from its last row up.
    fn step(&mut self, first: usize, last: usize, rows: &mut [f64], count: usize) {
        let (d, e) = (&mut self.diagonal, &mut self.beside);
        // Of the two eigenvalues of the first 2×2 block the one nearer to its first entry is the shift.
        let half = (d[first + 1] - d[first]) / (2.0 * e[first]);
        let shift = d[first] - e[first] / (half + half.hypot(1.0).copysign(half));
        let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
        let mut bulge = d[last] - shift;
        for i in (first..last).rev() {
            let (f, b) = (sine * e[i], cosine * e[i]);
            let r = (f * f + bulge * bulge).sqrt();
            if r < NOTHING {
                // The block falls apart here.
                e[i + 1] = 0.0;
                d[i + 1] -= moved;
                e[last] = 0.0;
                return;
            }
            e[i + 1] = r;
            let inverse = r.recip();
            sine = f * inverse;
            cosine = bulge * inverse;
            let rest = d[i + 1] - moved;
            let t = (d[i] - rest) * sine + 2.0 * cosine * b;
            moved = sine * t;
            d[i + 1] = rest + moved;
            bulge = cosine * t - b;
            let (above, below) = rows[i * count..(i + 2) * count].split_at_mut(count);
            for (x, y) in above.iter_mut().zip(below) {
                (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
            }
        }
        d[first] -= moved;
        e[first] = bulge;
        e[last] = 0.0;
    }
}
