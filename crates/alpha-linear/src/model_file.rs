//! Linear models from files: sign(⟨w, x⟩ + b).
//!
//! | file | holds |
//! |---|---|
//! | `.csv` | a header of feature names, among them perhaps `intercept`, and one row |
//! | `.npy` | w as NumPy saves scikit-learn's `coef_`: p, 1×p or p×1 numbers, in the order of the target's features |
//! | `.safetensors` | a tensor `weight` or `coef_`, perhaps below a prefix, of p, 1×p or 2×p numbers in that order, and perhaps a `bias` or `intercept_` beside it; of two outputs the second stands for +1, and only their difference counts |

use std::path::Path;

use nalgebra::{DMatrix, DVector};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::array_file::npy::Npy;
use crate::error::{Error, Result};
use crate::sample_file;
use crate::samples::{Samples, share_right};

/// sign(⟨w, x⟩ + b) in the units of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// w.
    pub weights: DVector<f64>,
    /// b.
    pub intercept: f64,
}

impl Model {
    /// ⟨w, x⟩ + b for every row of features (p×rows).
    ///
    /// # Errors
    /// [`Error::Data`] for another number of features, or a score that is not finite.
    pub fn scores(&self, features: &DMatrix<f64>) -> Result<DVector<f64>> {
        let refuse = |reason: String| Err(Error::Data { what: "samples to score", reason });
        if features.nrows() != self.weights.len() {
            return refuse(format!("{} features, expected the model's {}", features.nrows(), self.weights.len()));
        }
        let scores = features.tr_mul(&self.weights).add_scalar(self.intercept);
        match scores.iter().position(|score| !score.is_finite()) {
            Some(i) => refuse(format!("score {} is {}, expected a finite number", i + 1, scores[i])),
            None => Ok(scores),
        }
    }

    /// Share of samples labelled correctly.
    ///
    /// # Errors
    /// As [`Model::scores`]; [`Error::Data`] for no samples, or labels that are not ±1, one each.
    pub fn accuracy(&self, samples: &Samples) -> Result<f64> {
        samples.check("samples to score")?;
        let scores = self.scores(&samples.features)?;
        Ok(share_right(scores.iter().copied().zip(samples.labels.iter().copied())))
    }
}

/// Reads a model of the features `names`. `intercept` is that of a file that has none; it is 0 without one.
///
/// # Errors
/// [`Error::Dataset`] for a file of another kind, another number of weights, an entry that is not finite, or two intercepts;
/// [`Error::Cell`] for a bad cell of a CSV file; [`Error::Store`] if it cannot be read.
pub fn read(path: &Path, names: &[String], intercept: Option<f64>) -> Result<Model> {
    let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
    let (weights, own) = match kind.as_str() {
        "csv" => sample_file::read_model(path, names)?,
        "npy" => (npy(path, names.len())?, None),
        "safetensors" => safetensors(path, names.len())?,
        _ => return Err(refuse("weights must be a .csv, .npy or .safetensors file".to_owned())),
    };
    if let (Some(own), Some(given)) = (own, intercept) {
        return Err(refuse(format!("it has an intercept of its own, {own}; another, {given}, was given beside it")));
    }
    let intercept = own.or(intercept).unwrap_or(0.0);
    if let Some(i) = weights.iter().position(|w| !w.is_finite()) {
        return Err(refuse(format!("weight {} of '{}' is {}, expected a finite number", i + 1, names[i], weights[i])));
    }
    if !intercept.is_finite() {
        return Err(refuse(format!("the intercept is {intercept}, expected a finite number")));
    }
    if weights.iter().all(|w| *w == 0.0) {
        return Err(refuse("every weight is 0".to_owned()));
    }
    Ok(Model { weights, intercept })
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    Ok(std::fs::read(path).map_err(|source| alpha_store::Error::Read { path: path.to_owned(), source })?)
}

fn npy(path: &Path, p: usize) -> Result<DVector<f64>> {
    let bytes = bytes(path)?;
    let array = Npy::open(&path.display().to_string(), &bytes)?;
    let shape = &array.shape;
    if ![vec![p], vec![1, p], vec![p, 1]].contains(shape) {
        let reason = format!("its shape is {shape:?}, expected {p}, 1×{p} or {p}×1: a weight for each feature");
        return Err(Error::Dataset { path: path.to_owned(), reason });
    }
    Ok(DVector::from_vec(array.numbers()?))
}

fn safetensors(path: &Path, p: usize) -> Result<(DVector<f64>, Option<f64>)> {
    let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
    let bytes = bytes(path)?;
    let file =
        SafeTensors::deserialize(&bytes).map_err(|e| refuse(format!("not a readable safetensors file ({e})")))?;
    let mut names: Vec<&str> = file.names();
    names.sort_unstable();
    let last = |name: &&&str, words: [&str; 3]| words.contains(&name.rsplit('.').next().unwrap_or_default());
    let found: Vec<&str> = names.iter().filter(|name| last(name, ["weight", "coef_", "coef"])).copied().collect();
    let &[name] = found.as_slice() else {
        let listed = names.join(", ");
        return Err(refuse(format!("{} tensors named weight or coef_, expected one (it has {listed})", found.len())));
    };
    let read = |name: &str| -> Result<(Vec<usize>, Vec<f64>)> {
        let tensor = file.tensor(name).map_err(|e| refuse(e.to_string()))?;
        let numbers = numbers(&tensor)
            .ok_or_else(|| refuse(format!("{name} is {:?}, expected F64, F32, F16 or BF16", tensor.dtype())))?;
        Ok((tensor.shape().to_vec(), numbers))
    };
    let (shape, numbers) = read(name)?;
    let outputs = match shape.as_slice() {
        &[columns] | &[1, columns] if columns == p => 1,
        &[2, columns] if columns == p => 2,
        _ => return Err(refuse(format!("{name} is {shape:?}, expected {p}, 1×{p} or 2×{p}"))),
    };
    let prefix = name.rfind('.').map_or("", |dot| &name[..=dot]);
    let beside = |name: &&&str| {
        last(name, ["bias", "intercept_", "intercept"]) && name.rfind('.').map_or("", |dot| &name[..=dot]) == prefix
    };
    let bias = names.iter().find(beside).map(|name| Ok::<_, Error>((*name, read(name)?.1))).transpose()?;
    if let Some((name, bias)) = &bias
        && bias.len() != outputs
    {
        return Err(refuse(format!("{name} has {} numbers, expected {outputs} as there are outputs", bias.len())));
    }
    let (weights, intercept) = if outputs == 1 {
        (DVector::from_vec(numbers), bias.map(|(_, b)| b[0]))
    } else {
        let difference = (0..p).map(|i| numbers[p + i] - numbers[i]);
        (DVector::from_iterator(p, difference), bias.map(|(_, b)| b[1] - b[0]))
    };
    Ok((weights, intercept))
}

/// The numbers of a tensor of floating-point numbers.
fn numbers(tensor: &TensorView<'_>) -> Option<Vec<f64>> {
    let data = tensor.data();
    let wide = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, f64::from_le_bytes);
    let single = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, |b| f64::from(f32::from_le_bytes(b)));
    let half = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, |b| half::f16::from_le_bytes(b).to_f64());
    let brain = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, |b| half::bf16::from_le_bytes(b).to_f64());
    Some(match tensor.dtype() {
        Dtype::F64 => data.chunks_exact(8).map(wide).collect(),
        Dtype::F32 => data.chunks_exact(4).map(single).collect(),
        Dtype::F16 => data.chunks_exact(2).map(half).collect(),
        Dtype::BF16 => data.chunks_exact(2).map(brain).collect(),
        _ => return None,
    })
}
