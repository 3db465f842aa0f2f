//! Gaussian probabilities of regions bounded by planes: that one score exceeds all others.

mod lattice;
mod one_factor;
mod ordered;
mod quadrature;

use serde::Serialize;

use nalgebra::DMatrix;

use crate::normal::normal_cdf;
use ordered::Ordered;

/// A probability, with a bound of its numerical error.
///
/// Both the probability and its complement are computed from positive terms, so that each is accurate where it is small.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Probability {
    /// P ∈ [0, 1].
    pub value: f64,
    /// 1 − P.
    pub complement: f64,
    /// Bound of the error of both. Quadrature: the sum of the differences of two rules, from rounding to 1e-10. Lattice rules: 3.5
    /// standard errors over eight random shifts, of 99 % confidence.
    pub error: f64,
}

impl Probability {
    const CERTAIN: Self = Self { value: 1.0, complement: 0.0, error: 0.0 };
    const IMPOSSIBLE: Self = Self { value: 0.0, complement: 1.0, error: 0.0 };

    /// Adds a share of another probability.
    pub(super) fn add(&mut self, share: f64, other: &Self) {
        self.value += share * other.value;
        self.complement += share * other.complement;
        self.error += share * other.error;
    }
}

/// How much work a probability is worth where only a lattice rule can give it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effort {
    /// A search: one shift of the smallest lattice, smooth in the arguments and without a bound of the error.
    Search,
    /// Until the bound of the error is at most this, or the largest lattice is used up.
    Until(f64),
}

/// Coordinates up to which nested quadrature is used: 100 to 300 points for each beyond the last.
const NESTED: usize = 3;

/// P(mᵢ + ⟨rᵢ, z⟩ > 0 for all i) of z ~ N(0, I), the rᵢ being the rows of `rows`.
///
/// Independent conditions of number 1 are Φ; up to 3, and any number with correlations λᵢλⱼ, quadrature; more, separation of
/// variables (Genz, J. Comput. Graph. Stat. 1, 1992) on shifted lattices. Rows may be linearly dependent. A condition without noise
/// holds or does not, and counts as half at mᵢ = 0.
pub(super) fn probability(mean: &[f64], rows: &DMatrix<f64>, effort: Effort) -> Probability {
    let norms: Vec<f64> = rows.row_iter().map(|row| row.norm()).collect();
    let (mut means, mut kept, mut share) = (Vec::new(), Vec::new(), 1.0);
    for (i, norm) in norms.iter().enumerate() {
        if *norm > 0.0 {
            means.push(mean[i] / norm);
            kept.push(rows.row(i) / *norm);
        } else if mean[i] < 0.0 {
            return Probability::IMPOSSIBLE;
        } else if mean[i] == 0.0 {
            share *= 0.5;
        }
    }
    let whole = match kept.len() {
        0 => Probability::CERTAIN,
        1 => {
            let [value, complement] = half_line(means[0]);
            Probability { value, complement, error: 2.0 * f64::EPSILON * value.min(complement) }
        }
        _ => {
            let rows = DMatrix::from_rows(&kept);
            one_factor::probability(&means, &rows).unwrap_or_else(|| {
                let ordered = Ordered::new(&means, rows);
                if ordered.dimension() <= NESTED { ordered.nested() } else { ordered.on_lattices(effort) }
            })
        }
    };
    Probability {
        value: share * whole.value,
        complement: whole.complement + (1.0 - share) * whole.value,
        error: share * whole.error,
    }
}

/// Φ(x) and Φ(−x).
fn half_line(x: f64) -> quadrature::Pair {
    let tail = normal_cdf(-x.abs());
    if x > 0.0 { [1.0 - tail, tail] } else { [tail, 1.0 - tail] }
}

/// P(low < z < high) and its complement.
fn interval(low: f64, high: f64) -> quadrature::Pair {
    if low >= high {
        return [0.0, 1.0];
    }
    if high == f64::INFINITY {
        return half_line(-low);
    }
    let (below, above) = (normal_cdf(low), normal_cdf(-high));
    let value = if low > 0.0 {
        normal_cdf(-low) - above
    } else if high < 0.0 {
        normal_cdf(high) - below
    } else {
        1.0 - (below + above)
    };
    [value, below + above]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use nalgebra::DMatrix;

    use super::ordered::Ordered;
    use super::{Effort, Probability, one_factor, probability};

    /// Rows with these correlations.
    fn rows(correlations: &DMatrix<f64>) -> DMatrix<f64> {
        correlations.clone().cholesky().unwrap().l()
    }

    fn correlations(size: usize, of: impl Fn(usize, usize) -> f64) -> DMatrix<f64> {
        DMatrix::from_fn(size, size, |i, j| if i == j { 1.0 } else { of(i.min(j), i.max(j)) })
    }

    #[track_caller]
    fn assert_is(got: Probability, expected: f64, at_most: f64) {
        let Probability { value, complement, error } = got;
        // Rounding of the rows and of what is expected.
        let bound = error.max(2e-14);
        assert!((value - expected).abs() <= bound, "{got:?}, expected {expected}");
        assert!((complement - (1.0 - expected)).abs() <= bound, "{got:?}, expected {expected}");
        assert!(error <= at_most, "{got:?}");
    }

    const FULL: Effort = Effort::Until(1e-7);

    #[test]
    fn quadrants_and_octants_are_arcs() {
        for r in [-0.999_999, -0.7, 0.0, 0.2, 0.95, 0.999_999_99] {
            let got = probability(&[0.0; 2], &rows(&correlations(2, |_, _| r)), FULL);
            assert_is(got, 0.25 + r.asin() / (2.0 * PI), 1e-12);
        }
        for r in [[0.3, 0.5, 0.7], [0.3, -0.5, 0.4], [-0.4, -0.3, -0.2], [0.9, 0.1, 0.5]] {
            let got = probability(&[0.0; 3], &rows(&correlations(3, |i, j| r[i + j - 1])), FULL);
            assert_is(got, 0.125 + r.iter().map(|r| r.asin()).sum::<f64>() / (4.0 * PI), 1e-10);
        }
    }

    #[test]
    fn the_largest_of_exchangeable_scores_is_any_of_them() {
        for count in [3, 5, 9, 30] {
            assert_is(
                probability(&vec![0.0; count], &rows(&correlations(count, |_, _| 0.5)), FULL),
                1.0 / (count as f64 + 1.0),
                1e-12,
            );
        }
    }

    #[test]
    fn three_ways_agree() {
        let mean = [1.2, -0.3, 0.8, 2.0];
        for count in [3, 4] {
            let loadings = [0.8, -0.6, 0.3, 0.9];
            let rows = rows(&correlations(count, |i, j| loadings[i] * loadings[j]));
            let one_factor = one_factor::probability(&mean[..count], &rows).unwrap();
            let ordered = Ordered::new(&mean[..count], rows);
            let nested = ordered.nested();
            assert_is(nested, one_factor.value, 1e-9);
            assert_is(ordered.on_lattices(Effort::Until(1e-8)), one_factor.value, 1e-6);
        }
    }

    #[test]
    fn independent_blocks_multiply_on_lattices() {
        let r = [0.3, -0.5, 0.4];
        let octant = 0.125 + r.iter().map(|r: &f64| r.asin()).sum::<f64>() / (4.0 * PI);
        // Two blocks of three, interleaved.
        let of = |i: usize, j: usize| if (i + j).is_multiple_of(2) { r[i / 2 + j / 2 - 1] } else { 0.0 };
        assert_is(probability(&[0.0; 6], &rows(&correlations(6, of)), FULL), octant * octant, 1e-6);
    }

    #[test]
    fn tails_keep_their_digits() {
        // P(x < −10 or y < −9): the second alone, 1.1286e-19, but for 7.6e-24 less than the sum of both.
        let got = probability(&[10.0, 9.0], &rows(&correlations(2, |_, _| 0.5)), FULL);
        assert!((got.complement / 1.128_588_405_953_840_6e-19 - 1.0).abs() < 1e-4, "{got:?}");
        let got = probability(&[-10.0, -9.0], &rows(&correlations(2, |_, _| 0.5)), FULL);
        assert!(got.value > 0.0 && got.value < 7.62e-24 && got.complement == 1.0, "{got:?}");
    }

    #[test]
    fn dependent_conditions_bound_one_variable() {
        // −1 < z < 2, twice; and a certain condition.
        let rows = DMatrix::from_row_slice(5, 2, &[0.6, 0.8, -0.6, -0.8, 1.2, 1.6, -0.3, -0.4, 0.0, 0.0]);
        let got = probability(&[1.0, 2.0, 2.0, 1.0, 0.1], &rows, FULL);
        assert_is(got, crate::normal_cdf(2.0) - crate::normal_cdf(-1.0), 1e-15);
        // An impossible one, and one that is even.
        assert_eq!(probability(&[1.0, 2.0, 2.0, 1.0, -0.1], &rows, FULL), Probability::IMPOSSIBLE);
        let even = probability(&[1.0, 2.0, 2.0, 1.0, 0.0], &rows, FULL);
        assert!((even.value - 0.5 * got.value).abs() < 1e-16 && (even.value + even.complement - 1.0).abs() < 1e-15);
        // The unit square: four conditions in two variables.
        let square = DMatrix::from_row_slice(4, 2, &[1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0]);
        let side = crate::normal_cdf(1.0) - 0.5;
        assert_is(probability(&[0.0, 1.0, 0.0, 1.0], &square, FULL), side * side, 1e-12);
    }
}
