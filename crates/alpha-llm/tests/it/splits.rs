//! Splits of the training rows.

use alpha_llm::Error;
use alpha_llm::splits::{SplitConfig, Splits};

#[test]
fn clean_sets_are_disjoint_and_cover_all_rows() {
    for (alpha, selection) in [(0.2, 0.1), (0.0, 0.1), (0.5, 0.0), (0.0, 0.0), (0.49, 0.5)] {
        let splits = Splits::new(1_003, &SplitConfig::Clean { alpha, selection }, 7).unwrap();
        let (a, s) = ((alpha * 1_003.0).ceil() as usize, (selection * 1_003.0).ceil() as usize);
        assert_eq!((splits.alpha.len(), splits.selection.len(), splits.train.len()), (a, s, 1_003 - a - s));
        let mut all = [&splits.train[..], &splits.alpha, &splits.selection].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1_003).collect::<Vec<_>>());
        assert_eq!(splits.shared_rows(), 0);
        for part in [&splits.train, &splits.alpha, &splits.selection] {
            assert!(part.is_sorted());
        }
    }
}

#[test]
fn the_papers_sets_overlap() {
    let splits = Splits::new(2_490, &SplitConfig::Paper { alpha: 0.8, selection: 0.0 }, 42).unwrap();
    assert_eq!((splits.train.len(), splits.alpha.len(), splits.selection.len()), (2_490, 1_992, 0));
    assert_eq!(splits.shared_rows(), 1_992);
    let all = Splits::new(10, &SplitConfig::Paper { alpha: 1.0, selection: 0.0 }, 42).unwrap();
    assert_eq!(all.alpha, (0..10).collect::<Vec<_>>());
}

#[test]
fn selection_rows_leave_the_papers_sets_and_do_not_depend_on_alpha() {
    let of = |alpha| Splits::new(2_490, &SplitConfig::Paper { alpha, selection: 0.05 }, 42).unwrap();
    let splits = of(0.8);
    assert_eq!((splits.train.len(), splits.alpha.len(), splits.selection.len()), (2_365, 1_892, 125));
    assert!(splits.alpha.iter().all(|row| splits.train.contains(row)));
    assert!(!splits.selection.iter().any(|row| splits.train.contains(row)));
    assert_eq!(of(0.0).selection, splits.selection);
}

#[test]
fn a_share_is_rounded_up_but_not_past_a_whole_number() {
    // In floating point 0.07 · 100 is 7.000000000000001.
    for (share, rows, expected) in [(0.07, 100, 7), (0.2, 3_668, 734), (0.2, 15, 3), (0.001, 10, 1), (1e-13, 10, 1)] {
        let splits = Splits::new(rows, &SplitConfig::Clean { alpha: share, selection: 0.0 }, 1).unwrap();
        assert_eq!(splits.alpha.len(), expected, "{share} of {rows}");
    }
}

#[test]
fn the_digest_tells_splits_apart() {
    let clean = SplitConfig::Clean { alpha: 0.2, selection: 0.1 };
    let digest = |rows, config, seed| Splits::new(rows, config, seed).unwrap().digest;
    let one = digest(500, &clean, 1);
    assert_eq!(one, digest(500, &clean, 1));
    assert_eq!(one.len(), 64);
    let swapped = SplitConfig::Clean { alpha: 0.1, selection: 0.2 };
    for other in [digest(500, &clean, 2), digest(501, &clean, 1), digest(500, &swapped, 1)] {
        assert_ne!(one, other);
    }
}

#[test]
fn bad_shares_are_refused() {
    let refused = |rows, config: SplitConfig| {
        let error = Splits::new(rows, &config, 1).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    };
    for bad in [f64::NAN, f64::INFINITY, -0.1, 1.0, 1.5] {
        refused(100, SplitConfig::Clean { alpha: bad, selection: 0.1 });
        refused(100, SplitConfig::Clean { alpha: 0.1, selection: bad });
    }
    for bad in [f64::NAN, -0.1, 1.5] {
        refused(100, SplitConfig::Paper { alpha: bad, selection: 0.0 });
        refused(100, SplitConfig::Paper { alpha: 0.2, selection: bad });
    }
    refused(100, SplitConfig::Paper { alpha: 0.2, selection: 1.0 });
    refused(100, SplitConfig::Clean { alpha: 0.6, selection: 0.4 });
    refused(100, SplitConfig::Clean { alpha: 0.6, selection: 0.6 });
    refused(0, SplitConfig::Paper { alpha: 0.2, selection: 0.0 });
    refused(2, SplitConfig::Clean { alpha: 0.1, selection: 0.1 });
}
