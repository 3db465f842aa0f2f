//! The page that goes with an export.

use std::path::Path;

use crate::adapter::Method;
use crate::error::Result;
use crate::export::{Base, Format, Native, Report};

/// Writes README.md; `out` is the name that the folder will have.
pub(super) fn write(native: &Native, report: &Report, out: &Path, folder: &Path) -> Result<()> {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Base { name: base, sha256, .. } = &report.base;
    let labels = native.label_names.len();
    let names = native.label_names.iter().enumerate().map(|(id, name)| format!("{id} {name}")).collect::<Vec<_>>();
    let method = match native.adapter.method {
        Method::Lora => "LoRA",
        Method::AlphaLora => "α-LoRA",
        Method::Full => "the full-rank form of α-LoRA",
    };
    let (library, use_it) = match report.format {
        Format::Hf => (
            "transformers",
            format!(
                "The adapter is folded into the weights. To load it (it knows its {labels} labels):\n\n\
                 ```python\nfrom transformers import AutoModelForSequenceClassification\n\
                 model = AutoModelForSequenceClassification.from_pretrained(\"{name}\")  # num_labels={labels}\n```\n"
            ),
        ),
        Format::Peft => (
            "peft",
            format!(
                "To load it; an adapter does not say how many labels its head has:\n\n\
                 ```python\nfrom peft import AutoPeftModelForSequenceClassification\n\
                 model = AutoPeftModelForSequenceClassification.from_pretrained(\"{name}\", num_labels={labels})\n```\n\n\
                 or, with peft installed, \
                 `AutoModelForSequenceClassification.from_pretrained(\"{name}\", num_labels={labels})` of transformers.\n{}",
                if native.adapter.has_alpha() {
                    "\nα-LoRA is written as the DoRA adapter that computes the same. Training it further in PEFT trains DoRA, not \
                     α-LoRA.\nThe magnitudes hold the norms of the base's rows: use it with \
                     exactly this base.\n"
                } else {
                    ""
                }
            ),
        ),
        Format::Native => (
            "alpha-llm",
            "To write it as a model for transformers or an adapter for PEFT:\n\n\
             ```sh\nalpha-llm export . --format hf --out ../merged\nalpha-llm export . --format peft --out ../adapter\n```\n"
                .to_owned(),
        ),
    };
    let quoted = serde_json::Value::from(base.as_str());
    let text = format!(
        "---\nbase_model: {quoted}\nlibrary_name: {library}\npipeline_tag: text-classification\ntags: [lora, alpha-lora]\n---\n\n\
         # {name}\n\n{base} fine-tuned on {} with {method} by alpha-llm {}.\n\n{use_it}\n\
         - labels: {}\n- texts are cut to {} tokens\n- model.safetensors of the base has SHA-256 `{sha256}`\n\
         - read back when written: the largest difference of a logit was {:.1e} ({} random inputs, logits up to {:.1})\n",
        native.task,
        report.version,
        names.join(", "),
        native.max_length,
        report.largest_logit_difference,
        report.rows,
        report.largest_logit,
    );
    alpha_store::output::write(&folder.join("README.md"), |file| file.write_all(text.as_bytes()))?;
    Ok(())
}
