//! `alpha-rmt point`.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Chosen, SettingArgs};

#[derive(Args)]
#[command(after_help = "The accuracy is Φ of the separation m/√q, the error rate Φ of minus it. The chance\n\
    scale is the paper's worst one; beyond it the accuracy falls below 1/2. Where the\n\
    alignment is negative the fair baseline of the frozen source is the source with\n\
    its sign turned, whose accuracy is 1 less the one shown.\n\n\
    Examples, one curve of the paper's Figure 1:\n  \
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
    let law = [
        ("best scale α*".to_owned(), point.alpha_star, "none"),
        ("chance scale ᾱ (accuracy 1/2)".to_owned(), point.alpha_worst, "none"),
        (format!("mean m at α = {scale}"), point.mean, UNDEFINED),
        (format!("variance q at α = {scale}"), point.variance, UNDEFINED),
        (format!("second moment q + m² at α = {scale}"), point.second_moment, UNDEFINED),
    ];
    for (label, value, none) in law {
        writeln!(out, "{label:<38}{:>14}", fixed(value, none))?;
    }
    writeln!(out, "{:<38}{:>14}{:>14}{:>14}", "", "accuracy", "separation", "error rate")?;
    let chosen = (point.accuracy, point.separation, point.error_rate);
    // Those at 0, 1 and α* are below.
    if alpha.is_some_and(|alpha| alpha != 0.0 && alpha != 1.0) {
        rates(out, &format!("at α = {scale}"), chosen)?;
    }
    for (label, values) in [
        ("at α = 0 (target alone)", (point.accuracy_at_0, point.separation_at_0, point.error_rate_at_0)),
        ("at α = 1 (usual fine-tuning)", (point.accuracy_at_1, point.separation_at_1, point.error_rate_at_1)),
        ("at α = α*", (point.accuracy_at_alpha_star, point.separation_at_alpha_star, point.error_rate_at_alpha_star)),
        (
            "of the frozen source",
            (point.accuracy_source_only, point.separation_source_only, point.error_rate_source_only),
        ),
    ] {
        rates(out, label, values)?;
    }
    for (label, gain) in [
        ("gain of α* over α = 0", point.gain_over_0),
        ("gain of α* over α = 1", point.gain_over_1),
        ("gain of α* over the frozen source", point.gain_over_source_only),
    ] {
        writeln!(out, "{label:<38}{:>14}", fixed(gain, UNDEFINED))?;
    }
    Ok(())
}

/// What stands for a quantity that is not defined.
const UNDEFINED: &str = "undefined";

fn fixed(value: Option<f64>, none: &str) -> String {
    value.map_or(none.to_owned(), |value| format!("{value:.6}"))
}

/// An accuracy, its separation and its error rate, which says more where the accuracy rounds to 1.
fn rates(
    out: &mut dyn Write,
    label: &str,
    (accuracy, separation, error): (Option<f64>, Option<f64>, Option<f64>),
) -> Result<()> {
    let error = error.map_or(UNDEFINED.to_owned(), |error| format!("{error:.5e}"));
    let separation = fixed(separation, if accuracy.is_some() { "infinite" } else { UNDEFINED });
    Ok(writeln!(out, "{label:<38}{:>14}{separation:>14}{error:>14}", fixed(accuracy, UNDEFINED))?)
}
