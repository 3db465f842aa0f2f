//! Dropout from keys instead of a generator's state.
//!
//! Every mask is a function of (seed, step, stream) and of its place in the forward pass, so a resumed run draws what the
//! uninterrupted one would have drawn. libtorch draws on one core; this fills masks on all, in vectors.

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::keyed::Key;

/// Elements per task: 64 KiB of bf16.
const CHUNK: usize = 1 << 15;
/// 64-bit words drawn at a time, four elements each.
const WORDS: usize = 64;

/// The dropout of one forward pass.
#[derive(Debug)]
pub struct Dropout {
    key: Option<u64>,
    calls: u64,
}

impl Dropout {
    /// No dropout, for evaluation.
    pub fn off() -> Self {
        Self { key: None, calls: 0 }
    }

    /// The dropout of one training pass. On a GPU the device's generator is seeded from the key.
    pub fn keyed(key: Key<'_>, device: Device) -> Self {
        let word = key.word();
        if device.is_cuda() {
            tch::manual_seed(word as i64);
        }
        Self { key: Some(word), calls: 0 }
    }

    /// Whether elements are dropped at all.
    pub(crate) fn is_on(&self) -> bool {
        self.key.is_some()
    }

    /// Drops each element with probability `share` in [0, 1), and scales the others by 1/(1 − share).
    ///
    /// Numerics: on a CPU `share` is taken to the nearest 2⁻¹⁶ and the scale is rounded to the tensor's format.
    pub(crate) fn apply(&mut self, x: Tensor, share: f64) -> Tensor {
        let Some(key) = self.key.filter(|_| share > 0.0) else { return x };
        if x.device().is_cuda() {
            return x.dropout(share, true);
        }
        self.calls += 1;
        &x * mask(mix(key ^ mix(self.calls)), share, &x.size(), x.kind())
    }
}

/// A tensor of 0 and 1/(1 − share).
fn mask(key: u64, share: f64, size: &[i64], kind: Kind) -> Tensor {
    let elements = size.iter().product::<i64>() as usize;
    let threshold = (share * 65536.0).round() as u16;
    let scale = 1.0 / (1.0 - share);
    match kind {
        Kind::BFloat16 => {
            let mask = filled(elements, key, threshold, half::bf16::from_f64(scale).to_bits());
            Tensor::from_data_size(bytemuck::cast_slice(&mask), size, kind)
        }
        kind => Tensor::from_slice(&filled(elements, key, threshold, scale as f32)).view(size).to_kind(kind),
    }
}

fn filled<T: Copy + Default + Send + Sync>(elements: usize, key: u64, threshold: u16, keep: T) -> Vec<T> {
    let mut mask = vec![T::default(); elements];
    let arch = pulp::Arch::new();
    mask.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, out)| {
        let first = key.wrapping_add((chunk * CHUNK / 4) as u64);
        arch.dispatch(
            #[inline(always)]
            || fill(out, first, threshold, keep),
        );
    });
    mask
}

/// Sixteen bits of mix(counter) decide for each element.
#[inline(always)]
fn fill<T: Copy + Default>(out: &mut [T], mut counter: u64, threshold: u16, keep: T) {
    let mut words = [0u64; WORDS];
    for block in out.chunks_mut(4 * WORDS) {
        for (offset, word) in words.iter_mut().enumerate() {
            *word = mix(counter.wrapping_add(offset as u64));
        }
        counter = counter.wrapping_add(WORDS as u64);
        for (element, &bits) in block.iter_mut().zip(bytemuck::cast_slice::<u64, u16>(&words)) {
            *element = if bits >= threshold { keep } else { T::default() };
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): a bijection of 64 bits whose values at successive counters pass BigCrush.
#[inline(always)]
fn mix(counter: u64) -> u64 {
    let z = counter.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key<'_> = Key { seed: 7, stream: "adapters", count: 3 };

    fn drop(key: Key<'_>, kind: Kind, size: [i64; 2]) -> Tensor {
        Dropout::keyed(key, Device::Cpu).apply(Tensor::ones(size, (kind, Device::Cpu)), 0.1)
    }

    #[test]
    fn shares_and_scale_are_right() {
        // 10^6 draws: the count of drops lies within 4 standard deviations of np, 300.
        for kind in [Kind::Float, Kind::BFloat16] {
            let dropped = drop(KEY, kind, [1000, 1000]);
            let zeros = dropped.eq(0.0).sum(Kind::Int64).int64_value(&[]);
            let z = (zeros as f64 - 1e5) / (1e6_f64 * 0.09).sqrt();
            assert!(z.abs() < 4.0, "{kind:?}: {zeros} zeros, z = {z}");
            let largest = dropped.max().double_value(&[]);
            let expected = if kind == Kind::Float { 1.0 / 0.9 } else { 1.109375 };
            assert!((largest - expected).abs() < 1e-6, "{kind:?}: {largest}");
        }
    }

    #[test]
    fn neighbours_are_independent() {
        // Correlation of each element with the one a lag on: N(0, 1/n) under independence.
        let dropped = drop(KEY, Kind::Float, [1, 1 << 20]).eq(0.0).to_kind(Kind::Double).view([-1]) - 0.1;
        for lag in [1, 2, 3, 4, 64, 256, 1 << 15] {
            let n = dropped.size()[0] - lag;
            let product = (dropped.narrow(0, 0, n) * dropped.narrow(0, lag, n)).mean(Kind::Double);
            let z = product.double_value(&[]) / 0.09 * (n as f64).sqrt();
            assert!(z.abs() < 4.0, "lag {lag}: z = {z}");
        }
    }

    #[test]
    fn a_key_gives_its_mask_and_no_other() {
        let same = drop(KEY, Kind::Float, [300, 257]);
        assert_eq!(same, drop(KEY, Kind::Float, [300, 257]));
        for other in [Key { seed: 8, ..KEY }, Key { count: 4, ..KEY }, Key { stream: "alphas", ..KEY }] {
            assert_ne!(same, drop(other, Kind::Float, [300, 257]), "{other:?}");
        }
        let mut pass = Dropout::keyed(KEY, Device::Cpu);
        let ones = || Tensor::ones([300, 257], (Kind::Float, Device::Cpu));
        assert_ne!(pass.apply(ones(), 0.1), pass.apply(ones(), 0.1), "two places of one pass");
        assert_eq!(Dropout::off().apply(ones(), 0.1), ones());
    }
}
