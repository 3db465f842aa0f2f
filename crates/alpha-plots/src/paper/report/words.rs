//! What the report says about itself and its figures.

/// What the report is about.
pub(super) const SUMMARY: &str = "α-LoRA rescales a frozen base model by α before adapting it, W_new = diag(α) W + BA \
(El Firdoussi et al., arXiv 2510.21345). This page holds every table and figure of the paper that this build makes, beside \
the published numbers, and some that go beyond it.";

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
