//! What was done to the features before the weights: x' = (x − shift)·factor + offset.

use std::path::Path;

use nalgebra::DVector;

use super::Model;
use super::arrays::{self, Array, Arrays};
use crate::error::{Error, Result};

/// A scaler, and how it is written.
pub(super) struct Scaler {
    shift: DVector<f64>,
    factor: DVector<f64>,
    offset: DVector<f64>,
    /// The formula.
    pub says: String,
    /// The arrays it is made of.
    pub uses: Vec<String>,
}

/// Arrays of scalers, by the last part of their names.
const MEAN: [&str; 2] = ["mean_", "mean"];
const CENTER: [&str; 1] = ["center_"];
const SCALE: [&str; 5] = ["scale_", "scale", "std_", "std", "with_std_scale"];
const VARIANCE: [&str; 2] = ["var_", "var"];
const LOW: [&str; 1] = ["min_"];
const MAX_ABS: [&str; 1] = ["max_abs_"];
const RUNNING_MEAN: [&str; 1] = ["running_mean"];
const RUNNING_VARIANCE: [&str; 1] = ["running_var"];
/// What a MinMaxScaler saw: it follows from `min_` and `scale_`, not the other way round.
pub(super) const SEEN: [&str; 3] = ["data_min_", "data_max_", "data_range_"];
/// BatchNorm1d's own.
const EPSILON: f64 = 1e-5;

impl Scaler {
    /// The scaler among arrays, if there is one.
    pub fn find(arrays: &Arrays, p: usize) -> Result<Option<Self>, String> {
        let all = [&MEAN[..], &CENTER, &SCALE, &VARIANCE, &LOW, &MAX_ABS, &RUNNING_MEAN, &RUNNING_VARIANCE];
        let is_part = |array: &&Array| all.iter().any(|names| names.contains(&array.last()));
        let parts: Vec<&Array> = arrays.iter().filter(is_part).collect();
        let Some(first) = parts.first() else { return Ok(None) };
        if let Some(other) = parts.iter().find(|part| part.prefix() != first.prefix()) {
            return Err(format!(
                "{} and {} belong to two scalers; one is understood: fold the other into it",
                first.name, other.name
            ));
        }
        let get = |names: &[&str]| -> Result<Option<(&Array, DVector<f64>)>, String> {
            let mut found = parts.iter().filter(|part| names.contains(&part.last()));
            let Some(part) = found.next() else { return Ok(None) };
            if let Some(other) = found.next() {
                return Err(format!("{} and {} are two scales or means, expected one", part.name, other.name));
            }
            Ok(Some((part, part.vector(p)?)))
        };
        let (mean, center, scale, variance) = (get(&MEAN)?, get(&CENTER)?, get(&SCALE)?, get(&VARIANCE)?);
        let (low, max_abs) = (get(&LOW)?, get(&MAX_ABS)?);
        let (running_mean, running_variance) = (get(&RUNNING_MEAN)?, get(&RUNNING_VARIANCE)?);
        let kinds = [
            mean.is_some() || variance.is_some(),
            center.is_some(),
            low.is_some(),
            max_abs.is_some(),
            running_mean.is_some() || running_variance.is_some(),
        ];
        if kinds.iter().filter(|is| **is).count() > 1 || (kinds[4] && scale.is_some()) {
            let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            return Err(format!("{} do not belong to one scaler of scikit-learn or PyTorch", names.join(", ")));
        }
        let (zero, one) = (DVector::zeros(p), DVector::repeat(p, 1.0));
        let name = |array: &Array| array.name.clone();
        let uses: Vec<String> = parts.iter().map(|part| name(part)).collect();
        if let Some((low, offset)) = low {
            let Some((factor, scale)) = scale else {
                return Err(format!("{} without scale_: a MinMaxScaler has both", low.name));
            };
            let says = format!("x·{} + {}", factor.name, low.name);
            return Ok(Some(Self { shift: zero, factor: positive(factor, scale)?, offset, says, uses }));
        }
        if kinds[4] {
            let (Some((mean, shift)), Some((var, variance))) = (running_mean, running_variance) else {
                return Err("running_mean and running_var go together: a BatchNorm1d has both".to_owned());
            };
            return Self::batch_norm(arrays, p, (mean, shift), (var, variance)).map(Some);
        }
        let center = mean.or(center);
        // Only what has a spread is divided by it, as in scikit-learn.
        let spread = |x: &f64| if *x == 0.0 { 1.0 } else { *x };
        let (divisor, scale) = match (scale, variance, max_abs) {
            (Some((array, scale)), variance, max_abs) => {
                let same = |(other, expected): (&Array, DVector<f64>)| {
                    let off = scale.iter().zip(&expected).position(|(a, b)| (a - b).abs() > 1e-4 * b.abs());
                    match off {
                        Some(i) => Err(format!(
                            "{} and {} differ at feature {}: {} where {} is expected; leave one of them out",
                            array.name,
                            other.name,
                            i + 1,
                            scale[i],
                            expected[i]
                        )),
                        None => Ok(()),
                    }
                };
                variance.map(|(array, variance)| (array, variance.map(|v| spread(&v.sqrt())))).map(same).transpose()?;
                max_abs.map(|(array, largest)| (array, largest.map(|x| spread(&x)))).map(same).transpose()?;
                (Some(array.name.clone()), positive(array, scale)?)
            }
            (None, Some((array, variance)), _) => {
                (Some(format!("√{}", array.name)), positive(array, variance.map(|v| spread(&v.sqrt())))?)
            }
            (None, None, Some((array, largest))) => (Some(name(array)), positive(array, largest.map(|x| spread(&x)))?),
            (None, None, None) => (None, one),
        };
        let (minus, shift) = center.map_or((None, zero.clone()), |(array, shift)| (Some(name(array)), shift));
        let says = match (minus, divisor) {
            (Some(mean), Some(scale)) if mean.ends_with("mean_") => {
                format!(
                    "(x − {mean})/{scale}; of StandardScaler(with_mean=False), which keeps a mean_ that it does not use, leave mean_ out"
                )
            }
            (Some(mean), Some(scale)) => format!("(x − {mean})/{scale}"),
            (Some(mean), None) => format!("x − {mean}"),
            (None, scale) => format!("x/{}", scale.unwrap_or_default()),
        };
        Ok(Some(Self { shift, factor: scale.map(f64::recip), offset: zero, says, uses }))
    }

    fn batch_norm(
        arrays: &Arrays,
        p: usize,
        (mean, shift): (&Array, DVector<f64>),
        (var, variance): (&Array, DVector<f64>),
    ) -> Result<Self, String> {
        if let Some(i) = variance.iter().position(|v| *v < 0.0) {
            return Err(format!("{} of feature {} is {}, expected 0 or more", var.name, i + 1, variance[i]));
        }
        let own = |last: &str| arrays.iter().find(|other| other.last() == last && other.prefix() == mean.prefix());
        let mut uses = vec![mean.name.clone(), var.name.clone()];
        let mut affine = |last: &str, otherwise: f64| match own(last).filter(|array| array.shape == [p]) {
            Some(array) => {
                uses.push(array.name.clone());
                array.vector(p)
            }
            None => Ok(DVector::repeat(p, otherwise)),
        };
        // A weight that lies alone is that of the linear layer.
        let has_own = arrays.iter().filter(|array| array.last() == "weight").count() > 1;
        let (weight, offset) = if has_own {
            (affine("weight", 1.0)?, affine("bias", 0.0)?)
        } else {
            (DVector::repeat(p, 1.0), DVector::zeros(p))
        };
        let factor = variance.map(|v| (v + EPSILON).sqrt().recip()).component_mul(&weight);
        let mut says = format!("(x − {})/√({} + 1e-5)", mean.name, var.name);
        if has_own {
            says += "·weight + bias, with PyTorch's usual eps";
        } else {
            says += ", with PyTorch's usual eps";
        }
        Ok(Self { shift, factor, offset, says, uses })
    }

    /// Reads a scaler from a file of its own.
    pub fn read(path: &Path, names: &[String]) -> Result<Self> {
        let refuse = |reason: String| Error::Dataset { path: path.to_owned(), reason };
        let p = names.len();
        let arrays = match arrays::kind(path)?.as_str() {
            "csv" | "tsv" | "gz" => Arrays::of_table(path, names)?,
            _ => Arrays::read(path)?,
        };
        if arrays.only().is_some_and(|array| array.name.is_empty()) {
            let reason = "an .npy file does not say what its numbers are: save the scaler with numpy.savez(path, mean_=scaler.mean_, \
                          scale_=scaler.scale_)";
            return Err(refuse(reason.to_owned()));
        }
        let order = arrays.order(names).map_err(refuse)?;
        let scaler = Self::find(&arrays, p).map_err(refuse)?;
        let scaler = scaler.ok_or_else(|| {
            refuse(format!("no arrays of a scaler, mean_ and scale_ for example (it has {})", arrays.listed()))
        })?;
        arrays.refuse_others(p, |array| scaler.uses.contains(&array.name)).map_err(refuse)?;
        Ok(match order {
            Some(order) => scaler.reordered(&order),
            None => scaler,
        })
    }

    /// The scaler with its features in another order.
    pub fn reordered(self, order: &[usize]) -> Self {
        let [shift, factor, offset] = [&self.shift, &self.factor, &self.offset].map(|x| x.select_rows(order));
        Self { shift, factor, offset, ..self }
    }

    /// The model of unscaled features: ⟨w, (x − shift)·factor + offset⟩ + b.
    pub fn folded_into(&self, model: &Model) -> Model {
        let weights = model.weights.component_mul(&self.factor);
        let intercept = model.intercept - weights.dot(&self.shift) + model.weights.dot(&self.offset);
        Model { weights, intercept }
    }
}

/// Refuses a scale of 0, or below.
fn positive(array: &Array, scale: DVector<f64>) -> Result<DVector<f64>, String> {
    match scale.iter().position(|x| *x <= 0.0 || !x.is_finite()) {
        Some(i) => Err(format!("{} of feature {} is {}, expected a positive number", array.name, i + 1, scale[i])),
        None => Ok(scale),
    }
}
