//! A covariance from rows of features whose class means were removed.

use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::nalgebra::DMatrix;

/// Degrees of freedom at least: √(2/10) is an error of 45 %.
const LEAST: f64 = 10.0;

/// The basis of the covariance that these rows tell of (m×p, a row a sample), or what is wrong with them.
///
/// Class means that were estimated from the rows leave columns that sum to zero and take two degrees of freedom; true means
/// leave columns that do not, and take none.
pub fn basis(rows: &DMatrix<f64>) -> Result<Eigenbasis, String> {
    let m = rows.nrows() as f64;
    let means = rows.row_mean();
    let square = rows.norm_squared() / m;
    let removed = means.norm_squared() <= 1e-20 * square;
    let degrees = if removed { m - 2.0 } else { m };
    if degrees < LEAST {
        let means = if removed { ", of which two class means were removed" } else { "" };
        return Err(format!(
            "has {m} rows{means}: expected at least {LEAST} without the means, since fewer tell a variance to no better than half of it"
        ));
    }
    let basis = Eigenbasis::samples(&rows.transpose(), degrees).map_err(|error| error.to_string())?;
    let [trace, squares] = [1, 2].map(|power| basis.eigenvalues().iter().map(|s| s.powi(power)).sum::<f64>());
    // m‖mean‖² is tr C on average, with a variance of 2 tr C².
    let expected = (trace + 10.0 * (2.0 * squares).sqrt()) / m;
    if !removed && means.norm_squared() > expected {
        return Err(format!(
            "has columns whose means have the squared norm {}, where rows without their class means have some {}: remove each \
             class's mean from its rows (in NumPy: X[y == c] -= X[y == c].mean(axis=0) for either class c)",
            means.norm_squared(),
            trace / m
        ));
    }
    Ok(basis)
}
