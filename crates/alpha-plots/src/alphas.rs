//! Appendix E.2: the learnt α of every layer, in statistics.

use crate::chart::{Band, Chart, Curve, Key, Level};
use crate::csv_file::Rows;
use crate::distinct::distinct;
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

/// No model has as many layers.
const LAYERS: usize = 10_000;

/// Reads the text of an alphas.csv, as `alpha-llm alphas` writes it; its line over all modules is passed over. `table` is for
/// messages.
///
/// # Errors
/// [`Error::Csv`], [`Error::Column`], [`Error::Cell`]; [`Error::Empty`] without a module.
pub fn parse(table: &str, text: &str) -> Result<Vec<ModuleAlphas>> {
    let rows = Rows::of_text(table, text)?;
    let (mean, std) = (rows.numbers("mean")?, rows.numbers("std")?);
    let [p5, p25, p50, p75, p95] = ["p5", "p25", "p50", "p75", "p95"].map(|column| rows.numbers(column));
    let percentiles = [p5?, p25?, p50?, p75?, p95?];
    let mut modules = Vec::new();
    for (row, ((line, layer), (_, module))) in rows.words("layer")?.zip(rows.words("module")?).enumerate() {
        if layer == "all" {
            continue;
        }
        let known = layer.parse().ok().filter(|layer| *layer < LAYERS);
        let layer = known.ok_or_else(|| rows.cell(line, "layer", layer, "a number from 0 to 9999, or all"))?;
        let percentiles = std::array::from_fn(|place| percentiles[place][row]);
        modules.push(ModuleAlphas { layer, module: module.to_owned(), mean: mean[row], std: std[row], percentiles });
    }
    if modules.is_empty() { Err(Error::Empty(table.to_owned())) } else { Ok(modules) }
}

/// A chart per module, in the order in which they come: mean, median, and bands from the 5th to the 95th and from the 25th
/// to the 75th percentile, against the layer. All vertical axes show the same range.
pub fn charts(title: &str, alphas: &[ModuleAlphas]) -> Vec<Chart> {
    let reach: Vec<f64> = alphas.iter().flat_map(|module| [module.percentiles[0], module.percentiles[4]]).collect();
    let chart = |(index, name): (usize, &str)| {
        let of_module: Vec<&ModuleAlphas> = alphas.iter().filter(|module| module.module == name).collect();
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
    distinct(alphas.iter().map(|module| module.module.as_str())).into_iter().enumerate().map(chart).collect()
}

/// A single layer has no extent: it is drawn half a layer wide to both sides.
fn widened<T: Copy>(points: Vec<(f64, T)>) -> Vec<(f64, T)> {
    match points[..] {
        [(x, value)] => vec![(x - 0.5, value), (x + 0.5, value)],
        _ => points,
    }
}
