//! Statistics of the learnt α, as in Appendix E.2, and beyond.

use std::path::Path;

use serde::Serialize;

use crate::adapter::Site;
use crate::error::{Error, Result};
use crate::export::Native;

/// The α of one module.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleAlpha {
    /// The layer, from 0.
    pub layer: usize,
    /// The module.
    pub site: Site,
    /// One number per row, or a single one.
    pub values: Vec<f64>,
}

/// Statistics of the α of a module, or of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlphaStatistics {
    /// The layer, from 0; none for all modules together.
    pub layer: Option<usize>,
    /// The module, or `all`.
    pub module: String,
    /// How many numbers.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
    /// 5th percentile; this and the others between two values by linear interpolation.
    pub p5: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 95th percentile.
    pub p95: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Mean of |α − 1|.
    pub mean_drift: f64,
    /// Largest |α − 1|.
    pub max_drift: f64,
    /// How many are below 0.
    pub sign_flips: usize,
}

/// The α of every module, in the order of the layers; `path` is for messages.
///
/// # Errors
/// [`Error::NoAlpha`] for plain LoRA.
pub fn alphas_of(native: &Native, path: &Path) -> Result<Vec<ModuleAlpha>> {
    let module = |name: &str| {
        let path = name.strip_suffix(".alpha")?;
        let layer: usize = path.strip_prefix("encoder.layer.")?.split('.').next()?.parse().ok()?;
        Some((layer, Site::ALL.into_iter().find(|site| site.path(layer) == path)?))
    };
    let named = native.values.iter().map(|(name, tensor)| (module(name), tensor));
    let mut modules: Vec<_> = named.filter_map(|(module, tensor)| Some((module?, tensor))).collect();
    if modules.is_empty() {
        return Err(Error::NoAlpha { path: path.to_owned() });
    }
    modules.sort_by_key(|(module, _)| *module);
    let values = |((layer, site), tensor): ((usize, Site), &tch::Tensor)| {
        let values: Vec<f32> =
            Vec::try_from(tensor.reshape([-1])).map_err(|source| Error::Torch { doing: "read α", source })?;
        Ok(ModuleAlpha { layer, site, values: values.into_iter().map(f64::from).collect() })
    };
    modules.into_iter().map(values).collect()
}

/// Statistics of each module, then of all of them together.
///
/// # Errors
/// [`Error::Parameter`] for a module without numbers, or no module at all.
pub fn statistics(alphas: &[ModuleAlpha]) -> Result<Vec<AlphaStatistics>> {
    let of_module = |module: &ModuleAlpha| of(Some(module.layer), module.site.name(), &module.values);
    let all: Vec<f64> = alphas.iter().flat_map(|module| module.values.iter().copied()).collect();
    alphas.iter().map(of_module).chain([of(None, "all", &all)]).collect()
}

fn of(layer: Option<usize>, module: &str, values: &[f64]) -> Result<AlphaStatistics> {
    if values.is_empty() {
        return Err(Error::parameter(format!("number of α of {module}"), 0, "at least 1"));
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let [p5, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map(|share| quantile(&sorted, share));
    Ok(AlphaStatistics {
        layer,
        module: module.to_owned(),
        count: values.len(),
        mean,
        std: (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt(),
        p5,
        p25,
        p50,
        p75,
        p95,
        min: sorted[0],
        max: sorted[sorted.len() - 1],
        mean_drift: values.iter().map(|value| (value - 1.0).abs()).sum::<f64>() / count,
        max_drift: values.iter().map(|value| (value - 1.0).abs()).fold(0.0, f64::max),
        sign_flips: values.iter().filter(|value| **value < 0.0).count(),
    })
}

/// Between the two nearest of rising values, in proportion.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// Lines of text that show how numbers are spread over `bins` equal parts of their range.
pub fn histogram(values: &[f64], bins: usize) -> String {
    const WIDTH: usize = 40;
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let bins = if high > low { bins.max(1) } else { 1 };
    let mut counts = vec![0_usize; bins];
    for value in values {
        let place = if high > low { (value - low) / (high - low) * bins as f64 } else { 0.0 };
        counts[(place as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let edge = |bin: usize| low + (high - low) * bin as f64 / bins as f64;
    let line = |(bin, &count): (usize, &usize)| {
        // Something is seen of every value.
        let bar = "█".repeat((count * WIDTH).div_ceil(most));
        format!("{:>9.4} … {:<9.4} {bar} {count}\n", edge(bin), edge(bin + 1))
    };
    counts.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_hand() {
        let values = vec![1.0, -0.5, 2.0, 1.5, 1.0];
        let module = ModuleAlpha { layer: 3, site: Site::Value, values };
        let empty = ModuleAlpha { values: Vec::new(), ..module.clone() };
        assert!(statistics(&[]).is_err() && statistics(&[module.clone(), empty]).is_err());
        let all = statistics(&[module]).unwrap();
        assert_eq!((all.len(), all[0].layer, all[1].layer, all[1].module.as_str()), (2, Some(3), None, "all"));
        let got = &all[0];
        assert_eq!((got.mean, got.p25, got.p50, got.p75, got.min, got.max), (1.0, 1.0, 1.0, 1.5, -0.5, 2.0));
        // Squares of 0, 1.5, 1, 0.5, 0 sum to 3.5; the 5th percentile is a fifth of the way from −0.5 to 1.
        assert!((got.std - 0.7_f64.sqrt()).abs() < 1e-15);
        assert!((got.p5 + 0.2).abs() < 1e-15 && (got.p95 - 1.9).abs() < 1e-15, "{got:?}");
        assert_eq!((got.mean_drift, got.max_drift, got.sign_flips, got.count), (0.6, 1.5, 1, 5));
    }

    #[test]
    fn a_histogram_counts_every_value() {
        let text = histogram(&[0.0, 0.1, 0.9, 1.0], 2);
        let counts: Vec<&str> = text.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(counts, ["2", "2"]);
        assert_eq!(histogram(&[1.0; 7], 5).lines().count(), 1);
    }
}
