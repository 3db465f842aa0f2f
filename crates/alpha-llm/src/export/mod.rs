//! Adapters as folders.

mod native;

pub use native::{Base, Native};
