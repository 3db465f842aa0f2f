//! The items: what each is called, shows and is decided by.

/// An item of the paper, or beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Table 1, 40 target labels.
    Table1,
    /// Table 1 with 20 target labels.
    Table1N20,
    /// Theoretical accuracy against α.
    Figure1,
    /// α* against the alignment.
    Figure2,
    /// Measured accuracy against α.
    Figure3,
    /// Accuracy against the step, LoRA and α-LoRA.
    Figure4,
    /// Accuracy around the learnt α.
    Figure5,
    /// The decision function on either class, and the theory's Gaussians.
    Figure6,
    /// LoRA and α-LoRA on six tasks of GLUE.
    Table2,
    /// Table 2 in small: another model, fewer tasks.
    Table2Small,
    /// The learnt α, layer by layer.
    AppendixE2,
    /// Beyond the paper: what the published second moment of a ridge source costs.
    Erratum,
    /// Beyond the paper: α* and its gains over c = p/n and β, and over the ridges.
    Phase,
    /// Beyond the paper: how fast the theory becomes exact as p grows.
    Convergence,
    /// Beyond the paper: which choice of α is best on the Amazon transfers.
    Selections,
    /// Beyond the paper: a small pretrained encoder fine-tuned on a CPU.
    Minilm,
}

/// Name and text of an experiment file, as this build was made with it.
pub(super) type ExperimentFile = (&'static str, &'static str);

macro_rules! files {
    ($($name:literal),*) => {
        &[$((
            concat!("experiments/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/", $name)),
        )),*]
    };
}

/// What is known of an item before it is made.
struct Facts {
    name: &'static str,
    title: &'static str,
    beyond: bool,
    needs_amazon: bool,
    settings: &'static [ExperimentFile],
    about: &'static str,
}

impl Item {
    /// All items, in the order of the paper, then those beyond it.
    pub const ALL: [Self; 16] = [
        Self::Table1,
        Self::Table1N20,
        Self::Figure1,
        Self::Figure2,
        Self::Figure3,
        Self::Figure4,
        Self::Figure5,
        Self::Figure6,
        Self::Table2,
        Self::Table2Small,
        Self::AppendixE2,
        Self::Erratum,
        Self::Phase,
        Self::Convergence,
        Self::Selections,
        Self::Minilm,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// What it shows.
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// Whether it is about the Amazon data.
    pub fn needs_amazon(self) -> bool {
        self.facts().needs_amazon
    }

    /// Whether the paper does not have it.
    pub(super) fn is_beyond(self) -> bool {
        self.facts().beyond
    }

    /// The files in `experiments/` that always decide it.
    pub(super) fn settings(self) -> &'static [ExperimentFile] {
        self.facts().settings
    }

    /// What to know before reading it. Paragraphs are parted by an empty line; four spaces before a line keep it as it is, as
    /// in Markdown.
    pub(super) fn about(self) -> &'static str {
        self.facts().about
    }

    const fn facts(self) -> Facts {
        match self {
            Self::Table1 => Facts {
                name: "table1",
                title: "Table 1: twelve Amazon transfers, 40 target labels",
                beyond: false,
                needs_amazon: true,
                settings: files!("table1.toml"),
                about: "Accuracy in percent: the mean over seeds of the mean over random splits, ± the deviation over the \
                        seeds' means. The first table has the means of the twelve cells as they are printed, the last line \
                        of the second those of unrounded numbers. The last two columns of the second table are not in the \
                        paper: α* by the corrected formula, and the frozen source with no target label at all.\n\n\
                        Read that last column before trusting the others: the frozen source is a baseline that the paper \
                        does not show, and the published α* is computed from statistics that contain the test labels.",
            },
            Self::Table1N20 => Facts {
                name: "table1-n20",
                title: "Table 1 with 20 target labels",
                beyond: false,
                needs_amazon: true,
                settings: files!("table1_n20.toml"),
                about: "The same with half the labels; the paper's text has only the 40-label table.",
            },
            Self::Figure1 => Facts {
                name: "figure1",
                title: "Figure 1: theoretical accuracy against α",
                beyond: false,
                needs_amazon: false,
                settings: files!("figure1.toml"),
                about: "Both forms of the source's second moment: the corrected one, and the paper's (see the erratum below).",
            },
            Self::Figure2 => Facts {
                name: "figure2",
                title: "Figure 2: best scale α* against the alignment",
                beyond: false,
                needs_amazon: false,
                settings: files!("figure2.toml"),
                about: "For a ridge source in both forms, and for an arbitrary source of unit norm, for which the paper's \
                        text lost p/n: 1 is assumed.",
            },
            Self::Figure3 => Facts {
                name: "figure3",
                title: "Figure 3: measured accuracy against α, Amazon transfers",
                beyond: false,
                needs_amazon: true,
                settings: files!("figure3.toml"),
                about: "Measured on the reviews; the second figure lays both laws over it, and the α that the labels alone \
                        choose. The paper publishes no numbers for this figure; its formula for α* is computed here.",
            },
            Self::Figure4 => Facts {
                name: "figure4",
                title: "Figure 4: accuracy against the step, LoRA and α-LoRA",
                beyond: false,
                needs_amazon: false,
                settings: &[],
                about: "The paper's curves are of one seed each. Read them with the standard error of one run in mind: 2.5 \
                        points on RTE, whose evaluation file has 277 rows, and 0.35 on MNLI.",
            },
            Self::Figure5 => Facts {
                name: "figure5",
                title: "Figure 5: accuracy around the learnt α",
                beyond: false,
                needs_amazon: false,
                settings: &[],
                about: "Every α of a trained run replaced by aα* + b. White is the accuracy that most settings have. On the \
                        published map of RTE one class takes all there; where few settings share it, it is only the most \
                        common value.",
            },
            Self::Figure6 => Facts {
                name: "figure6",
                title: "Figure 6: the decision function on either class, and the theory's Gaussians",
                beyond: false,
                needs_amazon: true,
                settings: files!("figure6.toml"),
                about: "The Gaussians are those of Theorem 4.2 in the correct form. On the reviews that is the dashed pair, \
                        and the solid pair is the law for their own covariance. The paper publishes no numbers for this \
                        figure.",
            },
            Self::Table2 => Facts {
                name: "table2",
                title: "Table 2: LoRA and α-LoRA with roberta-base on six tasks of GLUE",
                beyond: false,
                needs_amazon: false,
                settings: files!(
                    "table2/MNLI.toml",
                    "table2/QNLI.toml",
                    "table2/MRPC.toml",
                    "table2/RTE.toml",
                    "table2/SST-2.toml",
                    "table2/QQP.toml"
                ),
                about: "roberta-base on GLUE, with LoRA and α-LoRA: reproduce-table2. It takes roberta-base's weights and a \
                        GPU. The digits of both learning rates are lost in the paper's text; experiments/table2 assumes the \
                        defaults of the authors' scripts. The table has the best step on the test set, as the paper reads \
                        it, which flatters; tables/table2.md has the last step as well.",
            },
            Self::Table2Small => Facts {
                name: "table2-small",
                title: "Table 2 in small: another model, fewer tasks, not the paper's numbers",
                beyond: false,
                needs_amazon: false,
                settings: &[],
                about: "The same study of a small pretrained encoder on a CPU, by scripts/study table2-small: three tasks, three \
                        seeds, an eighth of the paper's epochs, at most 10,000 training rows. With paired tests it is in \
                        results/table2_small/table2.md, and LoRA at equal cost, α trained jointly and LoRA+ in \
                        results/table2_small_baselines/table2.md. The table has the best step on the test set, as the paper \
                        reads it, which flatters; tables/table2_small.md has the last step, and the one that held-out rows \
                        choose.",
            },
            Self::AppendixE2 => Facts {
                name: "appendix-e2",
                title: "Appendix E.2: the learnt α, layer by layer",
                beyond: false,
                needs_amazon: false,
                settings: &[],
                about: "Mean and percentiles of the learnt α within each module: dark 25 to 75 %, light 5 to 95 %.",
            },
            Self::Erratum => Facts {
                name: "erratum",
                title: "What the published second moment costs",
                beyond: true,
                needs_amazon: false,
                settings: files!("erratum.toml"),
                about: "The paper's formula for E‖w̃‖² of a ridge-trained source drops a factor 1/h̃ and a term in ‖μ‖⁴. It \
                        is right only as p/N → 0, and understates the norm elsewhere:\n\n\
                        \u{20}   correct     E‖w̃‖² = [ ‖μ‖²/λ² + (1−h̃)(1 − ‖μ‖²/λ)² ] / h̃\n\
                        \u{20}   published   E‖w̃‖² =   ‖μ‖²/λ² + (1−h̃)(1 − 2‖μ‖²/λ)\n\n\
                        with λ = λ_R of the source. The corrected form agrees with simulation and is the default \
                        everywhere; the published one is kept to reproduce the paper.",
            },
            Self::Phase => Facts {
                name: "phase",
                title: "α* and its gains over aspect ratio, alignment and ridges",
                beyond: true,
                needs_amazon: false,
                settings: files!("phase.toml"),
                about: "By the correct form. The zero of the third map is where fine-tuning at α* only equals the frozen \
                        source.",
            },
            Self::Convergence => Facts {
                name: "convergence",
                title: "How fast the theory becomes exact",
                beyond: true,
                needs_amazon: false,
                settings: files!("convergence.toml"),
                about: "The bias |mean − theory| of simulated runs, and the standard deviation of one run, against p at \
                        fixed ratios. A slope of −1 is a bias that falls as 1/p; open circles are within two standard \
                        errors of 0.",
            },
            Self::Selections => Facts {
                name: "selections",
                title: "Which choice of α is best on the Amazon transfers",
                beyond: true,
                needs_amazon: true,
                settings: files!("selections.toml"),
                about: "Ways to choose α, and the ridges, from labels alone, beside the frozen source, the oracle, and the \
                        best in hindsight; † marks those that need labels of the test. Mean accuracy in percent; \
                        differences in points.",
            },
            Self::Minilm => Facts {
                name: "minilm",
                title: "all-MiniLM-L6-v2 on MRPC and SST-2, fine-tuned on a CPU",
                beyond: true,
                needs_amazon: false,
                settings: files!("minilm/MRPC.toml", "minilm/SST-2.toml"),
                about: "On the evaluation file, with weights chosen on held-out training rows. Not the paper's Table 2.",
            },
        }
    }
}
