//! Paired tests against exact sums.

use std::ops::Range;

use alpha_llm::Error;
use alpha_llm::keyed::Key;
use alpha_llm::paired::compare;
use rand::RngExt;

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-11 * expected.abs(), "{got}, expected {expected}");
}

/// Two lists that differ so that the first alone is right `b` times and the second alone `c` times.
fn p(b: usize, c: usize) -> f64 {
    let right = |only: Range<usize>| (0..b + c + 5).map(|i| only.contains(&i) || i >= b + c).collect();
    let test = compare(&[right(0..b)], &[right(b..b + c)]).unwrap();
    assert_eq!((test.only_first, test.only_second), (b, c));
    test.p
}

/// min(1, 2 Σ_{k ≤ min(b, c)} C(b + c, k) / 2^(b + c)) in Python's exact integers, rounded once.
#[test]
fn mcnemar_is_exact() {
    for (b, c, expected) in MCNEMAR {
        close(p(b, c), expected);
        close(p(c, b), expected);
    }
    assert_eq!((p(0, 0), p(4, 4), p(0, 1), p(3, 4)), (1.0, 1.0, 1.0, 1.0));
    assert!(p(20_000, 0) > 0.0);
}
const MCNEMAR: [(usize, usize, f64); 7] = [
    (1, 5, 0.21875),
    (0, 6, 0.03125),
    (10, 3, 0.092_285_156_25),
    (12, 30, 0.007_915_897_334_896_727),
    (200, 260, 0.005_883_922_473_103_979),
    (1000, 1100, 0.030_720_707_864_242_296),
    (0, 900, 2.366_104_372_333_549_4e-271),
];

/// All 2^rows choices of signs, counted.
#[test]
fn several_seeds_are_the_count_over_all_signs() {
    let mut rng = Key { seed: 3, stream: "paired", count: 0 }.generator();
    for (rows, seeds) in [(7, 2), (9, 3), (11, 3), (12, 4)] {
        let mut method = |share: f64| -> Vec<Vec<bool>> {
            (0..seeds).map(|_| (0..rows).map(|_| rng.random_bool(share)).collect()).collect()
        };
        let (first, second) = (method(0.4), method(0.8));
        let right = |method: &[Vec<bool>], row: usize| method.iter().filter(|seed| seed[row]).count() as i64;
        let differences: Vec<i64> = (0..rows).map(|row| right(&second, row) - right(&first, row)).collect();
        let observed = differences.iter().sum::<i64>().abs();
        let sum = |signs: u32| -> i64 {
            differences.iter().enumerate().map(|(row, d)| if signs >> row & 1 == 1 { -d } else { *d }).sum()
        };
        let as_far = (0..1_u32 << rows).filter(|&signs| sum(signs).abs() >= observed).count();
        let test = compare(&first, &second).unwrap();
        close(test.p, as_far as f64 / f64::from(1_u32 << rows));
        assert_eq!(test.only_second as i64 - test.only_first as i64, differences.iter().sum::<i64>());
        let turned = compare(&second, &first).unwrap();
        assert_eq!((turned.p, turned.only_first, turned.only_second), (test.p, test.only_second, test.only_first));
    }
}

#[test]
fn the_same_run_twice_is_no_more_evidence() {
    // Seeds that are all alike say what one of them says; counted as if independent, p would be far smaller.
    let (first, second) = (vec![false; 8], [[true; 6].as_slice(), &[false; 2]].concat());
    let once = compare(std::slice::from_ref(&first), std::slice::from_ref(&second)).unwrap();
    let thrice = compare(&vec![first; 3], &vec![second; 3]).unwrap();
    close(thrice.p, once.p);
    assert_eq!(thrice.only_second, 3 * once.only_second);
}

#[test]
fn lists_that_do_not_match_are_refused() {
    let none: [Vec<bool>; 0] = [];
    let row = |rows: usize| vec![true; rows];
    for (first, second) in [
        (&none[..], &none[..]),
        (&[row(0)], &[row(0)]),
        (&[row(2)], &[row(3)]),
        (&[row(2), row(1)], &[row(2), row(2)]),
        (&[row(2)], &[row(2), row(2)]),
    ] {
        let error = compare(first, second).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
}
