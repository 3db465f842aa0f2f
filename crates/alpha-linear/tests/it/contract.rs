//! The contract of all programs (alpha-cli).

use alpha_cli::contract::Contract;

#[test]
fn alpha_linear_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("samples.csv");
    std::fs::write(&csv, "a,b,label\n1,5,-1\n2,3,1\n0.5,6,-1\n3,1,1\n").unwrap();
    let audit = format!("audit --train {}", csv.display());
    Contract {
        name: "alpha-linear",
        path: env!("CARGO_BIN_EXE_alpha-linear"),
        runs: &[
            "recommend --target-samples 20",
            "recommend --labels 20 --json",
            "transfer --splits 2 --target-samples 20",
            "transfer --splits 2 --labels 20 --json",
            &audit,
        ],
        not_run: &[("fetch", "it downloads")],
    }
    .check();
}

#[test]
fn reproduce_table1_keeps_it() {
    Contract {
        name: "reproduce-table1",
        path: env!("CARGO_BIN_EXE_reproduce-table1"),
        runs: &[],
        not_run: &[("", "it needs the Amazon reviews")],
    }
    .check();
}
