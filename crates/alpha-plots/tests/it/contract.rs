//! The contract of all programs (alpha-cli).

use alpha_cli::contract::Contract;

#[test]
fn reproduce_paper_keeps_it() {
    Contract {
        name: "reproduce-paper",
        path: env!("CARGO_BIN_EXE_reproduce-paper"),
        runs: &["--only figure2 --offline --out out"],
        not_run: &[],
    }
    .check();
}
