//! `alpha-llm doctor`.

use alpha_cli::Done;
use alpha_llm::device::DeviceChoice;
use alpha_llm::doctor::{LIBTORCH_VERSION, Report};
use anyhow::{Result, bail};
use clap::Args;
use std::io::Write;

#[derive(Args)]
#[command(after_help = "Example, to see whether a GPU can be used, and if not, why:\n  alpha-llm doctor --device cuda")]
pub struct DoctorArgs {
    /// The device that has to be there: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Print a JSON object instead of lines
    #[arg(long)]
    json: bool,
}

pub fn run(args: &DoctorArgs, out: &mut dyn Write) -> Result<Done> {
    let report = Report::new();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&report, out)?;
    }
    args.device.open()?;
    if !report.problems.is_empty() {
        bail!("{}", report.problems.join("; "));
    }
    Ok(Done::Whole)
}

fn print(report: &Report, out: &mut dyn Write) -> Result<()> {
    let unknown = || "not known".to_owned();
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &str| lines.push(format!("{name:<18} {value}"));
    line("alpha-llm", env!("CARGO_PKG_VERSION"));
    line("libtorch", &report.libtorch.as_ref().map_or_else(unknown, |path| path.display().to_string()));
    let version = report.libtorch_version.clone().unwrap_or_else(unknown);
    line("  version", &format!("{version} (built for {LIBTORCH_VERSION})"));
    line("CUDA", &report.cuda.to_string());
    line("devices", &report.devices.join(", "));
    line("threads", &format!("{} on {} processors", report.threads, report.processors));
    line("processor", &report.processor_features.join(", "));
    for rate in &report.rates {
        line(&format!("{} {}", rate.device, rate.precision), &format!("{:.0} GFLOP/s", rate.gigaflops));
    }
    for device in &report.devices {
        if let Some(fast) = report.fast_precision(device) {
            line("", &format!("on {device} use --precision {fast}"));
        }
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "environment")?;
    for variable in &report.environment {
        let value = variable.value.as_deref().unwrap_or("not set");
        writeln!(out, "  {}: {value} ({})", variable.name, variable.meaning)?;
    }
    Ok(())
}
