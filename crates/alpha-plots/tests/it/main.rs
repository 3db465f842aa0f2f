//! Integration tests of `alpha-plots`: what charts draw, what items show, and `reproduce-paper` as a user runs it.

mod charts;
mod contract;
mod fine_tuning;
mod heatmaps;
mod language;
mod reliability;
mod report;
mod reproduce;
mod runs;
mod svg;

use std::path::{Path, PathBuf};

/// The folder with the real data: `$ALPHA_DATASETS`, where data must then be, or `datasets/` if it has them.
fn datasets() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("ALPHA_DATASETS") {
        return Some(PathBuf::from(folder));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    if folder.join("amazon").is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: needs the Amazon data (set ALPHA_DATASETS, or run `alpha-linear fetch`)");
    None
}
