//! Is one method right where the other is wrong? Exact paired tests on the same rows: McNemar's for one run of each method,
//! and its like for several seeds.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A paired comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Rows compared.
    pub rows: usize,
    /// How often, over rows and seeds, only the first is right.
    pub only_first: usize,
    /// How often only the second is right.
    pub only_second: usize,
    /// Two-sided p in (0, 1] of no difference between the methods.
    pub p: f64,
}

/// Compares two methods by which rows they get right; one list of rows per seed, the k-th of one method beside the k-th of
/// the other.
///
/// With d_i the number of seeds for which only the second is right on row i less those for which only the first is: if the
/// methods did not differ, every d_i could as well have the other sign, whatever the rows' difficulty and however alike the
/// seeds are. So p = P(|Σ ±d_i| ≥ |Σ d_i|) over independent fair signs, computed exactly. For one seed this is McNemar's
/// exact test. Rows are what is random here: p says whether the gap would hold on other rows, not for other seeds.
///
/// # Errors
/// [`Error::Parameter`] if there are no rows or seeds, or the lists are not equally long.
///
/// ```
/// let second = [true, true, true, true, true, true, true];
/// let first = [false, false, false, false, false, false, true];
/// let test = alpha_llm::paired::compare(&[first.to_vec()], &[second.to_vec()])?;
/// assert_eq!(test.only_second, 6);
/// assert!((test.p - 2.0 / 64.0).abs() < 1e-12);
/// # Ok::<(), alpha_llm::Error>(())
/// ```
pub fn compare(first: &[Vec<bool>], second: &[Vec<bool>]) -> Result<Paired> {
    let rows = first.first().map_or(0, Vec::len);
    if rows == 0 {
        return Err(Error::parameter("number of rows", 0, "at least 1".to_owned()));
    }
    if first.len() != second.len() {
        return Err(Error::parameter(
            "number of seeds",
            second.len(),
            format!("{}, those of the other method", first.len()),
        ));
    }
    if let Some(other) = first.iter().chain(second).find(|list| list.len() != rows) {
        return Err(Error::parameter("number of predictions", other.len(), format!("{rows}, one for each row")));
    }
    let (mut only_first, mut only_second) = (0, 0);
    let mut differences = vec![0_i64; rows];
    for (first, second) in first.iter().zip(second) {
        for (difference, (&first, &second)) in differences.iter_mut().zip(first.iter().zip(second)) {
            only_first += usize::from(first && !second);
            only_second += usize::from(second && !first);
            *difference += i64::from(second) - i64::from(first);
        }
    }
    let p = if first.len() == 1 { mcnemar(only_first, only_second) } else { sign_flips(&differences) };
    Ok(Paired { rows, only_first, only_second, p })
}

/// 2 P(X ≤ the smaller) for X ~ Binomial(sum, ½), at most 1. Sums the tail downwards from its largest term, so that nothing
/// underflows on the way; a p below the smallest positive number is reported as that.
fn mcnemar(only_first: usize, only_second: usize) -> f64 {
    let (few, n) = (only_first.min(only_second), only_first + only_second);
    if 2 * few + 1 >= n {
        return 1.0;
    }
    let ln_factorial = |k: usize| libm::lgamma(k as f64 + 1.0);
    let ln_top = ln_factorial(n) - ln_factorial(few) - ln_factorial(n - few) - n as f64 * std::f64::consts::LN_2;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in (1..=few).rev() {
        term *= k as f64 / (n - k + 1) as f64;
        sum += term;
    }
    (2.0 * ln_top.exp() * sum).clamp(f64::MIN_POSITIVE, 1.0)
}

/// P(|Σ ±d_i| ≥ |Σ d_i|): the law of the sum, one row after the other.
fn sign_flips(differences: &[i64]) -> f64 {
    let sizes: Vec<usize> = differences.iter().map(|d| d.unsigned_abs() as usize).filter(|&d| d > 0).collect();
    let observed = differences.iter().sum::<i64>().unsigned_abs() as usize;
    if observed == 0 {
        return 1.0;
    }
    let most: usize = sizes.iter().sum();
    // law[j] = P(sum so far = j − most).
    let mut law = vec![0.0; 2 * most + 1];
    law[most] = 1.0;
    let mut reached = 0;
    for size in sizes {
        let mut next = vec![0.0; law.len()];
        for place in most - reached..=most + reached {
            next[place - size] += 0.5 * law[place];
            next[place + size] += 0.5 * law[place];
        }
        (law, reached) = (next, reached + size);
    }
    // Both tails, the smallest terms first.
    (2.0 * law[..=most - observed].iter().sum::<f64>()).clamp(f64::MIN_POSITIVE, 1.0)
}
