//! The best weights for a loss.

use super::MarginLoss;
use super::law::{LossLaw, LossSolution};
use crate::error::Result;
use crate::law::{Decision, Optimum};
use crate::sums::dot;

/// The best weights found, and the decision function there.
#[derive(Debug, Clone, PartialEq)]
pub struct LossOptimum {
    /// The weights, or their direction where the accuracy still rises at weights 512 times those at which the sources and the
    /// target's labels count alike.
    pub optimum: Optimum,
    /// m and q; of a direction at weights 128 times as large again, where the supremum is all but reached.
    pub decision: Decision,
}

/// The exponents of 2 that multiply the balanced weight in the first look along a line.
const EXPONENTS: std::ops::RangeInclusive<i32> = -5..=9;
/// The factor on weights at the end of that range at which the supremum is read off.
const BEYOND: f64 = 128.0;
/// Steps of the golden section, each of which shortens the bracket to 0.618 of it.
const GOLDEN_STEPS: usize = 60;
/// Steps of the quasi-Newton search.
const CLIMB_STEPS: usize = 60;
/// Step of the differences, relative to the weights at which source and labels count alike.
const DIFFERENCE: f64 = 1e-4;

impl<L: MarginLoss> LossLaw<'_, L> {
    /// The weights that maximise the accuracy.
    ///
    /// One source: a grid over both signs and 15 powers of 2, then a golden section around its best point. Several: the same
    /// along the direction of the squared loss's best weights and along each source alone, then a quasi-Newton search in all
    /// weights from the best of these. Costs some 100 (1 + k) solutions.
    ///
    /// # Errors
    /// As [`LossLaw::at`].
    pub fn optimum(&self) -> Result<LossOptimum> {
        let zero = vec![0.0; self.sources()];
        let target_only = self.at(&zero)?;
        let mut best = Place { weights: zero, solution: target_only, edge: false };
        if self.sources() == 0 {
            return Ok(best.finish());
        }
        let units: Vec<f64> = (0..self.sources()).map(|i| self.balance(i, &target_only)).collect();
        let mut directions: Vec<Vec<f64>> =
            (0..units.len()).map(|i| (0..units.len()).map(|j| if i == j { units[i] } else { 0.0 }).collect()).collect();
        if self.sources() > 1 {
            directions.push(self.squared_direction(&units)?);
        }
        for direction in &directions {
            best = best.better(self.along(direction, &target_only)?);
        }
        if self.sources() > 1 && !best.edge {
            best = self.climb(best, &units)?;
        }
        if best.edge {
            // Nearer to the supremum, as far as it can be computed.
            let further: Vec<f64> = best.weights.iter().map(|w| w * BEYOND).collect();
            if let Ok(solution) = self.solve(&further, Some(&best.solution)) {
                best = best.better(Place { weights: further, solution, edge: true });
            }
        }
        Ok(best.finish())
    }

    /// The weight at which source `index` alone is as large, by its standard deviation, as the target's own classifier.
    fn balance(&self, index: usize, target_only: &LossSolution) -> f64 {
        let own = self.squared().variance_coefficients();
        let size = self.sources() + 1;
        let unit = (target_only.decision.variance / own[(index + 1) * (size + 1)]).sqrt();
        if unit.is_finite() && unit > 0.0 { unit } else { 1.0 }
    }

    /// The best weights of the squared loss, at the size of the units.
    fn squared_direction(&self, units: &[f64]) -> Result<Vec<f64>> {
        let optimum = self.squared().optimum()?;
        let weights: Vec<f64> = (1..=units.len()).map(|i| optimum.entry(i)).collect();
        let size = weights.iter().zip(units).map(|(w, unit)| (w / unit).powi(2)).sum::<f64>().sqrt();
        Ok(if size > 0.0 { weights.iter().map(|w| w / size).collect() } else { units.to_vec() })
    }

    /// The best multiple of a direction.
    fn along(&self, direction: &[f64], near: &LossSolution) -> Result<Place> {
        let at = |t: f64, near: &LossSolution| -> Result<Place> {
            let weights: Vec<f64> = direction.iter().map(|d| t * d).collect();
            let solution = self.solve(&weights, Some(near))?;
            Ok(Place { weights, solution, edge: false })
        };
        let positive = EXPONENTS.map(|e| 2f64.powi(e));
        let mut grid: Vec<f64> = positive.clone().map(|t| -t).rev().chain([0.0]).chain(positive).collect();
        grid.sort_by(f64::total_cmp);
        // From 0 outwards, so that each solution starts from the last.
        let middle = grid.len() / 2;
        let mut places: Vec<Option<Place>> = vec![None; grid.len()];
        for order in [(middle..grid.len()).collect::<Vec<_>>(), (0..middle).rev().collect()] {
            let mut last = *near;
            for i in order {
                let place = at(grid[i], &last)?;
                last = place.solution;
                places[i] = Some(place);
            }
        }
        let places: Vec<Place> = places.into_iter().flatten().collect();
        let top =
            (0..places.len()).max_by(|i, j| places[*i].height().total_cmp(&places[*j].height())).unwrap_or(middle);
        let mut best = places[top].clone();
        if top == 0 || top + 1 == places.len() {
            best.edge = true;
            return Ok(best);
        }
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut low, mut high) = (grid[top - 1], grid[top + 1]);
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_a, mut at_b) = (at(a, &best.solution)?, at(b, &best.solution)?);
        for _ in 0..GOLDEN_STEPS {
            if at_a.height() > at_b.height() {
                (high, b, at_b) = (b, a, at_a);
                a = high - golden * (high - low);
                at_a = at(a, &at_b.solution)?;
            } else {
                (low, a, at_a) = (a, b, at_b);
                b = low + golden * (high - low);
                at_b = at(b, &at_a.solution)?;
            }
            if high - low <= 1e-9 * (low.abs() + high.abs()) {
                break;
            }
        }
        best = best.better(at_a).better(at_b);
        Ok(best)
    }

    /// A quasi-Newton search (BFGS) in the weights over their units, uphill in the separation.
    fn climb(&self, start: Place, units: &[f64]) -> Result<Place> {
        let k = units.len();
        let mut best = start;
        let gradient = |place: &Place| -> Result<Vec<f64>> {
            (0..k)
                .map(|i| {
                    let side = |sign: f64| -> Result<f64> {
                        let mut weights = place.weights.clone();
                        weights[i] += sign * DIFFERENCE * units[i];
                        Ok(self.solve(&weights, Some(&place.solution))?.decision.separation())
                    };
                    Ok((side(1.0)? - side(-1.0)?) / (2.0 * DIFFERENCE))
                })
                .collect()
        };
        let mut inverse = identity(k);
        let mut slope = gradient(&best)?;
        for _ in 0..CLIMB_STEPS {
            let mut step: Vec<f64> = (0..k).map(|i| inverse[i].iter().zip(&slope).map(|(h, g)| h * g).sum()).collect();
            if dot(&step, &slope) <= 0.0 {
                inverse = identity(k);
                step.clone_from(&slope);
            }
            let rise = dot(&step, &slope);
            if rise <= 1e-15 * best.height().abs() {
                break;
            }
            let mut next = None;
            let mut length = 1.0;
            while length > 1e-8 {
                let weights: Vec<f64> = (0..k).map(|i| best.weights[i] + length * step[i] * units[i]).collect();
                let solution = self.solve(&weights, Some(&best.solution))?;
                let place = Place { weights, solution, edge: false };
                if place.height() > best.height() + 1e-4 * length * rise {
                    next = Some(place);
                    break;
                }
                length *= 0.3;
            }
            let Some(place) = next else { break };
            let next_slope = gradient(&place)?;
            let moved: Vec<f64> = step.iter().map(|x| x * length).collect();
            let bent: Vec<f64> = slope.iter().zip(&next_slope).map(|(a, b)| a - b).collect();
            update(&mut inverse, &moved, &bent);
            (best, slope) = (place, next_slope);
            if (0..k).any(|i| (best.weights[i] / units[i]).abs() > 2f64.powi(*EXPONENTS.end())) {
                best.edge = true;
                break;
            }
        }
        Ok(best)
    }
}

/// Weights and the solution there.
#[derive(Debug, Clone)]
struct Place {
    weights: Vec<f64>,
    solution: LossSolution,
    /// Whether it lies at the end of the range that was looked at.
    edge: bool,
}

impl Place {
    fn height(&self) -> f64 {
        self.solution.decision.separation()
    }

    fn better(self, other: Self) -> Self {
        if other.height() > self.height() { other } else { self }
    }

    fn finish(self) -> LossOptimum {
        let Self { weights, solution, edge } = self;
        LossOptimum {
            optimum: if edge { Optimum::Infinite(weights) } else { Optimum::Finite(weights) },
            decision: solution.decision,
        }
    }
}

fn identity(k: usize) -> Vec<Vec<f64>> {
    (0..k).map(|i| (0..k).map(|j| f64::from(u8::from(i == j))).collect()).collect()
}

/// The BFGS update of an inverse Hessian after a step along which the gradient fell by `bent`.
fn update(inverse: &mut [Vec<f64>], step: &[f64], bent: &[f64]) {
    let curvature = dot(step, bent);
    if curvature <= 0.0 {
        return;
    }
    let image: Vec<f64> = inverse.iter().map(|row| dot(row, bent)).collect();
    let scale = (1.0 + dot(bent, &image) / curvature) / curvature;
    for (i, row) in inverse.iter_mut().enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            *entry += scale * step[i] * step[j] - (image[i] * step[j] + step[i] * image[j]) / curvature;
        }
    }
}
