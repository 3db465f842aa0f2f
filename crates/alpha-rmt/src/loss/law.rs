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
    /// How far the equations are from being solved: what one more pass through them would change m by, in units of √q, and √q and δ
    /// by, relative to themselves; the largest of the three.
    pub residual: f64,
    /// Evaluations of the equations that it took.
    pub evaluations: usize,
}

/// A residual that counts as solved, and one that is good enough where no step reduces it further.
const SOLVED: f64 = 1e-12;
const ENOUGH: f64 = 1e-9;
/// Steps of Newton's method from one start.
const NEWTON_STEPS: usize = 25;
/// The shortest step in ln γ along the path of solutions, and evaluations of the equations at most.
const SHORTEST: f64 = 1e-3;
const MAX_EVALUATIONS: usize = 20_000;
/// Step of the differences that make up Newton's matrix.
const DIFFERENCE: f64 = 1e-6;
/// The longest step in ln q and ln δ.
const LONGEST: f64 = 2.0;

impl<'a, L: MarginLoss> LossLaw<'a, L> {
    /// The law of this target after fine-tuning with this loss.
    ///
    /// # Errors
    /// As [`SpectralTarget::law`]; [`Error::SampledCovariance`] where the covariance is known from a sample only.
    pub fn new(target: &'a SpectralTarget, training: Training, loss: L) -> Result<Self> {
        target.known_covariance()?;
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
    /// Newton's method in (m, ln q, ln δ) with differences for its matrix, each step shortened until the residual falls. Where
    /// it fails, the solution is followed from a ridge so large that it is known, down to the one asked for. The convex problem
    /// has one solution, and [`LossSolution::residual`] says how well it is met.
    ///
    /// # Errors
    /// [`Error::Shape`] for the wrong number of weights, [`Error::Parameter`] for one that is not finite, [`Error::Range`] on
    /// overflow, [`Error::Variance`] where the classifier is 0, [`Error::NotConverged`] with the residual left.
    pub fn at(&self, weights: &[f64]) -> Result<LossSolution> {
        self.solve(weights, None)
    }

    /// The solution at weights α, from that at others if there is one.
    pub(super) fn solve(&self, weights: &[f64], near: Option<&LossSolution>) -> Result<LossSolution> {
        length("weights", weights.len(), self.sources())?;
        weights.iter().try_for_each(|w| finite("alpha", *w).map(|_| ()))?;
        if self.target.eigenvalues().iter().all(|s| *s == 0.0) {
            return Err(Error::Variance { variance: 0.0, weights: weights.to_vec() });
        }
        let equations = Equations::new(self, weights);
        let starts = match near {
            Some(near) => vec![near.state(), equations.untrained(self.training.ridge)],
            None => {
                let squared = self.squared.at(weights).unwrap_or(Decision { mean: 0.0, variance: 1.0 });
                vec![State::new(squared, self.squared_delta), equations.untrained(self.training.ridge)]
            }
        };
        equations.solution(&starts)
    }
}

/// The unknowns: m, ln q and ln δ.
#[derive(Debug, Clone, Copy)]
struct State([f64; 3]);

impl State {
    fn new(decision: Decision, delta: f64) -> Self {
        Self([decision.mean, decision.variance.ln(), delta.ln()])
    }

    fn moved(self, step: [f64; 3]) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + step[i]))
    }
}

impl LossSolution {
    fn state(&self) -> State {
        State::new(self.decision, self.delta)
    }
}

/// What one evaluation of the equations gives.
struct Image {
    /// The unknowns that the equations give.
    state: State,
    /// The same less the old ones.
    gap: [f64; 3],
    solution: LossSolution,
}

/// The equations at given weights.
struct Equations<'a, L> {
    loss: &'a L,
    eigenvalues: &'a [f64],
    mean: &'a [f64],
    samples: f64,
    ridge: f64,
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
            samples: law.training.samples,
            ridge: law.training.ridge,
            source,
            variance: law.target.variance_along(weights),
            weights,
        }
    }

    /// m, q and δ at a ridge γ and at κ, E c and E c².
    fn decision(&self, gamma: f64, score: &ScoreMoments) -> (Decision, f64) {
        let ScoreMoments { mean: pull, square, slope: kappa } = *score;
        let count = self.eigenvalues.len();
        let (s, mu, w) = (self.eigenvalues, &self.mean[..count], &self.source[..count]);
        let [trace, squared, mean, form] = sums(count, |i| {
            let over = 1.0 / (kappa * s[i] + gamma);
            let seen = s[i] * over;
            let b = (gamma * w[i] + pull * mu[i]) * over;
            [seen, seen * seen, mu[i] * b, s[i] * b * b]
        });
        let [noise] = sums(self.variance.len().min(count), |i| {
            let rest = gamma / (kappa * s[i] + gamma);
            [s[i] * self.variance[i] * rest * rest]
        });
        let n = self.samples;
        (Decision { mean, variance: form + noise + squared / n * square }, trace / n)
    }

    /// The equations evaluated at a ridge and at these unknowns.
    fn image(&self, gamma: f64, state: State, evaluations: &mut usize) -> Result<Image> {
        *evaluations += 1;
        let [mean, log_variance, log_delta] = state.0;
        let old = Decision { mean, variance: log_variance.exp() };
        let delta = log_delta.exp();
        let score = self.loss.moments(mean, old.variance, delta);
        let (new, new_delta) = self.decision(gamma, &score);
        if !(new.mean * new.mean + new.variance + new_delta).is_finite() {
            return Err(Error::Range { quantity: "the decision function" });
        }
        if new.variance <= 0.0 {
            return Err(Error::Variance { variance: new.variance, weights: self.weights.to_vec() });
        }
        let image = State::new(new, new_delta);
        let gap = std::array::from_fn(|i| image.0[i] - state.0[i]);
        let residual = (gap[0].abs() / new.variance.sqrt()).max(0.5 * gap[1].abs()).max(gap[2].abs());
        if !residual.is_finite() {
            return Err(Error::Range { quantity: "the fixed point of the loss" });
        }
        let solution = LossSolution { decision: old, delta, score, residual, evaluations: *evaluations };
        Ok(Image { state: image, gap, solution })
    }

    /// The unknowns after one step of the iteration from the sources alone.
    fn untrained(&self, gamma: f64) -> State {
        let nothing = ScoreMoments { mean: 0.0, square: 0.0, slope: 0.0 };
        let (Decision { mean, variance }, _) = self.decision(1.0, &nothing);
        // Something above 0 where there is no source.
        let score = self.loss.moments(mean, variance.max(f64::MIN_POSITIVE.sqrt()), 0.0);
        let (decision, delta) = self.decision(gamma, &score);
        State::new(decision, delta)
    }

    /// The solution, by Newton's method from the best of `starts` or, where that fails, along the path of solutions from a large
    /// ridge.
    fn solution(&self, starts: &[State]) -> Result<LossSolution> {
        let mut evaluations = 0;
        let outcome = match self.approach(starts, &mut evaluations) {
            Some(start) => self.newton(self.ridge, start, &mut evaluations),
            None => Err(Error::NotConverged { steps: evaluations, residual: f64::INFINITY }),
        };
        let outcome = match outcome {
            Ok(solution) => Ok(solution),
            Err(_) => self.follow(&mut evaluations),
        };
        Ok(LossSolution { evaluations, ..outcome? })
    }

    /// The start of least residual, after as many steps of the plain iteration as halve it.
    fn approach(&self, starts: &[State], evaluations: &mut usize) -> Option<State> {
        // A state, its image and the residual.
        let mut best: Option<(State, State, f64)> = None;
        let mut look = |state: State, factor: f64, best: &mut Option<(State, State, f64)>| {
            let image = self.image(self.ridge, state, evaluations).ok();
            let better = image.filter(|image| best.is_none_or(|(.., least)| image.solution.residual < factor * least));
            if let Some(image) = better {
                *best = Some((state, image.state, image.solution.residual));
                true
            } else {
                false
            }
        };
        for start in starts {
            look(*start, 1.0, &mut best);
        }
        while let Some((_, next, _)) = best {
            if !look(next, 0.5, &mut best) {
                break;
            }
        }
        best.map(|(state, ..)| state)
    }

    /// The solution at the target's ridge, reached from one so large that w = Wα all but solves the problem, in steps of ln γ that
    /// shrink where Newton's method fails and grow where it does not.
    fn follow(&self, evaluations: &mut usize) -> Result<LossSolution> {
        let goal = self.ridge.ln();
        let most = self.eigenvalues.iter().fold(0.0, |most: f64, s| most.max(*s));
        let crowd = 1.0 + self.eigenvalues.len() as f64 / self.samples;
        let first = (1e3 * (1.0 + most) * crowd).ln().max(goal);
        let mut here = (first, self.newton(first.exp(), self.untrained(first.exp()), evaluations)?);
        let mut before: Option<(f64, State)> = None;
        let mut step = 2.0f64;
        while here.0 > goal {
            let log = (here.0 - step).max(goal);
            let state = here.1.state();
            let start = match before {
                // Along the line through the last two.
                Some((log_before, state_before)) => {
                    let share = (log - here.0) / (here.0 - log_before);
                    state.moved(std::array::from_fn(|i| share * (state.0[i] - state_before.0[i])))
                }
                None => state,
            };
            match self.newton(if log > goal { log.exp() } else { self.ridge }, start, evaluations) {
                Ok(solution) => {
                    before = Some((here.0, state));
                    here = (log, solution);
                    step *= 1.5;
                }
                Err(error) if step < SHORTEST || *evaluations > MAX_EVALUATIONS => return Err(error),
                Err(_) => step *= 0.3,
            }
        }
        Ok(here.1)
    }

    /// Newton's method, each step shortened until the residual falls.
    fn newton(&self, gamma: f64, start: State, evaluations: &mut usize) -> Result<LossSolution> {
        let (mut state, mut image) = (start, self.image(gamma, start, evaluations)?);
        for _ in 0..NEWTON_STEPS {
            let solved = image.solution.residual <= SOLVED;
            let scale = [(0.5 * state.0[1]).exp(), 1.0, 1.0];
            // Columns of the matrix of the gap's derivatives.
            let mut columns = [[0.0; 3]; 3];
            for (i, column) in columns.iter_mut().enumerate() {
                let mut step = [0.0; 3];
                step[i] = DIFFERENCE * scale[i];
                let moved = self.image(gamma, state.moved(step), evaluations)?;
                *column = std::array::from_fn(|j| (moved.gap[j] - image.gap[j]) / scale[j] / DIFFERENCE);
            }
            let newton = solved_system(columns, std::array::from_fn(|i| -image.gap[i] / scale[i]));
            let longest = newton[1].abs().max(newton[2].abs());
            let mut length = if longest > LONGEST { LONGEST / longest } else { 1.0 };
            let mut next = None;
            while (longest + newton[0]).is_finite() && length > 1e-3 {
                let candidate = state.moved(std::array::from_fn(|i| length * newton[i] * scale[i]));
                if let Ok(moved) = self.image(gamma, candidate, evaluations)
                    && moved.solution.residual < image.solution.residual
                {
                    next = Some((candidate, moved));
                    break;
                }
                if solved {
                    break;
                }
                length *= 0.4;
            }
            match next {
                Some(next) => (state, image) = next,
                None => break,
            }
            // One step more than it takes, which makes up for equations that hardly tell solutions apart.
            if solved {
                break;
            }
        }
        let LossSolution { residual, .. } = image.solution;
        if residual <= ENOUGH { Ok(image.solution) } else { Err(Error::NotConverged { steps: *evaluations, residual }) }
    }
}

/// The solution x of Σⱼ columnsⱼxⱼ = right, by Cramer's rule.
fn solved_system(columns: [[f64; 3]; 3], right: [f64; 3]) -> [f64; 3] {
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
