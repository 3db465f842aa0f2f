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

/// Where a heat map has no value.
pub const MISSING: RGBColor = RGBColor(214, 214, 214);
/// Blue of the palette, the first series; low values of a heat map.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermillion of the palette, the second series; high values of a heat map with a centre.
pub const VERMILLION: RGBColor = RGBColor(213, 94, 0);

/// Colour of the series with this index.
pub fn colour(index: usize) -> RGBColor {
    const OKABE_ITO: [RGBColor; 6] = [
        BLUE,
        VERMILLION,
        RGBColor(0, 158, 115),
        RGBColor(204, 121, 167),
        RGBColor(230, 159, 0),
        RGBColor(86, 180, 233),
    ];
    OKABE_ITO[index % OKABE_ITO.len()]
}

/// Colour of the series with this index, or the ink of the axes.
pub fn colour_or_ink(index: Option<usize>) -> RGBColor {
    index.map_or(INK, colour)
}
