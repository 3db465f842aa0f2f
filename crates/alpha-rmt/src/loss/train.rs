//! The classifier itself, on data.

use nalgebra::{DMatrix, DVector};

use super::MarginLoss;
use crate::check::{self, entries, finite, not_empty, positive};
use crate::error::{Error, Result};
use crate::ridge::Ridge;

/// Newton's steps, and halvings of one.
const MAX_STEPS: usize = 200;
const MAX_HALVINGS: usize = 60;

/// Minimises (1/n) Σ ℓ(yᵢ⟨w, xᵢ⟩) + (γ/2)‖w − v‖² over w by Newton's method: samples X (p×n, a sample a column), labels ±1,
/// ridge γ, and the frozen part v = Wα (p entries).
///
/// Each step costs as much as [`Ridge::new`]; 5 to 15 of them settle the logistic loss.
///
/// # Errors
/// As [`Ridge::new`]; [`Error::Shape`] for labels or a frozen part of the wrong length; [`Error::NotConverged`].
///
/// ```
/// use alpha_rmt::loss::{Logistic, Squared, train};
/// use nalgebra::DMatrix;
/// let x = DMatrix::from_column_slice(2, 3, &[1.0, 0.2, 0.5, -0.4, -0.8, 0.3]);
/// let w = train(&Logistic, &x, &[1.0, 1.0, -1.0], 0.1, &[0.3, 0.0])?;
/// assert!(w[0] > 0.3);
/// // The squared loss is ridge regression.
/// let w = train(&Squared, &x, &[1.0, 1.0, -1.0], 0.1, &[0.0, 0.0])?;
/// let ridge = alpha_rmt::ridge::Ridge::new(x, 0.1)?.classifier(&vec![1.0, 1.0, -1.0].into())?;
/// assert!((w - ridge).amax() < 1e-14);
/// # Ok::<(), alpha_rmt::Error>(())
/// ```
pub fn train(
    loss: &(impl MarginLoss + ?Sized),
    samples: &DMatrix<f64>,
    labels: &[f64],
    ridge: f64,
    frozen: &[f64],
) -> Result<DVector<f64>> {
    positive("ridge", ridge)?;
    not_empty("samples", samples.len())?;
    entries("samples", samples.as_slice())?;
    let (p, n) = samples.shape();
    check::vector("labels", labels, n)?;
    check::vector("frozen part", frozen, p)?;
    let frozen = DVector::from_column_slice(frozen);
    let mut signed = samples.clone();
    signed.column_iter_mut().zip(labels).for_each(|(mut column, y)| column *= *y);
    let signed = &signed;
    let margins = |w: &DVector<f64>| signed.tr_mul(w);
    let objective = |w: &DVector<f64>, margins: &DVector<f64>| {
        margins.iter().map(|r| loss.value(*r)).sum::<f64>() / n as f64 + 0.5 * ridge * (w - &frozen).norm_squared()
    };
    let mut w = frozen.clone();
    let mut seen = margins(&w);
    let mut value = finite("loss at the frozen part", objective(&w, &seen))?;
    let mut residual = f64::NAN;
    for _ in 0..MAX_STEPS {
        let derivatives: Vec<[f64; 2]> = seen.iter().map(|r| loss.derivatives(*r)).collect();
        let pull = DVector::from_iterator(n, derivatives.iter().map(|d| d[0] / n as f64));
        let gradient = signed * pull + (&w - &frozen) * ridge;
        // (ZSZᵀ/n + γI)⁻¹ with S the curvatures: a ridge problem on samples scaled by their roots.
        let mut scaled = signed.clone();
        scaled.column_iter_mut().zip(&derivatives).for_each(|(mut column, d)| column *= d[1].sqrt());
        let step = Ridge::new(scaled, ridge)?.shrink(&DMatrix::from_columns(&[-&gradient]))?.column(0) / ridge;
        let descent = -step.dot(&gradient);
        residual = (2.0 * descent.max(0.0)).sqrt();
        // The step no longer changes a digit of the value, and the square root of that in w is past reach.
        if step.amax() <= 1e-12 * (1.0 + w.amax()) {
            return Ok(w + step);
        }
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = &w + &step * length;
            let next_seen = margins(&next);
            let next_value = objective(&next, &next_seen);
            if next_value <= value - 1e-4 * length * descent + 1e-14 * value.abs() {
                (w, seen, value) = (next, next_seen, next_value);
                break;
            }
            length *= 0.5;
        }
    }
    Err(Error::NotConverged { steps: MAX_STEPS, residual })
}
