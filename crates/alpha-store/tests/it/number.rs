//! Numbers in cells.

use alpha_store::number::{FaultKind, Number, is_missing, parse};

#[test]
fn numbers_are_read() {
    for (cell, expected) in [
        ("1", 1.0),
        ("-0.5", -0.5),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        ("1e-400", 0.0),
        ("00012", 12.0),
    ] {
        assert_eq!(parse(cell).unwrap(), Number::Real(expected), "{cell}");
    }
    for (cell, expected) in
        [("true", 1.0), ("True", 1.0), ("TRUE", 1.0), ("false", 0.0), ("False", 0.0), ("FALSE", 0.0)]
    {
        let number = parse(cell).unwrap();
        assert!(matches!(number, Number::Boolean(_)) && number.value() == expected, "{cell}");
    }
}

#[test]
fn what_is_no_number_is_named_with_a_way_out() {
    use FaultKind::*;
    for (cell, kind, words) in [
        ("", Empty, "an empty cell"),
        ("NA", Missing, "missing values"),
        ("NaN", Missing, "missing values"),
        ("#N/A", Missing, "missing values"),
        ("?", Missing, "missing values"),
        ("inf", Infinite, "leave the row out"),
        ("-Infinity", Infinite, "leave the row out"),
        ("1e999", Infinite, "leave the row out"),
        ("1,511.34", Grouped, "thousands=','"),
        ("1,511,340", Grouped, "thousands"),
        ("1.511,34", Grouped, "thousands"),
        ("1 511", Grouped, "thousands"),
        ("1'511.5", Grouped, "thousands"),
        ("-12,34,567", Grouped, "thousands"),
        ("1_000", Grouped, "thousands"),
        ("1,5", Comma, "decimal=','"),
        ("-0,25e3", Comma, "decimal=','"),
        ("1,511", Comma, "may be a decimal comma or separate thousands"),
        ("90.0%", Percent, "percent sign"),
        ("12,5 %", Percent, "percent sign"),
        ("$5", Currency, "currency"),
        ("1.234,00 €", Currency, "currency"),
        ("2024-01-31", Date, "a date"),
        ("31.01.2024", Date, "a date"),
        ("1/31/24", Date, "a date"),
        ("2024-01-31T12:30:00Z", Date, "a date"),
        ("12:30:00", Date, "a date"),
        ("0x1F", Base, "decimal number"),
        ("-0b101", Base, "decimal number"),
        ("1D5", Exponent, "with e instead of d"),
        ("1.5d-03", Exponent, "with e instead of d"),
        ("1+2j", Complex, "complex"),
        ("1/2", Fraction, "fraction"),
        ("(1.50)", Brackets, "without brackets"),
        ("[0.1 0.2]", Brackets, "without brackets"),
        ("'1.5'", Quoted, "without quotes"),
        ("١", Characters, "0 to 9"),
        ("−1", Characters, "'-' for minus"),
        ("1 2", Blanks, "one number a cell"),
        ("5kg", Unit, "without a unit"),
        ("36.6 °C", Unit, "without a unit"),
        ("pos", Word, "'pos', expected a finite number"),
        ("a1", Word, "expected a finite number"),
    ] {
        let fault = parse(cell).unwrap_err();
        assert_eq!(fault.kind, kind, "{cell}");
        assert!(fault.to_string().contains(words), "{fault}");
    }
}

#[test]
fn a_huge_cell_makes_a_short_message() {
    for cell in ["1".repeat(50_000_000) + "%", "\x1b[31m".repeat(10_000), "7,".repeat(1_000_000)] {
        let message = parse(&cell).unwrap_err().to_string();
        assert!(message.chars().count() < 300 && !message.contains('\x1b'), "{message}");
    }
}

#[test]
fn missing_values_have_words() {
    assert!(["", "NA", "nan", "NULL", "None", "n/a", "<NA>", "?"].into_iter().all(is_missing));
    assert!(!["0", "no", "false", "nano", "-1"].into_iter().any(is_missing));
}
