//! Numbers as cells of a CSV.

/// All digits; nothing for NaN.
pub(crate) fn exact(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// So many significant digits; nothing for NaN. For numbers whose last bits depend on the machine's logarithms and
/// powers, as do those of simulations and logarithmic grids.
pub(crate) fn rounded(value: f64, digits: usize) -> String {
    // The decimal form of the nearest number with these digits has no more of them.
    exact(format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_are_kept() {
        for (value, digits, expected) in [
            (0.1 + 0.2, 6, "0.3"),
            (1234.5678, 6, "1234.57"),
            (-9.99996e-5, 5, "-0.0001"),
            (123456.0, 2, "120000"),
            (0.0, 4, "0"),
            (f64::NAN, 4, ""),
        ] {
            assert_eq!(rounded(value, digits), expected);
        }
        assert_eq!((exact(0.1 + 0.2), exact(f64::NAN)), ("0.30000000000000004".to_owned(), String::new()));
    }
}
