//! The items beyond the paper.

use crate::chart::panels;
use crate::error::Result;
use crate::paper::convergence::{self, ConvergenceConfig};
use crate::paper::erratum::{self, ErratumConfig, Theory};
use crate::paper::linear::FORMS;
use crate::paper::phase::PhaseConfig;
use crate::paper::selections::{self, Selections};
use crate::paper::{Context, NEEDS_AMAZON, Outcome, fine_tuning};

pub(super) fn make_erratum(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let config = ErratumConfig::built_in()?;
    let (curves, simulated) = (config.curves()?, config.simulate()?);
    outcome.figure(at.out, "erratum_second_moment", &erratum::second_moment_chart(&config, &curves, &simulated))?;
    outcome.figure(at.out, "erratum_alpha", &erratum::alpha_chart(&curves, &simulated))?;
    outcome.figure(at.out, "erratum_accuracy", &erratum::accuracy_chart(&curves, &simulated))?;
    outcome.write(at.out, "figures/erratum.csv", &erratum::table(&curves, &simulated).to_csv()?)?;

    outcome.compared = FORMS;
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
    outcome.remark("compared where the two forms differ most");
    Ok(())
}

pub(super) fn make_phase(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let config = PhaseConfig::built_in()?;
    let map = config.alignment.map()?;
    let names = ["phase_alpha_star", "phase_gain_over_1", "phase_gain_over_source"];
    for (name, chart) in names.into_iter().zip(config.alignment.charts(&map)?) {
        outcome.write(at.out, &format!("figures/{name}.svg"), &chart.to_svg()?)?;
    }
    outcome.write(at.out, "figures/phase.csv", &config.alignment.table(&map).to_csv()?)?;
    let ridges = config.ridges.map()?;
    outcome.write(at.out, "figures/phase_ridges.svg", &config.ridges.chart(&ridges)?.to_svg()?)?;
    outcome.write(at.out, "figures/phase_ridges.csv", &config.ridges.table(&ridges).to_csv()?)?;

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

const ERRORS: &str = "Mean |predicted − measured| accuracy over the transfers, in points";
const LEAKS: &str = "What leaks are worth: mean accuracy in percent";

pub(super) fn make_selections(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let Some(amazon) = at.amazon else {
        outcome.remark(NEEDS_AMAZON);
        return Ok(());
    };
    let study = Selections::measure(amazon, &selections::built_in()?)?;
    let (summary, errors, leaks) = (study.summary(), study.errors(), study.leaks());
    let text = format!(
        "# {}\n\nBeyond the paper. Mean accuracy in percent, differences in points; † needs labels of the test.\n\n{}\n## {ERRORS}\
         \n\n{}\n## {LEAKS}\n\n{}",
        outcome.item.title(),
        summary.to_markdown(),
        errors.to_markdown(),
        leaks.to_markdown()
    );
    outcome.write(at.out, "tables/selections.csv", &study.table().to_csv()?)?;
    outcome.write(at.out, "tables/selections.md", &text)?;
    outcome.figure(at.out, "selections", &study.chart())?;
    outcome.details = Some(summary);
    outcome.tables = vec![(ERRORS.to_owned(), errors), (LEAKS.to_owned(), leaks)];
    Ok(())
}

pub(super) fn make_minilm(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let folder = at.results.join("minilm");
    let runs = fine_tuning::read(&folder)?;
    if runs.is_empty() {
        outcome.remark(format!("there are no runs in {}; scripts/study minilm makes them", folder.display()));
        return Ok(());
    }
    let table = fine_tuning::table(&runs);
    let text = format!(
        "# {}\n\nOn the evaluation file; not the paper's Table 2.\n\n{}",
        outcome.item.title(),
        table.to_markdown()
    );
    outcome.write(at.out, "tables/minilm.csv", &table.to_csv()?)?;
    outcome.write(at.out, "tables/minilm.md", &text)?;
    match fine_tuning::charts(&runs).as_slice() {
        [] => outcome.remark("no run has a curve"),
        charts => outcome.write(at.out, "figures/minilm.svg", &panels::grid(charts, 2)?)?,
    }
    outcome.details = Some(table);
    outcome.data = fine_tuning::data(&runs);
    outcome.remark(format!("read from the records in {}, which scripts/study minilm made", folder.display()));
    Ok(())
}

pub(super) fn make_convergence(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let series = ConvergenceConfig::built_in()?.measure()?;
    outcome.figure(at.out, "convergence_bias", &convergence::bias_chart(&series))?;
    outcome.figure(at.out, "convergence_deviation", &convergence::deviation_chart(&series))?;
    outcome.write(at.out, "figures/convergence.csv", &convergence::table(&series).to_csv()?)?;
    for series in &series {
        for (what, slope) in [("bias", series.bias_slope()), ("deviation", series.deviation_slope())] {
            if let Some(slope) = slope {
                outcome.compare(format!("slope of the {what} in p, {}", series.label), None, slope);
            }
        }
    }
    Ok(())
}
