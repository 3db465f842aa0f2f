#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`fixed_point`] | κ, δ and df₂ of a spectrum |
//! | [`law`] | the law of the decision function: accuracy, risk, best and chance weights |
//! | [`isotropic`] | that law at C = I, in closed form; the paper's T₁, T₂, T₃ |
//! | [`source`] | what frozen sources contribute at C = I; the correct and the published form |
//! | [`eigenbasis`] | a covariance, or a sample of features, decomposed once for every ridge and every α |
//! | [`covariance`] | the law for any covariance, with given, random or ridge-trained sources |
//! | [`labels`] | the law under label noise, with unequal classes, with a fitted or the best threshold |
//! | [`classes`] | K classes by least squares: scores, accuracy, best weights |
//! | [`elliptical`] | the law for heavy tails: elliptical features |
//! | [`unequal`] | the law for classes of different covariances |
//! | [`loss`] | the law of fine-tuning with another convex loss, such as the logistic one |
//! | [`total_covariance`] | the law from the covariance of features without labels, and forms of the means |
//! | [`resolvent`] | the lemmas: deterministic equivalents as bilinear forms |
//! | [`score`] | the score law on real rows: accuracy with labels, and predicted without them; training on draws from a pool of rows |
//! | [`setting`] | the paper's synthetic setting, and all the theory says at one point of it |
//! | [`problem`] | a whole problem in the coordinates of the features: what the theory says of it, and what a simulation measures |
//! | [`points`] | all of that at many settings at once, in vector lanes |
//! | [`sweep`] | grids over any parameters |
//! | [`training`] | number of samples and ridge, the same for source and target |
//! | [`tuning`] | the best (γ, α) and (γ̃, γ, α); derivatives of the accuracy |
//! | [`regression`] | the same question for regression |
//! | [`ridge`] | the classifiers themselves: ridge regression and its α-path on data |
//! | [`simulation`] | the same quantities measured on simulated data, by the book or exact in law without it |

mod check;
mod dense;
mod error;
mod lane;
mod lanes;
mod least_norm;
mod normal;
mod optimum;
mod point;
mod registers;
mod sums;

pub mod classes;
pub mod covariance;
pub mod eigenbasis;
pub mod elliptical;
pub mod fixed_point;
pub mod isotropic;
pub mod labels;
pub mod law;
pub mod loss;
pub mod points;
pub mod problem;
pub mod regression;
pub mod resolvent;
pub mod ridge;
pub mod score;
pub mod setting;
pub mod simulation;
pub mod source;
pub mod sweep;
pub mod total_covariance;
pub mod training;
mod tridiagonal;
pub mod tuning;
pub mod unequal;

pub use error::{Error, Result};
/// The matrices of this crate's public functions, in the version that they need.
pub use nalgebra;
pub use normal::normal_cdf;
