//! RoBERTa and BERT encoders with a classification head.

mod attention;
mod checkpoint;
mod config;
mod encoder;
mod head;
mod linear;
mod plane;
mod tensor_file;

pub use checkpoint::{Checkpoint, encoder_shapes, fit, head_shapes};
pub use config::{EncoderConfig, Family};
pub use encoder::{Batch, Encoder, FoldedEncoder};
pub use head::Head;
pub use plane::{BegunBatch, EncoderPlane};
pub(crate) use tensor_file::expect_floats;
pub use tensor_file::{read_metadata, read_tensors, write_tensors};
