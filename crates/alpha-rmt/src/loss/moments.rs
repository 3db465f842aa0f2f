//! Gaussian moments of the score of a loss.

use super::MarginLoss;

/// Moments of the score c(r) = −ℓ′(prox(r)) over margins r ~ N(m, q).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreMoments {
    /// E c.
    pub mean: f64,
    /// E c².
    pub square: f64,
    /// κ = −E c′ = E ℓ″/(1 + δℓ″) ≥ 0.
    pub slope: f64,
}

/// Margins beyond this many standard deviations, on either side of where the integrands are largest, do not count.
const REACH: f64 = 9.0;
/// Spacing of the nodes in standard deviations, for the normal density alone.
const SPACING: f64 = 0.45;
/// Nodes at most; reached where the standard deviation is thousands of times the loss's own scale.
const MOST_NODES: f64 = 30_000.0;
/// Newton's steps for one proximal point; not seen to take more than 12.
const MAX_STEPS: usize = 200;

/// The moments by the trapezoidal rule, which converges exponentially for smooth integrands on the whole line.
pub(super) fn trapezoid<L: MarginLoss + ?Sized>(loss: &L, mean: f64, variance: f64, delta: f64) -> ScoreMoments {
    let deviation = variance.sqrt();
    // A score that falls off like e^{−r} moves the peak of its product with the density down to m − q, though not below 0.
    let low = (mean - variance).max(mean.min(0.0)) - REACH * deviation;
    let high = mean + REACH * deviation;
    let spacing = (SPACING * deviation).min(loss.resolution());
    let nodes = ((high - low) / spacing).ceil().min(MOST_NODES);
    let spacing = (high - low) / nodes;
    let mut sums = [0.0; 4];
    let mut start = low;
    for i in 0..=nodes as usize {
        let r = low + spacing * i as f64;
        let z = loss.prox(r, delta, start);
        let [slope, curvature] = loss.derivatives(z);
        let flatness = delta * curvature;
        // Whichever of the two forms of the score is less sensitive to z.
        let score = if flatness > 1.0 { (z - r) / delta } else { -slope };
        let bend = curvature / (1.0 + flatness);
        let x = (r - mean) / deviation;
        let weight = (-0.5 * x * x).exp();
        for (sum, term) in sums.iter_mut().zip([1.0, score, score * score, bend]) {
            *sum += weight * term;
        }
        // dz/dr = 1/(1 + δℓ″).
        start = z + spacing / (1.0 + flatness);
    }
    ScoreMoments { mean: sums[1] / sums[0], square: sums[2] / sums[0], slope: sums[3] / sums[0] }
}

/// The root z of z + δℓ′(z) − r, which increases with a slope of at least 1.
pub(super) fn prox<L: MarginLoss + ?Sized>(loss: &L, r: f64, delta: f64, start: f64) -> f64 {
    let mut z = start;
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..MAX_STEPS {
        let [slope, curvature] = loss.derivatives(z);
        let residual = z + delta * slope - r;
        if residual.abs() <= 2.0 * f64::EPSILON * (z.abs() + (delta * slope).abs() + r.abs()) {
            break;
        }
        if residual > 0.0 {
            (low, high) = (low.max(z - residual), z);
        } else {
            (low, high) = (z, high.min(z - residual));
        }
        let newton = z - residual / (1.0 + delta * curvature);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if next == z {
            break;
        }
        z = next;
    }
    z
}
