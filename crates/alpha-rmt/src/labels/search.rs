//! The best weights with a fitted intercept.
//!
//! At given q the accuracy grows with m: both (m+t) = (1−ȳ)m + ȳρ and (m−t) = (1+ȳ)m − ȳρ do. So the best weights have the largest
//! m of all with their q. Those are α₀ + τd, τ ≥ 0, where α₀ has the least variance q₀ and d is the best direction of the sources
//! alone, scaled to dᵀKd = 1: m = m₀ + τ√e and q = q₀ + τ². With τ = √q₀ tan φ the margins (m ± t)/√q are A cos φ + B sin φ.

use std::f64::consts::FRAC_PI_2;

use super::{LabelledLaw, Margins};
use crate::check::all_representable;
use crate::error::Result;
use crate::law::Optimum;
use crate::least_norm::{Scaled, rounding};
use crate::optimum::Best;

/// Places that are looked at first.
const GRID: usize = 64;
/// Bisections between two of them, to the last digit of an angle.
const BISECTIONS: usize = 60;

/// The weights of the largest accuracy, for k ≥ 1 sources.
pub(super) fn optimum(law: &LabelledLaw) -> Result<Optimum> {
    if let separable @ Optimum::Separable { .. } = law.law.optimum()?
        && law.at_optimum(&separable)?.error_rate() == 0.0
    {
        return Ok(separable);
    }
    // With no labels of the target the classes are on either side of the threshold wherever m > 0.
    let direction = match law.law.sources_alone()? {
        Best::Separating(sources) => return Ok(Optimum::Separable { target: 0.0, sources }),
        Best::Stationary(direction) => direction,
    };
    let line = Line::new(law, direction)?;
    let angle = line.best();
    if angle == FRAC_PI_2 {
        return Ok(Optimum::Infinite(line.direction));
    }
    let step = line.least.sqrt() * angle.tan();
    let weights: Vec<f64> = line.start.iter().zip(&line.direction).map(|(a, d)| a + step * d).collect();
    all_representable("the optimal weights", &weights)?;
    Ok(Optimum::Finite(weights))
}

/// The weights α₀ + τd, by the angle φ.
struct Line {
    /// α₀.
    start: Vec<f64>,
    /// d.
    direction: Vec<f64>,
    /// q₀.
    least: f64,
    /// A and B of class +1, and of class −1.
    waves: [[f64; 2]; 2],
    positive_share: f64,
}

impl Line {
    /// The line for a direction in proportion to d.
    fn new(labelled: &LabelledLaw, mut direction: Vec<f64>) -> Result<Self> {
        let (law, terms) = (&labelled.law, labelled.terms);
        let (k, size) = (law.variance_coefficients(), law.sources() + 1);
        let own: Vec<f64> = (1..size).map(|i| -k[i]).collect();
        let sources = law.restricted(|i| i > 0);
        let split = Scaled::new(sources.variance_coefficients(), rounding(size))?;
        let start: Vec<f64> = split.shortest(split.solve(&own)).iter().copied().collect();
        let (strength, variance) = sources.forms(|i| direction[i]);
        let mut slope = 0.0;
        if strength > 0.0 && variance > 0.0 {
            let scale = variance.sqrt().recip();
            direction.iter_mut().for_each(|d| *d *= scale);
            slope = strength * scale;
        } else {
            // The sources say nothing: one of them can only add variance.
            let variance = |i: &usize| k[(i + 1) * size + i + 1];
            let loudest = (0..size - 1).max_by(|i, j| variance(i).total_cmp(&variance(j))).unwrap_or(0);
            direction = vec![0.0; size - 1];
            direction[loudest] = if variance(&loudest) > 0.0 { variance(&loudest).sqrt().recip() } else { 0.0 };
        }
        let (mean, least) = law.forms(|i| if i == 0 { 1.0 } else { start[i - 1] });
        all_representable("the optimal weights", start.iter().chain(&direction).chain(&[mean, least, slope]))?;
        let least = least.max(f64::MIN_POSITIVE);
        let (tilt, offset) = (terms.imbalance, terms.imbalance * terms.signal);
        let wave = |tilt: f64, offset: f64| [((1.0 - tilt) * mean + offset) / least.sqrt(), (1.0 - tilt) * slope];
        let waves = [wave(tilt, offset), wave(-tilt, -offset)];
        Ok(Self { start, direction, least, waves, positive_share: labelled.labels.positive_share })
    }

    /// The best angle in [0, π/2].
    fn best(&self) -> f64 {
        // Left of both peaks the accuracy rises, right of both it falls.
        let peaks = self.waves.map(|[a, b]| b.atan2(a).clamp(0.0, FRAC_PI_2));
        let (from, to) = (peaks[0].min(peaks[1]), peaks[0].max(peaks[1]));
        // The end exactly, since it stands for infinity.
        let place = |i: usize| if i == GRID { to } else { from + (to - from) * i as f64 / GRID as f64 };
        let mut best = place(0);
        let mut consider = |angle: f64| {
            if self.worse(best, angle) {
                best = angle;
            }
        };
        for i in 0..GRID {
            let (mut low, mut high) = (place(i), place(i + 1));
            if self.slope(low) > 0.0 && self.slope(high) < 0.0 {
                for _ in 0..BISECTIONS {
                    let middle = 0.5 * (low + high);
                    if self.slope(middle) > 0.0 { low = middle } else { high = middle }
                }
                consider(0.5 * (low + high));
            }
            consider(place(i + 1));
        }
        best
    }

    fn margins(&self, angle: f64) -> Margins {
        let (sin, cos) = sines(angle);
        Margins::scaled(self.waves.map(|[a, b]| a * cos + b * sin), self.positive_share)
    }

    /// Derivative of the accuracy up to a positive factor.
    fn slope(&self, angle: f64) -> f64 {
        let (sin, cos) = sines(angle);
        self.margins(angle).accuracy_slope(self.waves.map(|[a, b]| b * cos - a * sin))
    }

    /// Whether the accuracy is less at `one` than at `other`.
    fn worse(&self, one: f64, other: f64) -> bool {
        self.margins(one).log_error() > self.margins(other).log_error()
    }
}

/// Sine and cosine, exact at the end that stands for infinity.
fn sines(angle: f64) -> (f64, f64) {
    if angle == FRAC_PI_2 { (1.0, 0.0) } else { angle.sin_cos() }
}
