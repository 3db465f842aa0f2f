//! The two classes of a column of labels.
//!
//! | labels | +1 |
//! |---|---|
//! | two numbers | the larger |
//! | two words | the last in the order of code points, in which scikit-learn sorts its `classes_`: capitals before small letters |
//! | with `--positive WORD,…` | the one that is among these words |

use std::collections::HashMap;

use alpha_store::message::{folded, shown};

/// How two labels are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// Letter by letter, or as numbers.
    Exactly,
    /// But for case, or with true and false for 1 and 0.
    Loosely,
}

/// The number that a label is written as.
fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|x: &f64| x.is_finite())
}

fn loose_number(word: &str) -> Option<f64> {
    match word.to_lowercase().as_str() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => number(word),
    }
}

/// Whether two labels are the same class.
pub(super) fn same(one: &str, other: &str) -> Option<Same> {
    if one == other || number(one).is_some_and(|x| number(other) == Some(x)) {
        Some(Same::Exactly)
    } else if folded(one) == folded(other) || loose_number(one).is_some_and(|x| loose_number(other) == Some(x)) {
        Some(Same::Loosely)
    } else {
        None
    }
}

/// The words for −1 and +1 among labels.
///
/// # Errors
/// What is wrong with them, for an error that names the file and the column.
pub(super) fn find<'t>(labels: impl Iterator<Item = &'t str>, positive: &[String]) -> Result<[String; 2], String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut rows = 0;
    for word in labels {
        rows += 1;
        let place = *places.entry(word).or_insert_with(|| {
            counts.push((word, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
    }
    alike(&counts)?;
    let [(one, _), (other, _)] = counts[..] else { return Err(not_two(&counts, rows)) };
    let in_order = match (number(one), number(other)) {
        (Some(a), Some(b)) => a < b,
        // Bytes of UTF-8 are in the order of code points.
        _ => one < other,
    };
    let [low, high] = if in_order { [one, other] } else { [other, one] };
    let words = match chosen(low, high, positive)? {
        None | Some(true) => [low, high],
        Some(false) => [high, low],
    };
    Ok(words.map(str::to_owned))
}

/// Whether the words that are to be +1 name the second of two; `None` if there are no such words.
fn chosen(low: &str, high: &str, positive: &[String]) -> Result<Option<bool>, String> {
    if positive.is_empty() {
        return Ok(None);
    }
    for same_as in [Same::Exactly, Same::Loosely] {
        let named =
            |word: &str| positive.iter().any(|p| same(p, word).is_some_and(|s| s == Same::Exactly || s == same_as));
        match (named(low), named(high)) {
            (true, true) => return Err(format!("--positive names both of its classes, {}", pair(low, high))),
            (false, true) => return Ok(Some(true)),
            (true, false) => return Ok(Some(false)),
            (false, false) => {}
        }
    }
    let given: Vec<String> = positive.iter().map(|word| format!("'{}'", shown(word))).collect();
    Err(format!("none of its classes, {}, is named by --positive ({})", pair(low, high), given.join(", ")))
}

fn pair(one: &str, other: &str) -> String {
    format!("'{}' and '{}'", shown(one), shown(other))
}

fn counted((word, rows): &(&str, usize)) -> String {
    format!("'{}' ({rows} {})", shown(word), if *rows == 1 { "row" } else { "rows" })
}

/// Refuses labels that are the same class, written in two ways.
fn alike(counts: &[(&str, usize)]) -> Result<(), String> {
    let mut words: HashMap<String, &(&str, usize)> = HashMap::new();
    for label in counts {
        let key = number(label.0).map_or_else(|| folded(label.0), |x| format!("{:?}", x + 0.0));
        if let Some(first) = words.insert(key, label) {
            let how = match number(label.0) {
                Some(_) => "are the same number",
                None => "differ in case or blanks only",
            };
            return Err(format!(
                "the labels {} and {} {how}, expected two classes: write them alike",
                counted(first),
                counted(label)
            ));
        }
    }
    Ok(())
}

/// What is wrong with other than two different labels.
fn not_two(counts: &[(&str, usize)], rows: usize) -> String {
    const SHOWN: usize = 8;
    if let [(word, _)] = counts {
        return format!("every label is '{}', expected two classes", shown(word));
    }
    let many = counts.len();
    if many > SHOWN && 4 * many > rows && counts.iter().all(|(word, _)| number(word).is_some()) {
        return format!(
            "{many} different labels in {rows} rows, all of them numbers: they look like a quantity to predict, and two classes are \
             expected. Is another column the label (--label)?"
        );
    }
    let mut most = counts.to_vec();
    most.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let listed: Vec<String> = most.iter().take(SHOWN).map(counted).collect();
    let more = if many > SHOWN { format!(" and {} more", many - SHOWN) } else { String::new() };
    format!(
        "{many} different labels, expected two classes: {}{more}. Keep the rows of two of them, or write one against all others",
        listed.join(", ")
    )
}
