//! Integration tests of `alpha-linear`: the published numbers, the files they come from, the command line.

mod amazon;
mod array_file;
mod audit;
mod cli;
mod contract;
mod digits;
mod figure6;
mod mixture;
mod model_file;
mod numpy_rng;
mod recommend;
mod recommend_cli;
mod sample_file;
mod samples;
mod score_law;
mod shared_rows;
mod study;
mod table1;
mod transfer;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use alpha_linear::amazon::Amazon;
use alpha_store::datasets::Datasets;

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

/// The real data, read once; `None` where there is none.
fn real_amazon() -> Option<&'static Amazon> {
    static AMAZON: OnceLock<Option<Amazon>> = OnceLock::new();
    AMAZON.get_or_init(|| datasets().map(|d| Amazon::load(&Datasets::in_folders(vec![d])).unwrap())).as_ref()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// `alpha-linear` with these arguments in a folder.
fn run(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alpha-linear"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_remove("ALPHA_DATASETS")
        .output()
        .unwrap()
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
