//! A function of two variables as SVG: cells in the colours of discrete levels, curves over them, and a colour bar.

mod colour_bar;

use plotters::prelude::*;

use crate::chart::frame::{Frame, Plane, drawing, px, screen};
use crate::chart::{Axis, Curve, Key, Legend, Marker, Scale, marks};
use crate::colour_map::ColourMap;
use crate::error::{Error, Result};
use crate::style::{INK, MISSING, SCALE};
use colour_bar::ColourBar;

/// What a heat map shows.
///
/// Each value fills the cell around its point, halfway to the next ones as the axis is divided; the axes end at the
/// outermost points. A value has the colour of its level: below the first boundary, from a boundary up to the next, or
/// from the last one on. Cells of NaN are grey.
///
/// ```
/// use alpha_plots::chart::Scale;
/// use alpha_plots::heatmap::HeatMap;
///
/// let (x, y) = (vec![0.1, 1.0, 10.0], vec![0.0, 0.5, 1.0]);
/// let map = HeatMap {
///     title: "x(1 + y)".to_owned(),
///     x_scale: Scale::Log,
///     values: y.iter().flat_map(|y| x.iter().map(move |x| x * (1.0 + y))).collect(),
///     x,
///     y,
///     levels: vec![0.5, 1.0, 5.0],
///     ..HeatMap::default()
/// };
/// assert!(map.to_svg()?.starts_with("<svg"));
/// # Ok::<(), alpha_plots::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatMap {
    /// Above the legend.
    pub title: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Name of the values, beside the colour bar.
    pub value_label: String,
    /// Division of the horizontal axis.
    pub x_scale: Scale,
    /// Division of the vertical axis.
    pub y_scale: Scale,
    /// Increasing points along the horizontal axis, at least 2.
    pub x: Vec<f64>,
    /// Increasing points along the vertical axis, at least 2.
    pub y: Vec<f64>,
    /// Values, all of the first y first: the one at `x[i]` and `y[j]` is `values[j * x.len() + i]`.
    pub values: Vec<f64>,
    /// Increasing boundaries between the levels, at least 1.
    pub levels: Vec<f64>,
    /// Colours of the levels.
    pub colours: ColourMap,
    /// Curves, drawn over the cells with a white halo; what lies outside the axes is cut off.
    pub curves: Vec<Curve>,
    /// Markers, drawn last.
    pub markers: Vec<Marker>,
    /// Legend entries for markers and missing values, after those of the curves.
    pub notes: Vec<(Key, String)>,
}

impl HeatMap {
    /// The heat map as an SVG document; the same map gives the same bytes.
    ///
    /// # Errors
    /// [`Error::TooFew`], [`Error::NotIncreasing`] and [`Error::OutOfRange`] for points or levels that are none,
    /// [`Error::GridSize`] if the values do not fill the grid, [`Error::Empty`] if all of them are NaN, and
    /// [`Error::Draw`] if the backend fails.
    pub fn to_svg(&self) -> Result<String> {
        self.check()?;
        let axis = |scale: Scale, points: &[f64]| {
            let [low, high] = [0, points.len() - 1].map(|end| scale.position(points[end]));
            Axis { scale, low, high }
        };
        let colours = self.colours.colours(&self.levels);
        let bar = ColourBar { levels: &self.levels, colours: &colours, label: &self.value_label };
        let frame = Frame {
            legend: Legend { title: &self.title, curves: &self.curves, points: &[], notes: &self.notes },
            x: axis(self.x_scale, &self.x),
            y: axis(self.y_scale, &self.y),
            x_label: &self.x_label,
            y_label: &self.y_label,
            right: bar.width(),
        };
        frame.svg(|figure, plane| {
            self.draw_cells(plane, &colours)?;
            self.curves.iter().try_for_each(|curve| marks::draw_curve(plane, curve, SCALE))?;
            marks::draw_markers(plane, &self.markers)?;
            bar.draw(figure, plane)
        })
    }

    fn check(&self) -> Result<()> {
        let title = || self.title.clone();
        for (what, list, least) in [("x", &self.x, 2), ("y", &self.y, 2), ("levels", &self.levels, 1)] {
            if list.len() < least {
                return Err(Error::TooFew { title: title(), what, least, got: list.len() });
            }
            if let Some(&value) = list.iter().find(|value| !value.is_finite()) {
                return Err(Error::OutOfRange { title: title(), what, value, allowed: "finite" });
            }
            if let Some(index) = (1..list.len()).find(|&i| list[i] <= list[i - 1]) {
                return Err(Error::NotIncreasing { title: title(), what, index, value: list[index] });
            }
        }
        for (what, scale, value) in [("x", self.x_scale, self.x[0]), ("y", self.y_scale, self.y[0])] {
            if !scale.position(value).is_finite() {
                let allowed = "positive on a logarithmic axis";
                return Err(Error::OutOfRange { title: title(), what, value, allowed });
            }
        }
        if let ColourMap::Diverging { centre } = self.colours
            && !centre.is_finite()
        {
            return Err(Error::OutOfRange { title: title(), what: "centre", value: centre, allowed: "finite" });
        }
        let (expected, got) = ((self.x.len(), self.y.len()), self.values.len());
        if got != expected.0 * expected.1 {
            return Err(Error::GridSize { title: title(), expected, got });
        }
        if self.values.iter().all(|value| value.is_nan()) {
            return Err(Error::Empty(title()));
        }
        Ok(())
    }

    /// Index of the level of a value; none for NaN.
    fn level(&self, value: f64) -> Option<usize> {
        (!value.is_nan()).then(|| self.levels.partition_point(|boundary| *boundary <= value))
    }

    /// Draws each run of equal level in a row as one rectangle.
    fn draw_cells(&self, plane: &Plane<'_, '_>, colours: &[RGBColor]) -> Result<()> {
        // Rectangles that only touch show a seam where both cover part of a pixel, so each reaches under those that are
        // painted after it: to the right and above.
        let under = px(1);
        let area = screen(plane);
        let (first_x, first_y) = (self.x[0], self.y[0]);
        let x = snapped(edges(self.x_scale, &self.x).map(|x| plane.backend_coord(&(x, first_y)).0));
        let y = snapped(edges(self.y_scale, &self.y).map(|y| plane.backend_coord(&(first_x, y)).1));
        let (right, top) = (x[self.x.len()], y[self.y.len()]);
        for (row, values) in self.values.chunks(self.x.len()).enumerate() {
            let mut start = 0;
            for run in values.chunk_by(|a, b| self.level(*a) == self.level(*b)) {
                let end = start + run.len();
                let corners = [(x[start], (y[row + 1] - under).max(top)), ((x[end] + under).min(right), y[row])];
                let colour = self.level(run[0]).map_or(MISSING, |level| colours[level]);
                area.draw(&Rectangle::new(corners, colour.filled())).map_err(drawing)?;
                start = end;
            }
        }
        let (left, bottom) = (x[0], y[0]);
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)];
        area.draw(&PathElement::new(outline, INK.stroke_width(SCALE))).map_err(drawing)
    }
}

/// Edges of the cells around increasing points: halfway between them, and the first and last point themselves.
fn edges(scale: Scale, points: &[f64]) -> impl Iterator<Item = f64> {
    let halfway = move |pair: &[f64]| scale.value((scale.position(pair[0]) + scale.position(pair[1])) / 2.0);
    let ends = [points[0], points[points.len() - 1]];
    std::iter::once(ends[0]).chain(points.windows(2).map(halfway)).chain(std::iter::once(ends[1]))
}

/// Cell edges on whole pixels, where neighbours do not blend. The ends stay: the axes are there.
fn snapped(edges: impl Iterator<Item = i32>) -> Vec<i32> {
    let mut edges: Vec<i32> = edges.collect();
    let inner = 1..edges.len() - 1;
    let ends = [edges[0].min(edges[inner.end]), edges[0].max(edges[inner.end])];
    for edge in &mut edges[inner] {
        *edge = ((*edge + px(1) / 2) / px(1) * px(1)).clamp(ends[0], ends[1]);
    }
    edges
}
