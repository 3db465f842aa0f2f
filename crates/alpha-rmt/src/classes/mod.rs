//! K classes by least squares on targets: the law of the scores, the accuracy, and the best weights of frozen sources
//! (docs/theory.md, "Several classes").
//!
//! Samples of class c are N(M_c, C), a share π_c of all; W minimises (1/n)‖XᵀW − Y‖² + γ‖W − W̃α‖² with the row T_c of targets for
//! each sample of class c. On a test point of class c the d scores Wᵀx are then asymptotically N(MᵀB, S) with, for g, D and df₂ of
//! the two-class law, Π the diagonal matrix of the shares and E = T − MᵀB what the mean scores miss,
//!
//! ```text
//! (I + DMΠMᵀ) B = D(gW̃α + MΠT),   S = [BᵀCB + df₂ EᵀΠE]/(1 − df₂)
//! ```
//!
//! With a fitted intercept, M, T and E are taken around their means over the classes, and the mean scores are πᵀT + (M − Mπ1ᵀ)ᵀB. The
//! class with the nearest target, or with the largest score, is predicted; its probability is that of a Gaussian in a region
//! bounded by planes. For K = 2 with targets ±1 and equal shares this is the law of [`crate::covariance`].
//!
//! ```
//! use alpha_rmt::classes::{Classes, Intercept, Rule, Source, Target};
//! use alpha_rmt::eigenbasis::Eigenbasis;
//! use alpha_rmt::training::Training;
//! use nalgebra::DMatrix;
//!
//! // Three classes of four features, a mean a column, one sample in two of the first class.
//! let means = DMatrix::from_column_slice(4, 3, &[1.0, 0.0, 0.5, 0.0, -1.0, 0.5, 0.0, 0.0, 0.0, -1.0, 0.0, 0.5]);
//! let classes = Classes::one_hot(means, vec![0.5, 0.25, 0.25])?;
//! // A frozen source that knows the first two features: a column a score.
//! let source = Source::given(DMatrix::from_column_slice(4, 3, &[0.5, 0., 0., 0., -0.5, 0.3, 0., 0., 0., -0.3, 0., 0.]));
//! let basis = Eigenbasis::identity(4)?;
//! let target = Target::new(&basis, &classes, &[source], Intercept::Fitted, Rule::NearestTarget)?;
//! let law = target.law(Training { samples: 10.0, ridge: 1.0 })?;
//! let best = law.optimum()?;
//! assert!(law.at_optimum(&best)?.accuracy()?.value > law.at(&[0.0])?.accuracy()?.value);
//! # Ok::<(), alpha_rmt::Error>(())
//! ```

mod decision;
mod groups;
mod law;
mod quantile;
mod region;
mod report;
mod search;
mod simulation;
mod source;
mod target;

pub use decision::{ClassDecision, Confusion, Rule};
pub use groups::{Classes, Intercept};
pub use law::ClassLaw;
pub use region::Probability;
pub use report::ClassReport;
pub use simulation::{Problem, Run};
pub use source::Source;
pub use target::Target;
