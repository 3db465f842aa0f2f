//! Many runs to one table: a plan of task × method × seed, its runs one by one, and what they come to. The paper's Table 2
//! is one such study; with a small model, few epochs or few tasks it is another.
//!
//! A study is a folder: `plan.json`, `runs/TASK-METHOD-SEED/` (each a run, see [`crate::training`]), and once collected
//! `table2.csv`, `table2.md` and `significance.csv`. Its runs do not depend on each other: any of them may be made on
//! another machine that sees the folder.

mod collect;
mod estimate;
mod execute;
mod plan;
mod predictions;
mod tables;
mod variant;

pub use collect::Collected;
pub(crate) use collect::{Cell, Comparison};
pub use estimate::{Estimate, Rate};
pub use execute::Status;
pub use plan::{Plan, Planned, StudyConfig};
pub use tables::{published, write};
pub use variant::Variant;

/// Names of the files of a study.
pub(crate) mod files {
    /// The plan.
    pub const PLAN: &str = "plan.json";
    /// The folder of the runs.
    pub const RUNS: &str = "runs";
    /// Means and deviations.
    pub const TABLE: &str = "table2.csv";
    /// The same to be read.
    pub const PAGE: &str = "table2.md";
    /// The paired tests.
    pub const SIGNIFICANCE: &str = "significance.csv";
}
