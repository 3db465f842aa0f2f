//! Rows that stand twice where each should be new: in two files, or in one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use alpha_store::input;
use nalgebra::DMatrix;

use crate::samples::key;

/// A file of samples: where it is, and its features (p×rows).
pub(crate) type File<'a> = (&'a Path, Cow<'a, DMatrix<f64>>);

/// What to know of rows that a target shares with its source or its test, and of rows that it repeats.
pub(crate) fn warnings(target: &File<'_>, source: Option<&File<'_>>, test: Option<&File<'_>>) -> Vec<String> {
    let name = |file: &File<'_>| input::name(file.0);
    let both = |file: &File<'_>, other: &File<'_>, so: &str| {
        let count = shared(&file.1, &other.1)?;
        Some(format!("{count} of the {} rows of {} are also in {}: {so}", file.1.ncols(), name(file), name(other)))
    };
    let source_saw = "the source has seen their labels, so what is said of it and of α is too good";
    let was_trained_on = "what is measured on them is not what to expect of new rows";
    let repeats = repeated(&target.1).map(|count| {
        format!(
            "{count} of the {} rows of {} repeat an earlier one: left out in turn, or split at random, they are tested on their own copies",
            target.1.ncols(),
            name(target)
        )
    });
    let pairs = [
        source.and_then(|source| both(target, source, source_saw)),
        test.and_then(|test| both(test, target, was_trained_on)),
        test.zip(source).and_then(|(test, source)| both(test, source, was_trained_on)),
        repeats,
    ];
    pairs.into_iter().flatten().collect()
}

/// Distinct rows below which a coincidence of all of them may be a planned experiment.
const LEAST: usize = 10;

/// How many of `rows` (p×m) have the features of one of `others` (p×n); `None` where chance may do that.
///
/// Features of few values are often equal by chance. Two rows of different files are then as often equal as two rows of one file,
/// and the file that repeats less says how often that is, with the rule of three for files that hardly repeat.
pub(crate) fn shared(rows: &DMatrix<f64>, others: &DMatrix<f64>) -> Option<usize> {
    let [own, seen] = [rows, others].map(counts);
    let shared: usize = own.iter().filter(|(x, _)| seen.contains_key(*x)).map(|(_, count)| count).sum();
    let chance = chance(&own, rows.ncols()).min(chance(&seen, others.ncols()));
    let expected = rows.ncols() as f64 * (chance * others.ncols() as f64).min(1.0);
    let is_whole = |file: &HashMap<_, usize>, rows: usize| file.len() == rows && rows >= LEAST;
    let all =
        shared == rows.ncols().min(others.ncols()) && is_whole(&own, rows.ncols()) && is_whole(&seen, others.ncols());
    (shared > 0 && (all || shared as f64 > expected + 4.0 * expected.sqrt() + 2.0)).then_some(shared)
}

/// How many rows have the features of an earlier one; `None` where chance may do that, as no feature tells the rows apart.
pub(crate) fn repeated(rows: &DMatrix<f64>) -> Option<usize> {
    let distinct = counts(rows).len();
    let repeated = rows.ncols() - distinct;
    if repeated == 0 || distinct < LEAST {
        return None;
    }
    let values = |i: usize| rows.row(i).iter().map(|x| key(&[*x])).collect::<HashSet<_>>().len();
    (0..rows.nrows()).any(|i| 20 * values(i) >= 19 * distinct).then_some(repeated)
}

/// How often each row occurs.
fn counts(rows: &DMatrix<f64>) -> HashMap<Vec<u64>, usize> {
    let mut counts = HashMap::new();
    for x in rows.column_iter() {
        *counts.entry(key(x.as_slice())).or_default() += 1;
    }
    counts
}

/// The share of pairs of rows that are equal, not more than three pairs too low.
fn chance(counts: &HashMap<Vec<u64>, usize>, rows: usize) -> f64 {
    let pairs = |n: usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let equal: f64 = counts.values().map(|count| pairs(*count)).sum();
    ((equal + 3.0) / pairs(rows).max(1.0)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(first: usize, rows: usize) -> DMatrix<f64> {
        DMatrix::from_fn(3, rows, |i, j| ((first + j) as f64 * (0.7 + i as f64)).sin())
    }

    #[test]
    fn shared_rows_are_found_where_they_are_no_chance() {
        assert_eq!(shared(&measured(0, 60), &measured(0, 60)), Some(60));
        assert_eq!(shared(&measured(0, 12), &measured(0, 12)), Some(12));
        assert_eq!(shared(&measured(40, 400), &measured(0, 60)), Some(20));
        assert_eq!(shared(&measured(0, 60), &measured(30, 400)), Some(30));
        assert_eq!(shared(&measured(60, 400), &measured(0, 60)), None);
        let copied = DMatrix::from_fn(3, 180, |i, j| measured(0, 60)[(i, j % 60)]);
        assert_eq!(shared(&measured(0, 60), &copied), Some(60));
    }

    #[test]
    fn features_of_few_values_may_coincide() {
        // Ages, sexes and a score from 0 to 4: thousands of rows that occur here and there.
        let drawn = |seed: u64, rows: usize| {
            let mut state = seed;
            let mut draw = |most: u64| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ((state >> 33) % most) as f64
            };
            DMatrix::from_fn(3, rows, |i, _| draw([60, 2, 5][i]))
        };
        for seed in 1..40 {
            let (one, other) = (drawn(seed, 300), drawn(1000 + seed, 60));
            assert_eq!((shared(&one, &other), shared(&other, &one)), (None, None), "{seed}");
            assert_eq!(shared(&drawn(seed, 30), &drawn(1000 + seed, 30)), None, "{seed}");
            assert_eq!(repeated(&one), None, "{seed}");
        }
    }

    #[test]
    fn repeated_rows_are_found_where_a_feature_tells_rows_apart() {
        assert_eq!(repeated(&measured(0, 60)), None);
        let copied = DMatrix::from_fn(3, 180, |i, j| measured(0, 60)[(i, j % 60)]);
        assert_eq!(repeated(&copied), Some(120));
        assert_eq!(repeated(&DMatrix::from_element(2, 30, 1.0)), None);
    }
}
