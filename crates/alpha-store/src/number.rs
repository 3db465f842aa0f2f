//! Numbers as tables hold them, and what is wrong with those that cannot be read.

use std::fmt;

use crate::message::shown;

/// A cell's number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A finite number.
    Real(f64),
    /// The word true or false, which stands for 1 or 0.
    Boolean(bool),
}

impl Number {
    /// The number; 1 for true and 0 for false.
    pub fn value(self) -> f64 {
        match self {
            Self::Real(x) => x,
            Self::Boolean(is) => f64::from(u8::from(is)),
        }
    }
}

/// Why a cell is no finite number. Its message says what was found, and how to write it instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NumberFault {
    /// What stands there.
    pub cell: String,
    /// What kind of cell it is.
    pub kind: FaultKind,
}

/// Kinds of cells that are no finite numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Nothing.
    Empty,
    /// A word for a missing value: NA, nan, null, …
    Missing,
    /// An infinity, or a number beyond 1.8·10³⁰⁸.
    Infinite,
    /// Commas, blanks, apostrophes or underscores between the digits.
    Grouped,
    /// A comma where a point belongs, or a separator of thousands: it can be either.
    Comma,
    /// A percent sign.
    Percent,
    /// A currency sign.
    Currency,
    /// A date or a time.
    Date,
    /// A number in base 16, 8 or 2.
    Base,
    /// A Fortran exponent, as in 1D5.
    Exponent,
    /// A complex number.
    Complex,
    /// A fraction.
    Fraction,
    /// Brackets or parentheses around a number or several.
    Brackets,
    /// Quotes around a number.
    Quoted,
    /// Digits, signs or points that are not ASCII.
    Characters,
    /// Blanks between numbers.
    Blanks,
    /// A number with a unit behind it.
    Unit,
    /// Anything else.
    Word,
}

/// Reads a cell: a decimal number, perhaps with an exponent, or true or false in one of the spellings of Python, R and
/// Excel.
///
/// # Errors
/// [`NumberFault`] for anything else, for infinities and NaN.
///
/// ```
/// use alpha_store::number::{FaultKind, parse};
/// assert_eq!(parse("-1.5e3").unwrap().value(), -1500.0);
/// assert_eq!(parse("True").unwrap().value(), 1.0);
/// assert_eq!(parse("90.0%").unwrap_err().kind, FaultKind::Percent);
/// ```
pub fn parse(cell: &str) -> Result<Number, NumberFault> {
    match cell.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(Number::Real(x)),
        _ => match cell {
            "true" | "True" | "TRUE" => Ok(Number::Boolean(true)),
            "false" | "False" | "FALSE" => Ok(Number::Boolean(false)),
            _ => Err(NumberFault { cell: shown(cell), kind: kind(cell) }),
        },
    }
}

/// Whether a cell is empty or one of the words for a missing value.
pub fn is_missing(cell: &str) -> bool {
    // Longer than any of the words.
    cell.len() <= 5
        && ["", "na", "<na>", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "nat", "?", ".", "-"]
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word))
}

impl fmt::Display for NumberFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cell, way) = (&self.cell, self.kind.way_out());
        match self.kind {
            FaultKind::Empty => write!(f, "an empty cell, expected a finite number"),
            _ if way.is_empty() => write!(f, "'{cell}', expected a finite number"),
            _ => write!(f, "'{cell}', expected a finite number: {way}"),
        }
    }
}

impl std::error::Error for NumberFault {}

impl FaultKind {
    /// What to do about it; empty where there is nothing to say.
    fn way_out(self) -> &'static str {
        match self {
            Self::Empty | Self::Word => "",
            Self::Missing => "fill in missing values or leave their rows out",
            Self::Infinite => "leave the row out, or the column",
            Self::Grouped => "write it without separators of thousands (in pandas: read_csv(path, thousands=','))",
            Self::Comma => {
                "its comma may be a decimal comma or separate thousands; write a point or nothing (in pandas: \
                 read_csv(path, decimal=',') or thousands=',')"
            }
            Self::Percent => "write it without the percent sign",
            Self::Currency => "write it without the currency sign",
            Self::Date => "it looks like a date or a time; leave the column out, or write a number of days",
            Self::Base => "write it as a decimal number",
            Self::Exponent => "write its exponent with e instead of d",
            Self::Complex => "it looks like a complex number, and only real ones are taken",
            Self::Fraction => "write a decimal number instead of a fraction",
            Self::Brackets => "write one number a cell, without brackets, and a minus sign for negative ones",
            Self::Quoted => "write it without quotes",
            Self::Characters => "write it with the digits 0 to 9, '-' for minus and '.' for the point",
            Self::Blanks => "write one number a cell; blanks do not part cells",
            Self::Unit => "write it without a unit",
        }
    }
}

fn kind(cell: &str) -> FaultKind {
    let number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    if cell.is_empty() {
        return FaultKind::Empty;
    }
    if is_missing(cell) {
        return FaultKind::Missing;
    }
    // Longer than any number.
    if cell.len() > 400 {
        return FaultKind::Word;
    }
    let has_digit = cell.bytes().any(|byte| byte.is_ascii_digit());
    if cell.parse::<f64>().is_ok() || matches!(cell.trim_start_matches(['-', '+']), "∞" | "1.#INF") {
        return FaultKind::Infinite;
    }
    if !cell.is_ascii() && cell.chars().any(|c| c.is_numeric() && !c.is_ascii()) {
        return FaultKind::Characters;
    }
    if !has_digit {
        return FaultKind::Word;
    }
    if cell.strip_suffix(['%', '％']).is_some_and(|rest| {
        let rest = rest.trim_end();
        number(rest) || is_grouped(rest) || number(&rest.replace(',', "."))
    }) {
        return FaultKind::Percent;
    }
    let currency = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₩' | '₺');
    if cell.contains(currency) {
        return FaultKind::Currency;
    }
    let inner = cell.trim_matches(['\'', '"', '`', '‘', '’', '“', '”']);
    if inner.len() < cell.len() && (number(inner) || is_grouped(inner)) {
        return FaultKind::Quoted;
    }
    if cell.starts_with(['(', '[', '{']) && cell.ends_with([')', ']', '}']) {
        return FaultKind::Brackets;
    }
    if is_date(cell) {
        return FaultKind::Date;
    }
    let unsigned = cell.trim_start_matches(['-', '+']).to_ascii_lowercase();
    if ["0x", "0o", "0b"].iter().any(|base| unsigned.starts_with(base)) {
        return FaultKind::Base;
    }
    if number(&cell.replace(['d', 'D'], "e")) {
        return FaultKind::Exponent;
    }
    if cell.contains(',') && cell.matches(',').count() == 1 && number(&cell.replace(',', ".")) {
        return FaultKind::Comma;
    }
    if is_grouped(cell) {
        return FaultKind::Grouped;
    }
    if cell.ends_with(['i', 'j']) && cell[..cell.len() - 1].chars().all(|c| "0123456789.+-eE ".contains(c)) {
        return FaultKind::Complex;
    }
    if cell.split_once('/').is_some_and(|(a, b)| number(a.trim()) && number(b.trim())) {
        return FaultKind::Fraction;
    }
    if !cell.is_ascii() && cell.starts_with(['−', '–', '—', '＋', '－']) {
        return FaultKind::Characters;
    }
    if cell.split_whitespace().count() > 1 && cell.split_whitespace().all(number) {
        return FaultKind::Blanks;
    }
    let digits = cell.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '°' | '²' | '³' | ' '));
    if number(digits) { FaultKind::Unit } else { FaultKind::Word }
}

/// Whether a text is a number once separators of thousands are taken out: groups of three digits, or underscores.
fn is_grouped(cell: &str) -> bool {
    let unsigned = cell.trim_start_matches(['-', '+']);
    let plain = |text: &str| text.parse::<f64>().is_ok();
    if unsigned.contains('_') {
        return plain(&unsigned.replace('_', ""));
    }
    [(',', '.'), ('.', ','), (' ', '.'), (' ', ','), ('\'', '.'), ('’', '.'), ('\u{a0}', ','), ('\u{202f}', ',')]
        .iter()
        .any(|(separator, point)| {
            let (whole, fraction) = unsigned.split_once(*point).unwrap_or((unsigned, "0"));
            let mut groups = whole.split(*separator);
            let first = groups.next().unwrap_or_default();
            let rest: Vec<&str> = groups.collect();
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            !rest.is_empty()
                && (1..=3).contains(&first.len())
                && digits(first)
                // Groups of two digits occur in India.
                && rest.iter().all(|group| digits(group) && (2..=3).contains(&group.len()))
                && rest.last().is_some_and(|group| group.len() == 3)
                && plain(&format!("0.{fraction}"))
        })
}

/// Whether a text looks like 2024-01-31, 31.01.2024, 1/31/24, 12:30:00, or a date with a time.
fn is_date(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = |text: &str| {
        ['-', '/', '.'].iter().any(|sign| {
            let parts: Vec<&str> = text.split(*sign).collect();
            parts.len() == 3 && parts.iter().all(|part| digits(part) && part.len() <= 4)
        })
    };
    let time = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        (2..=3).contains(&parts.len())
            && digits(parts[0])
            && parts[1..].iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    };
    let first = cell.split(['T', ' ']).next().unwrap_or_default();
    date(first) || time(first)
}
