//! The law for any covariance, from its eigenvalues and the means and sources in its eigenbasis (theory §3).

use crate::error::{Error, Result, finite, length};
use crate::fixed_point::{FixedPoint, Spectrum};
use crate::law::DecisionLaw;

/// A target with covariance C, and k ≥ 0 frozen sources, in the eigenbasis of C.
///
/// With R₀ = (κC + γI)⁻¹ and a = μ_βᵀR₀μ_β:
///
/// ```text
/// m = (κa + γ μ_βᵀR₀Wα) / (1 + κa)
/// q = [ bᵀCb + df₂ (1−m)² ] / (1 − df₂),   b = R₀ ( γWα + κ(1−m) μ_β )
/// ```
///
/// ```
/// use alpha_rmt::{covariance::EigenbasisTarget, fixed_point::Spectrum};
/// let law = EigenbasisTarget {
///     spectrum: Spectrum { eigenvalues: &[1.0, 5.0], samples: 4.0, ridge: 1.0 },
///     mean: &[1.0, 0.5],
///     sources: &[&[0.5, 0.5]],
/// }
/// .law()?;
/// assert!(law.at(&[1.0])?.accuracy() > 0.5);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EigenbasisTarget<'a> {
    /// Eigenvalues of C, number of target samples n, ridge γ.
    pub spectrum: Spectrum<'a>,
    /// μ_β in the eigenbasis, p entries.
    pub mean: &'a [f64],
    /// Each source w̃ᵢ in the eigenbasis, p entries.
    pub sources: &'a [&'a [f64]],
}

impl EigenbasisTarget<'_> {
    /// The law of the decision function; O(p k²) after the fixed point.
    ///
    /// # Errors
    /// [`Error::Shape`] for vectors of the wrong length, [`Error::Parameter`] for entries that are not finite or out
    /// of range, [`Error::Range`] on overflow.
    pub fn law(&self) -> Result<DecisionLaw> {
        let Self { spectrum, mean, sources } = self;
        let p = spectrum.eigenvalues.len();
        for (name, vector) in std::iter::once(("mean", mean)).chain(sources.iter().map(|w| ("source", w))) {
            length(name, vector.len(), p)?;
            for &x in *vector {
                finite(name, x)?;
            }
        }
        let FixedPoint { kappa, df2, h, .. } = FixedPoint::spectrum(*spectrum)?;
        let gamma = spectrum.ridge;
        let resolvent: Vec<f64> = spectrum.eigenvalues.iter().map(|s| (kappa * s + gamma).recip()).collect();
        let through = |x: &[f64]| -> f64 { (0..p).map(|i| mean[i] * resolvent[i] * x[i]).sum() };

        let size = sources.len() + 1;
        let ka = kappa * through(mean);
        let mut m = vec![ka / (1.0 + ka)];
        m.extend(sources.iter().map(|w| gamma * through(w) / (1.0 + ka)));
        // 1 − m as a linear form in u = (1, α).
        let miss: Vec<f64> = (0..size).map(|i| if i == 0 { 1.0 / (1.0 + ka) } else { -m[i] }).collect();
        let b: Vec<Vec<f64>> = (0..size)
            .map(|i| {
                let own = |j: usize| if i == 0 { 0.0 } else { gamma * sources[i - 1][j] };
                (0..p).map(|j| resolvent[j] * (own(j) + kappa * miss[i] * mean[j])).collect()
            })
            .collect();
        let mut second = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let spread: f64 = (0..p).map(|l| b[i][l] * spectrum.eigenvalues[l] * b[j][l]).sum();
                let k = (spread + df2 * miss[i] * miss[j]) / h;
                second[i * size + j] = k;
                second[j * size + i] = k;
            }
        }
        if m.iter().chain(&second).all(|x| x.is_finite()) {
            DecisionLaw::new(&m, &second)
        } else {
            Err(Error::Range { quantity: "the law of the decision function" })
        }
    }
}
