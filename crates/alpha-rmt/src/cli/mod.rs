//! The words of the command line, and how they become a setting.

pub mod point;
pub mod simulate;
pub mod sweep;

use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::Parameter;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Asymptotic test accuracy of a linear classifier fine-tuned from a frozen source scaled by α, and the best α.
#[derive(Parser)]
#[command(name = "alpha-rmt", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// The law at one setting: α*, ᾱ, and the accuracies at α, 0, 1, α* and of the frozen source.
    Point(point::PointArgs),
    /// The same over a grid of any parameters, as CSV.
    Sweep(sweep::SweepArgs),
    /// The law beside simulated classifiers: mean, standard error and z-score of every statistic.
    Simulate(simulate::SimulateArgs),
}

/// The paper's setting (eq. 6): μ_β = βμ + √(1−β²) μ_⊥.
#[derive(Args)]
pub struct SettingArgs {
    /// N, number of source samples
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    source_samples: Option<f64>,
    /// n, number of target samples
    #[arg(long, value_name = "n", allow_negative_numbers = true)]
    target_samples: Option<f64>,
    /// p, number of features
    #[arg(long, value_name = "p", allow_negative_numbers = true)]
    dimension: Option<f64>,
    /// ‖μ‖, norm of the source mean
    #[arg(long, value_name = "‖μ‖", allow_negative_numbers = true)]
    source_norm: Option<f64>,
    /// ‖μ_⊥‖, norm of the part of the target mean that the source does not know
    #[arg(long, value_name = "‖μ⊥‖", allow_negative_numbers = true)]
    orthogonal_norm: Option<f64>,
    /// β, alignment of target and source, between -1 and 1
    #[arg(long, value_name = "β", allow_negative_numbers = true)]
    alignment: Option<f64>,
    /// γ̃, ridge of the source classifier
    #[arg(long, value_name = "γ̃", allow_negative_numbers = true)]
    source_ridge: Option<f64>,
    /// γ, ridge of the fine-tuning
    #[arg(long, value_name = "γ", allow_negative_numbers = true)]
    target_ridge: Option<f64>,
    /// Scale α at which to give mean, variance and accuracy [default: α*]
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// Second moment of a ridge source: correct, which agrees with simulation, or published, as the paper prints it and
    /// its figures need it
    #[arg(long, value_name = "correct|published", default_value = "correct")]
    pub form: SourceForm,
}

/// A required argument is missing.
#[derive(Debug)]
struct Missing(Vec<&'static str>);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "missing --{}; see --help for an example", self.0.join(", --"))
    }
}

impl std::error::Error for Missing {}

impl SettingArgs {
    /// The setting; a parameter in `varied` may be missing, since every point sets it.
    pub fn setting(&self, varied: &[Parameter]) -> Result<Setting> {
        let mut missing = Vec::new();
        let mut take = |parameter: Parameter, value: Option<f64>| {
            let moved = varied.contains(&parameter)
                || parameter == Parameter::TargetSamples && varied.contains(&Parameter::AspectRatio);
            value.unwrap_or_else(|| {
                if !moved {
                    missing.push(parameter.name());
                }
                f64::NAN
            })
        };
        let setting = Setting {
            source_samples: take(Parameter::SourceSamples, self.source_samples),
            target_samples: take(Parameter::TargetSamples, self.target_samples),
            dimension: take(Parameter::Dimension, self.dimension),
            source_norm: take(Parameter::SourceNorm, self.source_norm),
            orthogonal_norm: take(Parameter::OrthogonalNorm, self.orthogonal_norm),
            alignment: take(Parameter::Alignment, self.alignment),
            source_ridge: take(Parameter::SourceRidge, self.source_ridge),
            target_ridge: take(Parameter::TargetRidge, self.target_ridge),
        };
        if missing.is_empty() { Ok(setting) } else { Err(Missing(missing).into()) }
    }
}

/// 2 for wrong usage, 1 for work that could not be done.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    use alpha_rmt::Error::{Conflict, Parameter, Unknown};
    let usage = error.chain().any(|cause| {
        cause.is::<Missing>() || matches!(cause.downcast_ref(), Some(Parameter { .. } | Unknown { .. } | Conflict(..)))
    });
    if usage { 2 } else { 1 }
}
