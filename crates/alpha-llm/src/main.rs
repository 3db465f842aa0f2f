//! `alpha-llm`: fine-tune RoBERTa and BERT with LoRA and α-LoRA.

fn main() {}
