//! Colours of the levels of a heat map, told apart by lightness alone, so that colour-blind readers and grey print keep
//! them.

use plotters::style::RGBColor;

use crate::style::{BLUE, VERMILLION};

/// How levels become colours.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum ColourMap {
    /// White for the lowest, through blue to dark blue for the highest.
    #[default]
    Sequential,
    /// Blue below the centre, vermillion above it, white around it, and equally dark as many levels away on both sides.
    Diverging {
        /// The value that divides the colours: a level boundary, or inside the white level.
        centre: f64,
    },
}

impl ColourMap {
    /// Colours of the levels that `boundaries` divide the numbers into: one more than boundaries, from below the first
    /// to above the last.
    pub(crate) fn colours(self, boundaries: &[f64]) -> Vec<RGBColor> {
        let levels = 0..=boundaries.len();
        match self {
            Self::Sequential => {
                let last = boundaries.len().max(1) as f64;
                levels.map(|level| ramp(BLUE, level as f64 / last)).collect()
            }
            Self::Diverging { centre } => {
                // The centre's own level is white. A centre on a boundary has none: both its neighbours are a step away.
                let below = boundaries.partition_point(|boundary| *boundary < centre);
                let divided = boundaries.get(below) == Some(&centre);
                let steps = |level: usize| match level <= below {
                    true => (BLUE, below - level + usize::from(divided)),
                    false => (VERMILLION, level - below),
                };
                let most = levels.clone().map(|level| steps(level).1).max().unwrap_or(0).max(1);
                let colour = |(hue, steps): (RGBColor, usize)| ramp(hue, DARKEST * steps as f64 / most as f64);
                levels.map(|level| colour(steps(level))).collect()
            }
        }
    }
}

/// Where the ramps of [`ColourMap::Diverging`] end: darker, both would turn into the same near-black.
const DARKEST: f64 = 0.8;

/// White at 0, the hue itself at two thirds, a third of its light at 1.
fn ramp(hue: RGBColor, t: f64) -> RGBColor {
    const PURE: f64 = 2.0 / 3.0;
    let part = |pure: u8| {
        let pure = f64::from(pure);
        let value = if t < PURE { 255.0 + (pure - 255.0) * t / PURE } else { pure * (1.0 - 2.0 * (t - PURE)) };
        value.round() as u8
    };
    RGBColor(part(hue.0), part(hue.1), part(hue.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::WHITE;

    fn lightness(colour: &RGBColor) -> f64 {
        0.2126 * f64::from(colour.0) + 0.7152 * f64::from(colour.1) + 0.0722 * f64::from(colour.2)
    }

    #[test]
    fn sequential_darkens_from_white() {
        let colours = ColourMap::Sequential.colours(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!((colours.len(), colours[0], colours[4]), (7, WHITE, BLUE));
        assert_eq!(colours[6], RGBColor(0, 38, 59));
        assert!(colours.windows(2).all(|w| lightness(&w[0]) > lightness(&w[1]) + 15.0));
    }

    #[test]
    fn diverging_is_white_only_around_its_centre() {
        let inside = ColourMap::Diverging { centre: 0.0 }.colours(&[-2.0, -1.0, 1.0, 2.0, 3.0]);
        assert_eq!(inside[2], WHITE);
        assert_eq!(inside[5], ramp(VERMILLION, DARKEST));
        // Two of three steps on the shorter side.
        assert_eq!(inside[0], ramp(BLUE, DARKEST * 2.0 / 3.0));
        let divided = ColourMap::Diverging { centre: 1.0 }.colours(&[0.0, 1.0, 2.0]);
        assert_eq!(divided[1..3], [ramp(BLUE, DARKEST / 2.0), ramp(VERMILLION, DARKEST / 2.0)]);
        let outside = ColourMap::Diverging { centre: 9.0 }.colours(&[0.0, 1.0]);
        assert_eq!(outside, [ramp(BLUE, DARKEST), ramp(BLUE, DARKEST / 2.0), WHITE]);
    }
}
