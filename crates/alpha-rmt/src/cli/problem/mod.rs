//! `PROBLEM.toml`: what its keys mean (docs/file-formats.md).

pub mod classes;
mod features;
mod values;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::labels::{Intercept, Labels};
use alpha_rmt::problem::{FrozenSource, Loss, Problem};
use alpha_rmt::training::Training;
use alpha_store::{input, settings};
use anyhow::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

pub use classes::GivenClasses;
pub use values::Place;

/// A problem file is no longer than this; large arrays have files of their own.
const LONGEST: u64 = 64 << 20;

/// Accepts positive numbers.
const POSITIVE: fn(f64) -> bool = |x| x > 0.0;

/// What a problem file says.
pub struct Given {
    pub problem: Problem,
    /// Weights at which to take the law.
    pub weights: Option<Vec<f64>>,
    /// The file, for messages.
    pub place: Place,
}

/// The keys of a problem.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    target_samples: Option<Value>,
    target_ridge: Option<Value>,
    mean: Option<Value>,
    covariance: Option<Value>,
    label_noise: Option<Value>,
    positive_share: Option<Value>,
    intercept: Option<Value>,
    loss: Option<Value>,
    weights: Option<Value>,
    #[serde(default)]
    sources: Vec<Table>,
}

/// The keys of a source, of whatever kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceKeys {
    weights: Option<Value>,
    mean_weights: Option<Value>,
    variances: Option<Value>,
    samples: Option<Value>,
    ridge: Option<Value>,
    mean: Option<Value>,
    covariance: Option<Value>,
    data: Option<Value>,
}

/// Samples that a source was trained on.
#[derive(Clone)]
struct Data {
    mean: Vec<f64>,
    covariance: Arc<Eigenbasis>,
    samples: f64,
}

/// Reads a problem; `-` is standard input.
pub fn read(path: &Path) -> Result<Given> {
    let (place, table) = table(path)?;
    let keys: Keys = keys(&place, table)?;
    let needed = [
        ("target-samples", keys.target_samples.is_some()),
        ("target-ridge", keys.target_ridge.is_some()),
        ("mean", keys.mean.is_some()),
        ("covariance", keys.covariance.is_some()),
    ];
    require_all(&place, &needed)?;
    let number = |key, value: &Option<Value>, default, holds: fn(f64) -> bool, allowed| {
        value.as_ref().map_or(Ok(default), |value| place.number(key, value, holds, allowed))
    };
    let training = Training {
        samples: number("target-samples", &keys.target_samples, 0.0, POSITIVE, "finite and > 0")?,
        ridge: number("target-ridge", &keys.target_ridge, 0.0, POSITIVE, "finite and > 0")?,
    };
    let labels = Labels {
        noise: number("label-noise", &keys.label_noise, 0.0, |x| (0.0..0.5).contains(&x), "at least 0 and below 1/2")?,
        positive_share: number("positive-share", &keys.positive_share, 0.5, |x| 0.0 < x && x < 1.0, "between 0 and 1")?,
        intercept: word(&place, "intercept", &keys.intercept, &INTERCEPTS)?,
    };
    let loss = word(&place, "loss", &keys.loss, &[("squared", Loss::Squared), ("logistic", Loss::Logistic)])?;
    let mean = keys.mean.as_ref().map_or(Ok(Vec::new()), |value| place.vector("mean", value))?;
    let p = mean.len();
    let covariance = Arc::new(match &keys.covariance {
        Some(value) => covariance(&place, value, p)?,
        None => Eigenbasis::identity(p)?,
    });
    let is_identity = matches!(&keys.covariance, Some(Value::String(word)) if word == IDENTITY);
    let is_sampled = keys.covariance.as_ref().is_some_and(|value| value.get(FEATURES).is_some());
    let target = Target { p, covariance: &covariance, is_identity, is_sampled };
    let mut known = HashMap::new();
    let read = |(i, table)| target.source(&place.part(format_args!("source {}", i + 1)), table, &mut known);
    let sources: Vec<FrozenSource> = keys.sources.into_iter().enumerate().map(read).collect::<Result<_>>()?;
    let weights = weights(&place, &keys.weights, sources.len())?;
    Ok(Given { problem: Problem { mean, covariance, training, labels, loss, sources }, weights, place })
}

const INTERCEPTS: [(&str, Intercept); 3] =
    [("none", Intercept::None), ("fitted", Intercept::Fitted), ("best", Intercept::Best)];

/// The word for C = I.
const IDENTITY: &str = "identity";
/// The key of rows of features.
const FEATURES: &str = "features";
/// The word for a source with the target's covariance.
const TARGET: &str = "target";

/// A file of settings, and its place in messages.
pub fn table(path: &Path) -> Result<(Place, Table)> {
    let place = Place::new(path);
    let text = String::from_utf8(input::read_or_stdin(path, LONGEST)?)
        .map_err(|_| place.refuse("is not text in UTF-8, expected a problem in TOML"))?;
    let table = settings::table(&text).map_err(|error| place.refuse(error.to_string().trim_end()))?;
    Ok((place, table))
}

/// The keys of a table, none of them unknown.
pub fn keys<T: DeserializeOwned>(place: &Place, table: Table) -> Result<T> {
    settings::from_table(table).map_err(|error| place.refuse(error.to_string().trim_end()))
}

/// Refuses missing keys, all of them at once.
pub fn require_all(place: &Place, keys: &[(&str, bool)]) -> Result<()> {
    let missing: Vec<&str> = keys.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect();
    if missing.is_empty() { Ok(()) } else { Err(place.refuse(format_args!("missing {}", missing.join(", ")))) }
}

/// A word, or the first known one if there is none.
fn word<T: Copy>(place: &Place, key: &str, value: &Option<Value>, known: &[(&str, T)]) -> Result<T> {
    value.as_ref().map_or(Ok(known[0].1), |value| place.word(key, value, known))
}

/// Weights α for so many sources, if there are any.
fn weights(place: &Place, value: &Option<Value>, count: usize) -> Result<Option<Vec<f64>>> {
    let read = |value: &Value| match value {
        Value::Array(items) if items.is_empty() && count == 0 => Ok(Vec::new()),
        value => place.vector_of("weights", value, count, &format!("one a source, and there are {count} [[sources]]")),
    };
    value.as_ref().map(read).transpose()
}

/// A covariance of p features: "identity", or a table of one key.
pub fn covariance(place: &Place, value: &Value, p: usize) -> Result<Eigenbasis> {
    let expected = "expected \"identity\", { eigenvalues = … }, { matrix = … } or { features = … }";
    let wrong = |error: alpha_rmt::Error| place.wrong("covariance", error);
    let forms = match value {
        Value::String(word) if word == IDENTITY => return Eigenbasis::identity(p).map_err(wrong),
        Value::Table(forms) => forms,
        _ => return Err(place.wrong("covariance", expected)),
    };
    let mut keys = forms.iter();
    let (Some((form, value)), None) = (keys.next(), keys.next()) else {
        let all = forms.keys().map(|key| settings::written(key)).collect::<Vec<_>>().join(" and ");
        let has = if all.is_empty() { "is empty".to_owned() } else { format!("has {all}") };
        return Err(place.wrong("covariance", format_args!("{has}; {expected}")));
    };
    let why = "one a feature, as the mean has";
    let key = format!("covariance.{form}");
    match form.as_str() {
        "eigenvalues" => Eigenbasis::diagonal(place.vector_of(&key, value, p, why)?).map_err(|e| place.wrong(&key, e)),
        "matrix" => {
            let matrix = place.matrix(&key, value)?;
            if matrix.shape() != (p, p) {
                let (rows, columns) = matrix.shape();
                return Err(place.wrong(&key, format_args!("is {rows}×{columns}, expected {p}×{p}: {why}")));
            }
            Eigenbasis::covariance(&matrix).map_err(|e| place.wrong(&key, e))
        }
        FEATURES => {
            let rows = place.matrix(&key, value)?;
            if rows.ncols() != p {
                let reason = format!("has rows of {} features, expected {p}: {why}", rows.ncols());
                return Err(place.wrong(&key, reason));
            }
            features::basis(&rows).map_err(|e| place.wrong(&key, e))
        }
        _ => {
            Err(place
                .wrong("covariance", format_args!("has the unknown key '{}'; {expected}", settings::written(form))))
        }
    }
}

/// What sources need to know of the target.
struct Target<'a> {
    p: usize,
    covariance: &'a Arc<Eigenbasis>,
    is_identity: bool,
    is_sampled: bool,
}

impl Target<'_> {
    fn source(&self, place: &Place, table: Table, known: &mut HashMap<String, Data>) -> Result<FrozenSource> {
        let keys: SourceKeys = keys(place, table)?;
        let of = |pairs: &[(&'static str, &Option<Value>)]| -> Vec<&'static str> {
            pairs.iter().filter(|(_, value)| value.is_some()).map(|(key, _)| *key).collect()
        };
        let given = of(&[("weights", &keys.weights)]);
        let random = of(&[("mean-weights", &keys.mean_weights), ("variances", &keys.variances)]);
        let trained = of(&[
            ("samples", &keys.samples),
            ("ridge", &keys.ridge),
            ("mean", &keys.mean),
            ("covariance", &keys.covariance),
            ("data", &keys.data),
        ]);
        let kinds = [&given, &random, &trained];
        let kinds: Vec<&str> = kinds.iter().filter_map(|keys| keys.first().copied()).collect();
        let expected = "`weights` for a given source, `mean-weights` and `variances` for a random one, or `samples`, `ridge` and \
                        `mean` for a trained one";
        match kinds.as_slice() {
            [] => Err(place.refuse(format_args!("has no vector: expected {expected}"))),
            [_] => self.of_kind(place, &keys, known),
            [one, other, ..] => Err(place
                .refuse(format_args!("has both {one} and {other}, of two kinds of source: expected only {expected}"))),
        }
    }

    fn of_kind(&self, place: &Place, keys: &SourceKeys, known: &mut HashMap<String, Data>) -> Result<FrozenSource> {
        let why = "one a feature, as the target's `mean` has";
        let vector = |key, value: &Value| place.vector_of(key, value, self.p, why);
        if let Some(weights) = &keys.weights {
            return Ok(FrozenSource::Given(vector("weights", weights)?));
        }
        if keys.mean_weights.is_some() || keys.variances.is_some() {
            let needed = [("mean-weights", keys.mean_weights.is_some()), ("variances", keys.variances.is_some())];
            require_all(place, &needed)?;
            let entries =
                |key, value: &Option<Value>| value.as_ref().map_or(Ok(Vec::new()), |value| vector(key, value));
            let (mean, variances) =
                (entries("mean-weights", &keys.mean_weights)?, entries("variances", &keys.variances)?);
            if let Some(i) = variances.iter().position(|v| *v < 0.0) {
                let reason =
                    format!("has {} at entry {}, counted from 1; a variance must be >= 0", variances[i], i + 1);
                return Err(place.wrong("variances", reason));
            }
            return Ok(FrozenSource::Random { mean, variances });
        }
        let name = keys.data.as_ref().map(|value| place.text("data", value)).transpose()?;
        let shared = name.as_ref().and_then(|name| known.get(name)).cloned();
        let needed = [
            ("samples", keys.samples.is_some() || shared.is_some()),
            ("ridge", keys.ridge.is_some()),
            ("mean", keys.mean.is_some() || shared.is_some()),
        ];
        require_all(place, &needed)?;
        let positive = |key, value: &Value| place.number(key, value, POSITIVE, "finite and > 0");
        let ridge = keys.ridge.as_ref().map_or(Ok(0.0), |value| positive("ridge", value))?;
        let samples = keys.samples.as_ref().map(|value| positive("samples", value)).transpose()?;
        let mean = keys.mean.as_ref().map(|value| vector("mean", value)).transpose()?;
        let own = keys.covariance.as_ref().map(|value| self.covariance(place, value)).transpose()?;
        let data = match shared {
            Some(shared) => {
                let differs = [
                    ("samples", samples.is_some_and(|samples| samples != shared.samples)),
                    ("mean", mean.is_some_and(|mean| mean != shared.mean)),
                    ("covariance", own.is_some_and(|own| own != shared.covariance)),
                ];
                if let Some((key, _)) = differs.iter().find(|(_, differs)| *differs) {
                    let name = name.unwrap_or_default();
                    let reason = format!(
                        "differs from that of an earlier source of the data '{name}': sources of the same data differ in \
                         their ridge only; leave the key out, or give the data another name"
                    );
                    return Err(place.wrong(key, reason));
                }
                shared
            }
            None => Data {
                samples: samples.unwrap_or_default(),
                mean: mean.unwrap_or_default(),
                covariance: match own {
                    Some(own) => own,
                    None if self.is_identity => self.covariance.clone(),
                    None => {
                        return Err(place.refuse(
                            "missing covariance: the target's is not \"identity\", so that the source's must be said: \
                             covariance = \"target\" for the same one, or \"identity\", { eigenvalues = … } or \
                             { matrix = … }",
                        ));
                    }
                },
            },
        };
        if let Some(name) = &name {
            known.insert(name.clone(), data.clone());
        }
        let Data { mean, covariance, samples } = data;
        Ok(FrozenSource::Trained { mean, covariance, training: Training { samples, ridge }, data: name })
    }

    /// A source's covariance.
    fn covariance(&self, place: &Place, value: &Value) -> Result<Arc<Eigenbasis>> {
        let is_target = value.as_str() == Some(TARGET);
        if value.get(FEATURES).is_some() || is_target && self.is_sampled {
            return Err(place.wrong(
                "covariance",
                "is known from rows of features only, which do not tell the law of a trained source; give its { matrix = … }, or \
                 train it and give its weights",
            ));
        }
        match value {
            _ if is_target => Ok(self.covariance.clone()),
            Value::String(word) if word == IDENTITY && self.is_identity => Ok(self.covariance.clone()),
            Value::String(word) if word != IDENTITY => Err(place.wrong(
                "covariance",
                format_args!(
                    "is \"{}\", expected \"identity\", \"target\", {{ eigenvalues = … }} or {{ matrix = … }}",
                    alpha_store::message::shown(word)
                ),
            )),
            value => Ok(Arc::new(covariance(place, value, self.p)?)),
        }
    }
}
