//! Grids over the parameters of a [`Setting`].

use std::ops::Range;
use std::str::FromStr;

use crate::check::{self, finite, non_negative, positive, require};
use crate::error::{Error, Result};
use crate::lanes::{self, BLOCK};
use crate::points::Points;
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

    /// Its row in a block of settings; `aspect-ratio` goes in that of n.
    fn input(self) -> usize {
        match self {
            Self::SourceSamples => 0,
            Self::TargetSamples | Self::AspectRatio => 1,
            Self::Dimension => 2,
            Self::SourceNorm => 3,
            Self::OrthogonalNorm => 4,
            Self::Alignment => 5,
            Self::SourceRidge => 6,
            Self::TargetRidge => 7,
            Self::Alpha => 8,
        }
    }

    /// Refuses a value out of the parameter's range.
    #[inline]
    pub(crate) fn check(self, x: f64) -> Result<()> {
        let name = self.name();
        match self {
            Self::SourceNorm | Self::OrthogonalNorm => non_negative(name, x),
            Self::Alignment => require(name, x, x.abs() <= 1.0, "between -1 and 1"),
            Self::Alpha => finite(name, x),
            _ => positive(name, x),
        }
        .map(|_| ())
    }

    /// Its name on the command line and as a CSV column.
    #[inline]
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
    /// [`Error::Parameter`] naming the first value out of its range, of an axis or of what no axis moves, or if the grid has
    /// more points than can be counted.
    pub fn new(base: Setting, alpha: Option<f64>, form: SourceForm, axes: Vec<Axis>) -> Result<Self> {
        for (i, axis) in axes.iter().enumerate() {
            for other in &axes[..i] {
                if axis.parameter.input() == other.parameter.input() {
                    let names = [other, axis].map(|a| format!("vary {}", a.parameter.name()));
                    let [first, second] = names;
                    return Err(Error::Conflict(first, second, "they move the same quantity"));
                }
            }
        }
        let counted = axes.iter().try_fold(1usize, |total, axis| total.checked_mul(axis.values.len())).is_some();
        let points = axes.iter().map(|axis| axis.values.len() as f64).product();
        require("number of points", points, counted, "below the largest whole number of this machine")?;
        // Each parameter has a range of its own, so that every point is in range if every value is.
        for axis in &axes {
            axis.values.iter().try_for_each(|x| axis.parameter.check(*x))?;
        }
        let varied = |row: usize| axes.iter().any(|axis| axis.parameter.input() == row);
        let constant = lanes::lane(&base, alpha);
        for parameter in Parameter::ALL.into_iter().filter(|p| *p != Parameter::AspectRatio && !varied(p.input())) {
            parameter.check(constant[parameter.input()])?;
        }
        Ok(Self { base, alpha, form, axes })
    }

    /// The axes, the last one fastest.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The form of the source.
    pub fn form(&self) -> SourceForm {
        self.form
    }

    /// The parameters that no axis moves and their values; among them `alpha` if the law is taken at a fixed scale, and not n
    /// if `aspect-ratio` moves it.
    pub fn fixed(&self) -> Vec<(Parameter, f64)> {
        let constant = lanes::lane(&self.base, self.alpha);
        let moved = |row: usize| self.axes.iter().any(|axis| axis.parameter.input() == row);
        let fixed = |p: &Parameter| match p {
            Parameter::AspectRatio => false,
            Parameter::Alpha => self.alpha.is_some() && !moved(p.input()),
            _ => !moved(p.input()),
        };
        Parameter::ALL.into_iter().filter(fixed).map(|p| (p, constant[p.input()])).collect()
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
        self.coordinates(index, &mut coordinates);
        let (setting, alpha) = self.setting(&coordinates);
        Ok((coordinates, setting.point(alpha, self.form)?))
    }

    /// Puts into `points` what the theory says at the points `range` of the grid, in their order and in vector lanes. Where a
    /// result over- or underflows the point stays empty ([`Points::failed`], counted from the start of the range).
    ///
    /// # Errors
    /// [`Error::Shape`] if the range goes beyond the grid.
    ///
    /// ```
    /// # use alpha_rmt::{points::Points, setting::Setting, source::SourceForm, sweep::Sweep};
    /// # let base = Setting {
    /// #     source_samples: 2000.0, target_samples: 200.0, dimension: 200.0,
    /// #     source_norm: 1.0, orthogonal_norm: 1.0, alignment: 0.5, source_ridge: 1.0, target_ridge: 1.0,
    /// # };
    /// let sweep = Sweep::new(base, None, SourceForm::Correct, vec!["alignment=0:1:1001".parse()?])?;
    /// let mut points = Points::default();
    /// sweep.points(0..sweep.len(), &mut points)?;
    /// let best = points.column("accuracy").unwrap().flatten().fold(0.0, f64::max);
    /// assert_eq!(Some(best), points.point(1000).unwrap().accuracy);
    /// # Ok::<(), alpha_rmt::Error>(())
    /// ```
    pub fn points(&self, range: Range<usize>, points: &mut Points) -> Result<()> {
        if range.end > self.len() {
            return Err(Error::Shape { name: "grid", expected: range.end, got: self.len() });
        }
        let chosen = self.alpha.is_some() || self.axes.iter().any(|axis| axis.parameter == Parameter::Alpha);
        let constant = lanes::lane(&self.base, self.alpha);
        let mut fresh = true;
        let load = |start: usize, inputs: &mut lanes::Inputs| {
            if std::mem::take(&mut fresh) {
                inputs.iter_mut().zip(constant).for_each(|(row, x)| *row = [x; BLOCK]);
            }
            self.load(range.start + start, inputs);
        };
        let scalar = |i: usize| self.point(range.start + i).map(|(_, point)| point);
        points.fill(range.len(), chosen, self.form, load, scalar);
        Ok(())
    }

    /// Puts the coordinates of a block of points into the rows of what is varied; beyond the end of the grid it begins anew.
    fn load(&self, start: usize, inputs: &mut lanes::Inputs) {
        // Points between one value of the axis and the next.
        let mut stride = 1;
        for axis in self.axes.iter().rev() {
            let row = &mut inputs[axis.parameter.input()];
            let (mut digit, mut since) = ((start / stride) % axis.values.len(), start % stride);
            for x in row.iter_mut() {
                *x = axis.values[digit];
                since += 1;
                if since == stride {
                    since = 0;
                    digit = if digit + 1 == axis.values.len() { 0 } else { digit + 1 };
                }
            }
            stride *= axis.values.len();
        }
        if self.axes.iter().any(|axis| axis.parameter == Parameter::AspectRatio) {
            let dimensions = inputs[Parameter::Dimension.input()];
            let samples = &mut inputs[Parameter::AspectRatio.input()];
            samples.iter_mut().zip(dimensions).for_each(|(c, p)| *c = p / *c);
        }
    }

    /// Coordinates of a point of the grid, one an axis.
    pub fn coordinates(&self, index: usize, coordinates: &mut [f64]) {
        let mut rest = index;
        for (x, axis) in coordinates.iter_mut().zip(&self.axes).rev() {
            *x = axis.values[rest % axis.values.len()];
            rest /= axis.values.len();
        }
    }

    /// The setting at these coordinates, and the scale of the law.
    fn setting(&self, coordinates: &[f64]) -> (Setting, Option<f64>) {
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
            setting.target_samples = setting.dimension / c;
        }
        (setting, alpha)
    }
}
