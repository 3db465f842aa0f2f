//! Heavy tails: the law for elliptical features x = yμ_β + √τ C^{1/2}z (docs/theory.md, "Elliptical features").

use rand::{Rng, RngExt};

use crate::check::{length, non_negative, not_empty, positive, require};
use crate::covariance::SpectralTarget;
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::labels::Terms;
use crate::law::{Decision, DecisionLaw, Optimum};
use crate::resolvent::Equivalent;
use crate::sums::sums;
use crate::training::Training;

/// The law of the factor τ ≥ 0 by which a sample's noise covariance τC varies: finitely many values with probabilities.
///
/// A continuous law is given by the nodes and weights of a quadrature, as [`ScaleMixture::student`] does.
///
/// ```
/// use alpha_rmt::elliptical::ScaleMixture;
/// let mixture = ScaleMixture::new(&[0.5, 4.0], &[6.0, 1.0])?; // weights need not sum to 1
/// assert_eq!(mixture.mean(), 1.0);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleMixture {
    values: Vec<f64>,
    /// Sum 1.
    probabilities: Vec<f64>,
}

/// Spacing of the nodes for a Student law: with it every mean that the theory needs is right to 11 digits or more.
const STUDENT_STEP: f64 = 0.09;
/// What lies further below the largest term, in logarithms, is left out of that quadrature.
const NEGLIGIBLE: f64 = 41.0;

impl ScaleMixture {
    /// Values of τ and their probabilities, up to a common factor.
    ///
    /// # Errors
    /// [`Error::Shape`] for lists of different lengths or empty ones; [`Error::Parameter`] for a value or probability that is
    /// negative or not finite, or where all values of positive probability are 0.
    pub fn new(values: &[f64], probabilities: &[f64]) -> Result<Self> {
        not_empty("values of τ", values.len())?;
        length("probabilities of τ", probabilities.len(), values.len())?;
        for (&value, &probability) in values.iter().zip(probabilities) {
            non_negative("value of τ", value)?;
            non_negative("probability of τ", probability)?;
        }
        let total: f64 = probabilities.iter().sum();
        positive("sum of the probabilities of τ", total)?;
        let probabilities: Vec<f64> = probabilities.iter().map(|p| p / total).collect();
        let mixture = Self { values: values.to_vec(), probabilities };
        let mean = mixture.mean();
        require("mean of τ", mean, mean > 0.0, "finite and > 0: some value with a positive probability must be > 0")?;
        Ok(mixture)
    }

    /// τ = 1: Gaussian features.
    pub fn gaussian() -> Self {
        Self { values: vec![1.0], probabilities: vec![1.0] }
    }

    /// Student's t with ν degrees of freedom: τ = (ν − 2)/χ²_ν, so that E τ = 1 and C is the covariance of the noise.
    ///
    /// Numerics: 50 to 120 nodes of the double-exponential rule in ln τ; relative error of the means below 1e-10.
    ///
    /// # Errors
    /// [`Error::Parameter`] for ν below 2.1, or not finite: at 2 the covariance ceases to exist, and close above it, it comes
    /// from values of τ that no `f64` holds.
    ///
    /// ```
    /// use alpha_rmt::elliptical::ScaleMixture;
    /// let student = ScaleMixture::student(5.0)?;
    /// assert!((student.mean() - 1.0).abs() < 1e-13);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn student(degrees_of_freedom: f64) -> Result<Self> {
        let nu = degrees_of_freedom;
        require("degrees of freedom", nu, (2.1..=1e12).contains(&nu), "from 2.1 to 1e12")?;
        // χ²/2 = k e^v has a density ∝ exp(−k(e^v − 1 − v)) in v. With v = s(t − e^{−t} + 1) it falls off doubly exponentially
        // in t on either side, and so does what the mean of τ ∝ e^{−v} needs.
        let k = 0.5 * nu;
        let s = k.sqrt().recip();
        let node = |t: f64| {
            let v = s * (t - (-t).exp() + 1.0);
            (v, -k * (v.exp_m1() - v) + (-t).exp().ln_1p())
        };
        let needed = |t: f64| {
            let (v, log) = node(t);
            log.max(log - v) > -NEGLIGIBLE
        };
        let walk = |step: f64| (1..).map(move |i| step * f64::from(i)).take_while(|t| needed(*t));
        let (mut values, mut probabilities) = (Vec::new(), Vec::new());
        for t in walk(-STUDENT_STEP).chain(std::iter::once(0.0)).chain(walk(STUDENT_STEP)) {
            let (v, log) = node(t);
            let (value, probability) = ((-v).exp(), log.exp());
            if value.is_finite() && probability > 0.0 {
                values.push(value);
                probabilities.push(probability);
            }
        }
        let mut mixture = Self::new(&values, &probabilities)?;
        let mean = mixture.mean();
        mixture.values.iter_mut().for_each(|value| *value /= mean);
        Ok(mixture)
    }

    /// The values of τ.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Their probabilities, of sum 1.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// E τ.
    pub fn mean(&self) -> f64 {
        self.expect(|value| value)
    }

    /// E Φ(m/√(τq)) for a decision function whose mean is m and whose variance is q at τ = 1.
    pub fn accuracy(&self, decision: &Decision) -> f64 {
        self.expect(|value| Decision { variance: value * decision.variance, ..*decision }.accuracy())
    }

    /// E Φ(−m/√(τq)), accurate also where it is tiny.
    pub fn error_rate(&self, decision: &Decision) -> f64 {
        self.expect(|value| Decision { variance: value * decision.variance, ..*decision }.error_rate())
    }

    /// Draws τ.
    pub fn draw(&self, rng: &mut impl Rng) -> f64 {
        let mut rest: f64 = rng.random();
        for (value, probability) in self.values.iter().zip(&self.probabilities) {
            rest -= probability;
            if rest < 0.0 {
                return *value;
            }
        }
        // The probabilities sum to 1 but for rounding.
        self.values[self.values.len() - 1]
    }

    /// E f(τ).
    fn expect(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().zip(&self.probabilities).map(|(value, probability)| probability * f(*value)).sum()
    }
}

/// The law of the decision function under elliptical features.
///
/// Given τ of the test sample it is N(±m, τq), with m = Mᵀu and q = uᵀKu as in [`DecisionLaw`]; the accuracy is E Φ(m/√(τq)).
/// It rises with m/√q, so that [`DecisionLaw::optimum`] of [`EllipticalLaw::at_unit_scale`] gives the best weights here too.
///
/// ```
/// use alpha_rmt::covariance::{SpectralSource, SpectralTarget};
/// use alpha_rmt::{elliptical::ScaleMixture, training::Training};
/// let source = SpectralSource::given(vec![0.5, 0.5]);
/// let target = SpectralTarget::new(vec![1.0, 5.0], vec![1.0, 0.5], vec![source])?;
/// let training = Training { samples: 4.0, ridge: 1.0 };
/// let heavy = target.elliptical_law(training, &ScaleMixture::student(3.0)?)?;
/// let best = heavy.at_optimum(&heavy.at_unit_scale().optimum()?)?;
/// assert!(best.accuracy >= heavy.at(&[1.0])?.accuracy);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EllipticalLaw {
    law: DecisionLaw,
    mixture: ScaleMixture,
}

/// The decision function under elliptical features, on the positive class; the negative class mirrors it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EllipticalDecision {
    /// m, the mean on class +1.
    pub mean: f64,
    /// q E τ, the variance in either class.
    pub variance: f64,
    /// E Φ(m/√(τq)).
    pub accuracy: f64,
    /// E Φ(−m/√(τq)) = 1 − accuracy, accurate also where it is tiny.
    pub error_rate: f64,
}

impl EllipticalLaw {
    /// M and K: mean, and variance at τ = 1, of the decision function as a law in the weights.
    pub fn at_unit_scale(&self) -> &DecisionLaw {
        &self.law
    }

    /// The decision function at weights α (one per source).
    ///
    /// # Errors
    /// As [`DecisionLaw::at`].
    pub fn at(&self, weights: &[f64]) -> Result<EllipticalDecision> {
        Ok(self.decision(self.law.at(weights)?))
    }

    /// The decision function at the optimum.
    ///
    /// # Errors
    /// As [`DecisionLaw::at_optimum`].
    pub fn at_optimum(&self, optimum: &Optimum) -> Result<EllipticalDecision> {
        Ok(self.decision(self.law.at_optimum(optimum)?))
    }

    fn decision(&self, decision: Decision) -> EllipticalDecision {
        EllipticalDecision {
            mean: decision.mean,
            variance: decision.variance * self.mixture.mean(),
            accuracy: self.mixture.accuracy(&decision),
            error_rate: self.mixture.error_rate(&decision),
        }
    }
}

impl SpectralTarget {
    /// The law of the decision function after this fine-tuning, where the noise of a sample has covariance τC.
    ///
    /// With κ = E τ/(1+τδ), δ = (1/n) tr C(κC + γI)⁻¹, g = γ/κ, D = (C + gI)⁻¹, A = μ_βᵀDμ_β and ω = E 1/(1+τδ) / κ:
    ///
    /// ```text
    /// m = (ωA + g μ_βᵀDWα) / (1 + ωA),   b = D ( gWα + ω(1−m) μ_β )
    /// q = [ bᵀCb + t₁ (1−m)² ] / (1 − t₂),   t_j = (1/n) tr(CDCD) E τʲ/(κ+τκδ)²
    /// ```
    ///
    /// # Errors
    /// As [`SpectralTarget::law`]; [`Error::SampledCovariance`] where the covariance is known from a sample only.
    pub fn elliptical_law(&self, training: Training, mixture: &ScaleMixture) -> Result<EllipticalLaw> {
        self.known_covariance()?;
        let (fixed_point, omega) = fixed_point(self.eigenvalues(), training, mixture)?;
        let own = Equivalent::at(self.eigenvalues(), self.mean(), training.samples, fixed_point)?;
        Ok(EllipticalLaw { law: self.law_at(own, Terms::spread(omega))?, mixture: mixture.clone() })
    }
}

/// Newton's steps; not seen to take more than 60.
const MAX_STEPS: usize = 2000;

/// Solves E[τ/(κ + τx)] = 1 with x = κδ = (1/n) Σ κsᵢ/(γ + κsᵢ), and gives ω = κ_μ/κ beside the fixed point.
///
/// κ + τx is concave and increasing in κ for every τ, hence so is L(κ) = 1/E[τ/(κ + τx)], a power mean of them, with
/// L(0) = 0: Newton's method for L = 1 rises monotonically from 0 to the only root.
fn fixed_point(eigenvalues: &[f64], training: Training, mixture: &ScaleMixture) -> Result<(FixedPoint, f64)> {
    let Training { samples: n, ridge: gamma } = training.checked()?;
    let overflow = || Error::Range { quantity: "the fixed point κ" };
    let [trace] = sums(eigenvalues.len(), |i| [eigenvalues[i] / gamma / n]);
    // Newton's first step, from 0.
    let mut kappa = mixture.expect(|value| value / (1.0 + value * trace));
    let mut residual = f64::NAN;
    for _ in 0..MAX_STEPS {
        if !(kappa > 0.0 && kappa.is_finite()) {
            return Err(overflow());
        }
        // x and κx′.
        let [x, bent] = seen(eigenvalues, n, gamma, kappa);
        let (mut inverse, mut slope) = (0.0, 0.0);
        for (value, probability) in mixture.values.iter().zip(&mixture.probabilities) {
            let over = 1.0 / (kappa + value * x);
            inverse += probability * value * over;
            slope += probability * value * over * over * (kappa + value * bent);
        }
        // In ln κ: L = 1/inverse, κL′ = slope/inverse².
        residual = inverse - 1.0;
        let step = kappa * residual * inverse / slope;
        if !step.is_finite() {
            return Err(overflow());
        }
        if step <= 2.0 * f64::EPSILON * kappa {
            return root(gamma, kappa, [x, bent], mixture).ok_or_else(overflow);
        }
        kappa += step;
    }
    Err(Error::NotConverged { steps: MAX_STEPS, residual })
}

/// Everything at the root κ, if it fits in an `f64`. In the law of §3 ω takes the place of the labels' spread v = 1, t₁/ω that of
/// df₂ and 1 − t₂ that of h.
fn root(gamma: f64, kappa: f64, [x, bent]: [f64; 2], mixture: &ScaleMixture) -> Option<(FixedPoint, f64)> {
    // (1/n) Σ xᵢ², of xᵢ = κsᵢ/(γ + κsᵢ).
    let squared = x - bent;
    let over = |value: f64| 1.0 / (kappa + value * x);
    let omega = mixture.expect(over);
    let spread = squared * mixture.expect(|value| value * over(value).powi(2));
    // 1 − t₂ = E[y(1 − squared·y)] with y = τ/(κ + τx) of mean 1: all terms positive.
    let h = mixture.expect(|value| {
        let y = value * over(value);
        y * kappa * over(value) + bent * y * y
    });
    let point = FixedPoint { kappa, delta: x / kappa, g: gamma / kappa, df2: spread / omega, h };
    (h > 0.0 && (point.delta + point.g + point.df2 + h + omega).is_finite()).then_some((point, omega))
}

/// (1/n) Σ x and (1/n) Σ x(1 − x) over x = κs/(γ + κs).
fn seen(eigenvalues: &[f64], n: f64, gamma: f64, kappa: f64) -> [f64; 2] {
    sums(eigenvalues.len(), |i| {
        let over = 1.0 / (gamma + kappa * eigenvalues[i]);
        let x = kappa * eigenvalues[i] * over;
        [x, x * gamma * over]
    })
    .map(|sum| sum / n)
}
