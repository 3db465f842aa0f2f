//! Separation of variables: the conditions in triangular form, one new variable at a time.

use nalgebra::{DMatrix, RowDVector};
use rayon::prelude::*;

use super::lattice::{LATTICES, shift, steps};
use super::one_factor::CUTS;
use super::quadrature::{Pair, integrate};
use super::{Effort, Probability, half_line, interval};
use crate::classes::quantile::lower_quantile;
use crate::normal::normal_density;

/// Part of a row of norm 1 that is no more than rounding.
const ROUNDING: f64 = 1e-13;
/// Random shifts of a lattice.
const SHIFTS: usize = 8;
/// Bound of the error in standard errors: Student's t at 99 % and 7 degrees of freedom.
const STUDENT: f64 = 3.5;
/// Relative tolerance of the innermost quadrature; each one around it allows ten times as much.
const TOLERANCE: f64 = 1e-12;

/// A condition mean + Σ coefficients·y > 0 whose last coefficient is not 0.
struct Condition {
    mean: f64,
    coefficients: Vec<f64>,
}

/// Conditions by the variable that is their last: those of variable k bound y_k once y₀ … y_{k−1} are known.
pub(super) struct Ordered {
    variables: Vec<Vec<Condition>>,
}

impl Ordered {
    /// Takes the condition that is least likely, given the mean of the variables so far, as the next one (Gibson, Glasbey and
    /// Elston 1994), and the part of its row that is new as the next variable. Conditions without anything new bound the last
    /// variable that they depend on.
    pub(super) fn new(mean: &[f64], mut rows: DMatrix<f64>) -> Self {
        let count = mean.len();
        let mut open: Vec<usize> = (0..count).collect();
        let mut coefficients = vec![Vec::new(); count];
        let mut expected = mean.to_vec();
        let mut variables: Vec<Vec<Condition>> = Vec::new();
        loop {
            let (new, dependent): (Vec<usize>, Vec<usize>) = open.iter().partition(|i| rows.row(**i).norm() > ROUNDING);
            for i in dependent {
                let mut own: Vec<f64> = std::mem::take(&mut coefficients[i]);
                while own.last().is_some_and(|c| c.abs() <= ROUNDING) {
                    own.pop();
                }
                // The rows have norm 1: something is left.
                if let Some(last) = own.len().checked_sub(1) {
                    variables[last].push(Condition { mean: mean[i], coefficients: own });
                }
            }
            open = new;
            let bound = |i: &usize| expected[*i] / rows.row(*i).norm();
            let Some(next) = open.iter().copied().min_by(|i, j| bound(i).total_cmp(&bound(j))) else { break };
            let norm = rows.row(next).norm();
            let direction: RowDVector<f64> = rows.row(next) / norm;
            let b = expected[next] / norm;
            // E[y | y > −b].
            let average = normal_density(b) / half_line(b)[0].max(f64::MIN_POSITIVE);
            variables.push(Vec::new());
            for i in &open {
                let along = rows.row(*i).dot(&direction);
                coefficients[*i].push(along);
                expected[*i] += along * average;
                let rest = rows.row(*i) - &direction * along;
                // Once more: what rounding has left along the direction.
                let again = rest.dot(&direction);
                rows.set_row(*i, &(rest - &direction * again));
            }
            rows.row_mut(next).fill(0.0);
        }
        Self { variables }
    }

    /// Number of variables.
    pub(super) fn dimension(&self) -> usize {
        self.variables.len()
    }

    /// The interval of the next variable, given those before.
    fn bounds(&self, before: &[f64]) -> (f64, f64) {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for Condition { mean, coefficients } in &self.variables[before.len()] {
            let known: f64 = coefficients.iter().zip(before).map(|(c, y)| c * y).sum();
            let last = coefficients[before.len()];
            let end = -(mean + known) / last;
            if last > 0.0 {
                low = low.max(end);
            } else {
                high = high.min(end);
            }
        }
        (low, high)
    }

    /// By quadrature inside quadrature; the last variable needs none.
    pub(super) fn nested(&self) -> Probability {
        let ([value, complement], error) = self.inner(&mut Vec::new());
        // Integrals inside the outermost are right to their own tolerance, and the last variable to rounding.
        let inner =
            if self.dimension() > 2 { TOLERANCE * 10f64.powi(self.dimension() as i32 - 3) } else { 4.0 * f64::EPSILON };
        Probability { value, complement, error: error[0].min(error[1]) + inner * value.min(complement) }
    }

    fn inner(&self, before: &mut Vec<f64>) -> (Pair, Pair) {
        let (low, high) = self.bounds(before);
        let rest = self.dimension() - before.len() - 1;
        if rest == 0 || low >= high {
            return (interval(low, high), [0.0; 2]);
        }
        let [_, outside] = interval(low, high);
        let mut breaks: Vec<f64> = CUTS.into_iter().filter(|x| low < *x && *x < high).collect();
        breaks.extend([low, high].into_iter().filter(|x| x.abs() < CUTS[8]));
        if rest == 1 {
            breaks.extend(self.turns(before).filter(|x| low < *x && *x < high && x.abs() < CUTS[8]));
        }
        breaks.sort_by(f64::total_cmp);
        let depth = before.len();
        let cell = std::cell::RefCell::new(std::mem::take(before));
        let integrand = |y: f64| {
            let mut before = cell.borrow().clone();
            before.push(y);
            let ([value, complement], _) = self.inner(&mut before);
            let density = normal_density(y);
            [density * value, density * complement]
        };
        let tolerance = TOLERANCE * 10f64.powi(rest as i32 - 1);
        let ([value, complement], error) = integrate(&integrand, &breaks, tolerance);
        *before = cell.into_inner();
        before.truncate(depth);
        ([value, complement + outside], error)
    }

    /// Where a bound of the last variable is 0, as a function of the one before it: there its probability turns.
    fn turns<'a>(&'a self, before: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.variables[before.len() + 1].iter().map(move |Condition { mean, coefficients }| {
            let known: f64 = coefficients.iter().zip(before).map(|(c, y)| c * y).sum();
            -(mean + known) / coefficients[before.len()]
        })
    }

    /// On shifted lattices, folded so that the integrand is periodic; one more variable is drawn than nested quadrature would need.
    pub(super) fn on_lattices(&self, effort: Effort) -> Probability {
        let Effort::Until(tolerance) = effort else {
            let [value, complement] = self.on_lattice(0, 0);
            return Probability { value, complement, error: 0.0 };
        };
        let mut best = Probability::default();
        for level in 0..LATTICES.len() {
            let shifts: Vec<Pair> = (0..SHIFTS).into_par_iter().map(|shift| self.on_lattice(level, shift)).collect();
            let mean = |c: usize| shifts.iter().map(|pair| pair[c]).sum::<f64>() / SHIFTS as f64;
            let (value, complement) = (mean(0), mean(1));
            let squares: f64 = shifts.iter().map(|pair| (pair[1] - complement).powi(2)).sum();
            let error = STUDENT * (squares / (SHIFTS * (SHIFTS - 1)) as f64).sqrt();
            best = Probability { value, complement, error };
            if error <= tolerance {
                break;
            }
        }
        best
    }

    /// Mean over one shifted lattice.
    fn on_lattice(&self, level: usize, index: usize) -> Pair {
        let drawn = self.dimension() - 1;
        let (steps, shift) = (steps(level, drawn), shift(index, drawn));
        let count = LATTICES[level].0;
        let mut y = Vec::with_capacity(drawn);
        let mut sum: Pair = [0.0; 2];
        for node in 0..count {
            y.clear();
            let [mut value, mut complement]: Pair = [1.0, 0.0];
            for k in 0..=drawn {
                let (low, high) = self.bounds(&y);
                let [inside, outside] = interval(low, high);
                complement += value * outside;
                value *= inside;
                if value == 0.0 {
                    break;
                }
                if k < drawn {
                    let place = (node as f64 * steps[k] + shift[k]).fract();
                    y.push(between(low, high, inside, (2.0 * place - 1.0).abs()));
                }
            }
            sum[0] += value;
            sum[1] += complement;
        }
        sum.map(|x| x / count as f64)
    }
}

/// The point of (low, high) below which a share of the normal probability `inside` of the interval lies.
fn between(low: f64, high: f64, inside: f64, share: f64) -> f64 {
    // From the side whose tail is the smaller, where the digits are.
    let mirrored = low + high > 0.0;
    let (from, share) = if mirrored { (-high, 1.0 - share) } else { (low, share) };
    let below = half_line(from)[0] + share * inside;
    let x = if below <= 0.5 {
        lower_quantile(below.max(f64::MIN_POSITIVE))
    } else {
        -lower_quantile((1.0 - below).max(f64::MIN_POSITIVE))
    };
    let x = if mirrored { -x } else { x };
    x.clamp(low, high)
}
