//! `alpha-rmt point`.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Chosen, SettingArgs};

#[derive(Args)]
#[command(after_help = "Examples, one curve of the paper's Figure 1:\n  \
    alpha-rmt point --example figure1\n  \
    alpha-rmt point --example figure1 --alignment 0.9 --alpha 1\n  \
    alpha-rmt point --source-samples 5000 --target-samples 40 --dimension 1000 \\\n    \
    --source-norm 0.8 --orthogonal-norm 0.8 --alignment 0.5 --source-ridge 5 \\\n    \
    --target-ridge 0.1")]
pub struct PointArgs {
    #[command(flatten)]
    setting: SettingArgs,
    /// Print a JSON object instead of a table; null stands for what is not defined
    #[arg(long)]
    json: bool,
}

pub fn run(args: &PointArgs, out: &mut dyn Write) -> Result<()> {
    let Chosen { setting, alpha, form } = args.setting.choose(&[])?;
    let point = setting.point(alpha, form)?;
    if args.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&point)?)?);
    }
    let scale = alpha.map_or("α*".to_owned(), |alpha| alpha.to_string());
    let none = "undefined";
    let mut rows = vec![
        ("best scale α*".to_owned(), point.alpha_star, "none"),
        ("worst scale ᾱ (accuracy 1/2)".to_owned(), point.alpha_worst, "none"),
        (format!("mean m at α = {scale}"), point.mean, none),
        (format!("variance q at α = {scale}"), point.variance, none),
        (format!("second moment q + m² at α = {scale}"), point.second_moment, none),
    ];
    // The accuracies at 0, 1 and α* are below.
    if alpha.is_some_and(|alpha| alpha != 0.0 && alpha != 1.0) {
        rows.push((format!("accuracy at α = {scale}"), point.accuracy, none));
    }
    rows.extend(
        [
            ("accuracy at α = 0 (target alone)", point.accuracy_at_0),
            ("accuracy at α = 1 (usual fine-tuning)", point.accuracy_at_1),
            ("accuracy at α = α*", point.accuracy_at_alpha_star),
            ("accuracy of the frozen source", point.accuracy_source_only),
            ("gain of α* over α = 0", point.gain_over_0),
            ("gain of α* over α = 1", point.gain_over_1),
            ("gain of α* over the frozen source", point.gain_over_source_only),
        ]
        .map(|(label, value)| (label.to_owned(), value, none)),
    );
    for (label, value, none) in rows {
        let value = value.map_or(none.to_owned(), |value| format!("{value:.6}"));
        writeln!(out, "{label:<38}{value:>14}")?;
    }
    Ok(())
}
