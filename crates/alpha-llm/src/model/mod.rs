//! RoBERTa and BERT encoders with a classification head.

mod attention;
mod checkpoint;
mod config;
mod encoder;
mod head;
mod linear;
mod plane;
mod tensor_file;

pub use checkpoint::{Checkpoint, encoder_shapes};
pub(crate) use checkpoint::{fit, head_shapes};
pub use config::{EncoderConfig, Family};
pub use encoder::{Batch, Encoder, FoldedEncoder};
pub(crate) use head::Head;
pub use plane::{BegunBatch, EncoderPlane};
pub(crate) use tensor_file::expect_floats;
pub use tensor_file::{TensorFile, read_tensors, write_tensors};
