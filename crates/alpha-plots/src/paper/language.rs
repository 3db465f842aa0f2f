//! The paper's items on language models: what was published, and what `reproduce-table2` left in `results`.

use std::path::PathBuf;

use alpha_store::table::Table;

use crate::alphas::{self, ModuleAlphas};
use crate::chart::{Chart, panels};
use crate::distinct::distinct;
use crate::error::{Error, Result};
use crate::neighbourhood::Neighbourhood;
use crate::paper::fine_tuning::{self, Run};
use crate::paper::training_curves::{self, METHODS, Reading};
use crate::paper::{Context, Item, Outcome, Settings};

/// A task and the α of every module.
type TaskAlphas = (String, Vec<ModuleAlphas>);

/// Folders of the two studies within [`Context::results`].
pub(super) const FULL: &str = "table2";
pub(super) const SMALL: &str = "table2_small";

/// What is to be done for a study's alphas.csv.
const EACH: &str = ", then alpha-llm alphas RUN for each";

/// What is not there, and how to get it.
pub(super) fn missing(what: &str, at: &Context<'_>, study: &str) -> String {
    let folder = at.results.join(study);
    let folder = folder.display();
    match study {
        FULL => format!("no {what} in {folder}: run reproduce-table2 --model roberta-base --out {folder} on a GPU"),
        _ => format!("no {what} in {folder}: run scripts/study table2-small MODEL"),
    }
}

/// Where a study's runs are.
fn runs_folder(at: &Context<'_>, study: &str) -> PathBuf {
    at.results.join(study).join("runs")
}

pub(super) fn runs_of(at: &Context<'_>, study: &str) -> Result<Vec<Run>> {
    fine_tuning::read(&runs_folder(at, study))
}

/// The settings of Table 2 for those tasks of the full study that were run.
fn settings_of<'a>(tasks: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Settings> {
    let files = tasks.into_iter().map(|task| format!("/{task}.toml")).collect::<Vec<_>>();
    let all = Outcome::new(Item::Table2).settings.into_iter();
    all.filter(move |settings| files.iter().any(|file| settings.name.ends_with(file)))
}

/// Writes a figure of runs of our own, which may be such that there is nothing to draw: then that is said.
fn write_if_drawn(outcome: &mut Outcome, at: &Context<'_>, name: &str, svg: Result<String>) -> Result<()> {
    match svg {
        Ok(svg) => outcome.write(at.out, &format!("figures/{name}.svg"), &svg),
        Err(error @ (Error::Empty(_) | Error::TooFew { .. })) => {
            outcome.remark(format!("no {name}: {error}"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

pub(super) fn make_figure4(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let published = training_curves::published()?;
    let full_runs = runs_of(at, FULL)?;
    let full = training_curves::pairs(&full_runs);
    let (mut charts, mut not_run, mut run) = (Vec::new(), Vec::new(), Vec::new());
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
        match ours {
            Some(_) => run.push(pair.task.as_str()),
            None => not_run.push(format!("{} with seed {}", pair.task, pair.seed)),
        }
    }
    outcome.write(at.out, "figures/figure4.svg", &panels::grid(&charts, 2)?)?;
    outcome.redrawn = run.is_empty();
    outcome.settings.extend(settings_of(run));
    if !not_run.is_empty() {
        outcome.remark(missing(&format!("runs of {}", not_run.join(" and ")), at, FULL));
    }

    let runs = runs_of(at, SMALL)?;
    outcome.data = fine_tuning::data(&[full_runs, runs.clone()].concat());
    outcome.settings.extend(fine_tuning::settings(&runs, &runs_folder(at, SMALL)));
    let small = training_curves::pairs(&runs);
    match runs.first().filter(|_| !small.is_empty()) {
        Some(run) => {
            let charts = training_curves::study_charts(&small, run.model());
            write_if_drawn(outcome, at, "figure4_small", panels::grid(&charts, 3))?;
            for (task, gap, seeds) in training_curves::gaps(&small) {
                let what = format!("{}, {task}: gap at the last step, mean of {seeds} seeds (points)", run.model());
                outcome.compare(what, None, gap);
            }
        }
        None => outcome.remark(missing("curves", at, SMALL)),
    }
    let sources = [("published", published.as_slice()), ("ours", &full)];
    outcome.details = Some(training_curves::table(&sources));
    Ok(())
}

pub(super) fn make_figure5(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let text = include_str!("../../published/fig5_published_rte_neighbourhood.csv");
    let published = Neighbourhood::parse("the published Figure 5", text)?;
    outcome.redrawn = true;
    draw(outcome, at, &published, "RTE, roberta-base, published", "published")?;
    let mut table =
        Table::new(["", "learnt α (%)", "best (%)", "at a", "at b", "most common (%)", "settings that have it"]);
    table.push(neighbourhood_row("RTE, published", &published));

    let path = |run: &Run| runs_folder(at, SMALL).join(&run.name).join("neighbourhood.csv");
    match runs_of(at, SMALL)?.into_iter().find(|run| path(run).is_file()) {
        Some(run) => {
            let path = path(&run);
            let small = Neighbourhood::parse(&path.display().to_string(), &fine_tuning::text(&path)?)?;
            let title = format!("{}, {}", run.task(), run.model());
            let run = std::slice::from_ref(&run);
            outcome.data = fine_tuning::data(run);
            outcome.settings.extend(fine_tuning::settings(run, &runs_folder(at, SMALL)));
            draw(outcome, at, &small, &title, "small")?;
            if let Some(learnt) = small.at(1.0, 0.0) {
                outcome.compare(format!("{title}: accuracy with the learnt α (%)"), None, learnt);
            }
            let (a, b, best) = small.best();
            outcome.compare(format!("{title}: best accuracy, at a = {a:.2}, b = {b:.2} (%)"), None, best);
            table.push(neighbourhood_row(&title, &small));
        }
        None => outcome.remark(missing("runs/*/neighbourhood.csv", at, SMALL)),
    }
    outcome.details = Some(table);
    Ok(())
}

fn neighbourhood_row(name: &str, map: &Neighbourhood) -> Vec<String> {
    let (a, b, best) = map.best();
    let learnt = map.at(1.0, 0.0).map_or(String::new(), |accuracy| format!("{accuracy:.2}"));
    let plateau = map.plateau();
    let [best, a, b, common] = [best, a, b, plateau].map(|value| format!("{value:.2}"));
    let count = map.accuracy.iter().filter(|accuracy| (**accuracy - plateau).abs() < 1e-9).count();
    vec![name.to_owned(), learnt, best, a, b, common, format!("{count} of {}", map.accuracy.len())]
}

fn draw(outcome: &mut Outcome, at: &Context<'_>, map: &Neighbourhood, title: &str, suffix: &str) -> Result<()> {
    let heat_map = map.heat_map(title).and_then(|map| map.to_svg());
    write_if_drawn(outcome, at, &format!("figure5_{suffix}"), heat_map)?;
    write_if_drawn(outcome, at, &format!("figure5_lines_{suffix}"), map.lines(title).to_svg())
}

pub(super) fn make_appendix_e2(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let mut published = Vec::new();
    for (task, text) in [
        ("MNLI", include_str!("../../published/appendix_e2_published_alpha_mnli.csv")),
        ("QNLI", include_str!("../../published/appendix_e2_published_alpha_qnli.csv")),
        ("RTE", include_str!("../../published/appendix_e2_published_alpha_rte.csv")),
    ] {
        published.push((task.to_owned(), alphas::parse(&format!("the published α of {task}"), text)?));
    }
    let titled = |task: &str| format!("{task}, published");
    outcome.write(at.out, "figures/appendix_e2.svg", &by_module(&published, &titled)?)?;

    let (full, full_runs) = alphas_of(at, FULL)?;
    outcome.redrawn = full.is_empty();
    outcome.settings.extend(settings_of(full.iter().map(|(task, _)| task.as_str())));
    let is_there = |task: &str| full.iter().any(|(known, _)| known == task);
    let not_there: Vec<&str> = published.iter().map(|(task, _)| task.as_str()).filter(|task| !is_there(task)).collect();
    if !not_there.is_empty() {
        outcome.remark(missing(&format!("alphas.csv of {}", not_there.join(", ")), at, FULL) + EACH);
    }
    let text = format!(
        "# {}\n\nPublished, roberta-base{}\n\n{}",
        outcome.item.title(),
        if full.is_empty() { "." } else { "; ours: the mean over the seeds." },
        appendix_table(&published, &full).to_markdown()
    );
    outcome.write(at.out, "tables/appendix_e2.md", &text)?;
    for (task, alphas) in &full {
        let theirs = published.iter().find(|(known, _)| known == task).map(|(_, alphas)| spread(alphas));
        outcome.compare(format!("{task}: mean standard deviation of α"), theirs, spread(alphas));
    }

    let (small, runs) = alphas_of(at, SMALL)?;
    outcome.data = fine_tuning::data(&[full_runs, runs.clone()].concat());
    outcome.settings.extend(fine_tuning::settings(&runs, &runs_folder(at, SMALL)));
    match runs.first() {
        None => outcome.remark(missing("runs/*/alphas.csv", at, SMALL) + EACH),
        Some(run) => {
            let titled = |task: &str| format!("{task}, {}", run.model());
            write_if_drawn(outcome, at, "appendix_e2_small", by_module(&small, &titled))?;
            for (task, alphas) in &small {
                outcome.compare(format!("{}: mean standard deviation of α", titled(task)), None, spread(alphas));
            }
        }
    }
    let mut table = Table::new(["", "task", "mean of α", "mean standard deviation", "5 % to 95 %, extremes"]);
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
    Ok(())
}

/// Mean standard deviation over the modules.
fn spread(alphas: &[ModuleAlphas]) -> f64 {
    alphas.iter().map(|module| module.std).sum::<f64>() / alphas.len() as f64
}

/// Tasks side by side, a row of panels per module.
fn by_module(tasks: &[TaskAlphas], title: &dyn Fn(&str) -> String) -> Result<String> {
    let columns: Vec<Vec<Chart>> = tasks.iter().map(|(task, alphas)| alphas::charts(&title(task), alphas)).collect();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let panels: Vec<Chart> =
        (0..rows).flat_map(|row| columns.iter().filter_map(move |column| column.get(row).cloned())).collect();
    panels::grid(&panels, columns.len())
}

/// The α of a study by task, and the runs behind them: each statistic the mean over the seeds of α-LoRA that have an
/// alphas.csv.
fn alphas_of(at: &Context<'_>, study: &str) -> Result<(Vec<TaskAlphas>, Vec<Run>)> {
    let mut runs = runs_of(at, study)?;
    let path = |run: &Run| runs_folder(at, study).join(&run.name).join("alphas.csv");
    runs.retain(|run| run.method() == Some(METHODS[1]) && path(run).is_file());
    let of_task = |task: &str| {
        let paths = runs.iter().filter(|run| run.task() == task).map(path);
        let seeds = paths.map(|path| alphas::parse(&path.display().to_string(), &fine_tuning::text(&path)?));
        Ok((task.to_owned(), mean(&seeds.collect::<Result<Vec<_>>>()?)))
    };
    let tasks = distinct(runs.iter().map(Run::task)).into_iter().map(of_task).collect::<Result<Vec<_>>>()?;
    Ok((tasks, runs))
}

/// Each statistic's mean over several runs, for the modules that all of them have.
fn mean(runs: &[Vec<ModuleAlphas>]) -> Vec<ModuleAlphas> {
    let Some(first) = runs.first() else { return Vec::new() };
    let of_module = |module: &ModuleAlphas| {
        let same = |run: &Vec<ModuleAlphas>| {
            run.iter().find(|m| (m.layer, &m.module) == (module.layer, &module.module)).cloned()
        };
        let all: Vec<ModuleAlphas> = runs.iter().map(same).collect::<Option<_>>()?;
        let mean = |value: &dyn Fn(&ModuleAlphas) -> f64| all.iter().map(value).sum::<f64>() / all.len() as f64;
        Some(ModuleAlphas {
            mean: mean(&|m| m.mean),
            std: mean(&|m| m.std),
            percentiles: std::array::from_fn(|place| mean(&|m| m.percentiles[place])),
            ..module.clone()
        })
    };
    first.iter().filter_map(of_module).collect()
}

fn appendix_table(published: &[TaskAlphas], ours: &[TaskAlphas]) -> Table {
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
