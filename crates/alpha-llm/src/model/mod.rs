//! RoBERTa and BERT encoders with a classification head.

mod attention;
mod checkpoint;
mod config;
mod encoder;
mod head;
mod linear;

pub use checkpoint::{Checkpoint, encoder_shapes, fit, head_shapes, read_tensors};
pub use config::{EncoderConfig, Family};
pub use encoder::{Batch, Encoder, FoldedEncoder};
pub use head::Head;
