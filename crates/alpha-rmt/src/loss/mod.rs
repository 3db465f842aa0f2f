//! Fine-tuning with any convex margin loss, the logistic one first (docs/theory.md, "Other losses").
//!
//! The fine-tuned classifier minimises
//!
//! ```text
//! (1/n) Σ ℓ(yᵢ⟨w, xᵢ⟩) + (γ/2) ‖w − Wα‖²
//! ```
//!
//! over w. With the squared loss ℓ(r) = (1 − r)²/2 this is half the objective of docs/theory.md §1, at the same γ, and
//! everything here is the law of §3. Mind the factor when comparing with other software: scikit-learn's logistic regression with
//! its parameter C has γ = 1/(nC).
//!
//! | loss | ℓ(r) |
//! |---|---|
//! | [`Squared`] | (1 − r)²/2 |
//! | [`Logistic`] | ln(1 + e^{−r}) |
//! | [`SquaredHinge`] | max(0, 1 − r)²/2 |

mod hinge;
mod law;
mod logistic;
mod moments;
mod search;
mod squared;
mod train;

pub use hinge::SquaredHinge;
pub use law::{LossLaw, LossSolution};
pub use logistic::Logistic;
pub use moments::ScoreMoments;
pub use search::LossOptimum;
pub use squared::Squared;
pub use train::train;

/// A convex loss ℓ of the margin r = y⟨w, x⟩, with a derivative ℓ′ that is continuous.
///
/// The theory needs it through the score c(r) = −ℓ′(z) at the proximal point z of r, z + δℓ′(z) = r: what a sample pulls at the
/// classifier when r is its margin without it. A smooth loss needs the first three functions only; one with kinks in ℓ′ should
/// give its [`MarginLoss::moments`] in closed form, as [`SquaredHinge`] does.
pub trait MarginLoss {
    /// ℓ(r).
    fn value(&self, margin: f64) -> f64;

    /// ℓ′(r) and ℓ″(r) ≥ 0.
    fn derivatives(&self, margin: f64) -> [f64; 2];

    /// A spacing of margins at which the trapezoidal rule integrates smooth functions of ℓ′ and ℓ″ to rounding: with singularities
    /// of the score at a distance d from the real line the rule's error is e^{−2πd/spacing}. Infinite for a polynomial.
    fn resolution(&self) -> f64;

    /// The proximal point z + δℓ′(z) = r, searched from `start`.
    ///
    /// Newton's method within the bracket that convexity gives: z lies between `start` and `start` less the residual there.
    fn prox(&self, r: f64, delta: f64, start: f64) -> f64 {
        moments::prox(self, r, delta, start)
    }

    /// E c, E c² and −E c′ of the score over margins N(mean, variance), variance > 0.
    fn moments(&self, mean: f64, variance: f64, delta: f64) -> ScoreMoments {
        moments::trapezoid(self, mean, variance, delta)
    }
}
