//! Everything the theory says at one setting, as a list of named quantities.

use serde::Serialize;

use crate::lanes::{FEW, few_tails};

/// Defines [`Point`] and its list of names and values in one place, so that JSON, CSV and the columns of
/// [`crate::points::Points`] cannot disagree.
macro_rules! point {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What the theory says at one [`Setting`](crate::setting::Setting).
        ///
        /// Every accuracy stands beside its separation m/√q, of which it is Φ, and its error rate Φ(−m/√q), which keeps its
        /// digits where the accuracy rounds to 1.
        ///
        /// With the correct source form every field but `alpha_worst` is `Some`, as long as no separation is infinite; the
        /// published form does not describe a distribution everywhere, and a quantity that it leaves undefined is `None`.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize)]
        pub struct Point {
            $($(#[$doc])* pub $name: Option<f64>,)*
        }

        impl Point {
            /// Names of the quantities, in the order of the fields: the keys of JSON and the columns of CSV.
            pub const NAMES: [&str; QUANTITIES] = [$(stringify!($name)),*];

            /// The quantities, in the order of [`Point::NAMES`].
            pub fn values(&self) -> [Option<f64>; QUANTITIES] {
                [$(self.$name),*]
            }

            /// The point with these quantities, in the order of [`Point::NAMES`].
            pub(crate) fn from_values([$($name),*]: [Option<f64>; QUANTITIES]) -> Self {
                Self { $($name),* }
            }
        }

        /// Number of quantities of a [`Point`].
        pub(crate) const QUANTITIES: usize = [$(stringify!($name)),*].len();
    };
}

point! {
    /// α*, the scale of the frozen source with the highest test accuracy (paper, Theorem 4.4).
    alpha_star,
    /// ᾱ, the chance scale, at which the accuracy is 1/2 (the paper calls it the worst one); `None` if there is none
    /// (β = 0). Beyond it the accuracy falls further: as αM₁ → −∞, to Φ(−|M₁|/√K₁₁) < 1/2.
    alpha_worst,
    /// m, mean of the decision function on class +1, at the scale asked for, or else at α*; likewise the next five.
    mean,
    /// q, its variance.
    variance,
    /// q + m².
    second_moment,
    /// Φ(m/√q).
    accuracy,
    /// m/√q.
    separation,
    /// Φ(−m/√q).
    error_rate,
    /// Accuracy without the source, α = 0.
    accuracy_at_0,
    /// Its separation.
    separation_at_0,
    /// Its error rate.
    error_rate_at_0,
    /// Accuracy of ordinary fine-tuning, α = 1.
    accuracy_at_1,
    /// Its separation.
    separation_at_1,
    /// Its error rate.
    error_rate_at_1,
    /// Accuracy at α*.
    accuracy_at_alpha_star,
    /// Its separation.
    separation_at_alpha_star,
    /// Its error rate.
    error_rate_at_alpha_star,
    /// Accuracy a of the frozen source as it is, in the correct form whatever form was asked for. With β < 0 it is below
    /// 1/2, and the fair baseline is the source with its sign turned: max(a, 1 − a).
    accuracy_source_only,
    /// Its separation.
    separation_source_only,
    /// Its error rate.
    error_rate_source_only,
    /// What α* gains over learning from the target alone: accuracy at α* less accuracy at α = 0.
    gain_over_0,
    /// What α* gains over ordinary fine-tuning.
    gain_over_1,
    /// What fine-tuning at α* gains over the frozen source as it is; negative where the source is best left alone.
    gain_over_source_only,
}

/// The columns of one accuracy.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rates {
    pub accuracy: Option<f64>,
    /// `None` also where it is infinite.
    pub separation: Option<f64>,
    pub error_rate: Option<f64>,
}

impl Rates {
    /// Those of a few separations.
    pub(crate) fn of<const N: usize>(separations: [Option<f64>; N]) -> [Self; N] {
        const { assert!(N <= FEW) };
        let mut numbers = [0.0; FEW];
        numbers.iter_mut().zip(separations).for_each(|(number, s)| *number = s.unwrap_or(0.0));
        let [accuracies, errors] = few_tails(&numbers);
        std::array::from_fn(|i| Self {
            accuracy: separations[i].map(|_| accuracies[i]),
            separation: separations[i].filter(|s| s.is_finite()),
            error_rate: separations[i].map(|_| errors[i]),
        })
    }

    /// Its accuracy less another, by the error rates where both are above 1/2, which keep more digits there.
    pub(crate) fn gain_over(self, other: Self) -> Option<f64> {
        let (accuracy, other_accuracy) = (self.accuracy?, other.accuracy?);
        let errors = self.error_rate.zip(other.error_rate).filter(|(one, other)| *one < 0.5 && *other < 0.5);
        Some(errors.map_or(accuracy - other_accuracy, |(one, other)| other - one))
    }
}
