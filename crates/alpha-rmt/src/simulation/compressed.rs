//! Simulation exact in law without drawing the samples (C = I; docs/theory.md §7).
//!
//! (XXᵀ, Xy) has the law of (vvᵀ + W, √n v) with v = √n μ + g₀, g₀ ~ N(0, I_p), and W ~ Wishart_p(n−1) independent of v.
//! Every statistic needs only the forms UᵀSU and UᵀS²U of S = (W/n + γI)⁻¹ on a basis U of the few vectors concerned, and
//! W is rotation-invariant, so that U may be the first axes. At a small ridge S is of size 1/γ where W vanishes, so T = γS
//! and T₂ = γ²S² are carried in its place: neither exceeds 1. There W is BBᵀ in law for a block-bidiagonal B:
//!
//! ```text
//! ⎡L₁        ⎤   Lⱼ lower triangular: χ_m, χ_{m−1}, … on the diagonal, N(0,1) below
//! ⎢R₁ L₂     ⎥   Rⱼ upper triangular: χ_{p−k}, χ_{p−k−1}, … on the diagonal, N(0,1) above
//! ⎣   R₂ L₃ …⎦   and from block to block (p, m) ← (p − k, m − k)
//! ```
//!
//! The top block of T follows from the last one upwards: with L and R divided by √n and A = γI + RᵀTR,
//! T ← (I + LA⁻¹Lᵀ)⁻¹ and T₂ ← T(I + LA⁻¹(RᵀT₂R)A⁻¹Lᵀ)T, sums of positive matrices only. With
//! c = vᵀTw̃/(nγ + vᵀTv) and z = w̃ − cv, Sherman and Morrison give γQw̃ = Tz and Qv/√n = Tv/(√n (γ + vᵀTv/n)), so that K
//! is a Gram matrix in T₂.

use nalgebra::{SMatrix, SVector};
use rand::Rng;
use rand_distr::{Distribution, Open01, StandardNormal};

use super::{Counts, Run};
use crate::error::{Error, Result};
use crate::law::DecisionLaw;
use crate::setting::Setting;
use crate::source::Sources;

/// k: the plane of the means (or of a mean and the source), and what g₀ has outside it.
const K: usize = 3;

type Block = SMatrix<f64, K, K>;
type Coordinates = SVector<f64, K>;

/// Simulates one run. Two runs of opposite `sign` from generators in the same state are mirror images of each other as far
/// as rejection sampling allows, so that in their average the leading fluctuation cancels.
pub(super) fn run(setting: &Setting, counts: Counts, rng: &mut impl Rng, sign: f64) -> Result<Run> {
    let rng = &mut Draws { rng, sign };
    let Counts { dimension, source_samples, target_samples } = counts;
    // Source: axes along μ, μ_⊥ and the rest of g̃₀.
    let target_part = (1.0 - setting.alignment * setting.alignment).sqrt() * setting.orthogonal_norm;
    let target_mean = Coordinates::new(setting.alignment * setting.source_norm, target_part, 0.0);
    let own = Samples { dimension, count: source_samples, ridge: setting.source_ridge };
    let (seen, forms) = own.draw(Coordinates::new(setting.source_norm, 0.0, 0.0), rng)?;
    let trained = own.trained(&seen, &forms);
    let (s, w) = (forms.first_form(&target_mean, &trained), forms.second_form(&trained, &trained));

    // Target: axes along μ_β, the rest of w̃, and the rest of g₀.
    let norm = target_mean.norm();
    let along = if norm > 0.0 { s / norm } else { 0.0 };
    let source = Coordinates::new(along, (w - along * along).max(0.0).sqrt(), 0.0);
    let target_mean = Coordinates::new(norm, 0.0, 0.0);
    let own = Samples { dimension, count: target_samples, ridge: setting.target_ridge };
    let (seen, forms) = own.draw(target_mean, rng)?;
    // w_α = Q(v/√n + αγw̃) = T(u₀ + αu₁).
    let n = target_samples as f64;
    let weight = forms.first_form(&seen, &source) / (n * own.ridge() + forms.first_form(&seen, &seen));
    // Where W is invertible γQw̃ is proportional to a small γ.
    let scale = if target_samples > dimension { own.ridge / own.ridge() } else { 1.0 };
    let u = [own.trained(&seen, &forms), (source - seen * weight) * scale];
    let variances = [forms.second_form(&u[0], &u[0]), forms.second_form(&u[1], &u[1])];
    // Cauchy and Schwarz, which rounding may break.
    let bound = (variances[0] * variances[1]).sqrt();
    let covariance = forms.second_form(&u[0], &u[1]).clamp(-bound, bound);
    Ok(Run {
        source: Sources::given(&[s], &[w])?,
        law: DecisionLaw::new(
            &u.map(|u| forms.first_form(&u, &target_mean)),
            &[variances[0], covariance, covariance, variances[1]],
        )?,
    })
}

/// Samples as the resolvent sees them.
struct Samples {
    dimension: usize,
    count: usize,
    ridge: f64,
}

/// The forms UᵀTU and UᵀT₂U of a scaled resolvent.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Forms {
    first: Block,
    second: Block,
}

impl Forms {
    /// Forms of the rows below, between which the true ones lie: no rows at all, and rows of zeros.
    fn extremes() -> [Self; 2] {
        [Block::zeros(), Block::identity()].map(|block| Self { first: block, second: block })
    }

    fn first_form(&self, a: &Coordinates, b: &Coordinates) -> f64 {
        a.dot(&(self.first * b))
    }

    fn second_form(&self, a: &Coordinates, b: &Coordinates) -> f64 {
        a.dot(&(self.second * b))
    }
}

/// One pair of blocks of B/√n.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// L.
    diagonal: Block,
    /// R.
    below: Block,
}

/// Blocks at the top that are drawn first, to see whether those below still matter.
const FIRST_HEAD: usize = 16;
/// Blocks that are kept at most while looking.
const LAST_HEAD: usize = 1024;

impl Samples {
    /// γ, or where it is less the smallest at which a block of large and small eigenvalues keeps four digits. Nothing that
    /// does not vanish with γ changes by more than that below it.
    fn ridge(&self) -> f64 {
        self.ridge.max(1e-12)
    }

    /// v = √n μ + g₀, and the forms of T.
    fn draw(&self, mean: Coordinates, rng: &mut Draws<impl Rng>) -> Result<(Coordinates, Forms)> {
        let noise = Coordinates::new(rng.normal(), rng.normal(), rng.chi(self.dimension - 2));
        let v = mean * (self.count as f64).sqrt() + noise;
        Ok((v, self.wishart(rng)?))
    }

    /// u with Tu = Qv/√n, the classifier trained on these samples alone.
    fn trained(&self, v: &Coordinates, forms: &Forms) -> Coordinates {
        let n = self.count as f64;
        v / (n.sqrt() * (self.ridge() + forms.first_form(v, v) / n))
    }

    /// The forms of T = γ(W/n + γI)⁻¹ on the first K axes.
    fn wishart(&self, rng: &mut Draws<impl Rng>) -> Result<Forms> {
        // Blocks that hold a column of B.
        let blocks = self.dimension.min(self.count - 1).div_ceil(K);
        let [nothing, everything] = Forms::extremes();
        let mut head: Vec<Pair> = Vec::new();
        let top = |head: &[Pair], below: Forms| {
            head.iter().rev().try_fold(below, |forms, pair| pair.above(forms, self.ridge()))
        };
        let mut size = FIRST_HEAD;
        while size <= LAST_HEAD && size < blocks {
            head.extend((head.len()..size).map(|j| self.pair(j, rng)));
            // T grows with what stands below it, which lies between these two.
            let (least, most) = (top(&head, nothing)?, top(&head, everything)?);
            if agree(&least.first, &most.first) && agree(&least.second, &most.second) {
                return Ok(most);
            }
            size *= 2;
        }
        // The tail from its end upwards, so that none of it is kept. Rows of B beyond its last column are 0.
        let end = if self.dimension > blocks * K { everything } else { nothing };
        let tail = (head.len()..blocks).rev().try_fold(end, |forms, j| self.pair(j, rng).above(forms, self.ridge()))?;
        top(&head, tail)
    }

    /// Draws the blocks L and R number j, divided by √n; rows and columns beyond the matrix stay 0.
    fn pair(&self, j: usize, rng: &mut Draws<impl Rng>) -> Pair {
        let (p, m) = (self.dimension - j * K, self.count - 1 - j * K);
        let rows = p.min(K);
        let columns = rows.min(m);
        let next = (p - rows).min(K);
        let scale = 1.0 / (self.count as f64).sqrt();
        let mut pair = Pair { diagonal: Block::zeros(), below: Block::zeros() };
        for column in 0..columns {
            pair.diagonal[(column, column)] = rng.chi(m - column) * scale;
            for row in column + 1..rows {
                pair.diagonal[(row, column)] = rng.normal() * scale;
            }
            for row in 0..column.min(next) {
                pair.below[(row, column)] = rng.normal() * scale;
            }
            if column < next {
                pair.below[(column, column)] = rng.chi(p - rows - column) * scale;
            }
        }
        pair
    }
}

impl Pair {
    /// The forms one block up.
    fn above(&self, forms: Forms, ridge: f64) -> Result<Forms> {
        let Self { diagonal: l, below: r } = self;
        let one = Block::identity();
        let la = l * inverse(one * ridge + r.transpose() * forms.first * r)?;
        let first = inverse(one + la * l.transpose())?;
        let rise = la * (r.transpose() * forms.second * r) * la.transpose();
        Ok(Forms { first, second: symmetric(first * (one + rise) * first) })
    }
}

/// What rounding leaves of a symmetric block, made symmetric.
fn symmetric(a: Block) -> Block {
    (a + a.transpose()) * 0.5
}

/// Inverse of a symmetric positive definite block.
fn inverse(a: Block) -> Result<Block> {
    let inverse = a.try_inverse().filter(|x| x.iter().all(|x| x.is_finite()));
    inverse.map(symmetric).ok_or(Error::Range { quantity: "a block of the simulated resolvent" })
}

/// Equal up to rounding.
fn agree(a: &Block, b: &Block) -> bool {
    (a - b).amax() <= 4.0 * f64::EPSILON * b.amax()
}

/// Random variables made of signed normal ones.
struct Draws<'a, R> {
    rng: &'a mut R,
    /// 1, or −1 for the mirror image.
    sign: f64,
}

impl<R: Rng> Draws<'_, R> {
    fn normal(&mut self) -> f64 {
        let z: f64 = StandardNormal.sample(self.rng);
        self.sign * z
    }

    /// A χ variable, by Marsaglia and Tsang's method for χ²/2: the cube of a normal one, almost never rejected when there
    /// are many degrees of freedom.
    fn chi(&mut self, degrees: usize) -> f64 {
        if degrees < 2 {
            return if degrees == 0 { 0.0 } else { self.normal().abs() };
        }
        let d = 0.5 * degrees as f64 - 1.0 / 3.0;
        let c = (9.0 * d).sqrt().recip();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            let u: f64 = Open01.sample(self.rng);
            if v > 0.0 && u.ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                return (2.0 * d * v).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn what_is_not_drawn_is_below_rounding() {
        for ridge in [0.01, 0.1, 1.0] {
            let own = Samples { dimension: 30_000, count: 60_000, ridge };
            let rng = &mut StdRng::seed_from_u64(8);
            let short = own.wishart(&mut Draws { rng, sign: 1.0 }).unwrap();
            // The same first blocks, and two thousand more.
            let rng = &mut Draws { rng: &mut StdRng::seed_from_u64(8), sign: 1.0 };
            let pairs: Vec<Pair> = (0..2000).map(|j| own.pair(j, rng)).collect();
            let long =
                pairs.iter().rev().try_fold(Forms::extremes()[0], |forms, pair| pair.above(forms, ridge)).unwrap();
            for (short, long) in [(short.first, long.first), (short.second, long.second)] {
                assert!((short - long).amax() <= 1e-14 * long.amax(), "γ = {ridge}: {short} against {long}");
            }
        }
    }
}
