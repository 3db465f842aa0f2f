//! The standard normal distribution.
//!
//! Φ is computed here, not by a library: plain arithmetic without branches or tables, the same for a number and for a vector of
//! them, with the same bits on every machine. Its coefficients come from `scripts/fixtures/normal.py`.

use crate::lane::Lane;

/// Standard normal distribution function Φ, to a relative error below 2e-15 down to Φ(−37.5) = 5e-308. NaN for NaN.
///
/// ```
/// use alpha_rmt::normal_cdf;
/// assert!((normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// // The far tail keeps its digits: Φ(−30.3).
/// assert!((normal_cdf(-30.3) / 5.7317235033154952943e-202 - 1.0).abs() < 4e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    let tail = normal_tail(x.abs());
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Φ(−x) for x ≥ 0; NaN for NaN.
///
/// Φ(−x) = exp(−x²/2) f(t)/(x + 4) with t = (x − 4)/(x + 4) ∈ [−1, 1] and a polynomial f.
#[inline(always)]
pub(crate) fn normal_tail<L: Lane>(x: L) -> L {
    // Beyond it there is nothing above the least positive number. NaN goes through.
    let most = x.constant(40.0);
    let x = L::choose(x.above(most), most, x);
    let over = x.constant(1.0) / (x + 4.0);
    let series = polynomial(&TAIL, (x - 4.0) * over) * over;
    // −x²/2 = a + b with a exact: the upper part of x has so few digits (26) that its square needs no rounding.
    let scaled = x * 134_217_729.0;
    let upper = scaled - (scaled - x);
    exp_times(upper * upper * -0.5, (x - upper) * (x + upper) * -0.5, series)
}

/// exp(a + b)·c for a ∈ [−800, 0] and a small b.
#[inline(always)]
fn exp_times<L: Lane>(a: L, b: L, c: L) -> L {
    // Sums with it are rounded to whole numbers.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let k = (a * std::f64::consts::LOG2_E + ROUND) - ROUND;
    let r = (a - k * LN_2_HIGH) - (k * LN_2_LOW - b);
    let exp = (r + r * r * polynomial(&EXP, r)) + 1.0;
    // In two steps, since 2ᵏ alone may be below the least positive number.
    let half = (k * 0.5 + ROUND) - ROUND;
    exp * c * half.power_of_2() * (k - half).power_of_2()
}

/// Σ cᵢxⁱ, the even and the odd powers side by side.
#[inline(always)]
fn polynomial<L: Lane, const N: usize>(coefficients: &[f64; N], x: L) -> L {
    let square = x * x;
    let (mut even, mut odd) = (x.constant(0.0), x.constant(0.0));
    let mut i = N;
    while i > 0 {
        i -= 1;
        if i.is_multiple_of(2) {
            even = even * square + coefficients[i];
        } else {
            odd = odd * square + coefficients[i];
        }
    }
    even + x * odd
}

/// Its density φ.
pub(crate) fn normal_density(x: f64) -> f64 {
    const OVER_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    OVER_SQRT_TAU * (-0.5 * x.powi(2)).exp()
}

/// f in powers of t.
const TAIL: [f64; 26] = [
    0.755_285_130_415_751_5,
    -0.607_896_641_971_892_1,
    0.387_137_400_742_214_9,
    -0.186_521_857_959_654_84,
    0.060_396_574_890_917_876,
    -0.007_540_188_966_825_24,
    -0.003_479_692_367_047_973_6,
    0.001_630_818_459_394_586,
    0.000_133_344_309_411_832_56,
    -0.000_231_094_953_240_194_37,
    -1.908_246_351_414_571e-6,
    3.514_479_478_753_355e-5,
    7.166_587_641_195_121e-7,
    -5.920_586_519_556_891e-6,
    -6.298_367_338_492_369e-7,
    1.022_560_415_829_603_8e-6,
    2.724_629_695_114_587_3e-7,
    -1.565_023_646_199_310_6e-7,
    -8.686_647_015_997_893e-8,
    1.463_072_740_565_117_5e-8,
    2.142_760_384_345_235_5e-8,
    1.432_991_840_108_861_3e-9,
    -3.730_645_081_868_37e-9,
    -8.546_521_899_880_147e-10,
    3.403_312_308_649_495e-10,
    1.175_478_991_480_774e-10,
];

/// (exp(r) − 1 − r)/r² in powers of r, for |r| ≤ ln(2)/2.
const EXP: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_68,
    0.008_333_333_333_326_082,
    0.001_388_888_888_887_900_1,
    0.000_198_412_698_750_039_73,
    2.480_158_733_663_232e-5,
    2.755_725_516_812_306_2e-6,
    2.755_726_307_600_547e-7,
    2.510_531_342_307_852_4e-8,
    2.091_821_275_250_695_6e-9,
];

/// ln 2 in two parts, the first with so few digits that products with whole numbers below 2^20 are exact.
const LN_2_HIGH: f64 = 0.693_147_180_485_539_1;
const LN_2_LOW: f64 = 7.440_617_110_012_397e-11;
