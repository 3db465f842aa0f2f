//! `alpha-rmt point`.

use anyhow::Result;
use clap::Args;

use super::SettingArgs;

#[derive(Args)]
#[command(after_help = "Example, one curve of the paper's Figure 1:\n  \
    alpha-rmt point --source-samples 5000 --target-samples 40 --dimension 1000 --source-norm 0.8 \\\n    \
    --orthogonal-norm 0.8 --alignment 0.5 --source-ridge 5 --target-ridge 0.1")]
pub struct PointArgs {
    #[command(flatten)]
    setting: SettingArgs,
    /// Print a JSON object instead of a table; null stands for what is not defined
    #[arg(long)]
    json: bool,
}

pub fn run(args: &PointArgs) -> Result<()> {
    let setting = args.setting.setting(&[])?;
    let point = setting.point(args.setting.alpha, args.setting.form)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&point)?);
        return Ok(());
    }
    let show = |label: &str, value: Option<f64>, none: &str| match value {
        Some(x) => println!("{label:<38}{x:>14.6}"),
        None => println!("{label:<38}{none:>14}"),
    };
    let scale = args.setting.alpha.map_or("α*".to_owned(), |a| a.to_string());
    show("best scale α*", point.alpha_star, "none");
    show("worst scale ᾱ (accuracy 1/2)", point.alpha_worst, "none");
    show(&format!("mean m at α = {scale}"), point.mean, "undefined");
    show(&format!("variance q at α = {scale}"), point.variance, "undefined");
    show(&format!("second moment q + m² at α = {scale}"), point.second_moment, "undefined");
    show(&format!("accuracy at α = {scale}"), point.accuracy, "undefined");
    show("accuracy at α = 0 (target alone)", point.accuracy_at_0, "undefined");
    show("accuracy at α = 1 (usual fine-tuning)", point.accuracy_at_1, "undefined");
    show("accuracy at α = α*", point.accuracy_at_alpha_star, "undefined");
    show("accuracy of the frozen source", point.accuracy_source_only, "undefined");
    show("gain of α* over α = 0", point.gain_over_0, "undefined");
    show("gain of α* over α = 1", point.gain_over_1, "undefined");
    show("gain of α* over the frozen source", point.gain_over_source_only, "undefined");
    Ok(())
}
