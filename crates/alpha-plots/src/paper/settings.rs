//! The experiment files that decide the items.

use super::Item;

/// Name and text of experiment files, as this build was made with them.
macro_rules! files {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments/", $name)))),*]
    };
}

impl Item {
    /// Name and text of the files in `experiments/` that decide it.
    pub fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Table1 => files!("table1.toml"),
            Self::Table1N20 => files!("table1_n20.toml"),
            Self::Figure1 => files!("figure1.toml"),
            Self::Figure2 => files!("figure2.toml"),
            Self::Figure3 => files!("figure3.toml"),
            Self::Figure6 => files!("figure6.toml"),
            Self::Erratum => files!("erratum.toml"),
            Self::Phase => files!("phase.toml"),
            Self::Convergence => files!("convergence.toml"),
            Self::Selections => files!("selections.toml"),
            Self::Minilm => files!("minilm/MRPC.toml", "minilm/SST-2.toml"),
        }
    }
}
