//! The theory of α-LoRA as WebAssembly, for the explorer in the report; `scripts/explorer` builds it.
//!
//! The page talks in plain numbers, so that no memory is shared: [`set`] the parameters of a setting one by one, [`solve`],
//! and ask for [`accuracy`] and [`value`]. What the theory leaves undefined is NaN, which no caller but the page sees.
//!
//! `#[unsafe(no_mangle)]` is all that is unsafe here. It promises that nothing else in the module has these names, and only
//! with a name of its own can a function be called from the page.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};

use alpha_rmt::law::DecisionLaw;
use alpha_rmt::setting::{Point, Setting};
use alpha_rmt::source::SourceForm;

struct Solution {
    point: Point,
    law: DecisionLaw,
}

thread_local! {
    static PARAMETERS: Cell<[f64; 9]> = const { Cell::new([f64::NAN; 9]) };
    static SOLUTION: RefCell<Option<Solution>> = const { RefCell::new(None) };
}

fn solution(parameters: [f64; 9], form: SourceForm) -> alpha_rmt::Result<Solution> {
    let [
        source_samples,
        target_samples,
        dimension,
        source_norm,
        orthogonal_norm,
        alignment,
        source_ridge,
        target_ridge,
        alpha,
    ] = parameters;
    let setting = Setting {
        source_samples,
        target_samples,
        dimension,
        source_norm,
        orthogonal_norm,
        alignment,
        source_ridge,
        target_ridge,
    };
    Ok(Solution { point: setting.point(Some(alpha), form)?, law: setting.isotropic()?.law(&setting.source(form)?)? })
}

fn ask(question: impl FnOnce(&Solution) -> Option<f64>) -> f64 {
    SOLUTION.with_borrow(|solution| solution.as_ref().and_then(question).unwrap_or(f64::NAN))
}

/// Sets a parameter: 0 to 7 are the fields of [`Setting`] in their order, 8 is α. Any other number sets nothing.
#[unsafe(no_mangle)]
pub extern "C" fn set(parameter: u32, value: f64) {
    let mut parameters = PARAMETERS.get();
    if let Some(place) = parameters.get_mut(parameter as usize) {
        *place = value;
    }
    PARAMETERS.set(parameters);
}

/// Works out the setting, in the published form if `published` is not 0. Returns 1, or 0 if a parameter is out of range
/// or a result overflows; every answer is NaN then.
#[unsafe(no_mangle)]
pub extern "C" fn solve(published: u32) -> u32 {
    let form = if published == 0 { SourceForm::Correct } else { SourceForm::Published };
    let solution = solution(PARAMETERS.get(), form).ok();
    let done = solution.is_some();
    SOLUTION.set(solution);
    done.into()
}

/// Accuracy at any scale of the source.
#[unsafe(no_mangle)]
pub extern "C" fn accuracy(alpha: f64) -> f64 {
    ask(|solution| Some(solution.law.at(&[alpha]).ok()?.accuracy()))
}

/// A field of [`Point`]: 0 α*, 1 ᾱ, 2 the mean and 3 the variance at α, then the accuracies 4 at α, 5 at 0, 6 at 1, 7 at α*
/// and 8 of the frozen source.
#[unsafe(no_mangle)]
pub extern "C" fn value(field: u32) -> f64 {
    ask(|Solution { point, .. }| match field {
        0 => point.alpha_star,
        1 => point.alpha_worst,
        2 => point.mean,
        3 => point.variance,
        4 => point.accuracy,
        5 => point.accuracy_at_0,
        6 => point.accuracy_at_1,
        7 => point.accuracy_at_alpha_star,
        8 => point.accuracy_source_only,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number different, so that no two parameters can change places unseen.
    const SETTING: Setting = Setting {
        source_samples: 1200.0,
        target_samples: 400.0,
        dimension: 800.0,
        source_norm: 1.5,
        orthogonal_norm: 1.0,
        alignment: 0.8,
        source_ridge: 0.05,
        target_ridge: 0.5,
    };

    fn set_all() {
        for (parameter, x) in (0..).zip([1200.0, 400.0, 800.0, 1.5, 1.0, 0.8, 0.05, 0.5, 2.0]) {
            set(parameter, x);
        }
    }

    #[test]
    fn answers_are_the_library_s() {
        set_all();
        for (published, form) in [(0, SourceForm::Correct), (1, SourceForm::Published)] {
            assert_eq!(solve(published), 1);
            let p = SETTING.point(Some(2.0), form).unwrap();
            let fields = [
                p.alpha_star,
                p.alpha_worst,
                p.mean,
                p.variance,
                p.accuracy,
                p.accuracy_at_0,
                p.accuracy_at_1,
                p.accuracy_at_alpha_star,
                p.accuracy_source_only,
            ];
            for (field, expected) in (0..).zip(fields) {
                assert_eq!(Some(value(field)).filter(|x| !x.is_nan()), expected, "field {field}, {form:?}");
            }
            assert_eq!(Some(accuracy(2.0)).filter(|x| !x.is_nan()), p.accuracy, "{form:?}");
        }
        assert!(value(9).is_nan());
    }

    #[test]
    fn a_refused_setting_leaves_no_answer_behind() {
        set_all();
        assert_eq!(solve(0), 1);
        set(5, 1.5);
        assert_eq!(solve(0), 0);
        assert!(value(0).is_nan() && accuracy(1.0).is_nan());
    }
}
