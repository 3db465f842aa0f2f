//! A line chart as SVG: curves, horizontal levels, markers, and a legend above the axes.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::{Error, Result};
use crate::style::{FONT, GRID, INK, SCALE, SIZE, TEXT, colour};

/// What a chart shows. Points that are not finite break a curve and are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Above the legend.
    pub title: String,
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// Curves, drawn first.
    pub curves: Vec<Curve>,
    /// Horizontal dash-dotted lines.
    pub levels: Vec<Level>,
    /// Markers, drawn last.
    pub markers: Vec<Marker>,
    /// Legend entries for markers and levels, after those of the curves.
    pub notes: Vec<(Key, String)>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Name in the legend; none if empty.
    pub label: String,
    /// Index of its colour.
    pub colour: usize,
    /// Points in the order of the line.
    pub points: Vec<(f64, f64)>,
}

/// A horizontal line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its height.
    pub y: f64,
    /// Index of its colour; `None` is the ink of the axes.
    pub colour: Option<usize>,
}

/// A point of interest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Where.
    pub at: (f64, f64),
    /// Index of its colour.
    pub colour: usize,
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
    /// A diagonal cross.
    Cross,
}

/// What a legend entry shows before its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A marker in the ink of the axes.
    Marker(Shape),
    /// A dash-dotted line in the ink of the axes.
    Level,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> Error {
    Error::Draw(error.to_string())
}

fn px(pixels: u32) -> i32 {
    (pixels * SCALE) as i32
}

fn text(pixels: u32) -> TextStyle<'static> {
    (FONT, (pixels * SCALE) as f64).into_font().color(&INK)
}

fn ink(index: Option<usize>) -> RGBColor {
    index.map_or(INK, colour)
}

impl Chart {
    /// The chart as an SVG document; the same chart gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Empty`] if no point is finite, [`Error::Draw`] if the backend fails.
    pub fn to_svg(&self) -> Result<String> {
        let [x, y] = self.ranges()?;
        let mut svg = String::new();
        {
            let (width, height) = (SIZE.0 * SCALE, SIZE.1 * SCALE);
            let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
            root.fill(&WHITE).map_err(drawing)?;
            let used = self.draw_legend(&root)?;
            let (_, body) = root.split_vertically(used);
            let mut plane = ChartBuilder::on(&body)
                .margin_left(px(8))
                .margin_right(px(14))
                .margin_bottom(px(4))
                .x_label_area_size(px(42))
                .y_label_area_size(px(50))
                .build_cartesian_2d(x[0]..x[1], y[0]..y[1])
                .map_err(drawing)?;
            plane
                .configure_mesh()
                .x_desc(&self.x_label)
                .y_desc(&self.y_label)
                .x_labels(7)
                .y_labels(7)
                .max_light_lines(0)
                .x_label_formatter(&|v| tick(*v))
                .y_label_formatter(&|v| tick(*v))
                .bold_line_style(GRID.stroke_width(SCALE))
                .axis_style(INK.stroke_width(SCALE))
                .label_style(text(TEXT - 1))
                .axis_desc_style(text(TEXT))
                .set_all_tick_mark_size(px(4))
                .draw()
                .map_err(drawing)?;
            self.draw_data(&mut plane, x)?;
            root.present().map_err(drawing)?;
        }
        let drawn = format!("width=\"{}\" height=\"{}\"", SIZE.0 * SCALE, SIZE.1 * SCALE);
        let shown = format!("width=\"{}\" height=\"{}\"", SIZE.0, SIZE.1);
        Ok(svg.replacen(&drawn, &shown, 1))
    }

    /// Ranges of both axes: all of x, and y with a little air.
    fn ranges(&self) -> Result<[[f64; 2]; 2]> {
        let points: Vec<(f64, f64)> = self
            .curves
            .iter()
            .flat_map(|c| &c.points)
            .copied()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        let span = |values: Vec<f64>| {
            values.into_iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)])
        };
        let x = span(points.iter().map(|p| p.0).collect());
        let [low, high] = span(points.iter().map(|p| p.1).collect());
        if points.is_empty() || x[0] == x[1] {
            return Err(Error::Empty(self.title.clone()));
        }
        let air = if high > low { 0.05 * (high - low) } else { 0.5 };
        Ok([x, [low - air, high + air]])
    }

    fn draw_data(&self, plane: &mut Plane<'_, '_>, x: [f64; 2]) -> Result<()> {
        for level in &self.levels {
            let style = ink(level.colour).stroke_width(SCALE + SCALE / 5);
            for [from, to] in dash_dots() {
                let at = |t: f64| (x[0] + (x[1] - x[0]) * t, level.y);
                plane.draw_series([PathElement::new(vec![at(from), at(to)], style)]).map_err(drawing)?;
            }
        }
        for curve in &self.curves {
            let style = colour(curve.colour).stroke_width(2 * SCALE);
            for piece in curve.points.split(|(x, y)| !(x.is_finite() && y.is_finite())) {
                plane.draw_series(LineSeries::new(piece.iter().copied(), style)).map_err(drawing)?;
            }
        }
        for marker in self.markers.iter().filter(|m| m.at.0.is_finite() && m.at.1.is_finite()) {
            if (x[0]..=x[1]).contains(&marker.at.0) {
                let position = plane.backend_coord(&marker.at);
                draw_marker(plane.plotting_area(), position, marker.shape, colour(marker.colour))?;
            }
        }
        Ok(())
    }

    /// Draws title and legend, and returns the height they take.
    fn draw_legend(&self, root: &Area<'_>) -> Result<i32> {
        let (left, right, line) = (px(58), px(SIZE.0 - 10), px(TEXT + 5));
        let mut baseline = px(14);
        let place = Pos::new(HPos::Left, VPos::Center);
        let write = |words: &str, x: i32, y: i32| {
            root.draw(&Text::new(words.to_owned(), (x, y), text(TEXT - 1).pos(place))).map_err(drawing)
        };
        write(&self.title, left, baseline)?;
        baseline += line;

        let curves = self.curves.iter().filter(|curve| !curve.label.is_empty());
        let entries = curves.map(|curve| (None, Some(curve), curve.label.as_str()));
        let entries = entries.chain(self.notes.iter().map(|(key, words)| (Some(*key), None, words.as_str())));
        let (mut x, mut notes) = (left, false);
        for (key, curve, words) in entries {
            let sample = if matches!(key, Some(Key::Marker(_))) { px(14) } else { px(26) };
            // The average character of these fonts is a little over half as wide as the text is high.
            let width = sample + px(14) + (words.chars().count() as f64 * 0.55 * px(TEXT - 1) as f64) as i32;
            let first_note = key.is_some() && !std::mem::replace(&mut notes, key.is_some());
            if x > left && (x + width > right || first_note) {
                x = left;
                baseline += line;
            }
            let bar = |from: i32, to: i32, style: ShapeStyle| {
                root.draw(&PathElement::new(vec![(x + from, baseline), (x + to, baseline)], style)).map_err(drawing)
            };
            match (key, curve) {
                (Some(Key::Marker(shape)), _) => draw_marker_at(root, (x + px(6), baseline), shape, INK)?,
                (Some(Key::Level), _) => {
                    let style = INK.stroke_width(SCALE + SCALE / 5);
                    bar(0, px(9), style)?;
                    bar(px(12), px(14), style)?;
                    bar(px(17), px(22), style)?;
                }
                (None, Some(curve)) => {
                    let style = colour(curve.colour).stroke_width(2 * SCALE);
                    bar(0, px(22), style)?;
                }
                (None, None) => {}
            }
            write(words, x + sample, baseline)?;
            x += width;
        }
        Ok(baseline + line * 3 / 4)
    }
}

/// Ends of dashes and dots along a line of length 1.
fn dash_dots() -> impl Iterator<Item = [f64; 2]> {
    const PERIOD: f64 = 1.0 / 32.0;
    (0..32).flat_map(|i| {
        let start = f64::from(i) * PERIOD;
        [[start, start + 0.5 * PERIOD], [start + 0.7 * PERIOD, start + 0.8 * PERIOD]]
    })
}

fn draw_marker(
    area: &DrawingArea<SVGBackend<'_>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    position: (i32, i32),
    shape: Shape,
    colour: RGBColor,
) -> Result<()> {
    draw_marker_at(&area.strip_coord_spec().use_screen_coord(), position, shape, colour)
}

fn draw_marker_at(area: &Area<'_>, (x, y): (i32, i32), shape: Shape, colour: RGBColor) -> Result<()> {
    let r = px(5);
    let corners = vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
    let outline = |style: ShapeStyle| {
        let mut closed = corners.clone();
        closed.push(corners[0]);
        area.draw(&PathElement::new(closed, style)).map_err(drawing)
    };
    match shape {
        Shape::Diamond => {
            area.draw(&Polygon::new(corners.clone(), colour.filled())).map_err(drawing)?;
            outline(WHITE.stroke_width(SCALE))
        }
        Shape::OpenDiamond => {
            area.draw(&Polygon::new(corners.clone(), WHITE.filled())).map_err(drawing)?;
            outline(colour.stroke_width(SCALE + SCALE / 2))
        }
        Shape::Cross => {
            let s = px(4);
            for ends in [vec![(x - s, y - s), (x + s, y + s)], vec![(x - s, y + s), (x + s, y - s)]] {
                area.draw(&PathElement::new(ends, colour.stroke_width(2 * SCALE))).map_err(drawing)?;
            }
            Ok(())
        }
    }
}

/// A tick label with no more digits than it needs, and a real minus sign.
fn tick(value: f64) -> String {
    let rounded = format!("{value:.3}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.replace('-', "−") }
}
