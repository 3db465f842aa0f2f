//! Rank-1 lattice rules for the unit cube.

/// Primes N with the first components z of a generating vector each: node i of N is the fractional part of iz/N.
///
/// Chosen component by component to minimise the worst-case error in the Korobov space of smoothness 2 with product weights
/// 1/(2j) for coordinate j (the fast algorithm of Nuyens and Cools, Math. Comp. 75, 2006).
pub(super) const LATTICES: [(u64, [u64; 32]); 3] = [
    (
        1009,
        [
            1, 390, 105, 429, 61, 141, 132, 462, 411, 235, 91, 499, 332, 294, 74, 374, 172, 353, 54, 251, 308, 198,
            220, 185, 417, 381, 364, 403, 23, 359, 348, 341,
        ],
    ),
    (
        8191,
        [
            1, 3457, 2970, 3143, 2147, 2685, 4040, 735, 3652, 1841, 2852, 1036, 2990, 3536, 2111, 3371, 2434, 3634,
            3015, 3991, 478, 658, 3603, 1290, 3200, 3959, 2758, 4018, 3564, 2439, 4083, 3273,
        ],
    ),
    (
        65537,
        [
            1, 26908, 17083, 9228, 23719, 30893, 18789, 30258, 4877, 10206, 31657, 10331, 7364, 20822, 2132, 25143,
            10813, 5392, 10906, 1202, 6576, 24279, 10974, 8913, 29230, 25671, 32373, 14647, 27972, 13737, 11088, 3938,
        ],
    ),
];

/// Steps between neighbouring nodes, one per coordinate; beyond the table those of Richtmyer's sequence, the fractional parts of
/// square roots of primes.
pub(super) fn steps(level: usize, dimension: usize) -> Vec<f64> {
    let (count, vector) = LATTICES[level];
    let table = vector.iter().map(|z| *z as f64 / count as f64);
    let primes = (2u32..).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    table.chain(primes.map(|prime| f64::from(prime).sqrt().fract())).take(dimension).collect()
}

/// Shift number `index` of the lattice, one number in (0, 1) per coordinate, always the same: the generator of Steele, Lea and
/// Flood (SplitMix, 2014).
pub(super) fn shift(index: usize, dimension: usize) -> Vec<f64> {
    let mut state = (index as u64 + 1) << 40;
    (0..dimension)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 * (0.5 / (1u64 << 52) as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{LATTICES, steps};

    /// Worst-case error of the rule in the space that its vector was chosen in, over `dimension` coordinates.
    fn error(level: usize, dimension: usize) -> f64 {
        let kernel = |x: f64| 2.0 * std::f64::consts::PI.powi(2) * (x * x - x + 1.0 / 6.0);
        let (count, steps) = (LATTICES[level].0, steps(level, dimension));
        let product = |i: u64| -> f64 {
            let term = |(j, step): (usize, &f64)| 1.0 + 0.5 / (j as f64 + 1.0) * kernel((i as f64 * step).fract());
            steps.iter().enumerate().map(term).product()
        };
        (0..count).map(product).sum::<f64>() / count as f64 - 1.0
    }

    #[test]
    fn lattices_have_the_errors_they_were_chosen_for() {
        for (level, expected) in [(0, 0.171_359_624_6), (1, 0.018_021_920_8), (2, 0.001_834_218_3)] {
            let error = error(level, 32);
            assert!((error / expected - 1.0).abs() < 1e-6, "{level}: {error}");
        }
    }

    #[test]
    fn coordinates_beyond_the_table_differ() {
        let steps = steps(0, 40);
        assert_eq!(steps.len(), 40);
        assert!((0..40).all(|i| (0..i).all(|j| (steps[i] - steps[j]).abs() > 1e-6)));
    }
}
