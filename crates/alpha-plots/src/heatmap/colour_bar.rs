//! The colours of the levels, with the boundaries between them.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::chart::frame::{Area, Plane, drawing, px, text, text_width};
use crate::chart::number;
use crate::error::Result;
use crate::style::{INK, SCALE, TEXT};

/// Most boundaries with a label; more would touch.
const LABELS: usize = 16;

pub(super) struct ColourBar<'a> {
    pub levels: &'a [f64],
    /// One more than levels.
    pub colours: &'a [RGBColor],
    pub label: &'a str,
}

impl ColourBar<'_> {
    /// Distance from the axes to the bar, to its right side, to the labels, and to the name of the values.
    fn stops(&self) -> [i32; 4] {
        let widest = self.levels.iter().map(|level| text_width(&number(*level))).max().unwrap_or(0);
        [px(12), px(26), px(32), px(36) + widest]
    }

    /// Room that it takes to the right of the axes.
    pub(super) fn width(&self) -> i32 {
        self.stops()[3] + px(TEXT + 2)
    }

    /// Draws it as high as the axes. All levels are equally high: the first and the last have no end.
    pub(super) fn draw(&self, figure: &Area<'_>, plane: &Plane<'_, '_>) -> Result<()> {
        let (across, down) = plane.plotting_area().get_pixel_range();
        let [left, right, labels, name] = self.stops().map(|stop| across.end + stop);
        let (top, bottom) = (down.start, down.end);
        let height = |level: usize| bottom - (bottom - top) * level as i32 / self.colours.len() as i32;
        for (level, colour) in self.colours.iter().enumerate() {
            // Up to the top, under those painted later, so that there is no seam.
            let corners = [(left, top), (right, height(level))];
            figure.draw(&Rectangle::new(corners, colour.filled())).map_err(drawing)?;
        }
        let line = INK.stroke_width(SCALE / 2);
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)];
        figure.draw(&PathElement::new(outline, line)).map_err(drawing)?;

        let place = Pos::new(HPos::Left, VPos::Center);
        for (index, level) in self.levels.iter().enumerate().step_by(self.levels.len().div_ceil(LABELS)) {
            let y = height(index + 1);
            figure.draw(&PathElement::new([(right, y), (right + px(3), y)], line)).map_err(drawing)?;
            figure.draw(&Text::new(number(*level), (labels, y), text(TEXT - 1).pos(place))).map_err(drawing)?;
        }
        let style = text(TEXT).transform(FontTransform::Rotate270).pos(Pos::new(HPos::Center, VPos::Top));
        figure.draw(&Text::new(self.label, (name, (top + bottom) / 2), style)).map_err(drawing)
    }
}
