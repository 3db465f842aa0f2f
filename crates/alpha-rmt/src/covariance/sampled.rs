//! The law where the covariance is known from a sample of features only.
//!
//! The features' own resolvent has the deterministic equivalent of docs/theory.md §2, with their number of rows and without a
//! mean. Read backwards it gives what the law needs of C without knowing C. With the sample covariance S of d degrees of
//! freedom, R = (S + λI)⁻¹, x = eigenvalues of SR and y = 1 − x,
//!
//! ```text
//! κ_S = 1 − Σx/d,   g = λ/κ_S,   D = (C + gI)⁻¹ ↔ κ_S R,   DCD ↔ κ_S² RSR/ω,   ω = 1 − (1/d) Σ (1 − y²)
//! tr CD ↔ Σx,   tr(CD)² ↔ (Σx² − (Σx)²/d)/ω
//! ```
//!
//! the second row by differentiating the first in g: D − gD² = DCD. The target's own fixed point γ = g(1 − tr CD/n) then fixes λ.
//! No shape of the spectrum is assumed and the noise of the sample's eigenvectors is accounted for.

use super::SpectralTarget;
use crate::error::{Error, Result};
use crate::fixed_point::FixedPoint;
use crate::sums::sums;
use crate::training::Training;

/// A bracket of this many halvings is narrower than rounding.
const MOST_STEPS: usize = 400;

/// Everything at one λ, as sums over the r positive eigenvalues of S.
struct Sums {
    /// Σx.
    seen: f64,
    /// Σy.
    unseen: f64,
    /// Σxy.
    bent: f64,
    /// Σy².
    unseen_squared: f64,
    /// Σ1/(s + λ).
    inverse: f64,
}

/// The sample as one fine-tuning sees it.
struct Sample<'a> {
    /// The positive eigenvalues of S.
    eigenvalues: &'a [f64],
    /// d.
    rows: f64,
    /// n.
    samples: f64,
}

impl Sample<'_> {
    fn rank(&self) -> f64 {
        self.eigenvalues.len() as f64
    }

    fn sums(&self, lambda: f64) -> Sums {
        let [seen, unseen, bent, unseen_squared, inverse] = sums(self.eigenvalues.len(), |i| {
            let s = self.eigenvalues[i];
            let over = (s + lambda).recip();
            let (x, y) = (s * over, lambda * over);
            [x, y, x * y, y * y, over]
        });
        Sums { seen, unseen, bent, unseen_squared, inverse }
    }

    /// g = λ/κ_S, written so that λ may go to 0.
    fn g(&self, lambda: f64, sums: &Sums) -> f64 {
        self.rows / ((self.rows - self.rank()) / lambda + sums.inverse)
    }

    /// κ_S.
    fn own_kappa(&self, sums: &Sums) -> f64 {
        (self.rows - self.rank() + sums.unseen) / self.rows
    }

    /// ω.
    fn omega(&self, sums: &Sums) -> f64 {
        (self.rows - self.rank() + sums.unseen_squared) / self.rows
    }

    /// κ of the target, γ/g.
    fn kappa(&self, sums: &Sums) -> f64 {
        (self.samples - self.rank() + sums.unseen) / self.samples
    }

    /// h of the target, a sum of positive terms.
    fn h(&self, sums: &Sums) -> f64 {
        self.kappa(sums) + self.own_kappa(sums) * sums.bent / (self.omega(sums) * self.samples)
    }

    /// The λ whose g belongs to γ. γ rises with λ wherever it is positive; Newton's steps are kept within a bracket.
    fn lambda(&self, ridge: f64) -> Option<f64> {
        if self.rows == self.samples {
            return Some(ridge);
        }
        let trace: f64 = self.eigenvalues.iter().sum();
        let (mut low, mut high) = if self.samples < self.rows {
            (ridge, ridge + trace / self.samples)
        } else {
            (ridge * f64::EPSILON, ridge)
        };
        let at = |lambda: f64| {
            let sums = self.sums(lambda);
            (self.g(lambda, &sums) * self.kappa(&sums), sums)
        };
        // The least ridge that fewer rows than features can tell of.
        if at(low).0 > ridge {
            return None;
        }
        let mut lambda = (low * high).sqrt();
        for _ in 0..MOST_STEPS {
            let (value, sums) = at(lambda);
            if value < ridge {
                low = lambda
            } else {
                high = lambda
            }
            let own_kappa = self.own_kappa(&sums);
            let slope = self.h(&sums) * self.omega(&sums) / (own_kappa * own_kappa);
            let newton = lambda + (ridge - value) / slope;
            let next = if newton > low && newton < high { newton } else { (low * high).sqrt() };
            if (next - lambda).abs() <= 4.0 * f64::EPSILON * lambda {
                return Some(next);
            }
            lambda = next;
        }
        Some(lambda)
    }
}

impl SpectralTarget {
    /// The target whose law, with the fixed point beside it, is the one that a sample of `rows` degrees of freedom with these
    /// eigenvalues tells of.
    pub(super) fn told_by(&self, rows: f64, training: Training) -> Result<(Self, FixedPoint)> {
        let (eigenvalues, fixed_point) = FixedPoint::told_by(&self.eigenvalues, rows, training)?;
        Ok((Self { eigenvalues, rows: None, ..self.clone() }, fixed_point))
    }
}

impl FixedPoint {
    /// The fixed point that a sample of `rows` degrees of freedom with these eigenvalues tells of, and the eigenvalues to use
    /// with it. D is that of eigenvalues s/κ_S. The form of DCD is then short of a factor κ_S/ω, which df₂ and h take up, since
    /// they occur in the law as df₂/h and 1/h only.
    pub(crate) fn told_by(eigenvalues: &[f64], rows: f64, training: Training) -> Result<(Vec<f64>, Self)> {
        let Training { samples, ridge } = training.checked()?;
        let positive: Vec<f64> = eigenvalues.iter().copied().filter(|s| *s > 0.0).collect();
        let sample = Sample { eigenvalues: &positive, rows, samples };
        let refused = || Error::FewRows { rows, samples, ridge };
        let lambda = sample.lambda(ridge).ok_or_else(refused)?;
        let sums = sample.sums(lambda);
        let (own_kappa, omega, kappa) = (sample.own_kappa(&sums), sample.omega(&sums), sample.kappa(&sums));
        let spread =
            spread(&positive, lambda, &sums) + sums.seen * sums.seen * (rows - sample.rank()) / (sample.rank() * rows);
        let inflation = own_kappa / omega;
        let fixed_point = Self {
            kappa,
            delta: sums.seen / samples / kappa,
            g: sample.g(lambda, &sums),
            df2: spread / (own_kappa * samples),
            h: sample.h(&sums) / inflation,
        };
        // Where S is known to hardly more than its rank, rounding is all that is left.
        if !(inflation.is_finite() && fixed_point.h > 0.0) {
            return Err(refused());
        }
        Ok((eigenvalues.iter().map(|s| s / own_kappa).collect(), fixed_point))
    }
}

/// Σ(x − x̄)², from whichever of x and y = 1 − x is the smaller.
fn spread(eigenvalues: &[f64], lambda: f64, sums: &Sums) -> f64 {
    let count = eigenvalues.len() as f64;
    let seen_less = sums.seen < sums.unseen;
    let mean = sums.seen.min(sums.unseen) / count;
    let entry = |s: &f64| if seen_less { s } else { &lambda } / (s + lambda) - mean;
    eigenvalues.iter().map(|s| entry(s).powi(2)).sum()
}
