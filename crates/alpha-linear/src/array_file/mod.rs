//! Samples from NumPy files, wherever a CSV file of samples is taken.
//!
//! | file | holds |
//! |---|---|
//! | `.npz` | features `X` (rows × features), perhaps labels `y` (a number, truth value or word a row) and names of the features `feature_names` (words) |
//! | `.npy` | features only |
//!
//! The first of these names that is there counts: `X`, `x`, `features`, `data` for the features; `y`, `Y`, `labels`, `label`,
//! `target` for the labels; `feature_names`, `columns`, `names` for the names. Without the first, the only array of two
//! dimensions holds the features, and the only one of one dimension with an entry a row the labels, which a warning says.
//! Without names the features are called x0, x1, … ([`are_invented`]).
//!
//! Files are known by their first bytes, not by their extension. Integers, floating-point numbers of at most 64 bits and
//! truth values are read in either byte order and either layout. Arrays of Python objects are never read.

pub(crate) mod npz;

use std::collections::HashSet;

use alpha_store::message::shown;
use alpha_store::npy::{self, Npy, Values};
use nalgebra::DMatrix;

use crate::error::{Error, Result};

/// Most bytes of a file of arrays, packed or not.
pub const MOST_BYTES: u64 = 4 << 30;

const FEATURES: [&str; 4] = ["X", "x", "features", "data"];
const LABELS: [&str; 5] = ["y", "Y", "labels", "label", "target"];
const NAMES: [&str; 3] = ["feature_names", "columns", "names"];

/// What happens to NaN among the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// It is an error.
    Refused,
    /// It stays, as a missing value.
    Kept,
}

/// Features of some rows, perhaps with labels, from a file of arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrays {
    /// Names of the features, p entries.
    pub names: Vec<String>,
    /// p×rows.
    pub features: DMatrix<f64>,
    /// A word a row; integers without a point, truth values as True and False.
    pub labels: Option<Vec<String>>,
    /// What was read though it may not have been meant.
    pub warnings: Vec<String>,
}

/// Whether content begins as a file of arrays does.
pub fn recognises(content: &[u8]) -> bool {
    npy::recognises(content) || npz::recognises(content)
}

/// The name of a feature without one, by its place from 0.
pub fn invented_name(place: usize) -> String {
    format!("x{place}")
}

/// Whether names are those of features without names: x0, x1, …
pub fn are_invented(names: &[String]) -> bool {
    names.iter().enumerate().all(|(i, name)| *name == invented_name(i))
}

impl Arrays {
    /// Reads the content of a file; `place` is its name in messages.
    ///
    /// # Errors
    /// [`Error::Store`] with [`alpha_store::Error::Table`] for a damaged or cut off file, for arrays of another type or of
    /// other dimensions, for an infinite feature, or a NaN unless it is kept, for a row without a label, and for names that
    /// are not those of as many features.
    pub fn parse(place: &str, content: &[u8], gaps: Gaps) -> Result<Self> {
        if npy::recognises(content) {
            let (names, features) = features(place, "the array", content, gaps)?;
            return Ok(Self { names, features, labels: None, warnings: Vec::new() });
        }
        let arrays = npz::unpack(place, content)?;
        check_sparse(place, &arrays)?;
        let mut warnings = Vec::new();
        let found = Found::new(place, &arrays, &mut warnings)?;
        let named = |i: usize| (arrays[i].0.as_str(), arrays[i].1.as_slice());
        let (name, array) = named(found.features);
        let (mut names, features) = features(place, &format!("'{}'", shown(name)), array, gaps)?;
        let labels = found.labels.map(|i| labels(place, named(i), features.shape())).transpose()?;
        if let Some(i) = found.names {
            names = feature_names(place, named(i), features.nrows())?;
        }
        let used = [Some(found.features), found.labels, found.names];
        let unused: Vec<String> =
            (0..arrays.len()).filter(|i| !used.contains(&Some(*i))).map(|i| shown(&arrays[i].0)).collect();
        if !unused.is_empty() {
            let some: Vec<&str> = unused.iter().take(5).map(String::as_str).collect();
            warnings.push(format!("{place}: {} arrays are not used: {}", unused.len(), some.join(", ")));
        }
        Ok(Self { names, features, labels, warnings })
    }
}

/// Places of the arrays in a file.
struct Found {
    features: usize,
    labels: Option<usize>,
    names: Option<usize>,
}

impl Found {
    fn new(place: &str, arrays: &[(String, Vec<u8>)], warnings: &mut Vec<String>) -> Result<Self> {
        let named = |names: &[&str]| names.iter().find_map(|name| arrays.iter().position(|(other, _)| other == name));
        let names = named(&NAMES);
        let shape = |i: usize| Npy::open(place, &arrays[i].1).map(|array| array.shape).unwrap_or_default();
        if let Some(features) = named(&FEATURES) {
            return Ok(Self { features, labels: named(&LABELS), names });
        }
        let others: Vec<usize> = (0..arrays.len()).filter(|i| Some(*i) != names).collect();
        let planes: Vec<usize> = others.iter().copied().filter(|i| shape(*i).len() == 2).collect();
        let &[features] = planes.as_slice() else {
            let listed: Vec<String> = arrays
                .iter()
                .enumerate()
                .take(8)
                .map(|(i, (name, _))| format!("{} {:?}", shown(name), shape(i)))
                .collect();
            let reason = format!(
                "no array named X, and {} of two dimensions, expected features X and labels y: np.savez(path, X=X, y=y) (it \
                 has {})",
                planes.len(),
                if listed.is_empty() { "no array".to_owned() } else { listed.join(", ") }
            );
            return Err(refuse(place, reason));
        };
        let rows = shape(features)[0];
        let lines: Vec<usize> = others.into_iter().filter(|i| shape(*i) == [rows]).collect();
        let labels = named(&LABELS).or(match lines.as_slice() {
            &[only] => Some(only),
            _ => None,
        });
        let said = |i: usize| format!("'{}'", shown(&arrays[i].0));
        let labels_said = labels.map_or_else(|| "no array".to_owned(), said);
        warnings.push(format!(
            "{place}: no array is named X; {} is taken for the features and {labels_said} for the labels, by their shapes",
            said(features)
        ));
        Ok(Self { features, labels, names })
    }
}

/// Names, and p×rows.
fn features(place: &str, what: &str, array: &[u8], gaps: Gaps) -> Result<(Vec<String>, DMatrix<f64>)> {
    let inside = if what.starts_with('\'') { format!("{place}, array {what}") } else { place.to_owned() };
    let array = Npy::open(&inside, array)?;
    let &[rows, columns] = array.shape.as_slice() else {
        let reason = match array.shape.as_slice() {
            [n] => {
                format!("{what} has one dimension of {n}, expected rows × features; for one feature: X.reshape(-1, 1)")
            }
            shape => format!("{what} has the shape {shape:?}, expected rows × features; perhaps X.reshape(len(X), -1)"),
        };
        return Err(refuse(place, reason));
    };
    if rows == 0 || columns == 0 {
        return Err(refuse(place, format!("{what} has {rows} rows and {columns} columns, expected some")));
    }
    // NumPy's rows are nalgebra's columns.
    let features = DMatrix::from_vec(columns, rows, array.numbers()?);
    let wrong = |x: &f64| !x.is_finite() && (gaps == Gaps::Refused || !x.is_nan());
    if let Some(i) = features.iter().position(wrong) {
        let reason = format!(
            "{what} has {} in row {} and column {}, counted from 0; expected a finite number",
            features.as_slice()[i],
            i / columns,
            i % columns
        );
        return Err(refuse(place, reason));
    }
    Ok(((0..columns).map(invented_name).collect(), features))
}

/// A word for each row of features (p×rows).
fn labels(place: &str, (name, array): (&str, &[u8]), (p, rows): (usize, usize)) -> Result<Vec<String>> {
    let name = shown(name);
    let array = Npy::open(&format!("{place}, array '{name}'"), array)?;
    let count = match array.shape.as_slice() {
        &[n] | &[n, 1] | &[1, n] => n,
        shape => {
            let reason = format!("the labels '{name}' have the shape {shape:?}, expected one label a row: {rows}");
            return Err(refuse(place, reason));
        }
    };
    if count != rows {
        let hint = if count == p { ": the features look transposed, so save X.T" } else { "" };
        return Err(refuse(place, format!("{count} labels in '{name}' for {rows} rows of {p} features{hint}")));
    }
    Ok(match array.values()? {
        Values::Numbers(numbers) => numbers.into_iter().map(|x| (x + 0.0).to_string()).collect(),
        Values::Booleans(values) => values.into_iter().map(|is| if is { "True" } else { "False" }.to_owned()).collect(),
        Values::Words(words) => words.into_iter().map(|word| word.trim().to_owned()).collect(),
    })
}

fn feature_names(place: &str, (name, array): (&str, &[u8]), p: usize) -> Result<Vec<String>> {
    let name = shown(name);
    let array = Npy::open(place, array).and_then(Npy::values);
    let names = match array {
        Ok(Values::Words(names)) => names,
        Ok(_) => return Err(refuse(place, format!("'{name}' holds no texts, expected the names of {p} features"))),
        Err(error) => {
            let reason = format!("the names '{name}' cannot be read ({error}); save np.array(df.columns, dtype=str)");
            return Err(refuse(place, reason));
        }
    };
    let mut seen = HashSet::new();
    if let Some(double) = names.iter().find(|name| name.is_empty() || !seen.insert(*name)) {
        let reason = if double.is_empty() { "an empty name".to_owned() } else { format!("'{}' twice", shown(double)) };
        return Err(refuse(place, format!("'{name}' has {reason}, expected a name of its own for each feature")));
    }
    if names.len() != p {
        return Err(refuse(place, format!("{} names in '{name}' for {p} features", names.len())));
    }
    Ok(names)
}

/// Refuses a matrix that SciPy saved with `save_npz`.
fn check_sparse(place: &str, arrays: &[(String, Vec<u8>)]) -> Result<()> {
    let has = |name: &str| arrays.iter().any(|(other, _)| other == name);
    if has("format") && has("shape") && has("data") {
        let reason = "a sparse SciPy matrix; save it whole: np.savez(path, X=X.toarray(), y=y)";
        return Err(refuse(place, reason));
    }
    Ok(())
}

/// A file that cannot be read, and why.
pub(crate) fn refuse(place: &str, reason: impl Into<String>) -> Error {
    let place = place.to_owned();
    Error::Store(alpha_store::Error::Table { place, line: None, column: None, reason: reason.into() })
}
