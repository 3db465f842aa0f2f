//! Fine-tuning RoBERTa and BERT with LoRA and α-LoRA on libtorch.
//!
//! **Not yet written.** This crate is the place of the deep-learning half: it alone will depend on libtorch, which is
//! why the workspace's `default-members` leave it out and nothing depends on it. It exports nothing.
