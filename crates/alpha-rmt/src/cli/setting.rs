//! How the command line becomes a setting: options over a file over a named example.

use std::path::PathBuf;

use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::Parameter;
use alpha_store::{input, settings};
use anyhow::{Context, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Deserialize;

/// Settings of the paper, and others of this repository's figures, by name.
const EXAMPLES: [(&str, &str); 5] = [
    ("figure1", include_str!("../../settings/figure1.toml")),
    ("figure2", include_str!("../../settings/figure2.toml")),
    ("erratum", include_str!("../../settings/erratum.toml")),
    ("phase", include_str!("../../settings/phase.toml")),
    ("convergence", include_str!("../../settings/convergence.toml")),
];

/// No settings file is as long as this.
const LONGEST: u64 = 1 << 20;

/// The paper's setting (eq. 6): μ_β = βμ + √(1−β²) μ_⊥. The options go over --setting, and that over --example.
#[derive(Args)]
pub struct SettingArgs {
    /// A setting by name, to start from
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(EXAMPLES.map(|(name, _)| name)))]
    example: Option<String>,
    /// A TOML file with the options below as keys, such as target-ridge = 0.1
    #[arg(long, value_name = "FILE.toml")]
    setting: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

/// What one place says of a setting: an example, a file, or the command line.
#[derive(Args, Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
struct Given {
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
    alpha: Option<f64>,
    /// Second moment of a ridge source: correct, which agrees with simulation, or published, as the paper prints it and
    /// its figures need it [default: correct]
    #[arg(long, value_name = "correct|published")]
    #[serde(deserialize_with = "form")]
    form: Option<SourceForm>,
}

fn form<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<SourceForm>, D::Error> {
    String::deserialize(value)?.parse().map(Some).map_err(serde::de::Error::custom)
}

/// A setting, and where the law is taken.
pub struct Chosen {
    pub setting: Setting,
    pub alpha: Option<f64>,
    pub form: SourceForm,
}

impl SettingArgs {
    /// The setting; a parameter in `varied` may be missing, since every point sets it.
    pub fn choose(&self, varied: &[Parameter]) -> Result<Chosen> {
        let example = EXAMPLES.iter().find(|(name, _)| self.example.as_deref() == Some(*name));
        let example: Given = example.map_or(Ok(Given::default()), |(_, text)| settings::from_text(text))?;
        let given = self.given.clone().over(self.file()?).over(example);

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
            source_samples: take(Parameter::SourceSamples, given.source_samples),
            target_samples: take(Parameter::TargetSamples, given.target_samples),
            dimension: take(Parameter::Dimension, given.dimension),
            source_norm: take(Parameter::SourceNorm, given.source_norm),
            orthogonal_norm: take(Parameter::OrthogonalNorm, given.orthogonal_norm),
            alignment: take(Parameter::Alignment, given.alignment),
            source_ridge: take(Parameter::SourceRidge, given.source_ridge),
            target_ridge: take(Parameter::TargetRidge, given.target_ridge),
        };
        if !missing.is_empty() {
            let missing = missing.join(", --");
            return Err(alpha_cli::usage(format_args!("missing --{missing}; or start from --example figure1")));
        }
        Ok(Chosen { setting, alpha: given.alpha, form: given.form.unwrap_or_default() })
    }

    fn file(&self) -> Result<Given> {
        let Some(path) = &self.setting else { return Ok(Given::default()) };
        let text = String::from_utf8(input::read(path, LONGEST)?)
            .with_context(|| format!("{} is not text", path.display()))?;
        settings::from_text(&text)
            .map_err(|error| alpha_cli::usage(format_args!("{} is not a setting: {error}", path.display())))
    }
}

impl Given {
    /// What this says, and where it says nothing what `other` says.
    fn over(self, other: Self) -> Self {
        Self {
            source_samples: self.source_samples.or(other.source_samples),
            target_samples: self.target_samples.or(other.target_samples),
            dimension: self.dimension.or(other.dimension),
            source_norm: self.source_norm.or(other.source_norm),
            orthogonal_norm: self.orthogonal_norm.or(other.orthogonal_norm),
            alignment: self.alignment.or(other.alignment),
            source_ridge: self.source_ridge.or(other.source_ridge),
            target_ridge: self.target_ridge.or(other.target_ridge),
            alpha: self.alpha.or(other.alpha),
            form: self.form.or(other.form),
        }
    }
}
