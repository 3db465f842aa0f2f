//! The paper's items on language models: what was published, and what `reproduce-table2` left in `results`.

use std::path::Path;

use alpha_store::table::Table;

use crate::alphas::{self, ModuleAlphas};
use crate::chart::{Chart, panels};
use crate::error::Result;
use crate::fine_tuning::{self, Run};
use crate::neighbourhood::Neighbourhood;
use crate::paper::Outcome;
use crate::paper::study::Study;
use crate::training_curves::{self, METHODS, Reading};

/// Folders of the two studies within `results`.
const FULL: &str = "table2";
const SMALL: &str = "table2_small";

/// What is to be done for a study's alphas.csv.
const EACH: &str = ", then alpha-llm alphas RUN for each";

/// What is not there, and how to get it.
fn missing(what: &str, study: &str) -> String {
    let command = match study {
        FULL => "run reproduce-table2 --model roberta-base --out results/table2 on a GPU",
        _ => "run scripts/table2-small MODEL",
    };
    format!("no {what} in results/{study}: {command}")
}

/// Says what is not there, if anything.
fn note(outcome: &mut Outcome, words: Vec<String>) {
    outcome.note = (!words.is_empty()).then(|| words.join("; "));
}

fn runs_of(results: &Path, study: &str) -> Result<Vec<Run>> {
    fine_tuning::read(&results.join(study).join("runs"))
}

pub(super) fn make_figure4(outcome: &mut Outcome, results: &Path, folder: &Path) -> Result<()> {
    let published = training_curves::published()?;
    let full_runs = runs_of(results, FULL)?;
    let full = training_curves::pairs(&full_runs);
    let (mut charts, mut not_run) = (Vec::new(), Vec::new());
    for pair in &published {
        let ours = full.iter().find(|ours| ours.task == pair.task && ours.seed == pair.seed);
        charts.push(training_curves::chart(pair, ours));
        let readings = |reading| Some((pair.reading(reading)?, ours?.reading(reading)?));
        for (reading, (theirs, ours)) in Reading::ALL.into_iter().filter_map(|r| Some((r, readings(r)?))) {
            let what = format!("{} seed {}, {} step", pair.task, pair.seed, reading.name());
            outcome.compare(format!("{what}: LoRA (%)"), Some(theirs[0]), ours[0]);
            outcome.compare(format!("{what}: α-LoRA (%)"), Some(theirs[1]), ours[1]);
            outcome.compare(format!("{what}: gap"), Some(theirs[1] - theirs[0]), ours[1] - ours[0]);
        }
        if ours.is_none() {
            not_run.push(format!("{} with seed {}", pair.task, pair.seed));
        }
    }
    outcome.write(folder.join("figures/figure4.svg"), &panels::grid(&charts, 2)?)?;

    let mut notes = Vec::new();
    if !not_run.is_empty() {
        notes.push(missing(&format!("runs of {}", not_run.join(" and ")), FULL));
    }
    let runs = runs_of(results, SMALL)?;
    outcome.data = fine_tuning::data(&[full_runs, runs.clone()].concat());
    let small = training_curves::pairs(&runs);
    match runs.first().filter(|_| !small.is_empty()) {
        Some(run) => {
            let charts = training_curves::study_charts(&small, run.model());
            outcome.write(folder.join("figures/figure4_small.svg"), &panels::grid(&charts, 3)?)?;
            for (task, gap, seeds) in training_curves::gaps(&small) {
                let what = format!("{}, {task}: gap at the last step, mean of {seeds} (points)", run.model());
                outcome.compare(what, None, gap);
            }
        }
        None => notes.push(missing("curves", SMALL)),
    }
    let sources = [("published", published.as_slice()), ("ours", &full)];
    outcome.details = Some(training_curves::table(&sources));
    note(outcome, notes);
    Ok(())
}

pub(super) fn make_figure5(outcome: &mut Outcome, results: &Path, folder: &Path) -> Result<()> {
    let text = include_str!("../../published/fig5_published_rte_neighbourhood.csv");
    let published = Neighbourhood::parse("the published Figure 5", text)?;
    draw(outcome, folder, &published, "RTE, roberta-base, published", "published")?;
    let mut table = Table::new(["", "learnt α (%)", "best (%)", "at a", "at b", "most common (%)"]);
    let (a, b, best) = published.best();
    let learnt = published.at(1.0, 0.0).map_or(String::new(), |accuracy| format!("{accuracy:.2}"));
    let [best, a, b, plateau] = [best, a, b, published.plateau()].map(|value| format!("{value:.2}"));
    table.push(["RTE, published".to_owned(), learnt, best, a, b, plateau]);
    outcome.details = Some(table);

    let path = |run: &Run| results.join(SMALL).join("runs").join(&run.name).join("neighbourhood.csv");
    let Some(run) = runs_of(results, SMALL)?.into_iter().find(|run| path(run).is_file()) else {
        outcome.note = Some(missing("runs/*/neighbourhood.csv", SMALL));
        return Ok(());
    };
    let (small, model) = (Neighbourhood::read(&path(&run))?, run.model());
    outcome.data = fine_tuning::data(std::slice::from_ref(&run));
    draw(outcome, folder, &small, &format!("{}, {model}", run.task()), "small")?;
    if let Some(learnt) = small.at(1.0, 0.0) {
        outcome.compare(format!("{}, {model}: accuracy with the learnt α (%)", run.task()), None, learnt);
    }
    let (a, b, best) = small.best();
    outcome.compare(format!("{}, {model}: best accuracy, at a = {a:.2}, b = {b:.2} (%)", run.task()), None, best);
    Ok(())
}

fn draw(outcome: &mut Outcome, folder: &Path, map: &Neighbourhood, title: &str, suffix: &str) -> Result<()> {
    outcome.write(folder.join(format!("figures/figure5_{suffix}.svg")), &map.heat_map(title)?.to_svg()?)?;
    outcome.figure(folder, &format!("figure5_lines_{suffix}"), &map.lines(title))
}

pub(super) fn make_appendix_e2(outcome: &mut Outcome, results: &Path, folder: &Path) -> Result<()> {
    let mut published = Vec::new();
    for (task, text) in [
        ("MNLI", include_str!("../../published/appendix_e2_published_alpha_mnli.csv")),
        ("QNLI", include_str!("../../published/appendix_e2_published_alpha_qnli.csv")),
        ("RTE", include_str!("../../published/appendix_e2_published_alpha_rte.csv")),
    ] {
        published.push((task.to_owned(), alphas::parse(&format!("the published α of {task}"), text)?));
    }
    let titled = |task: &str| format!("{task}, published");
    outcome.write(folder.join("figures/appendix_e2.svg"), &by_module(&published, &titled)?)?;

    let mut notes = Vec::new();
    let full = alphas_of(results, FULL)?;
    let is_there = |task: &str| full.iter().any(|(known, _)| known == task);
    let not_there: Vec<&str> = published.iter().map(|(task, _)| task.as_str()).filter(|task| !is_there(task)).collect();
    if !not_there.is_empty() {
        notes.push(missing(&format!("alphas.csv of {}", not_there.join(", ")), FULL) + EACH);
    }
    let text = format!(
        "# {}\n\nPublished, roberta-base{}\n\n{}",
        outcome.item.title(),
        if full.is_empty() { "." } else { "; ours: the mean over the seeds." },
        appendix_table(&published, &full).to_markdown()
    );
    outcome.write(folder.join("tables/appendix_e2.md"), &text)?;
    let spread = |alphas: &[ModuleAlphas]| alphas.iter().map(|m| m.std).sum::<f64>() / alphas.len() as f64;
    for (task, alphas) in &full {
        let theirs = published.iter().find(|(known, _)| known == task).map(|(_, alphas)| spread(alphas));
        outcome.compare(format!("{task}: mean standard deviation of α"), theirs, spread(alphas));
    }

    let small = alphas_of(results, SMALL)?;
    if small.is_empty() {
        notes.push(missing("runs/*/alphas.csv", SMALL) + EACH);
    } else {
        let runs = runs_of(results, SMALL)?;
        let model = runs.first().map_or("another model", |run| run.model());
        let titled = |task: &str| format!("{task}, {model}");
        outcome.write(folder.join("figures/appendix_e2_small.svg"), &by_module(&small, &titled)?)?;
        for (task, alphas) in &small {
            outcome.compare(format!("{model}, {task}: mean standard deviation of α"), None, spread(alphas));
        }
    }
    let mut table = Table::new(["", "task", "mean of α", "mean deviation", "5 % to 95 %, extremes"]);
    for (source, tasks) in [("published", &published), ("ours", &full)] {
        for (task, alphas) in tasks {
            let mean = alphas.iter().map(|m| m.mean).sum::<f64>() / alphas.len() as f64;
            let low = alphas.iter().map(|m| m.percentiles[0]).fold(f64::MAX, f64::min);
            let high = alphas.iter().map(|m| m.percentiles[4]).fold(f64::MIN, f64::max);
            let [mean, std] = [mean, spread(alphas)].map(|value| format!("{value:.4}"));
            table.push([source.to_owned(), task.clone(), mean, std, format!("{low:.3} … {high:.3}")]);
        }
    }
    outcome.details = Some(table);
    note(outcome, notes);
    Ok(())
}

/// Tasks side by side, a row of panels per module.
fn by_module(tasks: &[(String, Vec<ModuleAlphas>)], title: &dyn Fn(&str) -> String) -> Result<String> {
    let columns: Vec<Vec<Chart>> = tasks.iter().map(|(task, alphas)| alphas::charts(&title(task), alphas)).collect();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let panels: Vec<Chart> =
        (0..rows).flat_map(|row| columns.iter().filter_map(move |column| column.get(row).cloned())).collect();
    panels::grid(&panels, columns.len())
}

/// The α of a study by task: each statistic the mean over the seeds of α-LoRA that have an alphas.csv.
fn alphas_of(results: &Path, study: &str) -> Result<Vec<(String, Vec<ModuleAlphas>)>> {
    let mut tasks: Vec<(String, Vec<Vec<ModuleAlphas>>)> = Vec::new();
    for run in runs_of(results, study)?.iter().filter(|run| run.method() == Some(METHODS[1])) {
        let path = results.join(study).join("runs").join(&run.name).join("alphas.csv");
        if !path.is_file() {
            continue;
        }
        let read = alphas::read(&path)?;
        match tasks.iter_mut().find(|(task, _)| task == run.task()) {
            Some((_, seeds)) => seeds.push(read),
            None => tasks.push((run.task().to_owned(), vec![read])),
        }
    }
    Ok(tasks.into_iter().map(|(task, seeds)| (task, alphas::mean(&seeds))).collect())
}

fn appendix_table(published: &[(String, Vec<ModuleAlphas>)], ours: &[(String, Vec<ModuleAlphas>)]) -> Table {
    let names = ["mean", "std", "p5", "p25", "p50", "p75", "p95"];
    let numbers = |m: &ModuleAlphas| [m.mean, m.std].into_iter().chain(m.percentiles).map(|x| format!("{x:.4}"));
    let header = ["task", "layer", "module"].map(str::to_owned).into_iter().chain(names.map(str::to_owned));
    let more = if ours.is_empty() { Vec::new() } else { names.map(|name| format!("ours: {name}")).to_vec() };
    let mut table = Table::new(header.chain(more));
    for (task, alphas) in published {
        let of_task = ours.iter().find(|(known, _)| known == task).map_or(&[][..], |(_, alphas)| alphas);
        for module in alphas {
            let same = of_task.iter().find(|m| (m.layer, &m.module) == (module.layer, &module.module));
            let words = [task.clone(), module.layer.to_string(), module.module.clone()];
            table.push(words.into_iter().chain(numbers(module)).chain(same.into_iter().flat_map(numbers)));
        }
    }
    table
}

pub(super) fn make_table2(outcome: &mut Outcome, results: &Path, folder: &Path) -> Result<()> {
    let path = results.join(FULL).join("table2.csv");
    if !path.is_file() {
        outcome.note = Some(format!("left out, {}", missing("table2.csv", FULL)));
        return Ok(());
    }
    outcome.data = fine_tuning::data(&runs_of(results, FULL)?);
    let study = Study::read(&path, true)?;
    study.compare(outcome);
    let explained = "Accuracy in percent, ours ± the deviation over the seeds, in brackets what was published.";
    study.write(outcome, folder, FULL, explained)
}

pub(super) fn make_table2_small(outcome: &mut Outcome, results: &Path, folder: &Path) -> Result<()> {
    let path = results.join(SMALL).join("table2.csv");
    if !path.is_file() {
        outcome.note = Some(format!("left out, {}", missing("table2.csv", SMALL)));
        return Ok(());
    }
    let runs = runs_of(results, SMALL)?;
    let model = runs.first().map_or("another model", |run| run.model());
    outcome.data = fine_tuning::data(&runs);
    let explained = format!(
        "Accuracy in percent ± the deviation over the seeds, of {model}: not to be compared with the paper's numbers, which \
         are roberta-base's."
    );
    Study::read(&path, false)?.write(outcome, folder, SMALL, &explained)
}
