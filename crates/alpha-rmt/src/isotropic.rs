//! C = I: the law in closed form, a handful of operations per point (paper, Theorems 4.2 and 4.4, Appendices C and D).

use smallvec::{SmallVec, smallvec};

use crate::check::{ROUNDING, all_representable, length, non_negative, representable, require};
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::law::DecisionLaw;
use crate::least_norm::Scaled;
use crate::source::{SourceForm, Sources};
use crate::training::Training;

/// The target side of the problem at C = I.
///
/// With g = γ(1+δ) and λ = ‖μ_β‖² + 1 + g:
///
/// ```text
/// m = M/λ + (g/λ) αᵀv
/// q = [ m²/M + df₂ (1−m)² + (g/(1+g))² αᵀ(G − vvᵀ/M) α ] / h
/// ```
///
/// which is the paper's second moment less m², written as a sum of squares so that nothing cancels.
///
/// ```
/// use alpha_rmt::{isotropic::{Isotropic, Target}, source::Sources, training::Training};
/// // Target alone: 200 samples in 400 dimensions, ‖μ_β‖ = 1.2, γ = 1.
/// let training = Training { samples: 200.0, ridge: 1.0 };
/// let target = Target { dimension: 400.0, mean_norm_squared: 1.44, training };
/// let law = Isotropic::new(target)?.law(&Sources::none())?;
/// assert!((1.0 - law.at(&[])?.accuracy() - 0.23988894).abs() < 5e-9);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isotropic {
    target: Target,
    /// η = p/n.
    aspect_ratio: f64,
    fixed_point: FixedPoint,
    /// λ_Q = M + 1 + g.
    lambda: f64,
}

/// The target task at C = I.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// p > 0, number of features; need not be whole.
    pub dimension: f64,
    /// M = ‖μ_β‖² ≥ 0.
    pub mean_norm_squared: f64,
    /// n and γ.
    pub training: Training,
}

/// What the sources know of the target's mean.
struct Known {
    /// v, as vectors can have it.
    products: SmallVec<[f64; 1]>,
    /// G⁻¹v, the regression of μ_β on the sources.
    regression: SmallVec<[f64; 1]>,
    /// e = vᵀG⁻¹v, the squared norm of what they know of it.
    explained: f64,
    /// M − e, of what they do not.
    rest: f64,
}

/// Half the digits: how far several sources together may be from what vectors can have as products.
const HALF: f64 = 1e-6;

impl Isotropic {
    /// Solves the target's fixed point.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value out of range, [`Error::Range`] on overflow.
    #[inline]
    pub fn new(target: Target) -> Result<Self> {
        let m = non_negative("squared norm of the target's mean", target.mean_norm_squared)?;
        let fixed_point = FixedPoint::isotropic(target.dimension, target.training)?;
        let aspect_ratio = target.training.aspect_ratio(target.dimension)?;
        let lambda = representable("‖μ_β‖² + 1 + g", m + 1.0 + fixed_point.g)?;
        Ok(Self { target, aspect_ratio, fixed_point, lambda })
    }

    /// The target's fixed point (δ_Q, df₂, h).
    pub fn fixed_point(&self) -> FixedPoint {
        self.fixed_point
    }

    /// The law of the decision function with these sources.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a source breaks Cauchy–Schwarz, ⟨w̃, μ_β⟩² ≤ ‖w̃‖²‖μ_β‖², or several together do: v must lie in the
    /// range of G, and vᵀG⁻¹v ≤ ‖μ_β‖² (correct form only: the published form does break it); [`Error::Range`] on overflow.
    #[inline]
    pub fn law(&self, sources: &Sources) -> Result<DecisionLaw> {
        let v = &self.known(sources)?.products;
        let Self { target, fixed_point, lambda, .. } = *self;
        let g = fixed_point.g;
        let (m2, k) = (target.mean_norm_squared, sources.count());

        let (size, over_lambda, over_h) = (k + 1, 1.0 / lambda, 1.0 / fixed_point.h);
        let over_m2 = self.over_norm_squared();
        let shrink = (g / (1.0 + g)) * (g / (1.0 + g));
        let mut mean: SmallVec<[f64; 2]> = smallvec![m2 * over_lambda];
        mean.extend(v.iter().map(|vi| g * vi * over_lambda));
        // 1 − m as a linear form in u; its first entry without forming 1 − M/λ.
        let miss = |i: usize| if i == 0 { (1.0 + g) * over_lambda } else { -mean[i] };
        let mut variance: SmallVec<[f64; 4]> = smallvec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let mut x = mean[i] * mean[j] * over_m2 + fixed_point.df2 * miss(i) * miss(j);
                if j > 0 {
                    x += shrink * self.beside(sources, v, i - 1, j - 1);
                }
                variance[i * size + j] = x * over_h;
                variance[j * size + i] = x * over_h;
            }
        }
        all_representable("the law of the decision function", mean.iter().chain(&variance))?;
        Ok(DecisionLaw::from_finite(mean, variance))
    }

    /// What the sources know of μ_β. Sources in the correct form cannot know more than vectors do, which every route asks here: each
    /// alone ⟨w̃, μ_β⟩² ≤ ‖w̃‖²‖μ_β‖², up to rounding; several together that v lies in the range of G and vᵀG⁻¹v ≤ ‖μ_β‖², up to
    /// [`HALF`] the digits, which is what nearly dependent ones leave. What is beyond within that is taken off.
    #[inline]
    fn known(&self, sources: &Sources) -> Result<Known> {
        let (m2, v, gram, k) = (self.target.mean_norm_squared, sources.products(), sources.gram(), sources.count());
        if sources.form() == SourceForm::Correct {
            for (i, &vi) in v.iter().enumerate() {
                let possible = vi * vi <= gram[i * k + i] * m2 * (1.0 + ROUNDING);
                require("product with the target's mean", vi, possible, "at most the product of the norms")?;
            }
        }
        match (k, gram) {
            (0, _) => Ok(Known { products: smallvec![], regression: smallvec![], explained: 0.0, rest: m2 }),
            (1, [w]) => {
                let regression = v[0] / w;
                let rest = sources.unexplained(m2).unwrap_or(m2 - regression * v[0]);
                Ok(Known {
                    products: smallvec![v[0]],
                    regression: smallvec![regression],
                    explained: regression * v[0],
                    rest,
                })
            }
            _ => self.known_together(v, gram),
        }
    }

    /// [`Self::known`] of several sources, which are in the correct form.
    fn known_together(&self, v: &[f64], gram: &[f64]) -> Result<Known> {
        let m2 = self.target.mean_norm_squared;
        let split = Scaled::new(gram, ROUNDING)?;
        let outside = split.null_part(&split.scaled(v));
        let share = if m2 > 0.0 { outside.norm() / m2.sqrt() } else { 0.0 };
        let allowed = "0, up to 1e-6: dependent sources have products that depend likewise";
        require("part of the products outside the range of the Gram matrix", share, share <= HALF, allowed)?;
        let mut products: SmallVec<[f64; 1]> =
            v.iter().zip(split.unscaled(&outside).iter()).map(|(v, outside)| v - outside).collect();
        let mut regression: SmallVec<[f64; 1]> = split.shortest(split.solve(v)).as_slice().into();
        let explained = self.bounded(regression.iter().zip(&products).map(|(b, v)| b * v).sum())?;
        if explained > m2 {
            let shrink = (m2 / explained).sqrt();
            products.iter_mut().chain(&mut regression).for_each(|x| *x *= shrink);
        }
        let explained = explained.min(m2);
        Ok(Known { products, regression, explained, rest: m2 - explained })
    }

    /// Entry (a, b) of G − vvᵀ/M: what the sources hold across the target's mean.
    #[inline]
    fn beside(&self, sources: &Sources, v: &[f64], a: usize, b: usize) -> f64 {
        let m2 = self.target.mean_norm_squared;
        match sources.unexplained(m2) {
            // A single source, G(M − e)/M.
            Some(rest) if m2 > 0.0 => sources.gram()[0] * (rest / m2),
            _ => sources.gram()[a * sources.count() + b] - v[a] * v[b] * self.over_norm_squared(),
        }
    }

    /// Returns e if it is between 0 and M.
    fn bounded(&self, explained: f64) -> Result<f64> {
        let possible = explained >= 0.0 && explained <= self.target.mean_norm_squared * (1.0 + HALF);
        require("explained part of the target's mean", explained, possible, "between 0 and ‖μ_β‖²")
    }

    /// 1/M, and 0 for a target without a mean, of which nothing else is left then.
    #[inline]
    fn over_norm_squared(&self) -> f64 {
        let m2 = self.target.mean_norm_squared;
        if m2 > 0.0 { 1.0 / m2 } else { 0.0 }
    }

    /// Weights that maximise the accuracy, in closed form: the regression of μ_β on the sources, rescaled,
    /// `α* = η(1+g) / (g [λ(M−e) + ηe]) · G⁻¹v`, e = vᵀG⁻¹v (paper, Theorem 4.4 and Appendix D, which write the bracket as
    /// λM − (λ−η)e, with a cancellation where the sources know nearly all).
    ///
    /// Linearly dependent sources get the answer of minimum norm; sources are dependent whose G, at norms 1, has an
    /// eigenvalue below 1e-9 of the largest. v = 0 gives α* = 0.
    ///
    /// # Errors
    /// As [`Isotropic::law`], and [`Error::Undefined`] for the published form, whose bracket may vanish.
    ///
    /// ```
    /// use alpha_rmt::{isotropic::{Isotropic, Target}, source::Sources, training::Training};
    /// let training = Training { samples: 200.0, ridge: 0.7 };
    /// let target = Isotropic::new(Target { dimension: 400.0, mean_norm_squared: 1.0, training })?;
    /// let one = target.optimal_weights(&Sources::given(&[0.4], &[0.3])?)?;
    /// // The same source twice shares its weight.
    /// let twice = target.optimal_weights(&Sources::given(&[0.4; 2], &[0.3; 4])?)?;
    /// assert!(twice.iter().all(|weight| (2.0 * weight - one[0]).abs() < 1e-12));
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn optimal_weights(&self, sources: &Sources) -> Result<Vec<f64>> {
        let Known { regression, explained, rest, .. } = self.known(sources)?;
        let Self { aspect_ratio: eta, fixed_point: FixedPoint { g, .. }, lambda, .. } = *self;
        let bracket = lambda * rest + eta * explained;
        let factor = eta * (1.0 + g) / (g * bracket);
        // s = 0 asks for no source, whatever the bracket.
        let weights: Vec<f64> = regression.iter().map(|b| if *b == 0.0 { 0.0 } else { factor * b }).collect();
        match all_representable("the best weights", &weights) {
            Err(_) if sources.form() == SourceForm::Published => Err(Error::Undefined { quantity: "α*" }),
            checked => checked.map(|()| weights),
        }
    }

    /// Separation m/√q at the best weights, in closed form: √(hρ) with
    ///
    /// ```text
    /// ρ = M / (1 + η(M−e)/(ηe + M(M−e))),   e = vᵀG⁻¹v ∈ [0, M]
    /// ```
    ///
    /// The ridge enters through h < 1 alone, which rises to 1 as γ → ∞: at C = I the accuracy at α* grows with γ, and √ρ is
    /// its supremum over (γ, α), approached with αγ held at a constant. Likewise e = β²‖μ‖⁴ h̃/(‖μ‖² + p/N) of a ridge source
    /// grows with γ̃ through h̃ alone.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the sources break Cauchy–Schwarz, as in the published form they may; [`Error::Range`] on
    /// overflow.
    ///
    /// ```
    /// use alpha_rmt::{isotropic::{Isotropic, Target}, source::Sources, training::Training};
    /// let source = Sources::given(&[0.4], &[0.3])?;
    /// let on = |ridge| Training { samples: 200.0, ridge };
    /// let at = |ridge| Isotropic::new(Target { dimension: 400.0, mean_norm_squared: 1.0, training: on(ridge) });
    /// let (target, law) = (at(0.7)?, at(0.7)?.law(&source)?);
    /// let best = law.at_optimum(&law.optimum()?)?.separation();
    /// assert!((target.best_separation(&source)? - best).abs() < 1e-14);
    /// assert!(at(7.0)?.best_separation(&source)? > best);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn best_separation(&self, sources: &Sources) -> Result<f64> {
        let (m, eta) = (self.target.mean_norm_squared, self.aspect_ratio);
        let Known { explained, rest, .. } = self.known(sources)?;
        let (explained, rest) = (self.bounded(explained)?, rest.max(0.0));
        let missing = if rest > 0.0 { eta * rest / (eta * explained + m * rest) } else { 0.0 };
        representable("the best separation", (self.fixed_point.h * m / (1.0 + missing)).sqrt())
    }

    /// Derivative of the law in γ.
    pub(crate) fn slope(&self, sources: &Sources, law: &DecisionLaw) -> Result<DecisionLaw> {
        let Self { target, fixed_point: FixedPoint { g, df2, h, .. }, lambda, .. } = *self;
        let (m2, t, mean) = (target.mean_norm_squared, 1.0 + g, law.mean_coefficients());
        let (v, size) = (sources.products(), mean.len());
        let over_m2 = self.over_norm_squared();
        // In g first; dg/dγ = 1/h.
        let miss = |i: usize| if i == 0 { t / lambda } else { -mean[i] };
        let mean_slope = |i: usize| (if i == 0 { -m2 } else { (m2 + 1.0) * v[i - 1] }) / (lambda * lambda);
        let df2_slope = -2.0 * df2 / t;
        let entry = |i: usize, j: usize| {
            let mut x = (mean_slope(i) * mean[j] + mean[i] * mean_slope(j)) * over_m2 + df2_slope * miss(i) * miss(j)
                - df2 * (mean_slope(i) * miss(j) + miss(i) * mean_slope(j))
                + df2_slope * law.variance_coefficients()[i * size + j];
            if let (Some(a), Some(b)) = (i.checked_sub(1), j.checked_sub(1)) {
                x += 2.0 * g / (t * t * t) * self.beside(sources, v, a, b);
            }
            x / (h * h)
        };
        let mean_slopes: Vec<f64> = (0..size).map(|i| mean_slope(i) / h).collect();
        let variance_slopes: Vec<f64> = (0..size * size).map(|x| entry(x / size, x % size)).collect();
        derivative(&mean_slopes, &variance_slopes)
    }

    /// Derivative of the law of one source while its v and G change at the rates of `slope`.
    pub(crate) fn slope_in_source(&self, [v, w]: &[f64; 2], law: &DecisionLaw) -> Result<DecisionLaw> {
        let Self { fixed_point: FixedPoint { g, df2, h, .. }, lambda, .. } = *self;
        let (t, mean) = (1.0 + g, law.mean_coefficients());
        let over_m2 = self.over_norm_squared();
        let mean_slope = g * v / lambda;
        let cross = (mean[0] * over_m2 - df2 * t / lambda) * mean_slope / h;
        let shrink = (g / t) * (g / t);
        let source = law.mean_coefficients()[1] * lambda / g;
        let own = 2.0 * mean[1] * mean_slope * (over_m2 + df2) + shrink * (w - 2.0 * source * v * over_m2);
        derivative(&[0.0, mean_slope], &[0.0, cross, cross, own / h])
    }

    /// The paper's T₁, T₂, T₃ for one source: E⟨w_α, x⟩² = T₁ + αT₂ + α²T₃ (paper, eqs. 22–25).
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is exactly one source; otherwise as [`Isotropic::law`].
    ///
    /// ```
    /// use alpha_rmt::{isotropic::{Isotropic, Target}, source::Sources, training::Training};
    /// let source = Sources::given(&[0.4], &[0.3])?;
    /// let training = Training { samples: 200.0, ridge: 0.7 };
    /// let target = Isotropic::new(Target { dimension: 400.0, mean_norm_squared: 1.0, training })?;
    /// let [t1, t2, t3] = target.second_moment_terms(&source)?;
    /// let here = target.law(&source)?.at(&[1.5])?;
    /// assert!((t1 + 1.5 * t2 + 2.25 * t3 - here.second_moment()).abs() < 1e-14);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn second_moment_terms(&self, sources: &Sources) -> Result<[f64; 3]> {
        length("sources", sources.count(), 1)?;
        self.known(sources)?;
        let (s, w) = (sources.products()[0], sources.gram()[0]);
        let Self { target, aspect_ratio: eta, fixed_point, lambda } = *self;
        let m = target.mean_norm_squared;
        let FixedPoint { g, df2, h, .. } = fixed_point;
        let t1 = m / (h * lambda) * ((m + 1.0) / lambda - 2.0 * df2) + df2 / h;
        let t2 = 2.0 * g * s / (h * lambda) * ((m + 1.0) / lambda - df2);
        let t3 =
            g * g / h * (s * s / (lambda * lambda) + df2 / eta * (w + s * s * (m / (lambda * lambda) - 2.0 / lambda)));
        let terms = [t1, t2, t3];
        all_representable("the second moment", &terms)?;
        Ok(terms)
    }
}

/// The rates of change of M and K.
fn derivative(mean: &[f64], variance: &[f64]) -> Result<DecisionLaw> {
    all_representable("the derivative of the law", mean.iter().chain(variance))?;
    DecisionLaw::new(mean, variance)
}
