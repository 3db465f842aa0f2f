//! Checks of what comes in and of what goes out.

use crate::error::{Error, Result};
use crate::least_norm;

/// Returns `value` if it is finite and positive.
#[inline]
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64> {
    require(name, value, value > 0.0, "finite and > 0")
}

/// Returns `value` if it is finite and not negative.
#[inline]
pub(crate) fn non_negative(name: &'static str, value: f64) -> Result<f64> {
    require(name, value, value >= 0.0, "finite and >= 0")
}

/// Returns `value` if it is finite.
#[inline]
pub(crate) fn finite(name: &'static str, value: f64) -> Result<f64> {
    require(name, value, true, "finite")
}

/// Returns `value` if it is finite and `holds`; the error names the range `allowed`.
#[inline]
pub(crate) fn require(name: &'static str, value: f64, holds: bool, allowed: &'static str) -> Result<f64> {
    if value.is_finite() && holds { Ok(value) } else { Err(refuse(name, value, allowed)) }
}

/// Out of line, to keep the checks of a hot path to a comparison each.
#[cold]
fn refuse(name: &'static str, value: f64, allowed: &'static str) -> Error {
    Error::Parameter { name, value, allowed }
}

/// Returns `value`, a result, if it did not over- or underflow on the way.
#[inline]
pub(crate) fn representable(quantity: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(overflow(quantity)) }
}

/// [`representable`] for many values.
#[inline]
pub(crate) fn all_representable<'a>(quantity: &'static str, values: impl IntoIterator<Item = &'a f64>) -> Result<()> {
    if values.into_iter().all(|x| x.is_finite()) { Ok(()) } else { Err(overflow(quantity)) }
}

/// Returns M and K (by rows) of a law that was computed, if they are finite and no column has underflowed: where the square of a
/// mean that is not 0 and the variance beside it have both lost digits, so has the accuracy, and a variance of 0 would make it 1.
pub(crate) fn law(mean: &[f64], variance: &[f64]) -> Result<()> {
    const QUANTITY: &str = "the law of the decision function";
    const LEAST: f64 = f64::MIN_POSITIVE / f64::EPSILON;
    all_representable(QUANTITY, mean.iter().chain(variance))?;
    let lost = |(m, q): (&f64, &f64)| *m != 0.0 && m * m < LEAST && *q < LEAST;
    let squares = variance.iter().step_by(mean.len() + 1);
    if mean.iter().zip(squares).any(lost) { Err(overflow(QUANTITY)) } else { Ok(()) }
}

#[cold]
fn overflow(quantity: &'static str) -> Error {
    Error::Range { quantity }
}

/// Refuses a number of entries other than the expected one.
#[inline]
pub(crate) fn length(name: &'static str, got: usize, expected: usize) -> Result<()> {
    if got == expected { Ok(()) } else { Err(Error::Shape { name, expected, got }) }
}

/// Refuses what has no entries.
#[inline]
pub(crate) fn not_empty(name: &'static str, got: usize) -> Result<()> {
    if got > 0 { Ok(()) } else { Err(Error::Shape { name, expected: 1, got }) }
}

/// Refuses an index beyond the entries that there are.
#[inline]
pub(crate) fn index(name: &'static str, index: usize, got: usize) -> Result<()> {
    if index < got { Ok(()) } else { Err(Error::Shape { name, expected: index.saturating_add(1), got }) }
}

/// Refuses an entry that is not finite.
pub(crate) fn entries(name: &'static str, values: &[f64]) -> Result<()> {
    values.iter().try_for_each(|x| finite(name, *x).map(|_| ()))
}

/// Refuses a vector of the wrong length or with an entry that is not finite.
pub(crate) fn vector(name: &'static str, values: &[f64], p: usize) -> Result<()> {
    length(name, values.len(), p)?;
    entries(name, values)
}

/// How far a matrix may be from what it should be, relative to its largest entry or eigenvalue: K and G come from sums over
/// many features, or from a file.
pub(crate) const ROUNDING: f64 = 1e-9;

/// Refuses a square matrix of finite entries, given by row and column, that is not symmetric up to [`ROUNDING`].
pub(crate) fn symmetric(name: &'static str, size: usize, entry: impl Fn(usize, usize) -> f64) -> Result<()> {
    let all = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
    let largest = all.fold(0.0, |most: f64, (row, column)| most.max(entry(row, column).abs()));
    for (row, column) in (0..size).flat_map(|row| (0..row).map(move |column| (row, column))) {
        let (value, mirrored) = (entry(row, column), entry(column, row));
        if (value - mirrored).abs() > ROUNDING * largest {
            return Err(Error::Asymmetric { name, row, column, value, mirrored });
        }
    }
    Ok(())
}

/// Refuses what cannot be the inner products of k vectors: a matrix (by rows) that is not symmetric and, scaled to a unit diagonal,
/// positive semi-definite up to [`ROUNDING`].
pub(crate) fn products(name: &'static str, matrix: &[f64], k: usize) -> Result<()> {
    vector(name, matrix, k * k)?;
    symmetric(name, k, |row, column| matrix[row * k + column])?;
    if k > 1 {
        let [least, most] = least_norm::extremes(matrix);
        if least < -ROUNDING * most {
            return Err(Error::Indefinite { name, least, most });
        }
    }
    Ok(())
}
