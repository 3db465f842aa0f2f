//! The digits that come with the crate, against facts printed by `scripts/fixtures/digits.py` from scikit-learn's copy.

use alpha_linear::digits::{Digits, PIXELS, Pair, ROWS};

#[test]
fn they_are_those_of_scikit_learn() {
    let digits = Digits::load();
    assert_eq!(digits.digits.len(), ROWS);
    let counts: Vec<usize> = (0..10).map(|d| digits.digits.iter().filter(|x| **x == d).count()).collect();
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert_eq!(digits.digits[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

    // Every image is in one of these five tasks.
    let tasks = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]].map(|task| (task, digits.samples(task)));
    assert_eq!(tasks.iter().map(|(_, task)| task.features.sum()).sum::<f64>(), 561_718.0);
    let (mut sum, mut constant) = (0, [true; PIXELS]);
    for (task, samples) in &tasks {
        let rows = (0..ROWS).filter(|i| task.contains(&digits.digits[*i]));
        for (column, row) in rows.enumerate() {
            assert_eq!(samples.labels[column] > 0.0, digits.digits[row] == task[1]);
            for (pixel, value) in samples.features.column(column).iter().enumerate() {
                sum += *value as u64 * (pixel as u64 + 1) * (row as u64 + 1);
                constant[pixel] &= *value == 0.0;
            }
        }
    }
    assert_eq!(sum, 16_337_198_609);
    assert_eq!((0..PIXELS).filter(|pixel| constant[*pixel]).collect::<Vec<_>>(), [0, 32, 39]);
    let first: Vec<f64> = tasks[0].1.features.column(0).rows(0, 8).iter().copied().collect();
    assert_eq!(first, [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0]);
    assert_eq!((Digits::names().len(), Digits::names()[9].as_str()), (64, "pixel_1_1"));
}

#[test]
fn pairs_are_read_as_they_are_written() {
    assert_eq!("6/8:5/9".parse::<Pair>().unwrap(), Pair::default());
    assert_eq!("3/8:1/7".parse::<Pair>().unwrap().to_string(), "3/8:1/7");
    for bad in ["", "6/8", "6/8:5", "6/8:5/10", "6/8:5/5", "a/b:1/2", "6/6:1/2", "6/8:5/9:1/2"] {
        let message = bad.parse::<Pair>().unwrap_err().to_string();
        assert!(message.contains("digits is ") && message.contains("but must be"), "{bad}: {message}");
    }
}
