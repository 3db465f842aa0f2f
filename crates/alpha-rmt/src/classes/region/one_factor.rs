//! Probabilities of normal variables with one common factor, by quadrature over it.

use nalgebra::DMatrix;

use super::quadrature::{Pair, integrate};
use super::{Probability, half_line};
use crate::normal::normal_density;

/// Correlations may differ from products by rounding.
const ROUNDING: f64 = 1e-13;
/// Where the density of the factor ends, and where it is cut before it is known where it counts.
pub(super) const CUTS: [f64; 9] = [-38.0, -12.0, -5.0, -2.0, 0.0, 2.0, 5.0, 12.0, 38.0];

/// P(mᵢ + ⟨rᵢ, z⟩ > 0 for all i) where the correlations ⟨rᵢ, rⱼ⟩ of the rows (of norm 1) are products λᵢλⱼ:
///
/// ```text
/// ∫ φ(x) Πᵢ Φ((mᵢ + λᵢx)/√(1−λᵢ²)) dx
/// ```
///
/// `None` where they are not, or for fewer than 3 rows.
pub(super) fn probability(mean: &[f64], rows: &DMatrix<f64>) -> Option<Probability> {
    let loadings = loadings(&(rows * rows.transpose()))?;
    let scales: Vec<f64> = loadings.iter().map(|l| ((1.0 - l) * (1.0 + l)).sqrt()).collect();
    // Where the i-th factor turns from 0 to 1.
    let turns = mean.iter().zip(&loadings).filter(|(_, l)| **l != 0.0).map(|(m, l)| -m / l);
    let mut breaks: Vec<f64> = turns.filter(|x| x.abs() < CUTS[8]).chain(CUTS).collect();
    breaks.sort_by(f64::total_cmp);
    let integrand = |x: f64| {
        let density = normal_density(x);
        let [mut value, mut complement]: Pair = [1.0, 0.0];
        for ((m, l), s) in mean.iter().zip(&loadings).zip(&scales) {
            let [held, lost] = half_line((m + l * x) / s);
            complement += value * lost;
            value *= held;
        }
        [density * value, density * complement]
    };
    let ([value, complement], error) = integrate(&integrand, &breaks, 1e-13);
    Some(Probability { value, complement, error: error[0].min(error[1]) })
}

/// The λ of a matrix of correlations λᵢλⱼ, all of them below 1.
fn loadings(correlations: &DMatrix<f64>) -> Option<Vec<f64>> {
    let count = correlations.nrows();
    if count < 3 {
        return None;
    }
    // From the largest correlation on, which has the most digits.
    let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
    let (i, j) = pairs.max_by(|a, b| correlations[*a].abs().total_cmp(&correlations[*b].abs()))?;
    let others = (0..count).filter(|l| *l != i && *l != j);
    let l = others.max_by(|a, b| {
        let size = |l: usize| (correlations[(i, l)] * correlations[(j, l)]).abs();
        size(*a).total_cmp(&size(*b))
    })?;
    let squared = if correlations[(i, j)].abs() <= ROUNDING {
        0.0
    } else {
        correlations[(i, j)] * correlations[(i, l)] / correlations[(j, l)]
    };
    let first = squared.sqrt();
    let loading = |j: usize| match j {
        _ if j == i => first,
        _ if first > 0.0 => correlations[(i, j)] / first,
        _ => 0.0,
    };
    let loadings: Vec<f64> = (0..count).map(loading).collect();
    let fits = (0..count).all(|i| (0..i).all(|j| (correlations[(i, j)] - loadings[i] * loadings[j]).abs() <= ROUNDING));
    // NaN and infinities, from 0/0, do not pass; near 1 the integrand is all but a step.
    (fits && loadings.iter().all(|l| l.abs() <= 1.0 - 1e-8)).then_some(loadings)
}
