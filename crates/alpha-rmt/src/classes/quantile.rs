//! The inverse of the standard normal distribution function.

/// Φ⁻¹(p) for 0 < p ≤ ½ to 16 digits: Wichura's rational approximations (Applied Statistics 37, 1988, AS 241).
///
/// Only the lower half, where p has all its digits; Φ⁻¹(1 − p) = −Φ⁻¹(p).
pub(super) fn lower_quantile(p: f64) -> f64 {
    let q = 0.5 - p;
    if q <= 0.425 {
        let r = 0.180625 - q * q;
        return -q * ratio(r, &CENTRE);
    }
    let r = (-p.ln()).sqrt();
    if r <= 5.0 { -ratio(r - 1.6, &MIDDLE) } else { -ratio(r - 5.0, &TAIL) }
}

/// A ratio of two polynomials, the coefficients of rising powers side by side.
fn ratio(x: f64, coefficients: &[[f64; 2]; 8]) -> f64 {
    let [above, below] = coefficients.iter().rev().fold([0.0; 2], |[a, b], [c, d]| [a * x + c, b * x + d]);
    above / below
}

const CENTRE: [[f64; 2]; 8] = [
    [3.387_132_872_796_366_5, 1.0],
    [1.331_416_678_917_843_8e2, 4.231_333_070_160_091e1],
    [1.971_590_950_306_551_3e3, 6.871_870_074_920_579e2],
    [1.373_169_376_550_946e4, 5.394_196_021_424_751e3],
    [4.592_195_393_154_987e4, 2.121_379_430_158_659_7e4],
    [6.726_577_092_700_87e4, 3.930_789_580_009_271e4],
    [3.343_057_558_358_813e4, 2.872_908_573_572_194_3e4],
    [2.509_080_928_730_122_7e3, 5.226_495_278_852_854e3],
];

const MIDDLE: [[f64; 2]; 8] = [
    [1.423_437_110_749_683_5, 1.0],
    [4.630_337_846_156_546, 2.053_191_626_637_759],
    [5.769_497_221_460_691, 1.676_384_830_183_803_8],
    [3.647_848_324_763_204_5, 6.897_673_349_851e-1],
    [1.270_458_252_452_368_4, 1.481_039_764_274_800_8e-1],
    [2.417_807_251_774_506e-1, 1.519_866_656_361_645_7e-2],
    [2.272_384_498_926_918_4e-2, 5.475_938_084_995_345e-4],
    [7.745_450_142_783_414e-4, 1.050_750_071_644_416_9e-9],
];

const TAIL: [[f64; 2]; 8] = [
    [6.657_904_643_501_103, 1.0],
    [5.463_784_911_164_114, 5.998_322_065_558_88e-1],
    [1.784_826_539_917_291_3, 1.369_298_809_227_358e-1],
    [2.965_605_718_285_048_7e-1, 1.487_536_129_085_061_5e-2],
    [2.653_218_952_657_612_4e-2, 7.868_691_311_456_133e-4],
    [1.242_660_947_388_078_4e-3, 1.846_318_317_510_054_8e-5],
    [2.711_555_568_743_487_6e-5, 1.421_511_758_316_446e-7],
    [2.010_334_399_292_288_1e-7, 2.044_263_103_389_939_7e-15],
];

#[cfg(test)]
mod tests {
    use super::lower_quantile;
    use crate::normal::normal_cdf;

    #[test]
    fn inverts_the_distribution_function() {
        let ps = (1..=500).map(|i| f64::from(i) * 1e-3).chain((3..300).map(|k| 10f64.powi(-k)));
        for p in ps {
            let x = lower_quantile(p);
            // Φ turns an error dx into φ/Φ dx ≈ |x| dx.
            let error = (normal_cdf(x) / p - 1.0).abs();
            assert!(error <= 2e-15 * (1.0 + x * x), "p = {p:e}: x = {x}, relative error {error:e}");
        }
    }
}
