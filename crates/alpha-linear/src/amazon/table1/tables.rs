//! Table 1 as a table, and beside the published numbers.

use alpha_store::table::Table;

use super::Transfer;

/// Columns of the published CSV files, which come first.
pub(super) const PUBLISHED_COLUMNS: [&str; 10] = [
    "source",
    "target",
    "beta",
    "alpha_star",
    "acc_alpha_0",
    "std_alpha_0",
    "acc_alpha_1",
    "std_alpha_1",
    "acc_alpha_star",
    "std_alpha_star",
];

/// Columns that the paper leaves out: α* by the correct second moment; accuracies that are not folded at 1/2; the
/// frozen source alone.
const HONEST_COLUMNS: [&str; 6] = [
    "alpha_star_correct",
    "plain_alpha_0",
    "plain_alpha_1",
    "plain_alpha_star",
    "plain_alpha_star_correct",
    "source_only",
];

/// Two decimals as Python's `repr(round(x, 2))` prints them, which is how the published tables are written.
fn two_decimals(x: f64) -> String {
    let rounded: f64 = format!("{x:.2}").parse().unwrap_or(x);
    format!("{rounded:?}")
}

/// Table 1 with every column, two decimals.
pub fn table(transfers: &[Transfer]) -> Table {
    let mut table = Table::new(PUBLISHED_COLUMNS.into_iter().chain(HONEST_COLUMNS));
    for t in transfers {
        let numbers = [
            t.statistics.alignment,
            t.alpha_star,
            t.at_0.mean,
            t.at_0.deviation,
            t.at_1.mean,
            t.at_1.deviation,
            t.at_star.mean,
            t.at_star.deviation,
            t.alpha_star_correct,
            t.at_0.plain,
            t.at_1.plain,
            t.at_star.plain,
            t.at_star_correct.plain,
            t.source_only,
        ];
        let names = [t.source, t.target].map(|domain| domain.name().to_owned());
        table.push(names.into_iter().chain(numbers.map(two_decimals)));
    }
    table
}

/// Table 1 for reading: the paper's layout with the source-only column beside it, and the mean of each column.
pub fn summary(transfers: &[Transfer]) -> Table {
    let mut table = Table::new(["transfer", "β", "α = 0", "α = 1", "α = α*", "α*", "α* correct", "source only"]);
    let cell = |mean: f64, deviation: f64| format!("{mean:.2} ± {deviation:.2}");
    for t in transfers {
        table.push([
            format!("{} → {}", t.source.name(), t.target.name()),
            format!("{:.2}", t.statistics.alignment),
            cell(t.at_0.mean, t.at_0.deviation),
            cell(t.at_1.mean, t.at_1.deviation),
            cell(t.at_star.mean, t.at_star.deviation),
            format!("{:.2}", t.alpha_star),
            format!("{:.2}", t.alpha_star_correct),
            format!("{:.2}", t.source_only),
        ]);
    }
    let mean = |of: fn(&Transfer) -> f64| {
        format!("{:.2}", transfers.iter().map(of).sum::<f64>() / transfers.len().max(1) as f64)
    };
    table.push([
        "mean".to_owned(),
        String::new(),
        mean(|t| t.at_0.mean),
        mean(|t| t.at_1.mean),
        mean(|t| t.at_star.mean),
        String::new(),
        String::new(),
        mean(|t| t.source_only),
    ]);
    table
}

/// A signed difference to two decimals; no difference has no sign.
pub fn difference(x: f64) -> String {
    let signed = format!("{x:+.2}");
    if matches!(signed.as_str(), "+0.00" | "-0.00") { "0.00".to_owned() } else { signed }
}

/// Every number of the paper's layout as published, ours, and the difference of the two; cells with a deviation keep it.
pub fn beside(transfers: &[Transfer], published: &[Vec<String>]) -> Table {
    let columns =
        [("β", 2, None), ("α*", 3, None), ("α = 0", 4, Some(5)), ("α = 1", 6, Some(7)), ("α = α*", 8, Some(9))];
    let header =
        columns.iter().flat_map(|(name, ..)| [format!("{name}, published"), "ours".to_owned(), "gap".to_owned()]);
    let mut beside = Table::new(std::iter::once("transfer".to_owned()).chain(header));
    for (theirs, ours) in published.iter().zip(table(transfers).rows()) {
        let number = |row: &[String], c: usize| row[c].parse::<f64>().unwrap_or(f64::NAN);
        let cell = |row: &[String], mean: usize, deviation: Option<usize>| match deviation {
            Some(c) => format!("{:.2} ± {:.2}", number(row, mean), number(row, c)),
            None => format!("{:.2}", number(row, mean)),
        };
        let cells = columns.iter().flat_map(|&(_, mean, deviation)| {
            let gap = difference(number(ours, mean) - number(theirs, mean));
            [cell(theirs, mean, deviation), cell(ours, mean, deviation), gap]
        });
        beside.push(std::iter::once(format!("{} → {}", ours[0], ours[1])).chain(cells));
    }
    beside
}
