//! Random orders that depend on nothing but a key.
//!
//! A training run needs no generator's state to be resumed: the order of an epoch is drawn anew from its key. The
//! generator is ChaCha with 8 rounds, named and fixed by its specification, where rand's `StdRng` and shuffles may give
//! other numbers after an update. Only the first weights are drawn by rand_distr's and rand's own methods: a test pins some.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// What a random order depends on. Different keys give independent orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// The run's seed.
    pub seed: u64,
    /// What is drawn, such as "adapter" or "alpha".
    pub stream: &'a str,
    /// The epoch, the step, or another count within the stream.
    pub count: u64,
}

impl Key<'_> {
    /// ChaCha8 under the SHA-256 of the key.
    pub fn generator(&self) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.count.to_le_bytes());
        hash.update(self.stream.as_bytes());
        ChaCha8Rng::from_seed(hash.finalize().into())
    }

    /// 64 bits that depend on all of the key.
    pub(crate) fn word(&self) -> u64 {
        self.generator().next_u64()
    }

    /// A random order: item k of the result is one of `items`, each exactly once.
    ///
    /// Every item draws 64 bits and the items are sorted by them: each order is equally likely, but for ties, which
    /// among n items have odds of n²/2⁶⁵ (1 in 10⁸ for MNLI) and then keep the items' order.
    pub fn shuffle<T: Copy>(&self, items: &[T]) -> Vec<T> {
        let mut generator = self.generator();
        let mut drawn: Vec<(u64, T)> = items.iter().map(|&item| (generator.next_u64(), item)).collect();
        drawn.sort_by_key(|&(number, _)| number);
        drawn.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// First weights are drawn by rand's and rand_distr's own methods, which no specification fixes: pinned, so that no update of
    /// theirs changes the results of a run unnoticed.
    #[test]
    fn draws_are_pinned() {
        let mut rng = Key { seed: 1, stream: "adapters", count: 0 }.generator();
        let normals: [f64; 4] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
        let uniforms: [f64; 2] = std::array::from_fn(|_| rng.random_range(-0.5..0.5));
        let expected =
            [0.567_664_021_032_455_1, -0.608_706_522_812_060_7, -0.232_830_133_060_610_82, -0.466_411_267_211_701_45];
        assert_eq!(normals, expected);
        assert_eq!(uniforms, [0.319_456_379_201_871_2, 0.306_103_665_225_041_95]);
    }
}
