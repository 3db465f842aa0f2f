//! The quantities of the theory, measured on simulated data.

pub mod dense;
