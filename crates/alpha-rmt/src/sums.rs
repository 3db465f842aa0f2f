//! Sums over coordinates, several at a time and in an order that lets the processor overlap them.

/// Running sums kept side by side, so that they need not wait for one another.
const LANES: usize = 8;

/// K sums of `terms` over the indices below `count`.
#[inline]
pub(crate) fn sums<const K: usize>(count: usize, terms: impl Fn(usize) -> [f64; K]) -> [f64; K] {
    let mut lanes = [[0.0; LANES]; K];
    let whole = count - count % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let terms = terms(start + lane);
            for k in 0..K {
                lanes[k][lane] += terms[k];
            }
        }
    }
    for index in whole..count {
        let terms = terms(index);
        for k in 0..K {
            lanes[k][0] += terms[k];
        }
    }
    lanes.map(|lanes| lanes.iter().sum())
}

/// Σ wᵢxᵢyᵢ over the shortest of the three.
#[inline]
pub(crate) fn weighted(weights: &[f64], x: &[f64], y: &[f64]) -> f64 {
    let count = weights.len().min(x.len()).min(y.len());
    let (weights, x, y) = (&weights[..count], &x[..count], &y[..count]);
    sums(count, |i| [weights[i] * x[i] * y[i]])[0]
}
