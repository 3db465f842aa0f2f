//! What is assumed before the labels.

use crate::error::{Result, within};

/// What is assumed of a transfer before any target label.
///
/// | field | default | range |
/// |---|---|---|
/// | `correlation` | 0.8 | −1 to 1 |
/// | `correlation_deviation` | 0.15 | 0.01 to 10 |
/// | `floor` | 0.05 | ≥ 0 |
/// | `log_strength_deviation` | 0.4; of a source given by its weights always 1 | 0.01 to 10 |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Most likely correlation of the source's and the target's mean.
    pub correlation: f64,
    /// Its standard deviation.
    pub correlation_deviation: f64,
    /// Prior weight of any other correlation in [−1, 1], relative to that of the most likely one.
    pub floor: f64,
    /// Standard deviation of the logarithm of the target's strength relative to the source's.
    pub log_strength_deviation: f64,
}

impl Default for Prior {
    /// A source chosen for being related, and as hard a task.
    fn default() -> Self {
        Self { correlation: 0.8, correlation_deviation: 0.15, floor: 0.05, log_strength_deviation: 0.4 }
    }
}

impl Prior {
    /// Refuses a value out of range.
    pub(super) fn check(&self) -> Result<()> {
        let Self { correlation, correlation_deviation, floor, log_strength_deviation } = *self;
        within("relation", correlation, correlation.abs() <= 1.0, "between -1 and 1")?;
        // Below, every scenario may be too far from the most likely one.
        for (name, deviation) in [
            ("deviation of the relation", correlation_deviation),
            ("deviation of the log-strength", log_strength_deviation),
        ] {
            within(name, deviation, (0.01..=10.0).contains(&deviation), "between 0.01 and 10")?;
        }
        within("prior floor", floor, floor >= 0.0, "finite and not negative")
    }
}
