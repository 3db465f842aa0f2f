//! Handwritten digits that come with the crate: real data without a download.
//!
//! 1797 images of 8×8 pixels with levels 0 to 16: the test part of E. Alpaydin and C. Kaynak, *Optical Recognition of
//! Handwritten Digits*, UCI Machine Learning Repository (1998), <https://doi.org/10.24432/C50P49>, licensed CC BY 4.0; in the
//! order of scikit-learn's `load_digits`. `scripts/fixtures/digits.py` packs them.
//!
//! ```
//! use alpha_linear::digits::{Digits, Pair};
//! let digits = Digits::load();
//! let pair: Pair = "6/8:5/9".parse()?;
//! let (source, target) = digits.transfer(&pair);
//! assert_eq!((source.rows(), target.rows(), source.dimension()), (355, 362, 64));
//! # Ok::<(), alpha_linear::Error>(())
//! ```

use std::io::Read;
use std::str::FromStr;

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};
use crate::samples::Samples;

/// Number of images.
pub const ROWS: usize = 1797;
/// Number of pixels.
pub const PIXELS: usize = 64;

static PACKED: &[u8] = include_bytes!("../data/digits.zlib");

/// All the images.
#[derive(Debug, Clone, PartialEq)]
pub struct Digits {
    /// The digit that each image shows.
    pub digits: Vec<u8>,
    /// Pixel by pixel, from the upper left by rows, the levels of all images.
    pixels: Vec<u8>,
}

/// Two tasks of telling two digits apart, and the one that has been learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The source's digits for −1 and +1.
    pub source: [u8; 2],
    /// The target's digits for −1 and +1.
    pub target: [u8; 2],
}

impl Default for Pair {
    fn default() -> Self {
        Self { source: [6, 8], target: [5, 9] }
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { source: [a, b], target: [c, d] } = self;
        write!(f, "{a}/{b}:{c}/{d}")
    }
}

impl FromStr for Pair {
    type Err = Error;

    /// From `6/8:5/9`: −1 and +1 of the source, then of the target.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |allowed: &str| Error::Parameter {
            name: "digits",
            value: format!("'{text}'"),
            allowed: allowed.to_owned(),
        };
        let task = |words: &str| -> Option<[u8; 2]> {
            let (one, other) = words.split_once('/')?;
            let digit = |word: &str| word.parse().ok().filter(|digit| *digit < 10);
            Some([digit(one)?, digit(other)?])
        };
        let tasks = text.split_once(':').and_then(|(source, target)| Some((task(source)?, task(target)?)));
        let (source, target) = tasks.ok_or_else(|| refuse("four digits as in 6/8:5/9, source and target"))?;
        if source[0] == source[1] || target[0] == target[1] {
            return Err(refuse("two different digits for each task"));
        }
        Ok(Self { source, target })
    }
}

impl Digits {
    /// Unpacks the images.
    ///
    /// # Panics
    /// Never: a test unpacks the same bytes.
    pub fn load() -> Self {
        let mut content = Vec::with_capacity(ROWS * (PIXELS + 1));
        let mut decoder = flate2::read::ZlibDecoder::new(PACKED);
        decoder.read_to_end(&mut content).expect("the built-in digits are whole");
        let pixels = content.split_off(ROWS);
        Self { digits: content, pixels }
    }

    /// Names of the pixels, in the order of the features.
    pub fn names() -> Vec<String> {
        (0..PIXELS).map(|i| format!("pixel_{}_{}", i / 8, i % 8)).collect()
    }

    /// Two digits as classes −1 and +1, in the order of the images.
    pub fn samples(&self, [minus, plus]: [u8; 2]) -> Samples {
        let chosen: Vec<usize> = (0..ROWS).filter(|i| [minus, plus].contains(&self.digits[*i])).collect();
        let features =
            DMatrix::from_fn(PIXELS, chosen.len(), |pixel, i| f64::from(self.pixels[pixel * ROWS + chosen[i]]));
        let label = |i: &usize| if self.digits[*i] == plus { 1.0 } else { -1.0 };
        Samples { features, labels: DVector::from_iterator(chosen.len(), chosen.iter().map(label)) }
    }

    /// Source and target of a pair, not standardised.
    pub fn transfer(&self, pair: &Pair) -> (Samples, Samples) {
        (self.samples(pair.source), self.samples(pair.target))
    }
}
