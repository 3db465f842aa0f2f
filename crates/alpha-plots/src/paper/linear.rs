//! The paper's items on linear classifiers.

use alpha_linear::amazon::table1::{self, Table1Config};
use alpha_rmt::source::SourceForm;

use crate::chart::{Chart, panels};
use crate::error::Result;
use crate::paper::figure1::{self, Figure1Config};
use crate::paper::figure2::{self, Figure2Config};
use crate::paper::figure3::{self, Figure3Config};
use crate::paper::figure6::{self, Figure6Config};
use crate::paper::{Context, NEEDS_AMAZON, Outcome};

/// The columns of an item that holds the paper's formula against the corrected one.
pub(super) const FORMS: [&str; 2] = ["published formula", "corrected formula"];

pub(super) fn make_table1(outcome: &mut Outcome, config: &Table1Config, name: &str, at: &Context<'_>) -> Result<()> {
    let published = table1::published(config).unwrap_or_default();
    let (transfers, name, heading) = match at.amazon {
        Some(amazon) => (table1::on_amazon(amazon, config)?, name.to_owned(), outcome.item.title().to_owned()),
        None => {
            outcome.remark("on a Gaussian stand-in with the published statistics, not on the reviews");
            let heading = format!("{}: Gaussian stand-in, not the Amazon reviews", outcome.item.title());
            (table1::on_stand_in(config)?, format!("{name}_gaussian_stand_in"), heading)
        }
    };
    let mut table = table1::table(&transfers);
    if at.amazon.is_none() {
        table.add_column("data", "Gaussian stand-in");
    }
    outcome.write(at.out, &format!("tables/{name}.csv"), &table.to_csv()?)?;
    outcome.write(at.out, &format!("tables/{name}.md"), &format!("# {heading}\n\n{}", table.to_markdown()))?;
    outcome.details = Some(table1::summary(&transfers));

    for (quantity, column) in [
        ("mean of the printed accuracies at α = 0", "acc_alpha_0"),
        ("mean of the printed accuracies at α = 1", "acc_alpha_1"),
        ("mean of the printed accuracies at α*", "acc_alpha_star"),
        ("mean of the printed accuracies, source only", "source_only"),
    ] {
        if let Some(index) = table.header().iter().position(|name| name == column) {
            let mean = |rows: &[Vec<String>]| {
                let cells: Vec<f64> = rows.iter().filter_map(|row| row.get(index)?.parse().ok()).collect();
                (!cells.is_empty()).then(|| cells.iter().sum::<f64>() / cells.len() as f64)
            };
            outcome.compare(quantity, mean(&published), mean(table.rows()).unwrap_or(f64::NAN));
        }
    }
    if at.amazon.is_some() {
        outcome.checked = published.len() * table1::PUBLISHED_NUMBERS;
        let beside = table1::beside(&transfers, &published);
        outcome.tables.push(("Every published number, ours, and the gap".to_owned(), beside));
        outcome.misses = table1::misses(&transfers, &published).iter().map(ToString::to_string).collect();
    }
    Ok(())
}

pub(super) fn make_figure1(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let config = Figure1Config::paper()?;
    let correct = config.curves(SourceForm::Correct)?;
    let published = config.curves(SourceForm::Published)?;
    outcome.figure(at.out, "figure1", &figure1::chart(&correct, SourceForm::Correct))?;
    outcome.figure(at.out, "figure1_published", &figure1::chart(&published, SourceForm::Published))?;
    outcome.write(at.out, "figures/figure1.csv", &figure1::table(&config)?.to_csv()?)?;
    outcome.compared = FORMS;
    for (ours, theirs) in correct.iter().zip(&published) {
        if let Some(star) = ours.point.alpha_star {
            outcome.compare(format!("α* at β = {}", ours.alignment), theirs.point.alpha_star, star);
        }
    }
    Ok(())
}

pub(super) fn make_figure2(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let config = Figure2Config::paper()?;
    let correct = config.ridge.lines(SourceForm::Correct)?;
    let published = config.ridge.lines(SourceForm::Published)?;
    outcome.figure(at.out, "figure2_ridge", &figure2::ridge_chart(&correct, SourceForm::Correct))?;
    outcome.figure(at.out, "figure2_ridge_published", &figure2::ridge_chart(&published, SourceForm::Published))?;
    outcome.figure(at.out, "figure2_given", &figure2::given_chart(&config.given.lines()?))?;
    outcome.write(at.out, "figures/figure2.csv", &figure2::table(&config)?.to_csv()?)?;
    outcome.compared = FORMS;
    for (ours, theirs) in correct.iter().zip(&published) {
        if let (Some((_, a)), Some((_, b))) = (ours.points.last(), theirs.points.last()) {
            outcome.compare(format!("α* at β = 1, η = {}", ours.parameter), Some(*b).filter(|x| x.is_finite()), *a);
        }
    }
    Ok(())
}

pub(super) fn make_figure3(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let Some(amazon) = at.amazon else {
        outcome.remark(NEEDS_AMAZON);
        return Ok(());
    };
    let config = Figure3Config::paper()?;
    let (measured, theory) = (config.measure(amazon)?, config.theory(amazon)?);
    outcome.figure(at.out, "figure3", &figure3::chart(&measured))?;
    let charts = figure3::theory_charts(&measured, &theory);
    outcome.write(at.out, "figures/figure3_theory.svg", &panels::grid(&charts, 3)?)?;
    outcome.write(at.out, "figures/figure3.csv", &figure3::table(&measured, &theory).to_csv()?)?;
    outcome.compared = ["published formula", "here"];
    for (transfer, theory) in measured.iter().zip(&theory) {
        if let Some((alpha, cell)) = transfer.points.iter().max_by(|a, b| a.1.mean.total_cmp(&b.1.mean)) {
            let pair = format!("{} → {}", transfer.source.name(), transfer.target.name());
            outcome.compare(format!("{pair}: accuracy (%) at the best α, {alpha:.1}"), None, cell.mean);
            outcome.compare(
                format!("{pair}: α* by a formula that knows the test labels, and from 40 labels"),
                Some(transfer.alpha_star),
                theory.honest_alpha,
            );
        }
    }
    Ok(())
}

pub(super) fn make_figure6(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let config = Figure6Config::paper()?;
    let mut panels = config.synthetic()?;
    let drawn = |panels: &[figure6::Panel]| {
        panels::grid(&panels.iter().map(figure6::chart).collect::<Vec<Chart>>(), config.alphas.len())
    };
    outcome.write(at.out, "figures/figure6_synthetic.svg", &drawn(&panels)?)?;
    match at.amazon {
        Some(amazon) => {
            let real = config.on_amazon(amazon)?;
            outcome.write(at.out, "figures/figure6_amazon.svg", &drawn(&real)?)?;
            panels.extend(real);
        }
        None => outcome.remark("without its half on the Amazon data"),
    }
    let table = figure6::table(&panels);
    outcome.write(at.out, "figures/figure6.csv", &table.to_csv()?)?;
    outcome.details = Some(table);
    Ok(())
}
