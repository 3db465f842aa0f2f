//! One look for every figure: sizes, fonts, and the Okabe–Ito palette, which colour-blind readers can tell apart.

use plotters::style::RGBColor;

/// Width and height of a figure in CSS pixels; 480 px at 14 px text stay legible at the width of a column.
pub const SIZE: (u32, u32) = (480, 372);
/// Drawing units per pixel: the backend rounds to whole units.
pub const SCALE: u32 = 10;
/// Text size in pixels.
pub const TEXT: u32 = 14;
/// Fonts, first available.
pub const FONT: &str = "Helvetica, Arial, DejaVu Sans, sans-serif";
/// Ink of axes and text.
pub const INK: RGBColor = RGBColor(40, 40, 40);
/// Ink of the grid.
pub const GRID: RGBColor = RGBColor(228, 228, 228);

/// Colour of the series with this index.
pub fn colour(index: usize) -> RGBColor {
    const OKABE_ITO: [RGBColor; 6] = [
        RGBColor(0, 114, 178),
        RGBColor(213, 94, 0),
        RGBColor(0, 158, 115),
        RGBColor(204, 121, 167),
        RGBColor(230, 159, 0),
        RGBColor(86, 180, 233),
    ];
    OKABE_ITO[index % OKABE_ITO.len()]
}
