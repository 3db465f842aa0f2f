//! Safetensors files.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};
use crate::input;

/// What a safetensors file holds.
#[derive(Debug)]
pub struct TensorFile {
    /// All tensors on the CPU, i64 as such and fp32, fp16 and bf16 as fp32.
    pub tensors: BTreeMap<String, Tensor>,
    /// The metadata; empty if it has none.
    pub metadata: HashMap<String, String>,
    bytes: Vec<u8>,
}

impl TensorFile {
    /// SHA-256 of the file, in hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        alpha_store::checksum::sha256(&self.bytes)
    }
}

/// Reads a safetensors file.
///
/// # Errors
/// [`Error::Read`]; [`Error::SafeTensors`] for a damaged or truncated file; [`Error::Storage`] for another number format;
/// [`Error::NotFinite`] for NaN or infinity.
pub fn read_tensors(path: &Path) -> Result<TensorFile> {
    let bytes = input::bytes(path)?;
    let damaged = |source| Error::SafeTensors { path: path.to_owned(), source };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    let metadata = header.metadata().clone().unwrap_or_default();
    let file = SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let kind = match view.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            // Buffers such as position_ids; none of the models' weights.
            Dtype::I64 => Kind::Int64,
            other => {
                let (name, found) = (name.to_owned(), format!("{other:?}"));
                return Err(Error::Storage { path: path.to_owned(), name, found });
            }
        };
        let size: Vec<i64> = view.shape().iter().map(|&n| i64::try_from(n).unwrap_or(i64::MAX)).collect();
        let torch = |source| Error::Torch { doing: "take up a tensor of a file", source };
        let tensor = Tensor::f_from_data_size(view.data(), &size, kind).map_err(torch)?;
        let tensor = if kind == Kind::Int64 { tensor } else { tensor.to_kind(Kind::Float) };
        if kind != Kind::Int64 && !bool::try_from(tensor.isfinite().all()).unwrap_or(false) {
            return Err(Error::NotFinite { path: path.to_owned(), name: name.to_owned() });
        }
        tensors.insert(name.to_owned(), tensor);
    }
    Ok(TensorFile { tensors, metadata, bytes })
}

/// Checks that tensors of a file are not whole numbers, which [`read_tensors`] lets through for the sake of buffers.
///
/// # Errors
/// [`Error::Storage`].
pub(crate) fn expect_floats<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = (&'a String, &'a Tensor)>,
) -> Result<()> {
    match tensors.into_iter().find(|(_, tensor)| tensor.kind() != Kind::Float) {
        None => Ok(()),
        Some((name, _)) => Err(Error::Storage { path: path.to_owned(), name: name.clone(), found: "I64".to_owned() }),
    }
}

/// A tensor's entry in the header.
#[derive(Serialize)]
struct Entry {
    dtype: &'static str,
    shape: Vec<i64>,
    data_offsets: [usize; 2],
}

/// Writes tensors, from any device, to a safetensors file, whole or not at all. The same tensors give the same bytes:
/// header and data are sorted by name, which the safetensors crate does not promise for metadata.
///
/// transformers reads only files whose metadata says `format: pt`.
///
/// # Errors
/// [`Error::Parameter`] for a tensor that is not fp32, fp16, bf16 or i64; [`Error::Store`] where the file cannot be written.
pub fn write_tensors(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    metadata: impl IntoIterator<Item = (String, String)>,
) -> Result<()> {
    let mut order = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let (dtype, bytes) = match tensor.kind() {
            Kind::Int64 => ("I64", 8),
            Kind::Float => ("F32", 4),
            Kind::Half => ("F16", 2),
            Kind::BFloat16 => ("BF16", 2),
            other => {
                let allowed = "fp32, fp16, bf16 or i64".to_owned();
                return Err(Error::Parameter { name: name.clone(), value: format!("{other:?}"), allowed });
            }
        };
        order.push((bytes, name, dtype, tensor));
    }
    // Wide numbers first keeps all of them aligned.
    order.sort_by_key(|&(bytes, name, ..)| (std::cmp::Reverse(bytes), name));
    let mut entries = BTreeMap::new();
    let mut end = 0;
    for &(bytes, name, dtype, tensor) in &order {
        let start = end;
        end += tensor.numel() * bytes;
        entries.insert(name.as_str(), Entry { dtype, shape: tensor.size(), data_offsets: [start, end] });
    }
    let metadata: BTreeMap<String, String> = metadata.into_iter().collect();
    alpha_store::output::write(path, |out| {
        let mut header = serde_json::to_vec(&Header { metadata, entries })?;
        header.resize(header.len().next_multiple_of(8), b' ');
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        let mut buffer = Vec::new();
        for &(bytes, _, _, tensor) in &order {
            let count = tensor.numel();
            buffer.resize(count * bytes, 0);
            let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
            tensor.f_copy_data_u8(&mut buffer, count).map_err(std::io::Error::other)?;
            out.write_all(&buffer)?;
        }
        Ok(())
    })?;
    Ok(())
}

#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<String, String>,
    #[serde(flatten)]
    entries: BTreeMap<&'a str, Entry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file.safetensors");
        let wide = Tensor::from_slice2(&[[1.5_f32, -2.0, 0.25], [3.0, 1e-7, 7.0]]);
        let tensors = BTreeMap::from([
            ("b.transposed".to_owned(), wide.transpose(0, 1)),
            ("a.half".to_owned(), wide.to_kind(Kind::BFloat16)),
            ("c.empty".to_owned(), Tensor::zeros([0, 3], (Kind::Float, Device::Cpu))),
            ("z.step".to_owned(), Tensor::from_slice(&[1_i64 << 40])),
        ]);
        let metadata = [("format", "pt"), ("a", "α"), ("z", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        write_tensors(&path, &tensors, metadata.clone()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        // Again, the metadata in another order.
        write_tensors(&path, &tensors, metadata.into_iter().rev()).unwrap();
        assert_eq!(bytes, std::fs::read(&path).unwrap());

        let file = read_tensors(&path).unwrap();
        let read = &file.tensors;
        assert!(read.keys().eq(tensors.keys()));
        assert_eq!(read["b.transposed"], wide.transpose(0, 1));
        assert_eq!(read["a.half"], wide.to_kind(Kind::BFloat16).to_kind(Kind::Float));
        assert_eq!(read["c.empty"].size(), [0, 3]);
        assert_eq!(read["z.step"].int64_value(&[0]), 1 << 40);
        assert_eq!(file.metadata["a"], "α");
        assert_eq!(file.sha256(), alpha_store::checksum::sha256(&bytes));

        let double = BTreeMap::from([("d".to_owned(), wide.to_kind(Kind::Double))]);
        assert!(matches!(write_tensors(&path, &double, []), Err(Error::Parameter { .. })));
        assert_eq!(bytes, std::fs::read(&path).unwrap(), "a failed write leaves what was there");
    }
}
