//! Appendix E.2: the learnt α of every layer, in statistics.

use std::path::Path;

use crate::chart::{Band, Chart, Curve, Key, Level};
use crate::csv_file::Rows;
use crate::error::{Error, Result};

/// α of one module, as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleAlphas {
    /// The layer, from 0.
    pub layer: usize,
    /// The module, such as `query`.
    pub module: String,
    /// Mean over its rows.
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
    /// Percentiles 5, 25, 50, 75 and 95.
    pub percentiles: [f64; 5],
}

/// Reads an alphas.csv, as `alpha-llm alphas` writes it; its line over all modules is passed over.
///
/// # Errors
/// [`Error::Store`], [`Error::Csv`], [`Error::Column`], [`Error::Cell`].
pub fn read(path: &Path) -> Result<Vec<ModuleAlphas>> {
    of_rows(&Rows::of_file(path)?)
}

/// As [`read`], from text; `table` is for messages.
///
/// # Errors
/// As [`read`].
pub fn parse(table: &str, text: &str) -> Result<Vec<ModuleAlphas>> {
    of_rows(&Rows::of_text(table, text)?)
}

fn of_rows(rows: &Rows) -> Result<Vec<ModuleAlphas>> {
    let (mean, std) = (rows.numbers("mean")?, rows.numbers("std")?);
    let [p5, p25, p50, p75, p95] = ["p5", "p25", "p50", "p75", "p95"].map(|column| rows.numbers(column));
    let percentiles = [p5?, p25?, p50?, p75?, p95?];
    let mut modules = Vec::new();
    for (row, ((line, layer), (_, module))) in rows.words("layer")?.zip(rows.words("module")?).enumerate() {
        if layer == "all" {
            continue;
        }
        let layer = layer.parse().map_err(|_| rows.cell(line, "layer", layer, "a number from 0, or all"))?;
        let percentiles = std::array::from_fn(|place| percentiles[place][row]);
        modules.push(ModuleAlphas { layer, module: module.to_owned(), mean: mean[row], std: std[row], percentiles });
    }
    if modules.is_empty() { Err(Error::Empty(rows.table().to_owned())) } else { Ok(modules) }
}

/// Each statistic's mean over several runs, for the modules that all of them have.
pub fn mean(runs: &[Vec<ModuleAlphas>]) -> Vec<ModuleAlphas> {
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

/// A chart per module, in the order in which they come: mean, median, and bands from the 5th to the 95th and from the 25th
/// to the 75th percentile, against the layer. All vertical axes show the same range.
pub fn charts(title: &str, alphas: &[ModuleAlphas]) -> Vec<Chart> {
    let mut names: Vec<&str> = Vec::new();
    for module in alphas {
        if !names.contains(&module.module.as_str()) {
            names.push(&module.module);
        }
    }
    let reach: Vec<f64> = alphas.iter().flat_map(|module| [module.percentiles[0], module.percentiles[4]]).collect();
    let chart = |(index, name): (usize, &&str)| {
        let of_module: Vec<&ModuleAlphas> = alphas.iter().filter(|module| module.module == **name).collect();
        let colour = Some(index);
        let band = |low: usize, high: usize| Band {
            colour,
            points: widened(
                of_module.iter().map(|m| (m.layer as f64, [m.percentiles[low], m.percentiles[high]])).collect(),
            ),
        };
        let curve = |label: &str, dashed: bool, value: fn(&ModuleAlphas) -> f64| Curve {
            label: label.to_owned(),
            colour,
            points: widened(of_module.iter().map(|m| (m.layer as f64, value(m))).collect()),
            dashed,
        };
        Chart {
            title: format!("{title}, {name}"),
            x_label: "layer".to_owned(),
            y_label: "α".to_owned(),
            reach: reach.clone(),
            bands: vec![band(0, 4), band(1, 3)],
            curves: vec![curve("mean", false, |m| m.mean), curve("median", true, |m| m.percentiles[2])],
            levels: vec![Level { y: 1.0, colour: None }],
            notes: vec![
                (Key::Band(colour, 2), "25–75 %".to_owned()),
                (Key::Band(colour, 1), "5–95 %".to_owned()),
                (Key::Level, "α = 1".to_owned()),
            ],
            ..Chart::default()
        }
    };
    names.iter().enumerate().map(chart).collect()
}

/// A single layer has no extent: it is drawn half a layer wide to both sides.
fn widened<T: Copy>(points: Vec<(f64, T)>) -> Vec<(f64, T)> {
    match points[..] {
        [(x, value)] => vec![(x - 0.5, value), (x + 0.5, value)],
        _ => points,
    }
}
