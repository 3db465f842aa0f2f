//! The best weights of K-class problems, by searches over the directions of u = (1, α).

use std::f64::consts::FRAC_PI_2;

use super::law::ClassLaw;
use super::region::Effort;
use crate::error::Result;
use crate::law::{DecisionLaw, Optimum};
use crate::sums::dot;

/// Directions of a plane that are tried before the best are refined.
const GRID: usize = 40;
/// Local maxima of the grid that are refined.
const REFINED: usize = 3;
/// Rounds of one-dimensional searches at most.
const ROUNDS: usize = 40;
/// Angle below which a search counts as settled: half the digits of the objective.
const SETTLED: f64 = 1e-8;

pub(super) fn optimum(law: &ClassLaw) -> Result<Optimum> {
    let (objective, found) = searched(law)?;
    objective.optimum(&found.0)
}

/// ln of the error rate at the best weights, as the search sees it: smooth in the law.
pub(super) fn least_log_error(law: &ClassLaw) -> Result<f64> {
    Ok(searched(law)?.1.1)
}

fn searched(law: &ClassLaw) -> Result<(Objective<'_>, Tried)> {
    let objective = Objective { law, scales: law.scales() };
    let parts: Vec<usize> = (0..=law.sources()).filter(|i| *i == 0 || objective.scales[*i] > 0.0).collect();
    objective.check()?;
    let found = match parts[..] {
        [_] => objective.unit(0),
        [_, source] => best(std::iter::once(objective.plane(source)).chain(objective.surrogate())),
        _ => objective.sphere(&parts),
    };
    Ok((objective, found))
}

/// ln of the error rate as a function of v, uᵢ = vᵢ/scaleᵢ, which only the direction of v matters for; v₀ ≥ 0.
struct Objective<'a> {
    law: &'a ClassLaw,
    scales: Vec<f64>,
}

/// A direction, and the objective there.
type Tried = (Vec<f64>, f64);

impl Objective<'_> {
    /// Whether there is anything to be told apart at all.
    fn check(&self) -> Result<()> {
        self.law.at(&vec![0.0; self.law.sources()])?.accuracy_within(Effort::Search).map(|_| ())
    }

    fn at(&self, v: &[f64]) -> f64 {
        let u: Vec<f64> = v.iter().zip(&self.scales).map(|(v, s)| if *s > 0.0 { v / s } else { 0.0 }).collect();
        let decision = self.law.decision(|i, _| u[i], u[0]);
        let accuracy = decision.and_then(|decision| decision.accuracy_within(Effort::Search));
        // Scores that are 0 tell nothing apart.
        accuracy.map_or(0.0, |accuracy| accuracy.complement.max(f64::MIN_POSITIVE).ln())
    }

    fn tried(&self, v: Vec<f64>) -> Tried {
        let value = self.at(&v);
        (v, value)
    }

    fn unit(&self, part: usize) -> Tried {
        let v = (0..self.scales.len()).map(|i| f64::from(u8::from(i == part))).collect();
        self.tried(v)
    }

    /// The best direction made of the target's part and one source's: v = (cos θ, sin θ), θ ∈ [−π/2, π/2].
    fn plane(&self, source: usize) -> Tried {
        let direction = |angle: f64| {
            let mut v = vec![0.0; self.scales.len()];
            // Exactly 0 at both ends.
            v[0] = if angle.abs() >= FRAC_PI_2 { 0.0 } else { angle.cos() };
            v[source] = angle.sin();
            v
        };
        let angle = |i: usize| (2.0 * i as f64 / GRID as f64 - 1.0) * FRAC_PI_2;
        let values: Vec<f64> = (0..=GRID).map(|i| self.at(&direction(angle(i)))).collect();
        let least = |i: usize| {
            let around = i.saturating_sub(1)..=(i + 1).min(GRID);
            around.into_iter().all(|j| values[i] <= values[j])
        };
        let mut minima: Vec<usize> = (0..=GRID).filter(|i| least(*i)).collect();
        minima.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
        let found = minima.iter().take(REFINED).map(|&i| {
            let (from, to) = (angle(i.saturating_sub(1)), angle((i + 1).min(GRID)));
            let (at, value) = minimise(|angle| self.at(&direction(angle)), [from, to], (angle(i), values[i]), SETTLED);
            // At an end the search comes close to it, and no more.
            if value < values[i] { (direction(at), value) } else { (direction(angle(i)), values[i]) }
        });
        best(found)
    }

    /// The best direction of several sources: Powell's searches along the coordinates and along what they moved, from the best of
    /// these starts: each source alone with the target, and the law of the mean margin.
    fn sphere(&self, parts: &[usize]) -> Tried {
        let singles = parts.iter().skip(1).map(|source| self.plane(*source));
        let mut best = best(singles.chain(self.surrogate()));
        for _ in 0..ROUNDS {
            let before = best.clone();
            for &part in parts {
                let mut axis = vec![0.0; self.scales.len()];
                axis[part] = 1.0;
                best = self.line(best, &axis);
            }
            let moved: Vec<f64> = best.0.iter().zip(&before.0).map(|(a, b)| a - b).collect();
            best = self.line(best, &moved);
            let distance = best.0.iter().zip(&before.0).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            if distance <= SETTLED || before.1 - best.1 <= 1e-14 * best.1.abs() {
                break;
            }
        }
        best
    }

    /// The best direction on the great circle from `start` towards `towards`.
    fn line(&self, start: Tried, towards: &[f64]) -> Tried {
        let along = dot(&start.0, towards);
        let mut tangent: Vec<f64> = towards.iter().zip(&start.0).map(|(t, v)| t - along * v).collect();
        let norm = dot(&tangent, &tangent).sqrt();
        if norm <= 1e-12 {
            return start;
        }
        tangent.iter_mut().for_each(|t| *t /= norm);
        let at = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            let mut v: Vec<f64> = start.0.iter().zip(&tangent).map(|(v, t)| cos * v + sin * t).collect();
            v[0] = v[0].max(0.0);
            normalised(v)
        };
        let (angle, value) = minimise(|angle| self.at(&at(angle)), [-0.5, 0.5], (0.0, start.1), SETTLED);
        if value < start.1 { (at(angle), value) } else { start }
    }

    /// The best direction for the mean margin over the mean variance of the margins, in closed form.
    fn surrogate(&self) -> Option<Tried> {
        let (mean, variance) = self.law.margins();
        let optimum = DecisionLaw::new(&mean, &variance).ok()?.optimum().ok()?;
        let v = (0..self.scales.len()).map(|i| optimum.entry(i) * self.scales[i]).collect();
        Some(normalised(v)).filter(|v: &Vec<f64>| v.iter().all(|x| x.is_finite())).map(|v| self.tried(v))
    }

    /// Weights of a direction.
    fn optimum(&self, v: &[f64]) -> Result<Optimum> {
        let u: Vec<f64> = v.iter().zip(&self.scales).map(|(v, s)| if *s > 0.0 { v / s } else { 0.0 }).collect();
        let weights: Vec<f64> = u[1..].iter().map(|x| x / u[0]).collect();
        let (target, sources) =
            if weights.iter().all(|x| x.is_finite()) { (1.0, weights) } else { (0.0, u[1..].to_vec()) };
        let decision = self.law.decision(|i, _| if i == 0 { target } else { sources[i - 1] }, target)?;
        Ok(match target {
            _ if decision.is_certain() => Optimum::Separable { target, sources },
            0.0 => Optimum::Infinite(sources),
            _ => Optimum::Finite(sources),
        })
    }
}

fn best(tried: impl IntoIterator<Item = Tried>) -> Tried {
    tried.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default()
}

fn normalised(mut v: Vec<f64>) -> Vec<f64> {
    let norm = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    v
}

/// A local minimum of `f` between two points, to `settled` of its place, by golden sections and parabolas (Brent 1973), from a point
/// inside with its value.
pub(super) fn minimise(f: impl Fn(f64) -> f64, ends: [f64; 2], start: (f64, f64), settled: f64) -> (f64, f64) {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    let [mut low, mut high] = ends;
    // The best point, the second best, and the second best before that.
    let [mut x, mut second, mut third] = [start; 3];
    let (mut step, mut before): (f64, f64) = (0.0, 0.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let least = settled * (1.0 + x.0.abs());
        if (x.0 - middle).abs() <= 2.0 * least - 0.5 * (high - low) {
            break;
        }
        let parabola = {
            let (r, q) = ((x.0 - second.0) * (x.1 - third.1), (x.0 - third.0) * (x.1 - second.1));
            let above = (x.0 - third.0) * q - (x.0 - second.0) * r;
            let below = 2.0 * (r - q);
            above / below
        };
        // A parabola is believed if it stays inside and steps shrink.
        let inside = x.0 + parabola > low && x.0 + parabola < high;
        if before.abs() > least && inside && parabola.abs() < 0.5 * before.abs() {
            before = step;
            step = parabola;
        } else {
            before = if x.0 < middle { high - x.0 } else { low - x.0 };
            step = GOLDEN * before;
        }
        let next = if step.abs() >= least { x.0 + step } else { x.0 + least.copysign(step) };
        let next = (next, f(next));
        if next.1 <= x.1 {
            if next.0 < x.0 {
                high = x.0
            } else {
                low = x.0
            }
            (third, second, x) = (second, x, next);
        } else {
            if next.0 < x.0 {
                low = next.0
            } else {
                high = next.0
            }
            if next.1 <= second.1 || second.0 == x.0 {
                (third, second) = (second, next);
            } else if next.1 <= third.1 || third.0 == x.0 || third.0 == second.0 {
                third = next;
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn minima_inside_and_at_the_end_are_found() {
        let f = |x: f64| (x - 0.3).powi(4) + (x - 0.3).powi(2) - 0.1;
        let (at, value) = minimise(f, [-1.0, 1.0], (0.0, f(0.0)), 1e-8);
        assert!((at - 0.3).abs() < 2e-8 && (value + 0.1).abs() < 1e-15, "{at} {value}");
        let (at, _) = minimise(|x: f64| -x, [-1.0, 1.0], (0.0, 0.0), 1e-8);
        assert!(at > 1.0 - 1e-6, "{at}");
    }
}
