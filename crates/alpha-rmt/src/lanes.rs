//! Every quantity of [`Point`](crate::point::Point) for a block of settings, in vector lanes.
//!
//! The formulas are those of [`crate::isotropic`] and [`crate::source`] for one ridge source, written out without a branch, so
//! that the compiler turns the loop over a block into vector code; pulp picks the instruction set when the program runs. There
//! is no fused multiply-add, so that every processor gives the same bits.

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

/// Computes a block whose settings are in range, the law at their α if it is `chosen` and at α* otherwise. `ordinary` is set
/// where that worked. Elsewhere something over- or underflowed on the way, the outputs are worthless, and what is to be said
/// of the setting is up to [`Setting::point`].
pub(crate) fn block(
    inputs: &Inputs,
    chosen: bool,
    form: SourceForm,
    outputs: &mut Outputs,
    ordinary: &mut [bool; BLOCK],
) {
    let arch = pulp::Arch::new();
    match (chosen, form) {
        (false, SourceForm::Correct) => arch.dispatch(|| each::<false, false>(inputs, outputs, ordinary)),
        (true, SourceForm::Correct) => arch.dispatch(|| each::<true, false>(inputs, outputs, ordinary)),
        (false, SourceForm::Published) => arch.dispatch(|| each::<false, true>(inputs, outputs, ordinary)),
        (true, SourceForm::Published) => arch.dispatch(|| each::<true, true>(inputs, outputs, ordinary)),
    }
}

#[inline(always)]
fn each<const CHOSEN: bool, const PUBLISHED: bool>(
    inputs: &Inputs,
    outputs: &mut Outputs,
    ordinary: &mut [bool; BLOCK],
) {
    for i in 0..BLOCK {
        let mut lane = [0.0; INPUTS];
        for (x, row) in lane.iter_mut().zip(inputs) {
            *x = row[i];
        }
        let (values, good) = point::<CHOSEN, PUBLISHED>(lane);
        for (row, x) in outputs.iter_mut().zip(values) {
            row[i] = x;
        }
        ordinary[i] = good;
    }
}

/// The fixed point at C = I ([`crate::fixed_point::FixedPoint::isotropic`]).
struct Fixed {
    g: f64,
    kappa: f64,
    df2: f64,
    /// 1/(1+g).
    over: f64,
    h: f64,
}

#[inline(always)]
fn fixed(eta: f64, gamma: f64) -> Fixed {
    let c = (eta - 1.0) + gamma;
    let larger = 0.5 * (c.abs() + (c * c + 4.0 * gamma).sqrt());
    // g and κ = γ/g are the two, the larger one first if c > 0.
    let smaller = gamma / larger;
    let (g, kappa) = if c > 0.0 { (larger, smaller) } else { (smaller, larger) };
    let over = 1.0 / (1.0 + g);
    Fixed { g, kappa, df2: eta * over * over, over, h: (g + kappa) * over }
}

/// A decision function, NaN where its variance is not positive.
struct Law {
    mean: f64,
    variance: f64,
    second_moment: f64,
    separation: f64,
    /// Whether nothing overflowed.
    finite: bool,
    defined: bool,
}

/// The columns of one accuracy.
struct Rates {
    accuracy: f64,
    separation: f64,
    error: f64,
}

#[inline(always)]
fn rates(separation: f64) -> Rates {
    let tail = normal_tail(separation.abs());
    let body = 1.0 - tail;
    let (accuracy, error) = if separation > 0.0 { (body, tail) } else { (tail, body) };
    Rates { accuracy, separation, error }
}

/// One setting: its point, and whether nothing on the way left the range of `f64`.
#[inline(always)]
fn point<const CHOSEN: bool, const PUBLISHED: bool>(lane: [f64; INPUTS]) -> ([f64; QUANTITIES], bool) {
    let [source_samples, target_samples, p, norm, orthogonal, beta, source_ridge, ridge, alpha] = lane;
    // The target: M, λ and the parts of q.
    let norm2 = norm * norm;
    let along = beta * beta * norm2;
    let across = (1.0 - beta) * (1.0 + beta) * (orthogonal * orthogonal);
    let m2 = along + across;
    let eta = p / target_samples;
    let target = fixed(eta, ridge);
    let lambda = m2 + 1.0 + target.g;
    let over_lambda = 1.0 / lambda;
    let over_m2 = if m2 > 0.0 { 1.0 / m2 } else { 0.0 };
    let over_h = 1.0 / target.h;
    let shrink = (target.g * target.over) * (target.g * target.over);
    // The source: s, s/W, W − s²/M, and what it leaves unexplained.
    let ratio = p / source_samples;
    let source = fixed(ratio, source_ridge);
    let lambda_r = norm2 + 1.0 + source.g;
    let over_lambda_r = 1.0 / lambda_r;
    let product = beta * norm2;
    let s = product * over_lambda_r;
    // λ_R²W = ‖μ‖² + noise, in both forms.
    let right = source.df2 * ((1.0 + source.g) * (1.0 + source.g) + norm2) / source.h;
    let over_right = 1.0 / (norm2 + right);
    let source_only = product * over_right.sqrt();
    let (noise, over_noisy) = if PUBLISHED {
        let noise = source.df2 * lambda_r * ((1.0 + source.g) - norm2);
        (noise, 1.0 / (norm2 + noise))
    } else {
        (right, over_right)
    };
    let over_lambda_r2 = over_lambda_r * over_lambda_r;
    let w = (norm2 + noise) * over_lambda_r2;
    let per_norm = product * lambda_r * over_noisy;
    let explained = along * norm2 * over_noisy;
    let rest = along * (noise * over_noisy) + across;
    // W(M − e)/M.
    let across_mean = (along * noise + across * (norm2 + noise)) * over_lambda_r2 * over_m2;
    let beside = if m2 > 0.0 { across_mean } else { w };
    let factor = eta * (1.0 + target.g) / (target.g * (lambda * rest + eta * explained));
    let star = if per_norm == 0.0 { 0.0 } else { factor * per_norm };
    let worst = -m2 / (target.g * s);

    let law = |alpha: f64| {
        let moved = alpha * (target.g * s);
        let (mean, miss) = ((m2 + moved) * over_lambda, ((1.0 + target.g) - moved) * over_lambda);
        let sum = mean * mean * over_m2 + target.df2 * (miss * miss) + shrink * (alpha * alpha * beside);
        let variance = sum * over_h;
        let second_moment = mean * mean + variance;
        let defined = variance > 0.0;
        let only = |x: f64| if defined { x } else { f64::NAN };
        Law {
            mean: only(mean),
            variance: only(variance),
            second_moment: only(second_moment),
            separation: only(mean / variance.sqrt()),
            finite: second_moment.is_finite(),
            defined,
        }
    };
    let (at_0, at_1, at_star) = (law(0.0), law(1.0), law(star));
    let here = if CHOSEN { law(alpha) } else { law(star) };
    // One by one: what goes through an array here is not turned into vector code.
    let (rates_0, rates_1) = (rates(at_0.separation), rates(at_1.separation));
    let (rates_star, alone) = (rates(at_star.separation), rates(source_only));
    let rates_here = rates(here.separation);
    let gain = |other: &Rates| {
        let both = (rates_star.separation > 0.0) & (other.separation > 0.0);
        if both { other.error - rates_star.error } else { rates_star.accuracy - other.accuracy }
    };

    // Infinite or NaN as soon as one of its terms is.
    let sum = s.abs() + w.abs() + over_h + right + source_only.abs() + lambda * lambda_r;
    let positive = (target.kappa > 0.0) & (source.kappa > 0.0) & (eta > 0.0) & (ratio > 0.0);
    let norm_positive = (norm2 + right) * over_lambda_r2 > 0.0;
    let finite = sum.is_finite() & at_0.finite & at_1.finite & (here.finite | (!CHOSEN & !star.is_finite()));
    let star_good = if PUBLISHED { at_star.finite | !star.is_finite() } else { at_star.finite };
    let defined = PUBLISHED | (at_0.defined & at_1.defined & at_star.defined & here.defined);
    let good = finite & positive & norm_positive & star_good & defined;
    let number = |x: f64| if x.is_finite() { x } else { f64::NAN };
    let values = [
        number(star),
        number(worst),
        here.mean,
        here.variance,
        here.second_moment,
        rates_here.accuracy,
        rates_here.separation,
        rates_here.error,
        rates_0.accuracy,
        rates_0.separation,
        rates_0.error,
        rates_1.accuracy,
        rates_1.separation,
        rates_1.error,
        rates_star.accuracy,
        rates_star.separation,
        rates_star.error,
        alone.accuracy,
        alone.separation,
        alone.error,
        gain(&rates_0),
        gain(&rates_1),
        gain(&alone),
    ];
    (values, good)
}
