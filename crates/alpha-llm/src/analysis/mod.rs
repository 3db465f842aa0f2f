//! What a run learnt, looked into: its α, what each module's α is worth, and the accuracy around them.

mod ablation;
mod alphas;
mod neighbourhood;

pub use ablation::{Ablated, Ablation, ablate};
pub use alphas::{AlphaStatistics, ModuleAlpha, alphas_of, histogram, statistics};
pub use neighbourhood::{Grid, MEMORY, Neighbourhood, Progress};
