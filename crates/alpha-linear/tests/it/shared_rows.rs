//! Rows that a test shares with what was trained on, as a user meets them.

use std::path::Path;

use serde_json::Value;

use crate::{file, run};

/// Rows of three measured features, from one place of an endless list.
fn measured(first: usize, rows: usize) -> String {
    let mut text = "a,b,c,label\n".to_owned();
    for i in first..first + rows {
        let [a, b, c] = [0.7, 1.7, 2.7].map(|step| (i as f64 * step).sin());
        let label = if a + 0.8 * b > 0.2 * c { "pos" } else { "neg" };
        text += &format!("{a},{b},{c},{label}\n");
    }
    text
}

fn warnings(folder: &Path, arguments: &str) -> Vec<String> {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answer = if answer.is_array() { &answer[0] } else { &answer };
    answer["warnings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn rows_that_are_tested_on_and_trained_on_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for (name, first, rows) in
        [("old.csv", 1000, 200), ("new.csv", 0, 40), ("test.csv", 100, 200), ("leak.csv", 20, 200)]
    {
        file(folder.path(), name, &measured(first, rows));
    }
    // The columns in another order.
    let turned: String =
        measured(0, 40).lines().map(|line| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n").collect();
    file(folder.path(), "turned.csv", &turned);
    let twice = measured(0, 40) + measured(0, 40).split_once('\n').unwrap().1;
    file(folder.path(), "twice.csv", &twice);
    let of = |arguments: &str| warnings(folder.path(), &format!("{arguments} --json"));

    assert_eq!(of("recommend --source old.csv --target new.csv --test test.csv"), [] as [&str; 0]);
    assert_eq!(of("transfer --source old.csv --target new.csv --target-samples 10 --splits 2"), [] as [&str; 0]);
    for (arguments, expected) in [
        (
            "recommend --source old.csv --target new.csv --test new.csv",
            "40 of the 40 rows of new.csv are also in new.csv",
        ),
        (
            "recommend --source old.csv --target new.csv --test turned.csv",
            "40 of the 40 rows of turned.csv are also in new.csv",
        ),
        (
            "recommend --source old.csv --target new.csv --test leak.csv",
            "20 of the 200 rows of leak.csv are also in new.csv",
        ),
        (
            "recommend --source old.csv --target new.csv --test old.csv",
            "200 of the 200 rows of old.csv are also in old.csv",
        ),
        (
            "recommend --source leak.csv --target new.csv",
            "20 of the 40 rows of new.csv are also in leak.csv: the source has seen",
        ),
        ("recommend --source old.csv --target twice.csv", "40 of the 80 rows of twice.csv repeat an earlier one"),
        (
            "transfer --source new.csv --target new.csv --target-samples 10 --splits 2",
            "40 of the 40 rows of new.csv are also in",
        ),
        (
            "transfer --source old.csv --target twice.csv --target-samples 10 --splits 2",
            "40 of the 80 rows of twice.csv repeat",
        ),
    ] {
        let warnings = of(arguments);
        assert!(matches!(warnings.as_slice(), [only] if only.starts_with(expected)), "{arguments}: {warnings:?}");
    }
}

/// An index keeps rows apart that are otherwise the same.
#[test]
fn an_index_does_not_hide_shared_rows() {
    let folder = tempfile::tempdir().unwrap();
    let indexed = |first: usize, rows: usize, from: usize| -> String {
        let numbered = |(i, line): (usize, &str)| match i {
            0 => format!("id,{line}\n"),
            _ => format!("{},{line}\n", from + i),
        };
        measured(first, rows).lines().enumerate().map(numbered).collect()
    };
    file(folder.path(), "old.csv", &indexed(1000, 200, 0));
    file(folder.path(), "new.csv", &indexed(0, 40, 0));
    file(folder.path(), "test.csv", &indexed(0, 40, 500));
    let warnings = warnings(folder.path(), "recommend --source old.csv --target new.csv --test test.csv --json");
    assert!(warnings.iter().any(|text| text.contains("40 of the 40 rows of test.csv")), "{warnings:?}");
}
