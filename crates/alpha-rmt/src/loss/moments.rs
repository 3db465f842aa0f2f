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
/// Spacings of a loss over which it takes its turn around margin 0.
const TURN: f64 = 20.0;
/// Nodes at most; reached where both δ and the standard deviation are thousands of times the loss's own scale.
const MOST_NODES: f64 = 20_000.0;
/// Newton's steps for one proximal point; not seen to take more than 12.
const MAX_STEPS: usize = 200;

/// Nodes of the trapezoidal rule, in t = 0, 1, … with r = low + spacing·t or, where the loss turns on a scale far below the standard
/// deviation, r = centre + width·sinh(start + spacing·t).
enum Nodes {
    Even { low: f64, spacing: f64 },
    Graded { centre: f64, width: f64, start: f64, spacing: f64 },
}

impl Nodes {
    /// The rule that needs fewer nodes, and how many.
    fn new([low, high]: [f64; 2], deviation: f64, resolution: f64, pull: f64) -> (Self, usize) {
        let spacing = (SPACING * deviation).min(resolution);
        let even = ((high - low) / spacing).ceil().min(MOST_NODES);
        // The score turns between the margins z + δℓ′(z) of z around 0.
        let width = pull.abs() + TURN * resolution;
        let far = (low - pull).abs().max((high - pull).abs());
        let fine = (resolution / (1.5 * width)).min(SPACING * deviation / far);
        let [start, end] = [low, high].map(|r| ((r - pull) / width).asinh());
        let graded = ((end - start) / fine).ceil().min(MOST_NODES);
        // A centre far away in standard deviations would cost digits.
        if width < deviation && graded < even {
            (Self::Graded { centre: pull, width, start, spacing: (end - start) / graded }, graded as usize)
        } else {
            (Self::Even { low, spacing: (high - low) / even }, even as usize)
        }
    }

    /// r and dr/dt of node i.
    fn at(&self, i: usize) -> (f64, f64) {
        match self {
            Self::Even { low, spacing } => (low + spacing * i as f64, *spacing),
            Self::Graded { centre, width, start, spacing } => {
                let t = start + spacing * i as f64;
                (centre + width * t.sinh(), width * spacing * t.cosh())
            }
        }
    }
}

/// The moments by the trapezoidal rule, which converges exponentially for smooth integrands on the whole line.
pub(super) fn trapezoid<L: MarginLoss + ?Sized>(loss: &L, mean: f64, variance: f64, delta: f64) -> ScoreMoments {
    let deviation = variance.sqrt();
    // What falls off like e^{−|r|} moves the peak of its product with the density by up to q towards 0, though not past it.
    let low = (mean - variance).max(mean.min(0.0)) - REACH * deviation;
    let high = (mean + variance).min(mean.max(0.0)) + REACH * deviation;
    let pull = delta * loss.derivatives(0.0)[0];
    let (nodes, count) = Nodes::new([low, high], deviation, loss.resolution(), pull);
    let mut sums = [0.0; 4];
    let mut start = low;
    for i in 0..=count {
        let (r, step) = nodes.at(i);
        let z = loss.prox(r, delta, start);
        let [slope, curvature] = loss.derivatives(z);
        let flatness = delta * curvature;
        // Whichever of the two forms of the score is less sensitive to z.
        let score = if flatness > 1.0 { (z - r) / delta } else { -slope };
        let bend = curvature / (1.0 + flatness);
        let x = (r - mean) / deviation;
        let weight = step * (-0.5 * x * x).exp();
        for (sum, term) in sums.iter_mut().zip([1.0, score, score * score, bend]) {
            *sum += weight * term;
        }
        // dz/dr = 1/(1 + δℓ″).
        start = z + step / (1.0 + flatness);
    }
    ScoreMoments { mean: sums[1] / sums[0], square: sums[2] / sums[0], slope: sums[3] / sums[0] }
}

/// The root z of z + δℓ′(z) − r, which increases with a slope of at least 1.
pub(super) fn prox<L: MarginLoss + ?Sized>(loss: &L, r: f64, delta: f64, start: f64) -> f64 {
    let mut z = start;
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut last = f64::INFINITY;
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
        // Bisection where Newton's step does not halve the residual: between two flat parts it would go back and forth.
        let slow = residual.abs() > 0.5 * last;
        let next = if slow || newton < low || newton > high { 0.5 * (low + high) } else { newton };
        last = residual.abs();
        if next == z {
            break;
        }
        z = next;
    }
    z
}
