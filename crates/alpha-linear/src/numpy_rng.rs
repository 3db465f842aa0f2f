//! NumPy's legacy random permutations, bit for bit: `np.random.seed(k)`, then `np.random.permutation(n)`.

use rand_mt::Mt;

/// The state that `np.random.seed(seed)` leaves.
///
/// ```
/// use alpha_linear::numpy_rng::NumpyRng;
/// // np.random.seed(0); np.random.permutation(10)
/// assert_eq!(NumpyRng::seed(0).permutation(10), [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
/// ```
pub struct NumpyRng(Mt);

impl NumpyRng {
    /// Seeds the Mersenne Twister as NumPy does for an integer below 2³².
    pub fn seed(seed: u32) -> Self {
        Self(Mt::new(seed))
    }

    /// A permutation of 0 … n − 1: Fisher–Yates from the top, the partner drawn by masked rejection.
    pub fn permutation(&mut self, n: u32) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n as usize).collect();
        for i in (1..n).rev() {
            let j = self.at_most(i);
            order.swap(i as usize, j as usize);
        }
        order
    }

    /// A uniform integer in [0, max], max ≥ 1.
    fn at_most(&mut self, max: u32) -> u32 {
        let mask = u32::MAX >> max.leading_zeros();
        loop {
            let value = self.0.next_u32() & mask;
            if value <= max {
                return value;
            }
        }
    }
}
