//! The problem file of `alpha-rmt classes`.

use std::path::Path;
use std::sync::Arc;

use alpha_rmt::classes::{Classes, Intercept, Problem, Rule, Source};
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::nalgebra::DMatrix;
use alpha_rmt::training::Training;
use anyhow::Result;
use serde::Deserialize;
use toml::{Table, Value};

use super::{IDENTITY, POSITIVE, Place, TARGET, covariance, keys, require_all, table, weights, word};

/// What a problem file says.
pub struct GivenClasses {
    pub problem: Problem,
    /// Weights at which to take the law.
    pub weights: Option<Vec<f64>>,
    pub place: Place,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    target_samples: Option<Value>,
    target_ridge: Option<Value>,
    means: Option<Value>,
    shares: Option<Value>,
    targets: Option<Value>,
    covariance: Option<Value>,
    intercept: Option<Value>,
    decision: Option<Value>,
    weights: Option<Value>,
    #[serde(default)]
    sources: Vec<Table>,
}

/// The keys of a source, given or trained.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceKeys {
    weights: Option<Value>,
    offsets: Option<Value>,
    samples: Option<Value>,
    ridge: Option<Value>,
    means: Option<Value>,
    shares: Option<Value>,
    covariance: Option<Value>,
}

/// Reads a problem; `-` is standard input.
pub fn read(path: &Path) -> Result<GivenClasses> {
    let (place, table) = table(path)?;
    let keys: Keys = keys(&place, table)?;
    let needed = [
        ("target-samples", keys.target_samples.is_some()),
        ("target-ridge", keys.target_ridge.is_some()),
        ("means", keys.means.is_some()),
        ("covariance", keys.covariance.is_some()),
    ];
    require_all(&place, &needed)?;
    let (Some(means), Some(own)) = (&keys.means, &keys.covariance) else { return Err(place.refuse("missing means")) };
    let training = Training {
        samples: positive(&place, "target-samples", &keys.target_samples)?,
        ridge: positive(&place, "target-ridge", &keys.target_ridge)?,
    };
    let means = class_means(&place, means, None)?;
    let (p, count) = means.shape();
    let shares = match &keys.shares {
        Some(value) => place.vector_of("shares", value, count, "one a class, as `means` has")?,
        None => vec![1.0 / count as f64; count],
    };
    let targets = match &keys.targets {
        Some(value) => place.matrix("targets", value)?,
        None => DMatrix::identity(count, count),
    };
    if targets.nrows() != count {
        let reason = format!("has {} rows, expected {count}: one a class, as `means` has", targets.nrows());
        return Err(place.wrong("targets", reason));
    }
    let classes = checked(&place, means, shares, targets, "targets")?;
    let is_identity = matches!(own, Value::String(word) if word == IDENTITY);
    let own = Arc::new(known_covariance(&place, own, p)?);
    let intercept =
        word(&place, "intercept", &keys.intercept, &[("none", Intercept::None), ("fitted", Intercept::Fitted)])?;
    let rules = [("nearest-target", Rule::NearestTarget), ("largest-score", Rule::LargestScore)];
    let rule = word(&place, "decision", &keys.decision, &rules)?;
    if rule == Rule::LargestScore && classes.outputs() != count {
        let reason =
            format!("is \"largest-score\", but `targets` has {} columns for {count} classes", classes.outputs());
        return Err(place.wrong("decision", reason));
    }
    let target = Known { classes: &classes, covariance: &own, is_identity, intercept };
    let read = |(i, table)| target.source(&place.part(format_args!("source {}", i + 1)), table);
    let sources: Vec<Source> = keys.sources.into_iter().enumerate().map(read).collect::<Result<_>>()?;
    let weights = weights(&place, &keys.weights, sources.len())?;
    Ok(GivenClasses {
        problem: Problem { classes, covariance: own, training, intercept, rule, sources },
        weights,
        place,
    })
}

/// A covariance that is known: the correction for few rows of features is that of two classes.
fn known_covariance(place: &Place, value: &Value, p: usize) -> Result<Eigenbasis> {
    if value.as_table().is_some_and(|forms| forms.contains_key("features")) {
        let reason = "has features, which `alpha-rmt law` can use for two classes, but not this; expected \"identity\", \
                      { eigenvalues = … } or { matrix = … }";
        return Err(place.wrong("covariance", reason));
    }
    covariance(place, value, p)
}

fn positive(place: &Place, key: &str, value: &Option<Value>) -> Result<f64> {
    value.as_ref().map_or(Ok(0.0), |value| place.number(key, value, POSITIVE, "finite and > 0"))
}

/// Means, a class a row in the file and a column here.
fn class_means(place: &Place, value: &Value, expected: Option<(usize, usize)>) -> Result<DMatrix<f64>> {
    let rows = place.matrix("means", value)?;
    match expected {
        Some((count, p)) if rows.shape() != (count, p) => {
            let reason = format!("is {}×{}, expected {count}×{p}, as the target's `means`", rows.nrows(), rows.ncols());
            Err(place.wrong("means", reason))
        }
        _ if rows.nrows() < 2 => {
            Err(place.wrong("means", format_args!("has {} row, expected at least 2: one a class", rows.nrows())))
        }
        _ => Ok(rows.transpose()),
    }
}

/// The classes; what the library refuses is a matter of their shares, or of their targets.
fn checked(place: &Place, means: DMatrix<f64>, shares: Vec<f64>, targets: DMatrix<f64>, key: &str) -> Result<Classes> {
    let (count, p) = (means.ncols(), means.nrows());
    let plain = DMatrix::identity(count, count);
    if let Err(error) = Classes::new(DMatrix::zeros(p, count), shares.clone(), plain) {
        return Err(place.wrong("shares", error));
    }
    Classes::new(means, shares, targets).map_err(|error| place.wrong(key, error))
}

/// What sources need to know of the target.
struct Known<'a> {
    classes: &'a Classes,
    covariance: &'a Arc<Eigenbasis>,
    is_identity: bool,
    intercept: Intercept,
}

impl Known<'_> {
    fn source(&self, place: &Place, table: Table) -> Result<Source> {
        let keys: SourceKeys = keys(place, table)?;
        let trained = [
            ("samples", &keys.samples),
            ("ridge", &keys.ridge),
            ("means", &keys.means),
            ("shares", &keys.shares),
            ("covariance", &keys.covariance),
        ];
        let trained = trained.iter().find(|(_, value)| value.is_some()).map(|(key, _)| *key);
        let given = keys.weights.as_ref().map(|_| "weights").or(keys.offsets.as_ref().map(|_| "offsets"));
        let expected = "`weights` for a given source, or `samples`, `ridge` and `means` for a trained one";
        match (given, trained) {
            (Some(given), Some(trained)) => Err(place
                .refuse(format_args!("has both {given} and {trained}, of two kinds of source: expected {expected}"))),
            (None, None) => Err(place.refuse(format_args!("has no weights: expected {expected}"))),
            (Some(_), None) => self.given(place, &keys),
            (None, Some(_)) => self.trained(place, &keys),
        }
    }

    fn given(&self, place: &Place, keys: &SourceKeys) -> Result<Source> {
        require_all(place, &[("weights", keys.weights.is_some())])?;
        let (d, p) = (self.classes.outputs(), self.classes.dimension());
        let rows = keys.weights.as_ref().map_or(Ok(DMatrix::zeros(d, p)), |value| place.matrix("weights", value))?;
        if rows.shape() != (d, p) {
            let reason = format!(
                "is {}×{}, expected {d}×{p}: a row a score, and a number for each feature of `means`",
                rows.nrows(),
                rows.ncols()
            );
            return Err(place.wrong("weights", reason));
        }
        let offsets = keys.offsets.as_ref().map(|value| place.vector_of("offsets", value, d, "one a score"));
        Ok(Source::Given { weights: rows.transpose(), intercept: offsets.transpose()?.unwrap_or_default() })
    }

    fn trained(&self, place: &Place, keys: &SourceKeys) -> Result<Source> {
        let needed = [
            ("samples", keys.samples.is_some()),
            ("ridge", keys.ridge.is_some()),
            ("means", keys.means.is_some()),
            ("covariance", keys.covariance.is_some() || self.is_identity),
        ];
        require_all(place, &needed)?;
        let (p, count) = self.classes.means().shape();
        let means = match &keys.means {
            Some(value) => class_means(place, value, Some((count, p)))?,
            None => self.classes.means().clone(),
        };
        let shares = match &keys.shares {
            Some(value) => place.vector_of("shares", value, count, "one a class, as `means` has")?,
            None => self.classes.shares().to_vec(),
        };
        let covariance = match &keys.covariance {
            None => self.covariance.clone(),
            Some(Value::String(word)) if word == TARGET => self.covariance.clone(),
            Some(value) => Arc::new(known_covariance(place, value, p)?),
        };
        let training = Training {
            samples: positive(place, "samples", &keys.samples)?,
            ridge: positive(place, "ridge", &keys.ridge)?,
        };
        let classes = checked(place, means, shares, self.classes.targets().clone(), "means")?;
        Ok(Source::Trained { classes, covariance, training, intercept: self.intercept })
    }
}
