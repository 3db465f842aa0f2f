//! The theory at many settings at once: every quantity of [`Point`] as a column.

use crate::check::finite;
use crate::error::Result;
use crate::lanes::{self, BLOCK, INPUTS};
use crate::point::{Point, QUANTITIES};
use crate::setting::Setting;
use crate::source::SourceForm;

/// Points of many settings, one column a quantity.
///
/// They are computed in vector lanes, some ten times as fast as [`Setting::point`] one by one, and agree with it to a few
/// units in the last place of m and √q. The same settings give the same bits on every machine.
///
/// A parameter out of its range is an error. Where all are in range and [`Setting::point`] still fails, since a result over- or
/// underflows, the point has no quantity at all and is listed by [`Points::failed`].
///
/// ```
/// use alpha_rmt::{points::Points, setting::Setting, source::SourceForm};
/// let setting = Setting {
///     source_samples: 5000.0, target_samples: 200.0, dimension: 400.0,
///     source_norm: 1.5, orthogonal_norm: 1.0, alignment: 0.8, source_ridge: 1.0, target_ridge: 1.0,
/// };
/// let settings = [setting, Setting { alignment: 0.0, ..setting }, Setting { source_norm: 1e200, ..setting }];
/// let points = Points::new(&settings, None, SourceForm::Correct)?;
/// assert!((points.point(0).unwrap().alpha_star.unwrap() - 1.8384115479).abs() < 1e-10);
/// assert_eq!(points.column("alpha_star").unwrap().nth(1), Some(Some(0.0)));
/// // ‖μ‖² is beyond what an f64 holds.
/// assert_eq!((points.point(2), points.failed()), (None, &[2][..]));
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Points {
    len: usize,
    /// Blocks of [`BLOCK`] points; what is in the last one beyond them counts for nothing.
    blocks: Vec<lanes::Outputs>,
    failed: Vec<usize>,
}

impl Points {
    /// The points of these settings, the law at `alpha` or at each one's own α*.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] naming the first parameter out of range.
    pub fn new(settings: &[Setting], alpha: Option<f64>, form: SourceForm) -> Result<Self> {
        settings.iter().try_for_each(Setting::check)?;
        if let Some(alpha) = alpha {
            finite("alpha", alpha)?;
        }
        let mut points = Self::default();
        let load = |start: usize, inputs: &mut lanes::Inputs| {
            for (lane, s) in settings[start..].iter().take(BLOCK).enumerate() {
                let row = lanes::lane(s, alpha);
                inputs.iter_mut().zip(row).for_each(|(input, x)| input[lane] = x);
            }
        };
        points.fill(settings.len(), alpha.is_some(), form, load, |i| settings[i].point(alpha, form));
        Ok(points)
    }

    /// Takes the place of all points by `len` others, whose parameters are in range. `load` puts a block of settings in its
    /// lanes from the given index on, and `scalar` is the point at an index by [`Setting::point`].
    pub(crate) fn fill(
        &mut self,
        len: usize,
        chosen: bool,
        form: SourceForm,
        mut load: impl FnMut(usize, &mut lanes::Inputs),
        scalar: impl Fn(usize) -> Result<Point>,
    ) {
        self.len = len;
        self.failed.clear();
        self.blocks.resize(len.div_ceil(BLOCK), [[f64::NAN; BLOCK]; QUANTITIES]);
        // Lanes that nothing is loaded into hold numbers that do no harm.
        let mut inputs = [[1.0; BLOCK]; INPUTS];
        let mut ordinary = [0.0; BLOCK];
        for (block, outputs) in self.blocks.iter_mut().enumerate() {
            let start = block * BLOCK;
            load(start, &mut inputs);
            lanes::block(&inputs, chosen, form, outputs, &mut ordinary);
            for lane in (0..BLOCK.min(len - start)).filter(|lane| ordinary[*lane] == 0.0) {
                let values = scalar(start + lane).map(|point| point.values());
                if values.is_err() {
                    self.failed.push(start + lane);
                }
                let values = values.unwrap_or([None; QUANTITIES]);
                outputs.iter_mut().zip(values).for_each(|(row, x)| row[lane] = x.unwrap_or(f64::NAN));
            }
        }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Indices of the points without quantities, at which [`Setting::point`] fails, in ascending order.
    pub fn failed(&self) -> &[usize] {
        &self.failed
    }

    /// The point at `index`; `None` if there is none, and where [`Setting::point`] fails.
    pub fn point(&self, index: usize) -> Option<Point> {
        let there = index < self.len && self.failed.binary_search(&index).is_err();
        there.then(|| Point::from_values(self.values(index)))
    }

    /// The quantities of a point in the order of [`Point::NAMES`], all `None` beyond the last point.
    pub fn values(&self, index: usize) -> [Option<f64>; Point::NAMES.len()] {
        let block = self.blocks.get(index / BLOCK).filter(|_| index < self.len);
        std::array::from_fn(|quantity| block.map(|rows| rows[quantity][index % BLOCK]).filter(|x| !x.is_nan()))
    }

    /// One quantity of every point by its name, such as `accuracy_at_1`; `None` for a name that is not one of
    /// [`Point::NAMES`].
    pub fn column(&self, name: &str) -> Option<impl Iterator<Item = Option<f64>>> {
        let quantity = Point::NAMES.iter().position(|known| *known == name)?;
        let all = self.blocks.iter().flat_map(move |rows| rows[quantity]);
        Some(all.take(self.len).map(|x| (!x.is_nan()).then_some(x)))
    }
}
