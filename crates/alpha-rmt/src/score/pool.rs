//! Training on draws from a pool of rows, whatever their distribution.

use nalgebra::{DMatrix, DVector};

use super::Scores;
use crate::check::{all_representable, entries, length, not_empty, require, vector};
use crate::error::{Error, Result};
use crate::ridge::Ridge;
use crate::sums::dot;
use crate::training::Training;

/// The most rows of a pool, whose inner products are held: 2 GiB of numbers.
const MOST_ROWS: usize = 1 << 14;
/// Steps of the weights ω; each shrinks the error by df₂ < 1 or less.
const MOST_STEPS: usize = 2000;
/// How closely they settle, relative to 1.
const SETTLED: f64 = 1e-10;

/// Labelled rows that n are drawn from without replacement, to train on, and the frozen sources they fine-tune.
///
/// ```
/// use alpha_rmt::nalgebra::DMatrix;
/// use alpha_rmt::score::Pool;
/// use alpha_rmt::training::Training;
/// // Six rows of two features, a column each.
/// let rows = [[1.2, 0.3], [0.4, 1.0], [2.0, -0.5], [-0.9, 0.2], [-1.4, -0.8], [-0.2, 0.1]];
/// let features = DMatrix::from_fn(2, 6, |i, j| rows[j][i]);
/// let pool = Pool::new(features, &[1.0, 1.0, 1.0, -1.0, -1.0, -1.0], &[&[0.5, 0.0]])?;
/// let law = pool.law(Training { samples: 3.0, ridge: 1.0 })?; // n = 3, γ = 1
/// // Accuracy of w₀ + αγQw̃ on the three rows that were not drawn, over all draws.
/// assert!(law.accuracy(&[1.0])? > 0.9);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// p×N.
    features: DMatrix<f64>,
    labels: Vec<f64>,
    /// ⟨w̃, xᵢ⟩, N×k.
    source_scores: DMatrix<f64>,
    /// w̃, p×k.
    sources: DMatrix<f64>,
}

/// The law of fine-tuning on n rows of a [`Pool`], over all draws.
///
/// With π = n/N and eᵢ = xᵢᵀQ̄xᵢ/n, the resolvent Q = (Σ_drawn xxᵀ/n + γI)⁻¹ behaves like
///
/// ```text
/// Q̄ = (Σ ωᵢxᵢxᵢᵀ/N + γI)⁻¹,   ωᵢ = 1/(1 + (1−π)δᵢ),   eᵢ = δᵢ(1 + (1−π)δᵢ)/(1 + δᵢ)
/// ```
///
/// so that w has the mean b = Q̄(Σ ωᵢyᵢxᵢ/N + γWα), the classifier of all rows, weighted. With Hᵢ = ωᵢxᵢᵀQ̄xᵢ/N, a row that is
/// not drawn has the mean score tᵢ = (⟨b, xᵢ⟩ − Hᵢyᵢ)/(1 − Hᵢ), which leaves it out exactly, and the variance
///
/// ```text
/// Vᵢ = (1−π)/(nN(1−Hᵢ)²) Σ_{j≠i} (ωⱼxᵢᵀQ̄xⱼ)² ρⱼ,   ρⱼ = (yⱼ − tⱼ)² + Vⱼ
/// ```
///
/// a linear system. For Gaussian rows, N → ∞, all δᵢ are equal and it is the law of docs/theory.md §3; for elliptical rows
/// δᵢ is in proportion to the row's own scale; at n → N it is leave-one-out. The third and fourth cumulants of the scores, to
/// the order 1/n, are those of a sum over a draw without replacement.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolLaw<'a> {
    pool: &'a Pool,
    training: Training,
    /// ωⱼ.
    omega: Vec<f64>,
    /// Q̄X, p×N.
    shrunk: DMatrix<f64>,
    /// XᵀQ̄X, N×N.
    gram: DMatrix<f64>,
    /// Hᵢ.
    leverage: Vec<f64>,
}

/// The rows' residuals at some weights, over draws.
struct Residuals {
    /// ⟨b, xᵢ⟩.
    fitted: DVector<f64>,
    /// (ωⱼ/n)ᵏ E(yⱼ − score)ᵏ for k = 1 to 4, per row.
    moments: [Vec<f64>; 4],
}

impl Pool {
    /// A pool of rows, the columns of a p×N matrix, centred, with labels ±1 and sources w̃ of p entries.
    ///
    /// # Errors
    /// [`Error::Shape`] for no rows or the wrong number of labels or entries, [`Error::Parameter`] for an entry that is not
    /// finite, a label that is not −1 or 1, or more than 16384 rows.
    pub fn new(features: DMatrix<f64>, labels: &[f64], sources: &[&[f64]]) -> Result<Self> {
        let (p, rows) = features.shape();
        not_empty("features of the pool", features.len())?;
        require("rows of the pool", rows as f64, rows <= MOST_ROWS, "at most 16384: draw some of them")?;
        entries("features of the pool", features.as_slice())?;
        length("labels", labels.len(), rows)?;
        for y in labels {
            require("label", *y, y.abs() == 1.0, "-1 or 1")?;
        }
        for source in sources {
            vector("source", source, p)?;
        }
        let sources = DMatrix::from_fn(p, sources.len(), |i, k| sources[k][i]);
        let source_scores = features.transpose() * &sources;
        all_representable("the scores of the sources", &source_scores)?;
        Ok(Self { features, labels: labels.to_vec(), source_scores, sources })
    }

    /// Number of rows N.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The law of fine-tuning on n < N of the rows with ridge γ: some ten factorisations of p×p, and the N×N inner products
    /// under Q̄.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number of samples or a ridge that is not finite and positive, or n ≥ N;
    /// [`Error::Singular`] for a ridge below rounding; [`Error::NotConverged`] if ω does not settle.
    pub fn law(&self, training: Training) -> Result<PoolLaw<'_>> {
        let Training { samples, ridge } = training.checked()?;
        let rows = self.rows() as f64;
        require("samples", samples, samples < rows, "fewer than the rows of the pool")?;
        let left = 1.0 - samples / rows;
        let mut omega = vec![1.0; self.rows()];
        let mut before: Option<Vec<f64>> = None;
        for _ in 0..MOST_STEPS {
            let shrunk = self.shrunk(&omega, ridge)?;
            let step: Vec<f64> = (0..self.rows())
                .map(|i| {
                    let e = self.features.column(i).dot(&shrunk.column(i)) / samples;
                    1.0 / (1.0 + left * odds(e, left)) - omega[i]
                })
                .collect();
            let size = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            if size < SETTLED {
                let gram = self.features.transpose() * &shrunk;
                let leverage = omega.iter().enumerate().map(|(i, w)| w * gram[(i, i)] / rows).collect();
                all_representable("the resolvent of the pool", &gram)?;
                return Ok(PoolLaw { pool: self, training, omega, shrunk, gram, leverage });
            }
            // The steps shrink along one direction in the end: every second one goes to where they lead.
            let ratio = before.as_ref().map_or(0.0, |b| dot(b, &step) / dot(b, b).max(f64::MIN_POSITIVE));
            let ahead = 1.0 / (1.0 - ratio.clamp(0.0, 0.9));
            for (omega, step) in omega.iter_mut().zip(&step) {
                *omega = (*omega + ahead * step).clamp(f64::MIN_POSITIVE, 1.0);
            }
            before = if before.is_none() { Some(step) } else { None };
        }
        Err(Error::NotConverged { steps: MOST_STEPS, residual: SETTLED })
    }

    /// Q̄X at weights ω.
    fn shrunk(&self, omega: &[f64], ridge: f64) -> Result<DMatrix<f64>> {
        let mut weighted = self.features.clone();
        for (mut column, w) in weighted.column_iter_mut().zip(omega) {
            column *= w.sqrt();
        }
        Ok(Ridge::new(weighted, ridge)?.shrink(&self.features)? / ridge)
    }
}

/// δ of δ(1 + (1−π)δ)/(1 + δ) = e, as a sum of positive terms.
fn odds(e: f64, left: f64) -> f64 {
    let half = 0.5 * (e - 1.0);
    let root = (half * half + left * e).sqrt();
    if half > 0.0 { (half + root) / left } else { e / (root - half) }
}

impl PoolLaw<'_> {
    /// ωᵢ ∈ (0, 1], how much of row i the classifier sees.
    pub fn omega(&self) -> &[f64] {
        &self.omega
    }

    /// Test accuracy on the rows that were not drawn, over all draws, at weights α (one per source).
    ///
    /// # Errors
    /// As [`PoolLaw::left_out`].
    pub fn accuracy(&self, weights: &[f64]) -> Result<f64> {
        self.left_out(weights)?.accuracy(&self.pool.labels)
    }

    /// Scores of the pool's own rows over the draws that leave them out.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite, [`Error::Range`] on
    /// overflow, [`Error::NotConverged`] if the variances do not settle.
    pub fn left_out(&self, weights: &[f64]) -> Result<Scores> {
        let residuals = self.residuals(weights)?;
        let fitted = residuals.fitted.as_slice().to_vec();
        self.spread(&self.gram, &residuals, fitted, self.leverage.clone(), true)
    }

    /// Scores of other rows, the columns of a p×m matrix, centred like the pool.
    ///
    /// # Errors
    /// As [`PoolLaw::left_out`]; [`Error::Shape`] and [`Error::Parameter`] also for the rows.
    pub fn scores(&self, weights: &[f64], rows: &DMatrix<f64>) -> Result<Scores> {
        not_empty("rows", rows.ncols())?;
        length("features of the rows", rows.nrows(), self.pool.features.nrows())?;
        entries("rows", rows.as_slice())?;
        let residuals = self.residuals(weights)?;
        let cross = self.shrunk.transpose() * rows;
        let source = rows.transpose() * &self.pool.sources * DVector::from_column_slice(weights);
        let count = self.pool.rows() as f64;
        let fitted = (0..rows.ncols()).map(|i| {
            let shift = |j: usize| {
                let known = (self.pool.source_scores.row(j) * DVector::from_column_slice(weights))[0];
                self.omega[j] * (self.pool.labels[j] - known) * cross[(j, i)]
            };
            source[i] + (0..self.pool.rows()).map(shift).sum::<f64>() / count
        });
        let fitted: Vec<f64> = fitted.collect();
        self.spread(&cross, &residuals, fitted, vec![0.0; rows.ncols()], false)
    }

    /// Solves for the variances of the pool's own scores.
    fn residuals(&self, weights: &[f64]) -> Result<Residuals> {
        vector("weights", weights, self.pool.sources.ncols())?;
        let (samples, rows) = (self.training.samples, self.pool.rows());
        let source = &self.pool.source_scores * DVector::from_column_slice(weights);
        // b = Wα + Q̄ Σ ωᵢ(yᵢ − ⟨Wα, xᵢ⟩)xᵢ/N.
        let shift = DVector::from_fn(rows, |j, _| self.omega[j] * (self.pool.labels[j] - source[j]) / rows as f64);
        let fitted = &self.gram * shift + source;
        let mean: Vec<f64> = (0..rows).map(|i| (self.pool.labels[i] - fitted[i]) / (1.0 - self.leverage[i])).collect();
        let share = samples / rows as f64;
        let scale: Vec<f64> = self.omega.iter().map(|w| w / samples).collect();
        let mut variance = vec![0.0; rows];
        for _ in 0..MOST_STEPS {
            let seen: Vec<f64> = (0..rows).map(|j| scale[j] * scale[j] * (mean[j] * mean[j] + variance[j])).collect();
            let mut change = 0.0f64;
            let mut size = 0.0f64;
            let next: Vec<f64> = (0..rows)
                .map(|i| {
                    let column = self.gram.column(i);
                    let all: f64 = column.as_slice().iter().zip(&seen).map(|(x, s)| x * x * s).sum();
                    let others = (all - self.gram[(i, i)].powi(2) * seen[i]).max(0.0);
                    let new = share * (1.0 - share) * others / (1.0 - self.leverage[i]).powi(2);
                    change = change.max((new - variance[i]).abs());
                    size = size.max(new);
                    new
                })
                .collect();
            variance = next;
            if !size.is_finite() {
                return Err(Error::Range { quantity: "the law of the scores" });
            }
            if change <= SETTLED * size {
                let of = |power: i32, moment: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
                    (0..rows).map(|j| scale[j].powi(power) * moment(mean[j], variance[j])).collect()
                };
                let moments = [
                    of(1, &|d, _| d),
                    of(2, &|d, v| d * d + v),
                    of(3, &|d, v| d * (d * d + 3.0 * v)),
                    of(4, &|d, v| d.powi(4) + 3.0 * v * (2.0 * d * d + v)),
                ];
                return Ok(Residuals { fitted, moments });
            }
        }
        Err(Error::NotConverged { steps: MOST_STEPS, residual: SETTLED })
    }

    /// Cumulants of the scores from the inner products under Q̄ of each row (a column of `cross`) with the pool's.
    fn spread(
        &self,
        cross: &DMatrix<f64>,
        residuals: &Residuals,
        fitted: Vec<f64>,
        leverage: Vec<f64>,
        own: bool,
    ) -> Result<Scores> {
        let rows = self.pool.rows() as f64;
        let share = self.training.samples / rows;
        let drawn = share * (1.0 - share);
        let [mut variance, mut skewness, mut excess] =
            [vec![0.0; fitted.len()], vec![0.0; fitted.len()], vec![0.0; fitted.len()]];
        for (i, column) in cross.column_iter().enumerate() {
            let mut sums = [0.0; 4];
            let grow = 1.0 / (1.0 - leverage[i]);
            for (j, x) in column.iter().enumerate() {
                if own && i == j {
                    continue;
                }
                let mut power = 1.0;
                for (sum, moment) in sums.iter_mut().zip(&residuals.moments) {
                    power *= x * grow;
                    *sum += power * moment[j];
                }
            }
            // As many rows in every draw: what all of them share does not vary.
            let [first, second, third, fourth] = sums;
            let shared = first / rows;
            let two = second - rows * shared * shared;
            let three = third - 3.0 * shared * second + 2.0 * rows * shared.powi(3);
            let four = fourth - 4.0 * shared * third + 6.0 * shared * shared * second - 3.0 * rows * shared.powi(4);
            variance[i] = drawn * two.max(0.0);
            if variance[i] > 0.0 {
                skewness[i] = drawn * (1.0 - 2.0 * share) * three / variance[i].powf(1.5);
                excess[i] = drawn * (1.0 - 6.0 * drawn) * four / variance[i].powi(2)
                    - 3.0 * (1.0 - 2.0 * share).powi(2) / (rows * drawn);
            }
        }
        Scores { fitted, leverage, variance, skewness, excess }.checked()
    }
}
