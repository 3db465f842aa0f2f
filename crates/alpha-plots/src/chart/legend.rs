//! Title and legend, above the axes.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::frame::{Area, drawing, px, text, text_width};
use super::marks::{BAND, draw_marker, draw_path};
use super::{Curve, ErrorPoints, Shape};
use crate::error::Result;
use crate::style::{INK, MISSING, SCALE, SIZE, TEXT, colour_or_ink};

/// What a legend entry shows before its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A marker in the ink of the axes.
    Marker(Shape),
    /// A dash-dotted line in the ink of the axes.
    Level,
    /// A patch of a band of this colour, laid over itself so many times.
    Band(Option<usize>, u32),
    /// A patch of the grey that a heat map leaves where it has no value.
    Missing,
}

/// What stands above the axes.
pub(crate) struct Legend<'a> {
    pub title: &'a str,
    pub curves: &'a [Curve],
    pub points: &'a [ErrorPoints],
    pub notes: &'a [(Key, String)],
}

enum Sample<'a> {
    Curve(&'a Curve),
    Points(&'a ErrorPoints),
    Note(Key),
}

impl Sample<'_> {
    fn width(&self) -> i32 {
        match self {
            Self::Curve(_) | Self::Note(Key::Level) => px(26),
            Self::Points(_) | Self::Note(_) => px(14),
        }
    }

    /// Draws it at its left end.
    fn draw(&self, area: &Area<'_>, x: i32, y: i32) -> Result<()> {
        let bar = |from: i32, to: i32, style| {
            draw_path(area, &[(x + from, y), (x + to, y)], style, matches!(self, Self::Curve(curve) if curve.dashed))
        };
        let patch = |style: ShapeStyle| {
            let corners = [(x, y - px(5)), (x + px(10), y + px(5))];
            area.draw(&Rectangle::new(corners, style)).map_err(drawing)
        };
        match self {
            Self::Curve(curve) => bar(0, px(22), colour_or_ink(curve.colour).stroke_width(2 * SCALE)),
            Self::Points(series) => {
                let (middle, colour) = (x + px(6), colour_or_ink(series.colour));
                draw_path(area, &[(middle, y - px(7)), (middle, y + px(7))], colour.stroke_width(SCALE), false)?;
                draw_marker(area, (middle, y), Shape::Circle, colour)
            }
            Self::Note(Key::Marker(shape)) => draw_marker(area, (x + px(6), y), *shape, INK),
            Self::Note(Key::Level) => {
                let style = INK.stroke_width(SCALE + SCALE / 5);
                bar(0, px(9), style)?;
                bar(px(12), px(14), style)?;
                bar(px(17), px(22), style)
            }
            Self::Note(Key::Band(colour, times)) => {
                (0..*times).try_for_each(|_| patch(colour_or_ink(*colour).mix(BAND).filled()))
            }
            Self::Note(Key::Missing) => patch(MISSING.filled()),
        }
    }
}

impl Legend<'_> {
    /// Draws title and legend from `left` on, and returns the height they take.
    pub(crate) fn draw(&self, root: &Area<'_>, left: i32) -> Result<i32> {
        let (right, line) = (px(SIZE.0 - 10), px(TEXT + 5));
        let mut baseline = px(14);
        let place = Pos::new(HPos::Left, VPos::Center);
        let write = |words: &str, x: i32, y: i32| {
            root.draw(&Text::new(words.to_owned(), (x, y), text(TEXT - 1).pos(place))).map_err(drawing)
        };
        write(self.title, left, baseline)?;
        baseline += line;

        let curves = self.curves.iter().map(|curve| (Sample::Curve(curve), &curve.label));
        let points = self.points.iter().map(|series| (Sample::Points(series), &series.label));
        let series = curves.chain(points).filter(|(_, words)| !words.is_empty());
        let notes = self.notes.iter().map(|(key, words)| (Sample::Note(*key), words));
        let (mut x, mut noted) = (left, false);
        for (sample, words) in series.chain(notes) {
            let is_note = matches!(sample, Sample::Note(_));
            let width = sample.width() + px(14) + text_width(words);
            let first_note = is_note && !std::mem::replace(&mut noted, is_note);
            if x > left && (x + width > right || first_note) {
                x = left;
                baseline += line;
            }
            sample.draw(root, x, baseline)?;
            write(words, x + sample.width(), baseline)?;
            x += width;
        }
        Ok(baseline + line * 3 / 4)
    }
}
