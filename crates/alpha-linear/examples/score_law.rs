//! What the score law says of the Amazon transfers, against the same measured: bias and mean error in points.
//!
//! ```sh
//! cargo run --release -p alpha-linear --example score_law [-- SPLITS]
//! ```
//!
//! The data are looked for in `$ALPHA_DATASETS`, then in `datasets/`. The prediction without labels was chosen while looking at
//! books and kitchen as targets; dvd and electronics judge it. Some minutes on two cores.

use alpha_linear::amazon::score_law::{Case, ScoreLawConfig, measure, table};
use alpha_linear::amazon::{Amazon, Domain};
use alpha_store::datasets::Datasets;

fn main() -> anyhow::Result<()> {
    let mut config = ScoreLawConfig::default();
    if let Some(splits) = std::env::args().nth(1) {
        config.splits = splits.parse()?;
    }
    let cases = measure(&Amazon::load(&Datasets::new(None))?, &config)?;
    let developed = |case: &&Case| matches!(case.target, Domain::Books | Domain::Kitchen);
    let chosen = |keep: bool| cases.iter().filter(|case| developed(case) == keep).cloned().collect::<Vec<_>>();
    println!("Onto books and kitchen:\n\n{}", table(&chosen(true)).to_markdown());
    println!("Onto dvd and electronics:\n\n{}", table(&chosen(false)).to_markdown());
    let most = cases.iter().map(|case| case.error).fold(0.0, f64::max);
    println!("Largest standard error of a measured accuracy: {:.2} points", 100.0 * most);
    Ok(())
}
