//! Linear models from files: sign(⟨w, x⟩ + b).
//!
//! | file | holds |
//! |---|---|
//! | `.csv` | a header of feature names, among them perhaps `intercept`, and one row |
//! | `.npy` | w as NumPy saves scikit-learn's `coef_`: p, 1×p or p×1 numbers, in the order of the target's features |
//! | `.safetensors`, `.npz` | an array `weight` or `coef_`, perhaps below a prefix, of p, 1×p or 2×p numbers in that order, and perhaps a `bias` or `intercept_` beside it; of two outputs the second stands for +1, and only their difference counts |
//!
//! The weights are in the units of the samples unless a scaler lies beside them, or in a file of its own:
//!
//! | arrays | x' |
//! |---|---|
//! | `mean_`, `scale_` (or `var_`) | (x − mean_)/scale_, of a StandardScaler; either may be missing |
//! | `center_`, `scale_` | (x − center_)/scale_, of a RobustScaler |
//! | `max_abs_` | x/max_abs_, of a MaxAbsScaler |
//! | `min_`, `scale_` | x·scale_ + min_, of a MinMaxScaler |
//! | `running_mean`, `running_var` | (x − running_mean)/√(running_var + 10⁻⁵)·weight + bias, of a BatchNorm1d |
//!
//! Arrays that say nothing of the answer (`n_iter_`, `n_features_in_`, …) are left alone; any other is refused by its name.

mod arrays;
mod scaler;

use std::path::Path;

use alpha_store::message::shown;
use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};
use crate::sample_file;
use crate::samples::{Samples, share_right};
use arrays::{Array, Arrays};
use scaler::Scaler;

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

/// A model as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// The model, in the units of the samples.
    pub model: Model,
    /// The classes that it tells apart, −1's first, if its file says so.
    pub classes: Option<[String; 2]>,
    /// How the file was read where that is not plain.
    pub notes: Vec<String>,
}

/// What is given beside a file of weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ModelOptions<'a> {
    /// The intercept, of a file that has none; 0 if neither has one.
    pub intercept: Option<f64>,
    /// A file with a scaler's arrays, for weights that lie alone.
    pub scaler: Option<&'a Path>,
}

/// Reads a model of the features `names`. `intercept` is that of a file that has none; it is 0 without one.
///
/// # Errors
/// As [`ModelFile::read`].
pub fn read(path: &Path, names: &[String], intercept: Option<f64>) -> Result<Model> {
    Ok(ModelFile::read(path, names, &ModelOptions { intercept, scaler: None })?.model)
}

/// What a file says of a model.
struct Parts {
    weights: DVector<f64>,
    intercept: Option<f64>,
    scaler: Option<Scaler>,
    classes: Option<[String; 2]>,
}

impl ModelFile {
    /// Reads a model of the features `names`.
    ///
    /// # Errors
    /// [`Error::Dataset`] for a file of another kind, another number of weights, an entry that is not finite, two intercepts, two
    /// scalers, a scale that is not positive, or an array that would change the answer and is not understood;
    /// [`Error::Store`] if it cannot be read, or for a bad cell of a CSV file.
    pub fn read(path: &Path, names: &[String], options: &ModelOptions<'_>) -> Result<Self> {
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let Parts { weights, intercept: own, scaler, classes } = match arrays::kind(path)?.as_str() {
            "csv" | "tsv" | "gz" => {
                let (weights, intercept) = sample_file::read_model(path, names)?;
                Parts { weights, intercept, scaler: None, classes: None }
            }
            _ => Parts::of(&Arrays::read(path)?, names).map_err(refuse)?,
        };
        if let (Some(own), Some(given)) = (own, options.intercept) {
            return Err(refuse(format!(
                "it has an intercept of its own, {own}; another, {given}, was given beside it"
            )));
        }
        let intercept = own.or(options.intercept).unwrap_or(0.0);
        if let Some(i) = weights.iter().position(|w| !w.is_finite()) {
            let name = shown(&names[i]);
            return Err(refuse(format!("weight {} of '{name}' is {}, expected a finite number", i + 1, weights[i])));
        }
        if !intercept.is_finite() {
            return Err(refuse(format!("the intercept is {intercept}, expected a finite number")));
        }
        if weights.iter().all(|w| *w == 0.0) {
            return Err(refuse("every weight is 0".to_owned()));
        }
        let model = Model { weights, intercept };
        let (scaler, place) = match (scaler, options.scaler) {
            (Some(own), Some(other)) => {
                let reason =
                    format!("it has a scaler of its own ({}); another was given in {}", own.says, other.display());
                return Err(refuse(reason));
            }
            (Some(own), None) => (own, path),
            (None, Some(other)) => (Scaler::read(other, names)?, other),
            (None, None) => return Ok(Self { model, classes, notes: Vec::new() }),
        };
        let notes = vec![format!("{}: the weights are for scaled features, x' = {}", place.display(), scaler.says)];
        Ok(Self { model: scaler.folded_into(&model), classes, notes })
    }
}

impl Parts {
    /// Finds the parts of a model among arrays.
    fn of(arrays: &Arrays, names: &[String]) -> Result<Self, String> {
        let order = arrays.order(names)?;
        let p = names.len();
        let scaler = Scaler::find(arrays, p)?;
        let of_scaler = |array: &&Array| scaler.as_ref().is_some_and(|scaler| scaler.uses.contains(&array.name));
        let found: Vec<&Array> = arrays
            .iter()
            .filter(|array| ["weight", "coef_", "coef", "weights"].contains(&array.last()) && !of_scaler(array))
            .collect();
        let array = match (found.as_slice(), arrays.only()) {
            (&[array], _) => array,
            // One array has no need of a name; NumPy calls it arr_0.
            ([], Some(array)) if ["", "arr_0", "w"].contains(&array.name.as_str()) => array,
            _ => {
                return Err(format!(
                    "{} arrays named weight or coef_, expected one (it has {})",
                    found.len(),
                    arrays.listed()
                ));
            }
        };
        let numbers = array.numbers()?;
        let outputs = match *array.shape {
            [columns] | [1, columns] if columns == p => 1,
            [rows, 1] if rows == p => 1,
            [2, columns] if columns == p && !array.name.is_empty() => 2,
            [outputs, columns] if columns == p && outputs > 2 => {
                return Err(format!(
                    "{} is {}, expected {p}, 1×{p} or 2×{p}: {outputs} rows tell as many classes apart, and two are understood",
                    array.title(),
                    array.shape_in_words()
                ));
            }
            _ => {
                let other = if array.name.is_empty() { format!("{p}×1") } else { format!("2×{p}") };
                return Err(format!(
                    "{} is {}, expected {p}, 1×{p} or {other}: a weight for each feature",
                    array.title(),
                    array.shape_in_words()
                ));
            }
        };
        let bias = arrays.iter().find(|other| {
            ["bias", "intercept_", "intercept"].contains(&other.last())
                && other.prefix() == array.prefix()
                && !of_scaler(other)
        });
        let bias = bias.map(|bias| Ok::<_, String>((bias, bias.numbers()?))).transpose()?;
        if let Some((bias, numbers)) = &bias
            && numbers.len() != outputs
        {
            return Err(format!(
                "{} has {} numbers, expected {outputs} as there are outputs",
                bias.name,
                numbers.len()
            ));
        }
        let classes = arrays.classes()?;
        let used = |other: &&Array| {
            std::ptr::eq(*other, array)
                || bias.as_ref().is_some_and(|(bias, _)| std::ptr::eq(*other, *bias))
                || of_scaler(other)
        };
        arrays.refuse_others(p, used)?;
        let bias = bias.map(|(_, numbers)| numbers);
        let (weights, intercept) = if outputs == 1 {
            (DVector::from_vec(numbers), bias.map(|b| b[0]))
        } else {
            let difference = (0..p).map(|i| numbers[p + i] - numbers[i]);
            (DVector::from_iterator(p, difference), bias.map(|b| b[1] - b[0]))
        };
        Ok(match order {
            None => Self { weights, intercept, scaler, classes },
            Some(order) => Self {
                weights: weights.select_rows(&order),
                scaler: scaler.map(|scaler| scaler.reordered(&order)),
                intercept,
                classes,
            },
        })
    }
}
