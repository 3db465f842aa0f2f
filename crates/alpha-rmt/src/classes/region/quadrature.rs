//! Adaptive quadrature of a probability and of its complement at once.

/// A share of the probability and what it lacks to the whole, each accurate where it is small.
pub(super) type Pair = [f64; 2];

/// Nodes of the 15-point Kronrod rule on (0, 1], from the outside in; every second one is a node of the 7-point Gauss rule.
const NODES: [f64; 7] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_5,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_48,
];
/// Kronrod's weights of those nodes, and last that of 0.
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_56,
    0.104_790_010_322_250_19,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_42,
    0.204_432_940_075_298_89,
    0.209_482_141_084_727_82,
];
/// Gauss's weights of every second node, and last that of 0.
const GAUSS: [f64; 4] =
    [0.129_484_966_168_869_7, 0.279_705_391_489_276_64, 0.381_830_050_505_118_9, 0.417_959_183_673_469_4];

/// Pieces that an integral may be cut into.
const MOST_PIECES: usize = 400;

struct Piece {
    from: f64,
    to: f64,
    value: Pair,
    error: Pair,
}

/// The integrals of both components between the first and the last of `breaks` (rising), and bounds of their errors: pieces are
/// halved, the worst first, until both are right to the relative `tolerance`.
pub(super) fn integrate(f: &impl Fn(f64) -> Pair, breaks: &[f64], tolerance: f64) -> (Pair, Pair) {
    let mut pieces: Vec<Piece> =
        breaks.windows(2).filter(|ends| ends[0] < ends[1]).map(|ends| piece(f, ends[0], ends[1])).collect();
    loop {
        let sum = |part: fn(&Piece) -> Pair| pieces.iter().map(part).fold([0.0; 2], |[a, b], [x, y]| [a + x, b + y]);
        let (value, error) = (sum(|piece| piece.value), sum(|piece| piece.error));
        // How far a component is from being right, relative to what is allowed.
        let excess =
            |error: Pair| (0..2).map(|i| error[i] / (tolerance * value[i] + f64::MIN_POSITIVE)).fold(0.0, f64::max);
        if excess(error) <= 1.0 || pieces.len() >= MOST_PIECES {
            return (value, error);
        }
        let worst = (0..pieces.len()).max_by(|a, b| excess(pieces[*a].error).total_cmp(&excess(pieces[*b].error)));
        let Some(Piece { from, to, .. }) = worst.map(|worst| pieces.swap_remove(worst)) else { return (value, error) };
        let middle = 0.5 * (from + to);
        pieces.extend([piece(f, from, middle), piece(f, middle, to)]);
    }
}

/// Both rules on one piece; the error is their difference, sharpened as in QUADPACK (Piessens et al. 1983).
fn piece(f: &impl Fn(f64) -> Pair, from: f64, to: f64) -> Piece {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    let middle = f(centre);
    let mut values = [[[0.0; 2]; 2]; 7];
    let (mut kronrod, mut gauss) = (middle.map(|x| x * KRONROD[7]), middle.map(|x| x * GAUSS[3]));
    for (i, pair) in values.iter_mut().enumerate() {
        *pair = [f(centre - half * NODES[i]), f(centre + half * NODES[i])];
        for c in 0..2 {
            let both = pair[0][c] + pair[1][c];
            kronrod[c] += KRONROD[i] * both;
            if i % 2 == 1 {
                gauss[c] += GAUSS[i / 2] * both;
            }
        }
    }
    let error = std::array::from_fn(|c| {
        let mean = 0.5 * kronrod[c];
        let around = KRONROD[7] * (middle[c] - mean).abs()
            + (0..7).map(|i| KRONROD[i] * values[i].iter().map(|f| (f[c] - mean).abs()).sum::<f64>()).sum::<f64>();
        let difference = (kronrod[c] - gauss[c]).abs();
        let sharpened =
            if around > 0.0 { around * (200.0 * difference / around).powf(1.5).min(1.0) } else { difference };
        // No rule does better than rounding.
        half * sharpened.max(4.0 * f64::EPSILON * kronrod[c].abs())
    });
    Piece { from, to, value: kronrod.map(|x| x * half), error }
}

#[cfg(test)]
mod tests {
    use super::integrate;

    #[test]
    fn smooth_and_kinked_integrands_are_right_within_their_bounds() {
        let f = |x: f64| [x.exp(), (x - 0.3).abs()];
        let (value, error) = integrate(&f, &[0.0, 0.7, 2.0], 1e-13);
        let expected = [2f64.exp() - 1.0, 0.5 * (0.09 + 1.7 * 1.7)];
        for c in 0..2 {
            assert!(
                (value[c] - expected[c]).abs() <= error[c] && error[c] <= 1e-12 * expected[c],
                "{value:?} {error:?}"
            );
        }
    }

    #[test]
    fn one_piece_is_exact_for_polynomials_of_degree_22() {
        // One piece only: a wide tolerance stops at once.
        let (value, _) = integrate(&|x: f64| [x.powi(22), x.powi(12)], &[-1.0, 1.0], 1e9);
        assert!((value[0] - 2.0 / 23.0).abs() < 1e-16 && (value[1] - 2.0 / 13.0).abs() < 1e-16, "{value:?}");
    }
}
