//! Classes of different covariances: x = yμ_β + C_y^{1/2}z (docs/theory.md, "Unequal covariances").

mod covariances;
mod law;

use crate::check::{self, all_representable, require};
use crate::covariance::SpectralSource;
use crate::error::{Error, Result};
use crate::law::DecisionLaw;
use crate::training::Training;

pub use covariances::ClassCovariances;
pub use law::{UnequalDecision, UnequalLaw};

use covariances::{Forms, Traces};

/// A target whose classes +1 and −1 have covariances C₊ and C₋, a share π₊ of class +1 and k ≥ 0 frozen sources.
///
/// ```
/// use alpha_rmt::covariance::SpectralSource;
/// use alpha_rmt::{training::Training, unequal::{ClassCovariances, UnequalTarget}};
/// use nalgebra::DMatrix;
/// let wide = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let narrow = DMatrix::from_row_slice(2, 2, &[0.3, 0.0, 0.0, 0.6]);
/// let source = SpectralSource::given(vec![0.5, 0.2]);
/// let target = UnequalTarget::new(ClassCovariances::dense(wide, narrow)?, 0.7, vec![1.0, 0.5], vec![source])?;
/// let law = target.law(Training { samples: 6.0, ridge: 0.5 })?;
/// let [plus, minus] = law.at(&[1.0])?.class_accuracies;
/// assert!(plus < minus); // the wide class is the harder one
/// assert!(law.at_optimum(&law.optimum()?)?.accuracy >= law.at(&[1.0])?.accuracy);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UnequalTarget {
    covariances: ClassCovariances,
    /// π₊ and π₋.
    shares: [f64; 2],
    mean: Vec<f64>,
    sources: Vec<SpectralSource>,
}

impl UnequalTarget {
    /// A target with these covariances, a share `positive_share` = π₊ of class +1 among its samples and test points, the mean μ_β
    /// of class +1 (p entries) and sources in the same coordinates; the entries of a random source are independent in them.
    ///
    /// # Errors
    /// [`Error::Shape`] for vectors of the wrong length; [`Error::Parameter`] for a share outside (0, 1), entries that are not
    /// finite, or negative variances.
    pub fn new(
        covariances: ClassCovariances,
        positive_share: f64,
        mean: Vec<f64>,
        sources: Vec<SpectralSource>,
    ) -> Result<Self> {
        let inside = positive_share > 0.0 && positive_share < 1.0;
        let share = require("positive-share", positive_share, inside, "between 0 and 1, both excluded")?;
        let p = covariances.dimension();
        check::vector("mean", &mean, p)?;
        sources.iter().try_for_each(|source| source.check(p))?;
        Ok(Self { covariances, shares: [share, 1.0 - share], mean, sources })
    }

    /// The law of the decision function after this fine-tuning.
    ///
    /// With κ_a = π_a/(1+δ_a), δ_a = (1/n) tr C_aR₀, R₀ = (κ₊C₊ + κ₋C₋ + γI)⁻¹ and κ = κ₊ + κ₋:
    ///
    /// ```text
    /// m = (κ μ_βᵀR₀μ_β + γ μ_βᵀR₀Wα) / (1 + κ μ_βᵀR₀μ_β),   b = R₀ ( γWα + κ(1−m) μ_β )
    /// (I − P) (q₊, q₋) = (bᵀC₊b, bᵀC₋b) + P (1, 1) (1−m)²,   P_ab = (1/n) tr(C_aR₀C_bR₀) κ_b²/π_b
    /// ```
    ///
    /// The fixed point is found by Newton's method from δ_a = tr C_a/(nγ), its upper bound: the map δ ↦ ((1/n) tr C_aR₀)_a is
    /// increasing and jointly concave (κ₊C₊ + κ₋C₋ + γI is inverted as a parallel sum), so that the iterates fall monotonically
    /// and quadratically to the only fixed point. A step costs O(p), or for [`ClassCovariances::dense`] three products of p×p
    /// matrices.
    ///
    /// # Errors
    /// [`Error::Parameter`] for samples or a ridge that is not finite and positive, [`Error::Range`] on overflow,
    /// [`Error::Singular`] for a ridge below rounding, [`Error::NotConverged`].
    pub fn law(&self, training: Training) -> Result<UnequalLaw> {
        let Training { ridge: gamma, .. } = training.checked()?;
        let point = ClassPoint::solve(self, training)?;
        let forms = &point.forms;
        let kappa = point.kappas[0] + point.kappas[1];
        // R₀μ and R₀w̃ for each source.
        let columns = || std::iter::once(&self.mean).chain(self.sources.iter().map(|w| &w.mean));
        let resolved = forms.resolve(columns());
        let through = |v: &[f64]| self.mean.iter().zip(v).map(|(m, v)| m * v).sum::<f64>();
        let strength = kappa * through(&resolved[0]);
        let scale = 1.0 / (1.0 + strength);
        let mut mean = vec![strength * scale];
        mean.extend(resolved[1..].iter().map(|v| gamma * through(v) * scale));
        let size = mean.len();
        let miss: Vec<f64> = (0..size).map(|i| if i == 0 { scale } else { -mean[i] }).collect();
        let b: Vec<Vec<f64>> = (0..size)
            .map(|i| {
                let own = resolved[0].iter().map(|x| kappa * miss[i] * x);
                if i == 0 { own.collect() } else { own.zip(&resolved[i]).map(|(x, w)| x + gamma * w).collect() }
            })
            .collect();
        // The right-hand sides of the two equations for q₊ and q₋, as quadratic forms in u.
        let raw = [0, 1].map(|class| {
            let products = self.covariances.products(class, &b);
            let seen = point.spread[class][0] + point.spread[class][1];
            let mut raw: Vec<f64> =
                (0..size * size).map(|x| products[x] + seen * miss[x / size] * miss[x % size]).collect();
            for (j, source) in self.sources.iter().enumerate().filter(|(_, source)| !source.variance.is_empty()) {
                raw[(j + 1) * (size + 1)] += gamma * gamma * forms.noise(class, &source.variance);
            }
            raw
        });
        let inverse = point.inverse();
        let laws = inverse.map(|row| {
            let variance: Vec<f64> = (0..size * size).map(|x| row[0] * raw[0][x] + row[1] * raw[1][x]).collect();
            check::law(&mean, &variance)?;
            DecisionLaw::new(&mean, &variance)
        });
        let [plus, minus] = laws;
        Ok(UnequalLaw::new([plus?, minus?], self.shares))
    }
}

/// The fixed point and what is made of it.
struct ClassPoint {
    kappas: [f64; 2],
    /// 1 + δ_a.
    inflation: [f64; 2],
    /// P.
    spread: [[f64; 2]; 2],
    /// (I − P)(1 + δ), positive.
    rest: [f64; 2],
    forms: Forms,
}

/// Newton's steps; not seen to take more than 40.
const MAX_STEPS: usize = 500;

impl ClassPoint {
    fn solve(target: &UnequalTarget, training: Training) -> Result<Self> {
        let Training { samples: n, ridge: gamma } = training;
        let mut delta = target.covariances.traces().map(|trace| trace / n / gamma);
        let mut residual = f64::NAN;
        for _ in 0..MAX_STEPS {
            all_representable("the fixed point κ", &delta)?;
            let inflation = delta.map(|d| 1.0 + d);
            let kappas = [0, 1].map(|a| target.shares[a] / inflation[a]);
            let forms = target.covariances.forms(kappas, gamma)?;
            let Traces { first, mixed, squared } = forms.traces();
            let spread = [0, 1].map(|a| [0, 1].map(|b| mixed[a][b] / n * kappas[b] / inflation[b]));
            // How far δ lies above its image; not below it but for rounding.
            let excess = [0, 1].map(|a| delta[a] - first[a] / n);
            // tr C_aR₀ = Σ_b κ_b tr C_aR₀C_bR₀ + γ tr C_aR₀², so that (I − P)(1+δ) is 1 + excess + γ tr C_aR₀²/n.
            let rest = [0, 1].map(|a| 1.0 + excess[a].max(0.0) + gamma * squared[a] / n);
            let point = Self { kappas, inflation, spread, rest, forms };
            let inverse = point.inverse();
            let step = inverse.map(|row| row[0] * excess[0] + row[1] * excess[1]);
            residual = (excess[0] / inflation[0]).abs().max((excess[1] / inflation[1]).abs());
            if !residual.is_finite() {
                return Err(Error::Range { quantity: "the fixed point κ" });
            }
            if (0..2).all(|a| step[a] <= 4.0 * f64::EPSILON * inflation[a]) {
                return Ok(point);
            }
            delta = [0, 1].map(|a| (delta[a] - step[a]).max(0.0));
        }
        Err(Error::NotConverged { steps: MAX_STEPS, residual })
    }

    /// (I − P)⁻¹, of positive entries and made without a difference: 1 − P_aa = (rest_a + P_ab(1+δ_b))/(1+δ_a).
    fn inverse(&self) -> [[f64; 2]; 2] {
        let Self { inflation: d, spread: p, rest: r, .. } = self;
        let left = [(r[0] + p[0][1] * d[1]) / d[0], (r[1] + p[1][0] * d[0]) / d[1]];
        // Times d₀d₁ it is r₀r₁ + r₀P₁₀d₀ + r₁P₀₁d₁: the product of the last two is that of P₀₁ and P₁₀.
        let determinant = r[0] * left[1] / d[0] + r[1] * p[0][1] / d[0];
        [[left[1] / determinant, p[0][1] / determinant], [p[1][0] / determinant, left[0] / determinant]]
    }
}
