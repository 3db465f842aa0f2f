//! The tables of a study.

use std::path::Path;

use alpha_store::output;
use alpha_store::table::Table;

use crate::error::{Error, Result};
use crate::study::collect::READINGS;
use crate::study::{Cell, Collected, Comparison, Plan, Variant, files};

/// Table 2 as published: accuracies in percent by method and task.
const PUBLISHED: &str = include_str!("../../published/table2.csv");
/// The model of the paper's Table 2; no other model's numbers stand beside its.
const PAPERS_MODEL: &str = "roberta-base";

/// The published mean and deviation of a method on a task.
///
/// # Errors
/// [`Error::Csv`] never in practice: the table is part of the program.
pub fn published(task: &str, method: Variant) -> Result<Option<(f64, f64)>> {
    let invalid = |source| Error::Csv { path: "published/table2.csv".into(), source };
    let mut reader = csv::Reader::from_reader(PUBLISHED.as_bytes());
    let column = task.to_ascii_lowercase().replace('-', "");
    let headers = reader.headers().map_err(invalid)?.clone();
    let Some(place) = headers.iter().position(|name| name == column) else { return Ok(None) };
    for row in reader.records() {
        let row = row.map_err(invalid)?;
        let number = |place: usize| row.get(place).and_then(|cell| cell.parse::<f64>().ok());
        if row.get(0).is_some_and(|name| name.replace('_', "-") == method.name()) {
            return Ok(number(place).zip(number(place + 1)));
        }
    }
    Ok(None)
}

/// The published numbers of a cell, where its model is the paper's; they are of the first reading, whatever the cell's.
fn beside(cell: &Cell, model: &str) -> Result<Option<(f64, f64)>> {
    if is_papers(model) { published(&cell.task, cell.method) } else { Ok(None) }
}

fn is_papers(model: &str) -> bool {
    Path::new(model).file_name().is_some_and(|name| name == PAPERS_MODEL)
}

/// One line per reading, task and method.
fn table(cells: &[Cell], model: &str) -> Result<Table> {
    let columns = "reading method task rows seeds published published_std ours ours_std difference";
    let mut table = Table::new(columns.split(' '));
    for cell in cells {
        let published = beside(cell, model)?;
        let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
        table.push([
            cell.reading.name().to_owned(),
            cell.method.to_string(),
            cell.task.clone(),
            cell.rows.to_string(),
            cell.seeds.to_string(),
            number(published.map(|p| p.0)),
            number(published.map(|p| p.1)),
            number(Some(cell.mean)),
            number(Some(cell.deviation)),
            number(published.map(|p| cell.mean - p.0)),
        ]);
    }
    Ok(table)
}

/// One line per reading, task, pair of methods and seed.
fn significance(comparisons: &[Comparison]) -> Table {
    let mut table = Table::new("reading task first second seed rows only_first only_second gap p".split(' '));
    for one in comparisons {
        table.push([
            one.reading.name().to_owned(),
            one.task.clone(),
            one.first.to_string(),
            one.second.to_string(),
            one.seed.map_or("all".to_owned(), |seed| seed.to_string()),
            one.test.rows.to_string(),
            one.test.only_first.to_string(),
            one.test.only_second.to_string(),
            format!("{:+.2}", one.gap),
            probability(one.test.p),
        ]);
    }
    table
}

fn probability(p: f64) -> String {
    if p < 1e-3 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

/// A reading's table for people: a line per task and method.
fn for_people(cells: &[Cell], comparisons: &[Comparison], model: &str) -> Result<Table> {
    let published_too = is_papers(model);
    let mut header = vec!["task", "method", "seeds", "accuracy (%)"];
    if published_too {
        header.extend(["published", "difference"]);
    }
    header.extend(["one run's SE", "gap (points)", "only the first right", "only this one right", "p"]);
    let mut table = Table::new(header);
    for cell in cells {
        let share = cell.mean / 100.0;
        let error = 100.0 * (share * (1.0 - share) / cell.rows as f64).sqrt();
        let mut row = vec![
            cell.task.clone(),
            cell.method.title().to_owned(),
            cell.seeds.to_string(),
            format!("{:.2} ± {:.2}", cell.mean, cell.deviation),
        ];
        if published_too {
            let published = beside(cell, model)?;
            row.push(published.map_or(String::new(), |(mean, deviation)| format!("{mean:.2} ± {deviation:.2}")));
            row.push(published.map_or(String::new(), |(mean, _)| format!("{:+.2}", cell.mean - mean)));
        }
        row.push(format!("{error:.2}"));
        let test = comparisons.iter().find(|one| {
            one.seed.is_none() && (one.reading, &one.task, one.second) == (cell.reading, &cell.task, cell.method)
        });
        if let Some(Comparison { gap, test, .. }) = test {
            row.extend([format!("{gap:+.2}"), test.only_first.to_string(), test.only_second.to_string()]);
            row.push(probability(test.p));
        }
        table.push(row);
    }
    Ok(table)
}

/// A heading and a table for each reading.
fn readings(cells: &[Cell], comparisons: &[Comparison], model: &str) -> Result<Vec<(String, Table)>> {
    let mut readings = Vec::new();
    for (reading, meaning) in READINGS {
        let cells: Vec<_> = cells.iter().filter(|cell| cell.reading == reading).cloned().collect();
        if !cells.is_empty() {
            readings.push((format!("{}: {meaning}", reading.name()), for_people(&cells, comparisons, model)?));
        }
    }
    Ok(readings)
}

/// Writes table2.csv, table2.md and significance.csv; gives what a terminal shows of them, a heading and a table for each
/// reading.
///
/// # Errors
/// [`Error::OtherRows`] if two runs were scored on different rows; [`Error::Store`] where a file cannot be written.
pub fn write(plan: &Plan, collected: &Collected, out: &Path) -> Result<Vec<(String, Table)>> {
    let model = plan.runs.first().map_or("", |run| run.config.model.as_str());
    let (cells, comparisons) = (collected.cells(), collected.comparisons()?);
    let readings = readings(&cells, &comparisons, model)?;
    let put = |name: &str, text: &str| output::write(&out.join(name), |file| file.write_all(text.as_bytes()));
    put(files::TABLE, &table(&cells, model)?.to_csv()?)?;
    put(files::SIGNIFICANCE, &significance(&comparisons).to_csv()?)?;
    put(files::PAGE, &page(plan, collected, model, &readings))?;
    Ok(readings)
}

fn page(plan: &Plan, collected: &Collected, model: &str, readings: &[(String, Table)]) -> String {
    let name = Path::new(model).file_name().map_or(model.into(), |name| name.to_string_lossy());
    let (title, what) = match is_papers(model) {
        true => ("Table 2".to_owned(), "the paper's model"),
        false => (format!("Table 2 in small: {name}"), "not the paper's model: its numbers do not stand beside these"),
    };
    let mut text = format!(
        "# {title}\n\n`{name}`, {what}. Accuracy in percent on the evaluation file (MNLI: the mismatched one), mean ± \
         population standard deviation over the seeds. SE: one run's standard error for so many rows. Gap and p: beside the \
         first method of the same task on the same rows, all seeds together; p is exact, two-sided, by flipping signs of \
         rows (McNemar's test for one seed), and says nothing of other seeds.{}\n\n",
        if is_papers(model) {
            " What was published is the best step on the evaluation file. The paper's learning rates are lost: those here are \
             assumed."
        } else {
            ""
        }
    );
    let mut lines: Vec<String> = Vec::new();
    for record in collected.records() {
        let config = &record.record.config;
        let (rate, alpha_rate) = (config.optimiser.learning_rate, config.alpha.optimiser.learning_rate);
        let line = format!(
            "- {}: {} epochs in batches of {}, learning rate {rate}, of α {alpha_rate} every {} steps\n",
            config.task, config.epochs, config.batches.batch, config.alpha.every
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    text += &lines.concat();
    let seconds: f64 = collected.records().map(|record| record.record.seconds).sum();
    text += &format!(
        "\n{} of {} runs, {:.0} minutes in all.\n",
        plan.runs.len() - collected.missing().len(),
        plan.runs.len(),
        seconds / 60.0
    );
    for (heading, table) in readings {
        text += &format!("\n## {heading}\n\n{}", table.to_markdown());
    }
    text
}
