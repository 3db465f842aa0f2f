//! Linear and logarithmic axes: where values lie, and the ticks and their labels.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;

/// How an axis is divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long. Only positive values have a place.
    Log,
}

impl Scale {
    /// Where a value lies, in decades on a logarithmic axis; not finite if it has no place.
    pub(crate) fn position(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.max(0.0).log10(),
        }
    }

    /// The value at a position.
    pub(crate) fn value(self, position: f64) -> f64 {
        match self {
            Self::Linear => position,
            Self::Log => 10_f64.powf(position),
        }
    }
}

/// The positions that an axis shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    pub scale: Scale,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    /// At most so many ticks.
    pub(crate) fn ticks(&self, most: usize) -> Vec<f64> {
        let linear = |low: f64, high: f64| RangedCoordf64::from(low..high).key_points(most);
        if self.scale == Scale::Linear || most == 0 {
            return linear(self.low, self.high);
        }
        // A tick at the very end must not be lost to rounding.
        let (low, high) = (self.low - 1e-9, self.high + 1e-9);
        if self.is_short() {
            let decades = (low.floor() as i32)..=(high.floor() as i32);
            let ticks = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|first| first * 10_f64.powi(decade)));
            let ticks: Vec<f64> = ticks.filter(|tick| (low..=high).contains(&tick.log10())).collect();
            // So short an axis is nearly linear.
            if ticks.len() >= 3 {
                return ticks;
            }
            return linear(self.scale.value(self.low), self.scale.value(self.high));
        }
        let (first, last) = (low.ceil() as i32, high.floor() as i32);
        let step = ((last - first + 1) as usize).div_ceil(most) as i32;
        (first..=last).filter(|decade| decade % step == 0).map(|decade| 10_f64.powi(decade)).collect()
    }

    /// What a tick says.
    pub(crate) fn label(&self, tick: f64) -> String {
        let span = self.high - self.low;
        match self.scale {
            Scale::Linear => decimal(tick, (1.0 - span.log10().floor()).clamp(3.0, 17.0) as usize),
            Scale::Log if self.is_short() => number(tick),
            Scale::Log => {
                let decade = tick.log10().round() as i32;
                // On a long axis a plain 1 and 10 would look like strangers among the powers.
                if span <= 4.0 && (decade == 0 || decade == 1) { number(tick) } else { power(decade) }
            }
        }
    }

    /// Whether decades alone are too few ticks.
    fn is_short(&self) -> bool {
        self.high - self.low < 2.0
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.low..self.high).map(&self.scale.position(*value), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.max_num_points())
    }

    fn range(&self) -> Range<f64> {
        self.scale.value(self.low)..self.scale.value(self.high)
    }
}

/// A number with no more decimals than it needs, and a real minus sign.
fn decimal(value: f64, decimals: usize) -> String {
    let rounded = format!("{value:.decimals$}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.replace('-', "−") }
}

/// A number to six digits; powers of ten where a plain number would be mostly zeros.
pub(crate) fn number(value: f64) -> String {
    let rounded = format!("{value:.5e}");
    let parts = rounded.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match parts {
        Some((digits, exponent)) if !(-3..=5).contains(&exponent) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.').replace('-', "−");
            match digits.as_str() {
                "1" => power(exponent),
                "−1" => format!("−{}", power(exponent)),
                _ => format!("{digits}·{}", power(exponent)),
            }
        }
        Some((_, exponent)) => decimal(value, (5 - exponent).max(0) as usize),
        None => rounded,
    }
}

fn power(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|d| char::from_u32('⁰' as u32 + d)).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let axis = Axis { scale: Scale::Log, low: low.log10(), high: high.log10() };
        axis.ticks(7).into_iter().map(|tick| axis.label(tick)).collect()
    }

    #[test]
    fn log_ticks() {
        for (low, high, expected) in [
            (0.01, 10.0, "10⁻² 10⁻¹ 1 10"),
            (0.02, 3000.0, "10⁻¹ 10⁰ 10¹ 10² 10³"),
            (1e-8, 1e4, "10⁻⁸ 10⁻⁶ 10⁻⁴ 10⁻² 10⁰ 10² 10⁴"),
            (0.9, 85.0, "1 2 5 10 20 50"),
            (1e-6, 3e-5, "10⁻⁶ 2·10⁻⁶ 5·10⁻⁶ 10⁻⁵ 2·10⁻⁵"),
            (0.3, 0.8, "0.3 0.4 0.5 0.6 0.7 0.8"),
            (21.0, 26.0, "21 22 23 24 25 26"),
        ] {
            assert_eq!(labels(low, high).join(" "), expected, "{low} to {high}");
        }
    }

    #[test]
    fn numbers() {
        for (value, expected) in [
            (0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (-0.05, "−0.05"),
            (0.001, "0.001"),
            (0.00012345, "1.2345·10⁻⁴"),
            (-1e-10, "−10⁻¹⁰"),
            (123456.0, "123456"),
            (2e6, "2·10⁶"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn linear_labels_have_the_digits_their_span_needs() {
        let axis = |high| Axis { scale: Scale::Linear, low: 0.0, high };
        assert_eq!(axis(20.0).label(2.5), "2.5");
        assert_eq!(axis(20.0).label(-1e-17), "0");
        assert_eq!(axis(0.004).label(0.0005), "0.0005");
    }
}
