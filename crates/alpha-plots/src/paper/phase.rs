//! Beyond the paper: where in the space of parameters the frozen source should be scaled, and what that gains.
//!
//! Maps over c = p/n and β of α* and its gains, with the boundary beyond which the frozen source is best left alone, and a
//! map of α* over both ridges. Correct form throughout.

use alpha_rmt::setting::{Point, Setting};
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Axis, Parameter, Spacing};
use alpha_store::table::Table;
use serde::Deserialize;

use crate::chart::{Curve, Scale};
use crate::colour_map::ColourMap;
use crate::error::Result;
use crate::heatmap::HeatMap;
use crate::paper::cells::rounded;
use crate::paper::contour::{with_gaps, zeros};
use crate::paper::experiments::experiment;

/// The settings of the maps.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseConfig {
    /// The maps over c and β.
    pub alignment: AlignmentMaps,
    /// The map over the ridges.
    pub ridges: RidgeMap,
}

/// α* and its gains over c = p/n and β.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AlignmentMaps {
    /// Everything but n and β.
    pub setting: Setting,
    /// c, in equal ratios.
    pub aspect_ratios: Grid,
    /// β, in equal steps.
    pub alignments: Grid,
    /// Level boundaries of α*.
    pub alpha_star_levels: Vec<f64>,
    /// Level boundaries of the gain over α = 1, in percentage points.
    pub gain_over_1_levels: Vec<f64>,
    /// Level boundaries of the gain over the frozen source, in percentage points.
    pub gain_over_source_levels: Vec<f64>,
}

/// α* over γ̃ and γ.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RidgeMap {
    /// Everything but the ridges.
    pub setting: Setting,
    /// γ̃, in equal ratios.
    pub source_ridges: Grid,
    /// γ, in equal ratios.
    pub target_ridges: Grid,
    /// Level boundaries of α*.
    pub levels: Vec<f64>,
}

/// Values along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// First and last.
    pub range: [f64; 2],
    /// Number of them, at least 2.
    pub count: usize,
}

/// A quantity and its name in a CSV.
type Column = (&'static str, fn(&Point) -> f64);

/// The theory over a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Values along x.
    pub x: Vec<f64>,
    /// Values along y.
    pub y: Vec<f64>,
    /// What the theory says, all of the first y first.
    pub points: Vec<Point>,
}

impl PhaseConfig {
    /// The built-in settings.
    ///
    /// # Errors
    /// [`crate::Error::Experiment`] if the built-in file is not valid.
    pub fn built_in() -> Result<Self> {
        experiment!("phase.toml")
    }
}

impl Grid {
    fn values(self, parameter: Parameter, spacing: Spacing) -> Result<Vec<f64>> {
        Ok(Axis::new(parameter, self.range, self.count, spacing)?.values().to_vec())
    }
}

impl Map {
    fn new(x: Vec<f64>, y: Vec<f64>, point: impl Fn(f64, f64) -> Result<Point>) -> Result<Self> {
        let coordinates = y.iter().flat_map(|y| x.iter().map(move |x| (*x, *y)));
        let points = coordinates.map(|(x, y)| point(x, y)).collect::<Result<_>>()?;
        Ok(Self { x, y, points })
    }

    /// A heat map of one quantity.
    fn heat(&self, value: fn(&Point) -> f64) -> HeatMap {
        let values = self.points.iter().map(value).collect();
        HeatMap { x: self.x.clone(), y: self.y.clone(), values, x_scale: Scale::Log, ..HeatMap::default() }
    }

    /// The numbers, after a column for each axis.
    fn table(&self, [x, y]: [&str; 2], columns: &[Column]) -> Table {
        let mut table = Table::new([x, y].into_iter().chain(columns.iter().map(|column| column.0)));
        let coordinates = self.y.iter().flat_map(|y| self.x.iter().map(move |x| [*x, *y]));
        for (coordinates, point) in coordinates.zip(&self.points) {
            let numbers = coordinates.into_iter().chain(columns.iter().map(|column| column.1(point)));
            table.push(numbers.map(|number| rounded(number, 6)));
        }
        table
    }
}

// With the correct form every quantity is defined everywhere.
fn alpha_star(point: &Point) -> f64 {
    point.alpha_star.unwrap_or(f64::NAN)
}

fn gain_over_1(point: &Point) -> f64 {
    100.0 * point.gain_over_1.unwrap_or(f64::NAN)
}

fn gain_over_source(point: &Point) -> f64 {
    100.0 * point.gain_over_source_only.unwrap_or(f64::NAN)
}

impl AlignmentMaps {
    /// The theory at c and β.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a value out of range.
    pub fn point(&self, aspect_ratio: f64, alignment: f64) -> Result<Point> {
        let target_samples = self.setting.dimension / aspect_ratio;
        Ok(Setting { target_samples, alignment, ..self.setting }.point(None, SourceForm::Correct)?)
    }

    /// The theory over the grid, c along x and β along y.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a value out of range.
    pub fn map(&self) -> Result<Map> {
        let x = self.aspect_ratios.values(Parameter::AspectRatio, Spacing::Log)?;
        let y = self.alignments.values(Parameter::Alignment, Spacing::Linear)?;
        Map::new(x, y, |c, beta| self.point(c, beta))
    }

    /// Where fine-tuning at α* is exactly as accurate as the frozen source, as pieces of c and β.
    ///
    /// # Errors
    /// As [`AlignmentMaps::point`].
    pub fn boundary(&self, map: &Map) -> Result<Vec<Vec<(f64, f64)>>> {
        zeros(&map.x, &map.y, |c, beta| Ok(gain_over_source(&self.point(c, beta)?)))
    }

    /// Where α* = 1, as pieces of c and β.
    ///
    /// # Errors
    /// As [`AlignmentMaps::point`].
    fn unit_scale(&self, map: &Map) -> Result<Vec<Vec<(f64, f64)>>> {
        zeros(&map.x, &map.y, |c, beta| Ok(alpha_star(&self.point(c, beta)?) - 1.0))
    }

    /// The figures of α*, of the gain over α = 1 and of the gain over the frozen source.
    ///
    /// # Errors
    /// As [`AlignmentMaps::point`].
    pub fn charts(&self, map: &Map) -> Result<[HeatMap; 3]> {
        let boundary = Curve {
            label: "as accurate as the frozen source".to_owned(),
            points: with_gaps(&self.boundary(map)?),
            ..Curve::default()
        };
        let chart = |title: &str, value_label: &str, value, levels: &[f64], colours| HeatMap {
            title: title.to_owned(),
            x_label: "aspect ratio c = p/n".to_owned(),
            y_label: "alignment β".to_owned(),
            value_label: value_label.to_owned(),
            levels: levels.to_vec(),
            colours,
            curves: vec![boundary.clone()],
            ..map.heat(value)
        };
        let star = ColourMap::Diverging { centre: 1.0 };
        let mut gain = chart(
            "What α* gains over ordinary fine-tuning, α = 1",
            "gain (percentage points)",
            gain_over_1,
            &self.gain_over_1_levels,
            ColourMap::Sequential,
        );
        gain.curves.push(unit_curve(&self.unit_scale(map)?));
        Ok([
            chart("Best scale α* of the frozen source", "best scale α*", alpha_star, &self.alpha_star_levels, star),
            gain,
            chart(
                "What fine-tuning at α* gains over the frozen source",
                "gain (percentage points)",
                gain_over_source,
                &self.gain_over_source_levels,
                ColourMap::Diverging { centre: 0.0 },
            ),
        ])
    }

    /// The numbers behind the figures.
    pub fn table(&self, map: &Map) -> Table {
        map.table(
            ["aspect_ratio", "alignment"],
            &[("alpha_star", alpha_star), ("gain_over_1", gain_over_1), ("gain_over_source", gain_over_source)],
        )
    }
}

fn unit_curve(pieces: &[Vec<(f64, f64)>]) -> Curve {
    Curve { label: "α* = 1".to_owned(), points: with_gaps(pieces), dashed: true, ..Curve::default() }
}

impl RidgeMap {
    /// The theory at γ̃ and γ.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a value out of range.
    pub fn point(&self, source_ridge: f64, target_ridge: f64) -> Result<Point> {
        Ok(Setting { source_ridge, target_ridge, ..self.setting }.point(None, SourceForm::Correct)?)
    }

    /// The theory over the grid, γ̃ along x and γ along y.
    ///
    /// # Errors
    /// [`crate::Error::Theory`] for a value out of range.
    pub fn map(&self) -> Result<Map> {
        let x = self.source_ridges.values(Parameter::SourceRidge, Spacing::Log)?;
        let y = self.target_ridges.values(Parameter::TargetRidge, Spacing::Log)?;
        Map::new(x, y, |source, target| self.point(source, target))
    }

    /// Where α* = 1, as pieces of γ̃ and γ.
    ///
    /// # Errors
    /// As [`RidgeMap::point`].
    fn unit_scale(&self, map: &Map) -> Result<Vec<Vec<(f64, f64)>>> {
        zeros(&map.x, &map.y, |source, target| Ok(alpha_star(&self.point(source, target)?) - 1.0))
    }

    /// The figure of α*.
    ///
    /// # Errors
    /// As [`RidgeMap::point`].
    pub fn chart(&self, map: &Map) -> Result<HeatMap> {
        Ok(HeatMap {
            title: "Best scale α* of the frozen source against both ridges".to_owned(),
            x_label: "source ridge γ̃".to_owned(),
            y_label: "target ridge γ".to_owned(),
            value_label: "best scale α*".to_owned(),
            y_scale: Scale::Log,
            levels: self.levels.clone(),
            colours: ColourMap::Diverging { centre: 1.0 },
            curves: vec![unit_curve(&self.unit_scale(map)?)],
            ..map.heat(alpha_star)
        })
    }

    /// The numbers behind the figure.
    pub fn table(&self, map: &Map) -> Table {
        map.table(["source_ridge", "target_ridge"], &[("alpha_star", alpha_star), ("gain_over_1", gain_over_1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_the_boundary_fine_tuning_gains_nothing_over_the_source() {
        let mut maps = PhaseConfig::built_in().unwrap().alignment;
        maps.aspect_ratios = Grid { count: 21, ..maps.aspect_ratios };
        maps.alignments = Grid { count: 16, ..maps.alignments };
        let map = maps.map().unwrap();
        let boundary = maps.boundary(&map).unwrap();
        assert!(boundary.iter().map(Vec::len).sum::<usize>() > 15, "{boundary:?}");
        for &(c, beta) in boundary.iter().flatten() {
            let gain = maps.point(c, beta).unwrap().gain_over_source_only.unwrap();
            assert!(gain.abs() < 1e-12, "gain {gain} at c = {c}, β = {beta}");
        }
        for &(c, beta) in maps.unit_scale(&map).unwrap().iter().flatten() {
            let point = maps.point(c, beta).unwrap();
            assert!(
                (point.alpha_star.unwrap() - 1.0).abs() < 1e-9,
                "α* = {:?} at c = {c}, β = {beta}",
                point.alpha_star
            );
        }
        let csv = maps.table(&map).to_csv().unwrap();
        assert!(csv.starts_with("aspect_ratio,alignment,alpha_star,gain_over_1,gain_over_source\n"));
        assert_eq!(csv.lines().count(), 1 + 21 * 16);
    }
}
