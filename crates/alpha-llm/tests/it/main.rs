//! Integration tests of `alpha-llm`.

mod analysis;
mod bad_input;
mod batches;
mod checkpoints;
mod cli;
mod contract;
mod counts;
mod exports;
mod fetch;
mod fuzz;
mod glue;
mod glue_files;
mod gpu;
mod hub;
mod metrics;
mod native;
mod paired;
mod parity;
mod programs;
mod runs;
mod splits;
mod study;
mod tiny;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder with the real data: `$ALPHA_DATASETS`, where data must then be, or `datasets/` if it has them.
fn datasets() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("ALPHA_DATASETS") {
        return Some(PathBuf::from(folder));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    if folder.join("glue").is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: needs the GLUE data (set ALPHA_DATASETS, or run `alpha-llm fetch`)");
    None
}

/// The folder with all-MiniLM-L6-v2: `$ALPHA_MINILM`, where it must then be.
fn minilm() -> Option<PathBuf> {
    let folder = std::env::var_os("ALPHA_MINILM").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: needs all-MiniLM-L6-v2 (set ALPHA_MINILM to its folder)");
    }
    folder
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// `alpha-llm` in a folder, with what it says kept.
fn alpha_llm(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alpha-llm"));
    command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(folder: &Path, args: &[&str]) -> Output {
    alpha_llm(folder, args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
