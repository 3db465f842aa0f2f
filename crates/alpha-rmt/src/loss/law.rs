//! The fixed point of a loss, and the decision function at given weights.

use super::{MarginLoss, ScoreMoments};
use crate::check::{finite, length};
use crate::covariance::SpectralTarget;
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::law::{Decision, DecisionLaw};
use crate::sums::sums;
use crate::training::Training;

/// The law of the decision function of a target fine-tuned with a loss ℓ; unlike that of the squared loss it is not linear in
/// the weights α, and each α has a fixed point of its own.
///
/// With r ~ N(m, q), the score c(r) = −ℓ′(z) at z + δℓ′(z) = r, and R₀ = (κC + γI)⁻¹:
///
/// ```text
/// κ = −E c′(r),   δ = (1/n) tr CR₀,   b = R₀ ( γWα + E[c] μ_β )
/// m = μ_βᵀb,   q = bᵀCb + γ² tr(R₀CR₀V) + (1/n) tr(CR₀CR₀) E[c²]
/// ```
///
/// W stands for the sources' means, and V for the variance of Wα along each eigenvector, Σ αⱼ²Vⱼ for independent sources. On a test point of class ±1 the decision function is N(±m, q).
///
/// ```
/// use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
/// use alpha_rmt::loss::{Logistic, LossLaw, Squared};
/// use alpha_rmt::training::Training;
/// let p = 100;
/// let mean: Vec<f64> = (0..p).map(|i| 1.5 / (1.0 + i as f64)).collect();
/// let source = SpectralSource::given(mean.iter().map(|m| 0.6 * m + 0.02).collect());
/// let target = SpectralTarget::new(vec![1.0; p], mean, vec![source])?;
/// let training = Training { samples: 80.0, ridge: 0.1 };
/// let logistic = LossLaw::new(&target, training, Logistic)?.at(&[2.0])?;
/// assert!(logistic.decision.accuracy() > 0.9 && logistic.residual < 1e-10);
/// // With the squared loss it is the one law.
/// let squared = LossLaw::new(&target, training, Squared)?.at(&[2.0])?.decision.accuracy();
/// assert!((squared - target.law(training)?.at(&[2.0])?.accuracy()).abs() < 1e-12);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LossLaw<'a, L> {
    target: &'a SpectralTarget,
    training: Training,
    loss: L,
    /// The law of the squared loss, from which searches start.
    squared: DecisionLaw,
    squared_delta: f64,
}

/// The decision function at given weights, and the fixed point that it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossSolution {
    /// m and q.
    pub decision: Decision,
    /// δ = (1/n) tr CR₀, how much a sample moves its own margin.
    pub delta: f64,
    /// E c, E c² and κ.
    pub score: ScoreMoments,
    /// How far the equations are from being solved: the largest relative error of κ, √(E c²) and, against that root, E c.
    pub residual: f64,
    /// Evaluations of the equations that it took.
    pub evaluations: usize,
}

/// A residual that counts as solved, one that is worth keeping when no step reduces it further, and evaluations at most.
const SOLVED: f64 = 1e-13;
const ENOUGH: f64 = 1e-9;
const MAX_EVALUATIONS: usize = 2000;
/// Step of the differences that make up Newton's matrix.
const DIFFERENCE: f64 = 1e-6;
/// The longest step in ln κ, ln E c² and E c/√(E c²).
const LONGEST: f64 = 1.5;

impl<'a, L: MarginLoss> LossLaw<'a, L> {
    /// The law of this target after fine-tuning with this loss.
    ///
    /// # Errors
    /// As [`SpectralTarget::law`].
    pub fn new(target: &'a SpectralTarget, training: Training, loss: L) -> Result<Self> {
        let squared = target.law(training)?;
        let squared_delta = FixedPoint::spectrum(target.eigenvalues(), training)?.delta;
        Ok(Self { target, training, loss, squared, squared_delta })
    }

    /// Number of sources k.
    pub(super) fn sources(&self) -> usize {
        self.target.sources().len()
    }

    /// The law of the squared loss for the same target and training.
    pub fn squared(&self) -> &DecisionLaw {
        &self.squared
    }

    /// The decision function at weights α (one per source).
    ///
    /// Newton's method in (ln κ, E c, ln E c²) with differences for its matrix, each step shortened until the residual falls, and
    /// steps of the plain iteration where none does. The convex problem has one solution, and [`LossSolution::residual`] says how
    /// well it is met.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite, [`Error::Range`] on
    /// overflow, [`Error::Variance`] where the classifier is 0, [`Error::NotConverged`] with the residual left.
    pub fn at(&self, weights: &[f64]) -> Result<LossSolution> {
        self.solve(weights, None)
    }

    /// The solution at weights α from that at others, if there is one.
    pub(super) fn solve(&self, weights: &[f64], near: Option<&LossSolution>) -> Result<LossSolution> {
        length("weights", weights.len(), self.sources())?;
        weights.iter().try_for_each(|w| finite("alpha", *w).map(|_| ()))?;
        let equations = Equations::new(self, weights);
        match near.map(|near| equations.newton(State::of(&near.score))) {
            Some(Ok(solution)) => Ok(solution),
            _ => equations.newton(self.start(weights)),
        }
    }

    /// The score's moments at the squared loss's m, q and δ.
    fn start(&self, weights: &[f64]) -> State {
        let Decision { mean, variance } =
            self.squared.at(weights).unwrap_or(Decision { mean: 0.0, variance: 1.0 });
        State::of(&self.loss.moments(mean, variance, self.squared_delta))
    }
}

/// The unknowns: ln κ, E c and ln E c².
#[derive(Debug, Clone, Copy)]
struct State([f64; 3]);

impl State {
    fn of(score: &ScoreMoments) -> Self {
        Self([score.slope.ln(), score.mean, score.square.ln()])
    }

    fn moved(self, step: [f64; 3]) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + step[i]))
    }
}

/// What one evaluation of the equations gives.
struct Image {
    /// The new unknowns less the old.
    gap: [f64; 3],
    solution: LossSolution,
}

/// The equations at given weights.
struct Equations<'a, L> {
    loss: &'a L,
    eigenvalues: &'a [f64],
    mean: &'a [f64],
    training: Training,
    /// E Wα, and the variance of Wα along each eigenvector; empty for sources that are all given.
    source: Vec<f64>,
    variance: Vec<f64>,
    weights: &'a [f64],
}

impl<'a, L: MarginLoss> Equations<'a, L> {
    fn new(law: &'a LossLaw<'_, L>, weights: &'a [f64]) -> Self {
        let p = law.target.mean().len();
        let mut source = vec![0.0; p];
        for (w, alpha) in law.target.sources().iter().zip(weights) {
            source.iter_mut().zip(&w.mean).for_each(|(sum, x)| *sum += alpha * x);
        }
        Self {
            loss: &law.loss,
            eigenvalues: law.target.eigenvalues(),
            mean: law.target.mean(),
            training: law.training,
            source,
            variance: law.target.variance_along(weights),
            weights,
        }
    }

    /// m, q and δ at the unknowns, and the score's moments at these.
    fn image(&self, State([log_kappa, pull, log_square]): State, evaluations: &mut usize) -> Result<Image> {
        *evaluations += 1;
        let Training { samples: n, ridge: gamma } = self.training;
        let (kappa, square) = (log_kappa.exp(), log_square.exp());
        let count = self.eigenvalues.len();
        let (s, mu, w) = (&self.eigenvalues[..count], &self.mean[..count], &self.source[..count]);
        let [trace, squared, mean, form] = sums(count, |i| {
            let over = 1.0 / (kappa * s[i] + gamma);
            let seen = s[i] * over;
            let b = (gamma * w[i] + pull * mu[i]) * over;
            [seen, seen * seen, mu[i] * b, s[i] * b * b]
        });
        let [noise] = sums(self.variance.len(), |i| {
            let rest = gamma / (kappa * s[i] + gamma);
            [s[i] * self.variance[i] * rest * rest]
        });
        let delta = trace / n;
        let variance = form + noise + squared / n * square;
        if !(mean * mean + variance + delta).is_finite() {
            return Err(Error::Range { quantity: "the decision function" });
        }
        if variance <= 0.0 {
            return Err(Error::Variance { variance, weights: self.weights.to_vec() });
        }
        let score = self.loss.moments(mean, variance, delta);
        let root = score.square.sqrt();
        let gap = [score.slope.ln() - log_kappa, score.mean - pull, score.square.ln() - log_square];
        let residual = gap[0].abs().max(gap[1].abs() / root).max(0.5 * gap[2].abs());
        if !residual.is_finite() {
            return Err(Error::Range { quantity: "the moments of the loss's derivative" });
        }
        let decision = Decision { mean, variance };
        Ok(Image { gap, solution: LossSolution { decision, delta, score, residual, evaluations: *evaluations } })
    }

    fn newton(&self, start: State) -> Result<LossSolution> {
        let mut evaluations = 0;
        let mut state = start;
        let mut image = self.image(state, &mut evaluations)?;
        while evaluations < MAX_EVALUATIONS && image.solution.residual > SOLVED {
            let root = (0.5 * state.0[2]).exp();
            let scale = [1.0, root, 1.0];
            // Columns of the matrix of the gap's derivatives.
            let mut columns = [[0.0; 3]; 3];
            for (i, column) in columns.iter_mut().enumerate() {
                let mut step = [0.0; 3];
                step[i] = DIFFERENCE * scale[i];
                let moved = self.image(state.moved(step), &mut evaluations)?;
                *column = std::array::from_fn(|j| (moved.gap[j] - image.gap[j]) / scale[j] / DIFFERENCE);
            }
            let goal = std::array::from_fn(|i| -image.gap[i] / scale[i]);
            let newton = solved(columns, goal);
            let longest = newton.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let mut length = if longest > LONGEST { LONGEST / longest } else { 1.0 };
            let mut next = None;
            while longest.is_finite() && length > 1e-3 {
                let candidate = state.moved(std::array::from_fn(|i| length * newton[i] * scale[i]));
                if let Ok(moved) = self.image(candidate, &mut evaluations)
                    && moved.solution.residual < image.solution.residual
                {
                    next = Some((candidate, moved));
                    break;
                }
                length *= 0.4;
            }
            (state, image) = match next {
                Some(next) => next,
                None if image.solution.residual <= ENOUGH => break,
                None => {
                    let half = image.gap.map(|x| 0.5 * x);
                    let candidate = state.moved(half);
                    (candidate, self.image(candidate, &mut evaluations)?)
                }
            };
        }
        let LossSolution { residual, .. } = image.solution;
        if residual <= ENOUGH {
            Ok(LossSolution { evaluations, ..image.solution })
        } else {
            Err(Error::NotConverged { steps: evaluations, residual })
        }
    }
}

/// The solution x of Σⱼ columnsⱼxⱼ = right, by Cramer's rule.
fn solved(columns: [[f64; 3]; 3], right: [f64; 3]) -> [f64; 3] {
    let determinant = |[a, b, c]: [[f64; 3]; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    let whole = determinant(columns);
    std::array::from_fn(|i| {
        let mut replaced = columns;
        replaced[i] = right;
        determinant(replaced) / whole
    })
}
