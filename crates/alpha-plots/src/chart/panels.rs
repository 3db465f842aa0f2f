//! Several charts in one figure.

use super::Chart;
use crate::error::{Error, Result};
use crate::style::SIZE;

/// Charts side by side, `columns` in a row, as one SVG document.
///
/// # Errors
/// As [`Chart::to_svg`]; [`Error::TooFew`] without a chart.
pub fn grid(charts: &[Chart], columns: usize) -> Result<String> {
    if charts.is_empty() {
        return Err(Error::TooFew { title: "panels".to_owned(), what: "charts", least: 1, got: 0 });
    }
    let columns = columns.clamp(1, charts.len());
    let rows = charts.len().div_ceil(columns);
    let (width, height) = (SIZE.0 as usize * columns, SIZE.1 as usize * rows);
    let mut svg = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    for (i, chart) in charts.iter().enumerate() {
        let (x, y) = (SIZE.0 as usize * (i % columns), SIZE.1 as usize * (i / columns));
        // A document within a document: it needs only its place.
        svg += &chart.to_svg()?.replacen("<svg ", &format!("<svg x=\"{x}\" y=\"{y}\" "), 1);
    }
    svg += "</svg>\n";
    Ok(svg)
}
