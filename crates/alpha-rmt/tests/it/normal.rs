//! Φ against 50-digit values (scripts/fixtures/normal.py).

use alpha_rmt::normal_cdf;

use crate::assert_close;

#[test]
fn the_distribution_function_keeps_its_digits_into_the_tail() {
    let mut reader = csv::Reader::from_reader(include_str!("../fixtures/normal.csv").as_bytes());
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let [x, cdf] = [0, 1].map(|column| row[column].parse::<f64>().unwrap());
        if cdf > 0.0 {
            // The last value, 4.6e-308, is just above the subnormal numbers.
            assert_close(&format!("Φ({x})"), normal_cdf(x), cdf, 2e-15);
        } else {
            assert_eq!(normal_cdf(x), 0.0, "Φ({x})");
        }
        rows += 1;
    }
    assert_eq!(rows, 33);
}

#[test]
fn the_ends_of_the_line() {
    assert_eq!(normal_cdf(0.0), 0.5);
    assert_eq!(normal_cdf(f64::INFINITY), 1.0);
    assert_eq!(normal_cdf(f64::NEG_INFINITY), 0.0);
    assert_eq!(normal_cdf(f64::MAX), 1.0);
    assert!(normal_cdf(f64::NAN).is_nan());
    // Rising, without a step where the scale of the exponential changes.
    let values: Vec<f64> = (-38_000..38_000).map(|i| normal_cdf(1e-3 * f64::from(i))).collect();
    assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
}
