//! What the report says about the items and figures. Paragraphs are parted by an empty line; four spaces before a line keep it
//! as it is, as in Markdown.

use crate::paper::Item;

/// What the report is about.
pub(super) const SUMMARY: &str = "α-LoRA rescales a frozen base model by α before adapting it, W_new = diag(α) W + BA \
(El Firdoussi et al., arXiv 2510.21345). This page holds every table and figure of the paper that this build makes, beside \
the published numbers, and some that go beyond it.";

/// What to know before reading an item.
pub(super) fn about(item: Item) -> &'static str {
    match item.name() {
        "table1" => {
            "Accuracy in percent: the mean over seeds of the mean over random splits, ± the deviation over the seeds' means. \
             The last two columns of the second table are not in the paper: α* by the corrected formula, and the frozen \
             source with no target label at all.\n\n\
             Read that last column before trusting the others: the frozen source is a baseline that the paper does not show, \
             and the published α* is computed from statistics that contain the test labels."
        }
        "table1-n20" => "The same with half the labels; the paper's text has only the 40-label table.",
        "figure1" => {
            "Both forms of the source's second moment: the corrected one, and the paper's (see the erratum below)."
        }
        "figure2" => {
            "For a ridge source in both forms, and for an arbitrary source of unit norm, for which the paper's text lost p/n: \
             1 is assumed."
        }
        "figure3" => {
            "Measured on the reviews; the second figure lays both laws over it, and the α that the labels alone choose. The \
             paper publishes no numbers for this figure."
        }
        "table2" => {
            "roberta-base on GLUE, with LoRA and α-LoRA: reproduce-table2. It takes roberta-base's weights and a GPU. The \
             digits of both learning rates are lost in the paper's text; experiments/table2 assumes the defaults of the \
             authors' scripts."
        }
        "table2-small" => {
            "The same study of a small pretrained encoder on a CPU, by scripts/table2-small: three tasks, three seeds, an \
             eighth of the paper's epochs, at most 10,000 training rows. With paired tests it is in \
             results/table2_small/table2.md, and LoRA at equal cost, α trained jointly and LoRA+ in \
             results/table2_small_baselines/table2.md."
        }
        "figure4" => {
            "The paper's curves are of one seed each. Read them with the standard error of one run in mind: 2.5 points on \
             RTE, whose evaluation file has 277 rows, and 0.35 on MNLI."
        }
        "figure5" => {
            "Every α of a trained run replaced by aα* + b. White is the accuracy that most settings have, where one class \
             takes all."
        }
        "appendix-e2" => "Mean and percentiles of the learnt α within each module: dark 25 to 75 %, light 5 to 95 %.",
        "figure6" => {
            "The Gaussians are those of Theorem 4.2 in the correct form. On the reviews that is the dashed pair, and the \
             solid pair is the law for their own covariance. The paper publishes no numbers for this figure."
        }
        "erratum" => {
            "The paper's formula for E‖w̃‖² of a ridge-trained source drops a factor 1/h̃ and a term in ‖μ‖⁴. It is right \
             only as p/N → 0, and understates the norm elsewhere:\n\n\
             \u{20}   correct     E‖w̃‖² = [ ‖μ‖²/λ² + (1−h̃)(1 − ‖μ‖²/λ)² ] / h̃\n\
             \u{20}   published   E‖w̃‖² =   ‖μ‖²/λ² + (1−h̃)(1 − 2‖μ‖²/λ)\n\n\
             with λ = λ_R of the source. The corrected form agrees with simulation and is the default everywhere; the \
             published one is kept to reproduce the paper."
        }
        "phase" => {
            "By the correct form. The zero of the last map is where fine-tuning at α* only equals the frozen source."
        }
        "convergence" => {
            "Theory less simulation against p, at fixed ratios. A slope of −1 is a bias that falls as 1/p; open circles are \
             within two standard errors of 0."
        }
        "selections" => {
            "Ways to choose α, and the ridges, from labels alone, beside the frozen source, the oracle, and the best in \
             hindsight. Mean accuracy in percent; differences in points."
        }
        "minilm" => "On the evaluation file, with weights chosen on held-out training rows. Not the paper's Table 2.",
        _ => "",
    }
}

/// What a figure shows, by the name of its file without the ending.
pub(super) fn caption(stem: &str) -> Option<&'static str> {
    Some(match stem {
        "figure1" => {
            "Theoretical accuracy against α for three alignments β, corrected form; α*, ᾱ and α = 1 are marked."
        }
        "figure1_published" => "The same by the published form.",
        "figure2_ridge" => "Best scale α* against the alignment β of a ridge source, one line per p/n, corrected form.",
        "figure2_ridge_published" => "The same by the published form.",
        "figure2_given" => "Best scale α* of an arbitrary source of unit norm against ⟨w̃, μ_β⟩, one line per ridge γ.",
        "figure3" => "Measured accuracy against α on three Amazon transfers, with the published α*, α = 1 and α = 0.",
        "figure3_theory" => "Figure 3 with the theory for C = I and for the reviews' own covariance laid over it.",
        "figure4" => "Accuracy against the step: the published curves, and ours where they were run.",
        "figure4_small" => "The same of another model on fewer tasks: not to be compared with the paper's numbers.",
        "figure5_published" => "The published accuracy on RTE with the learnt α* replaced by aα* + b.",
        "figure5_lines_published" => "The published accuracy along a at b = 0, and along b at a = 1.",
        "figure5_small" => "The same map of a run of another model: not to be compared with the paper's numbers.",
        "figure5_lines_small" => "The same lines of that run.",
        "appendix_e2" => "The published spread of the learnt α, by layer and module.",
        "appendix_e2_small" => "The same of another model: not to be compared with the paper's numbers.",
        "figure6_synthetic" => {
            "Histograms of ⟨w_α, x⟩ on either class and the theory's Gaussians, synthetic data: rows are β, columns α."
        }
        "figure6_amazon" => "The same on the reviews: rows are transfers, columns α.",
        "erratum_second_moment" => "Second moment E⟨w, x⟩² against N/p by either form; points are simulated.",
        "erratum_alpha" => "Best scale α* against N/p by either form; points are the best in simulation.",
        "erratum_accuracy" => "Accuracy really reached at the α* of either form against N/p; points are simulated.",
        "phase_alpha_star" => "Map of α* over c = p/n and β.",
        "phase_gain_over_1" => "Map of the accuracy that α* gains over α = 1, in points, over c = p/n and β.",
        "phase_gain_over_source" => {
            "Map of the accuracy that fine-tuning at α* gains over the frozen source, in points."
        }
        "phase_ridges" => "Map of α* over both ridges, γ̃ and γ.",
        "convergence_bias" => "Bias of the theory, |mean − theory|, against p; dashed: slope −1.",
        "convergence_deviation" => "Standard deviation of one simulated run against p; dashed: slope −1/2.",
        "selections" => "Accuracy against the number of target labels, by the choice of α.",
        "minilm" => "Training loss, and accuracy on held-out rows, against the step.",
        _ => return None,
    })
}
