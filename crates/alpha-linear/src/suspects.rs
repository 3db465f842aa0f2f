//! Columns that are perhaps no features: they count the rows, or tell the label.
//!
//! | a column | is suspected if |
//! |---|---|
//! | counts | its values are whole, distinct and evenly spaced, in any order |
//! | counts again and again | its values rise by the same step in nine of ten rows |
//! | numbers the rows | its values are whole and distinct, and so close together that chance makes them so once in 10⁶ |
//! | rises | every value is above (or below) the one before, in ten rows or more |
//! | has an index's name | it is called `id`, `index`, `row`, `Unnamed: 0`, …, and its values are distinct and whole |
//! | is tiny | all of its values are below 10⁻¹², and below 10⁻¹² of the largest value of any column: what rounding leaves of 0 |
//! | barely varies | its values differ by no more than rounding to single precision would make them |
//! | tells the label | a threshold on it alone parts the classes, which chance does in one file of 1000 |

use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use crate::samples::{barely_vary, is_rounding};

/// Why a column is perhaps no feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// It counts the rows.
    Counts,
    /// It counts the rows, and begins again now and then: files one below the other, or an hour of the day.
    CountsAgain,
    /// It has a different whole number in every row, from a narrow range.
    NumbersTheRows,
    /// It rises, or falls, from row to row.
    Rises,
    /// It has a name that an index has.
    NamedLikeAnIndex,
    /// Its values are so small beside all others that they may be rounding.
    IsTiny,
    /// It varies by no more than rounding to single precision would make it.
    BarelyVaries,
    /// It tells the label.
    TellsTheLabel,
}

/// A column that is perhaps no feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    /// The feature's place.
    pub feature: usize,
    /// Why.
    pub why: Suspicion,
}

impl Suspicion {
    /// All, in the order in which they are looked for.
    pub const ALL: [Self; 8] = [
        Self::Counts,
        Self::CountsAgain,
        Self::NumbersTheRows,
        Self::Rises,
        Self::NamedLikeAnIndex,
        Self::IsTiny,
        Self::BarelyVaries,
        Self::TellsTheLabel,
    ];

    /// Whether it is about the order or the number of the rows, and not about their label.
    pub fn is_of_rows(self) -> bool {
        !matches!(self, Self::IsTiny | Self::BarelyVaries | Self::TellsTheLabel)
    }

    /// Whether such a column can hardly be meant as a feature in a file of `rows` rows.
    pub(crate) fn is_certain(self, rows: usize) -> bool {
        /// Fewer rows may be a planned experiment, in which a feature takes evenly spaced values.
        const LEAST: usize = 20;
        rows >= LEAST && matches!(self, Self::Counts | Self::NumbersTheRows | Self::NamedLikeAnIndex)
    }

    /// What such a column does, for a sentence about `count` of them.
    pub(crate) fn says(self, count: usize) -> String {
        let one = count == 1;
        let verb = |single: &str, many: &str| if one { single.to_owned() } else { many.to_owned() };
        match self {
            Self::Counts => verb("counts the rows", "count the rows"),
            Self::CountsAgain => verb(
                "counts up from row to row, and begins again now and then",
                "count up from row to row, and begin again now and then",
            ),
            Self::NumbersTheRows => {
                verb("has a different whole number in every row", "have a different whole number in every row")
            }
            Self::Rises => verb("rises or falls from every row to the next", "rise or fall from every row to the next"),
            Self::NamedLikeAnIndex => {
                format!(
                    "{} and a different whole number in every row",
                    verb("has the name of an index", "have the names of an index")
                )
            }
            Self::IsTiny => verb(
                "has no value of 1e-12 or more, as if rounding had left it of 0",
                "have no value of 1e-12 or more, as if rounding had left them of 0",
            ),
            Self::BarelyVaries => verb(
                "varies by less than a millionth of its size, as if numbers of single and double precision were mixed",
                "vary by less than a millionth of their size, as if numbers of single and double precision were mixed",
            ),
            Self::TellsTheLabel => verb("tells the label alone", "tell the label, each of them alone"),
        }
    }
}

/// Values below it, and below this share of others, may be rounding of 0.
const TINY: f64 = 1e-12;

/// The columns of some rows (p×n, NaN where a value is missing) that are perhaps no features, in order; `labels` are ±1.
pub fn find(names: &[String], features: &DMatrix<f64>, labels: Option<&DVector<f64>>) -> Vec<Suspect> {
    // Chance parts the classes by one of p columns as often as one of the arrangements of labels is one of two.
    let parts = labels.is_some_and(|labels| {
        let positive = labels.iter().filter(|y| **y > 0.0).count();
        log_binomial(labels.len(), positive) - (2.0 * features.nrows() as f64).ln() > 1000_f64.ln()
    });
    let largest = features.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let tiny = |values: &[f64]| {
        let own = values.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        own > 0.0 && own < TINY && own < TINY * largest
    };
    let mut values = Vec::new();
    let mut suspects = Vec::new();
    for (feature, name) in names.iter().enumerate().take(features.nrows()) {
        values.clear();
        values.extend((0..features.ncols()).map(|row| features[(feature, row)]));
        let why = of_rows(name, &mut values.clone())
            .or_else(|| tiny(&values).then_some(Suspicion::IsTiny))
            .or_else(|| barely_vary(&values).then_some(Suspicion::BarelyVaries))
            .or_else(|| {
                let labels = labels.filter(|_| parts)?;
                tells(&values, labels.as_slice()).then_some(Suspicion::TellsTheLabel)
            });
        suspects.extend(why.map(|why| Suspect { feature, why }));
    }
    suspects
}

/// ln of n over k.
fn log_binomial(n: usize, k: usize) -> f64 {
    (1..=k.min(n - k)).map(|i| ((n + 1 - i) as f64 / i as f64).ln()).sum()
}

/// Whether a threshold parts the values of the two classes.
fn tells(values: &[f64], labels: &[f64]) -> bool {
    let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
    for (x, y) in values.iter().zip(labels) {
        if x.is_nan() {
            return false;
        }
        let [low, high] = &mut ends[usize::from(*y > 0.0)];
        *low = low.min(*x);
        *high = high.max(*x);
    }
    let all = [ends[0][0].min(ends[1][0]), ends[0][1].max(ends[1][1])];
    (ends[0][1] < ends[1][0] || ends[1][1] < ends[0][0]) && !is_rounding(all, || values.iter().copied())
}

/// What the values say of the rows; they are sorted for it.
fn of_rows(name: &str, values: &mut [f64]) -> Option<Suspicion> {
    /// Rows below which values that count in the file's own order, or in any, may be chance.
    const LEAST: [usize; 2] = [5, 8];
    let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let rows = values.len();
    if rows < LEAST[0] || values.iter().any(|x| x.is_nan()) {
        return None;
    }
    let first = values[1] - values[0];
    let even = |step: f64, first: f64| first != 0.0 && (step - first).abs() <= 1e-9 * first.abs();
    // A step that the file's first rows need not have.
    let mut own: Vec<f64> = steps().take(20).collect();
    own.sort_by(f64::total_cmp);
    let usual = own[own.len() / 2];
    let whole = values.iter().all(|x| x.fract() == 0.0);
    if whole && steps().all(|step| even(step, first)) {
        return Some(Suspicion::Counts);
    }
    let rises = steps().all(|step| step > 0.0) || steps().all(|step| step < 0.0);
    let again = rows >= 10 && 10 * steps().filter(|step| even(*step, usual)).count() >= 9 * (rows - 1);
    if whole {
        values.sort_by(f64::total_cmp);
        let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
        if steps().all(|step| step > 0.0) {
            let (first, range) = (values[1] - values[0], values[rows - 1] - values[0]);
            if rows >= LEAST[1] && steps().all(|step| step == first) {
                return Some(Suspicion::Counts);
            }
            // n numbers from a range R are all distinct by chance with probability exp(−n²/2R).
            if (rows as f64).powi(2) / (2.0 * (range + 1.0)) > 1e6_f64.ln() {
                return Some(Suspicion::NumbersTheRows);
            }
            if is_index(name) {
                return Some(Suspicion::NamedLikeAnIndex);
            }
        }
    }
    if rises && rows >= 10 {
        return Some(Suspicion::Rises);
    }
    again.then_some(Suspicion::CountsAgain)
}

/// Whether a column has a name that data frames, databases and spreadsheets give an index.
pub(crate) fn is_index(name: &str) -> bool {
    let name = name.to_lowercase();
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    name.starts_with("unnamed")
        || name.ends_with("_id")
        || [
            "id",
            "uid",
            "idx",
            "index",
            "row",
            "rowid",
            "rownr",
            "rownum",
            "rownumber",
            "rowname",
            "rownames",
            "rowindex",
            "level0",
            "indexlevel0",
            "nr",
            "no",
            "number",
            "key",
            "pk",
        ]
        .contains(&bare.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, values: &[f64]) -> Option<Suspicion> {
        let features = DMatrix::from_row_slice(1, values.len(), values);
        find(&[name.to_owned()], &features, None).first().map(|suspect| suspect.why)
    }

    /// 0..n in another order.
    fn shuffled(n: usize) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| ((i * 37 + 11) % n) as f64)
    }

    #[test]
    fn columns_that_count_are_found() {
        let counts = Some(Suspicion::Counts);
        assert_eq!(found("a", &[0.0, 1.0, 2.0, 3.0, 4.0]), counts);
        assert_eq!(found("a", &[10.0, 20.0, 30.0, 40.0, 50.0]), counts);
        assert_eq!(found("a", &[5.0, 4.0, 3.0, 2.0, 1.0]), counts);
        let time: Vec<f64> = (0..30).map(|i| 1.7e9 + 0.1 * f64::from(i)).collect();
        assert_eq!(found("a", &time), Some(Suspicion::Rises));
        let even: Vec<f64> = (0..30).map(|i| 0.5 * f64::from(i)).collect();
        assert_eq!(found("a", &even), Some(Suspicion::Rises));
        assert_eq!(found("a", &shuffled(40).map(|x| 7.0 + 3.0 * x).collect::<Vec<_>>()), counts);
        // Two files, one below the other, and an index that a filter has thinned.
        let twice: Vec<f64> = (0..60).map(|i| f64::from(i % 30)).collect();
        assert_eq!(found("a", &twice), Some(Suspicion::CountsAgain));
        let thinned: Vec<f64> = shuffled(400).filter(|x| (x * 0.7).fract() < 0.5).collect();
        assert_eq!(found("a", &thinned), Some(Suspicion::NumbersTheRows));
        assert_eq!(found("a", &[1.0, 2.5, 2.75, 3.0, 4.0, 7.0, 9.0, 11.0, 11.5, 12.0]), Some(Suspicion::Rises));
        let far = [8.0, 1e6, 12.0, 57.0, 3.0, 4e5, 99.0, 1234.0];
        assert_eq!((found("user_id", &far), found("a", &far)), (Some(Suspicion::NamedLikeAnIndex), None));
        assert_eq!(found("Unnamed: 0", &far), Some(Suspicion::NamedLikeAnIndex));
        // As pandas writes an index into Parquet.
        assert_eq!(found("__index_level_0__", &far), Some(Suspicion::NamedLikeAnIndex));
    }

    #[test]
    fn what_rounding_leaves_of_0_is_found() {
        let residue = |i: usize| if (i * i).is_multiple_of(3) { 0.1 + 0.2 - 0.3 } else { 0.0 };
        for (size, expected) in [(1.0, Some(Suspicion::IsTiny)), (1e-16, None)] {
            let features = DMatrix::from_fn(2, 12, |i, j| if i == 0 { residue(j) } else { size * (j * 5 % 7) as f64 });
            let names = ["r", "x"].map(str::to_owned);
            assert_eq!(find(&names, &features, None).first().map(|suspect| suspect.why), expected);
        }
    }

    #[test]
    fn a_mixture_of_precisions_is_found() {
        let mixed = |other: f64| (0..30).map(|i| if i * i % 7 < 3 { 0.3 } else { other }).collect::<Vec<_>>();
        assert_eq!(found("x", &mixed(0.30000001)), Some(Suspicion::BarelyVaries));
        // Double precision's rounding is a constant's, which is left out; a thousandth is a difference.
        assert_eq!(found("x", &mixed(0.1 + 0.2)), None);
        assert_eq!(found("x", &mixed(0.3003)), None);
        let nanoseconds: Vec<f64> = (0..30).map(|i| 1.7e18 + 256.0 * f64::from(i * i * 17 % 101)).collect();
        assert_eq!(found("x", &nanoseconds), None);
    }

    #[test]
    fn features_are_left_in_peace() {
        let measured: Vec<f64> = (0..200).map(|i| f64::from(i * i * 17 % 101) / 7.0).collect();
        let counted: Vec<f64> = (0..200).map(|i| f64::from(i * i * 17 % 101)).collect();
        for values in [&measured[..], &counted, &[2.0, 8.0, 3.0], &[1.0; 40], &[f64::NAN, 1.0, 2.0, 3.0, 4.0, 5.0]] {
            assert_eq!(found("x", values), None, "{values:?}");
        }
        assert_eq!(found("id", &counted), None);
    }

    #[test]
    fn a_column_that_tells_the_label_is_found_where_chance_does_not() {
        let at = |n: usize, p: usize| {
            let labels = DVector::from_fn(n, |i, _| if i * 7 % 11 % 2 == 0 { 1.0 } else { -1.0 });
            // The first is below 0 for one class, with other values in every row.
            let features = DMatrix::from_fn(p, n, |i, j| {
                if i == 0 { labels[j] * (2.0 + ((j * 31) % 17) as f64 / 10.0) } else { ((i + 3) * j * j % 23) as f64 }
            });
            let names: Vec<String> = (0..p).map(|i| format!("f{i}")).collect();
            find(&names, &features, Some(&labels))
        };
        assert_eq!(at(30, 4), [Suspect { feature: 0, why: Suspicion::TellsTheLabel }]);
        assert_eq!(at(10, 4), []);
        // Of a million columns one parts thirty labels by chance more often.
        assert_eq!(at(22, 3000).iter().filter(|s| s.why == Suspicion::TellsTheLabel).count(), 0);
    }
}
