//! The words of the command line.

pub mod classes;
pub mod law;
pub mod point;
mod problem;
mod setting;
pub mod simulate;
pub mod sweep;

use clap::{Parser, Subcommand};

pub use setting::{Chosen, SettingArgs};

/// Asymptotic test accuracy of a linear classifier fine-tuned from a frozen source scaled by α, and the best α.
#[derive(Parser)]
#[command(name = "alpha-rmt", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// The law at one setting: best and chance scale α* and ᾱ, and the accuracies at α, 0, 1, α* and of the frozen source.
    Point(point::PointArgs),
    /// The same over a grid of any parameters, as CSV.
    Sweep(sweep::SweepArgs),
    /// The law of a whole problem: any covariance, several sources, noisy labels, the logistic loss.
    Law(law::LawArgs),
    /// The law of several classes by least squares: accuracy, confusion, best weights.
    Classes(classes::ClassesArgs),
    /// The law beside simulated classifiers: mean, standard error and z-score of every statistic.
    Simulate(simulate::SimulateArgs),
}
