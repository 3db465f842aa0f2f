//! Every item of the paper that this build can make: what it writes, and how it compares with what was published. Beyond
//! the paper: what its published form costs, maps of the theory, and how fast the theory becomes exact.

mod beyond;
mod language;
mod settings;
mod study;

use std::path::{Path, PathBuf};
use std::time::Instant;

use alpha_linear::amazon::Amazon;
use alpha_linear::table1::{self, Table1Config};
use alpha_rmt::source::SourceForm;
use alpha_store::output;
use alpha_store::record::DataUsed;
use alpha_store::table::Table;

use crate::chart::{Chart, panels};
use crate::error::Result;
use crate::experiments::experiment;
use crate::figure1::{self, Figure1Config};
use crate::figure2::{self, Figure2Config};
use crate::figure3::{self, Figure3Config};
use crate::figure6::{self, Figure6Config};

/// An item of the paper, or beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Table 1, 40 target labels.
    Table1,
    /// Table 1 with 20 target labels.
    Table1N20,
    /// Theoretical accuracy against α.
    Figure1,
    /// α* against the alignment.
    Figure2,
    /// Measured accuracy against α.
    Figure3,
    /// Accuracy against the step, LoRA and α-LoRA.
    Figure4,
    /// Accuracy around the learnt α.
    Figure5,
    /// The decision function on either class, and the theory's Gaussians.
    Figure6,
    /// LoRA and α-LoRA on six tasks of GLUE.
    Table2,
    /// Table 2 in small: another model, fewer tasks.
    Table2Small,
    /// The learnt α, layer by layer.
    AppendixE2,
    /// Beyond the paper: what the published second moment of a ridge source costs.
    Erratum,
    /// Beyond the paper: α* and its gains over c = p/n and β, and over the ridges.
    Phase,
    /// Beyond the paper: how fast the theory becomes exact as p grows.
    Convergence,
    /// Beyond the paper: which choice of α is best on the Amazon transfers.
    Selections,
    /// Beyond the paper: a small pretrained encoder fine-tuned on a CPU.
    Minilm,
}

impl Item {
    /// All items, in the order of the paper, then those beyond it.
    pub const ALL: [Self; 16] = [
        Self::Table1,
        Self::Table1N20,
        Self::Figure1,
        Self::Figure2,
        Self::Figure3,
        Self::Figure4,
        Self::Figure5,
        Self::Figure6,
        Self::Table2,
        Self::Table2Small,
        Self::AppendixE2,
        Self::Erratum,
        Self::Phase,
        Self::Convergence,
        Self::Selections,
        Self::Minilm,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table1 => "table1",
            Self::Table1N20 => "table1-n20",
            Self::Figure1 => "figure1",
            Self::Figure2 => "figure2",
            Self::Figure3 => "figure3",
            Self::Figure4 => "figure4",
            Self::Figure5 => "figure5",
            Self::Figure6 => "figure6",
            Self::Table2 => "table2",
            Self::Table2Small => "table2-small",
            Self::AppendixE2 => "appendix-e2",
            Self::Erratum => "erratum",
            Self::Phase => "phase",
            Self::Convergence => "convergence",
            Self::Selections => "selections",
            Self::Minilm => "minilm",
        }
    }

    /// What it shows.
    pub fn title(self) -> &'static str {
        match self {
            Self::Table1 => "Table 1: twelve Amazon transfers, 40 target labels",
            Self::Table1N20 => "Table 1 with 20 target labels",
            Self::Figure1 => "Figure 1: theoretical accuracy against α",
            Self::Figure2 => "Figure 2: best scale α* against the alignment",
            Self::Figure3 => "Figure 3: measured accuracy against α, Amazon transfers",
            Self::Figure4 => "Figure 4: accuracy against the step, LoRA and α-LoRA",
            Self::Figure5 => "Figure 5: accuracy around the learnt α",
            Self::Figure6 => "Figure 6: the decision function on either class, and the theory's Gaussians",
            Self::Table2 => "Table 2: LoRA and α-LoRA with roberta-base on six tasks of GLUE",
            Self::Table2Small => "Table 2 in small: another model, fewer tasks, not the paper's numbers",
            Self::AppendixE2 => "Appendix E.2: the learnt α, layer by layer",
            Self::Erratum => "Beyond the paper: what the published second moment costs",
            Self::Phase => "Beyond the paper: α* and its gains over aspect ratio, alignment and ridges",
            Self::Convergence => "Beyond the paper: how fast the theory becomes exact",
            Self::Selections => "Beyond the paper: which choice of α is best on the Amazon transfers",
            Self::Minilm => "Beyond the paper: all-MiniLM-L6-v2 on MRPC and SST-2, fine-tuned on a CPU",
        }
    }

    /// Whether the paper does not have it.
    pub fn is_beyond(self) -> bool {
        self.title().starts_with("Beyond the paper")
    }

    /// Whether it is about the Amazon data.
    pub fn needs_amazon(self) -> bool {
        matches!(self, Self::Table1 | Self::Table1N20 | Self::Figure3 | Self::Figure6 | Self::Selections)
    }
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The item.
    pub item: Item,
    /// Published, ours, difference: one line each.
    pub comparisons: Vec<Comparison>,
    /// How many published numbers ours were held against, digit by digit.
    pub checked: usize,
    /// Published digits that were not met, in words.
    pub misses: Vec<String>,
    /// Files written; none if the item was left out.
    pub files: Vec<PathBuf>,
    /// Something to read on the terminal, where numbers say more than a line.
    pub details: Option<Table>,
    /// More of it with captions, for the report only.
    pub tables: Vec<(String, Table)>,
    /// Why it was not made, or not from the real data.
    pub note: Option<String>,
    /// The dataset files behind it.
    pub data: Vec<DataUsed>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A number beside the published one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What it is.
    pub quantity: String,
    /// The published number, if there is one.
    pub published: Option<f64>,
    /// Ours.
    pub ours: f64,
}

impl Outcome {
    fn new(item: Item) -> Self {
        Self {
            item,
            comparisons: Vec::new(),
            checked: 0,
            misses: Vec::new(),
            files: Vec::new(),
            details: None,
            tables: Vec::new(),
            note: None,
            data: Vec::new(),
            seconds: 0.0,
        }
    }

    /// The comparisons as a table; `None` if there are none.
    pub fn comparison(&self) -> Option<Table> {
        let published = self.comparisons.iter().any(|c| c.published.is_some());
        let mut table = match published {
            true => Table::new(["quantity", "published", "ours", "difference"]),
            false => Table::new(["quantity", "value"]),
        };
        for c in &self.comparisons {
            let ours = format!("{:.2}", c.ours);
            match (published, c.published) {
                (true, Some(x)) => {
                    table.push([c.quantity.clone(), format!("{x:.2}"), ours, table1::difference(c.ours - x)])
                }
                (true, None) => table.push([c.quantity.clone(), String::new(), ours]),
                (false, _) => table.push([c.quantity.clone(), ours]),
            }
        }
        (!self.comparisons.is_empty()).then_some(table)
    }

    fn write(&mut self, path: PathBuf, content: &str) -> Result<()> {
        output::write(&path, |out| out.write_all(content.as_bytes()))?;
        self.files.push(path);
        Ok(())
    }

    fn figure(&mut self, folder: &Path, name: &str, chart: &Chart) -> Result<()> {
        self.write(folder.join(format!("figures/{name}.svg")), &chart.to_svg()?)
    }

    fn compare(&mut self, quantity: impl Into<String>, published: Option<f64>, ours: f64) {
        self.comparisons.push(Comparison { quantity: quantity.into(), published, ours });
    }
}

/// Makes an item and writes it to `folder/tables` and `folder/figures`. Without the Amazon data, Table 1 is made on its
/// Gaussian stand-in, named so in the file, and Figure 3, half of Figure 6 and the study of selections are left out. `runs`
/// holds the runs of alpha-llm, which this build cannot make itself: `results` has those of `scripts/minilm` and of
/// `reproduce-table2`.
///
/// # Errors
/// [`crate::Error`] if a measurement fails or a file cannot be written.
pub fn make(item: Item, amazon: Option<&Amazon>, runs: &Path, folder: &Path) -> Result<Outcome> {
    let start = Instant::now();
    let mut outcome = Outcome::new(item);
    if let (true, Some(amazon)) = (item.needs_amazon(), amazon) {
        outcome.data = amazon.files.clone();
    }
    match item {
        Item::Table1 => make_table1(&mut outcome, &experiment!("table1.toml")?, "table1", amazon, folder)?,
        Item::Table1N20 => make_table1(&mut outcome, &experiment!("table1_n20.toml")?, "table1_n20", amazon, folder)?,
        Item::Figure1 => make_figure1(&mut outcome, folder)?,
        Item::Figure2 => make_figure2(&mut outcome, folder)?,
        Item::Figure3 => make_figure3(&mut outcome, amazon, folder)?,
        Item::Figure4 => language::make_figure4(&mut outcome, runs, folder)?,
        Item::Figure5 => language::make_figure5(&mut outcome, runs, folder)?,
        Item::Figure6 => make_figure6(&mut outcome, amazon, folder)?,
        Item::Table2 => language::make_table2(&mut outcome, runs, folder)?,
        Item::Table2Small => language::make_table2_small(&mut outcome, runs, folder)?,
        Item::AppendixE2 => language::make_appendix_e2(&mut outcome, runs, folder)?,
        Item::Erratum => beyond::make_erratum(&mut outcome, folder)?,
        Item::Phase => beyond::make_phase(&mut outcome, folder)?,
        Item::Convergence => beyond::make_convergence(&mut outcome, folder)?,
        Item::Selections => beyond::make_selections(&mut outcome, amazon, folder)?,
        Item::Minilm => beyond::make_minilm(&mut outcome, runs, folder)?,
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

fn make_table1(
    outcome: &mut Outcome,
    config: &Table1Config,
    name: &str,
    amazon: Option<&Amazon>,
    folder: &Path,
) -> Result<()> {
    let published = table1::published(config).unwrap_or_default();
    let (transfers, name, heading) = match amazon {
        Some(amazon) => (table1::on_amazon(amazon, config)?, name.to_owned(), outcome.item.title().to_owned()),
        None => {
            outcome.note = Some("on a Gaussian stand-in with the published statistics, not on the reviews".to_owned());
            let heading = format!("{}: Gaussian stand-in, not the Amazon reviews", outcome.item.title());
            (table1::on_stand_in(config)?, format!("{name}_gaussian_stand_in"), heading)
        }
    };
    let mut table = table1::table(&transfers);
    if amazon.is_none() {
        table.add_column("data", "Gaussian stand-in");
    }
    outcome.write(folder.join(format!("tables/{name}.csv")), &table.to_csv()?)?;
    outcome.write(folder.join(format!("tables/{name}.md")), &format!("# {heading}\n\n{}", table.to_markdown()))?;
    outcome.details = Some(table1::summary(&transfers));

    for (quantity, column) in [
        ("mean accuracy at α = 0", "acc_alpha_0"),
        ("mean accuracy at α = 1", "acc_alpha_1"),
        ("mean accuracy at α*", "acc_alpha_star"),
        ("mean accuracy, source only", "source_only"),
    ] {
        if let Some(index) = table.header().iter().position(|name| name == column) {
            let mean = |rows: &[Vec<String>]| {
                let cells: Vec<f64> = rows.iter().filter_map(|row| row.get(index)?.parse().ok()).collect();
                (!cells.is_empty()).then(|| cells.iter().sum::<f64>() / cells.len() as f64)
            };
            outcome.compare(quantity, mean(&published), mean(table.rows()).unwrap_or(f64::NAN));
        }
    }
    if amazon.is_some() {
        let misses = table1::misses(&transfers, &published);
        outcome.checked = published.len() * table1::PUBLISHED_NUMBERS;
        outcome
            .tables
            .push(("Every published number, ours, and the gap".to_owned(), table1::beside(&transfers, &published)));
        outcome.misses = misses.iter().map(ToString::to_string).collect();
    }
    Ok(())
}

fn make_figure1(outcome: &mut Outcome, folder: &Path) -> Result<()> {
    let config = Figure1Config::paper()?;
    let correct = config.curves(SourceForm::Correct)?;
    let published = config.curves(SourceForm::Published)?;
    outcome.figure(folder, "figure1", &figure1::chart(&correct, SourceForm::Correct))?;
    outcome.figure(folder, "figure1_published", &figure1::chart(&published, SourceForm::Published))?;
    outcome.write(folder.join("figures/figure1.csv"), &figure1::table(&config)?.to_csv()?)?;
    for (ours, theirs) in correct.iter().zip(&published) {
        if let Some(star) = ours.point.alpha_star {
            outcome.compare(format!("α* at β = {}", ours.alignment), theirs.point.alpha_star, star);
        }
    }
    outcome.note = Some("published: the paper's formula; ours: the corrected one".to_owned());
    Ok(())
}

fn make_figure2(outcome: &mut Outcome, folder: &Path) -> Result<()> {
    let config = Figure2Config::paper()?;
    let correct = config.ridge.lines(SourceForm::Correct)?;
    let published = config.ridge.lines(SourceForm::Published)?;
    outcome.figure(folder, "figure2_ridge", &figure2::ridge_chart(&correct, SourceForm::Correct))?;
    outcome.figure(folder, "figure2_ridge_published", &figure2::ridge_chart(&published, SourceForm::Published))?;
    outcome.figure(folder, "figure2_given", &figure2::given_chart(&config.given.lines()?))?;
    outcome.write(folder.join("figures/figure2.csv"), &figure2::table(&config)?.to_csv()?)?;
    for (ours, theirs) in correct.iter().zip(&published) {
        if let (Some((_, a)), Some((_, b))) = (ours.points.last(), theirs.points.last()) {
            outcome.compare(format!("α* at β = 1, η = {}", ours.parameter), Some(*b).filter(|x| x.is_finite()), *a);
        }
    }
    outcome.note = Some("published: the paper's formula; ours: the corrected one".to_owned());
    Ok(())
}

fn make_figure3(outcome: &mut Outcome, amazon: Option<&Amazon>, folder: &Path) -> Result<()> {
    let Some(amazon) = amazon else {
        outcome.note = Some("left out: it needs the Amazon data".to_owned());
        return Ok(());
    };
    let config = Figure3Config::paper()?;
    let (measured, theory) = (config.measure(amazon)?, config.theory(amazon)?);
    outcome.figure(folder, "figure3", &figure3::chart(&measured))?;
    let charts = figure3::theory_charts(&measured, &theory);
    outcome.write(folder.join("figures/figure3_theory.svg"), &panels::grid(&charts, 3)?)?;
    outcome.write(folder.join("figures/figure3.csv"), &figure3::table(&measured, &theory).to_csv()?)?;
    for (transfer, theory) in measured.iter().zip(&theory) {
        if let Some((alpha, cell)) = transfer.points.iter().max_by(|a, b| a.1.mean.total_cmp(&b.1.mean)) {
            let pair = format!("{} → {}", transfer.source.name(), transfer.target.name());
            outcome.compare(format!("{pair}: accuracy at the best α, {alpha:.1}"), None, cell.mean);
            outcome.compare(
                format!("{pair}: α from 40 labels, beside the published α*"),
                Some(transfer.alpha_star),
                theory.honest_alpha,
            );
        }
    }
    Ok(())
}

fn make_figure6(outcome: &mut Outcome, amazon: Option<&Amazon>, folder: &Path) -> Result<()> {
    let config = Figure6Config::paper()?;
    let mut panels = config.synthetic()?;
    let charts: Vec<Chart> = panels.iter().map(figure6::chart).collect();
    outcome.write(folder.join("figures/figure6_synthetic.svg"), &panels::grid(&charts, config.alphas.len())?)?;
    match amazon {
        Some(amazon) => {
            let real = config.on_amazon(amazon)?;
            let charts: Vec<Chart> = real.iter().map(figure6::chart).collect();
            outcome.write(folder.join("figures/figure6_amazon.svg"), &panels::grid(&charts, config.alphas.len())?)?;
            panels.extend(real);
        }
        None => outcome.note = Some("without its half on the Amazon data".to_owned()),
    }
    outcome.write(folder.join("figures/figure6.csv"), &figure6::table(&panels).to_csv()?)?;
    outcome.details = Some(figure6::table(&panels));
    Ok(())
}
