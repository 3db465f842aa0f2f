//! Named arrays from a file of weights.

use std::path::Path;

use alpha_store::delimited::{Delimited, Options};
use alpha_store::input;
use alpha_store::message::shown;
use alpha_store::npy::{Npy, Values};
use nalgebra::DVector;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::array_file::npz;
use crate::error::{Error, Result};
use crate::sample_file::some;

/// Most bytes of a file of weights: a hundred million numbers.
const MOST_BYTES: u64 = 1 << 30;

/// Arrays that say nothing of the answer, by the last part of their names.
const IDLE: [&str; 31] = [
    "n_iter_",
    "solver_",
    "class_weight_",
    "fit_status_",
    "shape_fit_",
    "probA_",
    "probB_",
    "loss_function_",
    "best_score_",
    "l1_ratios_",
    "coefs_paths_",
    "scores_",
    "n_samples_seen_",
    "num_batches_tracked",
    "t_",
    "C_",
    "Cs_",
    "alpha_",
    "alphas_",
    "l1_ratio_",
    "intercept_scaling",
    "explained_variance_ratio_",
    "dual_coef_",
    "support_",
    "support_vectors_",
    "n_support_",
    "covariance_",
    "means_",
    "priors_",
    "scalings_",
    "xbar_",
];
const CLASSES: &str = "classes_";
const COUNTS: [&str; 2] = ["n_features_in_", "n_features_"];
const NAMES: [&str; 2] = ["feature_names_in_", "feature_names"];

/// An array with its name, empty in a file of one array.
pub(super) struct Array {
    pub name: String,
    pub shape: Vec<usize>,
    values: Result<Values, String>,
}

/// The arrays of a file, by name.
pub(super) struct Arrays(Vec<Array>);

/// The kind of a file, by the end of its name.
///
/// # Errors
/// [`Error::Dataset`] for files of another kind, with the way to convert them.
pub(super) fn kind(path: &Path) -> Result<String> {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
    let way_out = match kind.as_str() {
        "csv" | "tsv" | "gz" | "npy" | "npz" | "safetensors" => return Ok(kind),
        "pkl" | "pickle" | "joblib" | "skops" | "sav" => {
            ": a pickle can run code and is never read. In Python: numpy.savez('source.npz', coef_=model.coef_, \
             intercept_=model.intercept_), and for a pipeline mean_=scaler.mean_, scale_=scaler.scale_ as well"
        }
        "pt" | "pth" | "bin" | "ckpt" => {
            ": a pickle can run code and is never read. In Python: safetensors.torch.save_file(model.state_dict(), \
             'source.safetensors')"
        }
        "json" | "txt" | "yaml" | "yml" | "xml" | "pmml" => {
            ": write a .csv file with the names of the features (and intercept) above one row of weights"
        }
        "onnx" | "h5" | "hdf5" | "keras" | "mat" | "rds" | "rdata" => {
            ": save the weights in Python with numpy.savez('source.npz', coef_=…, intercept_=…)"
        }
        _ => "",
    };
    let reason = format!("weights must be a .csv, .npy, .npz or .safetensors file{way_out}");
    Err(Error::Dataset { path: path.to_owned(), reason })
}

impl Array {
    /// The name below its prefix.
    pub fn last(&self) -> &str {
        self.name.rsplit(['.', '/']).next().unwrap_or_default()
    }

    /// What stands before it, with the point.
    pub fn prefix(&self) -> &str {
        &self.name[..self.name.len() - self.last().len()]
    }

    /// What to call it in a message.
    pub fn title(&self) -> String {
        if self.name.is_empty() { "its shape".to_owned() } else { shown(&self.name) }
    }

    pub fn shape_in_words(&self) -> String {
        format!("{:?}", self.shape)
    }

    pub fn numbers(&self) -> Result<Vec<f64>, String> {
        match &self.values {
            Ok(Values::Numbers(numbers)) => Ok(numbers.clone()),
            Ok(Values::Booleans(values)) => Ok(values.iter().map(|is| f64::from(u8::from(*is))).collect()),
            Ok(Values::Words(_)) => Err(format!("{} holds texts, expected numbers", self.title())),
            Err(reason) => Err(reason.clone()),
        }
    }

    /// Its words, or its numbers as words.
    fn words(&self) -> Result<Vec<String>, String> {
        match &self.values {
            Ok(Values::Words(words)) => Ok(words.iter().map(|word| word.trim().to_owned()).collect()),
            Ok(Values::Booleans(values)) => {
                Ok(values.iter().map(|is| if *is { "True" } else { "False" }.to_owned()).collect())
            }
            _ => Ok(self.numbers()?.into_iter().map(|x| (x + 0.0).to_string()).collect()),
        }
    }

    /// A finite number for each feature.
    pub fn vector(&self, p: usize) -> Result<DVector<f64>, String> {
        // What scikit-learn does not use is None, which NumPy saves as a pickle.
        if self.shape.is_empty()
            && let Err(reason) = &self.values
        {
            return Err(format!("{} cannot be read ({reason}); if it is None, leave it out", self.title()));
        }
        if ![vec![p], vec![1, p], vec![p, 1]].contains(&self.shape) {
            return Err(format!(
                "{} is {}, expected {p}: a number for each feature",
                self.title(),
                self.shape_in_words()
            ));
        }
        let numbers = self.numbers()?;
        match numbers.iter().position(|x| !x.is_finite()) {
            Some(i) => {
                Err(format!("{} of feature {} is {}, expected a finite number", self.title(), i + 1, numbers[i]))
            }
            None => Ok(DVector::from_vec(numbers)),
        }
    }
}

impl Arrays {
    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`Error::Dataset`] or [`Error::Store`] for a file that is damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = input::read(path, MOST_BYTES)?;
        let place = path.display().to_string();
        let array = |name: String, bytes: &[u8]| -> Result<Array> {
            let array = Npy::open(&place, bytes)?;
            let shape = array.shape.clone();
            Ok(Array { name, shape, values: array.values().map_err(|error| error.to_string()) })
        };
        match kind(path)?.as_str() {
            "npy" => Ok(Self(vec![array(String::new(), &bytes)?])),
            "npz" => {
                let mut arrays = Vec::new();
                for (name, bytes) in npz::unpack(&place, &bytes)? {
                    // What cannot be read may not be needed.
                    arrays.push(match array(name.clone(), &bytes) {
                        Ok(array) => array,
                        Err(error) => Array { name, shape: Vec::new(), values: Err(error.to_string()) },
                    });
                }
                Ok(Self(arrays))
            }
            _ => Self::of_safetensors(path, &bytes),
        }
    }

    fn of_safetensors(path: &Path, bytes: &[u8]) -> Result<Self> {
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let damaged =
            |error: safetensors::SafeTensorError| refuse(format!("not a readable safetensors file ({error})"));
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let mut names: Vec<&str> = file.names();
        names.sort_unstable();
        let array = |name: &str| -> Result<Array> {
            let tensor = file.tensor(name).map_err(damaged)?;
            let values = numbers(&tensor).map(Values::Numbers);
            let wrong =
                || format!("{} is {:?}, expected F64, F32, F16, BF16 or whole numbers", shown(name), tensor.dtype());
            Ok(Array { name: name.to_owned(), shape: tensor.shape().to_vec(), values: values.ok_or_else(wrong) })
        };
        Ok(Self(names.into_iter().map(array).collect::<Result<_>>()?))
    }

    /// Reads a table whose rows are arrays: the only column of words has their names, the others those of the features.
    pub fn of_table(path: &Path, names: &[String]) -> Result<Self> {
        let table = Delimited::read(path, &Options::default())?;
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let is_number = |column: &usize| (0..table.rows()).all(|row| table.number(row, *column).is_ok());
        let (numbers, words): (Vec<usize>, Vec<usize>) = (0..table.header().len()).partition(is_number);
        let &[column] = words.as_slice() else {
            let reason = "expected a row for each array of the scaler: one column with its name, mean_ or scale_, and one of numbers \
                          for each feature";
            return Err(refuse(reason.to_owned()));
        };
        let mut arrays = Vec::new();
        for row in 0..table.rows() {
            let values =
                numbers.iter().map(|column| Ok(table.number(row, *column)?.value())).collect::<Result<Vec<f64>>>()?;
            let name = table.cell(row, column).to_owned();
            arrays.push(Array { name, shape: vec![values.len()], values: Ok(Values::Numbers(values)) });
        }
        let own: Vec<String> = numbers.iter().map(|column| table.header()[*column].clone()).collect();
        if own.len() != names.len() {
            return Err(refuse(format!("{} features, expected the target's {}", own.len(), names.len())));
        }
        arrays.push(Array { name: NAMES[0].to_owned(), shape: vec![own.len()], values: Ok(Values::Words(own)) });
        Ok(Self(arrays))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Array> {
        self.0.iter()
    }

    /// The array of a file that has no more.
    pub fn only(&self) -> Option<&Array> {
        if let [array] = self.0.as_slice() { Some(array) } else { None }
    }

    pub fn listed(&self) -> String {
        some(&self.0.iter().map(|array| array.name.as_str()).collect::<Vec<_>>()).replace('\'', "")
    }

    fn by_last(&self, names: &[&str]) -> Option<&Array> {
        self.0.iter().find(|array| names.contains(&array.last()))
    }

    /// Where each of the features `names` stands in the arrays, if they name their features in another order.
    pub fn order(&self, names: &[String]) -> Result<Option<Vec<usize>>, String> {
        let Some(array) = self.by_last(&NAMES) else { return Ok(None) };
        let Ok(own) = array.words() else { return Ok(None) };
        if own == names || crate::array_file::are_invented(names) {
            return Ok(None);
        }
        let places: std::collections::HashMap<&String, usize> =
            own.iter().enumerate().map(|(i, name)| (name, i)).collect();
        let missing: Vec<&String> = names.iter().filter(|name| !places.contains_key(name)).collect();
        let expected: std::collections::HashSet<&String> = names.iter().collect();
        let extra: Vec<&String> = own.iter().filter(|name| !expected.contains(name)).collect();
        if missing.is_empty() && extra.is_empty() && own.len() == names.len() {
            return Ok(Some(names.iter().map(|name| places[name]).collect()));
        }
        let part = |what: &str, names: &[&String]| {
            if names.is_empty() { String::new() } else { format!("; {what}: {}", some(names)) }
        };
        Err(format!(
            "its features, by {}, are not those of the target{}{}",
            array.name,
            part("missing", &missing),
            part("unknown", &extra)
        ))
    }

    /// The two classes, −1's first, if they are there.
    pub fn classes(&self) -> Result<Option<[String; 2]>, String> {
        let Some(array) = self.by_last(&[CLASSES]) else { return Ok(None) };
        let Ok(words) = array.words() else { return Ok(None) };
        match <[String; 2]>::try_from(words) {
            Ok(words) => Ok(Some(words)),
            Err(words) => Err(format!("{} has {} classes, and two are understood", array.name, words.len())),
        }
    }

    /// Refuses arrays that are not used and might change the answer.
    pub fn refuse_others(&self, p: usize, used: impl Fn(&&Array) -> bool) -> Result<(), String> {
        for array in self.0.iter().filter(|array| !used(array)) {
            let last = array.last();
            if COUNTS.contains(&last)
                && let Ok(&[count]) = array.numbers().as_deref()
                && count != p as f64
            {
                return Err(format!("{} is {count}, expected the target's {p} features", array.name));
            }
            let known =
                [&IDLE[..], &COUNTS, &NAMES, &[CLASSES], &super::scaler::SEEN].iter().any(|idle| idle.contains(&last));
            let seen = super::scaler::SEEN.contains(&last) && self.by_last(&["min_"]).is_none();
            if !known || seen {
                return Err(format!(
                    "what {} does to the features or the answer is not understood (it has {}). Fold it into the weights, or leave it \
                     out if it does nothing",
                    shown(&array.name),
                    self.listed()
                ));
            }
        }
        Ok(())
    }
}

/// The numbers of a tensor.
fn numbers(tensor: &TensorView<'_>) -> Option<Vec<f64>> {
    fn each<const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        data.chunks_exact(N).map(|bytes| bytes.try_into().map_or(f64::NAN, &number)).collect()
    }
    let data = tensor.data();
    Some(match tensor.dtype() {
        Dtype::F64 => each(data, f64::from_le_bytes),
        Dtype::F32 => each(data, |b| f32::from_le_bytes(b).into()),
        Dtype::F16 => each(data, |b| half::f16::from_le_bytes(b).to_f64()),
        Dtype::BF16 => each(data, |b| half::bf16::from_le_bytes(b).to_f64()),
        Dtype::I64 => each(data, |b| i64::from_le_bytes(b) as f64),
        Dtype::I32 => each(data, |b| i32::from_le_bytes(b).into()),
        Dtype::I16 => each(data, |b| i16::from_le_bytes(b).into()),
        Dtype::I8 => each(data, |b| i8::from_le_bytes(b).into()),
        Dtype::U8 | Dtype::BOOL => each(data, |[b]| b.into()),
        _ => return None,
    })
}
