//! Figures inside the page.

use std::path::Path;

use crate::error::Result;
use crate::paper::report::words;
use crate::paper::{Item, fine_tuning};

/// A figure that a run has written.
pub(super) struct Figure {
    /// Its file below the folder of the run.
    pub file: String,
    /// What it shows.
    pub caption: String,
    /// Its content.
    svg: String,
}

impl Figure {
    pub fn read(item: Item, path: &Path, file: String) -> Result<Self> {
        let svg = fine_tuning::text(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let caption = words::caption(&stem).map_or_else(|| format!("{} ({stem})", item.title()), str::to_owned);
        Ok(Self { file, caption, svg })
    }

    /// Width and height in CSS pixels, if the file says so.
    pub fn size(&self) -> Option<(u32, u32)> {
        let number = |name: &str| {
            let tag = self.svg.split_once('>')?.0;
            tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.parse().ok()
        };
        Some((number("width")?, number("height")?))
    }

    /// The figure as an address, for an attribute in single quotes. A tenth larger than the file, where base64 would be a
    /// third; as an image of its own it cannot clash with the page or with another figure.
    pub fn address(&self) -> String {
        let mut address = String::with_capacity(self.svg.len() * 9 / 8);
        address.push_str("data:image/svg+xml,");
        for character in self.svg.chars() {
            match character {
                '%' => address.push_str("%25"),
                '#' => address.push_str("%23"),
                '<' => address.push_str("%3C"),
                '>' => address.push_str("%3E"),
                '&' => address.push_str("%26"),
                '\'' => address.push_str("%27"),
                // An address loses its line ends.
                '\n' | '\r' | '\t' => address.push(' '),
                other => address.push(other),
            }
        }
        address.truncate(address.trim_end().len());
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_figure_leaves_its_attribute() {
        let svg = "<svg width=\"480\" height=\"372\" fill=\"#fff\">\n<text>50 % & 'α'</text></svg>\n".to_owned();
        let figure = Figure { file: String::new(), caption: String::new(), svg };
        assert_eq!(figure.size(), Some((480, 372)));
        assert_eq!(
            figure.address(),
            "data:image/svg+xml,%3Csvg width=\"480\" height=\"372\" fill=\"%23fff\"%3E %3Ctext%3E50 %25 %26 %27α%27\
             %3C/text%3E%3C/svg%3E"
        );
    }
}
