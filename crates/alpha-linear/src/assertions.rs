//! What unit tests assert.

/// Fails unless a number is as near to another, relative to it, as asked.
#[track_caller]
pub fn assert_close(what: &str, got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "{what}: {got} against {expected}");
}
