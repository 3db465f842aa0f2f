//! The explorer: the theory as WebAssembly behind sliders.

use alpha_rmt::setting::Setting;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};

use crate::error::Result;
use crate::paper::erratum::ErratumConfig;
use crate::paper::figure1::Figure1Config;
use crate::paper::figure6::Figure6Config;

/// `scripts/explorer` makes it from `crates/alpha-explorer`.
const WASM: &[u8] = include_bytes!("../../../assets/explorer.wasm");

/// A number that the reader moves.
struct Parameter {
    /// Its name in links.
    name: &'static str,
    symbol: &'static str,
    meaning: &'static str,
    /// What the theory takes.
    allowed: [f64; 2],
    /// Ends of the slider, and its step; of the decimal logarithm if `log`.
    slider: [f64; 3],
    log: bool,
}

const fn linear(
    name: &'static str,
    symbol: &'static str,
    meaning: &'static str,
    allowed: [f64; 2],
    slider: [f64; 3],
) -> Parameter {
    Parameter { name, symbol, meaning, allowed, slider, log: false }
}

const fn log(name: &'static str, symbol: &'static str, meaning: &'static str, slider: [f64; 3]) -> Parameter {
    Parameter { name, symbol, meaning, allowed: [1e-6, 1e6], slider, log: true }
}

const PARAMETERS: [Parameter; 8] = [
    linear("alpha", "α", "scale of the frozen source", [-1e6, 1e6], [-10.0, 10.0, 0.01]),
    log("aspect-ratio", "c = p/n", "features per target sample", [-2.0, 2.0, 0.01]),
    log("source-ratio", "N/p", "source samples per feature", [-1.0, 3.0, 0.01]),
    linear("alignment", "β", "alignment of source and target", [-1.0, 1.0], [-1.0, 1.0, 0.01]),
    linear("source-norm", "‖μ‖", "norm of the source mean", [0.0, 100.0], [0.0, 3.0, 0.01]),
    linear("orthogonal-norm", "‖μ⊥‖", "norm of what the source lacks", [0.0, 100.0], [0.0, 3.0, 0.01]),
    log("source-ridge", "γ̃", "ridge of the source", [-3.0, 3.0, 0.01]),
    log("target-ridge", "γ", "ridge of the fine-tuning", [-3.0, 3.0, 0.01]),
];

/// Fields of [`alpha_rmt::setting::Point`] that the page shows, by name; `reached` is the page's own.
const ROWS: [(&str, &str); 10] = [
    ("alpha_star", "best scale α*"),
    ("alpha_worst", "chance scale ᾱ (accuracy 1/2)"),
    ("accuracy", "accuracy at α"),
    ("accuracy_at_0", "accuracy at α = 0, target alone"),
    ("accuracy_at_1", "accuracy at α = 1, usual fine-tuning"),
    ("accuracy_at_alpha_star", "accuracy at α*, as this form says"),
    ("reached", "accuracy really reached at this α*"),
    ("accuracy_source_only", "accuracy of the frozen source"),
    ("mean", "mean m at α"),
    ("variance", "variance q at α"),
];

/// A setting as the end of a link.
fn link(setting: &Setting, alpha: f64) -> String {
    let Setting { source_samples, target_samples, dimension, .. } = *setting;
    format!(
        "alpha={alpha}&aspect-ratio={}&source-ratio={}&alignment={}&source-norm={}&orthogonal-norm={}&source-ridge={}&target-ridge={}",
        dimension / target_samples,
        source_samples / dimension,
        setting.alignment,
        setting.source_norm,
        setting.orthogonal_norm,
        setting.source_ridge,
        setting.target_ridge
    )
}

/// Settings of the items, to start from.
fn starts() -> Result<Vec<(String, String)>> {
    let (one, six, erratum) = (Figure1Config::paper()?, Figure6Config::paper()?, ErratumConfig::built_in()?);
    let at = |setting: Setting, alignment: f64| link(&Setting { alignment, ..setting }, 1.0);
    let mut starts = vec![("the erratum, N = p".to_owned(), link(&erratum.setting, erratum.alpha))];
    starts.extend(one.alignments.iter().map(|&beta| (format!("Figure 1, β = {beta}"), at(one.setting, beta))));
    starts.extend(six.alignments.iter().map(|&beta| (format!("Figure 6, β = {beta}"), at(six.setting, beta))));
    Ok(starts)
}

pub(super) fn section() -> Result<Markup> {
    let starts = starts()?;
    Ok(html! {
        section #explorer aria-labelledby="explorer-title" {
            h2 #explorer-title { "Explorer of the theory" }
            p {
                "The law of Theorem 4.2 at C = I, computed here by the library itself. Only the ratios p/n and p/N matter. The \
                 corrected form agrees with simulation; the published one is what the paper's formula says."
            }
            noscript { p.missed { "The explorer needs JavaScript; everything else on this page does not." } }
            p #explorer-failure .missed role="alert" hidden {}
            div.explored {
                div.picture {
                    figure #x-figure {
                        div #x-plot {}
                        figcaption.legend {
                            span.key.correct { "corrected" }
                            span.key.published { "published" }
                            span.key.source { "frozen source alone" }
                            span { "◆ α*" } span { "◇ α = 1" } span { "× ᾱ" } span { "● α" }
                        }
                    }
                    p #x-words role="status" {}
                }
                form #explorer-form aria-label="Setting" {
                    div.start {
                        label for="x-start" { "Start from" }
                        select #x-start { @for (name, link) in &starts { option value=(link) { (name) } } }
                        a #x-link href="#explorer" { "Link to this setting" }
                    }
                    @for Parameter { name, symbol, meaning, allowed: [least, most], slider: [from, to, step], log } in &PARAMETERS {
                        "\n" div.control {
                            label for={ "x-" (name) } { b { (symbol) } " " span.quiet { (meaning) } }
                            input type="range" aria-label={ (symbol) ", " (meaning) } data-of={ "x-" (name) } data-log=[log.then_some("")]
                                min=(from) max=(to) step=(step) autocomplete="off";
                            input type="number" id={ "x-" (name) } name=(name) min=(least) max=(most) step="any" required autocomplete="off";
                        }
                    }
                }
            }
            div.scroll tabindex="0" role="region" aria-label="The numbers at this setting" {
                table {
                    caption { "The numbers at this setting" }
                    thead { tr { th scope="col" { "quantity" } th.number scope="col" { "corrected" } th.number scope="col" { "published" } } }
                    tbody {
                        @for (name, words) in ROWS {
                            "\n" tr {
                                th scope="row" { (words) }
                                @for form in ["correct", "published"] { td.number { data data-name=(name) data-form=(form) value="" {} } }
                            }
                        }
                    }
                }
            }
            p { "The same from the command line (p = 1000 stands for any; " code { "--form published" } " for the other form):" }
            pre tabindex="0" role="region" aria-label="Command" { code #x-command {} }
            "\n" script #explorer-wasm type="text/plain" { (PreEscaped(STANDARD.encode(WASM))) }
            script { (PreEscaped(include_str!("explorer.js"))) }
        }
    })
}
