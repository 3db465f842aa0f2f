//! `alpha-rmt simulate`.

use std::io::Write;

use alpha_rmt::simulation::{Method, Simulation, Statistic, compare};
use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::{Chosen, SettingArgs};

#[derive(Args)]
#[command(after_help = "Examples; the second has a million features:\n  \
    alpha-rmt simulate --example convergence --runs 200\n  \
    alpha-rmt simulate --example convergence --source-samples 2000000 \\\n    \
    --target-samples 500000 --dimension 1000000 --runs 100 --seed 1")]
pub struct SimulateArgs {
    #[command(flatten)]
    setting: SettingArgs,
    /// Number of runs
    #[arg(long, value_name = "R", default_value_t = 100)]
    runs: u64,
    /// Seed; run i is the same whatever the number of runs and cores
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// dense: draw the samples and train; compressed: the same law, thousands of times faster
    #[arg(long, value_name = "dense|compressed", default_value = "compressed")]
    method: Method,
    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    statistics: Vec<Statistic>,
}

pub fn run(args: &SimulateArgs, out: &mut dyn Write) -> Result<()> {
    let Chosen { setting, alpha, form } = args.setting.choose(&[])?;
    let simulation = Simulation::new(setting, args.method, args.seed)?;
    let statistics = compare(&simulation, args.runs, alpha, form)?;
    if args.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&Report { statistics })?)?);
    }
    writeln!(out, "{:<24}{:>14}{:>14}{:>16}{:>8}{:>14}", "", "theory", "mean", "standard error", "z", "bias up to")?;
    for Statistic { name, theory, mean, standard_error, z, bias } in &statistics {
        let [theory, z] = [theory.map(|x| format!("{x:.6}")), z.map(|z| format!("{z:.2}"))];
        let [theory, z] = [theory, z].map(|x| x.unwrap_or_else(|| "undefined".to_owned()));
        // More digits where six after the point would show nothing.
        let small = |x: f64| if x >= 1e-5 { format!("{x:.6}") } else { format!("{x:.2e}") };
        let [standard_error, bias] = [*standard_error, *bias].map(small);
        writeln!(out, "{name:<24}{theory:>14}{mean:>14.6}{standard_error:>16}{z:>8}{bias:>14}")?;
    }
    let explained: Vec<&str> = statistics.iter().filter(|s| s.is_finite_size()).map(|s| s.name).collect();
    if !explained.is_empty() {
        let names = explained.join(", ");
        writeln!(out, "z beyond 3 that the finite-size bias, of the order 1/p, can explain: {names}")?;
    }
    Ok(())
}
