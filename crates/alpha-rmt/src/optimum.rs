//! The best weights of a law, and what each source is worth.

use nalgebra::DVector;

use crate::check::all_representable;
use crate::error::Result;
use crate::law::DecisionLaw;
use crate::least_norm::{self, Scaled};

/// What one source of several is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Accuracy at the weights asked for.
    pub accuracy: f64,
    /// Accuracy at the same weights without this source.
    pub accuracy_without: f64,
    /// Accuracy at the best weights of all sources.
    pub best: f64,
    /// Accuracy at the best weights of the other sources; never above `best`, up to rounding.
    pub best_without: f64,
}

impl Contribution {
    /// Whether leaving the source out, all other weights as they are, raises the accuracy.
    ///
    /// ```
    /// # use alpha_rmt::law::Contribution;
    /// let worth = Contribution { accuracy: 0.8, accuracy_without: 0.82, best: 0.85, best_without: 0.84 };
    /// assert!(worth.hurts());
    /// ```
    pub fn hurts(&self) -> bool {
        self.accuracy_without > self.accuracy
    }
}

/// Where the accuracy of a law is highest, in terms of u = (the share of the target's own labels, the weights of the sources).
///
/// Only u up to a positive factor matters, and u₁ ≥ 0: weights α stand for u = (1, α).
///
/// ```
/// use alpha_rmt::law::{DecisionLaw, Optimum};
/// // Target and source have independent noise: a finite optimum.
/// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, 0.0, 0.0, 0.25])?;
/// assert_eq!(law.optimum()?, Optimum::Finite(vec![4.0]));
/// // The target's labels add nothing but noise to what the source says: they are best left out.
/// let law = DecisionLaw::new(&[0.5, 0.5], &[4.5, 2.0, 2.0, 1.0])?;
/// assert!(matches!(law.optimum()?, Optimum::Infinite(direction) if direction[0] > 0.0));
/// // The noise of one is that of the other reversed: half and half leaves none.
/// let law = DecisionLaw::new(&[0.5, 0.5], &[1.0, -1.0, -1.0, 1.0])?;
/// let optimum = law.optimum()?;
/// assert_eq!((optimum.kind(), optimum.finite()), ("separable", None));
/// assert_eq!(law.at_optimum(&optimum)?.accuracy(), 1.0);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Optimum {
    /// The maximum is attained at these weights α.
    Finite(Vec<f64>),
    /// The accuracy only approaches its supremum as α goes to infinity along this direction: the target's own labels
    /// should get no weight.
    Infinite(Vec<f64>),
    /// Perfect separation: along u = (`target`, `sources`) the variance is 0 and the mean positive, so that the accuracy is 1.
    Separable {
        /// The share of the target's own labels: 1, so that `sources` are weights α at which the accuracy is 1; or 0, if that takes
        /// the sources alone.
        target: f64,
        /// The weights of the sources.
        sources: Vec<f64>,
    },
}

impl Optimum {
    /// The weights α of a finite optimum.
    ///
    /// ```
    /// # use alpha_rmt::law::Optimum;
    /// assert_eq!(Optimum::Finite(vec![4.0]).finite(), Some(&[4.0][..]));
    /// assert_eq!(Optimum::Infinite(vec![4.0]).finite(), None);
    /// ```
    pub fn finite(&self) -> Option<&[f64]> {
        match self {
            Self::Finite(weights) => Some(weights),
            Self::Infinite(_) | Self::Separable { .. } => None,
        }
    }

    /// `finite`, `infinite` or `separable`.
    ///
    /// ```
    /// # use alpha_rmt::law::Optimum;
    /// assert_eq!(Optimum::Infinite(vec![4.0]).kind(), "infinite");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Finite(_) => "finite",
            Self::Infinite(_) => "infinite",
            Self::Separable { .. } => "separable",
        }
    }

    /// u up to a positive factor: the share of the target's own labels, and the weights of the sources beside it.
    ///
    /// ```
    /// # use alpha_rmt::law::Optimum;
    /// assert_eq!(Optimum::Finite(vec![4.0]).direction(), (1.0, &[4.0][..]));
    /// assert_eq!(Optimum::Infinite(vec![4.0]).direction(), (0.0, &[4.0][..]));
    /// ```
    pub fn direction(&self) -> (f64, &[f64]) {
        match self {
            Self::Finite(weights) => (1.0, weights),
            Self::Infinite(direction) => (0.0, direction),
            Self::Separable { target, sources } => (*target, sources),
        }
    }

    /// Entry of u: the target's own share, then the weights.
    pub(crate) fn entry(&self, i: usize) -> f64 {
        let (target, sources) = self.direction();
        if i == 0 { target } else { sources[i - 1] }
    }

    /// Of u with u₁ ≥ 0 along which the variance is 0.
    fn separable(u: &[f64]) -> Self {
        let weights: Vec<f64> = u[1..].iter().map(|x| x / u[0]).collect();
        if u[0] > 0.0 && weights.iter().all(|x| x.is_finite()) {
            Self::Separable { target: 1.0, sources: weights }
        } else {
            Self::Separable { target: 0.0, sources: u[1..].to_vec() }
        }
    }
}

/// A direction counts as one of variance 0 where the separation m/√q along it would be at least this much even if its variance
/// were as large as rounding may hide: Φ(−40) is 0 in `f64`, so that accuracy and error rate do not jump where an
/// eigenvalue of K falls below rounding.
const SEPARATION: f64 = 40.0;

/// Which u a law wants, before a sign of u₁ is asked for.
pub(crate) enum Best {
    /// Variance 0, and a positive mean.
    Separating(Vec<f64>),
    /// u = K⁻¹M.
    Stationary(Vec<f64>),
}

/// The u of a law; with `own` its first entry is the target's own share, which a separating u must not make negative.
fn best(law: &DecisionLaw, own: bool) -> Result<Best> {
    let (k, m) = (law.variance_coefficients(), law.mean_coefficients());
    if m.is_empty() {
        return Ok(Best::Stationary(Vec::new()));
    }
    let rounding = least_norm::rounding(m.len());
    let split = Scaled::new(k, rounding)?;
    let u = split.solve(m);
    let mean = split.scaled(m);
    let largest = mean.amax();
    let apart = split.null_part(&mean);
    // The part of M outside the range of K, unless it is the rounding of M.
    let u = if apart.amax() > rounding * largest && !split.is_indefinite() {
        let (mean, apart, null) = (mean / largest, apart / largest, split.null());
        let direction = if own { with_own_share(&split, &apart) } else { apart.clone() };
        if direction.amax() > rounding && largest * mean.dot(&direction.normalize()) >= SEPARATION * null.sqrt() {
            let u = split.scaled(direction.as_slice());
            all_representable("the separating weights", u.as_slice())?;
            return Ok(Best::Separating(u.as_slice().to_vec()));
        }
        // Too little of M to separate, or u₁ < 0: the eigenvalues are taken to be as large as rounding may hide.
        if null > 0.0 { u + split.scaled(apart.as_slice()) * (largest / null) } else { u }
    } else {
        split.shortest(u)
    };
    all_representable("the optimal weights", u.as_slice())?;
    Ok(Best::Stationary(u.as_slice().to_vec()))
}

/// The direction of the null space along which the mean grows fastest while the target's own share is not negative; `apart` is
/// that without this condition. A share that changes the variance by no more than rounding is none.
fn with_own_share(split: &Scaled, apart: &DVector<f64>) -> DVector<f64> {
    let none = split.null().sqrt() * apart.norm();
    let mut direction = apart.clone();
    if direction[0] < -none {
        let own = split.null_part(&DVector::from_fn(apart.len(), |i, _| if i == 0 { 1.0 } else { 0.0 }));
        direction.axpy(-apart[0] / own[0], &own, 1.0);
        direction[0] = 0.0;
    } else if direction[0] <= none {
        direction[0] = 0.0;
    }
    direction
}

impl DecisionLaw {
    /// The weights that maximise the accuracy: u ∝ K⁻¹M, α = (K⁻¹M)₂: / (K⁻¹M)₁ (paper, Theorem 4.4 and Appendix D).
    ///
    /// If the target's own share (K⁻¹M)₁ is not positive, the supremum is reached only at infinity: [`Optimum::Infinite`].
    ///
    /// A singular K whose range M lies in (two equal sources) gets the answer of minimum norm. If M does not lie in it, the part of
    /// M in the null space of K, or, where that has u₁ < 0, what is left of it with u₁ = 0, is a direction without variance:
    /// [`Optimum::Separable`]. If only u₁ < 0 gives a positive mean there, it cannot be attained, and the sources alone are best.
    ///
    /// An eigenvalue of K, scaled to a unit diagonal, counts as 0 up to 16(k+1)ε of the largest, or up to the size of the
    /// least if that is negative by no more than 1e-9 of the largest, as rounding makes it. A K that is indefinite beyond that, as the
    /// published form's may be, describes no distribution everywhere: there the weights make the accuracy stationary and no more.
    ///
    /// # Errors
    /// [`crate::Error::Range`] if the solution overflows.
    ///
    /// ```
    /// # use alpha_rmt::law::DecisionLaw;
    /// // M = (½, 2), K = diag(1, 4): α* = (2/4)/(½/1).
    /// let law = DecisionLaw::new(&[0.5, 2.0], &[1.0, 0.0, 0.0, 4.0])?;
    /// assert_eq!(law.optimum()?.finite(), Some(&[1.0][..]));
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn optimum(&self) -> Result<Optimum> {
        let u = match best(self, true)? {
            Best::Separating(u) => return Ok(Optimum::separable(&u)),
            Best::Stationary(u) => u,
        };
        let rest = &u[1..];
        if rest.is_empty() || (u[0] >= 0.0 && rest.iter().all(|x| *x == 0.0)) {
            return Ok(Optimum::Finite(rest.to_vec()));
        }
        let ratio: Vec<f64> = rest.iter().map(|x| x / u[0]).collect();
        if u[0] > 0.0 && ratio.iter().all(|x| x.is_finite()) {
            return Ok(Optimum::Finite(ratio));
        }
        // On u₁ ≥ 0 the accuracy then rises up to u₁ = 0, where the sources stand alone.
        let alone = self.restricted(|i| i > 0);
        Ok(match self.sources_alone()? {
            Best::Separating(sources) => Optimum::Separable { target: 0.0, sources },
            Best::Stationary(direction) if direction.iter().any(|x| *x != 0.0) => Optimum::Infinite(direction),
            Best::Stationary(direction) => alone.noisiest(direction),
        })
    }

    /// For sources that do not move the mean, beside a target whose labels mislead: at infinity the accuracy is 1/2.
    fn noisiest(&self, mut direction: Vec<f64>) -> Optimum {
        let (k, size) = (self.variance_coefficients(), direction.len());
        let most = (0..size).max_by(|i, j| k[i * (size + 1)].total_cmp(&k[j * (size + 1)]));
        match most {
            Some(i) if k[i * (size + 1)] > 0.0 => {
                direction[i] = 1.0;
                Optimum::Infinite(direction)
            }
            _ => Optimum::Finite(direction),
        }
    }

    /// What each source is worth at the given weights: the accuracy with all of them, and with each left out.
    ///
    /// # Errors
    /// As [`DecisionLaw::at`] and [`DecisionLaw::optimum`].
    ///
    /// ```
    /// # use alpha_rmt::law::DecisionLaw;
    /// // A good source and one that only adds noise, both at weight 1.
    /// let law = DecisionLaw::new(&[0.5, 0.5, 0.0], &[1.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 2.0])?;
    /// let worth = law.contributions(&[1.0, 1.0])?;
    /// assert!(!worth[0].hurts() && worth[1].hurts());
    /// // With the best weights nothing hurts, and the second source is worth nothing.
    /// assert!(worth[0].best - worth[0].best_without > 0.1);
    /// assert!(worth[1].best - worth[1].best_without < 1e-15);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn contributions(&self, weights: &[f64]) -> Result<Vec<Contribution>> {
        contributions(self, weights)
    }

    /// The weights of the sources where the target's own labels get none.
    pub(crate) fn sources_alone(&self) -> Result<Best> {
        best(&self.restricted(|i| i > 0), false)
    }
}

/// A law whose accuracy depends on the weights of its sources.
pub(crate) trait Weighted: Sized {
    /// Number of sources.
    fn count(&self) -> usize;
    /// The law without one of them.
    fn left_out(&self, index: usize) -> Result<Self>;
    /// Accuracy at these weights.
    fn accuracy(&self, weights: &[f64]) -> Result<f64>;
    /// Accuracy at the best ones.
    fn best_accuracy(&self) -> Result<f64>;
}

impl Weighted for DecisionLaw {
    fn count(&self) -> usize {
        self.sources()
    }

    fn left_out(&self, index: usize) -> Result<Self> {
        self.without(index)
    }

    fn accuracy(&self, weights: &[f64]) -> Result<f64> {
        Ok(self.at(weights)?.accuracy())
    }

    fn best_accuracy(&self) -> Result<f64> {
        Ok(self.at_optimum(&self.optimum()?)?.accuracy())
    }
}

/// What each source of a law is worth.
pub(crate) fn contributions<L: Weighted>(law: &L, weights: &[f64]) -> Result<Vec<Contribution>> {
    let (accuracy, best) = (law.accuracy(weights)?, law.best_accuracy()?);
    (0..law.count())
        .map(|index| {
            let others = law.left_out(index)?;
            let kept: Vec<f64> = (0..weights.len()).filter(|i| *i != index).map(|i| weights[i]).collect();
            Ok(Contribution {
                accuracy,
                accuracy_without: others.accuracy(&kept)?,
                best,
                best_without: others.best_accuracy()?,
            })
        })
        .collect()
}
