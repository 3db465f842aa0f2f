//! The items beyond the paper.

use std::path::Path;

use alpha_linear::amazon::Amazon;

use crate::chart::panels;
use crate::convergence::{self, ConvergenceConfig};
use crate::erratum::{self, ErratumConfig, Theory};
use crate::error::Result;
use crate::fine_tuning;
use crate::paper::Outcome;
use crate::phase::PhaseConfig;
use crate::selections::{self, Selections};

pub(super) fn make_erratum(outcome: &mut Outcome, folder: &Path) -> Result<()> {
    let config = ErratumConfig::built_in()?;
    let (curves, simulated) = (config.curves()?, config.simulate()?);
    outcome.figure(folder, "erratum_second_moment", &erratum::second_moment_chart(&config, &curves, &simulated))?;
    outcome.figure(folder, "erratum_alpha", &erratum::alpha_chart(&curves, &simulated))?;
    outcome.figure(folder, "erratum_accuracy", &erratum::accuracy_chart(&curves, &simulated))?;
    outcome.write(folder.join("figures/erratum.csv"), &erratum::table(&curves, &simulated).to_csv()?)?;

    // Each where the two forms differ most. Comparing with NaN is false, so a gap is never the worst.
    let mut worst = |quantity: &str, values: fn(&Theory) -> [f64; 2]| {
        let gap = |theory: &Theory| values(theory).into_iter().reduce(|a, b| (a - b).abs()).unwrap_or(f64::NAN);
        let start = curves.first();
        let found = start.map(|first| curves.iter().fold(first, |a, b| if gap(b) > gap(a) { b } else { a }));
        if let Some(theory) = found {
            let [published, correct] = values(theory);
            outcome.compare(format!("{quantity} at N/p = {:.2}", theory.ratio), Some(published), correct);
        }
    };
    worst("second moment", |t| [t.published, t.correct].map(|claim| claim.second_moment));
    worst("α*", |t| [t.published, t.correct].map(|claim| claim.alpha_star));
    worst("accuracy (%) at α*", |t| [t.published, t.correct].map(|claim| 100.0 * claim.accuracy));
    outcome.note = Some("published: the paper's form; ours: the corrected one, where they differ most".to_owned());
    Ok(())
}

pub(super) fn make_phase(outcome: &mut Outcome, folder: &Path) -> Result<()> {
    let config = PhaseConfig::built_in()?;
    let map = config.alignment.map()?;
    let names = ["phase_alpha_star", "phase_gain_over_1", "phase_gain_over_source"];
    for (name, chart) in names.into_iter().zip(config.alignment.charts(&map)?) {
        outcome.write(folder.join(format!("figures/{name}.svg")), &chart.to_svg()?)?;
    }
    outcome.write(folder.join("figures/phase.csv"), &config.alignment.table(&map).to_csv()?)?;
    let ridges = config.ridges.map()?;
    outcome.write(folder.join("figures/phase_ridges.svg"), &config.ridges.chart(&ridges)?.to_svg()?)?;
    outcome.write(folder.join("figures/phase_ridges.csv"), &config.ridges.table(&ridges).to_csv()?)?;

    let boundary = config.alignment.boundary(&map)?;
    if let Some((c, beta)) = boundary.into_iter().flatten().min_by(|a, b| a.1.total_cmp(&b.1)) {
        outcome.compare(format!("lowest β with as good a frozen source, at c = {c:.2}"), None, beta);
    }
    for (quantity, gain) in [
        ("largest gain over α = 1 (points)", map.points.iter().filter_map(|p| p.gain_over_1).reduce(f64::max)),
        (
            "largest loss to the source (points)",
            map.points.iter().filter_map(|p| p.gain_over_source_only).reduce(f64::min),
        ),
    ] {
        if let Some(gain) = gain {
            outcome.compare(quantity, None, 100.0 * gain);
        }
    }
    Ok(())
}

pub(super) fn make_selections(outcome: &mut Outcome, amazon: Option<&Amazon>, folder: &Path) -> Result<()> {
    let Some(amazon) = amazon else {
        outcome.note = Some("left out: it needs the Amazon data".to_owned());
        return Ok(());
    };
    let study = Selections::measure(amazon, &selections::built_in()?)?;
    let (summary, errors, leaks) = (study.summary(), study.errors(), study.leaks());
    let text = format!(
        "# {}\n\nMean accuracy in percent; differences in points.\n\n{}\n## Predicted less measured accuracy, mean distance in \
         points\n\n{}\n## What leaks are worth\n\n{}",
        outcome.item.title(),
        summary.to_markdown(),
        errors.to_markdown(),
        leaks.to_markdown()
    );
    outcome.write(folder.join("tables/selections.csv"), &study.table().to_csv()?)?;
    outcome.write(folder.join("tables/selections.md"), &text)?;
    outcome.figure(folder, "selections", &study.chart())?;
    outcome.details = Some(summary);
    outcome.tables = vec![
        ("Predicted less measured accuracy, mean distance in points".to_owned(), errors),
        ("What leaks are worth: mean accuracy in percent".to_owned(), leaks),
    ];
    Ok(())
}

pub(super) fn make_minilm(outcome: &mut Outcome, runs: &Path, folder: &Path) -> Result<()> {
    let runs = fine_tuning::read(&runs.join("minilm"))?;
    if runs.is_empty() {
        outcome.note = Some("left out: there are no runs in results/minilm; scripts/minilm makes them".to_owned());
        return Ok(());
    }
    let table = fine_tuning::table(&runs);
    let text = format!(
        "# {}\n\nOn the evaluation file; not the paper's Table 2.\n\n{}",
        outcome.item.title(),
        table.to_markdown()
    );
    outcome.write(folder.join("tables/minilm.csv"), &table.to_csv()?)?;
    outcome.write(folder.join("tables/minilm.md"), &text)?;
    outcome.write(folder.join("figures/minilm.svg"), &panels::grid(&fine_tuning::charts(&runs), 2)?)?;
    outcome.details = Some(table);
    outcome.data = fine_tuning::data(&runs);
    outcome.note = Some("read from the records in results/minilm, which scripts/minilm made".to_owned());
    Ok(())
}

pub(super) fn make_convergence(outcome: &mut Outcome, folder: &Path) -> Result<()> {
    let series = ConvergenceConfig::built_in()?.measure()?;
    outcome.figure(folder, "convergence_bias", &convergence::bias_chart(&series))?;
    outcome.figure(folder, "convergence_deviation", &convergence::deviation_chart(&series))?;
    outcome.write(folder.join("figures/convergence.csv"), &convergence::table(&series).to_csv()?)?;
    for series in &series {
        for (what, slope) in [("bias", series.bias_slope()), ("deviation", series.deviation_slope())] {
            if let Some(slope) = slope {
                outcome.compare(format!("slope of the {what} in p, {}", series.label), None, slope);
            }
        }
    }
    Ok(())
}
