//! Table 2, and Table 2 in small, from a study's table2.csv.

use std::path::Path;

use alpha_store::table::Table;

use crate::csv_file::Rows;
use crate::distinct::distinct;
use crate::error::Result;
use crate::paper::language::{FULL, SMALL, missing, runs_of};
use crate::paper::{Context, Outcome, fine_tuning};

pub(super) fn make(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let path = at.results.join(FULL).join(TABLE);
    if !path.is_file() {
        outcome.remark(missing(TABLE, at, FULL));
        return Ok(());
    }
    outcome.data = fine_tuning::data(&runs_of(at, FULL)?);
    let study = Study::read(&path, true)?;
    study.compare(outcome);
    let explained = "Accuracy in percent, ours ± the deviation over the seeds, in brackets what was published.";
    study.write(outcome, at.out, FULL, explained)
}

pub(super) fn make_small(outcome: &mut Outcome, at: &Context<'_>) -> Result<()> {
    let path = at.results.join(SMALL).join(TABLE);
    if !path.is_file() {
        outcome.remark(missing(TABLE, at, SMALL));
        return Ok(());
    }
    let runs = runs_of(at, SMALL)?;
    let model = runs.first().map_or("another model", |run| run.model());
    outcome.data = fine_tuning::data(&runs);
    outcome.settings.extend(fine_tuning::settings(&runs, &at.results.join(SMALL).join("runs")));
    let explained = format!(
        "Accuracy in percent ± the deviation over the seeds, of {model}: not to be compared with the paper's numbers, which \
         are roberta-base's."
    );
    Study::read(&path, false)?.write(outcome, at.out, SMALL, &explained)
}

/// The file of a study that has its table.
const TABLE: &str = "table2.csv";

/// A study's table2.csv.
struct Study {
    cells: Vec<Cell>,
}

/// One of its lines. The numbers are kept as they are written.
struct Cell {
    reading: String,
    method: String,
    task: String,
    ours: Option<String>,
    ours_std: Option<String>,
    published: Option<String>,
    published_std: Option<String>,
}

impl Study {
    /// Reads it; what was published is left out if it is of another model.
    fn read(path: &Path, with_published: bool) -> Result<Self> {
        let rows = &Rows::of_text(&path.display().to_string(), &fine_tuning::text(path)?)?;
        let column = |name: &'static str| -> Result<Vec<String>> {
            Ok(rows.words(name)?.map(|(_, word)| word.to_owned()).collect())
        };
        let (reading, method, task) = (column("reading")?, column("method")?, column("task")?);
        let number = |name: &'static str| -> Result<Vec<Option<String>>> {
            let checked = |(line, word): (u64, &str)| match word.parse::<f64>() {
                _ if word.is_empty() => Ok(None),
                Ok(value) if value.is_finite() => Ok(Some(word.to_owned())),
                _ => Err(rows.cell(line, name, word, "a finite number, or nothing")),
            };
            rows.words(name)?.map(checked).collect()
        };
        let (ours, ours_std) = (number("ours")?, number("ours_std")?);
        let (published, published_std) = (number("published")?, number("published_std")?);
        let cell = |row: usize| Cell {
            reading: reading[row].clone(),
            method: method[row].clone(),
            task: task[row].clone(),
            ours: ours[row].clone(),
            ours_std: ours_std[row].clone(),
            published: published[row].clone().filter(|_| with_published),
            published_std: published_std[row].clone().filter(|_| with_published),
        };
        Ok(Self { cells: (0..reading.len()).map(cell).collect() })
    }

    /// Best accuracies beside the published ones.
    fn compare(&self, outcome: &mut Outcome) {
        for cell in self.cells.iter().filter(|cell| cell.reading == "best_on_dev") {
            if let Some(ours) = cell.ours.as_ref().and_then(|words| words.parse().ok()) {
                let published = cell.published.as_ref().and_then(|words| words.parse().ok());
                outcome.compare(format!("{}, {}: best (%)", cell.task, cell.method), published, ours);
            }
        }
    }

    fn distinct(&self, of: fn(&Cell) -> &String) -> Vec<&String> {
        distinct(self.cells.iter().map(of))
    }

    /// A table per reading: methods by tasks.
    fn table(&self, reading: &str) -> Table {
        let tasks = self.distinct(|cell| &cell.task);
        let mut table = Table::new(["method"].into_iter().chain(tasks.iter().map(|task| task.as_str())));
        for method in self.distinct(|cell| &cell.method) {
            let find = |task: &&String| {
                self.cells.iter().find(|c| c.reading == reading && c.method == *method && c.task == **task)
            };
            let with = |value: &Option<String>, std: &Option<String>| {
                let value = value.as_ref()?;
                Some(std.as_ref().map_or(value.clone(), |std| format!("{value} ± {std}")))
            };
            let cell = |task: &&String| {
                let cell = find(task)?;
                let ours = with(&cell.ours, &cell.ours_std);
                let published = with(&cell.published, &cell.published_std).map(|words| format!("({words})"));
                let words: Vec<String> = [ours, published].into_iter().flatten().collect();
                (!words.is_empty()).then(|| words.join(" "))
            };
            let cells: Vec<String> = tasks.iter().map(|task| cell(task).unwrap_or_default()).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                table.push(std::iter::once(method.clone()).chain(cells));
            }
        }
        table
    }

    /// Writes tables/NAME.md, and says which tasks were not run.
    fn write(&self, outcome: &mut Outcome, out: &Path, name: &str, explained: &str) -> Result<()> {
        let mut text = format!("# {}\n\n{explained}\n", outcome.item.title());
        for reading in self.distinct(|cell| &cell.reading) {
            let words = match reading.as_str() {
                "best_on_dev" => "Best step on the test set (the paper's reading; it flatters)",
                "last" => "Last step",
                "selected" => "Step chosen on rows held out from training",
                other => other,
            };
            text += &format!("\n## {words}\n\n{}", self.table(reading).to_markdown());
        }
        outcome.write(out, &format!("tables/{name}.md"), &text)?;
        outcome.details = self.distinct(|cell| &cell.reading).first().map(|reading| self.table(reading));
        let is_run = |task: &str| self.cells.iter().any(|cell| cell.task == task && cell.ours.is_some());
        let not_run: Vec<&str> =
            ["MNLI", "QNLI", "MRPC", "RTE", "SST-2", "QQP"].into_iter().filter(|task| !is_run(task)).collect();
        if !not_run.is_empty() {
            outcome.remark(format!("not run: {}", not_run.join(", ")));
        }
        Ok(())
    }
}
