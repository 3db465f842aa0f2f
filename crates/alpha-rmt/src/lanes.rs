//! Every quantity of [`Point`](crate::point::Point) for a block of settings, in vector lanes.
//!
//! The formulas are those of [`crate::isotropic`] and [`crate::source`] for one ridge source, written out without a branch;
//! pulp picks the instruction set when the program runs. There is no fused multiply-add, so that every processor gives the same
//! bits.

use pulp::Simd;

use crate::lane::{Lane, Vector};
use crate::normal::normal_tail;
use crate::point::QUANTITIES;
use crate::setting::Setting;
use crate::source::SourceForm;

/// Settings of one block.
pub(crate) const BLOCK: usize = 64;
/// N, n, p, ‖μ‖, ‖μ_⊥‖, β, γ̃, γ, α.
pub(crate) const INPUTS: usize = 9;

/// A setting in the order of [`INPUTS`].
pub(crate) fn lane(setting: &Setting, alpha: Option<f64>) -> [f64; INPUTS] {
    [
        setting.source_samples,
        setting.target_samples,
        setting.dimension,
        setting.source_norm,
        setting.orthogonal_norm,
        setting.alignment,
        setting.source_ridge,
        setting.target_ridge,
        alpha.unwrap_or(0.0),
    ]
}

/// A block of settings, one row a parameter.
pub(crate) type Inputs = [[f64; BLOCK]; INPUTS];
/// A block of points: one row a quantity, NaN where it is undefined.
pub(crate) type Outputs = [[f64; BLOCK]; QUANTITIES];

/// Computes a block whose settings are in range, the law at their α if it is `chosen` and at α* otherwise. `ordinary` is above
/// 0 where that worked. Elsewhere something over- or underflowed on the way, the outputs are worthless, and what is to be said
/// of the setting is up to [`Setting::point`].
pub(crate) fn block(
    inputs: &Inputs,
    chosen: bool,
    form: SourceForm,
    outputs: &mut Outputs,
    ordinary: &mut [f64; BLOCK],
) {
    let arch = pulp::Arch::new();
    match (chosen, form) {
        (false, SourceForm::Correct) => arch.dispatch(Block::<false, false> { inputs, outputs, ordinary }),
        (true, SourceForm::Correct) => arch.dispatch(Block::<true, false> { inputs, outputs, ordinary }),
        (false, SourceForm::Published) => arch.dispatch(Block::<false, true> { inputs, outputs, ordinary }),
        (true, SourceForm::Published) => arch.dispatch(Block::<true, true> { inputs, outputs, ordinary }),
    }
}

/// Places in [`Point::NAMES`](crate::point::Point::NAMES) of what [`point`] computes.
const COMPUTED: [usize; 10] = [0, 1, 2, 3, 4, 6, 9, 12, 15, 18];
/// Places of the five accuracies: at the chosen scale, at 0, at 1, at α*, of the source. A separation and an error rate follow
/// each.
const ACCURACIES: [usize; 5] = [5, 8, 11, 14, 17];
/// Place of the first gain.
const GAINS: usize = 20;

/// A block at work. What is in a closure would not be inlined where the instruction set is known, so that there is none in what
/// follows.
struct Block<'a, const CHOSEN: bool, const PUBLISHED: bool> {
    inputs: &'a Inputs,
    outputs: &'a mut Outputs,
    ordinary: &'a mut [f64; BLOCK],
}

impl<const CHOSEN: bool, const PUBLISHED: bool> pulp::WithSimd for Block<'_, CHOSEN, PUBLISHED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { inputs, outputs, ordinary } = self;
        // A block is a whole number of vectors, so that nothing is left over.
        let rows = inputs.each_ref().map(|row| S::as_simd_f64s(row).0);
        let (good, _) = S::as_mut_simd_f64s(ordinary);
        {
            let computed = outputs.each_mut().map(|row| S::as_mut_simd_f64s(row).0);
            for i in 0..good.len() {
                let mut lane = [Vector { simd, x: simd.splat_f64s(0.0) }; INPUTS];
                for (x, row) in lane.iter_mut().zip(&rows) {
                    x.x = row[i];
                }
                let (values, ordinary) = point::<_, CHOSEN, PUBLISHED>(lane);
                for (place, value) in COMPUTED.into_iter().zip(values) {
                    computed[place][i] = value.x;
                }
                good[i] = ordinary.x;
            }
        }
        // Loops of their own: short ones keep the processor busier than a long one.
        for accuracy in if CHOSEN { &ACCURACIES[..] } else { &ACCURACIES[1..] } {
            if let [accuracies, separations, errors] = &mut outputs[*accuracy..accuracy + 3] {
                tails(simd, separations, accuracies, errors);
            }
        }
        if !CHOSEN {
            outputs.copy_within(ACCURACIES[3]..ACCURACIES[3] + 3, ACCURACIES[0]);
        }
        let star = [outputs[ACCURACIES[3]], outputs[ACCURACIES[3] + 2]];
        for (gain, other) in [ACCURACIES[1], ACCURACIES[2], ACCURACIES[4]].into_iter().enumerate() {
            let other = [outputs[other], outputs[other + 2]];
            for (i, x) in outputs[GAINS + gain].iter_mut().enumerate() {
                // By the error rates where they are the smaller numbers.
                let both = (star[1][i] < 0.5) & (other[1][i] < 0.5);
                *x = if both { other[1][i] - star[1][i] } else { star[0][i] - other[0][i] };
            }
        }
    }
}

/// Φ(x) and Φ(−x) of each x; rows are whole numbers of vectors.
#[inline(always)]
fn tails<S: Simd>(simd: S, x: &[f64], accuracies: &mut [f64], errors: &mut [f64]) {
    let (x, _) = S::as_simd_f64s(x);
    let (accuracies, _) = S::as_mut_simd_f64s(accuracies);
    let (errors, _) = S::as_mut_simd_f64s(errors);
    for ((accuracy, &x), error) in accuracies.iter_mut().zip(x).zip(errors) {
        let separation = Vector { simd, x };
        let tail = normal_tail(separation.abs());
        let body = tail.constant(1.0) - tail;
        let above = separation.positive();
        *accuracy = Lane::choose(above, body, tail).x;
        *error = Lane::choose(above, tail, body).x;
    }
}

/// Numbers of one call of [`few_tails`]: the widest vector.
pub(crate) const FEW: usize = 8;

/// Φ(x) and Φ(−x) of a few numbers, in little more time than one takes; the same bits as of one.
pub(crate) fn few_tails(x: &[f64; FEW]) -> [[f64; FEW]; 2] {
    pulp::Arch::new().dispatch(Few(x))
}

struct Few<'a>(&'a [f64; FEW]);

impl pulp::WithSimd for Few<'_> {
    type Output = [[f64; FEW]; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let (mut accuracies, mut errors) = ([0.0; FEW], [0.0; FEW]);
        tails(simd, self.0, &mut accuracies, &mut errors);
        [accuracies, errors]
    }
}

/// The fixed point at C = I ([`crate::fixed_point::FixedPoint::isotropic`]).
struct Fixed<L> {
    /// p over the samples.
    eta: L,
    g: L,
    /// 1 + g.
    t: L,
    kappa: L,
    df2: L,
    h: L,
    /// (g/(1+g))².
    shrink: L,
}

#[inline(always)]
fn fixed<L: Lane>(p: L, samples: L, gamma: L) -> Fixed<L> {
    let over_samples = p.constant(1.0) / samples;
    let eta = p * over_samples;
    // η − 1, exact near 0.
    let c = (p - samples) * over_samples + gamma;
    let larger = (c.abs() + (c * c + gamma * 4.0).sqrt()) * 0.5;
    // g and κ = γ/g are the two, the larger one first if c > 0.
    let smaller = gamma / larger;
    let first = c.positive();
    let (g, kappa) = (L::choose(first, larger, smaller), L::choose(first, smaller, larger));
    let t = g + 1.0;
    let over = t.constant(1.0) / t;
    let share = g * over;
    Fixed { eta, g, t, kappa, df2: eta * over * over, h: (g + kappa) * over, shrink: share * share }
}

/// What the law of a setting is made of.
#[derive(Clone, Copy)]
struct Parts<L> {
    m2: L,
    over_m2: L,
    over_lambda: L,
    over_h: L,
    /// 1 + g.
    t: L,
    df2: L,
    shrink: L,
    /// gs.
    push: L,
    /// W − s²/M.
    beside: L,
}

/// A decision function, NaN where its variance is not positive.
struct Law<L: Lane> {
    mean: L,
    variance: L,
    second_moment: L,
    separation: L,
    /// Whether nothing overflowed.
    finite: L::Mask,
    defined: L::Mask,
}

impl<L: Lane> Parts<L> {
    /// The decision function at a scale.
    #[inline(always)]
    fn at(self, alpha: L) -> Law<L> {
        let moved = alpha * self.push;
        let (mean, miss) = ((self.m2 + moved) * self.over_lambda, (self.t - moved) * self.over_lambda);
        let sum = mean * mean * self.over_m2 + self.df2 * (miss * miss) + self.shrink * (alpha * alpha * self.beside);
        let variance = sum * self.over_h;
        let second_moment = mean * mean + variance;
        let (defined, nan) = (variance.positive(), alpha.constant(f64::NAN));
        Law {
            mean: L::choose(defined, mean, nan),
            variance: L::choose(defined, variance, nan),
            second_moment: L::choose(defined, second_moment, nan),
            separation: L::choose(defined, mean / variance.sqrt(), nan),
            finite: second_moment.finite(),
            defined,
        }
    }
}

/// Whether all of them are.
#[inline(always)]
fn all<L: Lane, const N: usize>(lane: L, masks: [L::Mask; N]) -> L::Mask {
    let mut every = masks[0];
    for mask in masks {
        every = lane.both(every, mask);
    }
    every
}

/// What one setting says but for what follows from the separations, in the order of [`COMPUTED`]; and a number above 0 where
/// nothing on the way left the range of `f64`.
#[inline(always)]
fn point<L: Lane, const CHOSEN: bool, const PUBLISHED: bool>(lane: [L; INPUTS]) -> ([L; COMPUTED.len()], L) {
    let [source_samples, target_samples, p, norm, orthogonal, beta, source_ridge, ridge, alpha] = lane;
    let (zero, one, nan) = (p.constant(0.0), p.constant(1.0), p.constant(f64::NAN));
    // The target: M, λ and the parts of q.
    let norm2 = norm * norm;
    let along = beta * beta * norm2;
    let across = (one - beta) * (beta + 1.0) * (orthogonal * orthogonal);
    let m2 = along + across;
    let seen = m2.positive();
    let target = fixed(p, target_samples, ridge);
    let lambda = m2 + 1.0 + target.g;
    let over_lambda = one / lambda;
    let over_m2 = L::choose(seen, one / m2, zero);
    let over_h = one / target.h;
    // The source: λ_R²W = ‖μ‖² + noise in both forms.
    let source = fixed(p, source_samples, source_ridge);
    let lambda_r = norm2 + 1.0 + source.g;
    let over_lambda_r = one / lambda_r;
    let product = beta * norm2;
    let s = product * over_lambda_r;
    let right = source.df2 * (source.t * source.t + norm2) / source.h;
    let over_right = one / (norm2 + right);
    let source_only = product * over_right.sqrt();
    let (noise, over_noisy) = if PUBLISHED {
        let noise = source.df2 * lambda_r * (source.t - norm2);
        (noise, one / (norm2 + noise))
    } else {
        (right, over_right)
    };
    let over_lambda_r2 = over_lambda_r * over_lambda_r;
    let w = (norm2 + noise) * over_lambda_r2;
    // s/W, e, M − e and W − s²/M = W(M − e)/M.
    let per_norm = product * lambda_r * over_noisy;
    let explained = along * norm2 * over_noisy;
    let rest = along * (noise * over_noisy) + across;
    let beside = (along * noise + across * (norm2 + noise)) * over_lambda_r2 * over_m2;
    let beside = L::choose(seen, beside, w);
    let factor = target.eta * target.t / (target.g * (lambda * rest + target.eta * explained));
    let star = L::choose(per_norm.abs().positive(), factor * per_norm, zero * per_norm);
    let push = target.g * s;
    let chance = zero - m2 / push;

    let parts =
        Parts { m2, over_m2, over_lambda, over_h, t: target.t, df2: target.df2, shrink: target.shrink, push, beside };
    let (at_0, at_1, at_star) = (parts.at(zero), parts.at(one), parts.at(star));
    let here = if CHOSEN { parts.at(alpha) } else { parts.at(star) };

    // Infinite or NaN as soon as one of its terms is.
    let sum = s.abs() + w.abs() + over_h + right + source_only.abs() + lambda * lambda_r;
    let scale = (norm2 + right) * over_lambda_r2;
    let kappas = p.both(target.kappa.positive(), source.kappa.positive());
    let ratios = p.both(target.eta.positive(), source.eta.positive());
    // The published form may have no α*, and no variance anywhere.
    let no_star = L::choose(star.finite(), zero, one).positive();
    let star_good = if PUBLISHED { p.either(no_star, at_star.finite) } else { at_star.finite };
    let here_good = if CHOSEN { here.finite } else { star_good };
    let defined =
        if PUBLISHED { star_good } else { all(p, [at_0.defined, at_1.defined, at_star.defined, here.defined]) };
    let finite = all(p, [sum.finite(), at_0.finite, at_1.finite, star_good, here_good]);
    let good = all(p, [finite, defined, kappas, ratios, scale.positive()]);
    let values = [
        L::choose(star.finite(), star, nan),
        L::choose(chance.finite(), chance, nan),
        here.mean,
        here.variance,
        here.second_moment,
        here.separation,
        at_0.separation,
        at_1.separation,
        at_star.separation,
        source_only,
    ];
    (values, L::choose(good, one, zero))
}
