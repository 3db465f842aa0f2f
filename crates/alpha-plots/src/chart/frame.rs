//! What every figure has around its data: the SVG document, the legend, and the axes.

use plotters::prelude::*;

use super::legend::Legend;
use super::scale::Axis;
use crate::error::{Error, Result};
use crate::style::{FONT, GRID, INK, SCALE, SIZE, TEXT};

/// Most ticks along an axis.
const TICKS: usize = 7;

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(crate) type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

pub(crate) fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> Error {
    Error::Draw(error.to_string())
}

pub(crate) fn px(pixels: u32) -> i32 {
    (pixels * SCALE) as i32
}

pub(crate) fn text(pixels: u32) -> TextStyle<'static> {
    (FONT, (pixels * SCALE) as f64).into_font().color(&INK)
}

/// About the width of words as small as those of ticks and legend.
pub(crate) fn text_width(words: &str) -> i32 {
    // The average character of these fonts is a little over half as wide as the text is high.
    (words.chars().count() as f64 * 0.55 * px(TEXT - 1) as f64) as i32
}

/// The plane in drawing units of the whole figure. What lies outside the plane moves to its edge.
pub(crate) fn screen<'b>(plane: &Plane<'_, 'b>) -> Area<'b> {
    plane.plotting_area().strip_coord_spec().use_screen_coord()
}

/// A figure without its data.
pub(crate) struct Frame<'a> {
    pub legend: Legend<'a>,
    pub x: Axis,
    pub y: Axis,
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// Room to the right of the axes, in drawing units.
    pub right: i32,
}

impl Frame<'_> {
    /// The figure as an SVG document, its data drawn by `data`, which gets the whole figure and the plane.
    pub(crate) fn svg(&self, data: impl FnOnce(&Area<'_>, &Plane<'_, '_>) -> Result<()>) -> Result<String> {
        let mut svg = String::new();
        {
            let (width, height) = (SIZE.0 * SCALE, SIZE.1 * SCALE);
            let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
            root.fill(&WHITE).map_err(drawing)?;
            let (margin, names) = (px(8), self.y_label_area());
            let used = self.legend.draw(&root, margin + names)?;
            let (_, body) = root.split_vertically(used);
            let mut plane = ChartBuilder::on(&body)
                .margin_left(margin)
                .margin_right(self.right)
                .margin_bottom(px(4))
                .x_label_area_size(px(42))
                .y_label_area_size(names)
                .build_cartesian_2d(self.x, self.y)
                .map_err(drawing)?;
            plane
                .configure_mesh()
                .x_desc(self.x_label)
                .y_desc(self.y_label)
                .x_labels(TICKS)
                .y_labels(TICKS)
                .max_light_lines(0)
                .x_label_formatter(&|v| self.x.label(*v))
                .y_label_formatter(&|v| self.y.label(*v))
                .bold_line_style(GRID.stroke_width(SCALE))
                .axis_style(INK.stroke_width(SCALE))
                .label_style(text(TEXT - 1))
                .axis_desc_style(text(TEXT))
                .set_all_tick_mark_size(px(4))
                .draw()
                .map_err(drawing)?;
            data(&root, &plane)?;
            root.present().map_err(drawing)?;
        }
        let drawn = format!("width=\"{}\" height=\"{}\"", SIZE.0 * SCALE, SIZE.1 * SCALE);
        let shown = format!("width=\"{}\" height=\"{}\"", SIZE.0, SIZE.1);
        Ok(svg.replacen(&drawn, &shown, 1))
    }

    /// Room for the vertical axis's name and labels: the same in all figures but those with long labels.
    fn y_label_area(&self) -> i32 {
        let widest = self.y.ticks(TICKS).into_iter().map(|tick| text_width(&self.y.label(tick))).max().unwrap_or(0);
        px(50).max(widest + px(20))
    }
}
