//! Random numbers from keys: each use has its own, so a resumed run draws what the uninterrupted one would have drawn.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// What random numbers are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// First values of A and of a new head.
    Init = 1,
    /// Dropout of the step that trains the adapters.
    Adapters = 2,
    /// Dropout of the step that trains α.
    Alphas = 3,
    /// Order of the training batches.
    Order = 4,
    /// Splits of the training set.
    Split = 5,
    /// Sentences of the demo.
    Demo = 6,
}

/// Names one use of random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// The training step or epoch, from 0.
    pub step: u64,
    /// What the numbers are for.
    pub stream: Stream,
}

impl Key {
    /// 64 bits that depend on all parts of the key.
    pub fn word(self) -> u64 {
        [self.step, self.stream as u64].into_iter().fold(mix(self.seed), |state, part| mix(state ^ mix(part)))
    }

    /// A generator seeded from the key.
    pub fn rng(self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.word())
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): a bijection of 64 bits whose values at successive counters pass BigCrush.
#[inline(always)]
pub(crate) fn mix(counter: u64) -> u64 {
    let z = counter.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
