//! Sums over coordinates, several at a time and in an order that lets the processor overlap them.

/// Running sums kept side by side, so that they need not wait for one another.
const LANES: usize = 8;

/// K sums of `terms` over the indices below `count`.
#[inline]
pub(crate) fn sums<const K: usize>(count: usize, terms: impl Fn(usize) -> [f64; K]) -> [f64; K] {
    let mut lanes = [[0.0; K]; LANES];
    let whole = count - count % LANES;
    let add = |sums: &mut [f64; K], index: usize| {
        for (sum, term) in sums.iter_mut().zip(terms(index)) {
            *sum += term;
        }
    };
    for start in (0..whole).step_by(LANES) {
        for (lane, sums) in lanes.iter_mut().enumerate() {
            add(sums, start + lane);
        }
    }
    for index in whole..count {
        add(&mut lanes[0], index);
    }
    std::array::from_fn(|k| lanes.iter().map(|sums| sums[k]).sum())
}

/// Σ wᵢxᵢyᵢ over the shortest of the three.
#[inline]
pub(crate) fn weighted(weights: &[f64], x: &[f64], y: &[f64]) -> f64 {
    let count = weights.len().min(x.len()).min(y.len());
    let (weights, x, y) = (&weights[..count], &x[..count], &y[..count]);
    sums(count, |i| [weights[i] * x[i] * y[i]])[0]
}

/// [`weighted`], or 0 where the sum is no more than the rounding of its terms: of orthogonal vectors that has either sign, which
/// would be all that tells a source of variance 0 from chance.
pub(crate) fn weighted_beyond_rounding(weights: &[f64], x: &[f64], y: &[f64]) -> f64 {
    let count = weights.len().min(x.len()).min(y.len());
    let [sum, size] = sums(count, |i| {
        let term = weights[i] * x[i] * y[i];
        [term, term.abs()]
    });
    let rounding = (LANES + count) as f64 * f64::EPSILON * size;
    if sum.abs() <= rounding { 0.0 } else { sum }
}

/// uᵀAu for a square A (by rows), as if computed with twice the digits: for sums whose terms cancel. It takes the plain sum if a
/// term overflows.
pub(crate) fn exact_form(a: &[f64], u: &[f64]) -> f64 {
    let (mut high, mut low) = (0.0, 0.0);
    for (row, x) in a.chunks_exact(u.len()).zip(u) {
        for (a, y) in row.iter().zip(u) {
            let (first, first_error) = product(*x, *a);
            let (term, term_error) = product(first, *y);
            let sum = high + term;
            // What the sum leaves out (Knuth).
            let back = sum - high;
            low += (high - (sum - back)) + (term - back) + term_error + first_error * y;
            high = sum;
        }
    }
    if (high + low).is_finite() {
        return high + low;
    }
    a.chunks_exact(u.len()).zip(u).map(|(row, x)| x * row.iter().zip(u).map(|(a, y)| a * y).sum::<f64>()).sum()
}

/// A product and its rounding error.
fn product(x: f64, y: f64) -> (f64, f64) {
    let product = x * y;
    (product, x.mul_add(y, -product))
}

/// Σ xᵢyᵢ, in order, over the shorter of the two.
#[inline]
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
