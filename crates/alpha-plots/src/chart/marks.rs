//! The marks of a figure: lines, points with error bars, markers.

use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::frame::{Area, Plane, drawing, px, screen};
use super::scale::Axis;
use super::{Band, Bars, Curve, ErrorPoints, Level, Marker, Shape};
use crate::error::Result;
use crate::style::{SCALE, colour_or_ink};

/// How much of its colour a band has.
pub(super) const BAND: f64 = 0.22;

fn axes<'a>(plane: &'a Plane<'_, '_>) -> (&'a Axis, &'a Axis) {
    let plane = plane.plotting_area().as_coord_spec();
    (plane.x_spec(), plane.y_spec())
}

/// Draws a line given in drawing units.
pub(super) fn draw_path(area: &Area<'_>, points: &[(i32, i32)], style: ShapeStyle, dashed: bool) -> Result<()> {
    if dashed {
        area.draw(&DashedPathElement::new(points.iter().copied(), px(5), px(3), style)).map_err(drawing)
    } else {
        area.draw(&PathElement::new(points, style)).map_err(drawing)
    }
}

pub(super) fn draw_level(plane: &Plane<'_, '_>, level: &Level) -> Result<()> {
    let (x, y) = axes(plane);
    if !y.scale.position(level.y).is_finite() {
        return Ok(());
    }
    let style = colour_or_ink(level.colour).stroke_width(SCALE + SCALE / 5);
    let at = |t: f64| plane.backend_coord(&(x.scale.value(x.low + (x.high - x.low) * t), level.y));
    dash_dots().try_for_each(|[from, to]| draw_path(&screen(plane), &[at(from), at(to)], style, false))
}

/// Ends of dashes and dots along a line of length 1.
fn dash_dots() -> impl Iterator<Item = [f64; 2]> {
    const PERIOD: f64 = 1.0 / 32.0;
    (0..32).flat_map(|i| {
        let start = f64::from(i) * PERIOD;
        [[start, start + 0.5 * PERIOD], [start + 0.7 * PERIOD, start + 0.8 * PERIOD]]
    })
}

/// Draws what the axes show of a curve, over a white `halo` that many units wide on either side.
pub(crate) fn draw_curve(plane: &Plane<'_, '_>, curve: &Curve, halo: u32) -> Result<()> {
    let (area, (x, y)) = (screen(plane), axes(plane));
    for piece in pieces(&curve.points, x, y) {
        let points: Vec<(i32, i32)> = piece.iter().map(|at| plane.backend_coord(at)).collect();
        if halo > 0 {
            draw_path(&area, &points, WHITE.stroke_width(2 * (SCALE + halo)), false)?;
        }
        draw_path(&area, &points, colour_or_ink(curve.colour).stroke_width(2 * SCALE), curve.dashed)?;
    }
    Ok(())
}

/// The connected pieces of a line inside the axes. A point without a place breaks it.
fn pieces(points: &[(f64, f64)], x: &Axis, y: &Axis) -> Vec<Vec<(f64, f64)>> {
    let positions: Vec<(f64, f64)> = points.iter().map(|p| (x.scale.position(p.0), y.scale.position(p.1))).collect();
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut joined = false;
    for (i, ends) in positions.windows(2).enumerate() {
        let Some([from, to]) = inside([ends[0], ends[1]], x, y) else {
            joined = false;
            continue;
        };
        // Ends inside keep their exact values; a conversion there and back could move them by a unit.
        let at = |t: f64| match t {
            0.0 => points[i],
            1.0 => points[i + 1],
            _ => {
                let [(x0, y0), (x1, y1)] = [ends[0], ends[1]];
                (x.scale.value(x0 + (x1 - x0) * t), y.scale.value(y0 + (y1 - y0) * t))
            }
        };
        match pieces.last_mut() {
            Some(piece) if joined => piece.push(at(to)),
            _ => pieces.push(vec![at(from), at(to)]),
        }
        joined = to == 1.0;
    }
    pieces
}

/// Which part of a segment, from 0 to 1, lies inside the axes; none if an end has no place.
fn inside([from, to]: [(f64, f64); 2], x: &Axis, y: &Axis) -> Option<[f64; 2]> {
    let mut part = [0.0_f64, 1.0];
    for (start, end, axis) in [(from.0, to.0, x), (from.1, to.1, y)] {
        if !(start.is_finite() && end.is_finite()) {
            return None;
        }
        if start == end {
            if !(axis.low..=axis.high).contains(&start) {
                return None;
            }
            continue;
        }
        let crossings = [axis.low, axis.high].map(|edge| (edge - start) / (end - start));
        part = [part[0].max(crossings[0].min(crossings[1])), part[1].min(crossings[0].max(crossings[1]))];
    }
    (part[0] <= part[1]).then_some(part)
}

/// Whether a point lies inside the axes.
fn shows(plane: &Plane<'_, '_>, at: (f64, f64)) -> bool {
    let (x, y) = axes(plane);
    let within = |axis: &Axis, value: f64| (axis.low..=axis.high).contains(&axis.scale.position(value));
    within(x, at.0) && within(y, at.1)
}

/// Draws a histogram, light enough for curves over it.
pub(super) fn draw_histogram(plane: &Plane<'_, '_>, bars: &Bars) -> Result<()> {
    let (area, style) = (screen(plane), colour_or_ink(bars.colour).mix(0.3).filled());
    for (ends, height) in bars.edges.windows(2).zip(&bars.heights).filter(|(_, height)| **height > 0.0) {
        let corners = [plane.backend_coord(&(ends[0], *height)), plane.backend_coord(&(ends[1], 0.0))];
        area.draw(&Rectangle::new(corners, style)).map_err(drawing)?;
    }
    Ok(())
}

/// Draws a band, light enough for curves and other bands over it.
pub(super) fn draw_band(plane: &Plane<'_, '_>, band: &Band) -> Result<()> {
    let (area, style) = (screen(plane), colour_or_ink(band.colour).mix(BAND).filled());
    let visible = |(x, ends): &(f64, [f64; 2])| ends.iter().all(|end| shows(plane, (*x, *end)));
    for piece in band.points.chunk_by(|a, b| visible(a) == visible(b)).filter(|piece| visible(&piece[0])) {
        let edge = |end: usize| piece.iter().map(move |(x, ends)| (*x, ends[end]));
        let outline: Vec<_> = edge(0).chain(edge(1).rev()).map(|at| plane.backend_coord(&at)).collect();
        area.draw(&Polygon::new(outline, style)).map_err(drawing)?;
    }
    Ok(())
}

/// Draws error bars; one that leaves the axes ends there without a cap.
pub(super) fn draw_bars(plane: &Plane<'_, '_>, series: &ErrorPoints) -> Result<()> {
    let (area, colour) = (screen(plane), colour_or_ink(series.colour));
    for point in series.points.iter().filter(|point| point.has_bar() && shows(plane, point.at)) {
        let range = plane.y_range();
        let style = colour.stroke_width(SCALE + SCALE / 5);
        let [low, high] = point.bar.map(|end| plane.backend_coord(&(point.at.0, end)));
        draw_path(&area, &[low, high], style, false)?;
        for (value, (x, y)) in point.bar.into_iter().zip([low, high]) {
            if range.contains(&value) {
                draw_path(&area, &[(x - px(3), y), (x + px(3), y)], style, false)?;
            }
        }
    }
    Ok(())
}

/// Draws the points themselves.
pub(super) fn draw_points(plane: &Plane<'_, '_>, series: &ErrorPoints) -> Result<()> {
    series.points.iter().filter(|point| shows(plane, point.at)).try_for_each(|point| {
        let shape = if point.open { Shape::OpenCircle } else { Shape::Circle };
        draw_marker(&screen(plane), plane.backend_coord(&point.at), shape, colour_or_ink(series.colour))
    })
}

/// Draws the markers inside the axes.
pub(crate) fn draw_markers(plane: &Plane<'_, '_>, markers: &[Marker]) -> Result<()> {
    markers.iter().filter(|marker| shows(plane, marker.at)).try_for_each(|marker| {
        draw_marker(&screen(plane), plane.backend_coord(&marker.at), marker.shape, colour_or_ink(marker.colour))
    })
}

pub(super) fn draw_marker(area: &Area<'_>, (x, y): (i32, i32), shape: Shape, colour: RGBColor) -> Result<()> {
    let thick = SCALE + SCALE / 2;
    let diamond = |fill: RGBColor, outline: ShapeStyle| {
        let r = px(5);
        let corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
        area.draw(&Polygon::new(corners, fill.filled())).map_err(drawing)?;
        draw_path(area, &[corners[0], corners[1], corners[2], corners[3], corners[0]], outline, false)
    };
    let circle = |style: ShapeStyle| area.draw(&Circle::new((x, y), px(7) / 2, style)).map_err(drawing);
    match shape {
        Shape::Diamond => diamond(colour, WHITE.stroke_width(SCALE)),
        Shape::OpenDiamond => diamond(WHITE, colour.stroke_width(thick)),
        Shape::Circle => circle(colour.filled()),
        Shape::OpenCircle => {
            circle(WHITE.filled())?;
            circle(colour.stroke_width(thick))
        }
        Shape::Cross => {
            let s = px(4);
            for ends in [[(x - s, y - s), (x + s, y + s)], [(x - s, y + s), (x + s, y - s)]] {
                draw_path(area, &ends, colour.stroke_width(2 * SCALE), false)?;
            }
            Ok(())
        }
    }
}
