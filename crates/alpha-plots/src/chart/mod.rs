//! A line chart as SVG: bands, curves, horizontal levels, points with error bars, markers, and a legend above the axes.

mod legend;
pub mod panels;
mod scale;

pub(crate) mod frame;
pub(crate) mod marks;

pub use legend::Key;
pub use scale::Scale;

pub(crate) use legend::Legend;
pub(crate) use scale::{Axis, number};

use crate::error::{Error, Result};
use frame::{Frame, px};

/// What a chart shows.
///
/// Points that are not finite, or not positive on a logarithmic axis, break a curve and are left out.
///
/// ```
/// use alpha_plots::chart::{Chart, Curve, ErrorPoint, ErrorPoints, Scale};
///
/// let chart = Chart {
///     title: "Error falls with the number of samples".to_owned(),
///     x_scale: Scale::Log,
///     y_scale: Scale::Log,
///     curves: vec![Curve {
///         label: "1/n".to_owned(),
///         points: vec![(10.0, 0.1), (1000.0, 0.001)],
///         dashed: true,
///         ..Curve::default()
///     }],
///     points: vec![ErrorPoints {
///         label: "measured".to_owned(),
///         colour: Some(0),
///         points: vec![ErrorPoint::with_error((10.0, 0.11), 0.02), ErrorPoint::with_error((1000.0, 0.001), 0.003)],
///     }],
///     ..Chart::default()
/// };
/// assert!(chart.to_svg()?.contains("10²"));
/// # Ok::<(), alpha_plots::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Above the legend.
    pub title: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Division of the horizontal axis.
    pub x_scale: Scale,
    /// Division of the vertical axis.
    pub y_scale: Scale,
    /// Heights that the vertical axis reaches at least, so that charts can share an axis.
    pub reach: Vec<f64>,
    /// Where the vertical axis starts, whatever lies below.
    pub floor: Option<f64>,
    /// Histograms, drawn first.
    pub bars: Vec<Bars>,
    /// Bands, drawn next, light enough to be laid over each other.
    pub bands: Vec<Band>,
    /// Curves, drawn after the levels.
    pub curves: Vec<Curve>,
    /// Horizontal dash-dotted lines, drawn before the curves.
    pub levels: Vec<Level>,
    /// Points with error bars, drawn after the curves.
    pub points: Vec<ErrorPoints>,
    /// Markers, drawn last.
    pub markers: Vec<Marker>,
    /// Legend entries for markers and levels, after those of curves and points.
    pub notes: Vec<(Key, String)>,
}

/// A line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Name in the legend; none if empty.
    pub label: String,
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
    /// Points in the order of the line.
    pub points: Vec<(f64, f64)>,
    /// Dashed, as a guide for the eye, instead of solid.
    pub dashed: bool,
}

/// The space between two curves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Band {
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
    /// x with the lower and the upper end, in the order of x. A point without a place, or outside the axes, breaks it.
    pub points: Vec<(f64, [f64; 2])>,
}

/// A histogram on a linear axis: light bars that stand on 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bars {
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
    /// Ends of the bars, one more than there are bars, rising.
    pub edges: Vec<f64>,
    /// Heights of the bars.
    pub heights: Vec<f64>,
}

impl Bars {
    /// The density of some values in `count` bars, at least one, between two ends; values beyond them are in no bar, but
    /// count.
    pub fn density(values: &[f64], [from, to]: [f64; 2], count: usize, colour: Option<usize>) -> Self {
        let count = count.max(1);
        let width = (to - from) / count as f64;
        let mut heights = vec![0.0; count];
        for value in values.iter().filter(|value| (from..to).contains(*value)) {
            let bar = ((value - from) / width) as usize;
            heights[bar.min(count - 1)] += 1.0 / (values.len() as f64 * width);
        }
        Self { colour, edges: (0..=count).map(|i| from + width * i as f64).collect(), heights }
    }
}

/// A horizontal line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its height.
    pub y: f64,
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
}

/// Measured values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorPoints {
    /// Name in the legend; none if empty.
    pub label: String,
    /// Index of their colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
    /// The values.
    pub points: Vec<ErrorPoint>,
}

/// A measured value and its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorPoint {
    /// Where.
    pub at: (f64, f64),
    /// Lower and upper end of the error bar; not drawn if an end is NaN or the upper one is not above the lower.
    ///
    /// On a logarithmic axis a bar may end at or below 0 and is then drawn to the bottom of the axis. There a bar widens
    /// the axis by at most a decade around its point.
    pub bar: [f64; 2],
    /// An open circle, say for a value that is not resolved, instead of a filled one.
    pub open: bool,
}

impl ErrorPoint {
    /// A filled point whose bar reaches as far as `error` to both sides.
    pub fn with_error(at: (f64, f64), error: f64) -> Self {
        Self { at, bar: [at.1 - error, at.1 + error], open: false }
    }

    fn has_bar(&self) -> bool {
        self.bar[0] < self.bar[1]
    }
}

/// A point of interest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Where.
    pub at: (f64, f64),
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
    /// Its form.
    pub shape: Shape,
}

/// The form of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A filled diamond.
    Diamond,
    /// A diamond filled with white.
    OpenDiamond,
    /// A filled circle.
    Circle,
    /// A circle filled with white.
    OpenCircle,
    /// A diagonal cross.
    Cross,
}

impl Chart {
    /// The chart as an SVG document; the same chart gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Empty`] if no point has a place, or all points of curves lie above each other; [`Error::Draw`] if the
    /// backend fails.
    pub fn to_svg(&self) -> Result<String> {
        let [x, y] = self.axes()?;
        let legend = Legend { title: &self.title, curves: &self.curves, points: &self.points, notes: &self.notes };
        let frame = Frame { legend, x, y, x_label: &self.x_label, y_label: &self.y_label, right: px(14) };
        frame.svg(|_, plane| {
            self.bars.iter().try_for_each(|bars| marks::draw_histogram(plane, bars))?;
            self.bands.iter().try_for_each(|band| marks::draw_band(plane, band))?;
            self.levels.iter().try_for_each(|level| marks::draw_level(plane, level))?;
            self.curves.iter().try_for_each(|curve| marks::draw_curve(plane, curve, 0))?;
            // After all bars, so that no bar crosses a point.
            self.points.iter().try_for_each(|series| marks::draw_bars(plane, series))?;
            self.points.iter().try_for_each(|series| marks::draw_points(plane, series))?;
            marks::draw_markers(plane, &self.markers)
        })
    }

    /// Both axes: all of x, and y with a little air. Points, unlike lines, need air in x as well.
    fn axes(&self) -> Result<[Axis; 2]> {
        let place = |at: (f64, f64)| {
            let position = (self.x_scale.position(at.0), self.y_scale.position(at.1));
            (position.0.is_finite() && position.1.is_finite()).then_some(position)
        };
        let mut x = Extent::default();
        let mut y = Extent::default();
        let ends = self.bands.iter().flat_map(|band| &band.points).flat_map(|(x, ends)| ends.map(|end| (*x, end)));
        let curves = self.curves.iter().flat_map(|curve| &curve.points).copied();
        for position in curves.chain(ends).filter_map(place) {
            x.add(position.0);
            y.add(position.1);
        }
        for point in self.points.iter().flat_map(|series| &series.points) {
            let Some(position) = place(point.at) else { continue };
            x.add(position.0);
            y.add(position.1);
            for end in point.bar.into_iter().filter(|_| point.has_bar()) {
                y.add(match self.y_scale {
                    Scale::Linear => end,
                    Scale::Log => self.y_scale.position(end).clamp(position.1 - 1.0, position.1 + 1.0),
                });
            }
        }
        for bars in &self.bars {
            bars.edges.iter().for_each(|edge| x.add(*edge));
            bars.heights.iter().chain([&0.0]).for_each(|height| y.add(*height));
        }
        self.reach.iter().for_each(|height| y.add(self.y_scale.position(*height)));
        if let (Some(floor), Some([low, high])) = (self.floor.map(|floor| self.y_scale.position(floor)), &mut y.0) {
            *low = floor.min(*high);
        }
        let air = if self.points.is_empty() { 0.0 } else { 0.03 };
        match (x.padded(self.x_scale, air), y.padded(self.y_scale, 0.05)) {
            (Some(x), Some(y)) => Ok([x, y]),
            _ => Err(Error::Empty(self.title.clone())),
        }
    }
}

/// The positions in use along an axis; none yet by default.
#[derive(Default)]
struct Extent(Option<[f64; 2]>);

impl Extent {
    fn add(&mut self, position: f64) {
        if position.is_finite() {
            let [low, high] = self.0.unwrap_or([position; 2]);
            self.0 = Some([low.min(position), high.max(position)]);
        }
    }

    /// An axis with this part of its length as air at both ends.
    fn padded(&self, scale: Scale, air: f64) -> Option<Axis> {
        let [low, high] = self.0?;
        let air = match high > low {
            true => air * (high - low),
            false if air > 0.0 => 0.5,
            false => return None,
        };
        Some(Axis { scale, low: low - air, high: high + air })
    }
}
