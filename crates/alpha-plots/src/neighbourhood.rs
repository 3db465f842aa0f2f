//! Figure 5: the accuracy where every learnt α* becomes aα* + b.

use crate::chart::{Chart, Curve, Key, Level, Marker, Shape};
use crate::colour_map::ColourMap;
use crate::csv_file::Rows;
use crate::error::{Error, Result};
use crate::heatmap::HeatMap;

/// Accuracies over a grid of a and b.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhood {
    /// Values of a, rising.
    pub a: Vec<f64>,
    /// Values of b, rising.
    pub b: Vec<f64>,
    /// Accuracy in percent, all of the first a first: the one at `a[i]` and `b[j]` is `accuracy[i * b.len() + j]`.
    pub accuracy: Vec<f64>,
}

impl Neighbourhood {
    /// Reads the text of a neighbourhood.csv, as `alpha-llm neighbourhood` writes it; `table` is for messages.
    ///
    /// # Errors
    /// [`Error::Csv`], [`Error::Column`] and [`Error::Cell`] for a damaged table, [`Error::Empty`] for one without rows;
    /// [`Error::NotAGrid`].
    pub fn parse(table: &str, text: &str) -> Result<Self> {
        let rows = Rows::of_text(table, text)?;
        let (all_a, all_b, shares) = (rows.numbers("a")?, rows.numbers("b")?, rows.numbers("accuracy")?);
        if shares.is_empty() {
            return Err(Error::Empty(table.to_owned()));
        }
        for ((line, word), share) in rows.words("accuracy")?.zip(&shares) {
            if !(0.0..=1.0).contains(share) {
                return Err(rows.cell(line, "accuracy", word, "a number from 0 to 1"));
            }
        }
        let distinct = |values: &[f64]| {
            let mut values = values.to_vec();
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        };
        let (a, b) = (distinct(&all_a), distinct(&all_b));
        let mut accuracy = vec![f64::NAN; a.len() * b.len()];
        for ((of_a, of_b), share) in all_a.iter().zip(&all_b).zip(&shares) {
            let place = |values: &[f64], value: f64| values.partition_point(|known| *known < value);
            accuracy[place(&a, *of_a) * b.len() + place(&b, *of_b)] = 100.0 * share;
        }
        if shares.len() != accuracy.len() || accuracy.iter().any(|value| value.is_nan()) {
            let table = table.to_owned();
            return Err(Error::NotAGrid { table, got: shares.len(), a: a.len(), b: b.len() });
        }
        Ok(Self { a, b, accuracy })
    }

    /// The accuracy at a point of the grid.
    pub fn at(&self, a: f64, b: f64) -> Option<f64> {
        let place = |values: &[f64], value: f64| values.iter().position(|known| *known == value);
        Some(self.accuracy[place(&self.a, a)? * self.b.len() + place(&self.b, b)?])
    }

    /// The highest accuracy, and the first a and b that have it.
    pub fn best(&self) -> (f64, f64, f64) {
        let mut best = (f64::NAN, f64::NAN, f64::MIN);
        for (index, &accuracy) in self.accuracy.iter().enumerate() {
            if accuracy > best.2 {
                best = (self.a[index / self.b.len()], self.b[index % self.b.len()], accuracy);
            }
        }
        best
    }

    /// The accuracy that most settings have, the lowest of equals: where α is far off, one class takes all.
    pub fn plateau(&self) -> f64 {
        let mut sorted = self.accuracy.clone();
        sorted.sort_by(f64::total_cmp);
        let runs = sorted.chunk_by(|x, y| (x - y).abs() < 1e-9);
        // Of equals the last one counts.
        runs.rev().max_by_key(|run| run.len()).map_or(f64::NAN, |run| run[0])
    }

    /// The map over (a, b), with the learnt α, (1, 0), marked. Levels lie closer the nearer they are to the highest
    /// accuracy, so that its surroundings have structure; around the plateau it is white.
    ///
    /// # Errors
    /// [`Error::TooFew`] for a single level: an accuracy that is the same everywhere has no map.
    pub fn heat_map(&self, title: &str) -> Result<HeatMap> {
        let (plateau, highest) = (self.plateau(), self.best().2);
        let lowest = self.accuracy.iter().copied().fold(f64::MAX, f64::min);
        if highest <= lowest {
            return Err(Error::TooFew { title: title.to_owned(), what: "levels", least: 1, got: 0 });
        }
        Ok(HeatMap {
            title: title.to_owned(),
            x_label: "a".to_owned(),
            y_label: "b".to_owned(),
            value_label: "accuracy (%)".to_owned(),
            x: self.a.clone(),
            y: self.b.clone(),
            values: (0..self.b.len())
                .flat_map(|j| (0..self.a.len()).map(move |i| self.accuracy[i * self.b.len() + j]))
                .collect(),
            levels: levels(lowest, plateau, highest),
            colours: ColourMap::Diverging { centre: plateau },
            markers: vec![Marker { at: (1.0, 0.0), colour: None, shape: Shape::OpenDiamond }],
            notes: vec![(Key::Marker(Shape::OpenDiamond), "the learnt α".to_owned())],
            ..HeatMap::default()
        })
    }

    /// The two lines through the learnt α: α* + t, and tα*. Without a = 1 or b = 0 in the grid, that line is missing.
    pub fn lines(&self, title: &str) -> Chart {
        let along = |values: &[f64], at: &dyn Fn(f64) -> Option<f64>| {
            values.iter().filter_map(|&t| Some((t, at(t)?))).collect::<Vec<_>>()
        };
        let shifted = along(&self.b, &|t| self.at(1.0, t));
        let scaled = along(&self.a, &|t| self.at(t, 0.0));
        let learnt = self.at(1.0, 0.0);
        let curve = |label: &str, colour: usize, points: Vec<(f64, f64)>| Curve {
            label: label.to_owned(),
            colour: Some(colour),
            points,
            dashed: false,
        };
        let marker = |t: f64, colour: usize| {
            learnt.map(|y| Marker { at: (t, y), colour: Some(colour), shape: Shape::OpenDiamond })
        };
        Chart {
            title: title.to_owned(),
            x_label: "t".to_owned(),
            y_label: "accuracy (%)".to_owned(),
            curves: vec![curve("α* + t", 0, shifted), curve("tα*", 1, scaled)],
            levels: vec![Level { y: self.plateau(), colour: None }],
            markers: [marker(0.0, 0), marker(1.0, 1)].into_iter().flatten().collect(),
            notes: vec![
                (Key::Level, "most common".to_owned()),
                (Key::Marker(Shape::OpenDiamond), "the learnt α".to_owned()),
            ],
            ..Chart::default()
        }
    }
}

/// Rising boundaries: a narrow level around the plateau, and below and above it distances to the ends that shrink.
fn levels(lowest: f64, plateau: f64, highest: f64) -> Vec<f64> {
    let tenth = |value: f64| (10.0 * value).round() / 10.0;
    let (fall, rise) = (plateau - lowest, highest - plateau);
    let below = [0.6, 0.3].map(|share| plateau - share * fall);
    let around = [plateau - HALF_PLATEAU, plateau + HALF_PLATEAU];
    let above = [0.8, 0.6, 0.4, 0.25, 0.15, 0.08, 0.03].map(|share| highest - share * rise);
    let all = below.into_iter().filter(|level| *level < around[0]).chain(around);
    let mut levels: Vec<f64> = all.chain(above.into_iter().filter(|level| *level > around[1])).map(tenth).collect();
    levels.dedup();
    levels
}

/// Half the width of the plateau's level, in percent: a few rows of an evaluation file more or less.
const HALF_PLATEAU: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_whatever_the_plateau() {
        for (lowest, plateau, highest) in
            [(43.3, 47.3, 78.3), (31.6, 68.4, 87.0), (50.0, 50.0, 50.2), (31.0, 87.0, 87.0)]
        {
            let levels = levels(lowest, plateau, highest);
            assert!(levels.windows(2).all(|pair| pair[0] < pair[1]), "{levels:?}");
            let level = levels.partition_point(|boundary| *boundary <= plateau);
            assert!(level > 0 && level < levels.len(), "the plateau {plateau} has its level in {levels:?}");
        }
    }
}
