//! Figure 4: test accuracy against the step, LoRA and α-LoRA side by side.

use alpha_store::table::Table;

use crate::chart::{Band, Chart, Curve, Key};
use crate::csv_file::Rows;
use crate::distinct::distinct;
use crate::error::Result;
use crate::paper::fine_tuning::Run;

/// A study's words for the two methods.
pub const METHODS: [&str; 2] = ["lora", "alpha-lora"];
const NAMES: [&str; 2] = ["LoRA", "α-LoRA"];

/// The curves of a task and a seed: step and accuracy in percent, of LoRA and of α-LoRA. An empty one is not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pair {
    /// The task.
    pub task: String,
    /// The seed.
    pub seed: u64,
    /// LoRA, α-LoRA.
    pub curves: [Vec<(f64, f64)>; 2],
}

/// The published curves: MNLI with seed 5, RTE with seed 123.
///
/// # Errors
/// Those of a damaged table.
pub fn published() -> Result<Vec<Pair>> {
    let tables = [
        ("MNLI", 5, include_str!("../../published/fig4_published_mnli_seed5.csv")),
        ("RTE", 123, include_str!("../../published/fig4_published_rte_seed123.csv")),
    ];
    let pair = |(task, seed, text): (&str, u64, &str)| {
        let rows = Rows::of_text(&format!("the published Figure 4, {task}"), text)?;
        let steps = rows.numbers("step")?;
        let curve =
            |shares: Vec<f64>| steps.iter().copied().zip(shares.into_iter().map(|share| 100.0 * share)).collect();
        let curves = [rows.numbers("lora_accuracy")?, rows.numbers("alpha_lora_accuracy")?].map(curve);
        Ok(Pair { task: task.to_owned(), seed, curves })
    };
    tables.into_iter().map(pair).collect()
}

/// The curves of a study, by task and seed in the order of the runs; those of other methods are passed over.
pub fn pairs(runs: &[Run]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for run in runs {
        let method = METHODS.iter().position(|method| run.method() == Some(method));
        let Some(method) = method.filter(|_| !run.reported().is_empty()) else { continue };
        let place = pairs.iter().position(|pair| pair.task == run.task() && pair.seed == run.seed());
        let place = place.unwrap_or_else(|| {
            pairs.push(Pair { task: run.task().to_owned(), seed: run.seed(), ..Pair::default() });
            pairs.len() - 1
        });
        pairs[place].curves[method] = run.reported().to_vec();
    }
    pairs
}

/// How a curve's accuracy is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The best at any step: chosen on the test set, as the paper reports it.
    Best,
    /// The last step's.
    Last,
}

impl Reading {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Best, Self::Last];

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Last => "last",
        }
    }
}

impl Pair {
    /// LoRA's and α-LoRA's accuracy in percent, where both are known.
    pub fn reading(&self, reading: Reading) -> Option<[f64; 2]> {
        let read = |curve: &Vec<(f64, f64)>| match reading {
            Reading::Best => curve.iter().map(|point| point.1).reduce(f64::max),
            Reading::Last => curve.last().map(|point| point.1),
        };
        let [lora, alpha_lora] = self.curves.each_ref().map(read);
        Some([lora?, alpha_lora?])
    }
}

/// Best and last of each pair, and the gap between the methods.
pub fn table(sources: &[(&str, &[Pair])]) -> Table {
    let mut table = Table::new(["", "task", "seed", "step", "LoRA (%)", "α-LoRA (%)", "gap"]);
    for (source, pairs) in sources {
        for pair in *pairs {
            for reading in Reading::ALL {
                let Some([lora, alpha_lora]) = pair.reading(reading) else { continue };
                let numbers = [lora, alpha_lora, alpha_lora - lora].map(|value| format!("{value:.2}"));
                let words = [(*source).to_owned(), pair.task.clone(), pair.seed.to_string(), reading.name().to_owned()];
                table.push(words.into_iter().chain(numbers));
            }
        }
    }
    table
}

/// By task, α-LoRA's last accuracy less LoRA's, the mean over the seeds that have both, and how many there are.
pub fn gaps(pairs: &[Pair]) -> Vec<(String, f64, usize)> {
    let of_task = |task: &str| {
        let of_task = pairs.iter().filter(|pair| pair.task == task);
        let gaps: Vec<f64> = of_task.filter_map(|p| p.reading(Reading::Last)).map(|[a, b]| b - a).collect();
        (!gaps.is_empty()).then(|| (task.to_owned(), gaps.iter().sum::<f64>() / gaps.len() as f64, gaps.len()))
    };
    distinct(pairs.iter().map(|pair| pair.task.as_str())).into_iter().filter_map(of_task).collect()
}

/// A published pair, solid, with ours over it, dashed, where there is one. What all curves have above the lowest twentieth of
/// the points is shown, so that a few first steps do not take all the height.
pub fn chart(published: &Pair, ours: Option<&Pair>) -> Chart {
    let curves = |pair: &Pair, whose: &str, dashed: bool| {
        let curve = |(method, points): (usize, &Vec<(f64, f64)>)| Curve {
            label: format!("{}, {whose}", NAMES[method]),
            colour: Some(method),
            points: points.clone(),
            dashed,
        };
        pair.curves.iter().enumerate().filter(|(_, points)| !points.is_empty()).map(curve).collect::<Vec<_>>()
    };
    let mut all = curves(published, "published", false);
    all.extend(ours.into_iter().flat_map(|ours| curves(ours, "ours", true)));
    let mut heights: Vec<f64> = all.iter().flat_map(|curve| &curve.points).map(|point| point.1).collect();
    heights.sort_by(f64::total_cmp);
    Chart {
        floor: heights.get(heights.len() / 20).copied(),
        title: format!("{}, seed {}, roberta-base", published.task, published.seed),
        x_label: "step".to_owned(),
        y_label: "test accuracy (%)".to_owned(),
        curves: all,
        ..Chart::default()
    }
}

/// A chart per task: the mean over the seeds, in a band from the lowest to the highest of them.
pub fn study_charts(pairs: &[Pair], model: &str) -> Vec<Chart> {
    let chart = |task: &str| {
        let mut chart = Chart {
            title: format!("{task}, {model}"),
            x_label: "step".to_owned(),
            y_label: "test accuracy (%)".to_owned(),
            ..Chart::default()
        };
        for (method, name) in NAMES.iter().enumerate() {
            let of_task = pairs.iter().filter(|pair| pair.task == task);
            let seeds: Vec<_> = of_task.map(|pair| &pair.curves[method]).filter(|curve| !curve.is_empty()).collect();
            let Some(points) = spread(&seeds) else { continue };
            let label = match seeds.len() {
                1 => name.to_string(),
                count => format!("{name}, mean of {count} seeds"),
            };
            let colour = Some(method);
            let mean = points.iter().map(|(step, mean, _)| (*step, *mean)).collect();
            chart.curves.push(Curve { label, colour, points: mean, dashed: false });
            if seeds.len() > 1 {
                let ends = points.iter().map(|(step, _, ends)| (*step, *ends)).collect();
                chart.bands.push(Band { colour, points: ends });
            }
        }
        if !chart.bands.is_empty() {
            chart.notes.push((Key::Band(None, 1), "lowest to highest seed".to_owned()));
        }
        chart
    };
    distinct(pairs.iter().map(|pair| pair.task.as_str())).into_iter().map(chart).collect()
}

/// Mean, lowest and highest at the steps that all curves have.
fn spread(curves: &[&Vec<(f64, f64)>]) -> Option<Vec<(f64, f64, [f64; 2])>> {
    let at = |step: f64| -> Option<Vec<f64>> {
        curves.iter().map(|curve| curve.iter().find(|point| point.0 == step).map(|point| point.1)).collect()
    };
    let point = |&(step, _): &(f64, f64)| {
        let values = at(step)?;
        let ends = [values.iter().copied().fold(f64::MAX, f64::min), values.iter().copied().fold(f64::MIN, f64::max)];
        Some((step, values.iter().sum::<f64>() / values.len() as f64, ends))
    };
    Some(curves.first()?.iter().filter_map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(task: &str, seed: u64, shift: f64) -> Pair {
        let lora = vec![(0.0, 50.0 + shift), (8.0, 80.0 + shift)];
        let alpha_lora = vec![(0.0, 50.0), (8.0, 84.0 - shift), (9.0, 10.0)];
        Pair { task: task.to_owned(), seed, curves: [lora, alpha_lora] }
    }

    #[test]
    fn seeds_make_a_mean_in_a_band_wherever_they_lie() {
        let pairs = [pair("SST-2", 1, 0.0), pair("RTE", 1, 0.0), pair("SST-2", 2, 4.0)];
        let charts = study_charts(&pairs, "small-bert");
        assert_eq!(
            charts.iter().map(|chart| chart.title.as_str()).collect::<Vec<_>>(),
            ["SST-2, small-bert", "RTE, small-bert"]
        );
        let chart = &charts[0];
        assert_eq!(chart.curves[0].points, [(0.0, 52.0), (8.0, 82.0)]);
        assert_eq!(chart.curves[1].points, [(0.0, 50.0), (8.0, 82.0), (9.0, 10.0)]);
        assert_eq!(chart.bands[1].points[1], (8.0, [80.0, 84.0]));
        assert_eq!(chart.curves[1].label, "α-LoRA, mean of 2 seeds");
        assert_eq!((charts[1].curves[0].label.as_str(), charts[1].bands.len()), ("LoRA", 0));
        assert_eq!(gaps(&pairs), [("SST-2".to_owned(), -72.0, 2), ("RTE".to_owned(), -70.0, 1)]);
    }
}
