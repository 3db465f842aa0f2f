//! Grids over the parameters of a [`Setting`].

use std::str::FromStr;

use crate::check::{self, finite, positive, require};
use crate::error::{Error, Result};
use crate::setting::{Point, Setting};
use crate::source::SourceForm;

/// A parameter that a sweep can vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// N.
    SourceSamples,
    /// n.
    TargetSamples,
    /// p.
    Dimension,
    /// ‖μ‖.
    SourceNorm,
    /// ‖μ_⊥‖.
    OrthogonalNorm,
    /// β.
    Alignment,
    /// γ̃.
    SourceRidge,
    /// γ.
    TargetRidge,
    /// α, the scale at which the law is taken.
    Alpha,
    /// c = p/n; moves n at fixed p.
    AspectRatio,
}

impl Parameter {
    /// All parameters, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::SourceSamples,
        Self::TargetSamples,
        Self::Dimension,
        Self::SourceNorm,
        Self::OrthogonalNorm,
        Self::Alignment,
        Self::SourceRidge,
        Self::TargetRidge,
        Self::Alpha,
        Self::AspectRatio,
    ];

    /// Its name on the command line and as a CSV column.
    pub fn name(self) -> &'static str {
        match self {
            Self::SourceSamples => "source-samples",
            Self::TargetSamples => "target-samples",
            Self::Dimension => "dimension",
            Self::SourceNorm => "source-norm",
            Self::OrthogonalNorm => "orthogonal-norm",
            Self::Alignment => "alignment",
            Self::SourceRidge => "source-ridge",
            Self::TargetRidge => "target-ridge",
            Self::Alpha => "alpha",
            Self::AspectRatio => "aspect-ratio",
        }
    }
}

impl FromStr for Parameter {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|p| p.name() == word).ok_or_else(|| Error::Unknown {
            what: "parameter",
            value: word.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// How the values of an [`Axis`] are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Equal steps.
    Linear,
    /// Equal ratios.
    Log,
}

/// `count` values between two finite ends, both included and exact; the first end alone for a count of 1. Ends that are not
/// both positive have no equal ratios, and [`Spacing::Log`] gives them equal steps.
///
/// ```
/// use alpha_rmt::sweep::{Spacing, spaced};
/// assert_eq!(spaced([0.0, 1.0], 3, Spacing::Linear), [0.0, 0.5, 1.0]);
/// assert_eq!(spaced([0.01, 100.0], 3, Spacing::Log), [0.01, 1.0, 100.0]);
/// ```
pub fn spaced([from, to]: [f64; 2], count: usize, spacing: Spacing) -> Vec<f64> {
    let between = |from: f64, to: f64, t: f64| from * (1.0 - t) + to * t;
    let last = count.saturating_sub(1);
    let value = |i: usize| match (i, spacing) {
        (0, _) => from,
        (i, _) if i == last => to,
        // Powers of ten, so that round decimal ends give round decimal values.
        (i, Spacing::Log) if from > 0.0 && to > 0.0 => {
            10f64.powf(between(from.log10(), to.log10(), i as f64 / last as f64))
        }
        (i, _) => between(from, to, i as f64 / last as f64),
    };
    (0..count).map(value).collect()
}

/// Values that an axis has at most.
const LONGEST: usize = 100_000_000;

/// One varied parameter and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    parameter: Parameter,
    values: Vec<f64>,
}

impl Axis {
    /// `count` values from `from` to `to`, both included, exact at both ends.
    ///
    /// # Errors
    /// [`Error::Parameter`] if an end is not finite (or not positive, with [`Spacing::Log`]), or for a count of 0, above
    /// 1e8, or of 1 between ends that differ.
    pub fn new(parameter: Parameter, ends: [f64; 2], count: usize, spacing: Spacing) -> Result<Self> {
        for end in ends {
            match spacing {
                Spacing::Linear => finite(parameter.name(), end)?,
                Spacing::Log => positive(parameter.name(), end)?,
            };
        }
        require("count", count as f64, (1..=LONGEST).contains(&count), "between 1 and 1e8")?;
        require("count", count as f64, count > 1 || ends[0] == ends[1], "at least 2 between ends that differ")?;
        let values = spaced(ends, count, spacing);
        Ok(Self { parameter, values })
    }

    /// The varied parameter.
    pub fn parameter(&self) -> Parameter {
        self.parameter
    }

    /// Its values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// `NAME=FROM:TO:COUNT[:log]`, as on the command line.
///
/// ```
/// use alpha_rmt::sweep::Axis;
/// let axis: Axis = "target-ridge=0.1:10:3:log".parse()?;
/// assert_eq!(axis.values(), [0.1, 1.0, 10.0]);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
impl FromStr for Axis {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Unknown {
            what: "range",
            value: text.to_owned(),
            expected: "NAME=FROM:TO:COUNT or NAME=FROM:TO:COUNT:log, as in alignment=0:1:101".to_owned(),
        };
        let (name, range) = text.split_once('=').ok_or_else(wrong)?;
        let parameter: Parameter = name.parse()?;
        let parts: Vec<&str> = range.split(':').collect();
        let (from, to, count, spacing) = match parts[..] {
            [from, to, count] => (from, to, count, Spacing::Linear),
            [from, to, count, "log"] => (from, to, count, Spacing::Log),
            _ => return Err(wrong()),
        };
        let number = |word: &str| word.parse::<f64>().map_err(|_| wrong());
        let ends = [number(from)?, number(to)?];
        Self::new(parameter, ends, count.parse().map_err(|_| wrong())?, spacing)
    }
}

/// A grid: every combination of the axes' values, the last axis fastest.
///
/// ```
/// use alpha_rmt::{setting::Setting, source::SourceForm, sweep::Sweep};
/// let base = Setting {
///     source_samples: 2000.0, target_samples: 200.0, dimension: 200.0,
///     source_norm: 1.0, orthogonal_norm: 1.0, alignment: 0.5, source_ridge: 1.0, target_ridge: 1.0,
/// };
/// let axes = vec!["alignment=0:1:3".parse()?, "aspect-ratio=0.1:10:2:log".parse()?];
/// let sweep = Sweep::new(base, None, SourceForm::Correct, axes)?;
/// assert_eq!(sweep.len(), 6);
/// let (coordinates, point) = sweep.point(3)?;
/// assert_eq!(coordinates, [0.5, 10.0]);
/// assert!(point.alpha_star.unwrap() > 0.0);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    base: Setting,
    alpha: Option<f64>,
    form: SourceForm,
    axes: Vec<Axis>,
}

impl Sweep {
    /// A sweep of `axes` around `base`; the law is taken at `alpha`, or at each point's own α*. An axis takes the place of
    /// what `base` or `alpha` says of its parameter.
    ///
    /// # Errors
    /// [`Error::Conflict`] if two axes move the same quantity (`aspect-ratio` and `target-samples` both move n);
    /// [`Error::Parameter`] if the grid has more points than can be counted.
    pub fn new(base: Setting, alpha: Option<f64>, form: SourceForm, axes: Vec<Axis>) -> Result<Self> {
        let moved = |p: Parameter| if p == Parameter::AspectRatio { Parameter::TargetSamples } else { p };
        for (i, axis) in axes.iter().enumerate() {
            for other in &axes[..i] {
                if moved(axis.parameter) == moved(other.parameter) {
                    let names = [other, axis].map(|a| format!("vary {}", a.parameter.name()));
                    let [first, second] = names;
                    return Err(Error::Conflict(first, second, "they move the same quantity"));
                }
            }
        }
        let counted = axes.iter().try_fold(1usize, |total, axis| total.checked_mul(axis.values.len())).is_some();
        let points = axes.iter().map(|axis| axis.values.len() as f64).product();
        require("number of points", points, counted, "below the largest whole number of this machine")?;
        Ok(Self { base, alpha, form, axes })
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Whether the grid has no point; never, since an [`Axis`] has at least one value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Coordinates of point `index` and what the theory says there.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such point; otherwise as [`Setting::point`].
    pub fn point(&self, index: usize) -> Result<(Vec<f64>, Point)> {
        check::index("grid", index, self.len())?;
        let mut coordinates = vec![0.0; self.axes.len()];
        let mut rest = index;
        for (x, axis) in coordinates.iter_mut().zip(&self.axes).rev() {
            *x = axis.values[rest % axis.values.len()];
            rest /= axis.values.len();
        }
        let (mut setting, mut alpha, mut aspect_ratio) = (self.base, self.alpha, None);
        for (&x, axis) in coordinates.iter().zip(&self.axes) {
            match axis.parameter {
                Parameter::SourceSamples => setting.source_samples = x,
                Parameter::TargetSamples => setting.target_samples = x,
                Parameter::Dimension => setting.dimension = x,
                Parameter::SourceNorm => setting.source_norm = x,
                Parameter::OrthogonalNorm => setting.orthogonal_norm = x,
                Parameter::Alignment => setting.alignment = x,
                Parameter::SourceRidge => setting.source_ridge = x,
                Parameter::TargetRidge => setting.target_ridge = x,
                Parameter::Alpha => alpha = Some(x),
                Parameter::AspectRatio => aspect_ratio = Some(x),
            }
        }
        if let Some(c) = aspect_ratio {
            setting.target_samples = setting.dimension / positive("aspect-ratio", c)?;
        }
        Ok((coordinates, setting.point(alpha, self.form)?))
    }
}
