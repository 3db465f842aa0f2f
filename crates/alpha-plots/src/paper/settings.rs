//! The experiment files that decide the items.

use super::Item;

/// Name and text of experiment files, as this build was made with them.
macro_rules! files {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/", $name)))),*]
    };
}

impl Item {
    /// Name and text of the files in `experiments/` that decide it, or the runs that it reads.
    pub fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self.name() {
            "table1" => files!("table1.toml"),
            "table1-n20" => files!("table1_n20.toml"),
            "figure1" => files!("figure1.toml"),
            "figure2" => files!("figure2.toml"),
            "figure3" => files!("figure3.toml"),
            "figure4" => files!("table2/MNLI.toml", "table2/RTE.toml"),
            "figure5" => files!("table2/RTE.toml"),
            "figure6" => files!("figure6.toml"),
            "table2" => files!(
                "table2/MNLI.toml",
                "table2/QNLI.toml",
                "table2/MRPC.toml",
                "table2/RTE.toml",
                "table2/SST-2.toml",
                "table2/QQP.toml"
            ),
            "table2-small" => files!("table2/RTE.toml", "table2/MRPC.toml", "table2/SST-2.toml"),
            "appendix-e2" => files!("table2/MNLI.toml", "table2/QNLI.toml", "table2/RTE.toml"),
            "erratum" => files!("erratum.toml"),
            "phase" => files!("phase.toml"),
            "convergence" => files!("convergence.toml"),
            "selections" => files!("selections.toml"),
            "minilm" => files!("minilm/MRPC.toml", "minilm/SST-2.toml"),
            _ => &[],
        }
    }
}
